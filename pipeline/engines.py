"""A run on an engine: the graph with a source that lists on the workers, launched, waited for, accounted for."""

import argparse
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    GoogleCloudOptions,
    PipelineOptions,
    PortableOptions,
    SetupOptions,
    StandardOptions,
    TestOptions,
)
from apache_beam.runners.portability.job_server import StopOnExitJobServer
from apache_beam.runners.runner import PipelineResult, PipelineState

from pipeline.credentials import spare_beam_the_search
from pipeline.dataflow import RUNNER as DATAFLOW
from pipeline.dataflow import with_defaults
from pipeline.displays import matching, say
from pipeline.graph import process
from pipeline.ingest import account, settings_of
from pipeline.listing import List, Poll, Read, Unit
from pipeline.log import Outcome
from pipeline.logs import Logs
from pipeline.options import DONE, FAILED, INTERRUPTED
from pipeline.settings import Settings
from pipeline.store import Found, StoreError, find, is_gcs, open_store

DEFAULT_LOGS = 8
"""Logs of an output that an engine begins: with 8, 50 writers no longer queue, and more only make more files.

benchmarks/commits.py, 30 ms a request: 9.6 commits a second with 1 log, 26.7 with 8, 25.2 with 16.
"""


JOB_SERVER_S = 10.0
"""How long a job server may take to answer a call."""


def run_on(options: argparse.Namespace, rest: Sequence[str], logs: Logs | None = None) -> int:
    """Launch the run on `options.runner`, wait for it unless it is told not to, and give the exit code.

    `logs` are the output's, where they have been read already; a run that is only translated has none.
    """
    started_s = time.monotonic()
    options = whole_paths(options)
    made = beam_options(options, rest)
    leaves = leaves_at_once(options, made)
    if is_gcs(options.input) or is_gcs(options.output):
        spare_beam_the_search()
    objects: list[Found] = []
    already = 0
    try:
        shards = options.logs or DEFAULT_LOGS
        if not made.view_as(TestOptions).dry_run:
            logs = logs or Logs.begun(open_store(options.output), shards)
            shards = len(logs.logs)
        if logs and not (leaves or options.streaming):
            logs.catch_up()
            objects = list(find(options.input))
            already = sum(logs.complete(found.uri, found.generation) for found in objects)
            say(matching(len(objects), already))
        result = launch(options, made, shards)
    except StoreError as error:
        say(str(error), "error")
        return FAILED
    except Exception as error:  # an engine's refusals have no common type
        say(f"{options.runner} did not take the job. {type(error).__name__}: {error}", "error")
        logging.getLogger(__name__).debug("launch", exc_info=True)
        return FAILED
    if leaves or logs is None:
        say(_left(options, result))
        return DONE
    code = _wait(options, result)
    if options.streaming or code == INTERRUPTED:
        return code
    try:
        logs.catch_up()
        if not all(logs.complete(found.uri, found.generation) for found in objects):
            # An object that went before a worker listed it was never read by anybody: it is not missing.
            there = set(find(options.input))
            objects = [o for o in objects if o in there or logs.known(o.uri, o.generation)]
        counted = account(logs, objects, already, options, started_s)
    except StoreError as error:
        say(f"the job has ended, and what became of it can't be read. {error}", "error")
        return FAILED
    return code or counted


def whole_paths(options: argparse.Namespace) -> argparse.Namespace:
    """The options with local paths from the root on: workers have a working directory of their own.

    A relative pattern would match nothing there, and a stream would wait for ever.
    """
    changed = argparse.Namespace(**vars(options))
    for name in ("input", "output", "spacy_model"):
        path = getattr(options, name)
        if not is_gcs(path) and (name != "spacy_model" or os.path.exists(path)):
            slash = "/" if path.endswith("/") else ""
            setattr(changed, name, os.path.abspath(path) + slash)
    return changed


def leaves_at_once(options: argparse.Namespace, made: PipelineOptions) -> bool:
    """Whether nobody waits for the job: told so, launched by a template, or only translated."""
    return bool(
        options.no_wait or made.view_as(TestOptions).dry_run or made.view_as(GoogleCloudOptions).template_location
    )


def launch(options: argparse.Namespace, made: PipelineOptions, shards: int) -> PipelineResult:
    """Hand the graph to the engine."""
    endpoint = made.view_as(PortableOptions).job_endpoint
    if endpoint:
        host, _, port = endpoint.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), JOB_SERVER_S):
            pass  # nobody there is known at once; Beam would wait a minute and say less
    pipeline = beam.Pipeline(options=made)
    build(pipeline, options, settings_of(options, shards))
    return pipeline.run()


def beam_options(options: argparse.Namespace, rest: Sequence[str]) -> PipelineOptions:
    """Beam's options for an engine: what was given, our defaults behind it."""
    given = list(rest)
    if options.runner == DATAFLOW:
        given = with_defaults(given, streaming=options.streaming)
    made = PipelineOptions(given)
    made.view_as(StandardOptions).runner = options.runner
    made.view_as(StandardOptions).streaming = options.streaming
    if not any(one.startswith("--save_main_session") for one in given):
        made.view_as(SetupOptions).save_main_session = False
    return made


def build(pipeline: beam.Pipeline, options: argparse.Namespace, settings: Settings) -> None:
    """Put the whole graph on a pipeline."""
    if options.subscription:
        from pipeline.arrivals import arrivals

        todo = arrivals(pipeline, options.subscription, options.input, settings, options.poll_interval)
    else:
        source = Poll(settings, options.poll_interval) if options.streaming else List(settings)
        todo = pipeline | "Input" >> beam.Create([options.input]) | "List" >> beam.ParDo(source)
    spread = todo | "Spread" >> beam.Reshuffle()
    process(spread | "Read" >> beam.ParDo(Read(settings)), settings, by_bundle=True)
    _ = spread | "Large objects" >> _Large(settings)


class _Large(beam.PTransform):
    """Large objects on a way of their own: read in one place, then spread over the workers by their portions.

    They don't join the others behind it: Flink's runner fails on such a Flatten ("consumed but never produced").
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def expand(self, input_or_inputs: "beam.PCollection[Unit]") -> "beam.PCollection[Outcome]":
        read = input_or_inputs | "Read" >> beam.ParDo(Read(self._settings, large=True))
        return process(read | "Spread" >> beam.Reshuffle(), self._settings, by_bundle=True)


def _wait(options: argparse.Namespace, result: PipelineResult) -> int:
    """Wait for the job's end. A signal ends the waiting, and the job too where it is not Dataflow's."""

    def interrupt(number: int, _: FrameType | None) -> NoReturn:
        raise _Asked(number)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        state = result.wait_until_finish()
    except (KeyboardInterrupt, _Asked) as asked:
        if options.runner == DATAFLOW:
            say("the job goes on; drain or cancel it with gcloud dataflow jobs.")
        else:
            say("cancelling the job. What is committed stays; run again to go on.")
            with suppress(Exception):
                result.cancel()
        return DONE if isinstance(asked, _Asked) and options.streaming else INTERRUPTED
    except Exception as error:
        say(f"the job failed. {type(error).__name__}: {_short(error)}", "error")
        say("What is committed stays whole; run again to finish.", "error")
        return FAILED
    finally:
        signal.signal(signal.SIGTERM, before)
        _stop_servers()
    if state not in (PipelineState.DONE, None):
        say(f"the job ended as {state}. What is committed stays whole; run again to finish.", "error")
        return FAILED
    return DONE


def _stop_servers() -> None:
    """Stop the job servers that Beam started: it does so at the interpreter's exit, which we don't wait for.

    Beam keeps no list of them, so they are looked for among all objects.
    """
    for one in gc.get_objects():
        if type(one) is StopOnExitJobServer:
            with suppress(Exception):
                one.stop()


class _Asked(Exception):  # noqa: N818
    """A signal asked for the end."""


def _left(options: argparse.Namespace, result: PipelineResult) -> str:
    name = ""
    with suppress(Exception):
        name = f" as {result.job_id()}"
    return f"handed to {options.runner}{name}; nobody waits for it here. Tables will be in {options.output}."


def _short(error: BaseException) -> str:
    words = str(error).strip().splitlines()
    return words[-1][:500] if words else ""
