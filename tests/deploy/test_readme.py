"""deploy/README.md as a new user follows it: each of our commands would start, a template is given what it takes."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import _parser, _unknown_to_beam, main
from pipeline.options import problems_of
from pipeline.runners import problems_of_runner

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "deploy" / "README.md").read_text()
PATTERNS = {
    one["name"]: one.get("regexes", [])
    for one in json.loads((REPOSITORY / "deploy" / "metadata.json").read_text())["parameters"]
}
OUTPUTS = {
    "PROJECT": "my-proj1",
    "REGION": "europe-west1",
    "ENVIRONMENT": "prod",
    "INPUT": "gs://my-proj1-wirecopy-prod-in",
    "OUTPUT": "gs://my-proj1-wirecopy-prod-out/tables",
    "WORK": "gs://my-proj1-wirecopy-prod-work",
    "SUBSCRIPTION": "projects/my-proj1/subscriptions/wirecopy-prod-arrivals",
    "WORKER": "worker@my-proj1.iam.gserviceaccount.com",
    "SUBNETWORK": "https://www.googleapis.com/compute/v1/projects/my-proj1/regions/europe-west1/subnetworks/w",
    "IMAGE": "europe-docker.pkg.dev/my-proj1/wirecopy/wirecopy@sha256:" + "5e" * 32,
    "BUILD": "1234",
}
"""What the exports of the page hold, as Terraform's outputs give it."""


def lines() -> Iterator[str]:
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            yield re.sub(r"\$\{?([A-Z]+)\}?", lambda name: OUTPUTS.get(name[1], name[0]), line.strip())


def commands() -> list[list[str]]:
    return [shlex.split(line)[1:] for line in lines() if line.startswith("wirecopy ")]


def test_every_variable_is_set_before_it_is_used() -> None:
    known: set[str] = set()
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S):
        for line in block.splitlines():
            used = set(re.findall(r"\$([A-Z]+)\b", line))
            assert used <= known, line
            if line.startswith("export "):
                known.update(re.findall(r"\b([A-Z]+)=", line))
    assert set(OUTPUTS) <= known


@pytest.mark.parametrize("given", commands(), ids=lambda given: " ".join(given)[:60])
def test_each_command_is_complete(given: list[str]) -> None:
    options, rest = _parser().parse_known_args(given)
    if options.verb in ("run", "check"):
        assert problems_of(options) == []
        assert problems_of_runner(options, rest) == []
        assert _unknown_to_beam(rest, options.runner) == []
    else:
        assert rest == []


def test_the_launch_from_a_checkout_runs_dry(monkeypatch: pytest.MonkeyPatch) -> None:
    (given,) = (given for given in commands() if "DataflowRunner" in given)
    monkeypatch.chdir(REPOSITORY)
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    assert main([*given, "--dry_run=True", "--no_auth"]) == 0


def test_each_launch_of_the_template_gives_parameters_that_fit() -> None:
    launches = [line for line in lines() if "flex-template run" in line]
    assert len(launches) == 3
    for line in launches:
        words = shlex.split(line)
        parameters = dict(pair.split("=", 1) for pair in words[words.index("--parameters") + 1].split(","))
        assert {"input", "output", "sdk_container_image"} <= set(parameters)
        for name, value in parameters.items():
            assert all(re.fullmatch(pattern, value) for pattern in PATTERNS[name]), f"{name}={value}"
