# What readers of an output see: only files that count by its log, and the log's own reconciliation on the report.
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.derived import derive
from pipeline.log import Entry, Log, Outcome, StagedFile
from pipeline.logs import Logs
from pipeline.reading import Output
from pipeline.report.counts import count
from pipeline.store import StoreError, open_store
from schemas.tables import ARTICLES


def parquet(ids: list[str]) -> bytes:
    empty = {field.name: 0 if pa.types.is_integer(field.type) else "" for field in ARTICLES if not field.nullable}
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([empty | {"article_id": i, "received_at": 0} for i in ids], ARTICLES), sink)
    return sink.getvalue()


def outcome(uri: str, **counts: int) -> Outcome:
    return Outcome(uri, 1, 0, 0, 10, 0, sum(counts.values()), True, **counts)


def commit(log: Log, kind: str, ids: list[str], *, outcomes=(), inputs=()) -> int:
    attempt = f"{kind}-{len(ids)}-{log.state.next}"
    data = parquet(ids)
    log.stage(attempt, "articles", "2019-05-01", data)
    entry = Entry(attempt, kind, tuple(outcomes), (StagedFile("articles", "2019-05-01", len(ids), len(data)),), inputs)
    number = log.commit(entry)
    assert number is not None
    return number


@pytest.fixture
def output(tmp_path) -> Path:
    log = Logs.begun(open_store(str(tmp_path))).logs[0]
    log.refresh()
    commit(log, "write", ["a", "b"], outcomes=[outcome("/in/1", articles=2, repeats=3), outcome("/in/2", repeats=1)])
    commit(log, "write", ["c"], outcomes=[outcome("/in/3", articles=1), outcome("/in/4", failures=1)])
    log.catch_up()
    return tmp_path


def ids(output: Path) -> list[str]:
    batches = Output(str(output)).batches("articles", ["article_id"])
    return sorted(i for batch in batches for i in batch.column("article_id").to_pylist())


def test_a_file_that_the_log_does_not_know_is_not_read(output):
    (output / "articles" / "date=2019-05-01" / "stray.parquet").write_bytes(parquet(["stray"]))
    assert ids(output) == ["a", "b", "c"]


def test_while_a_compaction_is_under_way_no_row_is_seen_twice(output):
    log = Logs.begun(open_store(str(output))).logs[0]
    log.refresh()
    replaced = tuple(sorted(log.state.live))
    kept = {name: (output / name).read_bytes() for name in replaced}
    commit(log, "compact", ["a", "b", "c"], inputs=replaced)
    log.catch_up()
    for name, data in kept.items():
        (output / name).write_bytes(data)
    assert ids(output) == ["a", "b", "c"]


def compact(output: Path, forgets: tuple[str, ...] = ()) -> None:
    log = Logs.begun(open_store(str(output))).logs[0]
    log.refresh()
    attempt, data = "compact", parquet([i for i in ("a", "b", "c") if i not in forgets])
    log.stage(attempt, "articles", "2019-05-01", data)
    made = (StagedFile("articles", "2019-05-01", 3 - len(forgets), len(data)),)
    kind = "forget" if forgets else "compact"
    assert (
        log.commit(Entry(attempt, kind, files=made, inputs=tuple(sorted(log.state.live)), forgets=forgets)) is not None
    )
    log.catch_up()


@pytest.mark.parametrize("forgets", [(), ("b",)])
def test_what_is_derived_beside_a_compaction_or_forgetting_is_of_one_moment_and_the_last(output, forgets):
    looks = []

    def read(source: Output) -> list[str]:
        batches = source.batches("articles", ["article_id"])
        first = next(batches)["article_id"].to_pylist()
        if not looks:
            compact(output, forgets)
        looks.append(source)
        return first + [i for batch in batches for i in batch["article_id"].to_pylist()]

    assert sorted(derive(str(output), read)) == sorted({"a", "b", "c"} - set(forgets))
    assert len(looks) == 2


def test_links_made_while_an_article_is_forgotten_are_made_again(output):
    def read(source: Output) -> list[str]:
        found = [i for batch in source.batches("articles", ["article_id"]) for i in batch["article_id"].to_pylist()]
        if "b" in found:
            compact(output, ("b",))
        return sorted(found)

    assert derive(str(output), read) == ["a", "c"]


def test_a_file_that_nobody_has_replaced_is_missed_in_words(output):
    source = Output(str(output))
    for file in (output / "articles").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(StoreError, match="is gone, though the log counts its rows"):
        list(source._batches(sorted(source._live)[0], ARTICLES))


def test_without_a_log_every_file_of_a_table_is_read(output, tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy")
    (copy / "articles").symlink_to(output / "articles")
    assert ids(copy) == ["a", "b", "c"]


def test_what_is_committed_and_not_yet_published_is_put_in_place_first(output):
    log = Logs.begun(open_store(str(output))).logs[0]
    log.refresh()
    commit(log, "compact", ["a", "b", "c"], inputs=tuple(sorted(log.state.live)))
    commit(log, "write", ["d"], outcomes=[outcome("/in/5", articles=1)])
    assert ids(output) == ["a", "b", "c", "d"]


def test_the_report_takes_its_reconciliation_from_the_log(output):
    flow = count(Output(str(output))).flow
    assert flow.source == "log"
    assert (flow.objects, flow.objects_with_rows, flow.objects_failed, flow.objects_nothing_new) == (4, 2, 1, 1)
    assert (flow.records, flow.articles, flow.failures, flow.repeats) == (8, 3, 1, 4)
    assert flow.objects_agree
    assert flow.records_agree
