"""The embedded default: batches of portions through the one graph in warm processes of this machine."""

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.graph import Settings, process
from pipeline.log import new_attempt
from pipeline.logs import Logs
from pipeline.source import read_portions
from pipeline.store import Found
from schemas.records import RawDocument

logger = logging.getLogger(__name__)

RUNNER = "FnApiRunner"
"""What DirectRunner is pinned to: the engine that runs in this process, with and without a network."""

_TRAY: dict[str, list[RawDocument]] = {}
"""Batches in hand, by name: they reach the graph in this very process without being pickled into it."""


def batches(objects: Iterable[Found], logs: Logs, settings: Settings) -> Iterator[list[RawDocument]]:
    """Portions of the objects that have no outcome yet, in batches of about `limits.batch_bytes`."""
    batch: list[RawDocument] = []
    size_bytes = 0
    for found in objects:
        known = logs.known(found.uri, found.generation)
        if known and known.complete:
            continue
        for document in read_portions(found, known, settings.limits):
            content_bytes = sum(len(record.content) for record in document.records)
            if batch and size_bytes + content_bytes > settings.limits.batch_bytes:
                yield batch
                batch, size_bytes = [], 0
            batch.append(document)
            size_bytes += content_bytes
    if batch:
        yield batch


def run_batch(documents: list[RawDocument], settings: Settings, beam_args: tuple[str, ...]) -> None:
    """Run one batch through the graph in this process; when this returns, it is committed and published."""
    name = new_attempt()
    _TRAY[name] = documents
    try:
        with beam.Pipeline(RUNNER, options=PipelineOptions(list(beam_args))) as pipeline:
            process(pipeline | "Batch" >> beam.Create([name]) | "Take" >> beam.FlatMap(take), settings)
    finally:
        del _TRAY[name]


def take(name: str) -> list[RawDocument]:
    """The portions of a batch in hand."""
    return _TRAY[name]


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
    _run_all(batches(_with_noted(objects, logs), logs, settings), logs, settings, workers, beam_args, tell)
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
    if workers == 1 or second is None:
        for batch in (b for source in ([first], [second] if second else [], todo) for b in source):
            _noted(logs, batch, lambda batch=batch: run_batch(batch, settings, beam_args))
            tell()
        return
    _run_in_processes([first, second], todo, logs, settings, workers, beam_args, tell)


def _noted(logs: Logs, batch: list[RawDocument], work: Callable[[], None]) -> None:
    attempt = new_attempt()
    logs.note(attempt, [document.portion for document in batch])
    work()
    logs.refresh()
    logs.unnote(attempt)


def _run_in_processes(
    first: list[list[RawDocument]],
    rest: Iterator[list[RawDocument]],
    logs: Logs,
    settings: Settings,
    workers: int,
    beam_args: tuple[str, ...],
    tell: Callable[[], None],
) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _end_with_parent, (os.getpid(),)) as pool:
        running: dict[Future[None], str] = {}

        def settle(futures: Iterable[Future[None]]) -> None:
            for future in futures:
                attempt = running.pop(future)
                future.result()
                logs.refresh()
                logs.unnote(attempt)
                tell()

        for source in (first, rest):
            for batch in source:
                if len(running) > workers:
                    settle(wait(running, return_when=FIRST_COMPLETED).done)
                attempt = new_attempt()
                logs.note(attempt, [document.portion for document in batch])
                running[pool.submit(run_batch, batch, settings, beam_args)] = attempt
        while running:
            settle(wait(running, return_when=FIRST_COMPLETED).done)


def _end_with_parent(parent: int) -> None:
    """A worker whose launcher was killed ends too, instead of waiting for work for ever."""
    logging.getLogger("apache_beam").setLevel(logging.ERROR)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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
                yield Found(portion.uri, portion.generation, 0, portion.received_us)
