"""Fixtures that more than one folder of tests uses.

examples_articles   the folder of the example articles
examples_output     an output made from them by `wirecopy run`, once a session; read only
wirecopy_eval       the folder of evaluation data, or a skip that says why
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def examples_articles(repository: Path) -> Path:
    return repository / "examples" / "articles"


@pytest.fixture(scope="session")
def examples_output(examples_articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("examples") / "out"
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--input", f"{examples_articles}/*", "--output", str(output)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return output


@pytest.fixture(scope="session")
def wirecopy_eval() -> Path:
    folder = os.environ.get("WIRECOPY_EVAL")
    if not folder:
        pytest.skip("WIRECOPY_EVAL is not set: nothing is measured on evaluation data")
    return Path(folder)
