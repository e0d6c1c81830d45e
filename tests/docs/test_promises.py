"""Every promise of ARCHITECTURE.md names tests that there are, and the command that runs them does run them."""

import ast
import re
from pathlib import Path

PROMISES = tuple(range(1, 12))
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
RUN_BY = {"tests/faults": "torture", "tests/browser": "test-browser", "tests/engines": "test-engines"}


def rows(repository: Path) -> dict[str, str]:
    page = (repository / "ARCHITECTURE.md").read_text()
    return dict(re.findall(r"^\| (P\d+) \| (.+) \|$", page, re.M))


def test_every_promise_has_a_test_that_every_change_runs(repository: Path) -> None:
    found = rows(repository)
    assert list(found) == [f"P{number}" for number in PROMISES]
    for promise, row in found.items():
        files = [file for file, _ in TEST.findall(row)]
        assert any(not file.startswith(tuple(RUN_BY)) for file in files), f"{promise}: nothing that `make test` runs"


def test_every_test_that_is_named_is_there(repository: Path) -> None:
    for promise, row in rows(repository).items():
        for file, name in TEST.findall(row):
            tree = ast.parse((repository / file).read_text())
            there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in there, f"{promise} names {file}::{name}"


def test_folders_of_their_own_are_run_by_the_target_that_the_page_names(repository: Path) -> None:
    page = (repository / "ARCHITECTURE.md").read_text()
    makefile = (repository / "Makefile").read_text()
    named = {file.rsplit("/", 1)[0] for row in rows(repository).values() for file, _ in TEST.findall(row)}
    for folder, target in RUN_BY.items():
        if folder in named:
            assert f"`{folder}`" in page
            assert f"`make {target}`" in page
            recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", makefile, re.M)
            assert recipe
            assert folder in recipe[1]
