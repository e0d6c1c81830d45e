"""Every fault of tests/faults/README.md names tests that there are."""

import ast
import re
from pathlib import Path

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
ALL = range(1, 62)
BY_TORTURE_ALONE = {36, 37}
"""These take a full disk, or processes killed by the hundred."""


def rows(repository: Path) -> dict[int, str]:
    page = (repository / "tests" / "faults" / "README.md").read_text()
    return {int(number): row for number, row in re.findall(r"^\| (\d+) \| (.+) \|$", page, re.M)}


def test_every_fault_has_a_test_that_every_change_runs(repository: Path) -> None:
    found = rows(repository)
    assert sorted(found) == list(ALL)
    for number, row in found.items():
        files = [file for file, _ in TEST.findall(row)]
        assert files, f"{number} names no test"
        if number not in BY_TORTURE_ALONE:
            others = ("tests/faults/", "tests/engines/", "tests/soak/", "tests/browser/")
            assert any(not file.startswith(others) for file in files), f"{number}: nothing that every change runs"


def test_every_test_that_is_named_is_there(repository: Path) -> None:
    for number, row in rows(repository).items():
        for file, name in TEST.findall(row):
            tree = ast.parse((repository / file).read_text())
            there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in there, f"{number} names {file}::{name}"
