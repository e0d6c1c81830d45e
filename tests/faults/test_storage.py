"""Storage that fails under a run: full, forbidden, once or always. Nothing half can be seen, and again it is right."""

import errno
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

NOBODY = 65_534


@pytest.fixture
def worlds(torture: ModuleType, tmp_path: Path) -> tuple[Any, Any]:
    feed = tmp_path / "feed"
    feed.mkdir()
    for step in range(2):
        torture.land(feed, step, random.Random(5))
    return torture.World(tmp_path / "disturbed", feed), torture.World(tmp_path / "undisturbed", feed)


def failed(world: Any, code: int, words: str) -> None:
    """The run has said why, and whatever can be seen is whole."""
    said = world.said.read_text()
    assert code == 1, said
    assert words in said
    assert "run again" in said
    for path in world.output.glob("*/*/*.parquet"):
        pq.ParquetFile(path).read()


def again(there: Any, wanted: Any) -> None:
    for world in (there, wanted):
        world.do("run")
        world.tidy()
    assert there.rows() == wanted.rows()
    assert there.problems_at_rest() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "none", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can't be mounted: this needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_full(torture: ModuleType, worlds: tuple[Any, Any], small_disk: Path) -> None:
    _, wanted = worlds
    there = torture.World(small_disk, wanted.feed)
    failed(there, there.begin("run").wait(), "the disk is full")
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    again(there, wanted)


def test_a_file_that_may_not_grow(torture: ModuleType, worlds: tuple[Any, Any]) -> None:
    import resource

    there, wanted = worlds

    def limited() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, 3_000))
        return torture.cli.main(there.arguments("run"))

    failed(there, torture.begin(limited, there.folder / "said.txt").wait(), "File too large")
    again(there, wanted)


def test_permission_that_is_lost(torture: ModuleType, worlds: tuple[Any, Any]) -> None:
    there, wanted = worlds
    if os.getuid() != 0:
        pytest.skip("only root can become another user")
    there.do("run")
    for path in [*there.folder.parents[:3], *there.folder.parent.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o055)
    torture.land(there.feed, 3, random.Random(1))
    arguments = there.arguments("compact")

    def without_right() -> int:
        os.setuid(NOBODY)
        return int(torture.cli.main(arguments))

    code = torture.begin(without_right, there.said).wait()
    assert code == 1
    assert "permission denied" in there.said.read_text()
    again(there, wanted)


CALLS: dict[str, Callable[..., Any]] = {"fsync": os.fsync, "link": os.link, "replace": os.replace, "unlink": os.unlink}


@pytest.mark.parametrize("times", [1, 10**9], ids=["once", "always"])
@pytest.mark.parametrize("call", list(CALLS))
def test_a_call_that_fails(call: str, times: int, torture: ModuleType, worlds: tuple[Any, Any]) -> None:
    there, wanted = worlds

    def failing() -> int:
        left = [times]
        skipped = [12]
        true = CALLS[call]

        def act(*arguments: Any, **more: Any) -> Any:
            skipped[0] -= 1
            if skipped[0] < 0 and left[0] > 0:
                left[0] -= 1
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return true(*arguments, **more)

        setattr(os, call, act)
        return int(torture.cli.main(there.arguments("run")))

    code = torture.begin(failing, there.said).wait()
    if code != 0:
        failed(there, code, os.strerror(errno.EIO))
    again(there, wanted)
