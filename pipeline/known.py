"""What earlier entries say about records: bytes that came in before from the same object, articles that are forgotten.

Only files that can hold another version of an object are looked into, each once a commit: the log knows which entries
wrote an object's rows and which of them a file holds. For an object that is one record it knows most answers itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.log import Log, ObjectState, Outcome, day_of
from pipeline.parquet import read_file
from pipeline.store import NotFound, Store
from schemas.records import Portion

HASH_COLUMNS = {"articles": "raw_sha256", "failures": "payload_sha256"}
"""Where a table keeps the hash of the bytes that a row came from."""


class FileMoved(Exception):  # noqa: N818 - read as words
    """A file that the log counts is not in place: somebody is replacing it. Read the log on, and look again."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a portion's tables, and how many articles and failures fell out, by why."""

    tables: dict[str, pa.Table]
    repeats: int = 0
    forgotten: int = 0


def outcome_of(portion: Portion, kept: Kept, repeats: int, key: int, replaced: int = 0) -> Outcome:
    """What becomes of a portion of which these rows are left; `repeats` were none to begin with.

    `replaced` are the failures that leave for its rows.
    """
    articles, failures = (kept.tables[name].num_rows if name in kept.tables else 0 for name in ("articles", "failures"))
    return Outcome(
        portion.uri,
        portion.generation,
        portion.received_us,
        portion.start_byte,
        portion.end_byte,
        portion.first_record,
        portion.next_record,
        portion.last,
        articles,
        failures - replaced,
        repeats + kept.repeats,
        kept.forgotten,
        portion.media_type,
        pc.sum(kept.tables["articles"]["word_count"]).as_py() if articles else 0,
        key,
    )


def only_key(tables: dict[str, pa.Table]) -> int:
    """Tells the bytes of a portion that is one record from most others; 0 where it holds none or many."""
    hashes = [value for name, column in HASH_COLUMNS.items() if name in tables for value in tables[name][column]]
    return record_key(hashes[0].as_py()) if len(hashes) == 1 else 0


def record_key(sha256: str | None) -> int:
    """A few bits of a hash, never 0: enough to say "not the same", and no more is kept of what may be forgotten.

    >>> record_key("00000000ffff"), record_key("000000ff"), record_key("")
    (1, 255, 0)
    """
    return (int(sha256[:8], 16) or 1) if sha256 else 0


@dataclass(slots=True)
class Known:
    """Answers for the objects of one commit."""

    forgotten: set[str]
    before: dict[str, set[str]] = field(default_factory=dict)
    """Uri to the hashes of all records of its other versions, as far as they may matter."""
    _now: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    """The same for versions that were asked for before, in this very commit."""

    @classmethod
    def of(
        cls, store: Store, log: Log, objects: Iterable[tuple[str, int, int]], tables: Iterable[str] = HASH_COLUMNS
    ) -> "Known":
        """Look for other versions of objects (uri, generation, key of the only record or 0). Raises FileMoved."""
        wanted: dict[str, list[ObjectState]] = {}
        for uri, generation, key in objects:
            if uri in log.state.objects:
                others = [known for other, known in log.state.objects[uri].items() if other != generation]
                if not key or any(known.record_key in (0, key) for known in others):
                    wanted.setdefault(uri, []).extend(others)
        known = cls(log.state.forgotten)
        for name in files_of(log, [one for others in wanted.values() for one in others], tables):
            for uri, value in _hashes(store, name, list(wanted)):
                known.before.setdefault(uri, set()).add(value)
        return known

    def without_what_is_known(self, uri: str, generation: int, tables: dict[str, pa.Table]) -> Kept:
        """A portion's tables without articles that are forgotten and records whose bytes came in before."""
        now = self._now.setdefault(uri, {})
        before = self.before.get(uri, set()).union(*(hashes for other, hashes in now.items() if other != generation))
        kept = Kept(tables)
        if before or self.forgotten:
            kept = _without(tables, before, self.forgotten)
        mine = now.setdefault(generation, set())
        for name, column in HASH_COLUMNS.items():
            if name in kept.tables:
                mine.update(value for value in kept.tables[name][column].to_pylist() if value)
        return kept


def files_of(log: Log, versions: Iterable[ObjectState], tables: Iterable[str]) -> list[str]:
    """Live files that can hold rows of these versions of objects, sorted."""
    by_day: dict[str, list[ObjectState]] = {}
    for known in versions:
        by_day.setdefault(day_of(known.received_us), []).append(known)
    wanted = set(tables)
    return sorted(
        name
        for name, file in log.state.live.items()
        if file.table in wanted and file.rows and any(file.can_hold(known) for known in by_day.get(file.date, ()))
    )


def _hashes(store: Store, name: str, uris: list[str]) -> Iterator[tuple[str, str]]:
    column = HASH_COLUMNS[name.split("/")[0]]
    try:
        table = read_file(store, name, ["source_uri", column])
    except NotFound as error:
        raise FileMoved(name) from error
    found = table.filter(pc.is_in(table["source_uri"], pa.array(uris, pa.string())))
    for uri, value in zip(found["source_uri"].to_pylist(), found[column].to_pylist(), strict=True):
        if value:
            yield uri, value


def _without(tables: dict[str, pa.Table], before: set[str], forgotten: set[str]) -> Kept:
    repeated: set[int] = set()
    gone: set[int] = set()
    for name, column in HASH_COLUMNS.items():
        if name in tables:
            for row in tables[name].select(["record_index", "article_id", column]).to_pylist():
                if row["article_id"] in forgotten:
                    gone.add(row["record_index"])
                elif row[column] and row[column] in before:
                    repeated.add(row["record_index"])
    if not repeated and not gone:
        return Kept(tables)
    left = pa.array(sorted(repeated | gone), pa.int64())
    kept = {name: table.filter(pc.invert(pc.is_in(table["record_index"], left))) for name, table in tables.items()}
    indexes = [index for name in HASH_COLUMNS if name in tables for index in tables[name]["record_index"].to_pylist()]
    return Kept(
        {name: table for name, table in kept.items() if table.num_rows},
        sum(index in repeated and index not in gone for index in indexes),
        sum(index in gone for index in indexes),
    )
