"""`wirecopy forget`: articles gone from every table and from failures' payloads, in one commit, and not to return.

The entry names the articles' ids and nothing of their text. It is valid only where it has seen every file that counts;
whatever was staged before it, by a live writer or a dead one, can't be committed any more. Later deliveries, reruns and
replays of a forgotten article fall out at their own commit.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.derived import REPORT_NAME, forget_links
from pipeline.log import Entry, LiveFile, Log, Outcome, StagedFile, new_attempt, staged_names
from pipeline.logs import Logs
from pipeline.options import code_version
from pipeline.parquet import in_schema, read_file
from pipeline.staging import stage_rows, tables_without_files
from pipeline.store import NotFound, Store, StoreError
from transforms.parsing.media import MANY

MIN_MARK_CHARS = 6
"""A feed's own id shorter than this tells no article: it would be found in payloads of others."""

Place = tuple[str, int, int]
"""Object, generation and record of an article version."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What an article can be known by in a failure that has no article id: its objects, and its own id and address."""

    ids: frozenset[str] = frozenset()
    failures: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()
    alone: frozenset[str] = frozenset()
    """Objects that hold this article and no other: a failure of any version of them is the article's."""
    words: re.Pattern[bytes] | None = None
    """Its own id or its address, as a word in a payload."""

    def of_failure(self, row: dict[str, Any]) -> bool:
        """Whether a failure is one of a forgotten article."""
        return (
            row["article_id"] in self.ids
            or row["failure_id"] in self.failures
            or row["source_uri"] in self.alone
            or (row["source_uri"], row["source_generation"], row["record_index"]) in self.places
            or bool(self.words and self.words.search(row["payload"]))
        )


@dataclass(slots=True)
class Forgotten:
    """What was forgotten: rows by table, logs that had a part in it, and whether links and the report were renewed."""

    rows: dict[str, int] = field(default_factory=dict)
    commits: int = 0
    links: int = 0
    report: bool = False
    unknown: list[str] = field(default_factory=list)


def forget(logs: Logs, ids: Iterable[str], failures: Iterable[str] = ()) -> Forgotten:
    """Forget articles by their ids, and failures by theirs; gives what is gone. To do it twice is to do it once.

    May be killed at any moment and run again. Raises StoreError. Memory is that of one file at a time.
    """
    wanted, lost = frozenset(ids), frozenset(failures)
    done = Forgotten()
    logs.catch_up()
    seen = set(logs.forgotten)
    marks = _marks(logs, wanted, lost)
    for log in logs.logs:
        _InLog(logs.store, log, marks).forget(done, seen)
    done.unknown = sorted((wanted | lost) - seen)
    done.links = forget_links(logs)
    if logs.store.size(REPORT_NAME) is not None:
        logs.store.delete(REPORT_NAME)
        done.report = True
    logs.store.sweep()
    return done


def _marks(logs: Logs, ids: frozenset[str], failures: frozenset[str]) -> Marks:
    """What the articles are known by, from the rows that they have."""
    places: set[Place] = set()
    alone: set[str] = set()
    words: set[bytes] = set()
    columns = ["article_id", "source_uri", "source_generation", "record_index", "source_id", "url"]
    for log in logs.logs:
        for row in _rows(logs.store, log, "articles", columns, ids):
            uri, generation = row["source_uri"], row["source_generation"]
            places.add((uri, generation, row["record_index"]))
            known = log.state.of(uri, generation)
            if known and known.articles == 1 and known.media_type not in MANY:
                alone.add(uri)
            words.update(
                re.escape(word.encode("utf-8", "replace"))
                for word in (row["source_id"], row["url"])
                if word and len(word) >= MIN_MARK_CHARS
            )
    pattern = rb"(?<![\w-])(?:" + b"|".join(sorted(words)) + rb")(?![\w-])"
    return Marks(ids, failures, frozenset(places), frozenset(alone), re.compile(pattern) if words else None)


def _rows(store: Store, log: Log, table: str, columns: list[str], ids: frozenset[str]) -> list[dict[str, Any]]:
    wanted = pa.array(sorted(ids), pa.string())
    while True:
        found: list[dict[str, Any]] = []
        name = ""
        try:
            for name in sorted(name for name, file in log.state.live.items() if file.table == table and file.rows):
                rows = read_file(store, name, columns)
                found += rows.filter(pc.is_in(rows["article_id"], wanted)).to_pylist()
        except NotFound:
            log.look_for([name])
            continue
        return found


@dataclass(slots=True)
class _InLog:
    """The part of one log: files written anew without what is forgotten, kept from try to try while they count."""

    store: Store
    log: Log
    marks: Marks
    attempt: str = field(default_factory=new_attempt)
    clean: set[str] = field(default_factory=set)
    anew: dict[str, tuple[StagedFile | None, list[dict[str, Any]]]] = field(default_factory=dict)
    """File to what replaces it (None where nothing is left) and the rows that go, without their texts."""
    parts: int = 0

    def forget(self, done: Forgotten, seen: set[str]) -> None:
        """Commit the part of this log, where there is one or where its articles could still come."""
        while True:
            self.log.catch_up()
            try:
                self._look()
            except NotFound:
                continue
            if not self.anew and (self.marks.ids | self.marks.failures) <= self.log.state.forgotten:
                return
            entry = self._entry()
            number = self.log.commit(entry, keep_staged=True)
            if number is not None:
                self.log.publish(number, entry)
                self._tell(done, seen)
                return
            if self.attempt in self.log.state.cleared:
                self.log.drop_stage(self.attempt, [file for file, _ in self.anew.values() if file])
                self.attempt, self.anew = new_attempt(), {}

    def _look(self) -> None:
        """Look into the files that are new since the last try. Raises NotFound where one is being replaced."""
        live = self.log.state.live
        for name in [name for name in self.anew if name not in live]:
            file, _ = self.anew.pop(name)
            if file:
                self.log.drop_stage(self.attempt, [file])
        for name in sorted(live):
            if name in self.anew or name in self.clean or not live[name].rows:
                continue
            try:
                self._look_into(name)
            except NotFound:
                self.log.look_for([name])
                raise

    def _look_into(self, name: str) -> None:
        file = self.log.state.live[name]
        failures = file.table == "failures"
        if not failures:
            ids = pc.unique(read_file(self.store, name, ["article_id"])["article_id"])
            if not self.marks.ids.intersection(ids.to_pylist()):
                self.clean.add(name)
                return
        rows = read_file(self.store, name)
        if failures:
            goes = [self.marks.of_failure(row) for row in rows.to_pylist()]
        else:
            goes = pc.is_in(rows["article_id"], pa.array(sorted(self.marks.ids), pa.string())).to_pylist()
        if not any(goes):
            self.clean.add(name)
            return
        gone = rows.filter(pa.array(goes, pa.bool_()))
        kept = in_schema(file.table, rows.filter(pc.invert(pa.array(goes, pa.bool_()))))
        if kept is None:
            raise StoreError(f"{name} was written by a newer version of wirecopy, which must do this.")
        self.anew[name] = (self._stage(file, kept) if kept.num_rows else None, _counted(gone))

    def _stage(self, file: LiveFile, *rows: pa.Table) -> StagedFile:
        self.parts += 1
        return stage_rows(self.log, self.attempt, file.table, file.date, rows, self.parts)

    def _entry(self) -> Entry:
        state = self.log.state
        files = [file for file, _ in self.anew.values() if file]
        leaving = {state.live[name].table: state.live[name] for name in sorted(self.anew, reverse=True)}
        for table in tables_without_files(state, self.anew, (file.table for file in files)):
            if table in leaving:  # a log that has no files yet gets them with its first rows
                files.append(self._stage(leaving[table]))
        others = {attempt for attempt, _ in staged_names(self.store, self.log.shard)} - {self.attempt}
        return Entry(
            self.attempt,
            "forget",
            tuple(_outcomes(self.anew.items())),
            tuple(files),
            tuple(sorted(self.anew)),
            tuple(sorted(self.marks.ids | self.marks.failures)),
            tuple(sorted(others)),
            code_version(),
        )

    def _tell(self, done: Forgotten, seen: set[str]) -> None:
        done.commits += 1
        for name, (_, gone) in self.anew.items():
            table = name.split("/")[0]
            done.rows[table] = done.rows.get(table, 0) + len(gone)
            seen.update(row["article_id"] for row in gone if row["article_id"])
            seen.update(row["failure_id"] for row in gone if "failure_id" in row)


def _counted(gone: pa.Table) -> list[dict[str, Any]]:
    names = ("article_id", "failure_id", "source_uri", "source_generation", "received_at", "word_count")
    rows = gone.select([name for name in names if name in gone.column_names])
    at = rows.column_names.index("received_at")
    plain: list[dict[str, Any]] = rows.set_column(at, "received_at", rows["received_at"].cast(pa.int64())).to_pylist()
    return plain


_COUNTED = ("articles", "failures")
"""Tables whose rows are records."""


def _outcomes(files: Iterable[tuple[str, tuple[StagedFile | None, list[dict[str, Any]]]]]) -> list[Outcome]:
    """What is no article or failure any more, but forgotten, by version of an object."""
    counts: dict[tuple[str, int, int], list[int]] = {}
    for name, (_, gone) in files:
        table = name.split("/")[0]
        for row in gone if table in _COUNTED else ():
            key = (row["source_uri"], row["source_generation"], row["received_at"])
            count = counts.setdefault(key, [0, 0, 0])
            count[_COUNTED.index(table)] += 1
            count[2] += row.get("word_count", 0)
    return [
        Outcome(uri, generation, received_us, 0, 0, 0, 0, False, -a, -f, forgotten=a + f, words=-words)
        for (uri, generation, received_us), (a, f, words) in sorted(counts.items())
    ]


def lines(done: Forgotten) -> list[str]:
    """What was forgotten, in words."""
    rows = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.rows.items())) or "none"
    text = [f"Rows that are gone: {rows}{f', {done.links:,} of links' if done.links else ''}."]
    text += [f"{one} is in no table; it will not come in." for one in done.unknown]
    if done.report:
        text.append(f"{REPORT_NAME} is removed, it showed articles: make it anew with `wirecopy report`.")
    return text
