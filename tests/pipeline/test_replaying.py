"""Replay: a failure becomes the row it should have been, once, whoever is killed or runs beside it."""

import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from pipeline import replaying
from pipeline.cli import main
from pipeline.compaction import compact
from pipeline.log import Entry, Log
from pipeline.replaying import Replayed, Wanted, replay
from pipeline.source import read_portions
from pipeline.store import StoreError, find
from schemas.limits import Limits
from schemas.records import RawDocument
from transforms import shells

SHORT = Limits(max_article_chars=60)
"""A run with these refuses the long articles; a replay with the default limits takes them."""


@pytest.fixture(autouse=True)
def _in_this_process(made: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made.set(limits=SHORT)

    def run(todo: Iterator[list[RawDocument]], *_: object) -> None:
        for batch in todo:
            made.commit(batch)

    monkeypatch.setattr(replaying, "run_in_processes", run)


def long(number: int, **more: object) -> str:
    text = f"The {number} ferry left Port Selwyn at dawn.\n\nAdvertisement\n\nIt carried mail and two goats."
    return json.dumps({"id": f"f{number}", "source": "Harrow Wire", "text": text, **more})


def short(number: int, **more: object) -> str:
    text = f"The {number} ferry left Port Selwyn at dawn."
    return json.dumps({"id": f"f{number}", "source": "Harrow Wire", "text": text, **more})


def again(made: Any, wanted: Wanted = Wanted()) -> Replayed:  # noqa: B008 - it is frozen
    return replay(made.logs(), wanted, made.settings)


def undisturbed(made: Any, another: Any) -> dict[str, list[dict[str, Any]]]:
    """The tables that the same feed gives with the flags that the replay had."""
    other = another()
    other.feed = made.feed
    other.settings = replace(made.settings, output=str(other.output))
    other.run()
    return {name: other.rows(name) for name in ("articles", "removals", "failures")}


def tables(made: Any) -> dict[str, list[dict[str, Any]]]:
    return {name: made.rows(name) for name in ("articles", "removals", "failures")}


def test_rows_are_those_that_a_run_would_have_given(made: Any, another: Any) -> None:
    made.put("lines.json", "\n".join([short(0), long(1), "{broken", long(2), short(3)]))
    made.put("one.json", long(4))
    made.put("list.json", f"[{short(5)}, {long(6)}, {long(7)}]")
    made.run()
    assert len(made.rows("failures")) == 6
    made.set(limits=Limits(), code_version="2")
    assert again(made) == Replayed(failures=6, replaced=5, articles=5)
    wanted = undisturbed(made, another)
    found = tables(made)
    assert found["articles"] == wanted["articles"]
    assert found["removals"] == wanted["removals"]
    assert [(row["failure_id"], row["attempts"]) for row in found["failures"]] == [
        (row["failure_id"], 2) for row in wanted["failures"]
    ]


def test_twice_is_once(made: Any) -> None:
    made.put("a.jsonl", "\n".join([long(0), "{broken"]))
    made.run()
    made.set(limits=Limits())
    assert again(made) == Replayed(failures=2, replaced=1, articles=1)
    before, entries = tables(made), len(list(made.logs().logs[0].entries()))
    assert again(made) == Replayed(failures=1)
    assert tables(made) == before
    assert len(list(made.logs().logs[0].entries())) == entries, "what fails again in the same way is no news"


def test_the_log_counts_what_a_replay_changed(made: Any) -> None:
    path = made.put("a.jsonl", "\n".join([long(0), long(1), "{broken"]))
    made.run()
    made.set(limits=Limits())
    again(made)
    logs = made.logs()
    logs.refresh()
    known = logs.known(str(path), path.stat().st_mtime_ns)
    assert (known.articles, known.failures, known.repeats, known.words) == (2, 1, 0, 28)
    assert known.complete


def test_only_what_is_wanted_is_replayed(made: Any) -> None:
    made.put("a.jsonl", "\n".join([long(0), "{broken", long(1)]))
    made.run()
    made.set(limits=Limits(), code_version="2")
    assert again(made, Wanted(reasons=frozenset(("malformed",)))) == Replayed(failures=1)
    assert again(made, Wanted(stages=frozenset(("annotate",)))) == Replayed()
    assert again(made, Wanted(after="2025-03-02")) == Replayed()
    assert again(made, Wanted(before="2025-03-01")) == Replayed()
    day = Wanted(frozenset(("too_long",)), frozenset(("parse",)), after="2025-03-01", before="2025-03-02")
    assert again(made, day) == Replayed(failures=2, replaced=2, articles=2)


def test_a_payload_that_is_cut_is_read_from_its_source(made: Any, another: Any) -> None:
    content = "\n".join([short(0), long(1, extra="x" * 3000), long(2, extra="y" * 9), long(3, extra="z" * 4000)])
    path = made.put("a.jsonl.gz", gzip.compress(content.encode(), mtime=0))
    made.set(limits=replace(SHORT, max_payload_bytes=1000))
    made.run()
    made.set(limits=Limits())
    path.rename(made.folder / "away")
    done = again(made)
    assert (done.failures, done.replaced, done.unreadable) == (3, 1, [str(path), str(path)])
    (made.folder / "away").rename(path)
    assert again(made) == Replayed(failures=2, replaced=2, articles=2)
    assert tables(made) == undisturbed(made, another)


def test_a_source_that_was_changed_is_not_taken_for_the_one_that_failed(made: Any) -> None:
    path = made.put("a.json", long(1, extra="x" * 3000))
    made.set(limits=replace(SHORT, max_payload_bytes=1000))
    made.run()
    path.write_text(long(9))
    made.set(limits=Limits())
    assert again(made) == Replayed(failures=1, unreadable=[str(path)])


@pytest.mark.parametrize("stage", ["clean", "annotate"])
def test_a_failure_of_a_later_stage_has_its_record(
    stage: str, made: Any, another: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.put("a.jsonl", "\n".join(short(number, headline="At sea") for number in range(3)))
    made.put("page.txt", "The ferry left.\n\nIt carried two goats.")
    with monkeypatch.context() as patch:
        true = getattr(shells, stage)
        patch.setattr(shells, stage, lambda article, *more: true(_refused(article), *more))
        made.run()
    assert {(row["stage"], row["reason"]) for row in made.rows("failures")} == {(stage, "error")}
    for path in list(made.feed.iterdir()):
        path.rename(made.folder / path.name)
    assert again(made) == Replayed(failures=2, replaced=2, articles=2)
    for name in ("a.jsonl", "page.txt"):
        (made.folder / name).rename(made.feed / name)
    assert tables(made) == undisturbed(made, another)


def _refused(article: Any) -> Any:
    raw = getattr(article, "raw", article)
    if raw.source_id == "f1" or raw.media_type == "text/plain":
        raise RuntimeError(raw.text)
    return article


@pytest.mark.parametrize("portion_bytes", [150, 100_000])
def test_an_object_that_could_not_be_read_comes_whole(portion_bytes: int, made: Any, another: Any) -> None:
    path = made.put("a.jsonl", "\n".join([short(n) for n in range(9)] + ["{broken", short(3)]))
    logs = made.logs()
    logs.catch_up()
    gone = list(find(str(made.feed)))
    path.rename(made.folder / "away")
    for document in read_portions(gone[0], None, Limits()):
        made.commit([document])
    assert [row["reason"] for row in made.rows("failures")] == ["gone"]
    assert again(made).unreadable == [str(path)]
    (made.folder / "away").rename(path)
    made.set(limits=Limits(portion_bytes=portion_bytes))
    done = again(made)
    assert (done.failures, done.articles, done.repeats) == (1, 9, 1)
    assert tables(made) == undisturbed(made, another)
    assert again(made) == Replayed(failures=1)


@pytest.mark.parametrize("call", range(1, 26, 2))
def test_broken_off_at_any_write_and_run_again(call: int, made: Any, another: Any, failing_from: Any) -> None:
    made.put("a.jsonl", "\n".join([long(n) for n in range(4)] + [short(9), "{broken"]))
    made.run()
    made.set(limits=Limits())
    wanted = undisturbed(made, another)
    with failing_from(call), suppress(StoreError):
        again(made)
    again(made)
    assert tables(made) == wanted


@pytest.mark.parametrize("other", ["replay", "compact", "write"])
def test_beside_another_nothing_is_doubled(other: str, made: Any, another: Any, monkeypatch: Any) -> None:
    made.put("a.jsonl", "\n".join([long(0), short(1), long(2)]))
    made.run()
    made.put("b.json", long(5))
    made.run()
    made.put("c.json", long(6))
    made.set(limits=Limits())
    true_commit = Log.commit

    def meanwhile(log: Log, entry: Entry, **more: Any) -> int | None:
        monkeypatch.setattr(Log, "commit", true_commit)
        {"replay": lambda: again(made), "compact": lambda: compact(made.logs()), "write": made.run}[other]()
        return true_commit(log, entry, **more)

    monkeypatch.setattr(Log, "commit", meanwhile)
    again(made)
    made.run()
    assert tables(made) == undisturbed(made, another)


def test_a_record_that_came_again_with_a_newer_version_is_one_article(made: Any) -> None:
    path = made.put("a.jsonl", long(0) + "\n")
    made.run()
    path.write_text(long(0) + "\n" + short(1) + "\n")
    made.run()
    made.set(limits=Limits())
    again(made)
    assert sorted(row["source_id"] for row in made.rows("articles")) == ["f0", "f1"]
    assert not made.rows("failures")


def test_flags_that_name_nothing_are_refused(made: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(made.output), "--reason", "bad_luck", "--stage", "sleep", "--keep", "all"]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("bad_luck", "sleep", "--keep all"))
    assert main(["replay", str(made.output), "--after", "yesterday"]) == 2
    assert main(["replay", str(made.output), "--input", "x"]) == 2
    assert main(["replay", str(made.output)]) == 2
    assert "has no log" in capsys.readouterr().err
