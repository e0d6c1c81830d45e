"""`wirecopy run --streaming` as a real process: what lands becomes rows once, whatever signal comes, whatever dies."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import spacy

from pipeline.housekeeping import PATIENCE_S, DeadNotes
from pipeline.logs import Logs
from pipeline.source import NOTES_EVERY_S
from pipeline.store import open_store
from schemas.records import Portion

PATIENCE = 120.0
"""How long anything is waited for: no measure of speed, but the end of a test that hangs."""
LOOK_S = 0.5
"""Between two looks into a bucket: its server runs in this very process, and looks keep it from serving the stream."""
FAST = ("--without", "entities,quotes", "--poll_interval", "0.5", "--workers", "2")


class Stream:
    """A stream that runs, and what it says."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self.process, self._said = process, said

    @property
    def said(self) -> str:
        return self._said.read_text()

    def until(self, holds: Callable[[], bool], every_s: float = 0.05) -> None:
        ends_s = time.monotonic() + PATIENCE
        while not holds():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < ends_s, self.said
            time.sleep(every_s)

    def end(self, *signals: signal.Signals) -> int:
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.2)
        return self.process.wait(PATIENCE)


@contextmanager
def streaming(source: str, output: str, *arguments: str, **env: str) -> Iterator[Stream]:
    said = Path(os.environ.get("TMPDIR", "/tmp")) / f"wirecopy-stream-{os.getpid()}-{time.monotonic_ns()}"
    command = [sys.executable, "-m", "pipeline", "run", "--streaming", "--input", source, "--output", output]
    with said.open("w") as out:
        process = subprocess.Popen([*command, *arguments], stdout=out, stderr=out, env={**os.environ, **env})
    try:
        yield Stream(process, said)
    finally:
        process.kill()
        process.wait()
        said.unlink()


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    found = sorted((output / table).glob("*/*.parquet"))
    return ds.dataset([str(path) for path in found], format="parquet").to_table().to_pylist() if found else []


def outcomes(output: Path) -> Counter[str]:
    """How often each object is in the tables; reading them proves that whatever can be seen is whole."""
    return Counter(row["source_uri"] for table in ("articles", "failures") for row in rows(output, table))


def text(number: int) -> str:
    return f"Ferry {number} left Port Selwyn at dawn. " * 20


def test_what_lands_comes_once_through_signals_and_an_outage(tmp_path: Path) -> None:
    feed, output, writing = tmp_path / "in", tmp_path / "out", tmp_path / "writing"
    feed.mkdir()
    writing.mkdir()
    source = f"{feed}/*.txt"
    with streaming(source, str(output), *FAST) as stream:
        stream.until(lambda: "watching" in stream.said)
        (writing / "renamed.txt").write_text(text(0))
        (writing / "renamed.txt").rename(feed / "renamed.txt")
        with (feed / "slow.txt").open("w") as slow:
            for piece in range(8):
                slow.write(f"Piece {piece} of a slow transfer. ")
                slow.flush()
                time.sleep(0.3)
        stream.until(lambda: len(outcomes(output)) == 2)
        for number in range(300):
            (feed / f"burst-{number:03d}.txt").write_text(text(number))
        stream.until(lambda: len(outcomes(output)) > 20)
        assert stream.end(signal.SIGTERM) == 0, stream.said
        assert "Committed since the start" in stream.said
    (slow_row,) = (row for row in rows(output, "articles") if row["source_uri"].endswith("slow.txt"))
    assert slow_row["text"].count("Piece") == 8, "not taken while it grew"
    assert not list(output.glob("_wirecopy/noted/*/*")), "what was in hand has its outcome"
    before = outcomes(output)
    left = sorted(str(path) for path in feed.iterdir() if str(path) not in before)
    assert left, "the end came before the backlog's"

    (output / "_wirecopy" / "noted").write_text("in the way")  # real storage that refuses, for as long as it is there
    with streaming(source, str(output), *FAST) as stream:
        stream.until(lambda: "Trying again until it works" in stream.said)
        Path(left[-1]).unlink()
        time.sleep(2.5)
        (output / "_wirecopy" / "noted").unlink()
        stream.until(lambda: len(outcomes(output)) == 302)
        assert stream.end(signal.SIGINT) == 130, stream.said
        assert stream.said.count("Trying again") == 1, "said once"
        assert "it works again" in stream.said
    assert set(outcomes(output).values()) == {1}
    (failure,) = rows(output, "failures")
    assert (failure["source_uri"], failure["reason"]) == (left[-1], "gone")


POISON = '''
import os
import time

import spacy
from spacy.tokenizer import Tokenizer


class Poisoned(Tokenizer):
    """A model's own component that takes its process down, as native code does."""

    def __call__(self, text):
        if "zyzzyva" in text:
            os._exit(13)
        if "syzygy" in text:
            time.sleep(3600)
        return super().__call__(text)


def create():
    return lambda nlp: Poisoned(nlp.vocab)
'''


@pytest.fixture
def poisoned_model(tmp_path: Path) -> tuple[str, str]:
    """A spaCy pipeline whose tokenizer, found by its entry point, dies or hangs on a word: its path, and PYTHONPATH."""
    plugin, model = tmp_path / "plugin", tmp_path / "model"
    (plugin / "poison-1.0.dist-info").mkdir(parents=True)
    (plugin / "poison.py").write_text(POISON)
    (plugin / "poison-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: poison\nVersion: 1.0\n")
    points = "[spacy_tokenizers]\npoison.v1 = poison:create\n"
    (plugin / "poison-1.0.dist-info" / "entry_points.txt").write_text(points)
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Port Selwyn"}])
    nlp.to_disk(model)
    config = (model / "config.cfg").read_text()
    (model / "config.cfg").write_text(config.replace("spacy.Tokenizer.v1", "poison.v1"))
    return str(model), str(plugin)


def children(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(one)], capture_output=True, text=True, check=False)
        found += map(int, listed.stdout.split())
    return found[1:]


def test_what_kills_or_stops_a_worker_is_set_apart_and_the_others_go_on(
    tmp_path: Path, poisoned_model: tuple[str, str]
) -> None:
    feed, output = tmp_path / "in", tmp_path / "out"
    feed.mkdir()
    model, plugin = poisoned_model
    arguments = ("--poll_interval", "0.5", "--workers", "2", "--spacy_model", model, "--max_record_seconds", "5")
    with streaming(str(feed), str(output), *arguments, PYTHONPATH=plugin) as stream:
        for number in range(30):
            word = {7: "zyzzyva", 20: "syzygy"}.get(number, "ferry")
            (feed / f"{number:02d}.txt").write_text(f"{text(number)} The {word} came back.")
        lines = [{"id": f"n{n}", "text": f"{text(n)} {'zyzzyva' if n in (3, 8) else ''}"} for n in range(12)]
        (feed / "many.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        stream.until(lambda: len(rows(output, "articles")) == 28 + 10 and len(rows(output, "failures")) == 4)
        killed = 0
        for number in range(100, 160):
            (feed / f"{number}.txt").write_text(text(number))
            if number % 20 == 0:
                workers = [pid for pid in children(stream.process.pid) if pid in children(_fork_server(stream))]
                os.kill(workers[killed % len(workers)], signal.SIGKILL)
                killed += 1
            time.sleep(0.02)
        stream.until(lambda: len(rows(output, "articles")) == 28 + 10 + 60)
        (feed / "again.txt").write_text("The syzygy came back.")
        stream.until(lambda: _noted(output, "again.txt"))
        assert stream.end(signal.SIGTERM, signal.SIGTERM) == 128 + signal.SIGTERM, "a second signal leaves at once"
        assert "a second signal stops at once" in stream.said
    assert Counter((Path(row["source_uri"]).name, row["reason"]) for row in rows(output, "failures")) == {
        ("07.txt", "crashed"): 1,
        ("20.txt", "timeout"): 1,
        ("many.jsonl", "crashed"): 2,
    }
    assert {row["record_index"] for row in rows(output, "failures") if row["source_uri"].endswith("jsonl")} == {3, 8}
    assert all("zyzzyva" in row["payload"].decode() for row in rows(output, "failures") if row["reason"] == "crashed")
    single = Counter(row["source_uri"] for row in rows(output, "articles") if not row["source_uri"].endswith("jsonl"))
    assert set(single.values()) == {1}
    assert sorted(row["record_index"] for row in rows(output, "articles") if row["source_uri"].endswith("jsonl")) == [
        n for n in range(12) if n not in (3, 8)
    ]


def test_a_bounded_run_sets_it_apart_too(tmp_path: Path, poisoned_model: tuple[str, str]) -> None:
    feed, output = tmp_path / "in", tmp_path / "out"
    feed.mkdir()
    model, plugin = poisoned_model
    for number in range(12):
        (feed / f"{number:02d}.txt").write_text(
            f"{text(number)} The {'zyzzyva' if number == 7 else 'ferry'} came back."
        )
    command = [sys.executable, "-m", "pipeline", "run", "--input", str(feed), "--output", str(output), "--workers", "2"]
    command += ["--spacy_model", model, "--batch_bytes", "3000", "--portion_bytes", "2000"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": plugin}, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "1 crashed" in done.stdout
    assert [Path(row["source_uri"]).name for row in rows(output, "failures")] == ["07.txt"]
    assert len(rows(output, "articles")) == 11


def _fork_server(stream: Stream) -> int:
    for pid in children(stream.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
        if b"forkserver" in command and children(pid):
            return pid
    raise AssertionError("no fork server")


def _noted(output: Path, name: str) -> bool:
    return any(name in path.read_text() for path in output.glob("_wirecopy/noted/*/*.json") if path.exists())


def test_a_bucket_is_watched_as_a_folder_is(tmp_path: Path, storage_emulator: Any) -> None:
    source, output = f"{storage_emulator.root}/in/*", f"{storage_emulator.root}/out"

    def put(number: int) -> None:
        storage_emulator.blob(f"in/{number:03d}.txt").upload_from_string(text(number))

    def uris() -> list[str]:
        logs = Logs.of_output(open_store(output))
        logs.refresh()
        return [uri for state in logs.states for uri in state.objects]

    put(0)
    with streaming(source, output, *FAST) as stream:
        stream.until(lambda: len(uris()) == 1, LOOK_S)
        for number in range(1, 20):
            put(number)
        stream.until(lambda: len(uris()) == 20, LOOK_S)
        assert stream.end(signal.SIGTERM) == 0, stream.said
    store = open_store(output)
    found: Counter[str] = Counter()
    for name in store.names("articles/"):
        with store.open(name) as file:
            found.update(pq.read_table(file, columns=["source_uri"])["source_uri"].to_pylist())
    assert found == {f"{storage_emulator.root}/in/{number:03d}.txt": 1 for number in range(20)}


def test_what_a_dead_process_had_noted_and_is_gone_is_found_once_it_must_be_dead(tmp_path: Path) -> None:
    there = tmp_path / "there.txt"
    there.write_text("The ferry left.")
    logs = Logs.begun(open_store(str(tmp_path / "out")))
    logs.refresh()
    noted = [Portion(str(there), there.stat().st_mtime_ns, 5), Portion(str(tmp_path / "gone.txt"), 7, 6)]
    logs.note("dead", noted)
    logs.note("ours", [Portion(str(tmp_path / "ours.txt"), 8, 6)])
    notes = DeadNotes(logs)
    assert notes.lost(["ours"], 0.0) == []
    assert notes.lost(["ours"], PATIENCE_S - 1) == [], "it may be at work"
    (lost,) = notes.lost(["ours"], PATIENCE_S + NOTES_EVERY_S)
    assert (Path(lost.uri).name, lost.generation, lost.updated_us) == ("gone.txt", 7, 6)


def test_a_bad_interval_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with streaming(str(tmp_path / "in"), str(tmp_path / "out"), "--poll_interval", "0") as stream:
        assert stream.process.wait(PATIENCE) == 2
        assert re.search(r"--poll_interval.* 0 is not between", stream.said)
