"""XML of no format that is known by its root: a news format inside an envelope, or fields that are named as such."""

from collections.abc import Iterator

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.newsml_1 import newsml_articles
from transforms.parsing.newsml_g2 import g2_articles, item_draft
from transforms.parsing.nitf import nitf_draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import content_story
from transforms.parsing.tree import Node
from transforms.parsing.wire_fields import by_names, number_of
from transforms.parsing.xml_tree import parse_xml, serialise

_TEXT = (
    "body",
    "text",
    "content",
    "story",
    "articletext",
    "bodytext",
    "fulltext",
    "maintext",
    "storytext",
    "article_body",
    "contents",
    "datacontent",
    "articlebody",
    "storybody",
    "texte",
    "texto",
    "testo",
    "corps",
    "corpo",
    "inhalt",
)
_HEADLINE = ("headline", "title", "hl1", "heading", "header")
_BYLINE = ("byline", "author", "by", "creator")
_DATE = (
    "versioncreated",
    "pubdate",
    "published",
    "publishdate",
    "date",
    "created",
    "timestamp",
    "datetime",
    "sentdate",
)
_ID = ("guid", "id", "uri", "newsitemid", "storyid", "articleid", "uno")
_PROVIDER = ("provider", "source", "publisher", "agency", "service")
_SLUG = ("slugline", "slug", "keyword")
_URGENCY = ("urgency", "priority")


def parse_any_xml(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the articles of an XML document; raises `Refusal("unsupported")` where nothing in it is known."""
    root, notes = parse_xml(content, settings.limits)
    limits = settings.limits
    tags = {node.tag for node in root.walk()}
    if "newsitem" in tags:
        known = g2_articles if "contentset" in tags or "itemmeta" in tags else newsml_articles
        yield from known(root, limits, notes)
        return
    if root.tag == "contentset" or "contentset" in tags:
        node = root if root.tag == "contentset" else root.find("contentset")
        draft = item_draft(node or root, limits)
    elif "nitf" in tags:
        draft = nitf_draft(root.find("nitf") or root, limits)
    elif "body.content" in tags:
        draft = nitf_draft(root, limits)
    else:
        stories = [
            node for node in root.walk() if node.tag in _TEXT and not any(a.tag in _TEXT for a in node.ancestors())
        ]
        stories = [_innermost(node) for node in stories if node.line()]
        holders = list(dict.fromkeys(_holder(node) for node in stories))
        if len(holders) > 1:
            for holder in holders:
                yield _fields(holder, limits, serialise(holder))
            return
        draft = _fields(root, limits, None)
    draft.notes = notes
    yield draft


def _holder(node: Node) -> Node:
    return node.parent or node


def _fields(root: Node, limits: Limits, raw: bytes | None) -> Draft:
    """A draft of the elements and attributes that are named as fields usually are."""
    found = [node for node in root.walk() if node.tag in _TEXT and node.line()]
    if not found:
        raise Refusal("unsupported", f"XML with the root {root.tag!r} and no element that is known to hold a story")
    text = _innermost(max(found, key=lambda node: len(node.text())))
    draft = Draft(text="", media_type=media.XML, raw=raw)
    draft.text, draft.marks = content_story(text, limits)
    draft.headline = _value(root, _HEADLINE, text)
    draft.byline = by_names(_value(root, _BYLINE, text) or "")
    draft.date = _value(root, _DATE, text)
    draft.source_id = _value(root, _ID, text) or root.get("id", "guid") or None
    draft.provider = _value(root, _PROVIDER, text)
    draft.slug = _value(root, _SLUG, text)
    draft.urgency = number_of(_value(root, _URGENCY, text))
    draft.language = root.get("xml:lang", "lang") or None
    taken = {*_HEADLINE, *_BYLINE, *_DATE, *_ID, *_PROVIDER, *_SLUG, *_URGENCY, *_TEXT}
    leaves = (node for node in root.walk() if node.tag not in taken and not any(True for _ in node.elements()))
    rest = {
        node.tag: node.line() for node in leaves if node.line() and not any(above is text for above in node.ancestors())
    }
    draft.extra = {"fields": rest} if rest else {}
    return draft


def _innermost(node: Node) -> Node:
    """The element inside that is named for text as well and holds most of it: `story/body` rather than `story`."""
    whole = len(node.text())
    inner = [found for found in node.find_all(*_TEXT) if len(found.text()) > 0.5 * whole]
    return inner[-1] if inner else node


def _value(root: Node, tags: tuple[str, ...], text: Node) -> str | None:
    for tag in tags:
        for node in root.find_all(tag):
            if (
                node is not text
                and not any(above is text for above in node.ancestors())
                and node.line()
                and len(node.line()) < 1000
            ):
                return node.line()
    return None
