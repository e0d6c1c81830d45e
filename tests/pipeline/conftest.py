"""Outputs that are made by the real stages without a model, in this process: quick to make, and whole."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.log import Outcome, shard_of
from pipeline.logs import Logs
from pipeline.settings import Settings
from pipeline.store import StoreError, find, open_store
from pipeline.store_local import LocalStore
from schemas.records import RawDocument

ARRIVED_NS = 1_740_830_400_000_000_000
"""2025-03-01: the order of versions follows the times of files."""


class Made:
    """An output in a folder, and what one does with it. `settings` are those of the next call."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.feed = folder / "in"
        self.feed.mkdir(parents=True, exist_ok=True)
        self.output = folder / "out"
        self.settings = Settings(str(self.output), "1", "none", without=frozenset(("entities", "quotes")))

    def set(self, **values: Any) -> None:
        self.settings = replace(self.settings, **values)

    def put(self, name: str, content: bytes | str, seconds: int = 0) -> Path:
        """A file of the feed, so many seconds after the first could have arrived."""
        path = self.feed / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, ns=(ARRIVED_NS + seconds * 10**9,) * 2)
        return path

    def logs(self, count: int = 1) -> Logs:
        return Logs.begun(open_store(str(self.output)), count)

    def commit(self, documents: Iterable[RawDocument]) -> list[Outcome]:
        """Take documents through the stages and into the log, each by itself."""
        from pipeline.sink import Commit

        elements = self.rows_of(documents)
        commit = Commit(self.settings.output, self.settings.code_version)
        commit.setup()
        keyed = [(shard_of(element.portion.uri, self.settings.shards), [element]) for element in elements]
        return [outcome for group in keyed for outcome in commit.process(group)]

    def rows_of(self, documents: Iterable[RawDocument]) -> list[Any]:
        """Take documents through the stages."""
        from pipeline.graph import stages

        elements: list[Any] = list(documents)
        for stage in stages(self.settings).values():
            stage.setup()
            elements = [one for element in elements for one in stage.process(element)]
        return elements

    def run(self, pattern: str = "") -> list[Outcome]:
        """Bring what a pattern finds, else what lies in the feed, to its outcome, an object at a time."""
        from pipeline.local import unfinished_portions

        logs = self.logs()
        logs.catch_up()
        objects = find(pattern or str(self.feed))
        return [o for one in unfinished_portions(objects, logs, self.settings) for o in self.commit([one])]

    def table(self, name: str) -> pa.Table:
        """Rows that a plain reader sees."""
        files = sorted(self.output.glob(f"{name}/*/*.parquet"))
        return pa.concat_tables([pq.ParquetFile(file).read() for file in files])

    def rows(self, name: str) -> list[dict[str, Any]]:
        return sorted(self.table(name).to_pylist(), key=repr)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.fixture
def another(tmp_path: Path) -> Callable[[], Made]:
    """One more output over a copy of nothing: for what an undisturbed run would have given."""
    numbers = iter(range(100))
    return lambda: Made(tmp_path / f"another-{next(numbers)}")


@pytest.fixture
def failing_from(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], AbstractContextManager[None]]:
    """A folder that takes no more writes: within the block the call of this number, and all behind it, fails."""

    @contextmanager
    def failing(call: int) -> Iterator[None]:
        made = 0

        def counted(true: Callable[..., object]) -> Callable[..., object]:
            def act(*arguments: object) -> object:
                nonlocal made
                made += 1
                if made >= call:
                    raise StoreError("the disk is gone")
                return true(*arguments)

            return act

        with monkeypatch.context() as patch:
            for name in ("put", "create", "publish", "delete"):
                patch.setattr(LocalStore, name, counted(getattr(LocalStore, name)))
            yield

    return failing
