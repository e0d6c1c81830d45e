"""An object's bytes cut into records while they stream: one pass, memory of one record, whatever the size."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import orjson

from schemas.failures import payload_facts
from schemas.ids import sha256_hex
from schemas.limits import Limits
from transforms.parsing import media
from transforms.parsing.decoding import utf_of
from transforms.parsing.gunzip import MAGIC, gunzip
from transforms.parsing.lines import frame_lines
from transforms.parsing.pieces import Framing, Pieces, Record, Refused
from transforms.parsing.warc_framing import frame_warc

__all__ = ["Framed", "Framing", "Record", "Refused", "read_records"]

HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass
class Framed:
    """The records of one object, to be gone through once.

    `multi` says that the format holds many records an object. Offsets are into the decompressed bytes.
    """

    media_type: str
    multi: bool
    _framings: Iterator[Framing] = field(repr=False)

    def __iter__(self) -> Iterator[Framing]:  # noqa: D105
        return self._framings


def read_records(stream: BinaryIO, name: str, limits: Limits, *, size_bytes: int | None = None) -> Framed:
    """Recognise an object's format and cut it into records.

    `stream` gives the object's bytes as they lie, gzipped or not; `name` is its uri, which only breaks ties. Where
    `size_bytes` is given, an object of a one-article format above `limits.max_object_bytes` is refused after a look at
    its first 64 KiB. Damage never raises: what is whole before it comes out, then one `Refused`. Errors of the stream
    itself (OSError and the like) do.

    >>> import io
    >>> [r.content for r in read_records(io.BytesIO(b'{"id":1}\\n{"id":2}\\n'), "a.jsonl", Limits())]
    [b'{"id":1}', b'{"id":2}']
    """
    first = _read_up_to(stream, len(MAGIC))
    zipped = first == MAGIC
    source = gunzip(stream, first) if zipped else _plain(stream, first)
    pieces = Pieces(source)
    head = pieces.peek(HEAD_BYTES)
    if not head and pieces.damage is None:
        return Framed(media.TEXT, False, iter([_empty()]))
    archive = media.archive_of(head)
    if archive:
        detail = f"{archive} is not read; unpack it first"
        return Framed("application/octet-stream", False, iter([_refused_head("unsupported", detail, head, limits)]))
    kind = _kind(pieces, head, name, limits)
    if kind in media.MANY:
        frame = frame_lines if kind == media.JSON_LINES else frame_warc
        return Framed(kind, True, _or_empty(frame(pieces, limits)))
    if size_bytes is not None and size_bytes > limits.max_object_bytes and not zipped:
        detail = f"{size_bytes} bytes in a format of one article; max_object_bytes is {limits.max_object_bytes}"
        return Framed(kind, False, iter([_refused_head("too_large", detail, head, limits, size_bytes)]))
    return Framed(kind, False, _frame_whole(pieces, limits, zipped=zipped))


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """Read `size` bytes unless the stream ends before; a read may come back short."""
    data = b""
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return data


def _plain(stream: BinaryIO, first: bytes) -> Iterator[bytes]:
    if first:
        yield first
    while data := stream.read(_CHUNK_BYTES):
        yield data


def _kind(pieces: Pieces, head: bytes, name: str, limits: Limits) -> str:
    kind = media.sniff(head)
    if kind == media.JSON:
        return media.JSON_LINES if _is_lines(pieces, head, name, limits) else media.JSON
    if kind == media.TEXT and media.lines_by_name(name):
        return media.JSON_LINES
    return kind


def _is_lines(pieces: Pieces, head: bytes, name: str, limits: Limits) -> bool:
    """Tell JSON Lines from one JSON document: some line of several is an object by itself; else the name decides.

    A first line longer than the head is read on to its end, up to one record's size.
    """
    named = media.lines_by_name(name)
    while len(head.split(b"\n", 1)) < 2 and len(head) >= HEAD_BYTES and len(head) <= limits.max_record_bytes:
        longer = pieces.peek(len(head) * 4)
        if len(longer) == len(head):
            break
        head = longer
    whole = pieces.ended
    mark = utf_of(head)
    text = (
        media.head_text(head).encode("utf-8", "replace")
        if mark and mark[0] != "utf-8"
        else head[mark[1] if mark else 0 :]
    )
    lines = [line for line in text.splitlines() if line.strip()]
    if not whole and len(lines) > 1:
        lines.pop()
        if any(map(_is_object, lines)):
            return True
        return named and not text.lstrip().startswith((b"{\n", b"{\r", b"["))
    if len(lines) == 1:
        return named and not text.lstrip().startswith(b"[")
    if any(map(_is_object, lines)):
        return not (len(lines) > 1 and _loads(text))
    return named and not _loads(text)


def _is_object(line: bytes) -> bool:
    return line.startswith(b"{") and line.rstrip().endswith(b"}") and _loads(line)


def _loads(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def _frame_whole(pieces: Pieces, limits: Limits, *, zipped: bool) -> Iterator[Framing]:
    """One record, the whole object; it is read no further than its limit."""
    limit, limit_name = (
        (limits.max_decompressed_bytes, "max_decompressed_bytes")
        if zipped
        else (limits.max_object_bytes, "max_object_bytes")
    )
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > limit:
            detail = f"more than {limit} bytes in a format of one article; {limit_name} is {limit}"
            yield _refused_head("too_large", detail, bytes(content[:HEAD_BYTES]), limits, len(content[: limit + 1]))
            return
    data = bytes(content)
    if pieces.damage is not None:
        if pieces.damage.after_whole and data.strip():
            yield Record(0, 0, len(data), data)
            yield Refused(1, len(data), len(data), "corrupt", str(pieces.damage), b"", sha256_hex(b""), 0)
        else:
            kept = payload_facts(data, limits.max_payload_bytes)
            yield Refused(0, 0, len(data), "corrupt", str(pieces.damage), *kept)
    elif not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        yield _empty(data)
    else:
        yield Record(0, 0, len(data), data)


def _or_empty(framings: Iterator[Framing]) -> Iterator[Framing]:
    """The framings, or one that says the object was empty."""
    found = False
    for framing in framings:
        found = True
        yield framing
    if not found:
        yield _empty()


def _empty(data: bytes = b"") -> Refused:
    return Refused(0, 0, len(data), "empty", "the object holds no text", data[:1024], sha256_hex(data), len(data))


def _refused_head(reason: str, detail: str, head: bytes, limits: Limits, size_bytes: int | None = None) -> Refused:
    """A refusal of what was not read to its end: the hash is the one of the payload kept."""
    payload = head[: limits.max_payload_bytes]
    size = len(head) if size_bytes is None else size_bytes
    return Refused(0, 0, size, reason, detail, payload, sha256_hex(payload), size)
