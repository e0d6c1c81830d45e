"""The end of the graph: stage a group's rows as Parquet, commit them to the log, publish."""

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.log import Entry, Log, Outcome, StagedFile, new_attempt
from pipeline.store import NotFound, Store, open_store
from schemas.tables import SCHEMA_VERSION, TABLES
from transforms.shells import PortionRows, unpack

ROW_GROUP_ROWS = 64 * 1024
"""Rows of a group: large enough to scan fast, small enough to skip."""


_kept_logs: dict[tuple[Store, int], Log] | None = None


def keep_logs() -> None:
    """Keep the logs that were read from one pipeline of this process to the next; it must do one job at a time."""
    global _kept_logs
    _kept_logs = {}


class Commit(beam.DoFn):
    """(shard, PortionRows of a batch or window) → one Outcome a portion that this very call committed."""

    def __init__(self, output: str, code_version: str) -> None:
        self._output = output
        self._code_version = code_version

    def setup(self) -> None:  # noqa: D102 - Beam's own, as the class says
        self._store = open_store(self._output)
        self._logs: dict[tuple[Store, int], Log] = {} if _kept_logs is None else _kept_logs

    def process(self, element: tuple[int, Iterable[PortionRows]]) -> Iterator[Outcome]:  # noqa: D102
        shard, portions = element
        log = self._logs.setdefault((self._store, shard), Log(self._store, shard))
        yield from commit(self._store, log, list(portions), self._code_version)


def commit(store: Store, log: Log, portions: list[PortionRows], code_version: str) -> tuple[Outcome, ...]:
    """Commit what of these portions has no outcome yet, in one entry, and publish it.

    Gives the outcomes that were committed; none where others were faster with all of them. Raises StoreError where a
    write fails: nothing is visible then that is not whole.
    """
    unpacked = {rows.portion: {name: unpack(data) for name, data in rows.tables} for rows in portions}
    repeats = {rows.portion: rows.repeats for rows in portions}
    while True:
        log.catch_up()
        todo = sorted(
            (p for p in unpacked if not log.state.has_outcome(p)), key=lambda p: (p.uri, p.generation, p.start_byte)
        )
        if not todo:
            return ()
        known = _Known(store, log)
        parts: dict[tuple[str, str], list[pa.Table]] = {}
        outcomes = []
        for portion in todo:
            kept = known.without_what_is_known(portion.uri, portion.generation, unpacked[portion])
            articles, failures = (
                kept.tables[name].num_rows if name in kept.tables else 0 for name in ("articles", "failures")
            )
            outcomes.append(
                Outcome(
                    portion.uri,
                    portion.generation,
                    portion.received_us,
                    portion.start_byte,
                    portion.end_byte,
                    portion.first_record,
                    portion.next_record,
                    portion.last,
                    articles,
                    failures,
                    repeats[portion] + kept.repeats,
                    kept.forgotten,
                    words=_words(kept.tables.get("articles")),
                )
            )
            for name, table in kept.tables.items():
                parts.setdefault((name, _day(portion.received_us)), []).append(table)
        first_day = _day(todo[0].received_us)
        for name in TABLES if log.state.next == 0 else ():
            if not any(table == name for table, _ in parts):
                parts[name, first_day] = []
        attempt = new_attempt()
        files = []
        for (name, day), tables in sorted(parts.items()):
            table = in_order(pa.concat_tables([TABLES[name].empty_table(), *tables]))
            data = to_parquet(name, table)
            log.stage(attempt, name, day, data)
            files.append(StagedFile(name, day, table.num_rows, len(data)))
        entry = Entry(attempt, "write", tuple(outcomes), tuple(files), code_version=code_version)
        number = log.commit(entry)
        if number is not None:
            log.publish(number, entry)
            return entry.outcomes


class _Kept:
    """What is left of a portion's tables, and how many articles and failures fell out, by why."""

    def __init__(self, tables: dict[str, pa.Table], repeats: int, forgotten: int) -> None:
        self.tables, self.repeats, self.forgotten = tables, repeats, forgotten


class _Known:
    """What earlier entries say about a portion's records: forgotten articles, and bytes that came in before."""

    def __init__(self, store: Store, log: Log) -> None:
        self._store, self._log = store, log
        self._hashes: dict[tuple[str, int], set[str]] = {}

    def without_what_is_known(self, uri: str, generation: int, tables: dict[str, pa.Table]) -> _Kept:
        before = self._of_other_generations(uri, generation)
        forgotten = self._log.state.forgotten
        if not before and not forgotten:
            return _Kept(tables, 0, 0)
        repeated: set[int] = set()
        gone: set[int] = set()
        for name, column in (("articles", "raw_sha256"), ("failures", "payload_sha256")):
            if name in tables:
                for row in tables[name].select(["record_index", "article_id", column]).to_pylist():
                    if row["article_id"] in forgotten:
                        gone.add(row["record_index"])
                    elif row[column] and row[column] in before:
                        repeated.add(row["record_index"])
        left = pa.array(sorted(repeated | gone), pa.int64())
        kept = {name: table.filter(pc.invert(pc.is_in(table["record_index"], left))) for name, table in tables.items()}
        fell = lambda which: sum(  # noqa: E731
            sum(index in which for index in tables[name]["record_index"].to_pylist())
            for name in ("articles", "failures")
            if name in tables
        )
        return _Kept({n: t for n, t in kept.items() if t.num_rows}, fell(repeated), fell(gone))

    def _of_other_generations(self, uri: str, generation: int) -> set[str]:
        if not set(self._log.state.objects.get(uri, {})) - {generation}:
            return set()
        if (uri, generation) not in self._hashes:
            found: set[str] = set()
            for name, file in self._log.state.live.items():
                column = {"articles": "raw_sha256", "failures": "payload_sha256"}.get(file.table)
                if column:
                    found.update(self._hashes_in(name, column, uri))
            self._hashes[uri, generation] = found
        return self._hashes[uri, generation]

    def _hashes_in(self, name: str, column: str, uri: str) -> list[str]:
        try:
            with self._store.open(name) as stream:
                table = pq.read_table(stream, columns=["source_uri", column])
        except NotFound:
            return []
        return [value for value in table.filter(pc.equal(table["source_uri"], uri))[column].to_pylist() if value]


def in_order(table: pa.Table) -> pa.Table:
    """Rows by id, object and record; within an article as they came, which is the order of their places."""
    keys = [(name, "ascending") for name in (table.column_names[0], "source_uri", "source_generation", "record_index")]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if table.num_rows > 1 else table


def to_parquet(name: str, table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file: the same rows give the same bytes."""
    sink = io.BytesIO()
    schema = TABLES[name].with_metadata({"wirecopy.schema_version": str(SCHEMA_VERSION)})
    pq.write_table(
        table.cast(schema),
        sink,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        write_page_index=True,
        version="2.6",
        data_page_version="1.0",
    )
    return sink.getvalue()


def _words(articles: pa.Table | None) -> int:
    return 0 if articles is None else int(pc.sum(articles["word_count"]).as_py() or 0)


def _day(received_us: int) -> str:
    return datetime.fromtimestamp(received_us // 1_000_000, UTC).strftime("%Y-%m-%d")
