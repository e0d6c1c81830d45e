r"""JSON Lines cut at their line ends: \n, \r\n and \r, raw in no JSON string; U+2028 is no line end."""

import codecs
import hashlib
import re
from collections.abc import Iterator

from schemas.limits import Limits
from transforms.parsing.decoding import utf16_by_nulls, utf_of
from transforms.parsing.pieces import Framing, Pieces, Record, Refused

_BLANK = b" \t\r\n\0"
_LINE = re.compile(r"[^\r\n]*[\r\n]|[^\r\n]+")


def frame_lines(pieces: Pieces, limits: Limits) -> Iterator[Framing]:
    """Yield one `Record` a line that is not blank, without its line end; a line over the limit is refused, not held."""
    head = pieces.peek(4)
    mark = utf_of(head)
    start = mark[1] if mark else 0
    encoding = mark[0] if mark else utf16_by_nulls(head) or "utf-8"
    source = _split_wide(pieces, encoding, start) if encoding != "utf-8" else _split(pieces, start)
    index = 0
    held: list[bytes] = []
    held_bytes = 0
    digest = hashlib.sha256()
    at = end = start
    for part, ends, width_bytes in source:
        end += width_bytes
        if held_bytes <= limits.max_record_bytes < held_bytes + len(part):
            kept = b"".join([*held, part])
            digest = hashlib.sha256(kept)
            held = [kept[: limits.max_payload_bytes]]
        elif held_bytes > limits.max_record_bytes:
            digest.update(part)
        else:
            held.append(part)
        held_bytes += len(part)
        if not ends:
            continue
        framing = _framing(index, at, end, held, held_bytes, digest.hexdigest(), limits)
        if framing:
            yield framing
            index += 1
        at = end
        held, held_bytes = [], 0
    if pieces.damage is not None:
        rest = b"".join(held)
        sha256 = digest.hexdigest() if held_bytes > limits.max_record_bytes else hashlib.sha256(rest).hexdigest()
        payload = rest[: limits.max_payload_bytes]
        yield Refused(index, at, end, "corrupt", str(pieces.damage), payload, sha256, held_bytes)
    elif held:
        framing = _framing(index, at, end, held, held_bytes, digest.hexdigest(), limits)
        if framing:
            yield framing


def _framing(
    index: int, at: int, end: int, held: list[bytes], size: int, sha256: str, limits: Limits
) -> Framing | None:
    if size > limits.max_record_bytes:
        detail = f"a line of {size} bytes; max_record_bytes is {limits.max_record_bytes}"
        return Refused(index, at, end, "too_large", detail, held[0], sha256, size)
    line = held[0] if len(held) == 1 else b"".join(held)
    content = line.rstrip(b"\r\n")
    if not content.strip(_BLANK):
        return None
    return Record(index, at, end, content)


def _split(pieces: Pieces, skip: int) -> Iterator[tuple[bytes, bool, int]]:
    """Parts of lines, whether each ends its line, and its size: bytes.splitlines knows just these three line ends."""
    for piece in pieces:
        data = piece[skip:]
        skip = 0
        for line in data.splitlines(keepends=True):
            yield line, line.endswith((b"\n", b"\r")), len(line)


def _split_wide(pieces: Pieces, encoding: str, skip: int) -> Iterator[tuple[bytes, bool, int]]:
    """The same for UTF-16 and UTF-32, whose line ends are wider than a byte: the parts come out as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass" if "16" in encoding else "replace")
    for piece in pieces:
        text = decoder.decode(piece[skip:])
        skip = 0
        for line in _LINE.findall(text):
            part = line.encode("utf-8", "surrogatepass")
            yield part, line.endswith(("\n", "\r")), len(line.encode(encoding, "surrogatepass"))
