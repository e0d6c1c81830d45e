"""Mentions in what cleaning lifted out: places and agencies of datelines, people of bylines."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.records import Edit


@dataclass(frozen=True, slots=True)
class LiftedMention:
    """A mention in raw offsets, in text that is no part of the clean text."""

    raw_start: int
    raw_end: int
    text: str
    label: str
    rule: str


_WORD = r"[^\W\d_](?:[\w'’`.\-]*[^\W_])?\.?"
_PLACE = re.compile(rf"\s*({_WORD}(?:[ ]{_WORD}){{0,4}})")
_AGENCY = re.compile(r"\(\s*([^()\d]{2,40}?)\s*\)")
_DATE = re.compile(
    r"(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs?)?|Fri|Sat(?:ur)?|Sun)(?:day)?\.?\Z|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?(?:\s+\d{1,2})?\Z",
    re.I,
)
_PERSON = re.compile(
    r"[A-ZÀ-Þ][\w'’.\-]*(?:[ ](?:(?:de|da|di|van|von|der|den|la|le|bin|al|el)[ ]){0,2}[A-ZÀ-Þ][\w'’.\-]*){1,3}"
)
_AND = re.compile(r"\s+(?:and|And|AND|und|with|in|for|of|at)\s+|[,;/|&]|\s[-–—]\s")
_BY = re.compile(r"\s*(?:by|BY|By|from|From|Reporting by|Written by|Story by)\s+")


def lifted_mentions(edits: Iterable[Edit]) -> Iterator[LiftedMention]:
    """Yield the mentions of removed datelines and bylines, in raw order."""
    for edit in edits:
        if edit.kind == "dateline":
            yield from _dateline(edit)
        elif edit.kind == "byline":
            yield from _byline(edit)


def _dateline(edit: Edit) -> Iterator[LiftedMention]:
    agency = _AGENCY.search(edit.text)
    head = edit.text[: agency.start()] if agency else edit.text
    at = 0
    for part in head.rstrip(" \t\n-–—_:").split(","):
        for place in re.split(r"(/|\s+and\s+)", part):
            found = _PLACE.match(place)
            if found and not _DATE.match(found[1]) and "/" not in place and found[1].lower() != "and":
                yield _lifted(edit, at + found.start(1), at + found.end(1), "GPE", "dateline_place")
            at += len(place)
        at += 1
    if agency:
        yield _lifted(edit, agency.start(1), agency.end(1), "ORG", "dateline_agency")


def _byline(edit: Edit) -> Iterator[LiftedMention]:
    line = edit.text
    by = _BY.match(line)
    if not by:
        return
    at = by.end()
    end = line.find("\n", at)
    end = len(line) if end < 0 else end
    while at < end:
        cut = _AND.search(line, at, end)
        stop = cut.start() if cut else end
        name = _PERSON.fullmatch(line[at:stop].strip(" .*"))
        if name is None:
            return
        start = line.index(name[0], at)
        yield _lifted(edit, start, start + len(name[0]), "PERSON", "byline_person")
        if cut is None or cut[0].strip().lower() not in ("and", "with", ",", "&", "/"):
            return
        at = cut.end()


def _lifted(edit: Edit, start: int, end: int, label: str, rule: str) -> LiftedMention:
    return LiftedMention(edit.raw_start + start, edit.raw_start + end, edit.text[start:end], label, rule)
