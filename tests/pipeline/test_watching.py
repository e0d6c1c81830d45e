"""What counts as landed: whole files only, whatever the clocks say, and cheap where most is done."""

import os
import time
from pathlib import Path

import pytest

from pipeline.store import Found
from pipeline.watching import FULL_LOOK_S, MANY, Looker, Watch


class Log:
    """Objects that are done, as the log would say."""

    def __init__(self) -> None:
        self.done: set[tuple[str, int]] = set()

    def __call__(self, found: Found) -> bool:
        return (found.uri, found.generation) in self.done


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def watch(tmp_path: Path, log: Log) -> Watch:
    return Watch(f"{tmp_path}/*", log, lambda uri, reason: None)


def names(found: list[Found]) -> list[str]:
    return [Path(one.uri).name for one in found]


def test_a_file_is_taken_at_its_second_look_and_not_while_it_grows(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "whole.txt").write_text("The ferry left.")
    growing = (tmp_path / "growing.txt").open("w")
    growing.write("The ferry")
    growing.flush()
    assert watch.look(0.0) == []
    assert watch.look_again(0.9) == [], "a second has not passed"
    growing.write(" left.")
    growing.flush()
    assert names(watch.look_again(1.0)) == ["whole.txt"]
    growing.close()
    assert watch.look_again(1.9) == []
    (taken,) = watch.look_again(2.0)
    assert (Path(taken.uri).name, taken.size_bytes) == ("growing.txt", 15)
    assert taken.generation == (tmp_path / "growing.txt").stat().st_mtime_ns
    assert watch.unsettled_until_s is None


@pytest.mark.parametrize("ahead_s", [-86_400.0, 86_400.0])
def test_the_time_that_a_file_says_it_has_does_not_count(ahead_s: float, watch: Watch, tmp_path: Path) -> None:
    """As `cp -p` does it, or a machine whose clock is wrong: an old mtime is set again after each piece is written."""
    path = tmp_path / "a.txt"
    moment = time.time() + ahead_s
    for at_s, text in ((0.0, "one"), (1.0, "two"), (2.0, "thr")):
        path.write_text(text)  # the same size each time
        os.utime(path, (moment, moment))
        assert watch.look(at_s) == []
    assert names(watch.look(3.0)) == ["a.txt"]


def test_a_file_that_goes_before_its_second_look_is_nobodys(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "a.txt.part").write_text("The ferry left.")
    watch.look(0.0)
    (tmp_path / "a.txt.part").rename(tmp_path / "a.txt")
    assert watch.look(1.0) == []
    assert names(watch.look(2.0)) == ["a.txt"]


def test_what_is_done_comes_again_only_with_other_content(watch: Watch, log: Log, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("The ferry left.")
    watch.look(0.0)
    (taken,) = watch.look(1.0)
    log.done.add((taken.uri, taken.generation))
    assert watch.look(5.0) == []
    assert watch.look(6.0) == []
    path.write_text("The ferry left late.")
    watch.look(10.0)
    (again,) = watch.look(11.0)
    assert again.generation != taken.generation


def test_of_many_that_were_done_long_ago_only_names_are_read(
    watch: Watch, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_s = time.time() - 2 * 86_400
    for number in range(MANY + 10):
        path = tmp_path / f"{number}.txt"
        path.touch()
        os.utime(path, (old_s, old_s))
        log.done.add((str(path), path.stat().st_mtime_ns))
    assert watch.look(0.0) == []
    looked_at: list[str] = []
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **how: looked_at.append(str(path)) or real(path, **how))
    (tmp_path / "new.txt").write_text("The ferry left.")
    watch.look(5.0)
    assert len(looked_at) < 20
    assert names(watch.look(6.0)) == ["new.txt"]
    (tmp_path / "7.txt").write_text("The ferry came back.")
    watch.look(FULL_LOOK_S + 1)
    assert "7.txt" in names(watch.look(FULL_LOOK_S + 2)), "what was replaced is found at the next full look"


def test_what_is_left_out_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    watch = Watch(f"{tmp_path}/*", lambda found: False, lambda uri, reason: said.append(uri))
    (tmp_path / "a.txt").symlink_to(tmp_path / "absent")
    watch.look(0.0)
    watch.look(5.0)
    assert said == [str(tmp_path / "a.txt")]


def test_the_thread_hands_on_what_lands(watch: Watch, log: Log, tmp_path: Path) -> None:
    looker = Looker(watch, 0.4)
    looker.start()
    (tmp_path / "a.txt").write_text("The ferry left.")
    found: list[Found] = []
    while not found:
        seen = looker.seen.get(timeout=20)
        assert isinstance(seen, list)
        found = seen
    assert names(found) == ["a.txt"]
    log.done.update((one.uri, one.generation) for one in found)
