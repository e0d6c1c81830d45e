"""What the benchmarks rest on: copies that are no repeats, a whole process tree measured, a worse ratio told."""

import runpy
import subprocess
import sys
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def benchmark(repository: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    monkeypatch.syspath_prepend(str(repository / "benchmarks"))
    import articles
    import compare
    import measuring

    return {"articles": articles, "compare": compare, "measuring": measuring}


def test_what_they_import_is_there(benchmark: dict[str, ModuleType], repository: Path) -> None:
    for script in sorted((repository / "benchmarks").glob("*.py")):
        runpy.run_path(str(script), run_name="imported")


def test_no_paragraph_of_a_copy_is_one_that_was_there_before(benchmark: dict[str, ModuleType]) -> None:
    one = {"id": "a", "title": "Ferry", "url": "https://wire.test/a", "text": "It left.\n\nIt came back."}
    made = list(islice(benchmark["articles"].copies([one, {**one, "id": "b", "text": "It rained."}]), 6))
    for key in ("id", "title"):
        assert len({(article[key], article["text"]) for article in made}) == 6
    paragraphs = [line for article in made for line in article["text"].split("\n") if line]
    assert len(set(paragraphs)) == len(paragraphs) == 9
    assert len({article["id"] for article in made}) == 6


def test_what_grandchildren_take_is_measured(benchmark: dict[str, ModuleType]) -> None:
    busy = "import time\nwhile time.process_time() < 0.6: pass"
    leaves = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    measured = benchmark["measuring"].run_measured([sys.executable, "-c", leaves])
    assert measured.exit_code == 0
    assert measured.cpu_s >= 0.6, "the child that outlived its parent is waited for and counts"


def test_what_ran_before_is_not_waited_for(benchmark: dict[str, ModuleType]) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as before:
        try:
            assert benchmark["measuring"].run_measured([sys.executable, "-c", ""], sample=False).exit_code == 0
            assert before.poll() is None
        finally:
            before.kill()


def test_the_longest_path_is_the_busiest_child_of_the_busiest(benchmark: dict[str, ModuleType]) -> None:
    parents = {1: 0, 2: 1, 3: 1, 4: 3, 5: 3}
    seconds = {1: 1.0, 2: 9.0, 3: 2.0, 4: 6.0, 5: 8.0}
    assert benchmark["measuring"].longest_path(1, parents, seconds) == 11.0


def test_a_ratio_is_worse_beyond_the_tolerance_or_when_it_is_gone(benchmark: dict[str, ModuleType]) -> None:
    worse = benchmark["compare"].names_of_worse
    recorded = {"speed": 4.0, "memory": 1.0}
    assert worse({"speed": 3.41, "memory": 0.86}, recorded) == []
    assert worse({"speed": 3.39, "memory": 1.2}, recorded) == ["speed"]
    assert worse({"speed": 5.0}, recorded) == ["memory"]
