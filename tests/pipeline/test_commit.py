"""The log decides once: lost races, stalled publishers, cleared attempts and snapshots, on a real folder."""

from pathlib import Path

import pytest

from pipeline.log import Entry, Log, Outcome, StagedFile, State, file_name, new_attempt
from pipeline.logs import Logs
from pipeline.store import open_store


def outcome(uri: str, start: int = 0, end: int = 10, *, generation: int = 1, last: bool = True) -> Outcome:
    return Outcome(uri, generation, 0, start, end, start, end, last, articles=end - start)


def staged(log: Log, *outcomes: Outcome, data: bytes = b"rows") -> Entry:
    attempt = new_attempt()
    log.stage(attempt, "articles", "2025-03-01", data)
    return Entry(attempt, "write", outcomes, (StagedFile("articles", "2025-03-01", 1, len(data)),))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_of_two_writers_of_one_portion_one_commits(output: Path) -> None:
    first, second = (Logs.begun(open_store(str(output))).logs[0] for _ in range(2))
    assert first.commit(staged(first, outcome("a"))) == 0
    assert second.commit(staged(second, outcome("a"))) is None
    assert second.commit(staged(second, outcome("b"))) == 1, "another object takes the next number"


def test_an_overlapping_range_is_no_second_outcome(output: Path) -> None:
    first, second = (Logs.begun(open_store(str(output))).logs[0] for _ in range(2))
    first.commit(staged(first, outcome("a", 0, 10, last=False)))
    assert second.commit(staged(second, outcome("a", 5, 20))) is None
    assert second.commit(staged(second, outcome("a", 10, 20))) == 1
    known = second.state.of("a", 1)
    assert known is not None
    assert known.complete


def test_a_version_committed_meanwhile_makes_another_stale(output: Path) -> None:
    first, second = (Logs.begun(open_store(str(output))).logs[0] for _ in range(2))
    first.commit(staged(first, outcome("a", generation=1)))
    assert second.commit(staged(second, outcome("a", generation=2))) is None, "which records repeat has changed"


def test_what_was_committed_and_not_published_appears_at_the_next_start(output: Path) -> None:
    dead = Logs.begun(open_store(str(output))).logs[0]
    number = dead.commit(staged(dead, outcome("a")))
    assert number is not None
    target = output / file_name(0, number, "articles", "2025-03-01")
    assert not target.exists()
    Logs.begun(open_store(str(output))).logs[0].catch_up()
    assert target.read_bytes() == b"rows"


def test_a_stalled_publisher_brings_nothing_back(output: Path) -> None:
    log = Logs.begun(open_store(str(output))).logs[0]
    old = staged(log, outcome("a"))
    number = log.commit(old)
    assert number is not None
    log.publish(number, old)
    replaced = file_name(0, number, "articles", "2025-03-01")
    attempt = new_attempt()
    log.stage(attempt, "articles", "2025-03-01", b"merged")
    merged = Entry(attempt, "compact", files=(StagedFile("articles", "2025-03-01", 1, 6),), inputs=(replaced,))
    following = log.commit(merged)
    assert following is not None
    log.publish(following, merged)
    log.publish(number, old)
    assert not (output / replaced).exists()
    assert (output / file_name(0, following, "articles", "2025-03-01")).read_bytes() == b"merged"
    again = Entry(new_attempt(), "compact", inputs=(replaced,))
    other = Logs.begun(open_store(str(output))).logs[0]
    assert other.commit(again) is None, "what it replaces is not live any more"


def test_a_cleared_attempt_can_not_be_committed(output: Path) -> None:
    stalled, cleaner = (Logs.begun(open_store(str(output))).logs[0] for _ in range(2))
    entry = staged(stalled, outcome("a"))
    assert cleaner.clear([entry.attempt]) == [entry.attempt]
    assert stalled.commit(entry) is None
    assert not [path for path in (output / "_wirecopy" / "stage").rglob("*") if path.is_file()]


def test_a_snapshot_holds_all_that_the_entries_said(output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.log.SNAPSHOT_EVERY_ENTRIES", 3)
    log = Logs.begun(open_store(str(output))).logs[0]
    for name in "abcd":
        entry = staged(log, outcome(name))
        number = log.commit(entry)
        assert number is not None
        log.publish(number, entry)
    log.catch_up()
    assert list((output / "_wirecopy" / "snapshot" / "000").iterdir())
    fresh = Logs.begun(open_store(str(output))).logs[0]
    fresh.refresh()
    assert fresh.state == log.state == State.decode(log.state.encode())


def test_noted_objects_without_an_outcome_are_not_forgotten(output: Path) -> None:
    from schemas.records import Portion

    log = Logs.begun(open_store(str(output))).logs[0]
    log.note("one", [Portion("a", 1, 0), Portion("b", 1, 0)])
    log.commit(staged(log, outcome("a")))
    assert [(attempt, [p.uri for p in left]) for attempt, left in log.noted()] == [("one", ["b"])]
    log.unnote("one")
    assert list(log.noted()) == []
