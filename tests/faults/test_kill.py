"""P2 and P3: a run killed with SIGKILL at any stage and run again gives the tables of an undisturbed run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.dataset as ds
import pytest

TABLES = ("articles", "entities", "quotes", "embeds", "removals", "failures")
ARTICLES = 60


def _files(output: Path, pattern: str) -> int:
    return sum(path.is_file() for path in output.glob(pattern))


STAGES: dict[str, Callable[[Path], bool]] = {
    "noted": lambda output: _files(output, "_wirecopy/noted/*/*") > 0,
    "staging": lambda output: _files(output, "_wirecopy/stage/*/*/*") > 0,
    "committed": lambda output: _files(output, "_wirecopy/log/*/*") > 0,
    "publishing": lambda output: _files(output, "removals/*/*.parquet") > 1,
}


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("feed") / "feed.jsonl"
    body = "The {} ferry left Port Selwyn at dawn.\n\nAdvertisement\n\n" + "It carried mail and two goats. " * 12
    with path.open("w") as file:
        for number in range(ARTICLES):
            file.write(json.dumps({"id": f"f{number}", "source": "Harrow Wire", "text": body.format(number)}) + "\n")
        file.write("{broken\n")
    return path


def command(feed: Path, output: Path, workers: int) -> list[str]:
    small = ["--batch_bytes", "8000", "--portion_bytes", "4000", "--without", "entities,quotes"]
    arguments = ["--input", str(feed), "--output", str(output), "--workers", str(workers)]
    return [sys.executable, "-m", "pipeline", "run", *arguments, *small]


def tables(output: Path) -> dict[str, list[str]]:
    return {
        name: sorted(map(repr, ds.dataset(output / name, format="parquet", partitioning="hive").to_table().to_pylist()))
        for name in TABLES
    }


@pytest.fixture(scope="module")
def undisturbed(feed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    output = tmp_path_factory.mktemp("undisturbed") / "out"
    subprocess.run(command(feed, output, 1), check=True, capture_output=True, timeout=120)
    found = tables(output)
    assert len(found["articles"]) == ARTICLES
    assert len(found["failures"]) == 1
    return found


@pytest.mark.parametrize(("stage", "workers"), [("noted", 2), ("staging", 1), ("committed", 2), ("publishing", 1)])
def test_killed_and_run_again_the_tables_are_the_same(
    stage: str, workers: int, feed: Path, tmp_path: Path, undisturbed: dict[str, list[str]]
) -> None:
    output = tmp_path / "out"
    with subprocess.Popen(
        command(feed, output, workers), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        deadline_s = time.monotonic() + 60
        while not STAGES[stage](output) and running.poll() is None and time.monotonic() < deadline_s:
            time.sleep(0.002)
        os.killpg(running.pid, signal.SIGKILL)
    for path in output.glob("[!_]*/*/*.parquet"):
        ds.dataset(path).count_rows()  # what a reader can see is whole
    done = subprocess.run(command(feed, output, workers), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert tables(output) == undisturbed
    assert not list(output.glob("_wirecopy/noted/*/*")), "notes whose objects have outcomes go"


def test_what_a_killed_run_had_noted_and_is_gone_is_a_failure(tmp_path: Path) -> None:
    feed, output = tmp_path / "feed", tmp_path / "out"
    feed.mkdir()
    for number in range(40):
        (feed / f"{number:02d}.txt").write_text(f"The {number} ferry left Port Selwyn at dawn. " * 60)
    with subprocess.Popen(
        command(feed / "*", output, 1), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        while not STAGES["noted"](output) and running.poll() is None:
            time.sleep(0.002)
        os.killpg(running.pid, signal.SIGKILL)
    (feed / "00.txt").unlink()
    done = subprocess.run(command(feed / "*", output, 1), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    uris = [row for name in ("articles", "failures") for row in _column(output, name, "source_uri")]
    assert sorted(Path(uri).name for uri in uris) == [f"{number:02d}.txt" for number in range(40)]
    assert _column(output, "failures", "reason") in ([], ["gone"])


def _column(output: Path, table: str, name: str) -> list[str]:
    return ds.dataset(output / table, format="parquet", partitioning="hive").to_table()[name].to_pylist()
