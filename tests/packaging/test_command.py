"""The command answers at once: Beam and spaCy are imported only by what needs them."""

import json
import resource
import subprocess
import sys

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


def test_help_names_every_verb() -> None:
    done = help_run()
    for verb in ("run",):
        assert verb in done.stdout
