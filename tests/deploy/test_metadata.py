"""The template offers what the command takes: no flag forgotten, none that does not exist, every value let through."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.options import add_run_flags

DEPLOY = Path(__file__).parents[2] / "deploy"
METADATA = json.loads((DEPLOY / "metadata.json").read_text())
PARAMETERS: dict[str, dict[str, Any]] = {one["name"]: one for one in METADATA["parameters"]}


def test_the_committed_file_is_what_the_flags_say() -> None:
    done = subprocess.run(
        [sys.executable, DEPLOY / "generate_metadata.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_flag_is_a_parameter_or_left_out_for_a_reason() -> None:
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    flags = {action.dest for action in parser._actions}
    assert flags - set(PARAMETERS) <= {"help", "runner", "workers", "no_wait"}
    assert set(PARAMETERS) - flags == {"sdk_container_image"}
    assert {name for name, one in PARAMETERS.items() if not one["isOptional"]} == {"input", "output"}


def test_it_has_only_what_dataflow_knows() -> None:
    known = {"name", "description", "streaming", "supportsAtLeastOnce", "supportsExactlyOnce", "parameters"}
    assert set(METADATA) == known
    for one in PARAMETERS.values():
        assert set(one) <= {"name", "label", "helpText", "isOptional", "regexes", "paramType", "defaultValue"}
        assert one["label"]
        assert one["helpText"]
        assert "%(" not in one["helpText"]


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("input", "gs://wires/in/**", True),
        ("input", "gs://wires/in/a [1]?.json", True),
        ("input", "/data/in/*", False),
        ("input", "gs://wires*/x", False),
        ("output", "gs://wires/out", True),
        ("output", "gs://wires/*", False),
        ("streaming", "true", True),
        ("streaming", "yes", False),
        ("subscription", "projects/my-proj1/subscriptions/wirecopy-prod-arrivals", True),
        ("subscription", "wirecopy-prod-arrivals", False),
        ("rules", "gs://wires/rules.toml", True),
        ("rules", "rules.toml", False),
        ("logs", "16", True),
        ("max_object_bytes", "33554432", True),
        ("max_object_bytes", "0", False),
        ("max_object_bytes", "32M", False),
        ("max_failure_rate", "0.25", True),
        ("max_failure_rate", "-1", False),
        ("sdk_container_image", "europe-docker.pkg.dev/p/r/wirecopy@sha256:" + "a" * 64, True),
        ("sdk_container_image", "europe-docker.pkg.dev/p/r/wirecopy:latest", False),
    ],
)
def test_patterns_let_through_what_works_and_nothing_else(name: str, value: str, fits: bool) -> None:
    assert all(re.fullmatch(pattern, value) for pattern in PARAMETERS[name]["regexes"]) == fits


def test_the_readme_launches_with_parameters_that_there_are() -> None:
    readme = (DEPLOY / "README.md").read_text()
    used = set()
    for given in re.findall(r'--parameters "([^"]+)"', readme):
        separator, rest = (given[1], given[3:]) if given.startswith("^") else (",", given)
        used.update(pair.split("=")[0] for pair in rest.split(separator))
    assert used
    assert used <= set(PARAMETERS)
