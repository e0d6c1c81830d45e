"""The text of a story inside a news format: NITF, XHTML, an HTML fragment or plain text, all to one flow with marks."""

import re

from schemas.limits import Limits
from schemas.records import Mark
from transforms.parsing.decoding import settle_line_ends
from transforms.parsing.flow import Flow, flow_text
from transforms.parsing.html_embeds import embed_attributes, platform_of
from transforms.parsing.html_labels import DROPPED_TAGS
from transforms.parsing.html_tree import parse_markup
from transforms.parsing.tree import Node

_MARKUP = re.compile(
    r"<(?:p|br|div|h[1-6]|ul|ol|table|blockquote|section|article|pre|span|strong|em|b|i|a)\b[^<>]{0,2000}>", re.I
)
_BLOCK_MARKUP = re.compile(
    r"<(?:p|br|div|h[1-6]|ul|ol|table|blockquote|section|article|pre)\b[^<>]{0,2000}>|</p>", re.I
)
_SKIPPED = DROPPED_TAGS | frozenset(
    "media-metadata media-reference media-object docdata head objecttitle".split()
) - frozenset(["base", "object"])
_MARKED = {
    "byline": ("byline", "format_byline"),
    "distributor": ("byline", "format_distributor"),
    "dateline": ("dateline", "format_dateline"),
    "media-caption": ("caption_credit", "format_media_caption"),
    "media-producer": ("caption_credit", "format_media_producer"),
    "figure": ("caption_credit", "format_figure"),
    "figcaption": ("caption_credit", "format_figcaption"),
    "tagline": ("agency_footer", "format_tagline"),
    "bibliography": ("agency_footer", "format_bibliography"),
    "copyrite": ("copyright", "format_copyright"),
    "rights": ("copyright", "format_copyright"),
}

Story = tuple[str, tuple[Mark, ...]]
"""A text and its marks."""


def looks_like_markup(text: str) -> bool:
    """Whether a string is HTML: a block tag, or an inline one that is closed."""
    return bool(_BLOCK_MARKUP.search(text[:200_000])) or bool(_MARKUP.search(text[:20_000]) and "</" in text)


def node_story(*nodes: Node) -> Story:
    """The text of elements one after the other."""
    flow = Flow()
    for node in nodes:
        flow_text(node, _visit, flow)
        flow.gap("\n\n")
    return flow.done()


def string_story(text: str, limits: Limits) -> Story:
    """The text of a string that may be an HTML fragment or plain text; plain text stays as it is."""
    if not looks_like_markup(text):
        return settle_line_ends(text), ()
    return fragment_story(text, limits)


def fragment_story(text: str, limits: Limits) -> Story:
    """The text of an HTML fragment. Raises `Refusal("too_deep")`."""
    root = parse_markup(text, limits)
    return node_story(root.find("body") or root)


def content_story(node: Node, limits: Limits) -> Story:
    """The text of an element that holds markup, or a string with escaped or CDATA markup, or plain lines."""
    if next(node.elements(), None) is None:
        text = node.text().strip("\r\n")
        if looks_like_markup(text):
            return fragment_story(text, limits)
        return _dedent(settle_line_ends(text)), ()
    story = node_story(node)
    if not story[1] and looks_like_markup(story[0]) and "</p>" in story[0].lower():
        return fragment_story(story[0], limits)
    return story


def _dedent(text: str) -> str:
    """Plain lines without the blanks at their ends; the indent that opens a paragraph becomes a blank line."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    indented = sum(line[:1] in (" ", "\t") for line in lines if line)
    if not indented or any(not line for line in lines) or indented > 0.6 * len(lines):
        return "\n".join(line.strip() if indented else line for line in lines)
    return "\n".join(
        ("\n" if line[:1] in (" ", "\t") and number else "") + line.strip() for number, line in enumerate(lines)
    )


def _visit(node: Node) -> Mark | bool | None:
    if node.tag in _SKIPPED:
        return False
    platform = platform_of(node)
    if platform:
        return Mark("tweet", "format_embed", 0, 0, embed_attributes(node, platform))
    if node.tag in _MARKED and not (node.tag == "figure" and node.find("p", "blockquote") and not node.find("img")):
        kind, rule = _MARKED[node.tag]
        return Mark(kind, rule, 0, 0)
    return None
