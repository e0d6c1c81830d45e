"""Paragraphs of a clean text, and the text as the tagger sees it: same length, same offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from spacy.tokens import Doc

from schemas.limits import DEFAULT


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's clean offsets, and its spaCy Doc over the tagger's view of it: character i of the Doc is start + i.

    `doc` is None where nothing was tagged; `parsed` says whether the Doc has tags and a dependency parse.
    """

    index: int
    start: int
    end: int
    doc: Doc | None = None
    parsed: bool = False


WRAP_MIN_CHARS, WRAP_MAX_CHARS = 30, 110
"""A line this long can be a full line of hard-wrapped wire text; wires set 65 to 80 columns, mail 72 to 100."""

PARAGRAPH_MAX_CHARS = 20_000
"""A longer paragraph is cut at a sentence's end, or a blank, so that no Doc nears the model's own limit."""

_LONG_RUN = re.compile(rf"\S{{{DEFAULT.max_token_chars + 1},}}")
_BLANKS = str.maketrans(
    "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000",
    " " * 28,
)


def tagger_view(text: str) -> str:
    """Return the text as taggers were trained to read it: same length, each character where it was.

    Every kind of blank, line ends included, becomes a plain space; a free-standing underscore, the dash of
    ANPA wires, becomes a hyphen. A run of more than `max_token_chars` without a blank (data, not text) becomes blanks.

    >>> tagger_view("The vote\\nfailed _ twice.\\u00a0Again.")
    'The vote failed - twice. Again.'
    """
    view = text.translate(_BLANKS).replace(" _ ", " - ")
    return _LONG_RUN.sub(lambda run: " " * len(run[0]), view)


def split_paragraphs(text: str) -> Iterator[Paragraph]:
    """Cut text into paragraphs, whatever shows them: blank lines, indents of wire text, or line ends alone.

    A line end inside a paragraph (a hard wrap) is no cut: the line before it is full, so that the next word would not
    have fitted, or it stops in mid-sentence. Paragraphs begin and end with a character that is not blank.

    >>> [(p.start, p.end) for p in split_paragraphs("One.\\n\\nTwo.\\nThree.")]
    [(0, 4), (6, 10), (11, 17)]
    """
    index = 0
    for start, end in _paragraph_spans(text):
        for piece_start, piece_end in _pieces(text, start, end):
            yield Paragraph(index, piece_start, piece_end)
            index += 1


def _paragraph_spans(text: str) -> Iterator[tuple[int, int]]:
    lines = _lines(text)
    width = _wrap_width(text, lines)
    start = end = -1
    above: Line | None = None
    for line in lines:
        if line[1] == line[2]:
            above = None
            continue
        if above is None or not _is_wrap(text, above, line, width):
            if end >= 0:
                yield start, end
            start = line[1]
        above, end = line, line[2]
    if end >= 0:
        yield start, end


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > PARAGRAPH_MAX_CHARS:
        limit = start + PARAGRAPH_MAX_CHARS
        cut = max(text.rfind(f"{mark} ", start + PARAGRAPH_MAX_CHARS // 2, limit) + 1 for mark in ".!?")
        cut = cut or text.rfind(" ", start + 1, limit)
        cut = cut if cut > start else limit
        yield start, cut
        start = cut
        while text[start].isspace():
            start += 1
    yield start, end


Line = tuple[int, int, int]
"""Where a line begins, where its first and where its last inked character end: start, first, last."""


def _lines(text: str) -> list[Line]:
    lines: list[Line] = []
    start = 0
    for line in text.split("\n"):
        body = line.strip()
        first = start + (len(line) - len(line.lstrip())) if body else start
        lines.append((start, first, first + len(body)))
        start += len(line) + 1
    return lines


def _first_word_chars(text: str, line: Line) -> int:
    gap = text.find(" ", line[1], line[2])
    return (gap if gap >= 0 else line[2]) - line[1]


def _wrap_width(text: str, lines: list[Line]) -> int | None:
    """Column at which the text was wrapped, None where it was not.

    It was if at least two thirds of the lines with a line right below them are full: as long as the longest usual
    line, give or take the word that did not fit.
    """
    followed = [
        (upper[2] - upper[0], _first_word_chars(text, lower))
        for upper, lower in pairwise(lines)
        if upper[1] < upper[2] and lower[1] < lower[2] and lower[1] - lower[0] <= upper[1] - upper[0]
    ]
    if not followed:
        return None
    lengths = sorted(length for length, _ in followed)
    width = lengths[(len(lengths) - 1) * 9 // 10]
    if not WRAP_MIN_CHARS <= width <= WRAP_MAX_CHARS:
        return None
    full = sum(length <= width + 5 and length + 1 + word > width - 5 for length, word in followed)
    return width if full * 3 >= len(followed) * 2 and len(followed) > 2 else None


def _is_wrap(text: str, upper: Line, lower: Line, width: int | None) -> bool:
    if lower[1] - lower[0] > upper[1] - upper[0] + 1:
        return False  # indented deeper than the line above: a new paragraph
    length = upper[2] - upper[0]
    mid_sentence = text[lower[1]].islower() and text[upper[2] - 1] not in ".!?:;\"”'’)"
    if width is None:
        return mid_sentence and WRAP_MIN_CHARS <= length <= WRAP_MAX_CHARS
    return mid_sentence or length + 1 + _first_word_chars(text, lower) > width - 5
