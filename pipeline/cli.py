"""The command line: verbs, exit codes, and what a run prints. Beam and spaCy are imported only where they are used."""

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from pipeline.help_texts import FIRST_STEPS, PROGRAM, described, exit_code_lines
from pipeline.options import (
    DONE,
    FAILED,
    INTERRUPTED,
    REFUSED,
    Parser,
    UsageError,
    add_replay_flags,
    add_run_flags,
    code_version,
    problems_of,
    replay_problems,
)
from pipeline.runners import LOCAL, flags_of, problems_of_runner, unknown_flags
from schemas.ids import ID_CHARS

if TYPE_CHECKING:
    from pipeline.logs import Logs


class _EndedEarly(Exception):  # noqa: N818 - read as words
    """A verb was stopped after it had begun; `problems` are what stopped it and what to do then."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code; without a verb it is `run`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0].startswith("--") and given[0] not in ("--help", "--version"):
        given.insert(0, "run")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        options, rest = _parser().parse_known_args(given)
        if getattr(options, "log_format", "text") != "text":
            from pipeline.displays import use

            use(options.log_format)
        return int(options.function(options, rest))
    except (UsageError, _EndedEarly) as error:
        for problem in error.problems:
            _say(problem, "error")
        return REFUSED if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        _say("interrupted. What is committed stays; run again to go on.", "error")
        return INTERRUPTED


def entry() -> NoReturn:
    """The installed command: leaves at once with the exit code, when all is written and said.

    Threads of Beam's in-process runner have been seen to abort the interpreter while it shuts down, after the last
    commit: an exit code that would then tell of a failure that never was.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _parser() -> Parser:
    parser = Parser(
        prog="wirecopy",
        description=PROGRAM,
        epilog=FIRST_STEPS + exit_code_lines(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wirecopy {code_version()}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="read articles and write the tables", **described("run"))
    add_run_flags(run)
    run.set_defaults(function=_run)
    check = verbs.add_parser("check", help="look at everything a run needs, before it", **described("check"))
    add_run_flags(check)
    check.add_argument(
        "--fix",
        action="store_true",
        help="with --subscription, make what is missing: topic, subscription, notification",
    )
    check.set_defaults(function=_check)
    report = verbs.add_parser("report", help="write one HTML page about an output", **described("report"))
    report.add_argument("output", metavar="OUTPUT", help="the --output of a run")
    report.add_argument("--target", help="file of the page (default: OUTPUT/report.html)")
    report.set_defaults(function=_report)
    link = verbs.add_parser("link", help="mark near duplicates and versions in a table of its own", **described("link"))
    link.add_argument("output", metavar="OUTPUT", help="the --output of a run")
    link.set_defaults(function=_link)
    compact = verbs.add_parser("compact", help="merge the small files of each day into few", **described("compact"))
    compact.add_argument("output", metavar="OUTPUT", help="the --output of a run")
    compact.set_defaults(function=_compact)
    replay = verbs.add_parser("replay", help="run failures again with the code of today", **described("replay"))
    add_replay_flags(replay)
    replay.set_defaults(function=_replay)
    forget = verbs.add_parser("forget", help="take articles out of every table, for good", **described("forget"))
    forget.add_argument("output", metavar="OUTPUT", help="the --output of a run")
    forget.add_argument("--article", action="extend", nargs="+", default=[], metavar="ID", help="article_id to forget")
    forget.add_argument("--failure", action="extend", nargs="+", default=[], metavar="ID", help="failure_id to forget")
    forget.set_defaults(function=_forget)
    return parser


def _say(text: str, level: str = "info") -> None:
    from pipeline.displays import say

    say(text, level)


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    problems = problems_of(options)
    problems += _settings_problems(options)
    problems += problems_of_runner(options, rest)
    problems += _unknown_to_beam(rest, options.runner)
    findings = []
    local = options.runner in LOCAL
    options.workers = options.workers or max(1, os.cpu_count() or 1) if local else 1
    dry = not local and flags_of(rest).get("dry_run", "").lower() == "true"  # translated only: nothing is looked at
    looks = bool(options.input and options.output) and not dry
    logs = _logs_read(options.output) if looks else None
    if looks and (problems or options.streaming or not _is_done(options, logs)):
        from pipeline.check import check

        findings = check(options, logs)
        problems += [f"{one.what} {one.fix}".strip() for one in findings if one.level == "error"]
    if problems:
        raise UsageError(list(dict.fromkeys(problems)))
    for one in findings:
        if one.level == "warning":
            _say(f"{one.what} {one.fix}", "warning")
    if not local:
        from pipeline.engines import run_on

        return run_on(options, rest, logs)
    if options.streaming:
        from pipeline.streaming import stream

        return stream(options, rest, logs)
    from pipeline.ingest import ingest

    return ingest(options, rest, logs)


def _logs_read(output: str) -> "Logs | None":
    """The logs of an output, read once for all that a run's beginning asks of them; None where that can't be done."""
    from pipeline.logs import Logs
    from pipeline.store import StoreError, open_store

    try:
        logs = Logs.of_output(open_store(output))
        logs.refresh()
    except (StoreError, OSError):
        return None  # `check` meets it again, and says it
    return logs if logs.logs else None


def _is_done(options: argparse.Namespace, logs: "Logs | None") -> bool:
    """True where every object that matches has its outcome: then neither a model nor an engine is needed."""
    from pipeline.store import StoreError, find

    if logs is None:
        return False
    try:
        objects = list(find(options.input))
    except (StoreError, OSError):
        return False
    return bool(objects) and all(logs.complete(found.uri, found.generation) for found in objects)


def _settings_problems(options: argparse.Namespace) -> list[str]:
    problems = []
    if options.field:
        from transforms.parsing import parse_field_overrides

        try:
            parse_field_overrides(options.field)
        except ValueError as error:
            problems += str(error).splitlines()
    if options.rules:
        from pipeline.store import StoreError, read_file
        from transforms.cleaning import RuleError, load_rules

        try:
            load_rules(read_file(options.rules), options.rules)
        except (OSError, StoreError, RuleError) as error:
            problems.append(f"--rules: {error}")
    return problems


def _unknown_to_beam(rest: Sequence[str], runner: str) -> list[str]:
    """Flags that neither we nor Beam know: a misspelt one must not be dropped in silence."""
    if not rest:
        return []
    from apache_beam.options.pipeline_options import PipelineOptions

    known: set[str] = set()
    for kind in _subclasses(PipelineOptions):
        parser = argparse.ArgumentParser(add_help=False, conflict_handler="resolve")
        adds = getattr(kind, "_add_argparse_args", None)
        if adds:
            adds(parser)
            known.update(parser._option_string_actions)
    return unknown_flags(rest, known, runner)


def _subclasses(kind: type) -> list[type]:
    found = kind.__subclasses__()
    return found + [deeper for one in found for deeper in _subclasses(one)]


def _check(options: argparse.Namespace, rest: list[str]) -> int:
    of_runner = problems_of_runner(options, rest)
    problems = problems_of(options) + _settings_problems(options) + of_runner
    problems += _unknown_to_beam(rest, options.runner)
    if not (options.input and options.output):
        raise UsageError(problems)
    from pipeline.check import check

    options.workers = options.workers or max(1, os.cpu_count() or 1)
    findings = check(options)
    for problem in problems:
        _show_finding("error", problem, "")
    for one in findings:
        if of_runner and one.level == "ok" and one.what.startswith(options.runner):
            continue
        _show_finding(one.level, one.what, one.fix)
    return REFUSED if problems or any(one.level == "error" for one in findings) else DONE


def _show_finding(level: str, what: str, fix: str) -> None:
    from pipeline.displays import form, json_line

    if form() == "json":
        print(json_line("info" if level == "ok" else level, "check", found=level, what=what, fix=fix))
    else:
        print(f"{level:8} {what}" + (f"\n         {fix}" if fix else ""))


def _report(options: argparse.Namespace, rest: list[str]) -> int:
    _refuse(rest)
    from pipeline.report import write_report

    with _in_words():
        print(write_report(options.output, options.target))
    return DONE


def _link(options: argparse.Namespace, rest: list[str]) -> int:
    _refuse(rest)
    from pipeline.displays import counted
    from pipeline.linking import link

    with _in_words():
        counts = link(options.output)
    print(
        f"{counted(counts['articles'], 'article')}, {counted(counts['near_duplicates'], 'near duplicate')},"
        f" {counted(counts['versions'], 'version')}, {counted(counts['families'], 'family', 'families')}"
    )
    return DONE


def _compact(options: argparse.Namespace, rest: list[str]) -> int:
    _refuse(rest)
    logs = _begun(options.output)
    from pipeline.compaction import compact
    from pipeline.displays import counted

    with _in_words("compaction ended early. What is merged stays; run it again to go on."):
        done = compact(logs)
    print(
        f"{counted(done.files_before, 'file')} merged into {done.files_after:,} in {counted(done.merges, 'commit')},"
        f" {counted(done.rows, 'row')}; {counted(done.cleared, 'attempt')} of dead processes cleared."
    )
    return DONE


def _replay(options: argparse.Namespace, rest: list[str]) -> int:
    problems = replay_problems(options) + _settings_problems(options) + [f"{flag}: no such flag." for flag in rest]
    if problems:
        raise UsageError(problems)
    logs = _begun(options.output)
    from pipeline.ingest import settings_of
    from pipeline.replaying import Wanted, lines, replay

    wanted = Wanted(frozenset(options.reason), frozenset(options.stage), options.after or "", options.before or "")
    workers = options.workers or max(1, os.cpu_count() or 1)
    with _in_words("the replay ended early. What is replaced stays; run it again to go on."):
        done = replay(logs, wanted, settings_of(options, len(logs.logs)), workers)
    for line in lines(done):
        print(line)
    return DONE


def _forget(options: argparse.Namespace, rest: list[str]) -> int:
    problems = [f"{flag}: no such flag." for flag in rest]
    if not options.article and not options.failure:
        problems.append("--article is missing: name the article_id to forget, or with --failure a failure_id.")
    problems += [
        f"{one} is no id: an id is {ID_CHARS} digits and letters from a to f, as in the column article_id."
        for one in (*options.article, *options.failure)
        if len(one) != ID_CHARS or set(one) - set("0123456789abcdef")
    ]
    if problems:
        raise UsageError(problems)
    logs = _begun(options.output)
    from pipeline.forgetting import forget, lines

    with _in_words("forgetting ended early. Run it again: only then is everything gone."):
        done = forget(logs, options.article, options.failure)
    for line in lines(done):
        print(line)
    return DONE


def _begun(output: str) -> "Logs":
    """The logs of an output that must have been begun."""
    from pipeline.logs import Logs
    from pipeline.store import open_store

    with _in_words():
        logs = Logs.of_output(open_store(output))
    if not logs.logs:
        raise UsageError([f"{output} has no log (OUTPUT/_wirecopy): name the --output of a run."])
    return logs


@contextmanager
def _in_words(begun: str = "") -> Iterator[None]:
    """Say it in words where storage or all workers fail: a refusal, or an early end with `begun` telling what then."""
    from pipeline.store import StoreError
    from pipeline.workers import WorkersFail

    try:
        yield
    except (StoreError, OSError, WorkersFail) as error:
        raise (_EndedEarly(str(error), begun) if begun else UsageError([str(error)])) from error


def _refuse(rest: Sequence[str]) -> None:
    if rest:
        raise UsageError([f"{flag}: no such flag." for flag in rest])
