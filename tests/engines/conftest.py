"""Real engines for the tests, built once into a folder that stays: $WIRECOPY_ENGINES, else ~/.cache/wirecopy/engines.

prism        Beam's own runner, built by Go
flink        a Flink cluster with Beam's job server and a pool of Python workers, by Maven and Java 17
articles     a folder of articles, one object each: evaluation data if it is there, else invented ones
tools        what the tests do again and again: run, tables, uris, wait_for, article, drop and so on
Where Go or Java is missing the tests are skipped, and say so.
"""

import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
FOLDER = Path(__file__).parent
CACHE = Path(os.environ.get("WIRECOPY_ENGINES") or Path.home() / ".cache" / "wirecopy" / "engines")
PRISM = "github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0"
ARTICLES = int(os.environ.get("WIRECOPY_ENGINE_ARTICLES", "60"))
"""Articles that go through each engine; the figures in docs/engines.md are of 500."""


def built(name: str, tool: str, command: Callable[[Path], list[str | Path]], cwd: Path = FOLDER) -> Path:
    """What a tool builds into the cache, or a skip that says what is missing."""
    target = CACHE / name
    if not target.exists():
        if shutil.which(tool) is None:
            pytest.skip(f"NOT TESTED on {name}: {tool} is not installed")
        CACHE.mkdir(parents=True, exist_ok=True)
        made = CACHE / f"{name}.{os.getpid()}"
        done = subprocess.run(
            command(made), cwd=cwd, capture_output=True, text=True, env={**os.environ, "GOBIN": str(made)}
        )
        assert done.returncode == 0, done.stderr[-4000:]
        made.rename(target)
    return target


@pytest.fixture(scope="session")
def prism() -> Path:
    return built("prism-2.77.0", "go", lambda _: ["go", "install", PRISM]) / "prism"


@pytest.fixture(scope="session")
def flink_jars() -> Path:
    if shutil.which("java") is None:
        pytest.skip("NOT TESTED on Flink: Java is not installed")
    copy = ["mvn", "-q", "-B", "-f", FOLDER / "flink-pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    return built("flink-1.19-beam-2.62", "mvn", lambda made: [*copy, f"-DoutputDirectory={made}"])


@pytest.fixture
def pubsub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Pub/Sub server of this test's own, with a topic and a subscription; clients find it by the environment."""
    binary = built("pubsub-2.8.1", "go", lambda made: ["go", "build", "-o", made / "pubsub", "."], FOLDER / "pubsub")
    port = free_port()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{port}")
    with subprocess.Popen([binary / "pubsub", str(port)], stdout=subprocess.DEVNULL) as server:
        try:
            assert wait_for(lambda: open_port(port), 30)
            from google.cloud import pubsub_v1

            publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
            topic = publisher.topic_path("my-proj1", "arrivals")
            publisher.create_topic(name=topic)
            subscription = subscriber.subscription_path("my-proj1", "arrivals")
            subscriber.create_subscription(name=subscription, topic=topic, ack_deadline_seconds=10)
            yield SimpleNamespace(publisher=publisher, subscriber=subscriber, topic=topic, subscription=subscription)
        finally:
            server.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wirecopy(*arguments: Any) -> list[str]:
    return [sys.executable, "-m", "pipeline", "run", *map(str, arguments)]


def run(*arguments: Any, timeout_s: float = 3600) -> str:
    """Run the command to its end and give what it printed; it must succeed."""
    done = subprocess.run(wirecopy(*arguments), cwd=REPOSITORY, capture_output=True, text=True, timeout=timeout_s)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout + done.stderr


def tables(output: Path) -> dict[str, list[Any]]:
    """The rows of every table that count by the log, in an order of their own."""
    from pipeline.reading import Output
    from schemas.tables import TABLES

    source = Output(str(output))
    return {
        name: sorted(
            (row for batch in source.batches(name, schema.names) for row in batch.to_pylist()),
            key=lambda row: repr(row),
        )
        for name, schema in TABLES.items()
    }


def uris(output: Path) -> list[str]:
    """Where the article rows of an output that may not be begun yet come from."""
    from pipeline.reading import Output
    from pipeline.store import StoreError

    with suppress(StoreError, OSError):
        source = Output(str(output))
        return sorted(
            uri for batch in source.batches("articles", ["source_uri"]) for uri in batch["source_uri"].to_pylist()
        )
    return []


def wait_for(condition: Callable[[], bool], timeout_s: float, pause_s: float = 0.5) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(pause_s)
    return condition()


def article(number: int) -> bytes:
    """An invented article of a few sentences; no two are alike."""
    people = ("Ann Hale", "Tomas Reyk", "Ida Quist", "Piet Valcourt", "Mara Selby", "Jon Adair", "Lena Brodt")
    towns = ("Port Selwyn", "Harrow", "Northgate", "Meridian", "Valcourt Bay")
    who, where = people[number % len(people)], towns[number % len(towns)]
    body = (
        f"{where.upper()} (Harrow Wire) - The council of {where} voted on Monday to repair pier {number} after a "
        f"winter of storms.\n\n“We waited {number} days,” said {who}, who runs the harbour office. {who.split()[1]} "
        f"told reporters that the work would cost ${number + 3} million.\n\nAdvertisement\n\nThe ferry company said it "
        "would not raise fares. “Nobody pays more,” its chairman said."
    )
    return json.dumps(
        {
            "id": f"harrow-{number}",
            "headline": f"Pier {number} to be repaired",
            "body": body,
            "date": "2018-03-29T10:00:00Z",
        }
    ).encode()


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ARTICLES objects."""
    folder = tmp_path_factory.mktemp("articles")
    corpus = Path(os.environ.get("WIRECOPY_EVAL") or "/nowhere") / "corpus" / "articles-3000.jsonl.gz"
    if corpus.exists():
        with gzip.open(corpus, "rb") as lines:
            for number, line in enumerate(islice(lines, ARTICLES)):
                (folder / f"{number:05d}.json").write_bytes(line)
    else:
        for number in range(ARTICLES):
            (folder / f"{number:05d}.json").write_bytes(article(number))
    return folder


@pytest.fixture(scope="session")
def expected(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The tables that the DirectRunner makes of the articles."""
    output = tmp_path_factory.mktemp("direct") / "out"
    run("--input", f"{articles}/*", "--output", output)
    return tables(output)


def drop(content: bytes | Path, target: Path, age_s: float = 0) -> None:
    """Let an object land whole."""
    part = target.with_name(f".{target.name}")
    if isinstance(content, Path):
        shutil.copy2(content, part)
    else:
        part.write_bytes(content)
    if age_s:
        os.utime(part, (time.time() - age_s,) * 2)
    part.rename(target)


@pytest.fixture(scope="session")
def tools() -> SimpleNamespace:
    """The functions above, for tests that can't import them: `tests` is no package."""
    given = (run, tables, uris, wait_for, article, drop, free_port, open_port)
    return SimpleNamespace(**{function.__name__: function for function in given})


@dataclass
class Job:
    """A running `wirecopy run --streaming` and what it prints."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM, timeout_s: float = 60) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[Callable[..., Job]]:
    """Starts streams, which end with the test."""
    jobs: list[Job] = []

    def start(*arguments: Any, env: dict[str, str] | None = None) -> Job:
        log = tmp_path / f"job-{len(jobs)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                wirecopy("--streaming", *arguments),
                cwd=REPOSITORY,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(env or {})},
            )
        jobs.append(Job(process, log))
        return jobs[-1]

    yield start
    for job in jobs:
        job.kill()


@dataclass
class Flink:
    """A Flink cluster in one process, and a pool that starts Python workers for it."""

    jars: Path
    folder: Path
    job_port: int = 0
    pool_port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        self.job_port, artifact_port, self.pool_port = free_port(), free_port(), free_port()
        main = "org.apache.beam.runners.flink.FlinkJobServerDriver"
        server = [
            "java",
            "-Xmx1g",
            "-cp",
            f"{self.jars}/*",
            main,
            "--flink-master=[local]",
            f"--job-port={self.job_port}",
        ]
        server += [f"--artifact-port={artifact_port}", "--expansion-port=0", f"--artifacts-dir={self.folder}/artifacts"]
        pool = [sys.executable, "-m", "apache_beam.runners.worker.worker_pool_main", f"--service_port={self.pool_port}"]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # the pool starts plain `python`
        env = {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY)}
        for name, command in (("server", server), ("pool", pool)):
            with (self.folder / f"{name}-{self.job_port}.log").open("wb") as log:
                self.processes.append(
                    subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=REPOSITORY, start_new_session=True)
                )
        assert wait_for(lambda: all(map(open_port, (self.job_port, self.pool_port))), 120), "Flink does not come up"

    @property
    def flags(self) -> list[str]:
        return [
            *("--runner", "PortableRunner", f"--job_endpoint=localhost:{self.job_port}", "--parallelism=2"),
            *("--environment_type=EXTERNAL", f"--environment_config=localhost:{self.pool_port}"),
        ]

    def workers(self) -> list[int]:
        """Python workers that the pool has started and that live."""
        tasks = Path(f"/proc/{self.processes[1].pid}/task")
        children = {int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()}
        return sorted(
            pid for pid in children if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        )

    def kill_workers(self) -> int:
        """Kill every Python worker with -9; gives how many there were."""
        pids = self.workers()
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(pids)

    def kill(self) -> None:
        """End everything with -9, as when a machine goes away."""
        self.kill_workers()
        for process in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()


def open_port(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture
def flink(flink_jars: Path, tmp_path: Path) -> Iterator[Flink]:
    cluster = Flink(flink_jars, tmp_path)
    cluster.start()
    yield cluster
    cluster.kill()
