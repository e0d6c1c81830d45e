"""The end of the graph: stage a group's rows as Parquet, commit them to the log, publish."""

from collections.abc import Iterable, Iterator

import apache_beam as beam
import pyarrow as pa

from pipeline.known import FileMoved, Known, only_key, outcome_of
from pipeline.log import Entry, Log, Outcome, day_of, new_attempt
from pipeline.replacing import commit_replayed
from pipeline.staging import stage_rows, tables_without_files
from pipeline.store import Store, open_store
from schemas.records import Portion
from transforms.shells import PortionRows, unpack

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
        replayed, fresh = [], []
        for rows in portions:
            (replayed if rows.portion.replays else fresh).append(rows)
        if replayed:
            yield from commit_replayed(self._store, log, replayed, self._code_version)
        if fresh:
            yield from commit(self._store, log, fresh, self._code_version)


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
        try:
            known = Known.of(store, log, [(p.uri, p.generation, _key(p, unpacked[p], repeats[p])) for p in todo])
        except FileMoved as moved:
            log.look_for([moved.name])
            continue
        parts: dict[tuple[str, str], list[pa.Table]] = {}
        outcomes = []
        for portion in todo:
            kept = known.without_what_is_known(portion.uri, portion.generation, unpacked[portion])
            key = _key(portion, kept.tables, repeats[portion] + kept.repeats + kept.forgotten)
            outcomes.append(outcome_of(portion, kept, repeats[portion], key))
            for name, table in kept.tables.items():
                parts.setdefault((name, day_of(portion.received_us)), []).append(table)
        for name in tables_without_files(log.state, (), (name for name, _ in parts)):
            parts[name, day_of(todo[0].received_us)] = []
        attempt = new_attempt()
        files = [stage_rows(log, attempt, name, day, tables) for (name, day), tables in sorted(parts.items())]
        entry = Entry(attempt, "write", tuple(outcomes), tuple(files), code_version=code_version)
        number = log.commit(entry)
        if number is not None:
            log.publish(number, entry)
            return entry.outcomes


def _key(portion: Portion, tables: dict[str, pa.Table], others: int) -> int:
    """The key of an object's only record, 0 where it has others."""
    return only_key(tables) if portion.last and portion.start_byte == 0 and not others else 0
