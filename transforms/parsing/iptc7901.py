"""IPTC 7901, the text recommendation that agencies send since 1978: SOH header, STX text, ETX date-time group."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.records import Mark
from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.wire_fields import number_of
from transforms.parsing.wire_text import find_byline, set_paragraphs, wire_text, without_controls, without_end_mark

_MESSAGE = re.compile("\x01")
_TELEX_START = re.compile(r"^[ \t\x00-\x1f]{0,10}ZCZC\b[ \t]*", re.M)
_TELEX_END = re.compile(r"^[ \t]*NNNN[ \t\x00-\x08\x7f]*$", re.M)
_HEADER = re.compile(
    r"\s*(?P<service>[A-Za-z]{1,5})[ ]?(?P<number>\d{2,5})[ \t]+(?P<priority>\d)[ "
    r"\t]+(?P<category>[A-Za-z]{1,5})(?:[ \t]+(?P<words>\d{1,6})\b)?[ \t]*(?P<rest>[^\n]{0,200})"
)
_TIME_GROUP = re.compile(
    r"(?P<day>\d\d)(?P<hour>[0-2]\d)(?P<minute>[0-5]\d)\s*(?P<zone>[A-Za-z]{1,4})?\s*(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|m.r)[a-z]*\.?\s*(?P<year>\d{4}|\d\d)?",
    re.I,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for name in names.split()
}
_MAX_TAIL_CHARS = 100
_MAX_HEADLINE_CHARS = 250
_LEDE = re.compile(
    r"[.,]$|[.!?][\"”’']{0,2}\s+\S|\(\w[\w./ -]{1,20}\)\s{0,2}[-–—_=/]|\s(?:--|[–—_])\s"
    r"|[,\"”’']\s(?:said|says|told)\b|\b(?:said|says|told) [^\n]{0,60}[\"”]$"
)
_NOT_FOR_PRINT = re.compile(
    r"^(?:[^\w\n]{0,6}\w{0,12}[ -]?(?:notebook|notizblock|redaktionelle hinweise)[^\w\n]*"
    r"|.{0,40}not (?:intended )?for publication.{0,20})$",
    re.I | re.M,
)
_URGENCIES = range(1, 10)


def parse_iptc7901(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield one article a message; an object may hold several, one after the other."""
    text, notes = wire_text(content, settings.limits)
    if _TELEX_START.search(text):
        text = _TELEX_END.sub("\x03", _TELEX_START.sub("\x01", text))
    messages = [part for part in _MESSAGE.split(text) if without_controls(part).strip()]
    if not messages:
        raise Refusal("missing_text", "IPTC 7901: the message has no text")
    for message in messages:
        draft = _draft(message)
        draft.notes = dict(notes)
        if len(messages) > 1:
            draft.raw = message.encode("utf-8", "replace")
        yield draft


def _draft(message: str) -> Draft:
    draft = Draft(text="", media_type=media.IPTC_7901)
    head, stx, rest = message.partition("\x02")
    if not stx:
        head, rest = _split_unmarked(message)
    body, etx, tail = rest.partition("\x03")
    if not etx:
        body, tail = _split_time_group(body)
    elif len(without_controls(tail).strip()) > _MAX_TAIL_CHARS:
        body, tail = f"{body}\n{tail}", ""  # an ETX too early: what follows is the story's
    header = _HEADER.match(head)
    if header:
        draft.urgency = number_of(header["priority"]) if int(header["priority"]) in _URGENCIES else None
        told = {
            name: (header[name] or "").strip()
            for name in ("service", "number", "priority", "category", "words", "rest")
        }
        draft.extra = {name: value for name, value in told.items() if value}
        head = head[header.end() :]
    keywords, *more = [line.strip() for line in without_controls(head).split("\n") if line.strip()] or [""]
    draft.slug = " ".join(keywords.split()).rstrip("/ ") or None
    draft.text = _body(body.split("\n"), draft)
    if more and draft.headline is None:
        draft.headline = without_end_mark(" ".join(more))
    elif more:
        draft.extra["head"] = more
    draft.marks = _notebook(draft.text)
    draft.date = _date(without_controls(tail)) or None
    if draft.date is None:
        draft.extra |= (
            {"date_time_group": " ".join(without_controls(tail).split())} if tail.strip("\x04\x7f \n") else {}
        )
    if header:
        number = f"{header['service']}{header['number']}"
        draft.source_id = f"{number}/{draft.date[:10]}" if draft.date else number
    return draft


def _split_unmarked(message: str) -> tuple[str, str]:
    """Header and text of a message without STX: its first line, and keywords that end in a slash."""
    first, _, rest = message.lstrip("\n").partition("\n")
    keyword, _, after = rest.lstrip("\n").partition("\n")
    if keyword.strip().endswith("/"):
        return f"{first}\n{keyword}", after
    return (first, rest) if _HEADER.match(first) else ("", message)


def _split_time_group(body: str) -> tuple[str, str]:
    """Text and date-time group of a message without ETX: the group is its last line."""
    kept, _, last = body.rstrip("\n \x04\x7f").rpartition("\n")
    return (kept, last) if _TIME_GROUP.match(without_controls(last).strip()) and len(last) < 40 else (body, "")


def _body(lines: list[str], draft: Draft) -> str:
    """The text below the headline; which is the few lines before a blank or indented one."""
    first = next((number for number, line in enumerate(lines) if without_controls(line).strip()), len(lines))
    lines = lines[first:]
    size = 0
    while (
        size < len(lines)
        and without_controls(lines[size]).strip()
        and not (size and lines[size][:2] in ("  ", " \t", "\t"))
    ):
        size += 1
        if lines[size - 1].rstrip().endswith("="):
            break
    head = [without_controls(line).strip() for line in lines[:size]]
    if head and any(without_controls(line).strip() for line in lines[size:]) and _is_headline(head):
        draft.headline = without_end_mark(" ".join(head))
        lines = lines[size:]
    draft.byline = find_byline(lines)
    return set_paragraphs(lines)


def _is_headline(head: list[str]) -> bool:
    """Whether the first lines are a headline: marked as one, or short and neither a sentence nor a dateline."""
    if head[-1].endswith("="):
        return True
    text = " ".join(head)
    return len(head) <= 3 and len(text) < _MAX_HEADLINE_CHARS and not _LEDE.search(text)


def _notebook(text: str) -> tuple[Mark, ...]:
    """The editors' notes at the end, which the agency says are not for print."""
    found = _NOT_FOR_PRINT.search(text, len(text) // 3)
    return (Mark("agency_footer", "iptc7901_notebook", found.start(), len(text)),) if found else ()


def _date(tail: str) -> str:
    """ISO 8601 of a date-time group ("131137 GMT Nov 13", "131137 Nov 2013"); an empty string where there is none."""
    group = _TIME_GROUP.search(tail)
    month = _MONTHS.get(group["month"].lower()) if group else None
    if not group or not month or not group["year"]:
        return ""
    year = int(group["year"]) + (0 if len(group["year"]) == 4 else 2000 if int(group["year"]) < 70 else 1900)
    hours = {"cet": 1, "mez": 1, "cest": 2, "mesz": 2, "est": -5, "edt": -4}.get((group["zone"] or "gmt").lower(), 0)
    try:
        moment = datetime(year, month, int(group["day"]), int(group["hour"]), int(group["minute"]), tzinfo=UTC)
    except ValueError:
        return ""
    return (moment - timedelta(hours=hours)).isoformat()
