"""A batch to its outcome, whatever is in it: run, run again, then find the record that fails and set it apart.

A batch that fails, or whose process dies, is run once more: a worker may have been killed for reasons of its own. If
that ends the same way, each record is taken through the stages alone, in a process that says beforehand which one it
takes. What raises there, or is in hand when the process dies, becomes a failure row with its bytes, and the batch runs
without it. A batch that dies though no record of it does (for want of memory, say) is run object by object, and an
object that still ends the process becomes a failure. Storage that fails is never a record's fault.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.log import new_attempt
from pipeline.workers import Bad, Documents, Place, Report, Run, Try, Workers
from schemas.failures import payload_facts
from schemas.limits import Limits
from schemas.records import Failure, Portion, RawDocument

logger = logging.getLogger(__name__)

TRIES = 2
"""How often a batch is run before its records are looked at one by one."""
MAX_STRIKES = 5
"""How often it is tried to look at the records of a batch at all."""

_FAILED = "A batch fails ({}), though none of its records does."
_LATE = "A batch takes longer than it may, though none of its records does."
_STAGES = {"Parse": "parse", "Clean": "clean", "Annotate": "annotate", "Rows": "write"}
_TOGETHER = (
    "The process died ({}) on the records of this portion together, though on none of them alone. Give a worker more "
    "memory, or use a smaller --portion_bytes."
)


@dataclass(slots=True)
class Batch:
    """Documents on their way to a commit. `note` is the attempt under which they are noted.

    The pieces of a batch that had to be taken apart are run one after another; the first is the one in hand.
    """

    note: str
    pieces: list[list[RawDocument]]
    strikes: int = 0
    bad: dict[Place, Failure] = field(default_factory=dict)
    set_apart: int = 0
    error: str = ""
    begun_s: float = 0.0
    objects: frozenset[tuple[str, int]] = frozenset()
    size_bytes: int = 0

    @classmethod
    def of(cls, documents: list[RawDocument]) -> "Batch":
        """A new batch, of all these documents."""
        objects = frozenset((one.portion.uri, one.portion.generation) for one in documents)
        size_bytes = sum(document.size_bytes for document in documents)
        return cls(new_attempt(), [documents], objects=objects, size_bytes=size_bytes)

    @property
    def portions(self) -> list[Portion]:
        """What is not committed yet."""
        return [document.portion for piece in self.pieces for document in piece]


class Isolation:
    """Batches in hand of the workers; what ends there has an outcome, or an error that is no record's fault."""

    def __init__(self, workers: Workers, limits: Limits) -> None:
        self._workers, self._limits = workers, limits
        self._batches: dict[int, Batch] = {}
        self._next: list[tuple[Run | Try, Batch]] = []

    @property
    def idle(self) -> int:
        """How many new batches can begin at once."""
        return max(0, self._workers.idle - len(self._next))

    @property
    def in_hand(self) -> int:
        """Batches begun and not ended."""
        return len(self._batches) + len(self._next)

    def begin(self, batch: Batch) -> None:
        """Run a batch, now or as soon as a worker is free; one that ended with an error may begin again."""
        batch.error, batch.strikes, batch.begun_s = "", 0, time.monotonic()
        self._give(Run(batch.pieces[0]), batch)

    def wait(self, timeout_s: float) -> list[Batch]:
        """Wait for what ends, or until the time is over: each with its outcome, or with `error` in words."""
        ended = []
        for report in self._workers.wait(timeout_s):
            batch = self._batches.pop(id(report.job))
            job = _next_job(batch, report, self._limits)
            if job is None:
                ended.append(batch)
            else:
                self._next.append((job, batch))
        waiting, self._next = self._next, []
        for job, batch in waiting:
            self._give(job, batch)
        return ended

    def _give(self, job: Run | Try, batch: Batch) -> None:
        if self._workers.idle:
            self._batches[id(job)] = batch
            self._workers.give(job)
        else:
            self._next.append((job, batch))


def _next_job(batch: Batch, report: Report, limits: Limits) -> Run | Try | None:
    """What comes after a report: another job, or nothing where the batch has come to its end."""
    match report:
        case Report(outcome="done", job=Run()):
            batch.pieces.pop(0)
            batch.strikes = 0
            return Run(batch.pieces[0]) if batch.pieces else None
        case Report(outcome="storage"):
            batch.error = report.detail
            return None
        case Report(job=Try()):
            return _after_try(batch, report, limits)
    batch.strikes += 1
    logger.warning("a batch of %d objects failed (%s); it is run again", len(batch.pieces[0]), report.detail)
    if report.outcome != "late" and batch.strikes < TRIES:
        return Run(batch.pieces[0])
    batch.error = {"failed": _FAILED.format(report.detail), "late": _LATE}.get(report.outcome, "")
    return Try(batch.pieces[0])


def _after_try(batch: Batch, report: Report, limits: Limits) -> Run | Try | None:
    piece = batch.pieces[0]
    start = report.job.start if isinstance(report.job, Try) else (0, 0)
    for bad in report.bad:
        batch.bad[bad.place] = _failure(piece, bad, "error", f"{bad.detail}.", limits)
    if report.outcome in ("died", "late") and report.at is not None:
        place, stage = report.at
        reason, detail = "crashed", f"The process died on it ({report.detail})."
        if report.outcome == "late":
            reason, detail = "timeout", f"It took longer than {limits.max_record_seconds} s."
        batch.bad[place] = _failure(piece, Bad(place, stage, ""), reason, detail, limits)
        return Try(piece, (place[0], place[1] + 1))
    if report.outcome != "done":  # it ended before the first record, for reasons of its own
        batch.strikes += 1
        batch.error = f"No record of a batch can be looked at ({report.detail})."
        return Try(piece, start) if batch.strikes < MAX_STRIKES else None
    if batch.bad:
        batch.set_apart += len(batch.bad)
        batch.pieces[0] = _without(piece, batch.bad)
        batch.bad, batch.strikes, batch.error = {}, 0, ""
    elif batch.error:
        return None  # it is no record: it is the commit, or what surrounds it
    elif len(piece) > 1:
        batch.pieces[:1] = [[document] for document in piece]
        batch.strikes = 0
    elif piece[0].records:
        batch.set_apart += len(piece[0].records)
        batch.pieces[0] = [_all_failed(piece[0], report, limits)]
        batch.strikes = 0
    else:
        batch.error = "The process dies while it commits."
        return None
    return Run(batch.pieces[0])


def _failure(piece: Documents, bad: Bad, reason: str, detail: str, limits: Limits) -> Failure:
    record = piece[bad.place[0]].records[bad.place[1]]
    return Failure(
        _STAGES.get(bad.stage, "write"),
        reason,
        detail,
        record.index,
        *payload_facts(record.content, limits.max_payload_bytes),
    )


def _without(piece: Documents, bad: dict[Place, Failure]) -> list[RawDocument]:
    """The documents with failures in place of the bad records."""
    return [
        replace(
            document,
            records=tuple(r for number, r in enumerate(document.records) if (index, number) not in bad),
            failures=_in_order([*document.failures, *(f for place, f in bad.items() if place[0] == index)]),
        )
        for index, document in enumerate(piece)
    ]


def _all_failed(document: RawDocument, report: Report, limits: Limits) -> RawDocument:
    places = [(0, number) for number in range(len(document.records))]
    words = _TOGETHER.format(report.detail or "twice")
    bad = {place: _failure([document], Bad(place, "Annotate", ""), "crashed", words, limits) for place in places}
    return _without([document], bad)[0]


def _in_order(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    return tuple(sorted(failures, key=lambda failure: failure.record_index))
