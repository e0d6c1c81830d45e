"""What a verb says, and the code it ends with, when storage fails under it."""

from typing import Any

import pytest

from pipeline.cli import main
from pipeline.store import StoreError

ID = "0" * 32


def fails(*_: Any, **__: Any) -> None:
    raise StoreError("the disk is gone")


@pytest.mark.parametrize(
    ("act", "flags", "then"),
    [
        ("compaction.compact", (), "What is merged stays"),
        ("replaying.replay", (), "What is replaced stays"),
        ("forgetting.forget", ("--article", ID), "only then is everything gone"),
    ],
)
def test_a_verb_that_has_begun_fails_and_says_what_then(
    act: str, flags: tuple[str, ...], then: str, made: Any, monkeypatch: Any, capsys: Any
) -> None:
    made.logs()
    monkeypatch.setattr(f"pipeline.{act}", fails)
    assert main([act.rpartition(".")[2], str(made.output), *flags]) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "wirecopy: the disk is gone"
    assert then in second


@pytest.mark.parametrize("act", ["report.write_report", "linking.link", "logs.Logs.of_output"])
def test_an_output_that_can_not_be_read_is_refused(act: str, made: Any, monkeypatch: Any, capsys: Any) -> None:
    made.logs()
    monkeypatch.setattr(f"pipeline.{act}", fails)
    verb = {"report.write_report": "report", "linking.link": "link"}.get(act, "compact")
    assert main([verb, str(made.output)]) == 2
    assert capsys.readouterr().err == "wirecopy: the disk is gone\n"
