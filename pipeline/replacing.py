"""The end of a replay: failure rows leave, and the rows that they should have been come, in one commit.

A failure that fails again in the same way, by the same version of the code, stays as it is: nothing is written. Whoever
comes second finds the failures gone and does nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.known import FileMoved, Kept, Known, files_of, only_key, outcome_of
from pipeline.log import Entry, Log, Outcome, day_of, new_attempt
from pipeline.parquet import in_schema, read_file
from pipeline.staging import stage_rows, tables_without_files
from pipeline.store import NotFound, Store, StoreError
from schemas.records import Portion
from schemas.tables import TABLES
from transforms.parsing.media import MANY
from transforms.shells import PortionRows, unpack

Tables = dict[str, pa.Table]
Row = dict[str, Any]


@dataclass(slots=True)
class _Open:
    """Failures of one file: which rows of it leave; one that is touched is written anew in any case."""

    rows: pa.Table
    leaving: set[str] = field(default_factory=set)
    touched: bool = False


def commit_replayed(store: Store, log: Log, portions: Sequence[PortionRows], code_version: str) -> tuple[Outcome, ...]:
    """Replace the failures that these portions name by their rows, in one entry, and publish it.

    Gives what changed in the counts of each portion; nothing for those that others have replaced, or that failed again
    in the same way. Raises StoreError where a write fails: nothing is visible then that is not whole.
    """
    unpacked = [(one.portion, {name: unpack(data) for name, data in one.tables}, one.repeats) for one in portions]
    unpacked.sort(key=lambda item: (item[0].uri, item[0].generation, item[0].first_record))
    while True:
        log.catch_up()
        try:
            entry = _staged(store, log, unpacked, code_version)
        except FileMoved as moved:
            log.look_for([moved.name])
            continue
        if entry is None:
            return ()
        number = log.commit(entry)
        if number is not None:
            log.publish(number, entry)
            return entry.outcomes


def _staged(store: Store, log: Log, portions: list[tuple[Portion, Tables, int]], code_version: str) -> Entry | None:
    """Stage what the portions come to by the log as it is, None where that is nothing."""
    versions = [known for portion, _, _ in portions if (known := log.state.of(portion.uri, portion.generation))]
    files = {name: _Open(_read(store, name, "failures")) for name in files_of(log, versions, ["failures"])}
    before = Known.of(store, log, [(p.uri, p.generation, only_key(tables)) for p, tables, _ in portions], ["articles"])
    new: dict[tuple[str, str], list[pa.Table]] = {}
    outcomes = []
    open_rows = _open_rows(files.values(), [portion for portion, _, _ in portions])
    for portion, tables, repeats in portions:
        left = open_rows.get((portion.uri, portion.generation), {})
        replaced = _Replaced(portion, left, _articles_of(store, log, portion, tables, left))
        taken = replaced.settle(tables, repeats, before, code_version)
        if not replaced.leaving and not taken:
            continue
        for one in files.values():
            ids = set(one.rows["failure_id"].to_pylist())
            one.leaving.update(replaced.leaving & ids)
            one.touched = one.touched or bool(replaced.staying & ids)
        outcomes.append(replaced.outcome)
        for name, table in taken.items():
            new.setdefault((name, day_of(portion.received_us)), []).append(table)
    if not outcomes:
        return None
    inputs = []
    for name, one in files.items():
        if one.leaving or one.touched:
            inputs.append(name)
            gone = pc.is_in(one.rows["failure_id"], pa.array(sorted(one.leaving), pa.string()))
            rest = one.rows.filter(pc.invert(gone))
            if rest.num_rows:
                new.setdefault(("failures", log.state.live[name].date), []).append(rest)
    for name in tables_without_files(log.state, inputs, (name for name, _ in new)):
        new[name, day_of(outcomes[0].received_us)] = []
    attempt = new_attempt()
    staged = [stage_rows(log, attempt, name, day, parts) for (name, day), parts in sorted(new.items())]
    return Entry(attempt, "replay", tuple(outcomes), tuple(staged), tuple(inputs), code_version=code_version)


class _Replaced:
    """What becomes of one portion: its failures that leave, its rows that come.

    A record's failure leaves where something else stands in its place now. One of reading stands for whatever could not
    be read: it leaves with the last portion of what comes for it, and until then is written anew with each, so that of
    two replays at once one is not valid.
    """

    def __init__(self, portion: Portion, left: dict[str, Row], articles: set[tuple[int, str]]) -> None:
        self._portion = portion
        named = set(portion.replays)
        self._open = {failure: row for failure, row in left.items() if failure in named}
        self._others = {row["record_index"] for failure, row in left.items() if failure not in named}
        self._articles = articles
        self._many = portion.media_type in MANY
        unread = [row["record_index"] for row in self._open.values() if row["stage"] == "read"]
        # From where on records may come that no failure had: behind what was not read, or from an object that is one
        # record, all of whose failures are still open.
        self._more_from = min(unread, default=None) if self._many else 0 if len(self._open) == len(named) else None
        self.leaving: set[str] = set()
        self.staying: set[str] = set()
        self.outcome = outcome_of(portion, Kept({}), 0, 0)

    def settle(self, tables: Tables, repeats: int, known: Known, code_version: str) -> Tables:
        """The rows to add; `leaving`, `staying` and `outcome` are what goes with them."""
        places = {row["record_index"] for row in self._open.values()}
        there = self._others.union(index for index, _ in self._articles)
        taken = {}
        for name, table in tables.items():
            wanted = [
                (index, article) not in self._articles
                and (
                    index in places or (self._more_from is not None and index >= self._more_from and index not in there)
                )
                for index, article in zip(
                    table["record_index"].to_pylist(), table["article_id"].to_pylist(), strict=True
                )
            ]
            taken[name] = table.filter(pa.array(wanted, pa.bool_()))
        found = {index for table in taken.values() for index in table["record_index"].to_pylist()}
        if not self._open or not (found or repeats):
            return {}
        for failure, row in self._open.items():
            unread = self._many and row["stage"] == "read"
            if unread and not self._portion.last:
                self.staying.add(failure)
            elif unread or not self._many or row["record_index"] in found:
                self.leaving.add(failure)
        if "failures" in taken:
            others = any(table.num_rows for name, table in taken.items() if name != "failures")
            taken["failures"] = self._failed_again(taken["failures"], code_version, others=others)
        kept = known.without_what_is_known(self._portion.uri, self._portion.generation, _filled(taken))
        key = 0 if self._many or there else _article_key(kept.tables)
        self.outcome = outcome_of(self._portion, kept, repeats, key, len(self.leaving))
        return kept.tables

    def _failed_again(self, table: pa.Table, code_version: str, *, others: bool) -> pa.Table:
        """Failures that are new in some way, with one attempt more than those in their place.

        The same ones stay where they are, unless other rows come without any failure that leaves: a replay must replace
        something, so that of two at once one is not valid.
        """
        tries: dict[int, int] = {}
        for row in self._open.values():
            tries[row["record_index"]] = max(row["attempts"], tries.get(row["record_index"], 0))
        rows = [{**row, "attempts": 1 + tries.get(row["record_index"], 0)} for row in table.to_pylist()]
        same = {row["failure_id"] for row in rows if self._is_same(row, code_version)}
        if self.leaving - same or not (others or len(same) < len(rows)):
            self.leaving -= same
            rows = [row for row in rows if row["failure_id"] not in same]
        return pa.Table.from_pylist(rows, TABLES["failures"])

    def _is_same(self, row: Row, code_version: str) -> bool:
        earlier = self._open.get(row["failure_id"])
        return (
            earlier is not None
            and earlier["code_version"] == code_version
            and all(earlier[name] == row[name] for name in _SAME)
        )


_SAME = ("stage", "reason", "detail", "payload_sha256")
"""Columns by which a failure is the one it was."""


def _article_key(tables: Tables) -> int:
    """The key of the only record, where that is an article now."""
    return only_key(tables) if "failures" not in tables else 0


def _filled(tables: Tables) -> Tables:
    return {name: table for name, table in tables.items() if table.num_rows}


def _open_rows(files: Iterable[_Open], portions: Iterable[Portion]) -> dict[tuple[str, int], dict[str, Row]]:
    """Failures of the portions' objects by uri and generation and by their ids, without payloads."""
    wanted = {(portion.uri, portion.generation) for portion in portions}
    uris = pa.array(sorted({uri for uri, _ in wanted}), pa.string())
    found: dict[tuple[str, int], dict[str, Row]] = {}
    for one in files:
        rows = one.rows.drop_columns(["payload"])
        for row in rows.filter(pc.is_in(rows["source_uri"], uris)).to_pylist():
            key = (row["source_uri"], row["source_generation"])
            if key in wanted:
                found.setdefault(key, {})[row["failure_id"]] = row
    return found


def _articles_of(
    store: Store, log: Log, portion: Portion, tables: Tables, left: dict[str, Row]
) -> set[tuple[int, str]]:
    """Articles that this version of the object has already; looked for only where a record can give several rows."""
    known = log.state.of(portion.uri, portion.generation)
    places = {row["record_index"] for failure, row in left.items() if failure in portion.replays}
    results = [index for table in tables.values() for index in table["record_index"].to_pylist()]
    one_to_one = portion.media_type in MANY and places.issuperset(results)
    if known is None or not known.articles or one_to_one:
        return set()
    found: set[tuple[int, str]] = set()
    for name in files_of(log, [known], ["articles"]):
        rows = _read(store, name, "articles", ["source_uri", "source_generation", "record_index", "article_id"])
        same = pc.and_(
            pc.equal(rows["source_uri"], portion.uri), pc.equal(rows["source_generation"], portion.generation)
        )
        rows = rows.filter(same)
        found.update(zip(rows["record_index"].to_pylist(), rows["article_id"].to_pylist(), strict=True))
    return found


def _read(store: Store, name: str, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    try:
        rows = read_file(store, name, columns)
    except NotFound as error:
        raise FileMoved(name) from error
    if columns is None:
        rows = in_schema(table, rows)
        if rows is None:
            raise StoreError(f"{name} was written by a newer version of wirecopy, which must do this.")
    return rows
