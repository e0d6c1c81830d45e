"""Rules of the house that the import contracts can't say."""

import ast
import subprocess
from pathlib import Path

import pytest

FOLDERS = ("pipeline", "schemas", "transforms")


def modules(repository: Path) -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((repository / folder).rglob("*.py"))]


def test_every_module_says_why_it_exists(repository: Path) -> None:
    silent = [
        str(path.relative_to(repository))
        for path in modules(repository)
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent


def test_imports_are_absolute_and_annotations_real(repository: Path) -> None:
    """`from __future__ import annotations` makes Beam lose every type hint without an error."""
    for path in modules(repository):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno} imports relatively"
                assert node.module != "__future__", f"{path}:{node.lineno}"


@pytest.mark.parametrize("folder", ["parsing", "cleaning", "entities", "quotes"])
def test_pure_transforms_have_no_clock_no_chance_and_no_network(repository: Path, folder: str) -> None:
    for path in sorted((repository / "transforms" / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {name.split(".")[0] for name in names}
            assert not roots & {"random", "secrets", "uuid", "socket", "urllib3", "requests", "time", "tempfile"}, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "hash", f"{path}:{node.lineno} differs from process to process"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                clock = (node.value.id, node.attr)
                assert clock not in {("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}, (
                    f"{path}:{node.lineno}"
                )


def test_nothing_is_unpickled_evaluated_or_loaded_as_yaml(repository: Path) -> None:
    """What an article or a file could make the code run; ruff's S rules say the same, and can be switched off."""
    for path in modules(repository):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {
                "pickle",
                "cloudpickle",
                "marshal",
                "shelve",
                "yaml",
            }, path
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "__import__"}, f"{path}:{node.lineno}"


def test_no_path_of_a_workplace_is_committed(repository: Path) -> None:
    found = subprocess.run(
        ["git", "grep", "-nIE", r"/work/(main|shared)|/root/|/home/[a-z]+/", "--", ".", ":!tests/packaging"],
        cwd=repository, capture_output=True, text=True,
    )  # fmt: skip
    assert found.returncode in (1, 128), found.stdout
