"""ninjs 1.x to 3.x, the news item as JSON: https://iptc.org/standards/ninjs/."""

import re
from typing import Any

from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.json_values import plain_value
from transforms.parsing.refusal import Refusal
from transforms.parsing.story_text import Story, fragment_story, string_story
from transforms.parsing.wire_fields import by_names, number_of, status_of

_BODY_KEY = re.compile(r"body_\w+")
_OWN = frozenset(
    "uri guid versioncreated versionCreated version by byline headline headlines slugline "
    "urgency pubstatus pubStatus language "
    "embargoed bodies".split()
)
_DATES = ("versioncreated", "versionCreated", "contentcreated", "contentCreated", "firstcreated", "firstCreated")
_MARKS_OF_NINJS = frozenset(
    "versioncreated versionCreated bodies headlines pubstatus pubStatus body_xhtml body_html "
    "profile renditions located "
    "copyrightholder usageterms associations firstcreated".split()
)


def is_ninjs(value: Any) -> bool:
    """Whether a JSON object is a ninjs item: a uri, and property names that only ninjs has."""
    if not isinstance(value, dict) or not isinstance(value.get("uri", value.get("guid")), str):
        return False
    bodied = any(isinstance(key, str) and (key == "bodies" or _BODY_KEY.fullmatch(key)) for key in value)
    return (bodied and any(name in value for name in _MARKS_OF_NINJS)) or (
        len(_MARKS_OF_NINJS.intersection(key for key in value if isinstance(key, str))) >= 3
    )


def read_ninjs(value: dict[str, Any], limits: Limits, notes: dict[str, Any]) -> Draft:
    """A draft of a ninjs item; raises `Refusal` where it has no body, or a field has the wrong type."""
    status = _string(value, "pubstatus") or _string(value, "pubStatus") or "usable"
    (text, marks), used = _body(value, limits, needed=status_of(status) != "cancelled")
    draft = Draft(text=text, media_type=media.NINJS, marks=marks, notes=dict(notes))
    draft.source_id = _string(value, "uri") or _string(value, "guid")
    draft.version = _string(value, "version")
    draft.headline = _string(value, "headline") or _role(value, "headlines", "main")
    draft.byline = by_names(_string(value, "byline") or _string(value, "by") or "")
    draft.slug = _string(value, "slugline")
    draft.language = _string(value, "language")
    draft.urgency = number_of(_string(value, "urgency"))
    draft.status = status
    draft.embargo = _string(value, "embargoed")
    draft.date = next((stamp for name in _DATES if (stamp := _string(value, name))), None)
    draft.provider = (
        _string(value, "provider")
        or _string(value, "source")
        or _info_source(value)
        or _string(value, "copyrightholder")
        or _string(value, "copyrightHolder")
    )
    same = " ".join(text.split())
    draft.extra = {
        key: plain_value(item)
        for key, item in value.items()
        if key not in _OWN and key not in used and not (isinstance(item, str) and " ".join(item.split()) == same)
    }
    return draft


def _body(value: dict[str, Any], limits: Limits, *, needed: bool) -> tuple[Story, set[str]]:
    """The story and the keys it came from: markup before plain text, since markup shows the paragraphs."""
    candidates: list[tuple[bool, str, str]] = []
    bodies = value.get("bodies")
    if isinstance(bodies, list):
        for body in bodies:
            if isinstance(body, dict) and isinstance(body.get("value"), str) and body["value"].strip():
                kind = f"{body.get('contenttype') or body.get('contentType') or ''} {body.get('role') or ''}"
                candidates.append((_is_markup(kind, body["value"]), "bodies", body["value"]))
    for key, body in value.items():
        if isinstance(key, str) and _BODY_KEY.fullmatch(key) and body is not None:
            if not isinstance(body, str):
                raise Refusal("wrong_type", f"field {key!r} is not a string")
            if body.strip() and key != "body_length":
                candidates.append((_is_markup(key, body), key, body))
    if not candidates and not needed:
        return ("", ()), set()
    if not candidates:
        raise Refusal("missing_text", "ninjs: the item has no body with text")
    markup, key, text = next((found for found in candidates if found[0]), candidates[0])
    story = fragment_story(text, limits) if markup else string_story(text, limits)
    if not story[0].strip():
        story = string_story(candidates[0][2], limits)
    return story, {key}


def _is_markup(kind: str, text: str) -> bool:
    return "html" in kind.lower() or ("nitf" in kind.lower() and "<" in text)


def _string(value: dict[str, Any], name: str) -> str | None:
    found = value.get(name)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        kind = "an object" if isinstance(found, dict) else "a list" if isinstance(found, list) else "true or false"
        raise Refusal("wrong_type", f"field {name!r} is {kind}, expected a string")
    return str(found)


def _role(value: dict[str, Any], name: str, role: str) -> str | None:
    """The value of the list entry with this role, else of the first."""
    found = [item for item in value.get(name) or [] if isinstance(item, dict) and isinstance(item.get("value"), str)]
    main = [item for item in found if item.get("role") == role]
    return str((main or found)[0]["value"]) if found else None


def _info_source(value: dict[str, Any]) -> str | None:
    sources = value.get("infosources") or value.get("infoSources")
    for source in sources if isinstance(sources, list) else []:
        if isinstance(source, dict) and isinstance(source.get("name"), str):
            return str(source["name"])
    return None
