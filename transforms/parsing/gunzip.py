"""A gzip stream read once, member after member, with what it was up to the place where it is damaged."""

import zlib
from collections.abc import Generator, Iterator
from typing import BinaryIO

MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 64 * 1024
_PIECE_BYTES = 256 * 1024
_GZIP_WBITS = 31


class CorruptGzipError(Exception):
    """The compressed data breaks off or doesn't add up; the message says how.

    `after_whole` says that all before the damage was checked and found whole.
    """

    def __init__(self, message: str, *, after_whole: bool = False) -> None:
        super().__init__(message)
        self.after_whole = after_whole


def gunzip(stream: BinaryIO, head: bytes = b"") -> Iterator[bytes]:
    """Yield decompressed pieces of at most 256 KiB, members one after the other.

    `head` are bytes already taken from the stream. Everything before the damage is yielded, then `CorruptGzipError` is
    raised. Zero bytes after the last member are padding, as gzip(1) has it; anything else there is damage.
    """
    data = head
    while True:
        unpacker = zlib.decompressobj(_GZIP_WBITS)
        while not unpacker.eof:
            if not data:
                data = stream.read(_CHUNK_BYTES)
                if not data:
                    raise CorruptGzipError("the gzip data is cut off before its end")
            data = yield from _inflate(unpacker, data)
        data = unpacker.unused_data
        while True:
            data = data.lstrip(b"\0") or stream.read(_CHUNK_BYTES)
            if not data:
                return
            if data[0]:
                break
        if len(data) < len(MAGIC):
            data += stream.read(_CHUNK_BYTES)
        if not data.startswith(MAGIC):
            raise CorruptGzipError("bytes that are not gzip follow its end", after_whole=True)


def _inflate(unpacker: "zlib._Decompress", data: bytes) -> Generator[bytes, None, bytes]:
    """Yield what `data` holds; returns what is left of it. On damage the bytes before it come out first.

    zlib drops the output of the call that fails, so that call is done again byte by byte from a copy.
    """
    while True:
        before = unpacker.copy()
        try:
            piece = unpacker.decompress(data, _PIECE_BYTES)
        except zlib.error:
            yield from _byte_by_byte(before, data)
            raise CorruptGzipError("the gzip data is damaged") from None
        data = unpacker.unconsumed_tail
        if piece:
            yield piece
        # A full piece can have swallowed all input with more output still inside zlib.
        if unpacker.eof or (not data and len(piece) < _PIECE_BYTES):
            return data


def _byte_by_byte(unpacker: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    for at in range(len(data)):
        try:
            piece = unpacker.decompress(data[at : at + 1])
        except zlib.error:
            return
        if piece:
            yield piece
