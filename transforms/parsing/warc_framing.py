"""A WARC cut into its response records while it streams (ISO 28500): header block, Content-Length, two line ends."""

import hashlib
import re
from collections.abc import Iterator

from schemas.limits import Limits
from transforms.parsing.pieces import Framing, Pieces, Record, Refused

_START = re.compile(rb"WARC/\d")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,15})[ \t]*\r?$", re.I | re.M)
_TYPE = re.compile(rb"^warc-type:[ \t]*(\w+)", re.I | re.M)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_HEADER_BYTES = 64 * 1024
_CARRIERS = (b"response", b"resource", b"conversion")


class _Reader:
    """Bytes of the stream taken in any size, with the offset of the next one."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = iter(pieces)
        self.buffer = b""
        self.at = 0
        self.ended = False

    def fill(self, size: int) -> bool:
        """Have at least `size` bytes in the buffer, unless the stream ends before."""
        parts = [self.buffer]
        have = len(self.buffer)
        while have < size and not self.ended:
            piece = next(self._pieces, b"")
            self.ended = not piece
            parts.append(piece)
            have += len(piece)
        self.buffer = b"".join(parts)
        return have >= size

    def take(self, size: int) -> bytes:
        """Take up to `size` bytes off the buffer."""
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        self.at += len(taken)
        return taken


def frame_warc(pieces: Pieces, limits: Limits) -> Iterator[Framing]:
    """Yield one `Record` a response, resource or conversion record, its own header included; others are passed over.

    A broken header ends the reading with one `Refused("corrupt")`: without its length no later record can be found.
    """
    reader = _Reader(pieces)
    index = 0
    while True:
        _skip_line_ends(reader)
        if not reader.buffer:
            break
        start = reader.at
        header_end = _find_header_end(reader)
        length = _LENGTH.search(reader.buffer, 0, header_end) if header_end else None
        if not header_end or not length or not _START.match(reader.buffer):
            yield _rest(reader, index, start, limits, pieces, "a WARC record without a readable header")
            return
        kind = _TYPE.search(reader.buffer, 0, header_end)
        wanted = kind is not None and kind[1].lower() in _CARRIERS
        size = header_end + int(length[1])
        if wanted and size <= limits.max_record_bytes:
            if not reader.fill(size):
                yield _rest(reader, index, start, limits, pieces, "the WARC record is cut off before its end")
                return
            content = reader.take(size)
            yield Record(index, start, reader.at, content)
            index += 1
            continue
        head, sha256, read = _pass_over(reader, size, limits)
        if read < size:
            if wanted or pieces.damage is not None:
                yield Refused(index, start, reader.at, "corrupt", "the WARC is cut off", head, sha256, read)
            return
        if wanted:
            detail = f"a WARC record of {size} bytes; max_record_bytes is {limits.max_record_bytes}"
            yield Refused(index, start, reader.at, "too_large", detail, head, sha256, size)
            index += 1
    if pieces.damage is not None:
        yield _rest(reader, index, reader.at, limits, pieces, "")


def _skip_line_ends(reader: _Reader) -> None:
    while True:
        reader.fill(4)
        kept = reader.buffer.lstrip(b"\r\n")
        reader.take(len(reader.buffer) - len(kept))
        if kept or reader.ended:
            return


def _find_header_end(reader: _Reader) -> int:
    """Length of the header with its blank line, 0 where there is none within 64 KiB."""
    size = 2048
    while True:
        whole = not reader.fill(size)
        found = _HEADER_END.search(reader.buffer, 0, _HEADER_BYTES)
        if found:
            return found.end()
        if whole or size >= _HEADER_BYTES:
            return 0
        size *= 2


def _pass_over(reader: _Reader, size: int, limits: Limits) -> tuple[bytes, str, int]:
    """Read `size` bytes without holding them; returns the first of them, the hash and how many there were."""
    digest = hashlib.sha256()
    head = b""
    left = size
    while left:
        reader.fill(1)
        piece = reader.take(left)
        if not piece:
            break
        digest.update(piece)
        head += piece[: limits.max_payload_bytes - len(head)]
        left -= len(piece)
    return head, digest.hexdigest(), size - left


def _rest(reader: _Reader, index: int, start: int, limits: Limits, pieces: Pieces, detail: str) -> Refused:
    """Everything from `start` to the end, as one refusal."""
    digest = hashlib.sha256()
    head = b""
    size = 0
    while True:
        piece = reader.take(len(reader.buffer))
        if not piece and not reader.fill(1):
            break
        digest.update(piece)
        head += piece[: limits.max_payload_bytes - len(head)]
        size += len(piece)
    why = str(pieces.damage) if pieces.damage is not None else detail
    return Refused(index, start, start + size, "corrupt", why, head, digest.hexdigest(), size)
