"""Warm processes: each has the model loaded before its first batch, and one that dies takes no other with it.

The launcher hears by a pipe what became of each job, and by the pipe's end that the process is gone. Workers pass over
the signals that a terminal or a service manager sends to all processes of a group: the launcher decides when they end.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import connection
from typing import Any, Literal

from pipeline.forks import worker_context
from pipeline.settings import Settings
from pipeline.store import StoreError
from schemas.records import Portion, RawDocument, RawRecord

SLOWEST_BYTES_PER_S = 1_000
"""A batch that is slower than this, beyond the time that one record may take, hangs."""
MAX_DEATHS_AT_START = 3
"""So many processes in a row that die while they load the model: then no process of this machine can."""
JOIN_S = 10.0
"""How long a process without work may take to leave before it is killed."""

Documents = Sequence[RawDocument]
Place = tuple[int, int]
"""A record of a batch: index of its document, index among that document's records."""


class WorkersFail(Exception):  # noqa: N818 - read as words
    """No worker can be started; the message says why."""


@dataclass(frozen=True, slots=True)
class Run:
    """Run these documents through the graph to their commit."""

    documents: Documents


@dataclass(frozen=True, slots=True)
class Try:
    """Take each record from `start` on through the stages by itself, commit nothing, and tell which of them fail."""

    documents: Documents
    start: Place = (0, 0)


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that fails by itself: where, at which stage, with what."""

    place: Place
    stage: str
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a job.

    outcome: done; storage (StoreError, its words in `detail`); failed (another exception); died (the process is gone);
        late (it took too long and was killed).
    at: of a Try that died or was late, the record and stage in hand; `bad` are those that raised before.
    """

    job: Run | Try
    outcome: Literal["done", "storage", "failed", "died", "late"]
    detail: str = ""
    at: tuple[Place, str] | None = None
    bad: tuple[Bad, ...] = ()


@dataclass(slots=True)
class _Worker:
    process: Any
    pipe: connection.Connection
    ready: bool = False
    job: Run | Try | None = None
    late_at_s: float = 0.0
    at: tuple[Place, str] | None = None
    bad: list[Bad] = field(default_factory=list)


class Workers:
    """So many processes, each with at most one job in hand; one that dies is replaced at once."""

    def __init__(self, count: int, settings: Settings, beam_args: tuple[str, ...]) -> None:
        self._settings, self._beam_args = settings, beam_args
        self._context: Any = worker_context(settings)
        self._deaths_at_start = 0
        self._workers = [self._start() for _ in range(count)]

    @property
    def idle(self) -> int:
        """Processes that are warm and have nothing to do."""
        return sum(worker.ready and worker.job is None for worker in self._workers)

    @property
    def busy(self) -> int:
        """Jobs in hand."""
        return sum(worker.job is not None for worker in self._workers)

    @property
    def pids(self) -> list[int]:
        """The processes, warm or not yet."""
        return [worker.process.pid for worker in self._workers]

    def give(self, job: Run | Try) -> None:
        """Hand a job to an idle process; there must be one."""
        worker = next(worker for worker in self._workers if worker.ready and worker.job is None)
        worker.job, worker.at, worker.bad = job, None, []
        patience_s = self._settings.limits.max_record_seconds
        if isinstance(job, Run):
            patience_s += sum(document.size_bytes for document in job.documents) // SLOWEST_BYTES_PER_S
        worker.late_at_s = time.monotonic() + patience_s
        with suppress(BrokenPipeError, ConnectionResetError):  # it died while it waited; `wait` will see that
            worker.pipe.send(job)

    def wait(self, timeout_s: float) -> list[Report]:
        """Wait for reports, or until the time is over. Raises WorkersFail where processes can't start."""
        reports: list[Report] = []
        readable = connection.wait([worker.pipe for worker in self._workers], timeout_s)
        for index, worker in enumerate(self._workers):
            if worker.pipe in readable:
                try:
                    while worker.pipe.poll():
                        reports += self._heard(worker, *worker.pipe.recv())
                except (EOFError, OSError):
                    reports += self._replace(index, "died")
                    continue
            if worker.job is not None and time.monotonic() > worker.late_at_s:
                worker.process.kill()
                reports += self._replace(index, "late")
        return reports

    def stop(self) -> None:
        """Let every process leave, and wait for it; what is in hand is finished first."""
        for worker in self._workers:
            worker.pipe.close()
            if not worker.ready:
                worker.process.kill()
        until_s = time.monotonic() + JOIN_S
        for worker in self._workers:
            worker.process.join(max(0.0, until_s - time.monotonic()))
        self.kill()

    def kill(self) -> None:
        """End every process at once."""
        for worker in self._workers:
            worker.process.kill()

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._settings, self._beam_args), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)

    def _heard(self, worker: _Worker, what: str, *more: Any) -> list[Report]:
        job = worker.job
        match what:
            case "ready":
                worker.ready, self._deaths_at_start = True, 0
            case "unfit":
                raise WorkersFail(more[0])
            case "at":
                worker.at = (more[0], more[1])
                worker.late_at_s = time.monotonic() + self._settings.limits.max_record_seconds
            case "bad":
                worker.bad.append(Bad(*more))
            case "ended" if job is not None:
                worker.job = None
                return [Report(job, more[0], more[1], None, tuple(worker.bad))]
        return []

    def _replace(self, index: int, outcome: Literal["died", "late"]) -> list[Report]:
        gone = self._workers[index]
        gone.process.join(JOIN_S)
        code = gone.process.exitcode
        gone.pipe.close()
        if not gone.ready:
            self._deaths_at_start += 1
            if self._deaths_at_start >= MAX_DEATHS_AT_START:
                raise WorkersFail(
                    f"Worker processes die while they start ({_exit_words(code)}). Look at the machine's memory, and "
                    "use fewer --workers."
                )
        self._workers[index] = self._start()
        if gone.job is None:
            return []
        return [Report(gone.job, outcome, _exit_words(code), gone.at, tuple(gone.bad))]


def _exit_words(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in signal.Signals.__members__.values() else str(-code)
    return f"signal {name}"


# In the worker's own process


def _work(pipe: connection.Connection, settings: Settings, beam_args: tuple[str, ...]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)  # what fails is reported, and said once
    threading.Thread(target=_end_with_launcher, daemon=True).start()
    try:
        _warm_up(settings)
    except Exception as error:
        pipe.send(("unfit", f"A worker can't start: {type(error).__name__}: {error}"))
        return
    from pipeline.local import run_batch
    from pipeline.sink import keep_logs

    keep_logs()
    pipe.send(("ready",))
    while True:
        try:
            job = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        outcome, detail = "done", ""
        try:
            if isinstance(job, Run):
                run_batch(list(job.documents), settings, beam_args)
            else:
                _try_records(job, settings, lambda *message: pipe.send(message))
        except StoreError as error:
            outcome, detail = "storage", str(error).split(" [while running")[0]
        except Exception as error:
            outcome, detail = "failed", words_of(error)
        pipe.send(("ended", outcome, detail))


def _end_with_launcher() -> None:
    """A worker whose launcher was killed ends too, instead of waiting for work for ever."""
    launcher = multiprocessing.parent_process()
    if launcher is not None:
        launcher.join()
        os._exit(1)


_FIRST = "The ferry left Port Selwyn at dawn on Monday. “It was late again,” said Ann Hale, who sells tickets there."


def _warm_up(settings: Settings) -> None:
    """Load what is loaded late, with an article that is nobody's."""
    import apache_beam as beam

    from pipeline.local import RUNNER

    document = RawDocument(Portion("warm-up", 0, 0), "text/plain", (RawRecord(0, _FIRST.encode()),))
    _try_records(Try([document]), settings, lambda *_: None)
    with beam.Pipeline(RUNNER) as pipeline:
        _ = pipeline | beam.Create([document]) | beam.GroupBy(lambda one: one.portion.uri)


def _try_records(job: Try, settings: Settings, tell: Callable[..., None]) -> None:
    from pipeline.graph import stages  # here, so that a launcher stays without Beam

    chain = stages(settings)
    for stage in chain.values():
        stage.setup()
    for index, document in enumerate(job.documents):
        for number, record in enumerate(document.records):
            if (index, number) < job.start:
                continue
            element: Any = replace(document, records=(record,), failures=(), repeats=0)
            for name, stage in chain.items():
                tell("at", (index, number), name)
                try:
                    (element,) = stage.process(element)
                except Exception as error:
                    tell("bad", (index, number), name, words_of(error))
                    break


def words_of(error: BaseException) -> str:
    """An exception by its type and place, without its message: that can hold an article's text."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f" in {at.tb_frame.f_code.co_name}, line {at.tb_lineno}" if at else ""
    return f"{type(error).__name__}{place}"
