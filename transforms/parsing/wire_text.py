"""What the two plain-text wire formats share: control characters, line ends, paragraphs shown by an indent."""

import re

from schemas.limits import Limits
from transforms.parsing.decoding import decode, settle_line_ends
from transforms.parsing.wire_fields import by_names

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BYLINE = re.compile(r"(?:By|Von|Par|Por)\s+[A-Z\u00c0-\u00de][^\n]{2,70}")
_HEADLINE_END = re.compile(r"\s*[=<]{1,2}\s*$")


def wire_text(content: bytes, limits: Limits) -> tuple[str, dict[str, object]]:
    """The message as text with its control characters. Wires are 7 or 8 bits: what is not UTF-8 is Windows-1252."""
    content = content.replace(b"\0", b"")
    text, notes = decode(content, limits, customary="cp1252")
    return settle_line_ends(text), notes


def without_controls(text: str) -> str:
    """The text without control characters but line ends and tabs."""
    return _CONTROLS.sub("", text)


def without_end_mark(line: str) -> str:
    """A line without the typesetter's mark at its end.

    >>> without_end_mark("Rain stops play =")
    'Rain stops play'
    """
    return _HEADLINE_END.sub("", line).strip()


def find_byline(lines: list[str]) -> str | None:
    """The names of a byline among the first lines; the line stays in the text, where cleaning lifts it out."""
    for line in lines[:6]:
        inner = without_end_mark(without_controls(line))
        if _BYLINE.fullmatch(inner) and not inner.endswith("."):
            return by_names(inner.split(",")[0])
    return None


def set_paragraphs(lines: list[str]) -> str:
    """Lines as text: an indent opens a paragraph, a mark at a line's end is left out, blank lines collapse."""
    text: list[str] = []
    full = [line for line in lines if line.strip()]
    # Where every short line is indented, the message is set in from the margin and no paragraph is meant.
    set_in = len(full) > 3 and all(line[:1] in (" ", "\t") and len(line) <= 100 for line in full)
    for line in lines:
        inner = without_controls(line).rstrip().removesuffix("<").rstrip()
        inner = inner.removeprefix("^")
        opens = inner[:1] in (" ", "\t")
        inner = inner.strip()
        if not inner:
            if text and text[-1]:
                text.append("")
            continue
        if opens and text and text[-1] and not set_in:
            text.append("")
        text.append(inner)
    return "\n".join(text).strip("\n")
