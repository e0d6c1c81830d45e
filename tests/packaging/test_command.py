"""The command answers at once: Beam and spaCy are imported only by what needs them."""

import argparse
import json
import re
import resource
import shlex
import subprocess
import sys

import pytest

from pipeline.cli import _parser
from pipeline.help_texts import EXIT_CODES, VERBS
from pipeline.options import DONE, FAILED, INTERRUPTED, REFUSED, TOO_MANY_FAILURES

HEAVY = ("apache_beam", "spacy", "pyarrow", "thinc", "numpy", "google.cloud.storage")


def help_run(*before: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *before, "-m", "pipeline", "--help"], capture_output=True, text=True, timeout=60
    )


def test_help_takes_less_than_half_a_second() -> None:
    def children_cpu_s() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    taken = []
    for _ in range(3):
        before = children_cpu_s()
        done = help_run()
        taken.append(children_cpu_s() - before)
        assert done.returncode == 0, done.stderr
    assert min(taken) < 0.5


def test_help_imports_nothing_heavy() -> None:
    done = help_run("-X", "importtime")
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert json.dumps([name for name in HEAVY if name in imported]) == "[]"


def test_help_names_every_verb_and_every_exit_code() -> None:
    shown = help_run().stdout
    for verb in verbs():
        assert re.search(rf"^    {verb}  ", shown, re.M), verb
    for code in (DONE, FAILED, REFUSED, TOO_MANY_FAILURES, INTERRUPTED):
        assert re.search(rf"^  {code} ", shown, re.M), code
    assert set(EXIT_CODES) == {DONE, FAILED, REFUSED, TOO_MANY_FAILURES, INTERRUPTED}


def verbs() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def test_every_verb_teaches_with_an_example_that_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert set(VERBS) == set(verbs())
    for verb, parser in verbs().items():
        shown = parser.format_help()
        examples = re.findall(r"^  wirecopy (.*)$", shown, re.M)
        assert examples, verb
        for example in examples:
            given, *rest = shlex.split(example)
            assert given == verb, example
            _, unknown = _parser().parse_known_args([given, *rest])
            assert not [flag for flag in unknown if flag.startswith("-") and flag != "--region"], example


def test_every_flag_says_what_it_does() -> None:
    for verb, parser in verbs().items():
        for action in parser._actions:
            assert action.help, f"{verb} {action.dest}"
            if action.default not in (None, False, "", [], argparse.SUPPRESS):
                assert "(default" in action.help, f"{verb} {action.dest}"
