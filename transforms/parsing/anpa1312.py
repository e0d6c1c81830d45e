"""ANPA 1312, the American wire format: SYN SYN SOH header, STX text with typesetting marks, ETX time line, EOT."""

import re
from collections.abc import Iterator

from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.wire_fields import by_names
from transforms.parsing.wire_text import find_byline, set_paragraphs, wire_text, without_controls, without_end_mark

_MESSAGES = re.compile("\x16{1,4}\x01?|\x01")
_FIRST = re.compile(r"\s*(?P<level>[A-Za-z])(?P<number>\d{4})(?:\x1f(?P<selector>[\w-]*))?")
_SECOND = re.compile(
    r"\s*(?P<priority>[A-Za-z])\s+(?P<category>[A-Za-z0-9])[\x0e-\x17]*\s*(?P<keyword>[^\x00-\x1f]*?)\s+(?:\S{1,3}\s+)?(?P<month>\d{1,2})-(?P<day>\d{1,2})\s+(?P<words>\d{1,6})"
)
_VERSION = re.compile(
    r"\d+(?:st|nd|rd|th) (?:Ld|Lead|Add|Sub|Writethru)[\w\s-]*|Writethru|URGENT|Correction|Advance|Kill|Elim", re.I
)
_TIME = re.compile(
    r"(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<year>\d{2,4})\s+(?P<hour>\d\d)(?P<minute>\d\d)\s*(?P<zone>[A-Z]{1,4})?"
)
_NOTE = re.compile(
    r"(?:Eds|Editors?|Note to editors|AP (?:Photo|Graphic|Video)|With AP|Photo|Graphic|Audio"
    r"|For (?:use|release|immediate)|Moved|Stands|ATTENTION)\b",
    re.I,
)
_MARKED_LINES = re.compile(r"^\^[^\n]{1,200}[<=]\s*$", re.M)
_MAX_TAIL_CHARS = 100
_MAX_HEAD_LINE_CHARS = 130
_PROSE = re.compile(r"[^\n]{60,}[.!?][\"”’']{0,2}")
_DATELINE = re.compile(
    r"[A-Z][^()\n]{1,60}\([A-Z][\w./ -]{0,20}\)\s{0,2}[-–—_=/]|[A-Z]{3}[A-Z ,.'’]{0,40}\s(?:--|[–—_])\s"
)
_MAX_HEADLINE_CHARS = 200
_KILL = re.compile(r"\b(?:kill|elim(?:inat\w*)?|withhold|mandatory kill)\b", re.I)
_URGENCIES = {"f": 1, "b": 2, "u": 3, "r": 4, "d": 5}
"""ANPA 1312 priorities flash, bulletin, urgent, regular, deferred on IPTC's scale."""


def parse_anpa1312(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield one article a message; an object may hold several."""
    text, notes = wire_text(content, settings.limits)
    messages = _messages(text)
    if not messages:
        raise Refusal("missing_text", "ANPA 1312: the message has no text")
    for message in messages:
        draft = _draft(message)
        draft.notes = dict(notes)
        if len(messages) > 1:
            draft.raw = message.encode("utf-8", "replace")
        yield draft


def _messages(text: str) -> list[str]:
    """The messages of an object; a stray SYN or SOH inside a story opens none."""
    messages: list[str] = []
    for part in _MESSAGES.split(text):
        if messages and "\x02" not in part:
            messages[-1] += part
        elif without_controls(part).strip():
            messages.append(part)
    return messages


def _draft(message: str) -> Draft:
    draft = Draft(text="", media_type=media.ANPA_1312)
    head, stx, rest = message.partition("\x02")
    if not stx:
        marked = _MARKED_LINES.search(message, 0, 2_000)
        head, rest = (message[: marked.start()], message[marked.start() :]) if marked else ("", message)
    body, _, tail = rest.partition("\x03")
    if len(without_controls(tail).strip()) > _MAX_TAIL_CHARS:
        body, tail = f"{body}\n{tail}", ""  # an ETX too early: what follows is the story's
    first = _FIRST.match(head)
    second = _SECOND.match(head, first.end() if first else 0)
    if first:
        draft.extra |= {name: first[name] for name in ("level", "number", "selector") if first[name]}
    if second:
        draft.urgency = _URGENCIES.get(second["priority"].lower())
        draft.extra |= {"priority": second["priority"], "category": second["category"], "words": second["words"]}
        draft.slug = second["keyword"].strip() or None
    lines = body.split("\n")
    start = _read_head(lines, draft)
    draft.text = set_paragraphs(lines[start:])
    draft.date = _date(without_controls(tail)) or None
    if first:
        number = f"{first['level']}{first['number']}"
        draft.source_id = f"{number}/{draft.date[:10]}" if draft.date else number
    draft.byline = draft.byline or find_byline(lines[start:])
    return draft


def _read_head(lines: list[str], draft: Draft) -> int:
    """Read the lines that stand under a typesetter's mark; returns the number of the first line of the story.

    Each begins with ^ and ends with < (a line of its own) or = (centred: byline, then agency). Where every paragraph of
    the story is marked so too, the first that reads as prose begins it.
    """
    notes: list[str] = []
    centred: list[str] = []
    number = len(lines)
    full = [line for line in map(_bare, lines) if line]
    all_marked = bool(full) and all(line[:1] == "^" or line[-1:] in "<=" for line in full)
    story = 0
    in_headline = False
    for at, line in enumerate(lines):
        inner = _bare(line)
        if not inner:
            continue
        bare = without_end_mark(inner.lstrip("^"))
        if not _is_head_line(line, inner, bare, first=not story):
            number = at
            break
        named = _NOTE.match(bare) or inner.endswith("=") or bare.lower().startswith("by ") or centred
        if story and all_marked and not named and draft.headline and not in_headline:
            number = at
            break
        was_headline, in_headline = in_headline, False
        if not story:
            _read_slug(bare, draft)
            story = at + 1
        elif _NOTE.match(bare):
            notes.append(bare)
        elif inner.endswith("=") or bare.lower().startswith("by ") or centred:
            centred.append(bare)
        elif draft.headline is None:
            draft.headline = bare or None
            in_headline = True
        elif was_headline and len(draft.headline) + len(bare) < _MAX_HEADLINE_CHARS:
            draft.headline = f"{draft.headline} {bare}".strip()
            in_headline = True
        elif bare:
            notes.append(bare)
    bylines = [line for line in centred if line.lower().startswith("by ")]
    if bylines:
        draft.byline = by_names(bylines[0])
    agency = [line for line in centred if line not in bylines]
    if agency:
        draft.credit = agency[0]
    notes += bylines[1:] + agency[1:]
    if notes:
        draft.extra["editor_notes"] = notes
    if not any(map(_bare, lines[number:])):
        return story  # nothing but marked lines: then they are the story
    return number


def _bare(line: str) -> str:
    return without_controls(line).strip()


def _is_head_line(line: str, inner: str, bare: str, *, first: bool) -> bool:
    """Whether a line stands under a mark and does not read as a paragraph."""
    if not (inner[:1] == "^" or (inner[-1:] in "<=" and line[:1] not in ("\t", " "))):
        return False
    if _DATELINE.match(bare):
        return False
    if first or inner.endswith("=") or _NOTE.match(bare):
        return True
    indented = inner[1:2] in ("\t", " ") and len(bare) > _MAX_HEAD_LINE_CHARS // 2
    return not indented and len(bare) <= _MAX_HEAD_LINE_CHARS and not _PROSE.fullmatch(bare)


def _read_slug(line: str, draft: Draft) -> None:
    """The keyword line: slug, version ("1st Ld-Writethru"), words."""
    parts = [part.strip() for part in line.split(",")]
    draft.slug = parts[0] or draft.slug
    versions = [part for part in parts[1:] if _VERSION.match(part)]
    draft.version = versions[0] if versions else None
    if _KILL.search(line):
        draft.status = "cancelled"


def _date(tail: str) -> str:
    """ISO 8601 of the time line ("AP-WF-11-13-13 1509GMT")."""
    found = _TIME.search(tail)
    if not found:
        return ""
    year = int(found["year"])
    year += 0 if year > 99 else 2000 if year < 70 else 1900
    zone = {"EST": "-05:00", "EDT": "-04:00"}.get(found["zone"] or "GMT", "+00:00")
    return f"{year:04d}-{int(found['month']):02d}-{int(found['day']):02d}T{found['hour']}:{found['minute']}:00{zone}"
