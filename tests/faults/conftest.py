"""What the tests that kill, starve and mistreat share."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def torture(loaded: Callable[[Path], ModuleType], repository: Path) -> ModuleType:
    """The module torture.py, its processes warm."""
    module = loaded(repository / "tests" / "faults" / "torture.py")
    module.warmed()
    return module
