"""The one log: an entry decides, publishing shows. Knows names, numbers and validity; neither Beam nor Parquet.

Under OUTPUT/_wirecopy/ lie, for each log (an output has one or a few, by shard of the objects):

    log/<shard>/<number>.json         entries, numbered without gaps, never changed or deleted
    published/<shard>/<number>        marks: all that the entry decided is in place
    snapshot/<shard>/<number>.json    the entries below <number> folded into one state
    stage/<shard>/<attempt>/…         files of an attempt, invisible to readers until they are published
    noted/<shard>/<attempt>.json      objects that an attempt meant to read

The protocol was model-checked (stage, commit, publish under kills, races and stalled writers). What it rests on: an
entry is created only if nobody has its number, and appears whole; staged files go before the entry is marked as
published, so that a stalled publisher finds nothing to bring back; whoever starts publishes what others left.
"""

import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields

import orjson

from pipeline.store import NotFound, Store, StoreError
from schemas.ids import stable_id
from schemas.records import Portion

logger = logging.getLogger(__name__)

ROOT = "_wirecopy"
SNAPSHOT_EVERY_ENTRIES = 64
"""A snapshot is taken each time this many entries have been added, so that a start reads few of them."""

PUBLISH_ORDER = ("entities", "quotes", "embeds", "removals", "failures", "articles")
"""Articles last when files appear, first when they go: an article that is seen has all its rows."""

_END = 1 << 62


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a portion: its place in its object, and how many records ended as what.

    `end_byte` and `next_record` are those of the portion behind it; an object that was never opened has one portion
    without an end. `words` are those of its articles' clean texts.
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
    words: int = 0

    @property
    def records(self) -> int:
        """Records read: each of them is counted in exactly one of the other numbers."""
        return self.articles + self.failures + self.repeats + self.forgotten


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One Parquet file of an entry: `date` is its partition. Its final name follows from the entry's number."""

    table: str
    date: str
    rows: int
    size_bytes: int


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
        values["outcomes"] = tuple(Outcome(**item) for item in raw.get("outcomes", ()))
        values["files"] = tuple(StagedFile(**item) for item in raw.get("files", ()))
        for name in ("inputs", "forgets", "clears"):
            values[name] = tuple(raw.get(name, ()))
        values["options"] = tuple((key, value) for key, value in raw.get("options", ()))
        return cls(**values)


@dataclass(slots=True)
class ObjectState:
    """What the log knows of one generation of an object: which bytes of it have an outcome, and the counts."""

    received_us: int
    ranges: list[tuple[int, int, int]] = field(default_factory=list)
    total_bytes: int | None = None
    articles: int = 0
    failures: int = 0
    repeats: int = 0
    forgotten: int = 0
    words: int = 0

    @property
    def complete(self) -> bool:
        """True once every byte up to the object's end has an outcome."""
        return self.total_bytes is not None and len(self.ranges) == 1 and self.ranges[0][:2] == (0, self.total_bytes)

    def overlaps(self, start_byte: int, end_byte: int) -> bool:
        """True where part of the range has an outcome already."""
        return any(start < end_byte and start_byte < end for start, end, _ in self.ranges)

    def add(self, outcome: Outcome) -> None:
        """Take up a portion's outcome and join it with its neighbours."""
        start, end = _span(outcome)
        if outcome.last:
            self.total_bytes = end
        merged: list[tuple[int, int, int]] = []
        for item in sorted([*self.ranges, (start, end, outcome.next_record)]):
            if merged and merged[-1][1] == item[0]:
                merged[-1] = (merged[-1][0], item[1], item[2])
            else:
                merged.append(item)
        self.ranges = merged
        self.count(outcome)

    def count(self, outcome: Outcome) -> None:
        """Add a portion's numbers, or a replay's differences."""
        self.articles += outcome.articles
        self.failures += outcome.failures
        self.repeats += outcome.repeats
        self.forgotten += outcome.forgotten
        self.words += outcome.words


def _span(outcome: Outcome | Portion) -> tuple[int, int]:
    """Byte range of a portion; an empty object takes up one byte, one that was never opened all of them."""
    if outcome.end_byte is None:
        return outcome.start_byte, _END
    return outcome.start_byte, max(outcome.end_byte, outcome.start_byte + 1)


@dataclass(slots=True)
class LiveFile:
    """A published file that counts: its table, partition, size, and the number of the entry that made it.

    `received_us` is when the newest object of its entry was received; a file that replaces others has their newest.
    """

    table: str
    date: str
    rows: int
    size_bytes: int
    number: int
    received_us: int = 0


@dataclass(slots=True)
class State:
    """The entries folded: what has an outcome, which files count, what is forgotten. `next` is the next free number."""

    next: int = 0
    objects: dict[str, dict[int, ObjectState]] = field(default_factory=dict)
    live: dict[str, LiveFile] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)

    def of(self, uri: str, generation: int) -> ObjectState | None:
        """What is known of one generation of an object, None if nothing is."""
        return self.objects.get(uri, {}).get(generation)

    def has_outcome(self, portion: Portion | Outcome) -> bool:
        """True where any byte of the portion has an outcome."""
        known = self.of(portion.uri, portion.generation)
        return known is not None and known.overlaps(*_span(portion))

    def apply(self, shard: int, number: int, entry: Entry) -> None:
        """Fold the next entry in."""
        for outcome in entry.outcomes:
            states = self.objects.setdefault(outcome.uri, {})
            known = states.setdefault(outcome.generation, ObjectState(outcome.received_us))
            if entry.kind == "write":
                known.add(outcome)
            else:
                known.count(outcome)
        replaced = [file for name in entry.inputs if (file := self.live.pop(name, None))]
        newest_us = max([o.received_us for o in entry.outcomes] + [file.received_us for file in replaced], default=0)
        for staged in entry.files:
            name = file_name(shard, number, staged.table, staged.date)
            self.live[name] = LiveFile(staged.table, staged.date, staged.rows, staged.size_bytes, number, newest_us)
        self.forgotten.update(entry.forgets)
        self.cleared.update(entry.clears)
        self.next = number + 1

    def encode(self) -> bytes:
        """The state as a snapshot's JSON."""
        objects = [
            [
                *(uri, generation, s.received_us, s.ranges, s.total_bytes),
                *(s.articles, s.failures, s.repeats, s.forgotten, s.words),
            ]
            for uri, states in self.objects.items()
            for generation, s in states.items()
        ]
        live = {name: asdict(file) for name, file in self.live.items()}
        return orjson.dumps(
            {
                "next": self.next,
                "objects": objects,
                "live": live,
                "forgotten": sorted(self.forgotten),
                "cleared": sorted(self.cleared),
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "State":
        """Read a snapshot."""
        raw = orjson.loads(data)
        state = cls(next=raw["next"], forgotten=set(raw["forgotten"]), cleared=set(raw["cleared"]))
        for uri, generation, received_us, ranges, *counts in raw["objects"]:
            known = ObjectState(received_us, [(a, b, c) for a, b, c in ranges], *counts)
            state.objects.setdefault(uri, {})[generation] = known
        state.live = {name: LiveFile(**file) for name, file in raw["live"].items()}
        return state


def file_name(shard: int, number: int, table: str, date: str) -> str:
    """Place of an entry's file below OUTPUT: a function of the entry's number alone."""
    return f"{table}/date={date}/{shard:03d}-{number:010d}.parquet"


def shard_of(uri: str, shards: int) -> int:
    """The log that an object belongs to: the same on every machine and in every run."""
    return int(stable_id(uri)[:8], 16) % shards


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
            self._unpublished[number] = entry
            new.append(entry)

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

    def stage(self, attempt: str, table: str, date: str, data: bytes) -> None:
        """Write one file of an attempt where no reader looks."""
        self._store.put(self._stage_name(attempt, table, date), data)

    def _stage_name(self, attempt: str, table: str, date: str) -> str:
        return f"{ROOT}/stage/{self.shard:03d}/{attempt}/{table}.{date}"

    def commit(self, entry: Entry) -> int | None:
        """Take the next number for an entry whose files are staged.

        Returns the number, or None where the entry is not valid any more by what others have committed since this log
        was last read: the caller then looks at `state`, drops what has an outcome, and stages anew.
        """
        while True:
            number = self.state.next
            if self._store.create(self._entry_name(number), entry.encode()):
                self.state.apply(self.shard, number, entry)
                self._unpublished[number] = entry
                return number
            if not self._still_valid(entry, self.refresh()):
                self.drop_stage(entry)
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

    def drop_stage(self, entry: Entry) -> None:
        """Remove the staged files of an attempt that will not be committed."""
        for staged in entry.files:
            self._store.delete(self._stage_name(entry.attempt, staged.table, staged.date))

    # Publishing

    def publish(self, number: int, entry: Entry) -> None:
        """Put the entry's files in place, then remove those it replaces, then mark it; anyone may, and again."""
        for staged in sorted(entry.files, key=lambda f: (PUBLISH_ORDER.index(f.table), f.date)):
            source = self._stage_name(entry.attempt, staged.table, staged.date)
            self._store.publish(source, file_name(self.shard, number, staged.table, staged.date))
        for name in sorted(entry.inputs, key=lambda n: (-PUBLISH_ORDER.index(n.split("/")[0]), n)):
            self._store.delete(name)
        for attempt in entry.clears:
            for name in list(self._store.names(f"{ROOT}/stage/{self.shard:03d}/{attempt}/")):
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
        prefix = f"{ROOT}/published/{self.shard:03d}/"
        first = min(self._unpublished)
        marked = {int(name.rsplit("/", 1)[1]) for name in self._store.names(prefix, f"{prefix}{first - 1:010d}")}
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
        if self._unpublished or self.state.next < self._snapshot_at + SNAPSHOT_EVERY_ENTRIES:
            return
        prefix = f"{ROOT}/snapshot/{self.shard:03d}/"
        older = list(self._store.names(prefix))
        self._store.put(f"{prefix}{self.state.next:010d}.json", self.state.encode())
        self._snapshot_at = self.state.next
        for name in older[:-1]:
            self._store.delete(name)

    def _load_snapshot(self) -> None:
        for name in reversed(list(self._store.names(f"{ROOT}/snapshot/{self.shard:03d}/"))):
            try:
                self.state = State.decode(self._store.read(name))
            except NotFound:
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
