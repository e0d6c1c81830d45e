"""The embedded default: batches of portions through the one graph in warm processes of this machine."""

import ctypes
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain

from pipeline.isolation import Batch, Isolation
from pipeline.log import new_attempt
from pipeline.logs import Logs
from pipeline.settings import Settings
from pipeline.source import lost_object, read_portions
from pipeline.store import Found, StoreError
from pipeline.workers import Workers
from schemas.records import RawDocument

logger = logging.getLogger(__name__)

RUNNER = "FnApiRunner"
"""What DirectRunner is pinned to: the engine that runs in this process, with and without a network."""

LEAST_PORTION_BYTES = 256
"""What a portion counts for beside its records, so that a million empty objects are no single batch."""

TURN_S = 1.0
"""How long the launcher waits for its workers at a time."""

_TRAY: dict[str, list[RawDocument]] = {}
"""Batches in hand, by name: they reach the graph in this very process without being pickled into it."""


def batches(
    portions: Iterator[RawDocument], batch_bytes: int, portion_bytes: int, workers: int
) -> Iterator[list[RawDocument]]:
    """Portions in batches of about `batch_bytes`, and of less towards the end, so that all workers end together.

    What is left is known by reading ahead, a batch for each worker. Batches depend on the portions and on the number of
    workers alone.
    """
    ahead: deque[RawDocument] = deque()
    ahead_bytes = 0
    while True:
        while not ahead or ahead_bytes < workers * batch_bytes:
            document = next(portions, None)
            if document is None:
                break
            ahead.append(document)
            ahead_bytes += size_bytes(document)
        if not ahead:
            return
        wanted = min(batch_bytes, max(portion_bytes, ahead_bytes // workers))
        batch = [ahead.popleft()]
        taken = size_bytes(batch[0])
        while ahead and taken + size_bytes(ahead[0]) // 2 <= wanted:
            batch.append(ahead.popleft())
            taken += size_bytes(batch[-1])
        ahead_bytes -= taken
        yield batch


def size_bytes(document: RawDocument) -> int:
    """About the bytes that a portion takes in memory; one without a record takes some too."""
    return LEAST_PORTION_BYTES + document.size_bytes


def unfinished_portions(objects: Iterable[Found], logs: Logs, settings: Settings) -> Iterator[RawDocument]:
    """Portions of the objects that have no outcome yet."""
    for found in objects:
        known = logs.known(found.uri, found.generation)
        if not (known and known.complete):
            yield from read_portions(found, known, settings.limits)


def run_batch(documents: list[RawDocument], settings: Settings, beam_args: tuple[str, ...]) -> None:
    """Run one batch through the graph in this process; when this returns, it is committed and published."""
    # Beam is imported where it runs: a launcher whose workers do all the work stays small.
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipeline.graph import process

    name = new_attempt()
    _TRAY[name] = documents
    try:
        with beam.Pipeline(RUNNER, options=PipelineOptions(list(beam_args))) as pipeline:
            process(pipeline | "Batch" >> beam.Create([name]) | "Take" >> beam.FlatMap(take), settings)
    finally:
        del _TRAY[name]
        _give_back_memory()


def take(name: str) -> list[RawDocument]:
    """The portions of a batch in hand."""
    return _TRAY[name]


def _give_back_memory() -> None:
    """Return what a batch has freed to the system: allocators keep it, and the next batch may need it elsewhere."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    with suppress(OSError, AttributeError):  # glibc alone has it
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def run(
    objects: Iterable[Found],
    logs: Logs,
    settings: Settings,
    workers: int,
    beam_args: tuple[str, ...],
    tell: Callable[[], None],
) -> None:
    """Bring every object to an outcome; `tell` is called after each batch, with the logs read up to it.

    Raises what a batch raised, after the batches in hand have ended: what they committed stays.
    """
    portions = unfinished_portions(_with_noted(objects, logs), logs, settings)
    limits = settings.limits
    todo = batches(portions, limits.batch_bytes, limits.portion_bytes, workers)
    _run_all(todo, logs, settings, workers, beam_args, tell)
    logs.refresh()
    for attempt, left in logs.noted():
        if not left:
            logs.unnote(attempt)


def _run_all(
    todo: Iterator[list[RawDocument]],
    logs: Logs,
    settings: Settings,
    workers: int,
    beam_args: tuple[str, ...],
    tell: Callable[[], None],
) -> None:
    first = next(todo, None)
    if first is None:
        return
    second = next(todo, None)
    if workers > 1 and second is not None:
        run_in_processes(chain([first, second], todo), logs, settings, workers, beam_args, tell)
        return
    for batch in chain([first], [second] if second else [], todo):
        attempt = new_attempt()
        logs.note(attempt, [document.portion for document in batch])
        try:
            run_batch(batch, settings, beam_args)
        except StoreError as error:  # without what Beam adds to its words
            raise StoreError(str(error).split(" [while running")[0]) from error
        except Exception as error:
            logger.warning("a batch failed (%s); it is run again in a process of its own", type(error).__name__)
            run_in_processes(iter([batch]), logs, settings, 1, beam_args, tell)
        logs.refresh()
        logs.unnote(attempt)
        tell()


def run_in_processes(
    todo: Iterator[list[RawDocument]],
    logs: Logs,
    settings: Settings,
    workers: int,
    beam_args: tuple[str, ...],
    tell: Callable[[], None],
) -> None:
    """Run batches in processes; a record that kills or stops one becomes a failure, and the others go on."""
    processes = Workers(workers, settings, beam_args)
    isolation = Isolation(processes, settings.limits)
    error = ""
    try:
        while not error or isolation.in_hand:
            while isolation.idle and not error and (documents := next(todo, None)):
                batch = Batch.of(documents)
                logs.note(batch.note, batch.portions)
                isolation.begin(batch)
            if not isolation.in_hand and isolation.idle:
                break
            for batch in isolation.wait(TURN_S):
                error = error or batch.error
                logs.refresh()
                if not batch.error:
                    logs.unnote(batch.note)
                tell()
        processes.stop()
    finally:
        processes.kill()
    if error:
        raise StoreError(error)


def _with_noted(objects: Iterable[Found], logs: Logs) -> Iterator[Found]:
    """The objects, and behind them those that a dead attempt had noted and that are not among them any more."""
    listed: set[tuple[str, int]] = set()
    for found in objects:
        listed.add((found.uri, found.generation))
        yield found
    for _, portions in logs.noted():
        for portion in portions:
            if (portion.uri, portion.generation) not in listed:
                listed.add((portion.uri, portion.generation))
                lost = lost_object(portion)
                if lost:
                    yield lost
