"""NewsML 1.x news items: https://iptc.org/standards/newsml-1/."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.nitf import nitf_draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import Story, content_story, node_story
from transforms.parsing.tree import Node
from transforms.parsing.wire_fields import by_names, number_of, place_and_agency, status_of
from transforms.parsing.xml_tree import parse_xml, serialise

_REVISION = re.compile(r":\d+[NAU]?$")
_NO_STORY_ROLES = re.compile(
    r"caption|headline|title|summary|abstract|keyword|thumbnail|preview|icon|byline|catchline|link", re.I
)
_NO_STORY_MEDIA = re.compile(r"photo|picture|image|graphic|video|audio|animation", re.I)


def parse_newsml_1(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield one article a news item."""
    root, notes = parse_xml(content, settings.limits)
    yield from newsml_articles(root, settings.limits, notes)


def newsml_articles(root: Node, limits: Limits, notes: dict[str, Any]) -> Iterator[Draft | Refusal]:
    """The articles of a tree that holds NewsML 1 items, inner items before those around them left out."""
    items = [node for node in root.walk() if node.tag == "newsitem"]
    inner = [item for item in items if not any(True for _ in item.find_all("newsitem"))]
    if not inner:
        raise Refusal("no_article", "NewsML: no news item")
    found: list[Draft | Refusal] = []
    others: list[str] = []
    for item in inner:
        draft = _item_draft(root, item, limits)
        draft.notes = dict(notes)
        if len(inner) > 1:
            draft.raw = serialise(item)
        if draft.text.strip() or status_of(draft.status) == "cancelled":
            found.append(draft)
        elif any(_is_other_media(node) for node in item.find_all("contentitem")):
            others.append(draft.source_id or "?")
        else:
            found.append(Refusal("missing_text", "NewsML: the news item has no text in it", draft.raw))
    if others and not found:
        raise Refusal("no_article", "NewsML: the item is a picture, a video or the like and holds no story")
    for part in found:
        if others and isinstance(part, Draft):
            part.extra["items_without_text"] = others
    yield from found


def _is_other_media(content: Node) -> bool:
    kind = content.child("mediatype")
    return kind is not None and bool(_NO_STORY_MEDIA.search(kind.get("formalname")))


def _item_draft(root: Node, item: Node, limits: Limits) -> Draft:
    draft = Draft(text="", media_type=media.NEWSML_1)
    stories = list(_contents(item))
    nitf = next((node.find("nitf") for node in stories if node.find("nitf")), None)
    if nitf is not None:
        inner = nitf_draft(nitf, limits)
        draft.headline, draft.byline, draft.slug, draft.date = inner.headline, inner.byline, inner.slug, inner.date
        draft.dateline_place, draft.dateline_agency = inner.dateline_place, inner.dateline_agency
        draft.extra, draft.urgency, draft.source_id = inner.extra, inner.urgency, inner.source_id
    draft.text, draft.marks = _text_of(stories, limits)
    _identify(item, draft)
    _manage(root, item, draft)
    _lines(item, draft)
    draft.language = item.get("xml:lang") or _formal(item, "language") or draft.language
    provider = item.find("provider")
    party = (provider.find("party") if provider else None) or item.find("source") or Node("", {})
    draft.provider = party.get("formalname") or _line(item, "providerid") or None
    draft.extra |= _extra(item)
    return draft


def _contents(item: Node) -> Iterator[Node]:
    """The DataContent elements that hold the story; of equivalents the first with text."""
    taken: set[int] = set()
    for content in item.find_all("datacontent", "contentitem"):
        if content.tag == "contentitem" and content.find("datacontent"):
            continue
        holder = next((node for node in content.ancestors() if node.tag == "contentitem"), None)
        if content.tag == "contentitem" or (holder is not None and _is_other_media(holder)) or not content.line():
            continue
        around = [node for node in content.ancestors() if node.tag == "newscomponent"]
        role = next((node.child("role") for node in around[:1] if node.child("role")), None)
        if role is not None and _NO_STORY_ROLES.search(role.get("formalname")):
            continue
        equal = next((node for node in around if node.get("equivalentslist").lower() == "yes"), None)
        if equal is not None:
            if id(equal) in taken:
                continue
            taken.add(id(equal))
        yield content


def _text_of(contents: list[Node], limits: Limits) -> Story:
    """The stories one after the other, one that repeats another left out; marks moved to where theirs begins."""
    text, marks = "", []
    seen: set[str] = set()
    for node in contents:
        nitf, html = node.find("nitf"), node.find("html")
        if nitf is not None:
            inner = nitf_draft(nitf, limits)
            part, part_marks = inner.text, inner.marks
        elif html is not None:
            part, part_marks = node_story(html.find("body") or html)
        else:
            part, part_marks = content_story(node, limits)
        key = " ".join(part.split())
        if not key or key in seen or any(key in other for other in seen):
            continue
        seen.add(key)
        start = len(text) + 2 if text else 0
        text = f"{text}\n\n{part}" if text else part
        marks += [replace(mark, raw_start=mark.raw_start + start, raw_end=mark.raw_end + start) for mark in part_marks]
    return text, tuple(marks)


def _line(node: Node, tag: str) -> str:
    found = node.find(tag)
    return found.line() if found else ""


def _formal(node: Node, tag: str) -> str:
    found = node.find(tag)
    return found.get("formalname") or found.line() if found else ""


def _identify(item: Node, draft: Draft) -> None:
    """The item's own id without its revision, so that its versions line up."""
    public = _REVISION.sub("", _line(item, "publicidentifier"))
    parts = [_line(item, tag) for tag in ("providerid", "dateid", "newsitemid")]
    if public.lower().startswith("urn:newsml:"):
        draft.source_id = public
    elif all(parts):
        draft.source_id = "urn:newsml:" + ":".join(parts)
    else:
        draft.source_id = parts[2] or draft.source_id or public or None
    draft.version = _line(item, "revisionid") or None


def _manage(root: Node, item: Node, draft: Draft) -> None:
    """Dates, status, urgency and embargo."""
    manage = item.child("newsmanagement") or Node("newsmanagement", {})
    draft.date = (
        _line(manage, "thisrevisioncreated")
        or _line(manage, "firstcreated")
        or draft.date
        or _line(root, "dateandtime")
        or _line(item, "dateid")
        or None
    )
    draft.status = _formal(manage, "status") or "usable"
    instructions = [node.get("formalname") for node in manage.find_all("instruction")]
    if any(re.search(r"delete|kill|cancel|withdraw", word, re.I) for word in instructions):
        draft.status = "cancelled"
    change = manage.find("statuswillchange")
    if change and draft.status.lower().startswith("embargo"):
        draft.embargo = _line(change, "dateandtime") or None
    draft.urgency = number_of(_formal(manage, "urgency")) or number_of(_formal(root, "priority")) or draft.urgency


def _lines(item: Node, draft: Draft) -> None:
    """NewsLines: headline, byline, dateline, credit and slug."""
    component = item.find("newscomponent") or item
    draft.headline = _line(component, "headline") or draft.headline or _line(item, "newsitemtitle") or None
    draft.byline = by_names(_line(component, "byline")) or draft.byline
    draft.credit = _line(component, "creditline") or None
    draft.slug = _line(component, "slugline") or draft.slug or _line(item, "namelabel") or None
    dateline = _line(component, "dateline")
    if dateline:
        draft.dateline_place, draft.dateline_agency = place_and_agency(dateline)
        draft.extra["dateline"] = dateline


def _extra(item: Node) -> dict[str, Any]:
    subjects = [
        node.get("formalname")
        for node in item.find_all("subject", "subjectmatter", "subjectdetail", "subjectqualifier")
    ]
    told: dict[str, Any] = {
        "subjects": list(dict.fromkeys(code for code in subjects if code)),
        "keywords": [node.line() for node in item.find_all("keywordline") if node.line()]
        or [node.get("value") for node in item.find_all("property") if node.get("formalname").lower() == "keyword"],
        "subtitle": _line(item, "subheadline"),
        "name_label": _line(item, "namelabel"),
        "copyright": _line(item, "copyrightline"),
        "usage_terms": _line(item, "usagetype"),
        "instructions": [node.get("formalname") for node in item.find_all("instruction") if node.get("formalname")],
        "genres": [node.get("formalname") for node in item.find_all("genre") if node.get("formalname")],
        "location": {
            node.get("formalname"): node.get("value")
            for node in (item.find("location") or Node("", {})).find_all("property")
        },
        "update": (item.find("revisionid") or Node("", {})).get("update"),
    }
    return {name: value for name, value in told.items() if value}
