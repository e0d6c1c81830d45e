"""A bounded run on this machine, from the flags to the exit code: find, bring to an outcome, account for everything."""

import argparse
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict

from pipeline import local, summary
from pipeline.displays import counted, form, json_line, say
from pipeline.logs import Logs
from pipeline.options import DONE, FAILED, TOO_MANY_FAILURES, code_version, limits_of, without_of
from pipeline.progress import Progress
from pipeline.settings import Settings
from pipeline.store import Found, StoreError, find, open_store, read_file
from pipeline.tally import Tally
from pipeline.workers import WorkersFail
from transforms.parsing import parse_field_overrides


def ingest(options: argparse.Namespace, beam_args: Sequence[str], logs: Logs | None = None) -> int:
    """Run over what `--input` matches now and print what became of it. Gives the exit code.

    `logs` are the output's, where they have been read already.
    """
    started_s = time.monotonic()
    progress = Progress()
    try:
        logs = logs or Logs.begun(open_store(options.output), options.logs or 1)
        logs.catch_up()
        objects = list(find(options.input))
        tally = Tally.of(logs, objects)
        already = len(objects) - tally.objects
        progress.start(tally.objects, already)
        if tally.objects or any(True for _ in logs.noted()):
            logging.getLogger("apache_beam").setLevel(logging.ERROR)

            def tell() -> None:
                if tally.due():
                    progress.committed(tally.count())

            settings = settings_of(options, len(logs.logs))
            local.run(objects, logs, settings, options.workers, tuple(beam_args), tell)
            logs.catch_up()
            progress.committed(tally.count())
    except (StoreError, OSError, WorkersFail) as error:
        progress.say(str(error), "error")
        progress.say("the run failed. What is committed stays whole; run again to finish.", "error")
        return FAILED
    finally:
        progress.end()
    return account(logs, objects, already, options, started_s)


def account(logs: Logs, objects: Sequence[Found], already: int, options: argparse.Namespace, started_s: float) -> int:
    """Print what became of these objects, by logs that have been read to their end. Gives the exit code."""
    total = summary.reconcile(logs, objects)
    failures = summary.failures_of(logs) if total.failures else summary.Failures({}, {})
    elapsed_s = time.monotonic() - started_s
    if form() == "json":
        values = {"output": options.output, "already": already, "elapsed_s": round(elapsed_s, 3), **asdict(total)}
        print(json_line("info", "summary", **values, failures_in_output=failures.counts))
    else:
        for line in summary.lines(total, already):
            print(line)
        if failures.counts:
            print("Failures in the output, by reason:")
            for line in summary.failure_lines(failures):
                print(line)
        print(f"{elapsed_s:,.1f} s. Tables are in {options.output}.")
    if total.unfinished:
        verb = "has" if total.unfinished == 1 else "have"
        say(f"{counted(total.unfinished, 'object')} {verb} no complete outcome; run again.", "error")
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
