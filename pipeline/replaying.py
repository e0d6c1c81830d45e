"""`wirecopy replay`: open failures run again with the code of today, each replaced by the rows it should have been.

A failure is read from its payload where that is the whole record, else from the source at its own version. What can't
be read stays open; so does what fails again. The commit (`pipeline/replacing.py`) sees to it that twice is once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import pyarrow.compute as pc

from pipeline.displays import counted
from pipeline.known import files_of
from pipeline.local import run_in_processes
from pipeline.log import Log, ObjectState
from pipeline.logs import Logs
from pipeline.parquet import read_file
from pipeline.settings import Settings
from pipeline.source import refused_failure, with_repeats
from pipeline.store import Gone, NotFound, Superseded, find_version, open_object
from pipeline.summary import EXAMPLES, printable
from schemas.ids import sha256_hex
from schemas.limits import Limits
from schemas.records import Failure, Portion, RawDocument, RawRecord
from transforms.parsing.framing import read_records
from transforms.parsing.media import MANY, one_article_by_name
from transforms.parsing.pieces import Refused

BATCH_DOCUMENTS = 500
"""Objects of a batch at most: their failures are replaced in one commit."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which failures: those with one of the reasons and one of the stages, received on the days from `after` on and
    before `before` (YYYY-MM-DD). What is empty does not matter."""

    reasons: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    after: str = ""
    before: str = ""

    def day(self, date: str) -> bool:
        """Whether failures of this day are wanted."""
        return self.after <= date and (not self.before or date < self.before)

    def row(self, row: Row) -> bool:
        """Whether a failure is wanted by its reason and stage."""
        return not (self.reasons and row["reason"] not in self.reasons) and not (
            self.stages and row["stage"] not in self.stages
        )


@dataclass(slots=True)
class Replayed:
    """What a replay did: failures looked at and how many of them are gone, what came for them, what can't be read.

    `unreadable` are the uris of failures whose bytes are not to be had any more.
    """

    failures: int = 0
    replaced: int = 0
    articles: int = 0
    repeats: int = 0
    forgotten: int = 0
    unreadable: list[str] = field(default_factory=list)


def replay(logs: Logs, wanted: Wanted, settings: Settings, workers: int = 1) -> Replayed:
    """Run the wanted failures again and replace those that don't fail any more; gives what became of them.

    Raises StoreError where storage fails: what is committed stays, and the next replay goes on from there.
    """
    logs.catch_up()
    job = _Job(logs, wanted, settings.limits)
    todo = job.batches(settings.limits.batch_bytes)
    first = next(todo, None)
    if first is not None:
        run_in_processes(chain([first], todo), logs, settings, workers, (), lambda: None)
        logs.catch_up()
    return job.done()


def lines(done: Replayed) -> list[str]:
    """What a replay did, in words."""
    became = [counted(done.articles, "article")]
    became += [counted(done.repeats, "repeat")] if done.repeats else []
    became += [f"{done.forgotten:,} forgotten"] if done.forgotten else []
    left = done.failures - done.replaced
    text = [
        f"{counted(done.failures, 'failure')} run again: {done.replaced:,} replaced by {', '.join(became)};"
        f" {left:,} {'stays' if left == 1 else 'stay'} open."
    ]
    if done.unreadable:
        text.append(
            f"{len(done.unreadable):,} of them can't be read any more: the source is gone or changed, and the failure"
            " holds only the first part of it."
        )
        text += [f"    {printable(uri)}" for uri in sorted(set(done.unreadable))[:EXAMPLES]]
    return text


@dataclass(slots=True)
class _Job:
    """One replay under way: what was taken in hand, and the counts of its objects as they were."""

    logs: Logs
    wanted: Wanted
    limits: Limits
    failures: int = 0
    unreadable: list[str] = field(default_factory=list)
    _taken: set[tuple[str, int, int]] = field(default_factory=set)
    _before: dict[tuple[str, int], ObjectState] = field(default_factory=dict)

    def done(self) -> Replayed:
        done = Replayed(self.failures, unreadable=self.unreadable)
        for key, before in self._before.items():
            now = self.logs.known(*key) or before
            done.replaced += max(0, before.failures - now.failures)
            done.articles += now.articles - before.articles
            done.repeats += now.repeats - before.repeats
            done.forgotten += now.forgotten - before.forgotten
        return done

    def batches(self, batch_bytes: int) -> Iterator[list[RawDocument]]:
        """The documents in batches of bounded bytes; those of one object follow one another in one process's hands."""
        batch: list[RawDocument] = []
        taken_bytes = 0
        for log in self.logs.logs:
            for document in self._documents(log):
                batch.append(document)
                taken_bytes += document.size_bytes
                if taken_bytes >= batch_bytes or len(batch) >= BATCH_DOCUMENTS:
                    yield batch
                    batch, taken_bytes = [], 0
        if batch:
            yield batch

    def _documents(self, log: Log) -> Iterator[RawDocument]:
        end = log.state.next
        visited: set[str] = set()
        while True:
            # Our own commits and a compaction beside us write files anew: those that hold what was there at the start.
            names = [
                name
                for name, file in sorted(log.state.live.items())
                if file.table == "failures" and file.rows and name not in visited and self.wanted.day(file.date)
                if file.holds and file.holds[0][0] < end
            ]
            if not names:
                return
            visited.add(names[0])
            for rows in self._by_object(log, names[0]):
                known = log.state.of(rows[0]["source_uri"], rows[0]["source_generation"])
                if known is not None:
                    self._before.setdefault((rows[0]["source_uri"], rows[0]["source_generation"]), replace(known))
                    yield from self._read(log, rows, known)

    def _by_object(self, log: Log, name: str) -> Iterator[list[Row]]:
        """The file's wanted failures that were not taken in hand before, by object."""
        try:
            table = read_file(self.logs.store, name)
        except NotFound:
            log.look_for([name])
            return
        plain = table.drop_columns(["payload"]).to_pylist()
        objects: dict[tuple[str, int], list[Row]] = {}
        for number, row in enumerate(plain):
            place = (row["source_uri"], row["source_generation"], row["record_index"])
            if self.wanted.row(row) and place not in self._taken:
                objects.setdefault(place[:2], []).append({**row, "row": number})
        for _, rows in sorted(objects.items()):
            self._taken.update((row["source_uri"], row["source_generation"], row["record_index"]) for row in rows)
            self.failures += len(rows)
            for row in rows:
                row["payload"] = table["payload"][row["row"]].as_py()
            yield sorted(rows, key=lambda row: row["record_index"])

    def _read(self, log: Log, rows: list[Row], known: ObjectState) -> Iterator[RawDocument]:
        """The failures of one object as documents to run: from their payloads where those are whole records."""
        whole = [row for row in rows if _is_record(row, known)]
        if whole:
            yield _from_payloads(whole, known)
        rest = [row for row in rows if not _is_record(row, known)]
        if rest:
            there: set[int] = set()
            if known.media_type in ("", *MANY) and any(row["stage"] == "read" for row in rest):
                there = _places(self.logs, log, rest[0], known)
            try:
                yield from _from_source(rest, known, there, self.limits)
            except (Gone, Superseded, OSError):
                self.unreadable += [row["source_uri"] for row in rest]


def _is_record(row: Row, known: ObjectState) -> bool:
    """Whether the payload is a whole record, and all that the stages need."""
    if row["stage"] == "read" or not known.media_type or sha256_hex(row["payload"]) != row["payload_sha256"]:
        return False
    return known.media_type in MANY or row["payload_bytes"] == known.total_bytes


def _from_payloads(rows: list[Row], known: ObjectState) -> RawDocument:
    records = {(row["record_index"], row["payload_sha256"]): row["payload"] for row in rows}
    if known.media_type not in MANY:
        records = {(0, rows[0]["payload_sha256"]): rows[0]["payload"]}
    taken = tuple(RawRecord(index, content) for (index, _), content in sorted(records.items()))
    return RawDocument(_portion(rows, known, known.media_type, last=True), known.media_type, taken)


def _from_source(rows: list[Row], known: ObjectState, there: set[int], limits: Limits) -> Iterator[RawDocument]:
    """The records that failed, read again. Where an object could not be read, all of it that has no rows yet.

    Raises Gone or Superseded where this version can't be read any more.
    """
    found = find_version(rows[0]["source_uri"], rows[0]["source_generation"])
    if found is None:
        raise Gone(f"{rows[0]['source_uri']}: this version is not there any more.")
    found = replace(found, updated_us=known.received_us)
    if one_article_by_name(found.uri) and found.size_bytes > limits.max_object_bytes:
        return
    with open_object(found) as stream:
        framed = read_records(stream, found.uri, limits, size_bytes=found.size_bytes)
        wanted = {row["record_index"] for row in rows}
        first_unread = min((row["record_index"] for row in rows if row["stage"] == "read"), default=None)
        records: list[RawRecord] = []
        failures: list[Failure] = []
        repeats = taken_bytes = 0
        for item, repeat in with_repeats(framed):
            unread = first_unread is not None and item.index >= first_unread and item.index not in there
            if framed.multi and item.index not in wanted and not unread:
                continue
            if isinstance(item, Refused):
                failures.append(refused_failure(item))
            elif repeat:
                repeats += 1
            else:
                records.append(RawRecord(item.index, item.content))
                taken_bytes += len(item.content)
            if taken_bytes >= limits.portion_bytes:
                portion = _portion(rows, known, framed.media_type, last=False)
                yield RawDocument(portion, framed.media_type, tuple(records), tuple(failures), repeats)
                records, failures, repeats, taken_bytes = [], [], 0, 0
        portion = _portion(rows, known, framed.media_type, last=True)
        yield RawDocument(portion, framed.media_type, tuple(records), tuple(failures), repeats)


def _portion(rows: list[Row], known: ObjectState, media_type: str, *, last: bool) -> Portion:
    """A portion that settles these failures; all but the last of several leave them open."""
    return Portion(
        rows[0]["source_uri"],
        rows[0]["source_generation"],
        known.received_us,
        0,
        known.total_bytes,
        rows[0]["record_index"],
        rows[-1]["record_index"] + 1,
        last,
        media_type,
        tuple(sorted(row["failure_id"] for row in rows)),
    )


def _places(logs: Logs, log: Log, row: Row, known: ObjectState) -> set[int]:
    """The records of an object that have rows."""
    while True:
        there: set[int] = set()
        try:
            for name in files_of(log, [known], ["articles", "failures"]):
                rows = read_file(logs.store, name, ["source_uri", "source_generation", "record_index"])
                same = pc.and_(
                    pc.equal(rows["source_uri"], row["source_uri"]),
                    pc.equal(rows["source_generation"], row["source_generation"]),
                )
                there.update(rows.filter(same)["record_index"].to_pylist())
        except NotFound:
            log.catch_up()
            continue
        return there
