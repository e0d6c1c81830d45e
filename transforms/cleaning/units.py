"""Units: the lines or paragraphs that rules look at, and the text as rules see it."""

import re
from itertools import pairwise
from typing import NamedTuple

from transforms.cleaning.views import narrow, shown

MIN_WRAPPED_LINES = 4
"""Fewer broken lines than this show no width."""

WRAP_CHARS = (34, 90)
"""Widths of lines that a wire machine or a mail program wraps at: 40 to 80 columns, less a long word, more a little."""

WRAPPED_SHARE = 0.8
"""Share of a text's broken lines within those widths from which the text counts as hard-wrapped."""

RUNNING_ON_SHARE = 0.3
"""Share of the broken lines that must run on in lower case: a list of lines doesn't."""


class Unit(NamedTuple):
    """A line, or a paragraph of a hard-wrapped text: offsets without blanks at its ends, and what rules see of it."""

    start: int
    end: int
    text: str
    view: str
    data: bytes


class Page(NamedTuple):
    """A text, what rules see of it as bytes and as text, and its units."""

    text: str
    data: bytes
    view: str
    units: list[Unit]


_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_INDENTED_LINE = re.compile(r"\n(?=[^\S\n]{2})")


def read_page(text: str, own: bytes | None = None) -> Page:
    """Cut a text into its lines, or a hard-wrapped one into its paragraphs; blank ones are left out.

    >>> [(unit.start, unit.end) for unit in read_page("One.\\n\\n Two.\\nThree.").units]
    [(0, 4), (7, 11), (12, 18)]
    """
    data = narrow(text, own)
    seen = shown(data)
    units = []
    start = 0
    for end in _ends(text):
        if start < end:
            line = seen[start:end]
            bare = line.strip(" ")
            if bare:
                at = start + len(line) - len(line.lstrip(" "))
                to = at + len(bare)
                units.append(Unit(at, to, text[at:to], bare, data[at:to]))
        start = end + 1
    return Page(text, data, seen, units)


def _ends(text: str) -> list[int]:
    """Offsets of the line ends that part units, and the text's own end."""
    if is_wrapped(text):
        parting = {at.start() for at in _INDENTED_LINE.finditer(text)}
        for gap in _BLANK_LINE.finditer(text):
            parting.update((gap.start(), gap.end() - 1))
        return [*sorted(parting), len(text)]
    ends = []
    at = text.find("\n")
    while at >= 0:
        ends.append(at)
        at = text.find("\n", at + 1)
    return [*ends, len(text)]


def is_wrapped(text: str) -> bool:
    """Whether a machine broke the text's lines at some width.

    >>> is_wrapped("A short line.\\n\\nAnother short line.")
    False
    """
    if text.count("\n") == 2 * text.count("\n\n"):
        return False
    lines = text.split("\n")
    broken = within = running_on = 0
    for line, following in pairwise(lines):
        if line.strip() and following.strip() and not following[:2].isspace():
            broken += 1
            within += WRAP_CHARS[0] <= len(line) <= WRAP_CHARS[1]
            running_on += following[0].islower()
        if len(line) > 2 * WRAP_CHARS[1]:
            return False
    return broken >= MIN_WRAPPED_LINES and within >= WRAPPED_SHARE * broken and running_on >= RUNNING_ON_SHARE * broken
