"""Bytes to text: byte order marks, declared encodings, and the few undecodable bytes that may be replaced."""

import codecs
import re

from schemas.limits import Limits
from transforms.parsing.refusal import Refusal

REPLACEMENT = "\ufffd"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The web and the wires say Latin-1 and mean Windows' superset of it: https://encoding.spec.whatwg.org/#names-and-labels
_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "euc_kr": "cp949"}
_UNWANTED = re.compile("[\0\ud800-\udfff]")


def utf_of(content: bytes) -> tuple[str, int] | None:
    """Encoding and length of the byte order mark the bytes begin with, or None."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return encoding, len(bom)
    return None


def utf16_by_nulls(content: bytes) -> str | None:
    """UTF-16 without a mark, told by the NULs beside its first two characters if those are ASCII (RFC 4627, §3)."""
    if len(content) >= 4 and content[0] and content[2] and not content[1] and not content[3]:
        return "utf-16-le"
    if len(content) >= 4 and content[1] and content[3] and not content[0] and not content[2]:
        return "utf-16-be"
    return None


def known_codec(name: str | None) -> str | None:
    """Name of the Python text codec for a declared encoding, None where there is none."""
    try:
        info = codecs.lookup((name or "").strip().strip("\"'").strip())
        "".encode(info.name)
    except (LookupError, ValueError, TypeError):
        return None
    return _MEANT.get(info.name, info.name)


def decode(
    content: bytes, limits: Limits, *, declared: str | None = None, customary: str | None = None
) -> tuple[str, dict[str, object]]:
    """Decode a record's bytes; returns the text and notes on what had to be mended.

    A byte order mark wins, then `declared`, then UTF-8, then `customary`: what a format's bytes are where they are
    not UTF-8. Undecodable bytes and NULs become U+FFFD up to `limits.max_replaced_share` of the characters; beyond it
    a `Refusal("encoding")` is raised.

    >>> decode(b"caf\\xe9", Limits(), declared="iso-8859-1")
    ('café', {'encoding': 'cp1252'})
    """
    notes: dict[str, object] = {}
    mark = utf_of(content)
    if mark:
        encoding, skip = mark
        content = content[skip:]
    else:
        encoding = known_codec(declared) or utf16_by_nulls(content) or "utf-8"
        if encoding.startswith("utf-16") and not utf16_by_nulls(content):
            # Read from the bytes as ASCII, a declaration of UTF-16 refutes itself.
            encoding = "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        if not mark and encoding != "utf-8":
            try:
                text = content.decode("utf-8")
                encoding = "utf-8"
            except UnicodeDecodeError:
                text = content.decode(encoding, "replace")
        elif not mark and customary:
            encoding = customary
            text = content.decode(customary, "replace")
        else:
            text = content.decode(encoding, "replace")
        replaced = text.count(REPLACEMENT) - _genuine(content, encoding)
        _check_share(replaced, len(text), limits, f"not {encoding} at byte {problem.start}")
        if replaced:
            notes["replaced_chars"] = replaced
    if encoding != "utf-8":
        notes["encoding"] = encoding
    mended, count = mend(text, limits)
    if count:
        notes["replaced_chars"] = int(str(notes.get("replaced_chars", 0))) + count
    return mended, notes


def _genuine(content: bytes, encoding: str) -> int:
    """U+FFFD that the sender wrote, which are no damage of ours."""
    return content.count(REPLACEMENT.encode()) if encoding == "utf-8" else 0


def mend(text: str, limits: Limits) -> tuple[str, int]:
    """Replace NULs and lone surrogates, which no UTF-8 file can hold; returns the text and how many there were."""
    if "\0" not in text and _encodes(text):
        return text, 0
    mended, count = _UNWANTED.subn(REPLACEMENT, text)
    _check_share(count, len(text), limits, "too many NULs or lone surrogates")
    return mended, count


def _encodes(text: str) -> bool:
    """Whether UTF-8 can hold the text: much quicker than to look for surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_share(replaced: int, chars: int, limits: Limits, why: str) -> None:
    if replaced > limits.max_replaced_share * chars:
        raise Refusal("encoding", f"{why}; {replaced} of {chars} characters can't be read")


def settle_line_ends(text: str) -> str:
    r"""Turn CRLF and CR into \n, as every raw article text has it.

    >>> settle_line_ends("a\r\nb\rc")
    'a\nb\nc'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
