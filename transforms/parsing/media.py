"""The media types that are read, and how the first bytes of an object tell which one it is."""

import re
from typing import Final

from transforms.parsing.decoding import settle_line_ends, utf16_by_nulls, utf_of

TEXT: Final = "text/plain"
JSON: Final = "application/json"
JSON_LINES: Final = "application/x-ndjson"
NINJS: Final = "application/vnd.iptc.ninjs+json"
HTML: Final = "text/html"
XML: Final = "application/xml"
NEWSML_G2: Final = "application/vnd.iptc.g2.newsitem+xml"
NEWSML_1: Final = "text/vnd.iptc.newsml"
NITF: Final = "text/vnd.iptc.nitf"
RSS: Final = "application/rss+xml"
ATOM: Final = "application/atom+xml"
WARC: Final = "application/warc"
IPTC_7901: Final = "text/x-iptc7901"
ANPA_1312: Final = "text/x-anpa1312"

MANY = frozenset({JSON_LINES, WARC})
"""Formats of many records an object, split while streaming; all others are one record an object."""

_ONE_BY_NAME = frozenset({"html", "htm", "xhtml", "xml", "nitf", "newsml", "rss", "atom"})
_LINES_BY_NAME = frozenset({"jsonl", "ndjson", "jsonlines", "ldjson"})

_ROOTS = {
    "html": HTML,
    "newsml": NEWSML_1,
    "newsitem": NEWSML_G2,
    "newsmessage": NEWSML_G2,
    "packageitem": NEWSML_G2,
    "conceptitem": NEWSML_G2,
    "nitf": NITF,
    "rss": RSS,
    "rdf": RSS,
    "feed": ATOM,
    "entry": ATOM,
}
_HTML_ROOTS = frozenset(
    "head body title meta link script style div p article section main header h1 h2 h3 span table ul ol b i a img br "
    "center font strong em blockquote figure".split()
)
_PROLOGUE = re.compile(r"\s+|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->")
_DOCTYPE = re.compile(r"<!doctype\s+(?:\w+:)?([\w.-]+)", re.I)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_HTML_TAG = re.compile(
    r"<(?:html|head|body|title|meta|div|p|article|section|main|h[1-6]|script|span|table|center|ul)\b[^<>]{0,2000}>",
    re.I,
)

_NUMBERS = re.compile(r"\[\s{0,20}-?\d[\d.eE+-]{0,40}\s{0,20}(?:,|\]\s*$)")
_IPTC_START = re.compile(r"[\x16\s\0]{0,40}\x01")
_IPTC_HEADER = re.compile(r"[\s\0\x01]{0,20}[A-Za-z]{2,5}\d{3,5} \d [A-Za-z]{1,5} \d{1,5}\b[^\n]{0,100}\n")
_TELEX = re.compile(r"[\s\0-\x1f]{0,40}ZCZC\b")
_IPTC_BODY = re.compile(r"\x02[^\x01-\x04]{0,60000}\x03")
_ANPA_START = re.compile(r"[\s\0]{0,40}(?:\x16{1,4}|\x01)[^\x02\n]{0,80}(?:\n[^\x02\n]{0,120}){0,4}\x02")
_ANPA_LINES = re.compile(r"^\^[^\n]{1,200}<\s*$", re.M)
ARCHIVES = (
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"\x1f\x8b", "gzip inside gzip"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PAR1", "a Parquet file"),
)
_TAR_AT = 257


def archive_of(head: bytes) -> str | None:
    """What the bytes are in words where they are an archive or another container that is not read, else None."""
    for magic, name in ARCHIVES:
        if head.startswith(magic):
            return name
    return "a tar archive" if head[_TAR_AT : _TAR_AT + 5] == b"ustar" else None


def name_extension(name: str) -> str:
    """Last extension of an object's name, in lower case, `.gz` left out.

    >>> name_extension("gs://wire/2026/day.JSONL.gz")
    'jsonl'
    """
    parts = name.rsplit("/", 1)[-1].lower().split(".")
    if len(parts) > 2 and parts[-1] in ("gz", "gzip"):
        parts.pop()
    return parts[-1] if len(parts) > 1 else ""


def one_article_by_name(name: str) -> bool:
    """Whether the name says that the object is one article; `.json` and `.txt` don't, many feeds name lines so."""
    return name_extension(name) in _ONE_BY_NAME


def lines_by_name(name: str) -> bool:
    """Whether the name says JSON Lines."""
    return name_extension(name) in _LINES_BY_NAME


def head_text(head: bytes) -> str:
    """The first bytes as text for looking at, whatever their encoding."""
    mark = utf_of(head)
    if mark:
        return head[mark[1] :].decode(mark[0], "replace")
    return head.decode(utf16_by_nulls(head) or "latin-1", "replace")


def sniff(head: bytes) -> str:
    """Media type by content, JSON Lines and single JSON not yet told apart (both `JSON` here).

    >>> sniff(b'<?xml version="1.0"?><!-- day --><nitf><body/></nitf>')
    'text/vnd.iptc.nitf'
    """
    if head.startswith(b"WARC/"):
        return WARC
    text = head_text(head)
    start = text.lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "["):
        return JSON if start[:1] == "{" or _is_array(start) else TEXT
    if start[:1] == "<":
        return _sniff_markup(start)
    wire = _sniff_wire(text)
    if wire:
        return wire
    if len(_HTML_TAG.findall(text[:20_000])) >= 3 and "</" in text:
        return HTML
    return TEXT


def _is_array(start: str) -> bool:
    """Whether a text that begins with a bracket goes on as JSON does; "[Corrects the spelling]" doesn't."""
    return start[1:].lstrip()[:1] in ("{", "[", "]", '"', "") or bool(_NUMBERS.match(start))


def _sniff_markup(start: str) -> str:
    at = 0
    while match := _PROLOGUE.match(start, at):
        at = match.end()
    doctype = _DOCTYPE.match(start, at)
    if doctype:
        return _ROOTS.get(doctype[1].lower(), XML if start.startswith("<?xml") else HTML)
    root = _ROOT.match(start, at)
    if root is None:
        return HTML if _HTML_TAG.search(start[:20_000]) else TEXT
    name = root[1].lower()
    if name in _ROOTS:
        return _ROOTS[name]
    return HTML if name in _HTML_ROOTS and not start.startswith("<?xml") else XML


def _sniff_wire(text: str) -> str | None:
    """Tell IPTC 7901 (SOH header STX body ETX) from ANPA 1312 (SYN SYN SOH, level, keyword and a typesetter's ^)."""
    head = settle_line_ends(text[:65_536])
    if _ANPA_START.match(head) and ("\x13" in head[:200] or "\x16" in head[:8] or "\x0e" in head[:200]):
        return ANPA_1312
    if len(_ANPA_LINES.findall(head[:4_000])) >= 2:
        return ANPA_1312
    if _TELEX.match(head) or _IPTC_START.match(head) or _IPTC_HEADER.match(head) or _IPTC_BODY.search(head):
        return IPTC_7901
    return None
