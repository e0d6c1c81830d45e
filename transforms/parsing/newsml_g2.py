"""NewsML-G2 news items, alone or in a news message: https://iptc.org/standards/newsml-g2/."""

from collections.abc import Iterator
from typing import Any

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.nitf import nitf_draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import Story, content_story, fragment_story, node_story
from transforms.parsing.tree import Node
from transforms.parsing.wire_fields import by_names, number_of, place_and_agency, status_of, tail_of
from transforms.parsing.xml_tree import parse_xml, serialise


def parse_newsml_g2(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield one article a news item with text; items of pictures and the like beside them are named in `extra`."""
    root, notes = parse_xml(content, settings.limits)
    yield from g2_articles(root, settings.limits, notes)


def g2_articles(root: Node, limits: Limits, notes: dict[str, Any]) -> Iterator[Draft | Refusal]:
    """The articles of a tree that holds news items."""
    items = [node for node in root.walk() if node.tag == "newsitem"]
    if not items:
        kind = "a package refers to its stories" if root.find("groupset") else f"a {root.tag}"
        raise Refusal("no_article", f"NewsML-G2: {kind} and holds no news item")
    header = root.child("header") if root.tag == "newsmessage" else None
    found: list[Draft | Refusal] = []
    others: list[str] = []
    for item in items:
        draft = item_draft(item, limits)
        draft.date = draft.date or (header.find("sent") or Node("", {})).line() if header else draft.date
        draft.notes = dict(notes)
        if len(items) > 1:
            draft.raw = serialise(item)
        if draft.text.strip() or status_of(draft.status) == "cancelled":
            found.append(draft)
        elif _is_text(item):
            found.append(Refusal("missing_text", "NewsML-G2: the news item has no text in it", draft.raw))
        else:
            others.append(draft.source_id or "?")
    if others:
        for part in found:
            if isinstance(part, Draft):
                part.extra["items_without_text"] = others
        if not found:
            raise Refusal("no_article", "NewsML-G2: the item is a picture, a video or the like and holds no story")
    yield from found


def _is_text(item: Node) -> bool:
    kind = _path(item, "itemmeta", "itemclass")
    return kind is None or tail_of(kind.get("qcode", "uri")) in ("text", "composite", "")


def item_draft(item: Node, limits: Limits) -> Draft:
    """A draft of one news item."""
    draft = Draft(text="", media_type=media.NEWSML_G2)
    content = item.child("contentset") or (item if item.tag == "contentset" else None)
    nitf = content.find("nitf") if content else None
    if nitf is not None:
        inner = nitf_draft(nitf, limits)
        draft.headline, draft.byline, draft.extra = inner.headline, inner.byline, inner.extra
        draft.dateline_place, draft.dateline_agency = inner.dateline_place, inner.dateline_agency
        draft.text, draft.marks, draft.slug, draft.urgency = inner.text, inner.marks, inner.slug, inner.urgency
        draft.source_id, draft.date = inner.source_id, inner.date
    elif content is not None:
        draft.text, draft.marks = _story(content, limits)
    about = item.child("contentmeta") or Node("contentmeta", {})
    meta = item.child("itemmeta") or Node("itemmeta", {})
    draft.source_id = item.get("guid") or draft.source_id
    draft.version = item.get("version") or None
    language = about.child("language")
    draft.language = (language.get("tag") if language else "") or item.get("xml:lang") or None
    draft.provider = _named(meta.child("provider")) or _named(about.child("infosource")) or None
    draft.headline = _main(about, "headline") or draft.headline or (_main(meta, "title") or None)
    draft.slug = _main(about, "slugline") or draft.slug
    draft.byline = by_names(_main(about, "by")) or draft.byline or by_names(", ".join(_creators(about)))
    draft.credit = _main(about, "creditline") or None
    draft.date = next(
        (
            node.line()
            for node in (
                meta.child("versioncreated"),
                about.child("contentmodified"),
                meta.child("firstcreated"),
                about.child("contentcreated"),
            )
            if node and node.line()
        ),
        draft.date,
    )
    embargo = meta.child("embargoed")
    draft.embargo = embargo.line() if embargo else None
    status = meta.child("pubstatus")
    draft.status = tail_of(status.get("qcode", "uri")) if status else "usable"
    draft.urgency = number_of(_main(about, "urgency")) or draft.urgency
    dateline = _main(about, "dateline")
    if dateline:
        draft.dateline_place, draft.dateline_agency = place_and_agency(dateline)
    draft.extra |= _extra(item, meta, about)
    return draft


def _story(content: Node, limits: Limits) -> Story:
    """The story of a content set: its inline XML or inline data, the one with the most text where there are several."""
    best: Story = ("", ())
    for node in content.elements():
        if node.tag not in ("inlinexml", "inlinedata"):
            continue
        html = node.find("html")
        kind = node.get("contenttype")
        if html is not None:
            story = node_story(html.find("body") or html)
        elif node.tag == "inlinedata" and "html" in kind and next(node.elements(), None) is None:
            story = fragment_story(node.text(), limits)
        else:
            story = content_story(node, limits)
        if len(story[0]) > len(best[0]):
            best = story
    return best


def _path(node: Node, *tags: str) -> Node | None:
    found: Node | None = node
    for tag in tags:
        found = found.child(tag) if found else None
    return found


def _main(node: Node, tag: str) -> str:
    """The text of the first child of this tag, one of the main role where roles are given."""
    found = [child for child in node.elements() if child.tag == tag and child.line()]
    main = [child for child in found if not child.get("role") or "main" in child.get("role").lower()]
    return (main or found)[0].line() if found else ""


def _named(node: Node | None) -> str:
    """A party's name, its literal, or the end of its code or address."""
    if node is None:
        return ""
    name = node.child("name")
    return (name.line() if name else "") or node.get("literal") or tail_of(node.get("qcode")) or node.get("uri")


def _creators(about: Node) -> list[str]:
    names = (_child_line(node, "name") for node in about.elements() if node.tag in ("creator", "contributor"))
    return [name for name in names if name]


def _child_line(node: Node, tag: str) -> str:
    found = node.child(tag)
    return found.line() if found else ""


def _extra(item: Node, meta: Node, about: Node) -> dict[str, Any]:
    subjects = [
        {"code": node.get("qcode", "uri", "literal"), "name": _child_line(node, "name")}
        for node in about.elements()
        if node.tag == "subject"
    ]
    rights = item.child("rightsinfo") or Node("rightsinfo", {})
    told: dict[str, Any] = {
        "subjects": subjects,
        "genres": [node.get("qcode", "uri") for node in about.elements() if node.tag == "genre"],
        "keywords": [node.line() for node in about.elements() if node.tag == "keyword"],
        "alt_ids": [node.get("id") or node.line() for node in about.elements() if node.tag == "altid"],
        "located": [_named(node) for node in about.elements() if node.tag == "located"],
        "description": _main(about, "description"),
        "dateline": _main(about, "dateline"),
        "ed_note": " ".join(node.line() for node in meta.elements() if node.tag == "ednote"),
        "signals": [node.get("qcode", "uri") for node in meta.elements() if node.tag == "signal"],
        "service": [_named(node) for node in meta.elements() if node.tag == "service"],
        "first_created": _child_line(meta, "firstcreated"),
        "copyright": _child_line(rights, "copyrightnotice"),
        "usage_terms": _child_line(rights, "usageterms"),
        "corrections": [
            node.get("href", "residref") for node in item.find_all("link") if "correct" in node.get("rel").lower()
        ],
    }
    return {name: value for name, value in told.items() if value}
