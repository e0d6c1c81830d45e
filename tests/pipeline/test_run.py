"""The command as a user runs it: real processes, real files, an emulated bucket."""

import gzip
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from pipeline.cli import main
from pipeline.reading import Output
from schemas.tables import TABLES

FAST = ("--without", "entities,quotes", "--workers", "1")


def line(number: int, text: str = "") -> str:
    body = text or f"Ferry {number} left Port Selwyn at dawn.\n\nAdvertisement\n\nIt came back at noon."
    return json.dumps({"id": f"story-{number}", "source": "Harrow Wire", "title": f"Ferry {number}", "text": body})


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "run", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(env or {})},
    )


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    return ds.dataset(output / table, format="parquet", partitioning="hive").to_table().to_pylist()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "a.jsonl").write_text("\n".join(line(n) for n in range(6)) + "\n")
    return folder


def test_half_and_then_all_gives_each_article_once(feed: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    arguments = ("--input", str(feed / "a.jsonl"), "--output", str(output), *FAST)
    assert main(["run", *arguments]) == 0
    (feed / "a.jsonl").write_text("\n".join(line(n) for n in range(9)) + "\n")
    os.utime(feed / "a.jsonl", (2_000_000_000, 2_000_000_000))
    assert main(["run", *arguments]) == 0
    assert sorted(row["source_id"] for row in rows(output, "articles")) == [f"story-{n}" for n in range(9)]
    before = {path: path.stat().st_mtime_ns for path in output.rglob("*.parquet")}
    assert main(["run", *arguments]) == 0
    assert {path: path.stat().st_mtime_ns for path in output.rglob("*.parquet")} == before, "nothing was to do"


def test_text_is_clean_and_what_left_it_is_a_row(feed: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    assert main(["run", "--input", str(feed / "*"), "--output", str(output), *FAST]) == 0
    assert {row["text"] for row in rows(output, "articles")} == {
        f"Ferry {n} left Port Selwyn at dawn.\n\nIt came back at noon." for n in range(6)
    }
    assert {(row["kind"], row["text"].strip()) for row in rows(output, "removals")} == {
        ("advertisement", "Advertisement")
    }
    for table in TABLES:
        assert ds.dataset(output / table, format="parquet", partitioning="hive").schema.names[-1] == "date"


def test_a_bad_record_is_a_row_and_the_others_go_on(
    feed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (feed / "b.jsonl").write_text(line(20) + "\n{broken\n" + line(21) + "\n")
    (feed / "c.jsonl.gz").write_bytes(gzip.compress((line(30) + "\n").encode(), mtime=0)[:-4])
    output = tmp_path / "out"
    assert main(["run", "--input", str(feed / "*"), "--output", str(output), *FAST]) == 0
    assert len(rows(output, "articles")) == 9
    assert sorted(row["reason"] for row in rows(output, "failures")) == ["corrupt", "malformed"]
    assert "Records: 11 = 9 articles + 2 failures + 0 repeats" in capsys.readouterr().out
    again = tmp_path / "again"
    assert main(["run", "--input", str(feed / "*"), "--output", str(again), *FAST, "--max_failure_rate", "0.01"]) == 3
    assert len(rows(again, "articles")) == 9, "the outputs are kept"


SPLIT = (*FAST[:2], "--batch_bytes", "300", "--portion_bytes", "200")


def test_whatever_the_batches_and_workers_the_rows_are_the_same(feed: Path, tmp_path: Path) -> None:
    for number in range(10, 18):
        (feed / f"{number}.json").write_text(line(number) if number % 4 else "{broken")
    outputs = []
    for name, more in (
        ("one", FAST),
        ("two", (*SPLIT, "--workers", "2")),
        ("two logs", (*FAST, "--logs", "2")),
        ("eight logs", (*SPLIT, "--workers", "3", "--logs", "8")),
    ):
        outputs.append(tmp_path / name)
        arguments = ("--input", str(feed / "*"), "--output", str(outputs[-1]), *more)
        code = main(["run", *arguments]) if "1" in more else run(*arguments).returncode
        assert code == 0
    logs = [sum(any(log.iterdir()) for log in (output / "_wirecopy" / "log").iterdir()) for output in outputs]
    assert logs[:3] == [1, 1, 2]
    assert logs[3] > 2
    assert len(list((outputs[1] / "_wirecopy" / "log" / "000").iterdir())) > 1
    for table in TABLES:
        one, *others = (sorted(map(repr, rows(output, table))) for output in outputs)
        assert others == [one] * 3


def test_workers_that_are_spawned_and_not_forked_give_the_same_rows(
    feed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = multiprocessing.get_context("spawn").Process
    spawned: list[str] = []
    start = begun.start

    def started(process: Any) -> None:
        spawned.append(process.name)
        start(process)

    monkeypatch.setattr(begun, "start", started)
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    for name, more in (("one", FAST), ("two", (*SPLIT, "--workers", "2", "--no_save_main_session"))):
        assert main(["run", "--input", str(feed / "*"), "--output", str(tmp_path / name), *more]) == 0
    assert len(spawned) == 2
    for table in TABLES:
        one, two = (sorted(map(repr, rows(tmp_path / name, table))) for name in ("one", "two"))
        assert one == two


NO_NETWORK = """
import socket, sys


def refuse(event, arguments):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and arguments[0].family != socket.AF_UNIX):
        with open({told!r}, "a") as told:
            told.write(f"{{event}} {{arguments[0]!r}}\\n")
        raise OSError("there is no network")


sys.addaudithook(refuse)
"""


def test_without_a_network_it_runs_whole_and_asks_for_none(feed: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK.format(told=str(tmp_path / "told")))
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    check = "import socket; socket.getaddrinfo('harrow.example', 80)"
    tried = subprocess.run([sys.executable, "-c", check], env={**os.environ, "PYTHONPATH": path}, capture_output=True)
    assert b"there is no network" in tried.stderr
    (tmp_path / "told").unlink()
    flags = ("--batch_bytes", "300", "--portion_bytes", "200", "--workers", "2")
    done = run("--input", str(feed / "*"), "--output", str(tmp_path / "out"), *flags, env={"PYTHONPATH": path})
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "out", "articles")) == 6
    assert rows(tmp_path / "out", "entities")
    assert not (tmp_path / "told").exists(), (tmp_path / "told").read_text()


def test_all_problems_are_said_at_once_and_nothing_is_written(feed: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = run(
        "--input",
        str(feed / "*.none"),
        "--output",
        str(output),
        "--keep",
        "adverts",
        "--without",
        "names",
        "--bogus",
        "1",
        "--spacy_model",
        "en_core_web_nowhere",
    )
    assert done.returncode == 2
    for words in ("--keep adverts", "--without names", "--bogus", "matches nothing", "en_core_web_nowhere"):
        assert words in done.stderr
    assert not output.exists()


@pytest.mark.parametrize("place", ["", "out"])
def test_an_output_inside_the_input_is_refused(place: str, feed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--input", str(feed / "*"), "--output", str(feed / place)]) == 2
    assert "inside" in capsys.readouterr().err


def test_a_bucket_gives_the_rows_that_a_folder_gives(feed: Path, tmp_path: Path, storage_emulator: Any) -> None:
    storage_emulator.blob("feed/a.jsonl").upload_from_string((feed / "a.jsonl").read_bytes())
    target = f"{storage_emulator.root}/out"
    done = run("--input", f"{storage_emulator.root}/feed/*", "--output", target, *FAST)
    assert done.returncode == 0, done.stderr
    assert main(["run", "--input", str(feed / "*"), "--output", str(tmp_path / "out"), *FAST]) == 0
    texts = [row["text"] for batch in Output(target).batches("articles", ["text"]) for row in batch.to_pylist()]
    assert sorted(texts) == sorted(row["text"] for row in rows(tmp_path / "out", "articles"))


def test_compact_replay_and_forget_work_on_a_bucket(strict_emulator: Any) -> None:
    target = f"{strict_emulator.root}/out"
    limit = ("--max_record_bytes", "500")
    for name, numbers in (("a", range(4)), ("b", range(4, 7))):
        long = line(10, "The ferry came back at noon. " * 40) if name == "a" else "{broken"
        data = "\n".join([*map(line, numbers), long]) + "\n"
        strict_emulator.blob(f"feed/{name}.jsonl").upload_from_string(data)
        assert main(["run", "--input", f"{strict_emulator.root}/feed/*", "--output", target, *FAST, *limit]) == 0
    assert main(["replay", target, "--reason", "too_large", "--workers", "1"]) == 0
    before = Output(target)
    assert len(before.files("articles")) == 3
    ids = {row["source_id"]: row["article_id"] for row in read(before, "articles")}
    assert main(["compact", target]) == 0
    assert main(["forget", target, "--article", ids["story-2"]]) == 0
    assert main(["run", "--input", f"{strict_emulator.root}/feed/*", "--output", target, *FAST, *limit]) == 0
    after = Output(target)
    assert len(after.files("articles")) == 1
    assert sorted(row["source_id"] for row in read(after, "articles")) == sorted(ids.keys() - {"story-2"})
    assert [row["reason"] for row in read(after, "failures")] == ["malformed"]


def read(output: Output, table: str) -> list[dict[str, Any]]:
    columns = [name for name in TABLES[table].names if name in ("source_id", "article_id", "reason")]
    return [row for batch in output.batches(table, columns) for row in batch.to_pylist()]
