"""What framing hands out, and a stream of byte pieces that can be looked into before it is read."""

from collections.abc import Iterator
from dataclasses import dataclass

from transforms.parsing.gunzip import CorruptGzipError


@dataclass(frozen=True, slots=True)
class Record:
    """One record's bytes at its place in the decompressed object."""

    index: int
    start_byte: int
    end_byte: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """A stretch of the object that is no record, with the reason, its first bytes, and its whole hash and size.

    Where the stretch was not read to its end, the hash is the one of `payload`.
    """

    index: int
    start_byte: int
    end_byte: int
    reason: str
    detail: str
    payload: bytes
    payload_sha256: str
    payload_bytes: int


Framing = Record | Refused


class Pieces:
    """An iterator over byte pieces with a look ahead; damage ends it and is kept in `damage`."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._ahead: list[bytes] = []
        self.damage: CorruptGzipError | None = None
        self.ended = False

    def peek(self, size_bytes: int) -> bytes:
        """The next `size_bytes` bytes, fewer at the end, still to be read. `ended` says that they are all there is."""
        ahead = b"".join(self._ahead)
        more = [ahead]
        have = len(ahead)
        while have < size_bytes:
            piece = self._pull()
            if not piece:
                break
            more.append(piece)
            have += len(piece)
        joined = b"".join(more)
        self._ahead = [joined] if joined else []
        return joined[:size_bytes]

    def _pull(self) -> bytes:
        """The next piece of the source, empty at its end."""
        if self.ended:
            return b""
        try:
            return next(self._source)
        except StopIteration:
            pass
        except CorruptGzipError as damage:
            self.damage = damage
        self.ended = True
        return b""

    def __iter__(self) -> Iterator[bytes]:  # noqa: D105
        while self._ahead:
            yield self._ahead.pop(0)
        while piece := self._pull():
            yield piece
