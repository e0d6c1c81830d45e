"""Web pages: the article's body with its marks, and what the page says of itself in its head."""

import re
from collections.abc import Iterator
from typing import Any

from schemas.records import Mark
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.flow import Flow, flow_text
from transforms.parsing.html_body import Facts, find_body, weigh
from transforms.parsing.html_ends import mark_ends
from transforms.parsing.html_labels import NO_AUTHOR, names_author
from transforms.parsing.html_meta import page_facts
from transforms.parsing.html_posts import PostWriter, posts_beside
from transforms.parsing.html_tree import parse_html
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import string_story
from transforms.parsing.tree import Node

_EXTRA = ("description", "modified", "section", "keywords")
_LABEL_MAX_SHARE = 0.3
_TITLE_WITHIN_CHARS = 400
_MIN_PROSE_CHARS = 100
"""A page whose lines with a sentence in them come to less is a form, a list of links or an imprint."""
_MIN_LINE_CHARS = 40
_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]{0,2}(?:\s|$)|[。！？।؟۔\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Where a sentence ends, or a letter of a script that doesn't mark it."""
_MIN_SHOWN_SHARE = 0.6
"""A page that shows less of the article than this has the rest behind a click or a paywall."""
_MIN_ARTICLE_CHARS = 140
"""A page with less text than two lines outside marks is no article."""


def parse_page(content: bytes, settings: ParseSettings, *, declared: str | None = None) -> Iterator[Draft | Refusal]:
    """Yield the one article of a page; raises `Refusal("no_article")` where there is none."""
    root, notes = parse_html(content, settings.limits, declared=declared)
    weigh(root)
    facts = page_facts(root)
    body = find_body(root)
    text, marks = body_text(body) if body is not None else ("", ())
    shown = _unmarked_chars(text, marks)
    if shown < _MIN_ARTICLE_CHARS:
        weigh(root, shown_only=False)  # a page whose scripts would show it
        body = find_body(root)
        hidden, hidden_marks = body_text(body) if body is not None else ("", ())
        if _unmarked_chars(hidden, hidden_marks) >= _MIN_ARTICLE_CHARS:
            text, marks, shown = hidden, hidden_marks, _unmarked_chars(hidden, hidden_marks)
    if shown < _MIN_SHOWN_SHARE * len(facts.get("body", "")) or shown < _MIN_ARTICLE_CHARS:
        # A page that its scripts would fill still has its text in the data for search engines.
        told, told_marks = string_story(facts.get("body", ""), settings.limits)
        if len(told.strip()) > shown:
            text, marks = told, told_marks
            notes["from"] = "json-ld"
    if len(text.strip()) < _MIN_ARTICLE_CHARS or _prose_chars(text, marks) < _MIN_PROSE_CHARS:
        raise Refusal("no_article", "the page has no paragraphs of text")
    extra: dict[str, Any] = {name: facts[name] for name in _EXTRA if name in facts}
    yield Draft(
        text=text,
        media_type=media.HTML,
        marks=marks,
        notes=notes,
        headline=facts.get("headline"),
        byline=facts.get("byline"),
        date=facts.get("date"),
        url=facts.get("url"),
        provider=facts.get("provider"),
        language=facts.get("language"),
        extra=extra,
    )


def _prose_chars(text: str, marks: tuple[Mark, ...]) -> int:
    """Characters in lines that hold a sentence, outside marks."""
    lines = (line for start, end in _unmarked(text, marks) for line in text[start:end].split("\n"))
    return sum(len(line) for line in lines if len(line) >= _MIN_LINE_CHARS and _SENTENCE.search(line))


def _unmarked_chars(text: str, marks: tuple[Mark, ...]) -> int:
    return sum(end - start for start, end in _unmarked(text, marks))


def _unmarked(text: str, marks: tuple[Mark, ...]) -> Iterator[tuple[int, int]]:
    """The spans of text under no mark."""
    at = 0
    for mark in marks:
        if mark.raw_start > at:
            yield at, mark.raw_start
        at = max(at, mark.raw_end)
    if at < len(text):
        yield at, len(text)


def body_text(body: Node) -> tuple[str, tuple[Mark, ...]]:
    """The body's text; posts, ad slots, captions, share bars and promotions inside it stand under marks."""
    whole = max(body.facts.good_chars, 1)
    flow = Flow()
    before, after = posts_beside(body)
    posts = PostWriter((*before, *body.walk(), *after), flow)
    posts.beside(before)
    start = flow.chars

    def visit(node: Node) -> Mark | bool | None:
        facts: Facts | None = node.facts
        if facts is None:
            return False
        if facts.platform:
            return posts.shown(node)
        posts.kept(facts.kept)
        if facts.skipped:
            return False
        if node is body:
            return None
        if facts.label and facts.all_good_chars < _LABEL_MAX_SHARE * whole:
            kind, rule = facts.label
            if facts.posts:
                return None
            return False if kind == "aside" else Mark(kind, rule, 0, 0, _told_by(kind, node))
        if _is_link_list(node, facts):
            return Mark("promo", "html_links", 0, 0)
        if _is_teaser(node, facts, whole):
            return Mark("promo", "html_teaser", 0, 0)
        if node.tag == "h1" and flow.chars - start < _TITLE_WITHIN_CHARS:
            return False
        return None

    flow_text(body, visit, flow)
    posts.beside(after)
    text, marks = flow.done()
    return text, mark_ends(text, marks)


def _told_by(kind: str, node: Node) -> tuple[tuple[str, str], ...]:
    return NO_AUTHOR if kind == "byline" and not names_author(node) else ()


def _is_link_list(node: Node, facts: Facts) -> bool:
    """Whether nearly all of an element's text is links to elsewhere."""
    if not facts.links or facts.link_chars <= 0.8 * facts.chars:
        return False
    return node.tag == "p" or (node.tag in ("ul", "ol", "div", "section", "nav") and facts.links > 1)


def _is_teaser(node: Node, facts: Facts, whole: int) -> bool:
    """A card for another article: a heading that is one link, with little text beside it."""
    if node.tag not in ("div", "section", "li", "article") or not facts.links or facts.all_good_chars > 0.1 * whole:
        return False
    heading = node.find("h2", "h3", "h4", "h5", "h6")
    if heading is None or heading.facts is None or not heading.facts.chars:
        return False
    linked = heading.facts.link_chars >= 0.9 * heading.facts.chars
    return linked or any(above.tag == "a" for above in heading.ancestors() if above is not node and above.tag == "a")
