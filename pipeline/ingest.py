"""A bounded run on this machine, from the flags to the exit code: find, bring to an outcome, account for everything."""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from typing import TextIO

from pipeline import local, summary
from pipeline.logs import Logs
from pipeline.options import DONE, FAILED, TOO_MANY_FAILURES, code_version, limits_of, without_of
from pipeline.settings import Settings
from pipeline.store import Found, StoreError, find, open_store, read_file
from transforms.parsing import parse_field_overrides


def ingest(options: argparse.Namespace, beam_args: Sequence[str]) -> int:
    """Run over what `--input` matches now and print what became of it. Gives the exit code."""
    started_s = time.monotonic()
    try:
        logs = Logs.begun(open_store(options.output), options.logs or 1)
        logs.catch_up()
        objects = list(find(options.input))
        already = sum(logs.complete(found.uri, found.generation) for found in objects)
        print(
            f"wirecopy: {len(objects):,} objects match, {already:,} of them have their outcome already.",
            file=sys.stderr,
        )
        if already < len(objects) or any(True for _ in logs.noted()):
            logging.getLogger("apache_beam").setLevel(logging.ERROR)

            def tell() -> None:
                _say_progress(logs, started_s, sys.stderr)

            settings = settings_of(options, len(logs.logs))
            local.run(objects, logs, settings, options.workers, tuple(beam_args), tell)
            logs.catch_up()
    except (StoreError, OSError) as error:
        print(f"wirecopy: {error}", file=sys.stderr)
        print("wirecopy: the run failed. What is committed stays whole; run again to finish.", file=sys.stderr)
        return FAILED
    return account(logs, objects, already, options, started_s)


def account(logs: Logs, objects: Sequence[Found], already: int, options: argparse.Namespace, started_s: float) -> int:
    """Print what became of these objects, by logs that have been read to their end. Gives the exit code."""
    total = summary.reconcile(logs, objects)
    for line in summary.lines(total, already):
        print(line)
    if total.failures:
        print("Failures in the output, by reason:")
        for line in summary.failure_lines(logs):
            print(line)
    print(f"{time.monotonic() - started_s:,.1f} s. Tables are in {options.output}.")
    if total.unfinished:
        print(f"wirecopy: {total.unfinished:,} objects have no complete outcome; run again.", file=sys.stderr)
        return FAILED
    return TOO_MANY_FAILURES if total.failure_rate > options.max_failure_rate else DONE


def settings_of(options: argparse.Namespace, shards: int) -> Settings:
    """What the graph's stages need to know, from the flags; a file that a flag names is read here."""
    rules = None
    if options.rules:
        rules = (options.rules, read_file(options.rules))
    return Settings(
        output=options.output,
        code_version=code_version(),
        spacy_model=options.spacy_model,
        provider=options.provider,
        fields=tuple(parse_field_overrides(options.field)),
        keep=frozenset(options.keep),
        rules=rules,
        without=without_of(options),
        shards=shards,
        limits=limits_of(options),
    )


def _say_progress(logs: Logs, started_s: float, stream: TextIO) -> None:
    articles = failures = 0
    for state in logs.states:
        for versions in state.objects.values():
            for known in versions.values():
                articles += known.articles
                failures += known.failures
    print(
        f"wirecopy: {articles:,} articles and {failures:,} failures committed, {time.monotonic() - started_s:,.0f} s",
        file=stream,
        flush=True,
    )
