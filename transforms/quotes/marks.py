"""Runs of text between quotation marks, whatever marks the writer used and however wrongly. Never raises; linear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Text between marks: `start:end` without them, `outer_start:outer_end` with them, in clean offsets.

    `opened`/`closed` tell whether the mark is there; a paragraph that goes on in the next one has no closing mark.
    `single` marks are used where a paragraph has no double ones.
    """

    start: int
    end: int
    outer_start: int
    outer_end: int
    opened: bool = True
    closed: bool = True
    single: bool = False


_DOUBLE = re.compile("``|''|‘‘|’’|‚‚|,,(?=\\w)|[\"“”„‟«»＂〝〞]")
_OPEN_GLYPHS = frozenset({"“", "„", "‟", "«", "``", "‘‘", "‚‚", ",,", "〝"})
_CLOSE_GLYPHS = frozenset({"”", "»", "’’", "〞"})
_BEFORE_OPEN = frozenset("([{-—–―/¿¡‘'")
_AFTER_CLOSE = frozenset(".,;:!?)]}-—–―/’'…")
_ELISIONS = re.compile(r"(?:\d0s|\d\ds?|em|n|tis|twas|til|till|cause|bout|round|fraid|sup)\b", re.IGNORECASE)


CUE_CHARS = 80
"""How near the paragraph's end a cue clause is looked for where the closing mark is missing."""

_CUE_AT_END = re.compile(
    r", (?:he|she|they|(?:[A-Z][\w.'’-]* ){1,4}?[A-Z][\w'’-]*|[A-Z][\w'’-]*) (?:said|says|added|wrote)\.?$"
)


def find_runs(text: str, start: int, end: int) -> list[Run]:
    """Find the marked runs of one paragraph `text[start:end]`, in order and without overlap.

    >>> [(r.start, r.end) for r in find_runs('“No,” she said.', 0, 15)]
    [(1, 4)]
    >>> find_runs('A 6\\'2" guard and a 12" pipe.', 0, 27)
    []
    """
    runs = list(_doubles(text, start, end))
    if not runs:
        runs = list(_singles(text, start, end))
    return [run for run in runs if any(char.isalnum() for char in text[run.start : run.end])]


def _side(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """Which way a mark faces by what stands around it: "open", "close" or "" where that doesn't tell."""
    before = text[mark_start - 1] if mark_start > start else " "
    after = text[mark_end] if mark_end < end else " "
    left = before.isspace() or before in _BEFORE_OPEN
    right = after.isspace() or after in _AFTER_CLOSE
    if left == right:
        return ""
    return "open" if left else "close"


def _doubles(text: str, start: int, end: int) -> Iterator[Run]:
    marks = [(m.start(), m.end(), m.group()) for m in _DOUBLE.finditer(text, start, end)]
    sides: list[str] = []
    for mark_start, mark_end, glyph in marks:
        side = _side(text, start, end, mark_start, mark_end)
        if not side:
            side = "open" if glyph in _OPEN_GLYPHS else "close" if glyph in _CLOSE_GLYPHS else ""
        sides.append(side)
    opening: tuple[int, int] | None = None
    last_end = start
    for at, (mark_start, mark_end, glyph) in enumerate(marks):
        side = sides[at]
        measure = glyph in {'"', "''", "”"} and mark_start > start and text[mark_start - 1].isdigit()
        if opening is None:
            if measure and side != "open":
                continue
            if side == "close":
                first = _first_ink(text, last_end, mark_start)
                yield Run(first, mark_start, first, mark_end, opened=False)
                last_end = mark_end
            else:
                opening = (mark_start, mark_end)
        else:
            if measure and at + 1 < len(marks) and sides[at + 1] == "close":
                continue
            if side != "open":
                yield Run(opening[1], mark_start, opening[0], mark_end)
                opening, last_end = None, mark_end
    if opening is not None:
        cue = _CUE_AT_END.search(text, max(opening[1], end - CUE_CHARS), end)
        if cue:
            yield Run(opening[1], cue.start() + 1, opening[0], cue.start() + 1)
        else:
            yield Run(opening[1], end, opening[0], end, closed=False)


def _first_ink(text: str, start: int, end: int) -> int:
    """Where the words begin whose opening mark is missing: right behind the run before, or with the paragraph."""
    first = start
    while first < end and not text[first].isalnum():
        first += 1
    return first


def _singles(text: str, start: int, end: int) -> Iterator[Run]:
    opening = -1
    possible = -1
    for mark in re.finditer("['‘’‚`]", text[start:end]):
        at = start + mark.start()
        before = text[at - 1] if at > start else " "
        after = text[at + 1] if at + 1 < end else " "
        inner = before.isalnum() and after.isalnum()
        if inner:
            continue
        opens = (before.isspace() or before in _BEFORE_OPEN) and (after.isalnum() or after in "[(“$£€")
        if opens and not _ELISIONS.match(text, at + 1, min(end, at + 8)):
            if opening >= 0 and possible >= 0:
                yield Run(opening + 1, possible, opening, possible + 1, single=True)
            opening, possible = at, -1
        elif opening >= 0 and not before.isspace() and not after.isalnum():
            if before == "s" and (after == " " and at + 2 < end and text[at + 2].islower()):
                possible = at  # may be a plural's genitive
                continue
            yield Run(opening + 1, at, opening, at + 1, single=True)
            opening = possible = -1
    if opening >= 0 and possible >= 0:
        yield Run(opening + 1, possible, opening, possible + 1, single=True)
