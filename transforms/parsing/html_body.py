"""Where a page keeps its article: paragraphs are weighed, and the smallest element that holds nearly all wins."""

import re
from dataclasses import dataclass

from transforms.parsing.flow import BLOCKS
from transforms.parsing.html_comments import find_comments
from transforms.parsing.html_embeds import platform_of
from transforms.parsing.html_labels import DROPPED_TAGS, is_hidden, is_term, label_of
from transforms.parsing.html_posts import coded_posts, kept_posts
from transforms.parsing.tree import Node

_HOLD = 0.9
"""A child with this share of its parent's article text is where the article is."""
_MAX_LINKED_BESIDE = 0.4
_WITHIN_TEXT = frozenset("p span li ul ol dl blockquote pre".split())
_HINT_HOLD = 0.4
_LABEL_MAX_SHARE = 0.4
_MIN_PARAGRAPH_CHARS = 40
_MAX_LINKED = 0.7
_TITLED_HOLD = 0.45
_MAX_LEVELS_APART = 3
_PARAGRAPHS = ("p", "li", "blockquote")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟;:,](?:[\"'”’»)\]]|\s|$)")
_HINTS = tuple(
    frozenset(words.split())
    for words in (
        "article body",
        "articlebody",
        "article content",
        "article text",
        "body copy",
        "body text",
        "content body",
        "entry content",
        "main content",
        "news content",
        "post body",
        "post content",
        "rich text",
        "story body",
        "story content",
        "story text",
    )
)


@dataclass(slots=True)
class Facts:
    """What stands below an element: text and linked text in characters, and how much of it reads as paragraphs."""

    chars: int = 0
    link_chars: int = 0
    own_chars: int = 0
    own_link_chars: int = 0
    all_good_chars: int = 0
    good_chars: int = 0
    posts: int = 0
    links: int = 0
    skipped: bool = False
    comments: bool = False
    label: tuple[str, str] | None = None
    platform: str | None = None
    kept: tuple[Node, ...] = ()


def weigh(root: Node, *, shown_only: bool = True) -> None:
    """Set `facts` on every element, from the leaves up; without `shown_only` hidden elements count as well."""
    order: list[Node] = []
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, linked = stack.pop()
        facts = node.facts = Facts()
        order.append(node)
        facts.platform = platform_of(node)
        if facts.platform is None and (node.tag in DROPPED_TAGS or (shown_only and is_hidden(node))):
            facts.skipped = True
            facts.kept = kept_posts(node)
            continue
        facts.kept = coded_posts(node)
        if node.tag in DROPPED_TAGS:  # a frame's text is for browsers without frames
            continue
        facts.label = label_of(node)
        if facts.label and facts.label[0] == "aside" and node.tag not in BLOCKS:
            facts.skipped = not is_term(node)
            facts.label = None
            if facts.skipped:
                continue
        linked = linked or node.tag == "a"
        for child in node.children:
            if isinstance(child, Node):
                stack.append((child, linked))
            else:
                size = len(child.strip())
                facts.own_chars += size
                if linked:
                    facts.own_link_chars += size
    for node in reversed(order):
        _add_up(node)
    find_comments(root)
    # A label on most of the page ("has-sidebar" on its body, "player-text" on each paragraph) says nothing: the rest of
    # the labels take paragraphs out.
    most = _LABEL_MAX_SHARE * root.facts.all_good_chars
    named: dict[str, int] = {}
    for node in order:
        if node.facts.label and node.tag in _PARAGRAPHS:
            names = node.attributes.get("class", "")
            named[names] = named.get(names, 0) + node.facts.all_good_chars
    for node in reversed(order):
        facts = node.facts
        if facts.label and (
            facts.all_good_chars > most or (node.tag in _PARAGRAPHS and named[node.attributes.get("class", "")] > most)
        ):
            facts.label = None
        if facts.label or facts.platform or facts.comments:
            facts.good_chars = 0
        if node.parent is not None:
            node.parent.facts.good_chars += facts.good_chars


def _add_up(node: Node) -> None:
    """Settle an element whose children are settled, and add it to its parent."""
    facts = node.facts
    facts.chars += facts.own_chars
    facts.link_chars += facts.own_link_chars
    facts.links += node.tag == "a"
    block = node.tag in BLOCKS or node.tag in ("td", "th")
    if block and _is_paragraph(node, facts):
        facts.good_chars = facts.own_chars - facts.own_link_chars
        facts.all_good_chars += facts.good_chars
    if node.parent is None:
        return
    above = node.parent.facts
    above.chars += facts.chars if block else facts.chars - facts.own_chars
    above.link_chars += facts.link_chars if block else facts.link_chars - facts.own_link_chars
    above.links += facts.links
    above.all_good_chars += facts.all_good_chars
    above.posts += facts.posts + len(facts.kept) + bool(facts.platform)
    if not block:
        above.own_chars += facts.own_chars
        above.own_link_chars += facts.own_link_chars


def _is_paragraph(node: Node, facts: Facts) -> bool:
    if facts.own_chars < _MIN_PARAGRAPH_CHARS or facts.own_link_chars > _MAX_LINKED * facts.own_chars:
        return False
    return facts.own_chars >= 3 * _MIN_PARAGRAPH_CHARS or bool(_SENTENCE_END.search(node.text()[-4000:]))


def find_body(root: Node) -> Node | None:
    """The element that holds the article, None where the page has no paragraphs. `weigh` has been there before."""
    total = root.facts.good_chars
    if not total:
        return None
    return _descend(_best_hint(root, total) or root, _title_path(root))


def _title_path(root: Node) -> frozenset[int]:
    """The ids of the elements around the page's headline, as far as it is one: the only h1, or the one in its title."""
    headings = [node for node in root.find_all("h1") if node.facts and not node.facts.skipped and node.facts.chars]
    if len(headings) > 1:
        title = root.find("title")
        told = title.line() if title else ""
        headings = [node for node in headings if len(node.line()) > 10 and node.line() in told]
    return frozenset(id(above) for above in headings[0].ancestors()) if headings else frozenset()


def _best_hint(root: Node, total: int) -> Node | None:
    """The element that the page itself names as the article's body, where it holds a good part of the paragraphs."""
    best: tuple[float, Node] | None = None
    for node in root.walk():
        facts = node.facts
        if facts is None or facts.skipped or facts.good_chars < _HINT_HOLD * total:
            continue
        strength = _hint_strength(node)
        if strength and (best is None or strength * facts.good_chars >= best[0]):
            best = (strength * facts.good_chars, node)
    return _with_its_like(best[1]) if best else None


def _with_its_like(node: Node) -> Node:
    """The element around a named body and the others of its name, where a page has cut one article into several.

    Articles one after the other have a headline each, or an element `article` of their own.
    """
    above = node.parent
    for _ in range(_MAX_LEVELS_APART):
        if above is None or above.tag in ("body", "html"):
            break
        alike = [
            found
            for found in above.find_all(node.tag)
            if found.attributes.get("class") == node.attributes.get("class")
            and found.facts
            and found.facts.good_chars
            and not any(around is node for around in found.ancestors())
        ]
        if len(alike) > 1 and node.attributes.get("class"):
            apart = len(list(above.find_all("h1"))) > 1 or len(list(above.find_all("article"))) > 1
            return node if apart else above
        above = above.parent
    return node


def _hint_strength(node: Node) -> float:
    if "articlebody" in node.attributes.get("itemprop", "").lower():
        return 1.0
    if node.tag in ("body", "html"):
        return 0.0
    words = node.words()
    if any(hint <= words for hint in _HINTS):
        return 0.9
    return 0.75 if node.tag == "article" else 0.0


def _descend(node: Node, titled: frozenset[int]) -> Node:
    """Go down while one element holds nearly all paragraphs, or the headline with about half of them.

    What stands beside it counts against it unless it is mostly links: a sidebar or a list of other articles.
    """
    while True:
        children = [child for child in node.elements() if child.facts and not child.facts.skipped]
        inner = max(children, key=lambda child: child.facts.good_chars, default=None)
        if inner is None or inner.tag in _WITHIN_TEXT:
            return node
        beside = node.facts.good_chars - inner.facts.good_chars
        for child in children:
            if child is not inner and child.facts.link_chars > _MAX_LINKED_BESIDE * child.facts.chars:
                beside -= child.facts.good_chars
        hold = _TITLED_HOLD if id(inner) in titled else _HOLD
        if inner.facts.good_chars < hold * (inner.facts.good_chars + beside):
            return node
        node = inner
