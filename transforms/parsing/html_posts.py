"""Posts that a page keeps for its scripts to show, or sets beside its text: each is written once, under its mark."""

from collections.abc import Iterable, Iterator

from schemas.limits import Limits
from schemas.records import Mark
from transforms.parsing.flow import Flow, flow_text
from transforms.parsing.html_embeds import embed_attributes, platform_of, post_key, says_something
from transforms.parsing.html_labels import DROPPED_TAGS
from transforms.parsing.html_tree import parse_markup
from transforms.parsing.refusal import Refusal
from transforms.parsing.tree import Node

MAX_EMBED_CODE_CHARS = 20_000
"""An attribute longer than this holds more than a post."""
_QUIET = frozenset(("aside", "promo", "advertisement"))


def kept_posts(node: Node) -> tuple[Node, ...]:
    """The posts below an element that isn't shown: in `noscript`, or hidden until a script shows them."""
    if node.tag in DROPPED_TAGS and node.tag != "noscript":
        return ()
    return tuple(_posts_below(node))


def coded_posts(node: Node) -> tuple[Node, ...]:
    """The posts whose embed code stands in an element's data attributes, for a script to set in its place."""
    found: list[Node] = []
    for name, value in node.attributes.items():
        if name.startswith("data-") and "<blockquote" in value and len(value) <= MAX_EMBED_CODE_CHARS:
            try:
                found += _posts_below(parse_markup(value, Limits()))
            except Refusal:
                continue
    return tuple(found)


def _posts_below(node: Node) -> Iterator[Node]:
    stack = list(reversed(list(node.elements())))
    while stack:
        below = stack.pop()
        if platform_of(below):
            yield below
        elif below.tag not in DROPPED_TAGS or below.tag == "noscript":
            stack += reversed(list(below.elements()))


def posts_beside(body: Node) -> tuple[list[Node], list[Node]]:
    """The posts before and after an article's body inside the article's own element: one that leads it, or ends it."""
    scope = next((above for above in body.ancestors() if _is_article(above)), None)
    before: list[Node] = []
    after: list[Node] = []
    if scope is None or _is_article(body):
        return before, after
    found = before
    stack = [scope]
    while stack:
        node = stack.pop()
        facts = node.facts
        if node is body:
            found = after
        elif facts is None or facts.comments or (facts.label and facts.label[0] in _QUIET):
            continue
        elif facts.platform or facts.kept:
            found += [node] if facts.platform else facts.kept
        elif not facts.skipped and (node is scope or not _is_article(node)):
            stack += reversed(list(node.elements()))
    return before, after


def _is_article(node: Node) -> bool:
    return node.tag == "article" or "article" in node.get("itemtype").lower()


class PostWriter:
    """Writes posts into a body's flow; what only a script would show is left out where the page shows it anyway."""

    def __init__(self, nodes: Iterable[Node], flow: Flow) -> None:
        """`nodes` are all elements whose posts are to be written, weighed."""
        self._flow = flow
        self._done: set[str] = set()
        self._with_text: set[str] = set()
        for node in nodes:
            if node.facts is not None:
                if node.facts.platform and node.facts.chars:
                    self._done.add(post_key(node))
                self._with_text.update(post_key(post) for post in node.facts.kept if _has_text(post))

    def shown(self, post: Node) -> Mark | bool:
        """The mark of a post that the page shows, for the walk that writes its text; its address is written at once."""
        if post.facts.chars:
            return _mark(post)
        inside = [kept for node in post.walk() if node.facts for kept in node.facts.kept]
        if inside:
            self.kept(inside)
        elif post_key(post) not in self._with_text:
            self.kept((post,))
        return False

    def beside(self, posts: Iterable[Node]) -> None:
        """Write posts that stand beside the body, shown or kept."""
        for post in posts:
            if post.facts is None:
                self.kept((post,))
            elif isinstance(mark := self.shown(post), Mark):
                self._write(post, mark)

    def kept(self, posts: Iterable[Node]) -> None:
        """Write posts that the page keeps for its scripts: their text, or their address where there is none."""
        for post in posts:
            key = post_key(post)
            mark = _mark(post)
            if key in self._done or not (_has_text(post) or _address(mark)):
                continue
            self._done.add(key)
            self._write(post, mark)

    def _write(self, post: Node, mark: Mark) -> None:
        self._flow.gap("\n\n")
        start = self._flow.chars
        if _has_text(post):
            flow_text(post, _in_post, self._flow)
        else:
            self._flow.write(_address(mark))
        self._flow.mark(mark, start)
        self._flow.gap("\n\n")


def _mark(post: Node) -> Mark:
    return Mark("tweet", "html_embed", 0, 0, embed_attributes(post, platform_of(post) or ""))


def _address(post: Mark) -> str:
    return dict(post.attributes).get("links", "").split(" ")[0]


def _has_text(post: Node) -> bool:
    return post.facts.chars > 0 if post.facts is not None else says_something(post)


def _in_post(node: Node) -> bool | None:
    return False if node.tag in DROPPED_TAGS else None
