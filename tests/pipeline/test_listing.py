"""The sources of an engine: units are of one log and bounded; a look hands on what has no outcome, once."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import listing
from pipeline.graph import GroupByBundle
from pipeline.listing import (
    Handed,
    HandedCoder,
    LookTracker,
    Poll,
    Read,
    Unit,
    key_of,
    lost_before,
    noted,
    settled,
    units,
)
from pipeline.log import shard_of
from pipeline.logs import Logs
from pipeline.settings import Settings
from pipeline.source import read_portions
from pipeline.store import Found, find, open_store
from schemas.limits import Limits
from schemas.records import Portion, RawDocument
from transforms.shells import PortionRows


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(str(tmp_path / "out"), "test", "", shards=3, limits=Limits(batch_bytes=100))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text("Text.")
    return folder


@given(st.lists(st.integers(0, 150), max_size=60), st.integers(1, 5))
def test_units_hold_every_object_once_each_of_one_log_and_of_bounded_bytes(sizes: list[int], shards: int) -> None:
    settings = Settings("/out", "test", "", shards=shards, limits=Limits(batch_bytes=100))
    objects = [Found(f"/in/{number}", 1, size, 0) for number, size in enumerate(sizes)]
    made = list(units(objects, settings))
    assert {found for unit in made for found in unit.objects} == set(objects)
    assert sum(len(unit.objects) for unit in made) == len(objects)
    for unit in made:
        assert {shard_of(found.uri, shards) for found in unit.objects} == {unit.shard}
        assert sum(found.size_bytes for found in unit.objects[:-1]) < 100


@given(st.sets(st.integers(0, 2**64 - 1), max_size=20), st.booleans())
def test_what_a_source_carries_comes_back(keys: set[int], over: bool) -> None:
    value = Handed(tuple(sorted(keys)), over)
    assert HandedCoder().decode(HandedCoder().encode(value)) == value


def test_a_look_is_claimed_once_and_what_is_left_carries_what_was_handed_on() -> None:
    tracker = LookTracker(Handed((1,)))
    assert not tracker.is_bounded()
    assert tracker.try_claim(Handed((1, 2)))
    assert not tracker.try_claim(Handed((3,)))
    assert tracker.try_split(0) == (Handed(over=True), Handed((1, 2)))
    assert tracker.try_split(0) is None
    assert tracker.check_done()


def test_a_split_before_the_claim_leaves_the_whole_look_to_the_rest() -> None:
    tracker = LookTracker(Handed((1,)))
    assert tracker.try_split(0.5) == (Handed(over=True), Handed((1,)))
    assert not tracker.try_claim(Handed((1, 2)))
    assert tracker.check_done()


def test_a_look_that_nobody_claimed_is_not_done() -> None:
    with pytest.raises(ValueError, match="neither claimed"):
        LookTracker(Handed()).check_done()


def test_each_object_is_handed_on_once_and_again_by_a_source_that_has_forgotten(
    settings: Settings, source: Path
) -> None:
    poll = Poll(settings, 1.0)
    poll.setup()
    new, handed = poll._look(f"{source}/*", set())
    assert sorted(Path(found.uri).name for unit in new for found in unit.objects) == [f"{n}.txt" for n in range(5)]
    (source / "5.txt").write_text("More.")
    later, after = poll._look(f"{source}/*", set(handed.keys))
    assert [Path(found.uri).name for unit in later for found in unit.objects] == ["5.txt"]
    assert set(handed.keys) < set(after.keys)
    again, _ = poll._look(f"{source}/*", set())
    assert sum(len(unit.objects) for unit in again) == 6


def handed_on(units_of: Iterable[Unit], settings: Settings) -> list[RawDocument]:
    read = Read(settings)
    return [document for unit in units_of for document in read.process(unit)]


@pytest.mark.parametrize("how", ["drained", "updated"])
def test_a_job_drained_or_updated_half_way_has_the_rows_of_an_undisturbed_one(
    how: str, made: Any, another: Callable[[], Any]
) -> None:
    """Drained, what is handed on is finished and the source forgotten; updated, its state goes to the new workers."""
    for number in range(6):
        (made.feed / f"{number}.txt").write_text(f"Ferry {number} left Port Selwyn.")
    made.set(limits=Limits(batch_bytes=60))
    undisturbed = another()
    settings, pattern = made.settings, f"{made.feed}/*"
    old = Poll(settings, 1.0)
    old.setup()
    first, handed = old._look(pattern, set())
    in_flight = handed_on(first, settings)
    made.commit(in_flight[:2])
    for number in range(6, 9):
        (made.feed / f"{number}.txt").write_text(f"Ferry {number} left Port Selwyn.")
    carried = set(HandedCoder().decode(HandedCoder().encode(handed)).keys) if how == "updated" else set()
    if how == "drained":
        made.commit(in_flight[2:])
    new = Poll(settings, 1.0)
    new.setup()
    later, _ = new._look(pattern, carried)
    made.commit(handed_on(later, settings))
    if how == "updated":
        made.commit(in_flight[1:])  # the engine had kept them, one of them committed before it heard of that
    undisturbed.run(pattern)
    assert len(made.rows("articles")) == 9
    assert made.rows("articles") == undisturbed.rows("articles")


def test_a_backlog_waits_where_it_lies(settings: Settings, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_HANDED", 2)
    poll = Poll(settings, 1.0)
    poll.setup()
    new, handed = poll._look(f"{source}/*", set())
    assert sum(len(unit.objects) for unit in new) == len(handed.keys) == 2
    assert poll._look(f"{source}/*", set(handed.keys))[0] == []


def test_an_object_that_was_noted_and_is_gone_is_handed_on_and_no_other(settings: Settings, source: Path) -> None:
    logs = Logs.begun(open_store(settings.output), settings.shards)
    objects = list(find(f"{source}/*"))
    list(noted(logs, units(objects, settings)))
    (source / "3.txt").unlink()
    assert [Path(found.uri).name for found in lost_before(logs)] == ["3.txt"]
    poll = Poll(settings, 1.0)
    poll.setup()
    new, handed = poll._look(f"{source}/*", set(map(key_of, objects)) - {key_of(objects[3])})
    assert [Path(found.uri).name for unit in new for found in unit.objects] == ["3.txt"]
    assert key_of(objects[3]) in handed.keys


def test_an_object_that_is_gone_from_a_bucket_fails_as_gone_and_not_as_empty(
    settings: Settings, strict_emulator: Any
) -> None:
    logs = Logs.begun(open_store(settings.output), settings.shards)
    blob = strict_emulator.blob("noted/1.txt")
    blob.upload_from_string("The ferry sails at dawn.")
    list(noted(logs, units(find(f"{strict_emulator.root}/noted/*"), settings)))
    blob.delete()
    (lost,) = lost_before(logs)
    (document,) = read_portions(lost, None, Limits())
    assert [failure.reason for failure in document.failures] == ["gone"]


def test_a_file_that_is_being_written_waits_for_another_look(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    objects = list(find(f"{source}/*"))

    def meanwhile(_: float) -> None:
        with open(source / "1.txt", "a") as growing:
            growing.write(" And more.")
        os.rename(source / "2.txt", source / "2.renamed")

    monkeypatch.setattr("pipeline.listing.time.sleep", meanwhile)
    assert [Path(found.uri).name for found in settled(objects)] == ["0.txt", "3.txt", "4.txt"]


def test_a_bundle_is_grouped_by_log_and_never_holds_more_than_it_may() -> None:
    group = GroupByBundle(100)
    group.start_bundle()
    given = [
        (number % 2, PortionRows(Portion(f"/in/{number}", 1, 0), (("articles", b"x" * 40),), 0)) for number in range(7)
    ]
    early = [made for element in given for made in group.process(element, 5)]
    late = list(group.finish_bundle())
    assert [(shard, len(rows)) for shard, rows in early] == [(0, 2), (1, 1), (0, 1), (1, 2)]
    assert [(one.value[0], len(one.value[1])) for one in late] == [(0, 1)]
    assert list(group.finish_bundle()) == []
