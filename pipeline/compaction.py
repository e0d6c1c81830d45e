"""`wirecopy compact`: many small files of a day merged into few, a bounded amount at a time, each in one commit.

A merge is an entry like any other: it is valid only while all that it replaces counts. So it is safe to kill, safe
beside a running stream, and of two at once the slower drops what it has done.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.log import Entry, Log, StagedFile, State, new_attempt, staged_names
from pipeline.logs import Logs
from pipeline.options import code_version
from pipeline.parquet import in_schema, read_file
from pipeline.staging import stage_rows
from pipeline.store import NotFound, Store
from schemas.tables import TABLES

MAX_MERGED_BYTES = 32 * 1024 * 1024
"""Parquet bytes of a table that one merge takes up; a file half as large is left as it is."""
MAX_MERGED_ROWS = 500_000
"""Rows that one merge takes up; a file with half as many is left as it is."""
MAX_MEMORY_BYTES = 256 * 1024 * 1024
"""Decompressed bytes of a table that one merge holds: text that packs well is merged in smaller parts."""
REWRITE_FACTOR = 8
"""A file this many times as large as all smaller ones together is not written anew for their sake."""
ALWAYS_BYTES = 1024 * 1024
"""A file smaller than this is merged whatever its neighbours."""
STALE_S = 3600
"""Staged files that nobody has touched for so long were left by an attempt that died; a live one stages anew."""


@dataclass(slots=True)
class Compacted:
    """What a compaction did: merges committed, files before and after them, their rows, dead attempts cleared."""

    merges: int = 0
    files_before: int = 0
    files_after: int = 0
    rows: int = 0
    cleared: int = 0


Group = dict[str, list[str]]
"""Files of one day that are merged in one commit, by table."""


def compact(logs: Logs, *, before_us: int | None = None, stale_s: float = STALE_S) -> Compacted:
    """Merge the small files of each log, table and day, and clear what dead attempts left; gives what was done.

    With `before_us` only files whose objects were all received before that moment are merged. May be killed at any
    moment, and may run beside anything. Memory is a few times `MAX_MEMORY_BYTES`. Raises StoreError.
    """
    done = Compacted()
    for log in logs.logs:
        log.catch_up()
        done.cleared += len(log.clear(dead_attempts(logs.store, log.shard, stale_s)))
        left_alone: set[str] = set()
        while group := _next_group(log.state, before_us, left_alone):
            _merge(logs.store, log, group, left_alone, done)
        log.catch_up()
    return done


def dead_attempts(store: Store, shard: int, stale_s: float = STALE_S) -> list[str]:
    """Attempts whose newest staged file is older than `stale_s`, by the storage's clock."""
    newest_us: dict[str, int] = {}
    for attempt, name in staged_names(store, shard):
        newest_us[attempt] = max(newest_us.get(attempt, 0), store.written_us(name) or 0)
    oldest_us = (time.time() - stale_s) * 1_000_000
    return sorted(attempt for attempt, written_us in newest_us.items() if written_us < oldest_us)


def _next_group(state: State, before_us: int | None, left_alone: set[str]) -> Group | None:
    """The next files to merge: of the earliest day that has any, the first part of each table."""
    by_day: dict[str, dict[str, list[str]]] = {}
    for name, file in sorted(state.live.items()):
        small = file.size_bytes < MAX_MERGED_BYTES // 2 and file.rows < MAX_MERGED_ROWS // 2
        if small and name not in left_alone and (before_us is None or file.received_us < before_us):
            by_day.setdefault(file.date, {}).setdefault(file.table, []).append(name)
    for _, tables in sorted(by_day.items()):
        group = {table: part for table in TABLES if len(part := _part(state, tables.get(table, []))) > 1}
        if group:
            return group
    return None


def _part(state: State, names: Sequence[str]) -> list[str]:
    """So many of a table's small files, the earliest first, as one merge may take up."""
    sizes = {name: max(state.live[name].size_bytes, 1) for name in names}
    by_size = sorted(names, key=lambda name: (sizes[name], name))
    total_bytes = sum(sizes.values())
    while by_size and sizes[by_size[-1]] >= ALWAYS_BYTES:
        rest_bytes = total_bytes - sizes[by_size[-1]]
        if sizes[by_size[-1]] <= REWRITE_FACTOR * rest_bytes:
            break
        by_size.pop()
        total_bytes = rest_bytes
    part: list[str] = []
    part_bytes = part_rows = 0
    for name in sorted(by_size, key=lambda name: (state.live[name].number, name)):
        part_bytes += sizes[name]
        part_rows += state.live[name].rows
        if part and (part_bytes > MAX_MERGED_BYTES or part_rows > MAX_MERGED_ROWS):
            break
        part.append(name)
    return part


def _merge(store: Store, log: Log, group: Group, left_alone: set[str], done: Compacted) -> None:
    """Merge a group in one commit. Where others were faster the state says so; what can't be merged is left alone."""
    attempt = new_attempt()
    files: list[StagedFile] = []
    inputs: list[str] = []
    for table, names in group.items():
        try:
            merged, taken = _read(store, table, names, left_alone)
        except NotFound:
            log.drop_stage(attempt, files)
            log.look_for(names)
            return
        if len(taken) < 2:
            left_alone.update(taken)
            continue
        date = log.state.live[taken[0]].date
        files.append(stage_rows(log, attempt, table, date, merged))
        inputs += taken
    if not files:
        return
    entry = Entry(attempt, "compact", files=tuple(files), inputs=tuple(inputs), code_version=code_version())
    number = log.commit(entry)
    if number is None:
        log.catch_up()
        return
    log.publish(number, entry)
    done.merges += 1
    done.files_before += len(inputs)
    done.files_after += len(files)
    done.rows += sum(file.rows for file in files)


def _read(store: Store, table: str, names: Sequence[str], left_alone: set[str]) -> tuple[list[pa.Table], list[str]]:
    """Read files until memory's bound; gives their rows and which were taken. Raises NotFound if one is gone."""
    parts: list[pa.Table] = []
    taken: list[str] = []
    held_bytes = 0
    for name in names:
        rows = in_schema(table, read_file(store, name))
        if rows is None:
            left_alone.add(name)
            continue
        held_bytes += rows.nbytes
        if taken and held_bytes > MAX_MEMORY_BYTES:
            break
        taken.append(name)
        parts.append(rows)
    return parts, taken
