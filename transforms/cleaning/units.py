"""Units: the lines or paragraphs that rules look at, and the text as rules see it."""

import re
from dataclasses import dataclass

MIN_WRAPPED_LINES = 4
"""Fewer broken lines than this show no width."""

WRAP_CHARS = (34, 90)
"""Widths of lines that a wire machine or a mail program wraps at: 40 to 80 columns, less a long word, more a little."""

WRAPPED_SHARE = 0.8
"""Share of a text's broken lines within those widths from which the text counts as hard-wrapped."""

RUNNING_ON_SHARE = 0.3
"""Share of the broken lines that must run on in lower case: a list of lines doesn't."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A line, or a paragraph of a hard-wrapped text: half-open offsets without blanks at its ends, its view, its bytes."""

    start: int
    end: int
    view: str
    data: bytes


_SEEN_AS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc`\u00b4", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2013\u2014\u2015\u2012\u2212", "\u2014"),
        **dict.fromkeys("\u2010\u2011", "-"),
        **dict.fromkeys("\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000", " "),
        **dict.fromkeys((chr(code) for code in range(0x2000, 0x200B)), " "),
        **dict.fromkeys((chr(code) for code in range(0xD800, 0xE000)), "\ufffd"),  # RE2 reads UTF-8
    }
)

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_INDENTED_LINE = re.compile(r"\n(?=[^\S\n]{2})")


def view(text: str) -> str:
    """The text as rules see it, character for character: quotes straight, long dashes one dash, every blank a space.

    >>> view("“Rain”\\u00a0– today’s news")
    '"Rain" — today\\'s news'
    """
    return text.translate(_SEEN_AS)


class _Narrow(dict[int, int]):
    """Code point to byte: Latin-1 as it is, marks beyond it as Windows-1252 has them, letters and digits by their class."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        byte = code
        if code > 0xFF or 0x80 <= code < 0xA0:
            byte = ord("\xa4")
            if letter in _MARKS:
                byte = letter.encode("cp1252")[0]
            elif letter.isalpha():
                byte = ord("\xc0") if letter.isupper() else ord("\xe0")
            elif letter.isdigit():
                byte = ord("0")
        self[code] = byte
        return byte


_MARKS = "\u2014\u2026\u2022\u2122\u20ac"
_NARROW = _Narrow()


def narrow(seen: str) -> bytes:
    """A view as one byte a character, which makes RE2's automata some 25 times smaller and its offsets ours.

    A letter beyond Latin-1 becomes À or à, a digit 0, a sign ¤: rules ask for classes of letters, never for those letters.

    >>> narrow("Łódź — 5 ☂").decode("cp1252")
    'Àódà — 5 ¤'
    """
    return seen.encode() if seen.isascii() else seen.translate(_NARROW).encode("latin-1")


def split_units(text: str) -> list[Unit]:
    """Cut a text into its lines, or a hard-wrapped one into its paragraphs; lines without a word character too.

    >>> [(unit.start, unit.end) for unit in split_units("One.\\n\\n Two.\\nThree.")]
    [(0, 4), (7, 11), (12, 18)]
    """
    units = []
    start = 0
    seen = view(text)
    for end in _ends(text):
        line = seen[start:end]
        bare = line.strip(" ")
        if bare:
            at = start + len(line) - len(line.lstrip(" "))
            units.append(Unit(at, at + len(bare), bare, narrow(bare)))
        start = end + 1
    return units


def _ends(text: str) -> list[int]:
    """Offsets of the line ends that part units, and the text's own end."""
    breaks = [at.start() for at in re.finditer("\n", text)]
    if is_wrapped(text):
        parting = {at.start() for at in _INDENTED_LINE.finditer(text)}
        for gap in _BLANK_LINE.finditer(text):
            parting.update((gap.start(), gap.end() - 1))
        breaks = [at for at in breaks if at in parting]
    return [*breaks, len(text)]


def is_wrapped(text: str) -> bool:
    """Whether a machine broke the text's lines at some width.

    >>> is_wrapped("A short line.\\n\\nAnother short line.")
    False
    """
    lines = text.split("\n")
    broken = within = running_on = 0
    for line, following in zip(lines, lines[1:], strict=False):
        if line.strip() and following.strip() and not following[:2].isspace():
            broken += 1
            within += WRAP_CHARS[0] <= len(line) <= WRAP_CHARS[1]
            running_on += following[0].islower()
        if len(line) > 2 * WRAP_CHARS[1]:
            return False
    return broken >= MIN_WRAPPED_LINES and within >= WRAPPED_SHARE * broken and running_on >= RUNNING_ON_SHARE * broken
