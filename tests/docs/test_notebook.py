"""The notebook of the examples runs from top to bottom and gives the answers that it shows; `make docs` renews them."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = "examples/fortnight.ipynb"


@pytest.fixture
def reader_folder(repository: Path, examples_output: Path, tmp_path: Path) -> Path:
    """A folder as a reader has it after `make demo`."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "demo").symlink_to(examples_output)
    shutil.copytree(repository / "docs", tmp_path / "docs")
    (tmp_path / "examples").mkdir()
    return tmp_path


def answers(notebook: Any) -> list[list[str]]:
    """What each code cell gave, as text."""
    return [
        ["".join(output.get("text", "") or output.get("data", {}).get("text/plain", "")) for output in cell.outputs]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_every_cell_gives_the_answer_that_the_notebook_shows(
    repository: Path, reader_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No history, no profile of whoever runs this; a kernel that is asked over a socket file needs no port.
    monkeypatch.setenv("IPYTHONDIR", str(reader_folder / ".ipython"))
    monkeypatch.setenv("PYTHONPATH", str(repository))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    shown = nbformat.read(repository / NOTEBOOK, as_version=4)
    run = nbformat.read(repository / NOTEBOOK, as_version=4)
    client = NotebookClient(
        run, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(reader_folder / "examples")}}
    )
    client.execute()
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        for cell in run.cells:
            cell.metadata.clear()  # when it ran, to the microsecond
        run.metadata.pop("language_info", None)
        nbformat.write(run, repository / NOTEBOOK)
    else:
        assert answers(run) == answers(shown), f"{NOTEBOOK} shows other answers; renew them with `make docs`"
