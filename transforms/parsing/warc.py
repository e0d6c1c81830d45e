"""WARC response records (ISO 28500): the HTTP message unpacked, its page read as a page that came alone."""

import re
import zlib
from collections.abc import Iterator

from transforms.parsing import media
from transforms.parsing.draft import Draft
from transforms.parsing.html_page import parse_page
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/[\d.]{1,5}[ \t]+(\d{3})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.I)
_CHUNK = re.compile(rb"\s{0,4}([0-9a-fA-F]{1,8})[^\r\n]{0,200}\r?\n")


def parse_warc_record(content: bytes, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    """Yield the article of one record; raises `Refusal("no_article")` for what is no page, or a page without one."""
    end = _HEADER_END.search(content)
    if end is None:
        raise Refusal("malformed", "WARC: no header")
    fields = _fields(content[: end.start()])
    block = content[end.end() :]
    kind = fields.get("content-type", "")
    declared = None
    if kind.lower().startswith("application/http") or _STATUS.match(block):
        block, http, status = _http(block, settings)
        if status != 200:
            raise Refusal("no_article", f"the response has the HTTP status {status}")
        kind = http.get("content-type", "")
    charset = _CHARSET.search(kind)
    declared = charset[1] if charset else None
    if not block.strip():
        raise Refusal("no_article", "the response is empty")
    for part in _parse_body(block, kind.split(";")[0].strip().lower(), declared, settings):
        if isinstance(part, Draft):
            part.url = part.url or fields.get("warc-target-uri", "").strip("<>") or None
            part.extra.setdefault("warc_date", fields.get("warc-date"))
        yield part


def _parse_body(block: bytes, kind: str, declared: str | None, settings: ParseSettings) -> Iterator[Draft | Refusal]:
    from transforms.parsing.registry import PARSERS

    sniffed = media.sniff(block[:65_536])
    if media.archive_of(block):
        raise Refusal("no_article", f"the response is {media.archive_of(block)}")
    if "html" in kind or sniffed == media.HTML or (not kind and sniffed == media.XML):
        yield from parse_page(block, settings, declared=declared)
    elif kind.startswith("text/plain") or "json" in kind or "xml" in kind:
        yield from PARSERS[sniffed](block, settings)
    else:
        raise Refusal("no_article", f"the response is {kind or 'of no type that is told'}, not a page")


def _fields(header: bytes) -> dict[str, str]:
    """Header fields by lower-case name; the first of a name counts."""
    fields: dict[str, str] = {}
    for line in header.decode("utf-8", "replace").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


def _http(block: bytes, settings: ParseSettings) -> tuple[bytes, dict[str, str], int]:
    """Body, fields and status of an HTTP response, transfer and content encoding undone."""
    status = _STATUS.match(block)
    end = _HEADER_END.search(block)
    if not status or not end:
        raise Refusal("malformed", "WARC: the response has no HTTP header")
    fields = _fields(block[: end.start()])
    body = block[end.end() :]
    if "chunked" in fields.get("transfer-encoding", "").lower() and _CHUNK.match(body):
        body = _unchunk(body)
    encoding = fields.get("content-encoding", "").lower()
    if body[:2] == b"\x1f\x8b" or encoding == "deflate":
        body = _inflate(body, settings, raw=body[:2] != b"\x1f\x8b")
    elif encoding not in ("", "identity", "gzip", "x-gzip") and media.sniff(body[:4096]) not in (media.HTML, media.XML):
        raise Refusal("unsupported", f"the response is packed with {encoding}, which is not read")
    return body, fields, int(status[1])


def _unchunk(body: bytes) -> bytes:
    parts = []
    at = 0
    while size := _CHUNK.match(body, at):
        length = int(size[1], 16)
        if not length:
            break
        parts.append(body[size.end() : size.end() + length])
        at = size.end() + length
    return b"".join(parts)


def _inflate(body: bytes, settings: ParseSettings, *, raw: bool) -> bytes:
    """Unpack gzip, zlib or bare deflate data up to the limit."""
    limit = settings.limits.max_decompressed_bytes
    for wbits in (15, -15) if raw else (31,):
        unpacker = zlib.decompressobj(wbits)
        try:
            unpacked = unpacker.decompress(body, limit + 1)
        except zlib.error:
            continue
        if len(unpacked) > limit:
            raise Refusal(
                "too_large", f"the response unpacks to more than {limit} bytes; max_decompressed_bytes is {limit}"
            )
        return unpacked
    if raw:
        return body
    raise Refusal("corrupt", "the response's gzip data is damaged")
