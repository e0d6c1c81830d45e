"""Processes of the real command that are killed or stopped at a chosen operation of their storage, and cheap to start.

Each is forked from one that has everything imported, runs `pipeline.cli.main` in a session of its own, and sends itself
SIGKILL or SIGSTOP before, after or half-way through the n-th operation that matches. Nothing is mocked but that, and
that a replay runs its batches in the process itself instead of starting workers of its own.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import cli, local, replaying, store_local
from pipeline.compaction import compact
from pipeline.graph import process
from pipeline.log import ROOT
from pipeline.logs import Logs
from pipeline.settings import Settings
from pipeline.store import open_store
from pipeline.store_local import LocalStore
from pipeline.warm import warm
from schemas.ids import stable_id
from schemas.tables import TABLES

RUN = ["--without", "entities,quotes", "--workers", "1", "--batch_bytes", "5000", "--portion_bytes", "1500"]
SHORT = ["--max_article_chars", "400"]
"""A run refuses the long articles; the replay, without this, takes them."""


@dataclass(frozen=True, slots=True)
class Point:
    """An operation at which a process meets a signal: the n-th of this kind on such a name; `when` is before, half or
    after. `call` is a method of the store; any of them if empty."""

    what: str
    call: str
    name: str
    when: str
    number: int = 1

    def matches(self, call: str, name: str) -> bool:
        return self.call in ("", call) and self.name in name


POINTS = [
    Point("while staging", "put", "/stage/", "half"),
    Point("staged in part", "put", "/stage/", "after", 2),
    Point("before the commit", "create", "/log/", "before"),
    Point("half-way in the commit", "create", "/log/", "half"),
    Point("after the commit", "create", "/log/", "after"),
    Point("in the midst of publishing", "publish", ".parquet", "after"),
    Point("before the last file is published", "publish", "articles/", "before"),
    Point("after the last file is published", "publish", "articles/", "after"),
    Point("before it is marked", "put", "/published/", "before"),
    Point("after it is marked", "put", "/published/", "after"),
]
REPLACING = [
    Point("before what it replaces goes", "delete", ".parquet", "before"),
    Point("half-way through what it replaces", "delete", ".parquet", "after"),
]
OPERATIONS = ("put", "create", "publish", "delete")


def armed(point: Point | None, signal_number: int) -> None:
    """Let this process meet a signal at a point."""
    left = [point.number if point else 0]

    def hooked(call: str, true: Callable[..., Any]) -> Callable[..., Any]:
        def act(store: LocalStore, name: str, *more: Any) -> Any:
            target = more[0] if call == "publish" else name
            if point is None or not point.matches(call, target):
                return true(store, name, *more)
            left[0] -= 1
            if left[0] != 0:
                return true(store, name, *more)
            if point.when == "half" and call in ("put", "create"):
                folder = os.path.join(store.root, store_local.TEMPORARY)
                os.makedirs(folder, exist_ok=True)
                half = os.path.join(folder, f"{os.getpid()}@{store_local._MACHINE}-half")
                Path(half).write_bytes(more[0][: len(more[0]) // 2])
            if point.when != "after":
                os.kill(os.getpid(), signal_number)
            done = true(store, name, *more)
            if point.when == "after":
                os.kill(os.getpid(), signal_number)
            return done

        return act

    for call in OPERATIONS:
        setattr(LocalStore, call, hooked(call, getattr(LocalStore, call)))


def warmed() -> None:
    """Fill, before any fork, what is filled at its first use: word lists, patterns, what Beam knows of our types."""
    nothing = frozenset(("entities", "quotes"))
    warm("none", nothing)
    process(
        beam.Pipeline() | beam.Create(["nothing"]) | beam.FlatMap(local.take), Settings("", "", "none", without=nothing)
    )


def in_this_process(todo: Iterator[list[Any]], _logs: Logs, settings: Any, *_: object) -> None:
    for batch in todo:
        local.run_batch(batch, settings, ())


@dataclass(slots=True)
class Process:
    """One process of the command, or of a function."""

    pid: int
    said: Path
    status: int | None = None

    def wait(self, timeout_s: float = 120) -> int:
        """Wait for its end; gives the exit code, or minus the signal."""
        until_s = time.monotonic() + timeout_s
        while self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > until_s:
                self.kill()
                raise AssertionError(f"it hangs: {self.said.read_text()[-2000:]}")
            else:
                time.sleep(0.005)
        return self.status

    def wait_for_stop(self, timeout_s: float = 60) -> bool:
        """Wait until it has stopped itself; False where it ended before."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                return True
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                return False
            time.sleep(0.005)
        raise AssertionError("it neither stopped nor ended")

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def begin(
    act: Callable[[], int], said: Path, point: Point | None = None, signal_number: int = signal.SIGKILL
) -> Process:
    """Fork a process that does this."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Process(pid, said)
    code = 99
    try:
        os.setsid()
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        sys.stdout, sys.stderr = (os.fdopen(os.dup(number), "w") for number in (1, 2))
        replaying.run_in_processes = in_this_process  # type: ignore[assignment]
        armed(point, signal_number)
        code = act()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


@dataclass(slots=True)
class World:
    """A feed and an output, and what can be done to it. Two worlds over one feed can be compared."""

    folder: Path
    feed: Path
    said: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.feed.mkdir(parents=True, exist_ok=True)
        self.said = self.folder / "said.txt"
        self.said.touch()

    @property
    def output(self) -> Path:
        return self.folder / "out"

    def arguments(self, verb: str, article: str = "") -> list[str]:
        output = str(self.output)
        return {
            "run": ["run", "--input", str(self.feed), "--output", output, *RUN, *SHORT],
            "replay": ["replay", output, *RUN],
            "compact": ["compact", output],
            "forget": ["forget", output, "--article", article or "0" * 32],
        }[verb]

    def begin(self, verb: str, article: str = "", point: Point | None = None, number: int = signal.SIGKILL) -> Process:
        arguments = self.arguments(verb, article)
        return begin(lambda: cli.main(arguments), self.said, point, number)

    def do(self, verb: str, article: str = "") -> None:
        """Let a verb come to its end."""
        code = self.begin(verb, article).wait()
        if code != 0:
            raise AssertionError(f"{verb} gave {code}: {self.said.read_text()[-3000:]}")

    def tidy(self) -> None:
        """What `compact` does, taking every staged file for a dead attempt's."""
        output = str(self.output)
        clear = begin(lambda: 0 if compact(Logs.of_output(open_store(output)), stale_s=0) else 1, self.said)
        if clear.wait() != 0:
            raise AssertionError(self.said.read_text()[-3000:])

    def rows(self) -> dict[str, list[str]]:
        """Rows that a plain reader sees, by table."""
        return {
            table: sorted(
                repr(row) for path in self.output.glob(f"{table}/*/*.parquet") for row in _read(path).to_pylist()
            )
            for table in TABLES
        }

    def problems_at_rest(self) -> list[str]:
        """What must not be when all processes have come to their end."""
        problems = []
        logs = Logs.of_output(open_store(str(self.output)))
        logs.refresh()
        live = {name for state in logs.states for name in state.live}
        there = {str(path.relative_to(self.output)) for path in self.output.glob("*/*/*.parquet")}
        problems += [f"{name} is not in place" for name in sorted(live - there)]
        problems += [f"{name} is left over" for name in sorted(there - live)]
        for state in logs.states:
            for uri, versions in state.objects.items():
                problems += [f"{uri} has no whole outcome" for known in versions.values() if not known.complete]
        rows = {
            table: sum(
                pq.ParquetFile(self.output / name).metadata.num_rows for name in live if name.startswith(f"{table}/")
            )
            for table in TABLES
        }
        counted = [known for state in logs.states for versions in state.objects.values() for known in versions.values()]
        for table in ("articles", "failures"):
            number = sum(getattr(known, table) for known in counted)
            if number != rows[table]:
                problems.append(f"the log counts {number} {table}, and there are {rows[table]}")
        for folder in ("stage", "noted"):
            left = [path for path in (self.output / ROOT / folder).rglob("*") if path.is_file()]
            problems += [f"{path} is left over" for path in left]
        return problems


def _read(path: Path) -> pa.Table:
    return pq.ParquetFile(path).read(use_threads=False)


# What lands, step by step


def article_id(number: int) -> str:
    """Id of an article of the feed."""
    return stable_id("id", "Harrow Wire", f"ferry-{number}")


def record(number: int, *, long: bool = False) -> str:
    body = f"The {number} ferry left Port Selwyn at dawn.\n\nAdvertisement\n\n"
    body += "It carried mail and two goats. " * (20 if long else 3)
    return json.dumps({"id": f"ferry-{number}", "source": "Harrow Wire", "text": body})


def land(feed: Path, step: int, choose: random.Random) -> None:
    """What lands before a step: objects of one article and of many, long ones, broken ones, and a file that grew."""
    first = step * 100
    for number in range(first, first + choose.randrange(2, 5)):
        _put(feed / f"{number:05d}.json", record(number, long=choose.random() < 0.3), step)
    lines = [record(first + 10 + n, long=choose.random() < 0.3) for n in range(choose.randrange(3, 9))]
    lines.insert(choose.randrange(len(lines)), "{broken")
    _put(feed / f"{first:05d}-lines.jsonl", "\n".join(lines) + "\n", step)
    if step % 3 == 2:
        grown = feed / f"{first - 100:05d}-lines.jsonl"
        _put(grown, grown.read_text() + record(first + 50) + "\n", step)


def _put(path: Path, text: str, step: int) -> None:
    waiting = path.with_name(f".{path.name}")
    waiting.write_text(text)
    stamp_ns = (1_740_830_400 + step * 7_000) * 10**9
    os.utime(waiting, ns=(stamp_ns, stamp_ns))
    waiting.rename(path)


# Readers


def watch(output: Path, forgotten: Path, removals: int = 1) -> int:
    """Read for ever, as a plain reader of files and as one that asks the log; gives 1 and says why when it is wrong.

    Every article of the feed has `removals` rows of that table. `forgotten` names the articles whose forgetting has
    said that it was done.
    """
    looks = {"files": 0, "log": 0}
    while True:
        for name, look in (("files", _look_at_files), ("log", _look_by_log)):
            try:
                told = forgotten.read_text().split() if forgotten.exists() else []
                problem = look(output, told, removals)
            except FileNotFoundError:
                continue  # replaced while we read: look again
            if problem:
                print(f"READER of {name}: {problem}")
                return 1
            looks[name] += 1
            (output.parent / "looks.json").write_text(json.dumps(looks))
        time.sleep(0.05)


def _look_at_files(output: Path, forgotten: Sequence[str], removals: int) -> str:
    articles = _keys(sorted(output.glob("articles/*/*.parquet")))
    others = _keys(sorted(output.glob("removals/*/*.parquet")))
    still = _keys(sorted(output.glob("articles/*/*.parquet")))
    for path in output.glob("*/*/*.parquet"):
        pq.ParquetFile(path).metadata  # noqa: B018 - a half file has none
    if any(key[0] in forgotten for key in still):
        return "a forgotten article is back"
    for key in set(articles) & set(still):
        if others.count(key) < removals:
            return f"{key} can be seen without its rows"
    return ""


def _look_by_log(output: Path, forgotten: Sequence[str], removals: int) -> str:
    logs = Logs.of_output(open_store(str(output)))
    logs.refresh()
    live = sorted(name for state in logs.states for name in state.live)
    articles = _keys([output / name for name in live if name.startswith("articles/")])
    others = _keys([output / name for name in live if name.startswith("removals/")])
    known = [known for state in logs.states for versions in state.objects.values() for known in versions.values()]
    if len(set(articles)) != len(articles):
        return "an article is there twice"
    if len(articles) != sum(one.articles for one in known):
        return f"{len(articles)} articles, and the log counts {sum(one.articles for one in known)}"
    if sorted(articles * removals) != sorted(others):
        return "articles and their rows differ"
    if any(key[0] in forgotten for key in articles):
        return "a forgotten article is back"
    return ""


def _keys(paths: list[Path]) -> list[tuple[str, str, int, int]]:
    keys: list[tuple[str, str, int, int]] = []
    for path in paths:
        columns = ["article_id", "source_uri", "source_generation", "record_index"]
        table = pq.ParquetFile(path).read(columns, use_threads=False)
        keys += zip(*(table[name].to_pylist() for name in columns), strict=True)
    return keys
