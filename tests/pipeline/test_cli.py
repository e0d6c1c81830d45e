"""What a verb says, and the code it ends with when storage fails under it."""

import argparse
from typing import Any

import pytest

from pipeline.cli import main
from pipeline.ingest import account
from pipeline.logs import Logs
from pipeline.store import Found, StoreError
from pipeline.summary import Reconciliation, lines

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


def test_numbers_agree_with_their_nouns(made: Any, capsys: Any) -> None:
    one = Reconciliation(objects=1, objects_with_rows=1, records=3, articles=1, failures=1, repeats=1)
    assert lines(one, 1)[1:] == [
        "Records: 3 = 1 article + 1 failure + 1 repeat",
        "1 of the objects had its outcome before this run.",
    ]
    options = argparse.Namespace(output=str(made.output), max_failure_rate=1.0)
    unread = [Found(f"/in/{number}.json", 1, 9, 0) for number in range(2)]
    for count, words in ((1, "1 object has"), (2, "2 objects have")):
        assert account(made.logs(), unread[:count], 0, options, 0.0) == 1
        assert f"{words} no complete outcome; run again." in capsys.readouterr().err
    (made.feed / "a.txt").write_text("The ferry left Port Selwyn at dawn.")
    made.run()
    assert main(["link", str(made.output)]) == 0
    assert capsys.readouterr().out == "1 article, 0 near duplicates, 0 versions, 0 families\n"


def test_an_engine_is_given_the_logs_that_the_beginning_has_read(made: Any, monkeypatch: Any, capsys: Any) -> None:
    made.logs()
    (made.feed / "a.txt").write_text("The ferry left Port Selwyn at dawn.")
    monkeypatch.setattr(Logs, "begun", fails)
    monkeypatch.setattr("pipeline.engines.launch", lambda *_: 1 / 0)
    flags = ("--without", "entities,quotes", "--runner", "FlinkRunner", "--environment_type=LOOPBACK")
    assert main(["run", "--input", str(made.feed), "--output", str(made.output), *flags]) == 1
    assert "FlinkRunner did not take the job" in capsys.readouterr().err
