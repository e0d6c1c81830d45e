"""Every fault of tests/faults/README.md names tests that there are."""

import ast
import re
from pathlib import Path

TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
OF_INPUTS = {*range(1, 32), 50, 51, *range(53, 58)}


def rows(repository: Path) -> dict[int, str]:
    page = (repository / "tests" / "faults" / "README.md").read_text()
    return {int(number): row for number, row in re.findall(r"^\| (\d+) \| (.+) \|$", page, re.M)}


def test_every_fault_of_inputs_has_a_test_that_every_change_runs(repository: Path) -> None:
    found = rows(repository)
    assert sorted(OF_INPUTS - set(found)) == []
    for number, row in found.items():
        files = [file for file, _ in TEST.findall(row)]
        assert files, f"{number} names no test"
        if number in OF_INPUTS:
            assert any(not file.startswith("tests/faults/") for file in files), (
                f"{number}: nothing that every change runs"
            )


def test_every_test_that_is_named_is_there(repository: Path) -> None:
    for number, row in rows(repository).items():
        for file, name in TEST.findall(row):
            tree = ast.parse((repository / file).read_text())
            there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert name in there, f"{number} names {file}::{name}"
