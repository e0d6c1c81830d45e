"""Forgetting: gone from all tables and payloads, and not back by a rerun, a replay, a merge or a stalled writer."""

import json
import os
from contextlib import suppress
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline import replaying
from pipeline.cli import main
from pipeline.compaction import compact
from pipeline.derived import LINKS_NAME, REPORT_NAME
from pipeline.forgetting import Forgotten, forget
from pipeline.linking import link
from pipeline.log import Entry, Log
from pipeline.reading import Output
from pipeline.replaying import Wanted, replay
from pipeline.store import StoreError
from pipeline.store_local import LocalStore
from schemas.limits import Limits
from schemas.tables import TABLES

SECRET = "Marlow Quince"


def record(number: int, *, by: str = "", version: int = 1) -> str:
    text = (
        f"The {number} ferry left Port Selwyn {'again ' * version}.\n\nAdvertisement\n\n{by} was on it, with two goats."
    )
    return json.dumps({"id": f"ferry-{number:04d}", "source": "Harrow Wire", "text": text, "byline": by})


def id_of(made: Any, number: int) -> str:
    return next(row["article_id"] for row in made.rows("articles") if row["source_id"] == f"ferry-{number:04d}")


def gone(made: Any, *ids: str) -> Forgotten:
    return forget(made.logs(), ids)


def everything(made: Any) -> bytes:
    """All bytes of the output, tables unpacked."""
    found = [path.read_bytes() for path in made.output.rglob("*") if path.is_file() and path.suffix != ".parquet"]
    found += [repr(pq.ParquetFile(path).read().to_pylist()).encode() for path in made.output.rglob("*.parquet")]
    return b"\n".join(found)


@pytest.fixture
def filled(made: Any) -> Any:
    made.put("a.jsonl", "\n".join([record(0), record(1, by=SECRET), record(2)]))
    made.run()
    made.put("b.jsonl", "\n".join([record(1, by=SECRET, version=2), record(3)]), 86_400)
    made.run()
    return made


def test_gone_from_every_table_in_one_commit(filled: Any) -> None:
    others = {name: [r for r in filled.rows(name) if SECRET not in str(r)] for name in ("articles", "removals")}
    entries = len(list(filled.logs().logs[0].entries()))
    assert filled.rows("removals")
    done = gone(filled, id_of(filled, 1))
    assert done.rows == {"articles": 2, "removals": 2}
    assert SECRET.encode() not in everything(filled)
    assert filled.rows("articles") == others["articles"]
    assert len(list(filled.logs().logs[0].entries())) == entries + 1
    assert all((filled.output / table).is_dir() for table in TABLES)


def test_twice_is_once_and_the_log_keeps_that_it_was_done(filled: Any) -> None:
    article = id_of(filled, 1)
    gone(filled, article)
    entries = list(filled.logs().logs[0].entries())
    assert gone(filled, article) == Forgotten()
    assert list(filled.logs().logs[0].entries()) == entries
    assert entries[-1][1].forgets == (article,)


def test_counts_say_forgotten(filled: Any) -> None:
    gone(filled, id_of(filled, 1))
    logs = filled.logs()
    logs.refresh()
    path = filled.feed / "a.jsonl"
    known = logs.known(str(path), path.stat().st_mtime_ns)
    assert (known.articles, known.failures, known.forgotten) == (2, 0, 1)
    assert known.words == sum(r["word_count"] for r in filled.rows("articles") if r["source_uri"].endswith("a.jsonl"))


def test_a_later_delivery_does_not_bring_it_back(filled: Any) -> None:
    gone(filled, id_of(filled, 1))
    filled.put("c.jsonl", "\n".join([record(1, by=SECRET, version=3), record(4)]))
    (outcome,) = filled.run()
    assert (outcome.articles, outcome.forgotten) == (1, 1)
    assert SECRET.encode() not in everything(filled)


def test_what_never_came_can_be_forgotten_before_it_does(filled: Any) -> None:
    article = id_of(filled, 1)
    assert gone(filled, "0" * 32).unknown == ["0" * 32]
    assert gone(filled, "0" * 32).unknown == []
    assert article == id_of(filled, 1)


def test_the_last_article_leaves_tables_that_can_be_read(made: Any) -> None:
    made.put("a.json", record(1, by=SECRET))
    made.run()
    gone(made, id_of(made, 1))
    assert {name: made.table(name).num_rows for name in TABLES} == dict.fromkeys(TABLES, 0)


def test_payloads_of_its_failures_go_and_others_stay(made: Any) -> None:
    made.put("one.json", record(1, by=SECRET))
    made.put("lines.jsonl", "\n".join([record(0), record(1, by=SECRET)[:-9], record(11)[:-9], "{other"]))
    made.put("page.txt", SECRET + " was here, on the pier, all day.")
    made.run()
    made.put("page.txt", SECRET + " was there again.", 60)
    made.set(limits=Limits(max_article_chars=10))
    made.run()
    made.set(limits=Limits())
    assert len(made.rows("failures")) == 4
    page = next(row["article_id"] for row in made.rows("articles") if row["source_uri"].endswith(".txt"))
    done = gone(made, id_of(made, 1), page)
    assert done.rows["failures"] == 2
    assert SECRET.encode() not in everything(made)
    assert len(made.rows("failures")) == 2


def test_a_failure_can_be_forgotten_by_its_own_id(made: Any) -> None:
    made.put("lines.jsonl", "\n".join(['{"id": 7, "' + SECRET, "{other"]))
    made.run()
    failure = next(row["failure_id"] for row in made.rows("failures") if SECRET.encode() in row["payload"])
    assert forget(made.logs(), (), [failure]).rows == {"failures": 1}
    assert SECRET.encode() not in everything(made)
    assert forget(made.logs(), (), [failure]) == Forgotten()


def test_neither_replay_nor_compaction_brings_it_back(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "run_in_processes", lambda todo, *_: [made.commit(batch) for batch in todo])
    made.set(limits=Limits(max_article_chars=70))
    made.put("a.jsonl", "\n".join([record(0), record(1, by=SECRET), record(2)]))
    made.run()
    assert len(made.rows("failures")) == 3
    made.set(limits=Limits())
    replay(made.logs(), Wanted(), made.settings)
    article = id_of(made, 1)
    gone(made, article)
    replay(made.logs(), Wanted(), made.settings)
    compact(made.logs())
    assert SECRET.encode() not in everything(made)
    assert len(made.rows("articles")) == 2


@pytest.mark.parametrize("other", ["write", "compact", "replay"])
def test_who_had_staged_before_does_not_bring_it_back(other: str, filled: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(replaying, "run_in_processes", lambda todo, *_: [filled.commit(batch) for batch in todo])
    filled.put("long.jsonl", "\n".join([record(1, by=SECRET, version=30), record(8, version=30)]))
    filled.set(limits=Limits(max_article_chars=100))
    filled.run()
    filled.put("c.jsonl", "\n".join([record(1, by=SECRET, version=4), record(9)]))
    filled.set(limits=Limits())
    article = id_of(filled, 1)
    true_commit = Log.commit

    def stalled(log: Log, entry: Entry, **more: Any) -> int | None:
        monkeypatch.setattr(Log, "commit", true_commit)
        assert gone(filled, article).commits == 1
        return true_commit(log, entry, **more)

    monkeypatch.setattr(Log, "commit", stalled)
    acts = {
        "write": filled.run,
        "compact": lambda: compact(filled.logs()),
        "replay": lambda: replay(filled.logs(), Wanted(), filled.settings),
    }
    acts[other]()
    assert Log.commit is true_commit
    assert SECRET.encode() not in everything(filled)
    compact(filled.logs(), stale_s=0)
    assert len(filled.rows("articles")) == {"write": 4, "compact": 3, "replay": 4}[other]


@pytest.mark.parametrize("other", ["write", "compact", "forget"])
def test_what_comes_while_it_looks_is_looked_at_too(other: str, filled: Any, monkeypatch: Any) -> None:
    filled.put("c.jsonl", "\n".join([record(1, by=SECRET, version=5), record(5)]))
    article, another = id_of(filled, 1), id_of(filled, 0)
    true_commit = Log.commit

    def meanwhile(log: Log, entry: Entry, **more: Any) -> int | None:
        monkeypatch.setattr(Log, "commit", true_commit)
        {"write": filled.run, "compact": lambda: compact(filled.logs()), "forget": lambda: gone(filled, another)}[
            other
        ]()
        return true_commit(log, entry, **more)

    monkeypatch.setattr(Log, "commit", meanwhile)
    gone(filled, article)
    assert SECRET.encode() not in everything(filled)
    sources = {row["source_id"] for row in filled.rows("articles")}
    assert sources == {"ferry-0000", "ferry-0002", "ferry-0003"} - ({"ferry-0000"} if other == "forget" else set()) | (
        {"ferry-0005"} if other == "write" else set()
    )


def test_what_dead_writers_left_goes_too(filled: Any) -> None:
    log = filled.logs().logs[0]
    log.stage("dead", "articles", "2025-03-01", SECRET.encode())
    half = filled.output / ".tmp" / "999999999-0-abc"
    half.parent.mkdir(exist_ok=True)
    half.write_text(SECRET)
    os.utime(half, (1, 1))
    (filled.output / REPORT_NAME).write_text(SECRET)
    done = gone(filled, id_of(filled, 1))
    assert done.report
    assert SECRET.encode() not in everything(filled)


@pytest.mark.parametrize("call", range(1, 30, 3))
def test_broken_off_at_any_write_and_run_again(call: int, filled: Any, failing_from: Any) -> None:
    article = id_of(filled, 1)
    with failing_from(call), suppress(StoreError):
        gone(filled, article)
    reader = Output(str(filled.output))
    seen = [row for part in reader.batches("articles", ["article_id"]) for row in part["article_id"].to_pylist()]
    assert seen.count(article) in (0, 2), "all of it, or nothing"
    assert len(set(seen)) == (4 if article in seen else 3)
    gone(filled, article)
    assert SECRET.encode() not in everything(filled)
    assert len(filled.rows("articles")) == 3


@pytest.fixture
def linked(made: Any) -> Any:
    """Five articles that are near duplicates of each other."""
    body = "The ferry left Port Selwyn at dawn with mail, two goats and a piano that nobody had asked for. " * 4
    for number in range(5):
        text = json.dumps({"id": f"ferry-{number:04d}", "source": "Harrow Wire", "text": f"{body} Stop {number}."})
        made.put(f"{number}.json", text, number)
    made.run()
    link(str(made.output))
    return made


def are_as_if_never(made: Any, *ids: str) -> bool:
    """Whether the links are what `link` gives of the articles that are left, and none of these is in them."""
    found = pq.read_table(made.output / LINKS_NAME)
    link(str(made.output))
    named = {row[column] for row in found.to_pylist() for column in ("article_id", "other_article_id", "family_id")}
    return bool(found.num_rows) and not named & set(ids) and found.equals(pq.read_table(made.output / LINKS_NAME))


def test_links_forget_it_as_if_it_had_never_been(linked: Any) -> None:
    first = id_of(linked, 0)
    assert gone(linked, first).links > 0
    assert are_as_if_never(linked, first)


def test_of_two_that_forget_at_once_none_brings_back_the_links_of_the_other(linked: Any, monkeypatch: Any) -> None:
    first, second = id_of(linked, 0), id_of(linked, 2)
    true_put = LocalStore.put

    def meanwhile(store: LocalStore, name: str, data: bytes) -> None:
        if name == LINKS_NAME:
            monkeypatch.setattr(LocalStore, "put", true_put)
            assert gone(linked, second).links > 0
        true_put(store, name, data)

    monkeypatch.setattr(LocalStore, "put", meanwhile)
    gone(linked, first)
    assert LocalStore.put is true_put
    assert are_as_if_never(linked, first, second)


@pytest.mark.parametrize("again", ["the same", "another"])
def test_what_a_link_left_that_was_killed_beside_it_goes_with_the_next(
    again: str, linked: Any, monkeypatch: Any
) -> None:
    first, second = id_of(linked, 0), id_of(linked, 2)

    def killed(store: LocalStore, name: str, data: bytes) -> None:
        monkeypatch.undo()
        gone(linked, first)
        store.put(name, data)
        raise StoreError("killed after it has written")

    monkeypatch.setattr(LocalStore, "put", killed)
    with pytest.raises(StoreError, match="killed"):
        link(str(linked.output))
    assert first in str(pq.read_table(linked.output / LINKS_NAME).to_pylist())
    gone(linked, first if again == "the same" else second)
    assert are_as_if_never(linked, first)


def test_every_log_of_an_output_forgets(made: Any) -> None:
    logs = made.logs(3)
    made.set(shards=3)
    for number in range(6):
        made.put(f"{number}.jsonl", record(1, by=SECRET, version=number))
    from pipeline.local import unfinished_portions
    from pipeline.store import find

    logs.catch_up()
    made.commit(unfinished_portions(find(str(made.feed)), logs, made.settings))
    done = gone(made, id_of(made, 1))
    assert done.commits == 3
    assert SECRET.encode() not in everything(made)


def test_logs_that_hold_nothing_forget_too(made: Any) -> None:
    made.logs(3)
    made.put("a.json", record(1, by=SECRET))
    made.set(shards=3)
    made.run()
    article = id_of(made, 1)
    assert gone(made, article).commits == 3, "it could still come into any of them"
    assert {name: made.table(name).num_rows for name in TABLES} == dict.fromkeys(TABLES, 0)


def test_what_names_no_article_is_refused(filled: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forget", str(filled.output)]) == 2
    assert main(["forget", str(filled.output), "--article", "ferry-0001"]) == 2
    assert "is no id" in capsys.readouterr().err
    assert main(["forget", str(filled.output), "--article", id_of(filled, 1), "0" * 32]) == 0
    said = capsys.readouterr().out
    assert "2 of articles" in said
    assert f"{'0' * 32} is in no table" in said
