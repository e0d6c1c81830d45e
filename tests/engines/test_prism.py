"""Prism, Beam's own portable runner: batch and stream give the DirectRunner's tables; what is old is not too late."""

import shutil
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

FIVE_HOURS_S = 5 * 3600


@pytest.fixture
def flags(prism: Path) -> list[str]:
    return ["--runner", "PrismRunner", f"--prism_location={prism}"]


def servers() -> set[str]:
    """Process ids of every Prism that runs."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"/prism\0--job_port" in path.read_bytes():
                found.add(path.parent.name)
    return found


def test_a_batch_gives_the_same_tables_and_a_second_run_nothing(
    flags: list[str], tools: SimpleNamespace, articles: Path, expected: dict[str, list[Any]], tmp_path: Path
) -> None:
    output = tmp_path / "out"
    before = servers()
    said = tools.run("--input", f"{articles}/*", "--output", output, *flags)
    assert tools.tables(output) == expected
    assert servers() <= before, "no server stays behind"
    assert "0 of them have their outcome already" in said
    files = sorted(output.rglob("*.parquet"))
    said = tools.run("--input", f"{articles}/*", "--output", output, *flags)
    assert sorted(output.rglob("*.parquet")) == files


def test_a_stream_gives_the_same_tables_of_what_lands_old_or_new_or_changed(
    flags: list[str], tools: SimpleNamespace, examples_articles: Path, stream: Any, tmp_path: Path
) -> None:
    source, output, before = tmp_path / "in", tmp_path / "out", servers()
    shutil.copytree(examples_articles, source)  # these lie there before it starts
    job = stream("--input", f"{source}/*", "--output", output, "--poll_interval", "1", *flags)
    tools.run("--input", f"{source}/*", "--output", tmp_path / "direct")
    expected = tools.tables(tmp_path / "direct")
    count = len(expected["articles"])
    assert tools.wait_for(lambda: len(tools.uris(output)) >= count, 180), job.said()[-4000:]
    assert tools.wait_for(lambda: tools.tables(output)["failures"] == expected["failures"], 30)
    assert tools.tables(output) == expected

    tools.drop(tools.article(1), source / "late.json", age_s=FIVE_HOURS_S)
    tools.drop(tools.article(2), source / "twice.json")
    whole = tools.article(3)
    with (source / "growing.json").open("wb", buffering=0) as growing:
        for start in range(0, len(whole), 40):
            growing.write(whole[start : start + 40])
            time.sleep(0.2)
    assert tools.wait_for(lambda: len(tools.uris(output)) >= count + 3, 60), job.said()[-4000:]
    tools.drop(tools.article(4), source / "twice.json")
    assert tools.wait_for(lambda: len(tools.uris(output)) >= count + 4, 60), job.said()[-4000:]
    assert job.stop() == 0
    assert servers() <= before, "no server stays behind"
    found = [uri for uri in tools.uris(output) if uri.endswith(("late.json", "growing.json", "twice.json"))]
    assert found == [f"{source}/{name}.json" for name in ("growing", "late", "twice", "twice")]
    assert tools.tables(output)["failures"] == expected["failures"], "the half file was never read"


@pytest.mark.parametrize("emulator", ["storage_emulator", "strict_emulator"])
def test_a_bucket_is_read_and_written_from_end_to_end(
    flags: list[str], tools: SimpleNamespace, emulator: str, request: pytest.FixtureRequest
) -> None:
    bucket = request.getfixturevalue(emulator)
    for number in range(6):
        bucket.blob(f"in/day 1/ü{number}.json").upload_from_string(tools.article(number))
    said = tools.run("--input", f"{bucket.root}/in/**", "--output", f"{bucket.root}/out", "--logs", "2", *flags)
    assert "Objects: 6 = 6 with rows + 0 failed + 0 nothing new" in said
    rows = tools.tables(f"{bucket.root}/out")
    found = sorted(row["source_uri"] for row in rows["articles"])
    assert found == [f"{bucket.root}/in/day 1/ü{number}.json" for number in range(6)]
    bucket.blob("in/day 1/ü0.json").upload_from_string(tools.article(100))
    tools.run("--input", f"{bucket.root}/in/**", "--output", f"{bucket.root}/out", *flags)
    assert len(tools.tables(f"{bucket.root}/out")["articles"]) == 7, "a new generation is a new version"
