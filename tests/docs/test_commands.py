"""Every command that the docs show is one that the program understands, and those on the demo are run."""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import _parser, _unknown_to_beam, main
from pipeline.displays import Shown, display_for
from pipeline.logs import Logs
from pipeline.store import Found, open_store
from pipeline.summary import lines, reconcile
from pipeline.tally import Totals

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.M | re.S)
COMMAND = re.compile(r"^(?:\S*/)?(?:wirecopy|python3? -m pipeline) +(.*)$")


def pages(repository: Path) -> list[Path]:
    return [*repository.glob("*.md"), *(repository / "docs").rglob("*.md"), *repository.glob("[de]*/README.md")]


def commands(page: Path) -> Iterator[list[str]]:
    for block in BLOCK.findall(page.read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            found = COMMAND.match(line.strip())
            if found:
                yield shlex.split(found[1], comments=True)


def test_every_command_in_the_docs_is_understood(repository: Path) -> None:
    seen = 0
    for page in pages(repository):
        for words in commands(page):
            seen += 1
            given = ["run", *words] if words[0].startswith("--") and words[0] != "--help" else words
            if "--help" in given:
                continue
            options, rest = _parser().parse_known_args(given)
            unknown = _unknown_to_beam(rest, options.runner) if options.verb in ("run", "check") else rest
            assert unknown == [], f"{page.name}: {' '.join(words)}"
    assert seen >= 8


def verbs() -> dict[str, argparse.ArgumentParser]:
    (action,) = (one for one in _parser()._actions if isinstance(one, argparse._SubParsersAction))
    return dict(action.choices)


def test_every_verb_that_the_docs_name_is_one(repository: Path) -> None:
    for page in pages(repository):
        for verb in re.findall(r"`wirecopy ([a-z]+)", page.read_text()):
            assert verb in verbs(), f"{page.name} names `wirecopy {verb}`"


def test_every_flag_that_the_docs_name_is_one(repository: Path) -> None:
    known = {flag for parser in verbs().values() for one in parser._actions for flag in one.option_strings}
    named = {
        flag: page.name
        for page in pages(repository)
        for flag in re.findall(r"`(--[a-z]+_[a-z_]+)(?![\w-])", page.read_text())
        if flag not in known
    }
    assert _unknown_to_beam(list(named), "FlinkRunner") == [], named


@pytest.fixture
def demo(repository: Path, examples_output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(examples_output, tmp_path / "out" / "demo")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_on_the_demo_run(repository: Path, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = set()
    for page in pages(repository):
        for words in commands(page):
            if "out/demo" in words and words[0] in ("link", "report", "compact"):
                assert main(words) == 0, f"{page.name}: {' '.join(words)}: {capsys.readouterr()}"
                done.add(words[0])
    assert done >= {"link", "report"}


def test_what_the_page_says_of_replay_happens(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (repository / "docs" / "replay.md").read_text()
    block = BLOCK.findall(page)[0]
    monkeypatch.chdir(tmp_path)
    for line in block.splitlines():
        found = COMMAND.match(line)
        if found:
            # The model has no part in it, and takes longer to load than all else.
            assert main([*shlex.split(found[1]), "--without", "entities,quotes", "--workers", "1"]) == 0, line
        else:
            subprocess.run(line, shell=True, check=True)
    said = capsys.readouterr().out
    told = re.findall(r"^```text\n(.*?)^```", page, re.M | re.S)[0].splitlines()
    assert [line for line in said.splitlines() if line in told] == told


def test_the_summary_that_the_page_shows_is_that_of_the_examples(repository: Path, examples_output: Path) -> None:
    logs = Logs.of_output(open_store(str(examples_output)))
    logs.refresh()
    objects = [
        Found(uri, generation, 0, 0)
        for state in logs.states
        for uri, all_ in state.objects.items()
        for generation in all_
    ]
    shown = "\n".join(lines(reconcile(logs, objects), 0))
    assert f"```text\n{shown}\n```" in (repository / "docs" / "run.md").read_text()


def test_the_json_line_that_the_page_shows_has_the_fields_there_are(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    told = json.loads(re.findall(r"^\{.*\}$", (repository / "docs" / "run.md").read_text(), re.M)[0])
    shown = Shown(17, Totals(17, 40, 1, 7662, 1.0), 11.1, 690.3, 0.0, 0.0, None, None)
    display_for(sys.stderr, "json", lambda: 0.0).changed(shown)
    said = json.loads(capsys.readouterr().err)
    assert {**told, "time": ""} == {**said, "time": ""}


def test_fields_of_progress_that_the_docs_name_are_there(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    display_for(sys.stderr, "json").changed(Shown(None, Totals(1, 2, 3, 4), 5.0, 6.0, None, 7.0, 8, 9.0))
    said = json.loads(capsys.readouterr().err)
    told = (repository / "docs" / "operate.md").read_text().split("`event` is `progress` with")[1].split("([run.md]")[0]
    assert set(re.findall(r"`(\w+)`", told)) <= set(said)
    assert len(re.findall(r"`(\w+)`", told)) == 6
