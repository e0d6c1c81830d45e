"""Rows as staged files, the same way whatever is under way: a write, a replay, a compaction, a forgetting."""

from collections.abc import Collection, Iterable

import pyarrow as pa

from pipeline.log import Log, StagedFile, State
from pipeline.parquet import in_order, to_parquet
from schemas.tables import TABLES


def stage_rows(
    log: Log, attempt: str, table: str, date: str, rows: Iterable[pa.Table] = (), part: int = 0
) -> StagedFile:
    """Stage rows of one table and day as one file, in order; without rows it is an empty file."""
    whole = in_order(pa.concat_tables([TABLES[table].empty_table(), *rows]))
    data = to_parquet(table, whole)
    log.stage(attempt, table, date, data, part)
    return StagedFile(table, date, whole.num_rows, len(data), part)


def tables_without_files(state: State, leaving: Collection[str], coming: Iterable[str]) -> list[str]:
    """Tables that no file would be left of, once files named `leaving` go and some of the tables `coming` come.

    Each of them gets an empty file, so that every reader can open every table.
    """
    there = {file.table for name, file in state.live.items() if name not in leaving}.union(coming)
    return [name for name in TABLES if name not in there]
