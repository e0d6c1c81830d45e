"""Text hygiene: changes of single characters that make a text readable, each a named edit of kind `hygiene`."""

import re
from collections.abc import Iterator
from functools import lru_cache

import ftfy

from schemas.records import Edit
from transforms.cleaning.views import HIDDEN, own_bytes

_MARKS = re.compile(
    "(?P<soft_hyphen>\xad)"
    "|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff])"
    "|(?P<zero_width>[\u200b\u2060\ufeff]|[\u200c\u200d](?=[\\s\x21-\x7e])|[\u200e\u200f\u202a-\u202e\u2066-\u2069](?=[\\s\x00-\x7e]|$))"
)
"""What no reader sees. Joiners and direction marks stay beside letters that need them (Arabic, Indic, emoji)."""

_SUSPICIOUS = re.compile(
    "[\xc2\xc3\xc5\xc6\xcb\xce\xcf\xd0\xd1\xd8\xd9\xe2\xe3\xf0]"
    "[\x80-\xbf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{1,3}"
    "|[\x80-\x9f]"
)
"""UTF-8 read as Latin-1 or Windows-1252: a lead byte's letter and what its continuation bytes turn into."""


_PLAIN = bytes(
    code for code in range(256) if code in b"\t\n" or 0x20 <= code < 0x7F or (code > HIDDEN and code != 0xAD)
)
_OTHER = bytes(
    code for code in range(256) if code not in b"\x81\xc2\xc3\xc5\xc6\xcb\xce\xcf\xd0\xd1\xd8\xd9\xe2\xe3\xf0"
)


def hygiene_edits(text: str, own: bytes | None = None) -> list[Edit]:
    """Edits of kind `hygiene` for a text, sorted: each removes characters or puts one in their place.

    `own` is `own_bytes(text)` where the caller has it.

    >>> [(edit.rule, edit.text, edit.replacement) for edit in hygiene_edits("It\u00e2\u20ac\u2122s co\\xadld.")]
    [('mojibake', 'â€™', '’'), ('soft_hyphen', '\\xad', '')]
    """
    edits = list(_glued(text)) if "(" in text else []
    data = own_bytes(text) if own is None else own
    if data.translate(None, _OTHER):
        edits += _mojibake(text)
    if data.translate(None, _PLAIN):
        taken = {at for edit in edits for at in range(edit.raw_start, edit.raw_end)}
        for match in _MARKS.finditer(text):
            if match.start() not in taken:
                edits.append(Edit("hygiene", match.lastgroup or "", *match.span(), match.group()))
    edits.sort(key=lambda edit: (edit.raw_start, edit.raw_end))
    return edits


def _glued(text: str) -> Iterator[Edit]:
    """A space between an agency's mark and the word glued to it: "(CNN)Rain"."""
    for match in re.finditer(r"\([A-Z]{2,10}\)(?=[A-Z][a-z])", text):
        yield Edit("hygiene", "glued_agency", match.end(), match.end(), "", " ")


def _mojibake(text: str) -> Iterator[Edit]:
    for match in _SUSPICIOUS.finditer(text):
        for length in range(len(match.group()), 0, -1):
            broken = match.group()[:length]
            fixed = _fixed(broken)
            if fixed is not None:
                yield Edit("hygiene", "mojibake", match.start(), match.start() + length, broken, fixed)
                break


@lru_cache(4096)
def _fixed(broken: str) -> str | None:
    """The one character that was meant, or None: a control of Windows-1252 by its table, the rest by ftfy."""
    if len(broken) == 1:
        meant = broken.encode("latin-1").decode("cp1252", "ignore") if "\x80" <= broken <= "\x9f" else None
    else:
        meant = ftfy.fix_encoding(broken)
    return meant if meant is not None and len(meant) <= 1 and meant != broken else None
