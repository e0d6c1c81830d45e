"""What the log knows of objects: a million of them in some tens of MB, read in a second, looked up in microseconds."""

import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import orjson

from schemas.records import Portion

END = 1 << 62
"""The end of an object that was never opened."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a portion: its place in its object, and how many records ended as what.

    `end_byte` and `next_record` are those of the portion behind it; an object that was never opened has one portion
    without an end. `words` are those of its articles' clean texts. Counts are negative where a replay or a forgetting
    takes away what was counted before. `record_key` tells the bytes of an object that is one record from most others, 0
    where it is none: a few bits of their hash.
    """

    uri: str
    generation: int
    received_us: int
    start_byte: int
    end_byte: int | None
    first_record: int
    next_record: int
    last: bool
    articles: int = 0
    failures: int = 0
    repeats: int = 0
    forgotten: int = 0
    media_type: str = ""
    words: int = 0
    record_key: int = 0

    @property
    def records(self) -> int:
        """Records read: each of them is counted in exactly one of the other numbers."""
        return self.articles + self.failures + self.repeats + self.forgotten


@dataclass(slots=True)
class ObjectState:
    """What the log knows of one generation of an object: which bytes of it have an outcome, and the counts.

    `ranges` are (first byte, byte behind, record behind), joined where they meet. Its rows were written by entries from
    `first_number` to `last_number`; both are -1 where it has none.
    """

    received_us: int
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    total_bytes: int | None = None
    articles: int = 0
    failures: int = 0
    repeats: int = 0
    forgotten: int = 0
    first_number: int = -1
    last_number: int = -1
    media_type: str = ""
    words: int = 0
    record_key: int = 0

    @property
    def complete(self) -> bool:
        """True once every byte up to the object's end has an outcome."""
        return self.total_bytes is not None and len(self.ranges) == 1 and self.ranges[0][:2] == (0, self.total_bytes)

    def overlaps(self, start_byte: int, end_byte: int) -> bool:
        """True where part of the range has an outcome already."""
        return any(start < end_byte and start_byte < end for start, end, _ in self.ranges)

    def add(self, outcome: Outcome, number: int = 0) -> None:
        """Take up a portion's outcome and join it with its neighbours."""
        start, end = span(outcome)
        if outcome.last:
            self.total_bytes = end
        merged: list[tuple[int, int, int]] = []
        for item in sorted([*self.ranges, (start, end, outcome.next_record)]):
            if merged and merged[-1][1] == item[0]:
                merged[-1] = (merged[-1][0], item[1], item[2])
            else:
                merged.append(item)
        self.ranges = merged
        self.count(outcome, number)

    def count(self, outcome: Outcome, number: int = 0) -> None:
        """Add a portion's numbers, or the differences that a replay or a forgetting makes."""
        self.articles += outcome.articles
        self.failures += outcome.failures
        self.repeats += outcome.repeats
        self.forgotten += outcome.forgotten
        self.words += outcome.words
        self.record_key = outcome.record_key
        self.media_type = self.media_type or outcome.media_type
        if outcome.articles > 0 or outcome.failures > 0:
            self.first_number = number if self.first_number < 0 else min(self.first_number, number)
            self.last_number = max(self.last_number, number)


def span(outcome: Outcome | Portion) -> tuple[int, int]:
    """Byte range of a portion; an empty object takes up one byte, one that was never opened all of them."""
    if outcome.end_byte is None:
        return outcome.start_byte, END
    return outcome.start_byte, max(outcome.end_byte, outcome.start_byte + 1)


ASKED_SHARE = 8
"""Once more than one in so many of the objects has been asked for, all of them are made quick to find."""
_NAMES_AT_A_TIME = 64 * 1024
_Numbers = np.ndarray[Any, np.dtype[Any]]

_COLUMNS = {
    "generation": "q",
    "received_us": "q",
    "total_bytes": "q",
    "next_record": "q",
    "articles": "q",
    "failures": "i",
    "repeats": "q",
    "forgotten": "i",
    "first_number": "i",
    "last_number": "i",
    "media": "B",
    "words": "q",
    "record_key": "I",
}
"""Columns of the objects at rest, with their types as arrays have them; `total_bytes` is -1 where it isn't known."""


class _AtRest:
    """Objects as columns, sorted by a hash of the uri and by generation; never changed."""

    __slots__ = ("__weakref__", "_asked", "_first_rows", "columns", "keys", "media_types", "offsets", "partial", "uris")

    def __init__(self) -> None:
        self.keys = array("Q")
        self.uris = b""
        self.offsets = array("Q", [0])
        self.columns = {name: array(kind) for name, kind in _COLUMNS.items()}
        self.media_types: list[str] = [""]
        self.partial: dict[int, list[tuple[int, int, int]]] = {}
        """Row to ranges, for objects that are not done from their first byte to their last."""
        self._asked = 0
        self._first_rows: dict[str, int] | None = None
        """Uri to its first row: four times as fast as a search, and twice the memory, so only where many are asked."""

    def __len__(self) -> int:
        return len(self.keys)

    def uri(self, row: int) -> str:
        return self.uris[self.offsets[row] : self.offsets[row + 1]].decode("utf-8", "surrogatepass")

    def rows(self, uri: str, *, asked: bool = True) -> Sequence[int]:
        """The rows of all generations of an object; `asked` by somebody who may ask for many."""
        self._asked += asked
        if self._asked * ASKED_SHARE > len(self.keys) and self._first_rows is None:
            self._first_rows = {self.uri(row): row for row in range(len(self.keys) - 1, -1, -1)}
        name = None
        if self._first_rows is None:
            name = uri.encode("utf-8", "surrogatepass")
            row = bisect_left(self.keys, _key(name))
            if row == len(self.keys) or self.keys[row] != _key(name):
                return ()
        else:
            row = self._first_rows.get(uri, -1)
            if row < 0:
                return ()
            if row + 1 == len(self.keys) or self.keys[row + 1] != self.keys[row]:
                return (row,)
        name = name or uri.encode("utf-8", "surrogatepass")
        found, key = [], self.keys[row]
        while row < len(self.keys) and self.keys[row] == key:
            if self.uris[self.offsets[row] : self.offsets[row + 1]] == name:
                found.append(row)
            row += 1
        return found

    def state(self, row: int) -> ObjectState:
        total_bytes = self.columns["total_bytes"][row]
        partial = self.partial.get(row)
        return ObjectState(
            self.columns["received_us"][row],
            [(0, total_bytes, self.columns["next_record"][row])] if partial is None else list(partial),
            None if total_bytes < 0 else total_bytes,
            self.columns["articles"][row],
            self.columns["failures"][row],
            self.columns["repeats"][row],
            self.columns["forgotten"][row],
            self.columns["first_number"][row],
            self.columns["last_number"][row],
            self.media_types[self.columns["media"][row]],
            self.columns["words"][row],
            self.columns["record_key"][row],
        )

    def encode(self) -> tuple[dict[str, object], list[bytes]]:
        """What JSON holds, and the columns packed, in order."""
        head = {
            "rows": len(self),
            "uri_bytes": len(self.uris),
            "media_types": self.media_types,
            "partial": [[row, ranges] for row, ranges in sorted(self.partial.items())],
        }
        plain = [self.keys, self.offsets, *self.columns.values()]
        return head, [zlib.compress(self.uris, 1), *(_pack(column) for column in plain)]

    @classmethod
    def decode(cls, head: dict[str, object], packed: list[bytes]) -> "_AtRest":
        one = cls()
        one.uris = zlib.decompress(packed[0])
        one.keys, one.offsets = _unpack("Q", packed[1]), _unpack("Q", packed[2])
        one.columns = {
            name: _unpack(kind, data) for (name, kind), data in zip(_COLUMNS.items(), packed[3:], strict=True)
        }
        one.media_types = list(head["media_types"])  # type: ignore[call-overload]
        one.partial = {row: [(a, b, c) for a, b, c in ranges] for row, ranges in head["partial"]}  # type: ignore[attr-defined]
        if len(one.keys) != head["rows"] or any(len(column) != len(one.keys) for column in one.columns.values()):
            raise ValueError("columns of different lengths")
        return one


class Objects(Mapping[str, dict[int, ObjectState]]):
    """Every object by uri and generation: most of them at rest in columns, what is new beside them."""

    def __init__(self) -> None:
        self._rest = _AtRest()
        self._new: dict[str, dict[int, ObjectState]] = {}

    def of(self, uri: str, generation: int) -> ObjectState | None:
        """What is known of one generation of an object, None if nothing is; a copy or not, it must not be changed."""
        changed = self._new.get(uri)
        if changed and generation in changed:
            return changed[generation]
        generations = self._rest.columns["generation"]
        for row in self._rest.rows(uri):
            if generations[row] == generation:
                return self._rest.state(row)
        return None

    def complete(self, uri: str, generation: int) -> bool:
        """True where every byte of the object has an outcome."""
        changed = self._new.get(uri)
        if changed and generation in changed:
            return changed[generation].complete
        generations = self._rest.columns["generation"]
        return any(generations[row] == generation and row not in self._rest.partial for row in self._rest.rows(uri))

    def apply(self, outcome: Outcome, number: int, *, new: bool) -> None:
        """Take up an outcome: a new one, or differences to what has an outcome already."""
        known = self._new.setdefault(outcome.uri, {}).get(outcome.generation)
        if known is None:
            generations = self._rest.columns["generation"]
            rows = self._rest.rows(outcome.uri, asked=False)
            row = next((row for row in rows if generations[row] == outcome.generation), None)
            known = ObjectState(outcome.received_us) if row is None else self._rest.state(row)
            self._new[outcome.uri][outcome.generation] = known
        if new:
            known.add(outcome, number)
        else:
            known.count(outcome, number)

    def __getitem__(self, uri: str) -> dict[int, ObjectState]:  # noqa: D105
        generations = self._rest.columns["generation"]
        found = {generations[row]: self._rest.state(row) for row in self._rest.rows(uri)}
        found.update(self._new.get(uri, {}))
        if not found:
            raise KeyError(uri)
        return found

    def __contains__(self, uri: object) -> bool:  # noqa: D105
        return isinstance(uri, str) and (uri in self._new or len(self._rest.rows(uri)) > 0)

    def __iter__(self) -> Iterator[str]:  # noqa: D105
        yield from self._new
        key, of_key = -1, set[str]()
        for row in range(len(self._rest)):
            if self._rest.keys[row] != key:
                key, of_key = self._rest.keys[row], set()
            uri = self._rest.uri(row)
            if uri not in of_key and uri not in self._new:
                yield uri
            of_key.add(uri)

    def __len__(self) -> int:  # noqa: D105
        return sum(1 for _ in self)

    @property
    def count(self) -> int:
        """Versions of objects, about: those that changed since the last `settle` may be counted twice."""
        return len(self._rest) + sum(len(versions) for versions in self._new.values())

    def settle(self) -> None:
        """Put what is new among the columns."""
        if not self._new:
            return
        fresh = [
            (_key(name), name, generation, known)
            for uri, versions in self._new.items()
            for name in (uri.encode("utf-8", "surrogatepass"),)
            for generation, known in versions.items()
        ]
        changed = {
            row
            for uri, versions in self._new.items()
            for row in self._rest.rows(uri, asked=False)
            if self._rest.columns["generation"][row] in versions
        }
        self._rest = _merged(self._rest, changed, fresh)
        self._new = {}

    def encode(self) -> bytes:
        """The objects as bytes, small and quick to read."""
        self.settle()
        head, packed = self._rest.encode()
        start = orjson.dumps({**head, "packed": [len(data) for data in packed]})
        return len(start).to_bytes(8, "little") + start + b"".join(packed)

    @classmethod
    def decode(cls, data: bytes, shared: bytes = b"") -> "Objects":
        """Read objects. Raises ValueError or zlib.error for what `encode` didn't write.

        What has the same name in `shared` is read once in a process and held once.
        """
        one = cls()
        found = _shared.get((shared, len(data))) if shared else None
        if found is not None:
            one._rest = found
            return one
        begin = 8 + int.from_bytes(data[:8], "little")
        head = orjson.loads(data[8:begin])
        packed = []
        for size in head["packed"]:
            packed.append(data[begin : begin + size])
            begin += size
        one._rest = _AtRest.decode(head, packed)
        if shared:
            _shared[shared, len(data)] = one._rest
        return one


_shared: WeakValueDictionary[tuple[bytes, int], _AtRest] = WeakValueDictionary()


def _merged(rest: _AtRest, changed: set[int], fresh: list[tuple[int, bytes, int, ObjectState]]) -> _AtRest:
    """The rows that did not change and the fresh ones, in order."""
    kept = np.setdiff1d(np.arange(len(rest)), np.fromiter(changed, np.int64, len(changed)), assume_unique=True)
    keys = np.concatenate([_numbers(rest.keys)[kept], np.array([key for key, *_ in fresh], np.uint64)])
    generations = np.concatenate(
        [_numbers(rest.columns["generation"])[kept], np.array([generation for _, _, generation, _ in fresh], np.int64)]
    )
    names = [name for _, name, _, _ in fresh]
    order = np.lexsort((generations, keys))
    one = _AtRest()
    one.keys = _array("Q", keys[order])
    one.media_types = list(rest.media_types)
    values: dict[str, list[int]] = {name: [] for name in _COLUMNS}
    partial: dict[int, list[tuple[int, int, int]]] = {}
    for place, (_, _, generation, known) in enumerate(fresh, len(kept)):
        whole = known.complete
        if not whole:
            partial[place] = known.ranges
        if known.media_type not in one.media_types:
            one.media_types.append(known.media_type)
        row = {
            "generation": generation,
            "received_us": known.received_us,
            "total_bytes": -1 if known.total_bytes is None else known.total_bytes,
            "next_record": known.ranges[0][2] if whole else 0,
            "articles": known.articles,
            "failures": known.failures,
            "repeats": known.repeats,
            "forgotten": known.forgotten,
            "first_number": known.first_number,
            "last_number": known.last_number,
            "media": one.media_types.index(known.media_type),
            "words": known.words,
            "record_key": known.record_key,
        }
        for name, value in row.items():
            values[name].append(value)
    for name, kind in _COLUMNS.items():
        column = np.concatenate([_numbers(rest.columns[name])[kept], np.array(values[name], np.dtype(kind))])
        one.columns[name] = _array(kind, column[order])
    place_of = np.empty(len(order), np.int64)
    place_of[order] = np.arange(len(order))
    old_place = {int(row): place for place, row in enumerate(kept)} if rest.partial else {}
    partial.update({old_place[row]: ranges for row, ranges in rest.partial.items() if row in old_place})
    one.partial = {int(place_of[place]): ranges for place, ranges in partial.items()}
    one.uris, one.offsets = _names_in_order(rest, kept, names, order)
    return one


def _names_in_order(rest: _AtRest, kept: _Numbers, fresh: list[bytes], order: _Numbers) -> tuple[bytes, "array[int]"]:
    """All names behind one another, and where each begins."""
    lengths = np.concatenate(
        [np.diff(_numbers(rest.offsets).astype(np.int64))[kept], np.array([len(name) for name in fresh], np.int64)]
    )[order]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    joined = bytearray()
    for start in range(0, len(order), _NAMES_AT_A_TIME):
        places = order[start : start + _NAMES_AT_A_TIME].tolist()
        rows = (
            kept[np.minimum(order[start : start + _NAMES_AT_A_TIME], max(len(kept) - 1, 0))].tolist()
            if len(kept)
            else places
        )
        joined += b"".join(
            rest.uris[rest.offsets[row] : rest.offsets[row + 1]] if place < len(kept) else fresh[place - len(kept)]
            for place, row in zip(places, rows, strict=True)
        )
    return bytes(joined), _array("Q", offsets)


def _key(name: bytes) -> int:
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "little")


def _numbers(column: "array[int]") -> _Numbers:
    return np.frombuffer(column, np.dtype(column.typecode)) if len(column) else np.empty(0, np.dtype(column.typecode))


def _array(kind: str, numbers: _Numbers) -> "array[int]":
    column = array(kind)
    column.frombytes(np.ascontiguousarray(numbers, np.dtype(kind)).tobytes())
    return column


def _pack(column: "array[int]") -> bytes:
    """A column with the bytes of one place of all its numbers together, which packs better."""
    numbers = _numbers(column)
    return zlib.compress(numbers.view(np.uint8).reshape(len(numbers), -1).T.tobytes(), 1) if len(numbers) else b""


def _unpack(kind: str, data: bytes) -> "array[int]":
    if not data:
        return array(kind)
    size = np.dtype(kind).itemsize
    planes = np.frombuffer(zlib.decompress(data), np.uint8).reshape(size, -1)
    return _array(kind, np.ascontiguousarray(planes.T).view(np.dtype(kind)).reshape(-1))
