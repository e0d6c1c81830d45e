"""The one log: an entry decides, publishing shows. Knows names, numbers and validity; neither Beam nor Parquet.

Under OUTPUT/_wirecopy/ lie, for each log (an output has one or a few, by shard of the objects):

    log/<shard>/<number>.json         entries, numbered without gaps, never changed or deleted
    published/<shard>/<number>        marks: all that the entry decided is in place
    snapshot/<shard>/<number>         the entries below <number> folded into one state
    stage/<shard>/<attempt>/…         files of an attempt, invisible to readers until they are published
    noted/<shard>/<attempt>.json      objects that an attempt meant to read

The protocol was model-checked (stage, commit, publish under kills, races and stalled writers). What it rests on: an
entry is created only if nobody has its number, and appears whole; staged files go before the entry is marked as
published, so that a stalled publisher finds nothing to bring back; whoever starts publishes what others left.
"""

import logging
import secrets
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

import orjson

from pipeline.objects import Objects, ObjectState, Outcome, span
from pipeline.store import NotFound, Store, StoreError
from schemas.ids import stable_id
from schemas.records import Portion

__all__ = [
    "Entry",
    "LiveFile",
    "Log",
    "ObjectState",
    "Outcome",
    "StagedFile",
    "State",
    "day_of",
    "file_name",
    "new_attempt",
]

logger = logging.getLogger(__name__)

T = TypeVar("T")

ROOT = "_wirecopy"
SNAPSHOT_EVERY_ENTRIES = 64
"""A snapshot is taken each time this many entries have been added, so that a start reads few of them."""
OBJECTS_AN_ENTRY = 4_000
"""A snapshot of many objects is taken more seldom: one entry more for so many of them."""
MAX_UNFOLDED_ENTRIES = 512
"""A snapshot is taken after so many entries at the latest."""

MAX_REMEMBERED = 256
"""Entries that are remembered at most without a look which of them are published."""
SNAPSHOT_BEGIN = b"wirecopy snapshot 1\n"
MAX_SPANS = 16
"""Spans of entry numbers that are kept for a file that replaces others: fewer make more files be looked into."""

PUBLISH_ORDER = ("entities", "quotes", "embeds", "removals", "failures", "articles")
"""Articles last when files appear, first when they go: an article that is seen has all its rows."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One Parquet file of an entry: `date` is its partition. Its final name follows from the entry's number.

    `part` tells apart files of one entry, table and date; nearly always there is one.
    """

    table: str
    date: str
    rows: int
    size_bytes: int
    part: int = 0

    @property
    def place(self) -> tuple[str, str, int]:
        """What its names are made of."""
        return self.table, self.date, self.part


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. `inputs` are the published files it replaces; `forgets` article ids; `clears` dead attempts.

    A replay's `outcomes` change the counts of portions that have an outcome already; a write's are new.
    """

    attempt: str
    kind: str
    outcomes: tuple[Outcome, ...] = ()
    files: tuple[StagedFile, ...] = ()
    inputs: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    code_version: str = ""
    options: tuple[tuple[str, str], ...] = ()

    def encode(self) -> bytes:
        """The entry as the JSON that lies in the log."""
        return orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2)

    @classmethod
    def decode(cls, data: bytes) -> "Entry":
        """Read an entry; fields that a newer version added are passed over."""
        raw = orjson.loads(data)
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in raw.items() if name in known}
        values["outcomes"] = tuple(_made(Outcome, item) for item in raw.get("outcomes", ()))
        values["files"] = tuple(_made(StagedFile, item) for item in raw.get("files", ()))
        for name in ("inputs", "forgets", "clears"):
            values[name] = tuple(raw.get(name, ()))
        values["options"] = tuple((key, value) for key, value in raw.get("options", ()))
        return cls(**values)


def _made(kind: type[T], values: dict[str, Any]) -> T:
    try:
        return kind(**values)
    except TypeError:
        pass  # fields that a newer version added
    known = kind.__dataclass_fields__  # type: ignore[attr-defined]
    return kind(**{name: value for name, value in values.items() if name in known})


@dataclass(slots=True)
class LiveFile:
    """A published file that counts: its table, partition, size, and the number of the entry that made it.

    `received_us` is when the newest object of its entry was received; a file that replaces others has their newest.
    `holds` are the numbers of the entries whose rows it can have, as (first, last) spans.
    """

    table: str
    date: str
    rows: int
    size_bytes: int
    number: int
    received_us: int = 0
    holds: tuple[tuple[int, int], ...] = ()

    def can_hold(self, known: ObjectState) -> bool:
        """False where it has no row of this version of an object."""
        return any(first <= known.last_number and known.first_number <= last for first, last in self.holds)


@dataclass(slots=True)
class State:
    """The entries folded: what has an outcome, which files count, what is forgotten. `next` is the next free number."""

    next: int = 0
    objects: Objects = field(default_factory=Objects)
    live: dict[str, LiveFile] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)

    def of(self, uri: str, generation: int) -> ObjectState | None:
        """What is known of one generation of an object, None if nothing is."""
        return self.objects.of(uri, generation)

    def has_outcome(self, portion: Portion | Outcome) -> bool:
        """True where any byte of the portion has an outcome."""
        known = self.of(portion.uri, portion.generation)
        return known is not None and known.overlaps(*span(portion))

    def apply(self, shard: int, number: int, entry: Entry) -> None:
        """Fold the next entry in."""
        for outcome in entry.outcomes:
            self.objects.apply(outcome, number, new=entry.kind == "write")
        replaced = [file for name in entry.inputs if (file := self.live.pop(name, None))]
        newest_us = max([o.received_us for o in entry.outcomes] + [file.received_us for file in replaced], default=0)
        for staged in entry.files:
            same = [file for file in replaced if (file.table, file.date) == (staged.table, staged.date)]
            spans = [numbers for file in same for numbers in file.holds]
            if entry.outcomes:
                spans.append((number, number))
            name = file_name(shard, number, *staged.place)
            self.live[name] = LiveFile(
                staged.table, staged.date, staged.rows, staged.size_bytes, number, newest_us, _joined(spans)
            )
        self.forgotten.update(entry.forgets)
        self.cleared.update(entry.clears)
        self.next = number + 1

    def encode(self) -> bytes:
        """The state as a snapshot."""
        head = orjson.dumps(
            {
                "next": self.next,
                "live": [[name, *astuple(file)] for name, file in self.live.items()],
                "forgotten": sorted(self.forgotten),
                "cleared": sorted(self.cleared),
            }
        )
        body = len(head).to_bytes(8, "little") + head + self.objects.encode()
        return SNAPSHOT_BEGIN + zlib.crc32(body).to_bytes(4, "little") + body

    @classmethod
    def decode(cls, data: bytes) -> "State":
        """Read a snapshot. Raises ValueError for what is none, or is damaged: the entries say all that it says."""
        body = data[len(SNAPSHOT_BEGIN) + 4 :]
        begin = SNAPSHOT_BEGIN + zlib.crc32(body).to_bytes(4, "little")
        if data[: len(begin)] != begin:
            raise ValueError("no snapshot, or a damaged one")
        end = 8 + int.from_bytes(body[:8], "little")
        head = orjson.loads(body[8:end])
        state = cls(next=head["next"], forgotten=set(head["forgotten"]), cleared=set(head["cleared"]))
        for name, *values in head["live"]:
            file = LiveFile(*values)
            file.holds = tuple((first, last) for first, last in file.holds)
            state.live[name] = file
        state.objects = Objects.decode(body[end:], shared=begin)
        return state


def _joined(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans of numbers joined where they meet, and the nearest of them too where there are more than `MAX_SPANS`."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    while len(joined) > MAX_SPANS:
        gaps = [after[0] - before[1] for before, after in pairwise(joined)]
        at = gaps.index(min(gaps))
        joined[at : at + 2] = [(joined[at][0], joined[at + 1][1])]
    return tuple(joined)


def file_name(shard: int, number: int, table: str, date: str, part: int = 0) -> str:
    """Place of an entry's file below OUTPUT: a function of the entry alone."""
    suffix = f"-{part:04d}" if part else ""
    return f"{table}/date={date}/{shard:03d}-{number:010d}{suffix}.parquet"


def day_of(received_us: int) -> str:
    """The partition of what was received then: its UTC day."""
    return datetime.fromtimestamp(received_us // 1_000_000, UTC).strftime("%Y-%m-%d")


def shard_of(uri: str, shards: int) -> int:
    """The log that an object belongs to: the same on every machine and in every run."""
    return int(stable_id(uri)[:8], 16) % shards if shards > 1 else 0


def staged_names(store: Store, shard: int) -> Iterator[tuple[str, str]]:
    """The attempt and the name of every staged file of a log."""
    prefix = _stage_prefix(shard)
    for name in store.names(prefix):
        yield name.removeprefix(prefix).split("/", 1)[0], name


def _stage_prefix(shard: int) -> str:
    return f"{ROOT}/stage/{shard:03d}/"


def new_attempt() -> str:
    """A name for a stage folder that is never used twice; it never reaches a table, a key or an order."""
    return secrets.token_hex(12)


class Log:
    """One log of an output, read up to `state.next`; every method may be called again after any failure."""

    def __init__(self, store: Store, shard: int = 0) -> None:
        self._store = store
        self.shard = shard
        self.state = State()
        self._unpublished: dict[int, Entry] = {}
        self._snapshot_at = 0
        self.lost_numbers = 0

    # Reading

    def refresh(self) -> list[Entry]:
        """Read on to the log's end; gives the entries that are new since the last call."""
        if self.state.next == 0:
            self._load_snapshot()
        new: list[Entry] = []
        while True:
            number = self.state.next
            try:
                entry = Entry.decode(self._store.read(self._entry_name(number)))
            except NotFound:
                return new
            self.state.apply(self.shard, number, entry)
            self._remember(number, entry)
            new.append(entry)

    def _remember(self, number: int, entry: Entry) -> None:
        """Keep what publishing an entry needs; whoever only reads looks now and then which of them are published."""
        self._unpublished[number] = replace(entry, outcomes=())
        if len(self._unpublished) >= MAX_REMEMBERED:
            for marked in self._marked() & set(self._unpublished):
                del self._unpublished[marked]

    def _marked(self) -> set[int]:
        """Numbers of published entries, from the first on that isn't known to be one."""
        prefix = f"{ROOT}/published/{self.shard:03d}/"
        after = f"{prefix}{min(self._unpublished) - 1:010d}"
        return {int(name.rsplit("/", 1)[1]) for name in self._store.names(prefix, after)}

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Every entry from the first on, read anew."""
        number = 0
        while True:
            try:
                yield number, Entry.decode(self._store.read(self._entry_name(number)))
            except NotFound:
                return
            number += 1

    def _entry_name(self, number: int) -> str:
        return f"{ROOT}/log/{self.shard:03d}/{number:010d}.json"

    # Committing

    def stage(self, attempt: str, table: str, date: str, data: bytes, part: int = 0) -> None:
        """Write one file of an attempt where no reader looks."""
        self._store.put(self._stage_name(attempt, table, date, part), data)

    def _stage_name(self, attempt: str, table: str, date: str, part: int) -> str:
        suffix = f".{part}" if part else ""
        return f"{_stage_prefix(self.shard)}{attempt}/{table}.{date}{suffix}"

    def commit(self, entry: Entry, *, keep_staged: bool = False) -> int | None:
        """Take the next number for an entry whose files are staged.

        Returns the number, or None where the entry is not valid any more by what others have committed since this log
        was last read: the caller then looks at `state`, drops what has an outcome, and stages anew. What it had staged
        is removed, unless it means to use that again.
        """
        while True:
            number = self.state.next
            if self._store.create(self._entry_name(number), entry.encode()):
                self.state.apply(self.shard, number, entry)
                self._remember(number, entry)
                return number
            self.lost_numbers += 1
            if not self._still_valid(entry, self.refresh()):
                if not keep_staged:
                    self.drop_stage(entry.attempt, entry.files)
                return None

    # A write of another generation of an object makes a staged one stale: which records came in before has changed.
    def _still_valid(self, entry: Entry, new: Sequence[Entry]) -> bool:
        if entry.attempt in self.state.cleared or any(name not in self.state.live for name in entry.inputs):
            return False
        if any(other.forgets for other in new):
            return False
        if entry.forgets and any(other.files for other in new):
            return False
        if entry.kind == "write" and any(self.state.has_outcome(outcome) for outcome in entry.outcomes):
            return False
        versions = {outcome.uri: outcome.generation for outcome in entry.outcomes}
        return not any(
            versions.get(outcome.uri, outcome.generation) != outcome.generation
            for other in new
            for outcome in other.outcomes
        )

    def drop_stage(self, attempt: str, files: Iterable[StagedFile]) -> None:
        """Remove staged files of an attempt that will not be committed."""
        for staged in files:
            self._store.delete(self._stage_name(attempt, *staged.place))

    # Publishing

    def publish(self, number: int, entry: Entry) -> None:
        """Put the entry's files in place, then remove those it replaces, then mark it; anyone may, and again."""
        for staged in sorted(entry.files, key=lambda f: (PUBLISH_ORDER.index(f.table), f.date, f.part)):
            source = self._stage_name(entry.attempt, *staged.place)
            self._store.publish(source, file_name(self.shard, number, *staged.place))
        for name in sorted(entry.inputs, key=lambda n: (-PUBLISH_ORDER.index(n.split("/")[0]), n)):
            self._store.delete(name)
        for attempt in entry.clears:
            for name in list(self._store.names(f"{_stage_prefix(self.shard)}{attempt}/")):
                self._store.delete(name)
        self._store.put(self._mark_name(number), b"")
        self._unpublished.pop(number, None)

    def _mark_name(self, number: int) -> str:
        return f"{ROOT}/published/{self.shard:03d}/{number:010d}"

    def catch_up(self) -> None:
        """Read the log and publish every entry that its writer left unpublished."""
        self.refresh()
        if not self._unpublished:
            self._maybe_snapshot()
            return
        marked = self._marked()
        for number, entry in sorted(self._unpublished.items()):
            if number in marked:
                del self._unpublished[number]
            else:
                logger.info("publishing entry %d that its writer left", number)
                self.publish(number, entry)
        self._maybe_snapshot()

    def look_for(self, names: Iterable[str]) -> None:
        """Read on after a live file was not found: somebody has replaced it. Raises StoreError if nobody has."""
        for name in names:
            while name in self.state.live and self._store.size(name) is None:
                before = self.state.next
                self.catch_up()
                if self.state.next == before and self._store.size(name) is None:
                    raise StoreError(
                        f"{name} is gone, though the log counts its rows. Restore it, or start a new output."
                    )

    # Snapshots

    def _maybe_snapshot(self) -> None:
        """Fold the log into a snapshot now and then; only where every entry is published, so none can be overlooked."""
        wait = min(max(SNAPSHOT_EVERY_ENTRIES, self.state.objects.count // OBJECTS_AN_ENTRY), MAX_UNFOLDED_ENTRIES)
        if self._unpublished or self.state.next < self._snapshot_at + wait:
            return
        older = self._snapshots()
        if older and older[-1][0] >= self._snapshot_at + wait:
            self._snapshot_at = older[-1][0]  # another process was faster
            self.state.objects.settle()
            return
        self._store.put(f"{ROOT}/snapshot/{self.shard:03d}/{self.state.next:010d}", self.state.encode())
        self._snapshot_at = self.state.next
        for _, name in older[:-1]:
            self._store.delete(name)

    def _snapshots(self) -> list[tuple[int, str]]:
        names = self._store.names(f"{ROOT}/snapshot/{self.shard:03d}/")
        return [(int(last), name) for name in names if (last := name.rsplit("/", 1)[1]).isdecimal()]

    def _load_snapshot(self) -> None:
        for _, name in reversed(self._snapshots()):
            try:
                self.state = State.decode(self._store.read(name))
            except NotFound:
                continue
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                logger.warning("%s is passed over: %s; the log is read instead", name, error)
                continue
            self._snapshot_at = self.state.next
            return

    # Noting what is to be read

    def note(self, attempt: str, portions: Iterable[Portion]) -> None:
        """Say which objects are about to be read, so that one that goes before it has an outcome is not forgotten."""
        objects = sorted({(p.uri, p.generation, p.received_us) for p in portions})
        self._store.put(self._note_name(attempt), orjson.dumps(objects))

    def unnote(self, attempt: str) -> None:
        """Remove a note whose objects all have outcomes."""
        self._store.delete(self._note_name(attempt))

    def noted(self) -> Iterator[tuple[str, list[Portion]]]:
        """Notes that lie there, each with the objects that have no complete outcome."""
        for name in list(self._store.names(f"{ROOT}/noted/{self.shard:03d}/")):
            try:
                objects = orjson.loads(self._store.read(name))
            except NotFound:
                continue
            left = [Portion(uri, generation, received_us) for uri, generation, received_us in objects]
            attempt = name.rsplit("/", 1)[1].removesuffix(".json")
            yield attempt, [p for p in left if not ((known := self.state.of(p.uri, p.generation)) and known.complete)]

    def _note_name(self, attempt: str) -> str:
        return f"{ROOT}/noted/{self.shard:03d}/{attempt}.json"

    # Clearing what dead attempts left

    def clear(self, attempts: Iterable[str]) -> list[str]:
        """Name dead attempts in an entry, so that they can't be committed any more, then remove their staged files."""
        self.catch_up()
        while True:
            committed = {entry.attempt for _, entry in self._unpublished.items()}
            dead = sorted(set(attempts) - committed)
            if not dead:
                return []
            entry = Entry(attempt=new_attempt(), kind="clear", clears=tuple(dead))
            number = self.state.next
            if self._store.create(self._entry_name(number), entry.encode()):
                self.state.apply(self.shard, number, entry)
                break
            self.catch_up()
        self.publish(number, entry)
        return dead
