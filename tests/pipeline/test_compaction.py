"""Compaction: the same rows in fewer files, whatever is killed, runs beside it, or was faster."""

import os
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import compaction, staging
from pipeline.cli import main
from pipeline.compaction import Compacted, compact
from pipeline.log import Entry, Log, Outcome, StagedFile, new_attempt
from pipeline.logs import Logs
from pipeline.parquet import in_order
from pipeline.sink import commit
from pipeline.store import StoreError, open_store
from schemas.ids import stable_id
from schemas.records import Portion
from schemas.tables import ENTITIES, TABLES
from transforms.shells import PortionRows, pack

DAY_US = 86_400_000_000
NOON_US = 1_740_830_400_000_000  # 2025-03-01T12:00


def rows(table: str, uri: str, index: int, received_us: int, **more: object) -> dict[str, object]:
    """A row with every column that must be there, of its type's plainest value."""
    plain = {"string": "", "binary": b"", "bool": False}
    row: dict[str, object] = {
        field.name: None if field.nullable else [] if pa.types.is_list(field.type) else plain.get(str(field.type), 0)
        for field in TABLES[table]
    }
    row.update(source_uri=uri, source_generation=1, record_index=index, received_at=received_us)
    if "article_id" in row:
        row["article_id"] = stable_id(uri, index)
    return {**row, **more}


def portion_rows(uri: str, received_us: int = NOON_US, articles: int = 3) -> PortionRows:
    """An object of some articles, each with two entities, and a failure behind them."""
    numbers = range(articles)
    tables = {
        "articles": [rows("articles", uri, n, received_us, text=f"{uri} {n}") for n in numbers],
        "entities": [rows("entities", uri, n, received_us, text=f"{place}") for n in numbers for place in (9, 1)],
        "failures": [rows("failures", uri, articles, received_us, failure_id=stable_id("f", uri), reason="error")],
    }
    portion = Portion(uri, 1, received_us, 0, 10, 0, articles + 1)
    packed = tuple((name, pack(pa.Table.from_pylist(found, TABLES[name]))) for name, found in tables.items())
    return PortionRows(portion, packed, 0)


def begun(output: Path) -> Logs:
    return Logs.begun(open_store(str(output)))


def filled(output: Path, objects: int = 12, received_us: int = NOON_US) -> Logs:
    logs = begun(output)
    for number in range(objects):
        commit(logs.store, logs.logs[0], [portion_rows(f"wire/{number}.txt", received_us)], "1")
    return logs


def table_of(output: Path, table: str) -> pa.Table:
    files = sorted(output.glob(f"{table}/*/*.parquet"))
    return in_order(pa.concat_tables([pq.ParquetFile(file).read() for file in files]))


def everything(output: Path) -> dict[str, list[dict[str, object]]]:
    return {table: table_of(output, table).to_pylist() for table in TABLES}


def files(output: Path, table: str = "*") -> list[Path]:
    return sorted(output.glob(f"{table}/date=*/*.parquet"))


def test_same_rows_in_one_file_a_table_and_day(tmp_path: Path) -> None:
    filled(tmp_path)
    before = everything(tmp_path)
    done = compact(begun(tmp_path))
    assert everything(tmp_path) == before
    assert len(before["articles"]) == 36
    assert {table: len(files(tmp_path, table)) for table in TABLES} == dict.fromkeys(TABLES, 1)
    assert (done.merges, done.files_before, done.files_after) == (1, 36, 3)
    merged = pq.ParquetFile(files(tmp_path, "articles")[0]).read()
    assert merged["article_id"].to_pylist() == sorted(merged["article_id"].to_pylist())
    assert compact(begun(tmp_path)) == Compacted(), "done twice is done once"


def test_days_stay_apart_and_a_young_file_is_left_alone(tmp_path: Path) -> None:
    filled(tmp_path, 4)
    logs = begun(tmp_path)
    for number in range(3):
        commit(logs.store, logs.logs[0], [portion_rows(f"later/{number}", NOON_US + DAY_US)], "1")
    compact(begun(tmp_path), before_us=NOON_US + 1)
    assert len(files(tmp_path, "articles")) == 1 + 3
    compact(begun(tmp_path))
    assert [path.parent.name for path in files(tmp_path, "articles")] == ["date=2025-03-01", "date=2025-03-02"]


def test_large_files_are_not_touched_and_a_merge_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path, 11)
    before = everything(tmp_path)
    monkeypatch.setattr(compaction, "MAX_MERGED_ROWS", 20)
    compact(begun(tmp_path))
    counts = sorted(pq.ParquetFile(path).metadata.num_rows for path in files(tmp_path, "articles"))
    assert counts == [15, 18], "of 33 rows, six files of three at a time; what has ten rows is large"
    untouched = {path: path.stat().st_ino for path in files(tmp_path, "articles")}
    compact(begun(tmp_path))
    assert {path: path.stat().st_ino for path in files(tmp_path, "articles")} == untouched
    assert everything(tmp_path) == before


def test_what_packs_well_is_merged_in_parts_that_memory_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path, 9)
    before = everything(tmp_path)
    one_bytes = pq.ParquetFile(files(tmp_path, "articles")[0]).read().nbytes
    monkeypatch.setattr(compaction, "MAX_MEMORY_BYTES", 3 * one_bytes + one_bytes // 2)
    held: list[int] = []
    monkeypatch.setattr(staging, "in_order", lambda merged: held.append(merged.nbytes) or in_order(merged))
    compact(begun(tmp_path))
    assert max(held) <= compaction.MAX_MEMORY_BYTES
    assert len(files(tmp_path, "articles")) == 3
    assert everything(tmp_path) == before


def test_a_file_much_larger_than_the_rest_is_not_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "ALWAYS_BYTES", 1)
    monkeypatch.setattr(compaction, "REWRITE_FACTOR", 1)
    logs = begun(tmp_path)
    commit(logs.store, logs.logs[0], [portion_rows("large", articles=900)], "1")
    large = files(tmp_path, "articles")[0]
    for number in range(2):
        commit(logs.store, logs.logs[0], [portion_rows(f"later/{number}")], "1")
    before = everything(tmp_path)
    compact(begun(tmp_path))
    assert large.exists()
    assert len(files(tmp_path, "articles")) == 2
    assert everything(tmp_path) == before


def test_of_two_at_once_the_slower_drops_what_it_has_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    before = everything(tmp_path)
    true_commit = Log.commit

    def slow_commit(log: Log, entry: Entry) -> int | None:
        monkeypatch.setattr(Log, "commit", true_commit)
        assert compact(begun(tmp_path)).merges == 1
        return true_commit(log, entry)

    monkeypatch.setattr(Log, "commit", slow_commit)
    assert compact(begun(tmp_path)).merges == 0
    assert everything(tmp_path) == before
    assert not list(tmp_path.glob("_wirecopy/stage/*/*/*"))


def test_a_writer_that_commits_meanwhile_costs_neither_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path)
    true_commit = Log.commit

    def slow_commit(log: Log, entry: Entry) -> int | None:
        monkeypatch.setattr(Log, "commit", true_commit)
        other = begun(tmp_path)
        commit(other.store, other.logs[0], [portion_rows("meanwhile")], "1")
        return true_commit(log, entry)

    monkeypatch.setattr(Log, "commit", slow_commit)
    assert compact(begun(tmp_path)).merges == 2
    assert len(everything(tmp_path)["articles"]) == 39
    assert len(files(tmp_path, "articles")) == 1


@pytest.mark.parametrize("call", range(1, 26, 3))
def test_broken_off_at_any_write_and_run_again(call: int, tmp_path: Path, failing_from: Any) -> None:
    filled(tmp_path, 3)
    before = everything(tmp_path)
    logs = begun(tmp_path)
    with failing_from(call):
        try:
            compact(logs)
        except StoreError:
            found = {row["text"] for row in table_of(tmp_path, "articles").to_pylist()}
            assert found == {row["text"] for row in before["articles"]}, "a plain reader misses nothing at any time"
    compact(begun(tmp_path), stale_s=0)
    assert everything(tmp_path) == before
    assert len(files(tmp_path, "articles")) == 1
    assert not list(tmp_path.glob("_wirecopy/stage/*/*/*"))


def test_what_an_attempt_left_is_cleared_when_it_is_old(tmp_path: Path) -> None:
    logs = filled(tmp_path, 1)
    log = logs.logs[0]
    stale, fresh = new_attempt(), new_attempt()
    for attempt in (stale, fresh):
        log.stage(attempt, "articles", "2025-03-01", b"rows")
    old_s = 1_700_000_000
    os.utime(tmp_path / f"_wirecopy/stage/000/{stale}/articles.2025-03-01", (old_s, old_s))
    assert compact(begun(tmp_path)).cleared == 1
    assert [path.parent.name for path in tmp_path.glob("_wirecopy/stage/*/*/*")] == [fresh]
    outcome = Outcome("a", 1, 0, 0, 10, 0, 1, True, articles=1)
    entry = Entry(stale, "write", (outcome,), (StagedFile("articles", "2025-03-01", 1, 4),))
    assert log.commit(entry) is None, "had it only been slow, it would stage anew"


def test_a_column_that_an_older_file_lacks_is_null(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    for path in files(tmp_path, "entities"):
        pq.write_table(pq.ParquetFile(path).read().drop_columns(["model_label"]), path)
    compact(begun(tmp_path))
    merged = pq.ParquetFile(files(tmp_path, "entities")[0]).read()
    assert merged.schema.equals(ENTITIES)
    assert merged["model_label"].null_count == merged.num_rows == 12


def test_a_file_of_a_newer_version_keeps_its_columns(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    newer = files(tmp_path, "articles")[1]
    table = pq.ParquetFile(newer).read()
    pq.write_table(table.append_column("mood", pa.array(["calm"] * table.num_rows)), newer)
    compact(begun(tmp_path))
    assert len(files(tmp_path, "articles")) == 2
    assert "mood" in pq.ParquetFile(newer).read().column_names


def test_a_file_that_was_lost_is_named(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    lost = files(tmp_path, "articles")[1]
    lost.unlink()
    with pytest.raises(StoreError, match=lost.name):
        compact(begun(tmp_path))


def test_rows_of_one_article_keep_their_order(tmp_path: Path) -> None:
    filled(tmp_path, 6)
    compact(begun(tmp_path))
    merged = pq.ParquetFile(files(tmp_path, "entities")[0]).read()
    by_article: dict[str, list[str]] = {}
    for row in merged.to_pylist():
        by_article.setdefault(row["article_id"], []).append(row["text"])
    assert set(map(tuple, by_article.values())) == {("9", "1")}


def test_the_command_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path)
    assert main(["compact", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("36 files merged into 3 in 1 commit, 120 rows; 0 attempts")
    assert main(["compact", str(tmp_path / "elsewhere")]) == 2
    assert "has no log" in capsys.readouterr().err


def test_many_orders_of_commits_and_compactions_give_the_same_rows(tmp_path: Path) -> None:
    choose = random.Random(7)
    filled(tmp_path / "plain", 20)
    logs = begun(tmp_path / "mixed")
    for number in range(20):
        commit(logs.store, logs.logs[0], [portion_rows(f"wire/{number}.txt")], "1")
        if choose.random() < 0.4:
            compact(begun(tmp_path / "mixed"))
    assert everything(tmp_path / "mixed") == everything(tmp_path / "plain")
