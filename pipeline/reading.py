"""Read the tables of an output: the files that count by its log, a batch at a time, missing columns filled up."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.known import FileMoved
from pipeline.log import State
from pipeline.logs import Logs
from pipeline.store import NotFound, Store, open_store
from schemas.links import LINKS
from schemas.tables import TABLES

BATCH_ROWS = 2_048
"""Rows read at a time, so that a scan of article texts holds some MB whatever the table's size."""


class Output:
    """The tables under one output.

    Where the output has a log, only files that it holds for live are read: a compaction that is just under way shows no
    row twice. Without a log (tables copied elsewhere) every Parquet file of a table is read. `logs` are the output's,
    where they have been read already.
    """

    def __init__(self, output: str, logs: Logs | None = None) -> None:
        self.name = output
        self.store: Store = open_store(output)
        logs = logs or Logs.of_output(self.store)
        logs.refresh()
        in_place = {name for table in TABLES for name in self.store.names(f"{table}/")}
        if any(name not in in_place for state in logs.states for name in state.live):
            # Committed and not yet published: anyone may publish, and until then what it replaces is gone from the log.
            logs.catch_up()
        self.states: tuple[State, ...] = logs.states
        self._logs = logs
        self._live = {name for state in self.states for name in state.live}
        self._forgotten = self._count_forgotten()

    def _count_forgotten(self) -> int:
        """By log, since one forgets an article before the next does."""
        return sum(len(state.forgotten) for state in self.states)

    def has_forgotten(self) -> bool:
        """Whether anything was forgotten since the output was looked at: what was read may hold it."""
        self._logs.refresh()
        return self._count_forgotten() != self._forgotten

    def files(self, table: str) -> list[str]:
        """Names of the files of a table that count and are in place, sorted."""
        names = [name for name in self.store.names(f"{table}/") if name.endswith(".parquet")]
        return [name for name in names if name in self._live] if self.states and table in TABLES else names

    def batches(self, table: str, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of a table in the order of its files, some columns of it; a column that a file lacks is null.

        Raises FileMoved, and StoreError where a file is gone that nobody has replaced.
        """
        for name in self.files(table):
            yield from self._batches(name, _loose(table, columns))

    def file_tables(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The same, a file at a time: all rows of an article version lie in one file."""
        schema = _loose(table, columns)
        for name in self.files(table):
            yield pa.Table.from_batches(self._batches(name, schema), schema=schema)

    def _batches(self, name: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            with self.store.open(name) as stream, pq.ParquetFile(stream) as file:
                there = [column for column in schema.names if column in file.schema_arrow.names]
                for batch in file.iter_batches(BATCH_ROWS, columns=there):
                    arrays = [
                        batch.column(field.name).cast(field.type)
                        if field.name in there
                        else pa.nulls(len(batch), field.type)
                        for field in schema
                    ]
                    yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        except NotFound as error:
            if name not in self._live:
                raise
            for log in self._logs.logs:
                log.look_for([name])
            raise FileMoved(name) from error


def _loose(table: str, columns: Sequence[str]) -> pa.Schema:
    """The schema of some columns, each nullable: an older file may lack it."""
    schema = LINKS if table == "links" else TABLES[table]
    return pa.schema([schema.field(name).with_nullable(True) for name in columns])
