"""Progress says what the log holds: seldom enough for a pipe, in place on a terminal, as JSON for a collector."""

import io
import json
import os
import re
import select
from pathlib import Path

import orjson
import pyarrow.dataset as ds
import pytest

from pipeline.displays import LINE_EVERY_S, JsonFormatter
from pipeline.log import Entry, Log, Outcome, State
from pipeline.logs import Logs
from pipeline.progress import RATE_OVER_S, Progress
from pipeline.store import Found, open_store
from pipeline.tally import COST_SHARE, Tally, Totals


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_a_pipe_gets_a_line_now_and_then_and_the_last_word(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress(stream, clock=clock) as progress:
        progress.start(40, already=2)
        for step in range(1, 81):
            clock.now_s += 0.125
            progress.committed(Totals(step // 10, step * 10, step // 40, step * 1000, step / 320))
        assert len(lines(stream)) == 1 + 10 / LINE_EVERY_S
        clock.now_s += 0.125
        progress.committed(Totals(11, 1100, 2, 110_000, 0.275))
    said = lines(stream)
    assert said[0] == "wirecopy: 42 objects match, 2 of them have their outcome already."
    assert said[1].startswith("wirecopy: 4 of 40 objects, 400 articles, 1 failure, 8,000 words/s, about 35 s left")
    assert said[-1].startswith("wirecopy: 11 of 40 objects, 1,100 articles, 2 failures"), "what came last is told"
    assert "\x1b" not in stream.getvalue()


def test_nothing_is_said_twice_and_nothing_where_nothing_was_done(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress(stream, clock=clock) as progress:
        progress.start(3)
        clock.now_s += LINE_EVERY_S
        progress.committed(Totals(3, 9, 0, 90, 1.0))
        progress.end()
    with Progress(stream, clock=clock) as progress:
        progress.start(0, already=3)
    assert lines(stream) == [
        "wirecopy: 3 objects match, 0 of them have their outcome already.",
        "wirecopy: 3 of 3 objects, 9 articles, 0 failures, 18 words/s",
        "wirecopy: 3 objects match, 3 of them have their outcome already.",
    ]


def test_the_rate_is_that_of_the_last_minute_and_falls_when_nothing_comes(clock: Clock) -> None:
    progress = Progress(io.StringIO(), clock=clock)
    progress.start(None)
    for minute in range(1, 5):
        clock.now_s += RATE_OVER_S
        progress.committed(Totals(words=6_000 * minute))
    assert progress.look().words_per_s == pytest.approx(100)
    clock.now_s += 9 * RATE_OVER_S
    assert progress.look().words_per_s < 11


def test_a_stream_shows_rate_delay_and_last_commit(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress(stream, clock=clock) as progress:
        progress.start(None)
        clock.now_s += 10
        progress.waiting(3, 4.0)
        progress.committed(Totals(2, 20, 1, 4_000))
        clock.now_s += LINE_EVERY_S
        progress.waiting(1, 2.0)
        clock.now_s += LINE_EVERY_S
        progress.waiting(0, None)
    assert [line.split("words/s, ")[1] for line in lines(stream)[:3]] == [
        "3 objects wait, the oldest for 4 s, nothing committed yet",
        "1 object waits, the oldest for 2 s, last commit 5 s ago",
        "0 objects wait, last commit 10 s ago",
    ]


def test_json_lines_are_json_whatever_is_said(clock: Clock) -> None:
    stream = io.StringIO()
    with Progress(stream, "json", clock) as progress:
        progress.start(4)
        progress.say('a "broken"\nname \x1b[2J', "warning")
        clock.now_s += LINE_EVERY_S
        progress.committed(Totals(1, 5, 0, 500, 0.25))
    first, said, figures = map(json.loads, lines(stream))
    assert {"time", "level", "event"} <= set(first)
    assert (said["level"], said["message"]) == ("warning", 'a "broken"\nname \x1b[2J')
    del figures["time"]
    assert figures == {
        "level": "info",
        "event": "progress",
        "objects": 4,
        "done_objects": 1,
        "articles": 5,
        "failures": 0,
        "words": 500,
        "share": 0.25,
        "elapsed_s": 5.0,
        "words_per_s": 100.0,
        "left_s": 15.0,
        "since_commit_s": 0.0,
    }


def test_the_log_of_python_takes_the_same_form() -> None:
    import logging

    record = logging.LogRecord("pipeline.log", logging.WARNING, "", 0, "entry %d", (7,), None)
    line = json.loads(JsonFormatter().format(record))
    assert (line["level"], line["event"], line["logger"], line["message"]) == (
        "warning",
        "log",
        "pipeline.log",
        "entry 7",
    )


def all_of(master: int) -> str:
    """What a terminal was sent."""
    read = b""
    while select.select([master], [], [], 0.1)[0]:
        read += os.read(master, 100_000)
    return read.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_a_terminal_is_drawn_in_place_and_left_clean(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as stream:
        with Progress(stream, clock=clock) as progress:
            progress.start(40)
            clock.now_s += 10
            progress.committed(Totals(10, 1234, 5, 50_000, 0.25))
            progress.say("[bold] is text, not markup", "warning")
        drawn = all_of(master)
    os.close(master)
    bare = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)
    assert "10 of 40 objects, 1,234 articles, 5 failures, 5,000 words/s" in " ".join(bare.split())
    assert " 25%" in bare
    assert "[bold] is text, not markup" in bare
    assert drawn.rindex("\x1b[?25h") > drawn.rindex("\x1b[?25l"), "the cursor is shown again"


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    master, slave = os.openpty()
    with open(slave, "w", encoding="utf-8") as stream:
        with Progress(stream) as progress:
            progress.start(40)
        drawn = all_of(master)
        assert "40" in drawn
        assert "\x1b" not in drawn
    os.close(master)


def commit(log: Log, uri: str, start: int, end: int, *, last: bool, words: int, failures: int = 0) -> None:
    outcome = Outcome(uri, 1, 0, start, end, 0, 1, last, articles=1, failures=failures, words=words)
    assert log.commit(Entry(f"{uri}{start}", "write", (outcome,))) is not None


def test_totals_are_those_of_the_log_since_the_start(tmp_path: Path) -> None:
    logs = Logs.begun(open_store(str(tmp_path)))
    (log,) = logs.logs
    commit(log, "before", 0, 100, last=True, words=7)
    commit(log, "half", 0, 40, last=False, words=3)
    objects = [Found(uri, 1, size, 0) for uri, size in (("before", 100), ("half", 100), ("new", 100), ("never", 0))]
    tally = Tally.of(logs, objects)
    assert (tally.objects, tally.count()) == (3, Totals(0, 0, 0, 0, pytest.approx(40 / 201)))
    commit(log, "new", 0, 100, last=True, words=50, failures=2)
    commit(log, "half", 40, 60, last=False, words=4)
    assert tally.count() == Totals(1, 2, 2, 54, pytest.approx(160 / 201))
    commit(log, "half", 60, 100, last=True, words=1)
    commit(log, "another run's", 0, 100, last=True, words=999)
    assert tally.count() == Totals(2, 3, 2, 55, pytest.approx(200 / 201))


def test_counting_takes_no_more_than_its_share_of_the_time(tmp_path: Path, clock: Clock) -> None:
    logs = Logs.begun(open_store(str(tmp_path)))
    tally = Tally.of(logs, [Found("a", 1, 10, 0)], clock)
    ticks = iter((100.0, 100.5))
    tally.clock = lambda: next(ticks)
    tally.count()
    tally.clock = clock
    clock.now_s = 100.5 + 0.5 / COST_SHARE - 0.01
    assert not tally.due()
    clock.now_s += 0.02
    assert tally.due()


def test_a_guess_of_a_compressed_size_never_says_more_than_all(tmp_path: Path) -> None:
    logs = Logs.begun(open_store(str(tmp_path)))
    tally = Tally.of(logs, [Found("feed.jsonl.gz", 1, 100, 0)])
    commit(logs.logs[0], "feed.jsonl.gz", 0, 5_000, last=False, words=1)
    assert tally.count().share == 1.0


def test_words_of_a_run_are_in_its_log_and_in_snapshots(examples_output: Path) -> None:
    logs = Logs.of_output(open_store(str(examples_output)))
    logs.refresh()
    states = [known for state in logs.states for versions in state.objects.values() for known in versions.values()]
    rows = ds.dataset(examples_output / "articles", format="parquet").to_table(columns=["word_count"])
    assert sum(known.words for known in states) == sum(rows["word_count"].to_pylist()) > 5_000
    again = State.decode(logs.states[0].encode())
    assert again.objects == logs.states[0].objects


def test_an_entry_written_before_words_were_counted_is_read() -> None:
    entry = orjson.loads(Entry("attempt", "write", (Outcome("a", 1, 0, 0, 10, 0, 2, True, articles=2),)).encode())
    del entry["outcomes"][0]["words"]
    (outcome,) = Entry.decode(orjson.dumps(entry)).outcomes
    assert (outcome.articles, outcome.words) == (2, 0)
