"""NITF 3.x, alone or inside another envelope: https://iptc.org/standards/nitf/."""

from collections.abc import Iterator
from typing import Any

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.story_text import content_story, node_story
from transforms.parsing.tree import Node
from transforms.parsing.wire_fields import by_names, number_of, place_and_agency
from transforms.parsing.xml_tree import parse_xml


def parse_nitf(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the one article of a NITF document."""
    root, notes = parse_xml(content, settings.limits)
    node = root if root.tag == "nitf" else root.find("nitf")
    if node is None:
        raise Refusal("malformed", "NITF: no nitf element")
    draft = nitf_draft(node, settings.limits)
    draft.notes = notes
    yield draft


def nitf_draft(nitf: Node, limits: Limits) -> Draft:
    """A draft of an nitf element; its text is that of body.content, with what closes the body under marks."""
    draft = Draft(text="", media_type=media.NITF)
    draft.text, draft.marks = nitf_story(nitf, limits)
    head = nitf.find("body.head") or Node("body.head", {})
    headline = head.find("hl1") or head.find("hedline") or nitf.find("hl1") or nitf.find("title")
    draft.headline = headline.line() if headline else None
    byline = head.find("byline") or (nitf.find("body.content") or nitf).find("byline")
    draft.byline = by_names(_byline_text(byline)) if byline else None
    dateline = head.find("dateline")
    if dateline:
        place = dateline.find("location")
        draft.dateline_place, draft.dateline_agency = place_and_agency(place.line() if place else _spaced(dateline))
    _docdata(nitf, draft)
    stamp = dateline.find("story.date") if dateline else None
    draft.date = draft.date or (stamp.get("norm") if stamp else None) or None
    extra: dict[str, Any] = {
        "subtitle": "; ".join(node.line() for node in head.find_all("hl2")),
        "abstract": _line_of(head, "abstract"),
        "note": _line_of(head, "note"),
        "distributor": _line_of(head, "distributor"),
        "dateline": _spaced(dateline) if dateline else "",
        "copyright": _line_of(head, "rights") or _copyright(nitf),
    }
    draft.extra |= {name: value for name, value in extra.items() if value}
    return draft


def nitf_story(nitf: Node, limits: Limits) -> tuple[str, Any]:
    """Text and marks of the body."""
    contents = list(nitf.find_all("body.content"))
    if not contents:
        body = nitf.find("body")
        if body is None:
            return "", ()
        rest = [node for node in body.elements() if node.tag not in ("body.head", "body.end")]
        return node_story(*rest) if rest else content_story(body, limits)
    ends = list(nitf.find_all("body.end"))
    if len(contents) == 1 and not ends:
        return content_story(contents[0], limits)
    plain = all(next(node.elements(), None) is None for node in contents)
    return content_story(contents[0], limits) if plain else node_story(*contents, *ends)


def _byline_text(byline: Node) -> str:
    """The names of a byline; where it has only a title, as with a service's name, that."""
    people = [node.line() for node in byline.find_all("person")]
    if people:
        return ", ".join(people)
    own = "".join(child if isinstance(child, str) else "" for child in byline.children)
    return own if own.strip(" ,;\n\t\r") else byline.line()


def _spaced(node: Node) -> str:
    """The text of an element whose children stand apart."""
    return " ".join((child if isinstance(child, str) else child.line()).strip() for child in node.children).strip()


def _line_of(node: Node, tag: str) -> str:
    found = node.find(tag)
    return found.line() if found else ""


def _copyright(nitf: Node) -> str:
    found = nitf.find("doc.copyright")
    return " ".join(part for part in (found.get("year"), found.get("holder")) if part) if found else ""


def _docdata(nitf: Node, draft: Draft) -> None:
    """What docdata, pubdata and tobject say: ids, dates, urgency, status, subjects."""
    data = nitf.find("docdata") or Node("docdata", {})
    draft.status = data.get("management-status") or "usable"
    number, key = data.find("doc-id"), data.find("du-key")
    if number:
        draft.source_id = number.get("id-string") or None
        draft.provider = number.get("regsrc") or None
    if key:
        draft.source_id = draft.source_id or key.get("key") or None
        draft.version = key.get("version", "generation") or None
        draft.extra["du_key"] = dict(key.attributes)
    urgency = data.find("urgency")
    draft.urgency = number_of(urgency.get("ed-urg")) if urgency else None
    issued, released, pub = data.find("date.issue"), data.find("date.release"), nitf.find("pubdata")
    draft.date = (
        (issued.get("norm") if issued else "")
        or (released.get("norm") if released else "")
        or (pub.get("date.publication") if pub else "")
        or None
    )
    if released and issued and released.get("norm") > issued.get("norm"):
        draft.embargo = released.get("norm")
    if pub:
        draft.provider = draft.provider or pub.get("name") or None
        draft.url = pub.get("ex-ref") or None
    keys = [node.get("key") for node in data.find_all("keyword") if node.get("key")]
    named = [node for node in nitf.find_all("meta") if node.get("name").lower() in ("slug", "slugline", "anpa-keyword")]
    fixture = data.find("fixture")
    draft.slug = (
        (named[0].get("content") if named else "")
        or (fixture.get("fix-id") if fixture else "")
        or (keys[0] if keys else "")
        or None
    )
    draft.language = nitf.get("xml:lang") or None
    subjects = [
        {
            "code": node.get("tobject.subject.refnum", "tobject.subject.code"),
            "name": node.get("tobject.subject.detail", "tobject.subject.matter", "tobject.subject.type"),
        }
        for node in nitf.find_all("tobject.subject")
    ]
    told = {
        "keywords": keys,
        "subjects": subjects,
        "meta": {
            node.get("name"): node.get("content")
            for node in nitf.find_all("meta")
            if node.get("name") and node.get("content")
        },
        "ed_msg": " ".join(node.get("info", "msg-type") or node.line() for node in data.find_all("ed-msg")),
    }
    draft.extra |= {name: value for name, value in told.items() if value}
