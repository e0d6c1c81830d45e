"""What came in before: found wherever it lies, in few files, whatever is merged beside."""

import json
import os
from typing import Any

import pytest

from pipeline import known
from pipeline.compaction import compact
from pipeline.store_local import LocalStore


def put(made: Any, name: str, texts: list[str], version: int) -> None:
    lines = [json.dumps({"id": f"{name}-{n}", "source": "Harrow Wire", "text": text}) for n, text in enumerate(texts)]
    path = made.feed / name
    path.write_text("\n".join(lines) + "\n")
    os.utime(path, ns=((1_740_830_400 + version) * 10**9,) * 2)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    true = LocalStore.open

    def counting(store: LocalStore, name: str) -> Any:
        names.append(name)
        return true(store, name)

    monkeypatch.setattr(LocalStore, "open", counting)
    return names


def test_an_update_opens_the_files_of_its_object_and_no_other(made: Any, opened: list[str]) -> None:
    for number in range(12):
        put(made, f"{number}.jsonl", ["One.", "Two."], 0)
    made.run()
    assert opened == []
    put(made, "7.jsonl", ["One.", "Two.", "Three."], 1)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (1, 2)
    assert len(opened) == 1


def test_a_changed_object_of_one_record_opens_none_and_the_same_bytes_are_nothing_new(
    made: Any, opened: list[str]
) -> None:
    for number in range(5):
        put(made, f"{number}.json", ["One."], 0)
    made.run()
    put(made, "3.json", ["Two."], 1)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (1, 0)
    assert opened == []
    put(made, "3.json", ["Two."], 2)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (0, 1)
    assert len(opened) == 2, "its two versions"


def test_after_a_merge_it_is_found_in_what_was_merged(made: Any, opened: list[str]) -> None:
    for number in range(6):
        put(made, f"{number}.jsonl", ["One.", "Two."], 0)
    made.run()
    compact(made.logs())
    opened.clear()
    put(made, "4.jsonl", ["Zero.", "Two."], 1)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (1, 1)
    put(made, "4.jsonl", ["One.", "Two.", "Three."], 2)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (1, 2)


def test_a_file_that_is_merged_away_while_it_is_looked_for_costs_another_look(made: Any, monkeypatch: Any) -> None:
    for number in range(4):
        put(made, f"{number}.jsonl", ["One.", "Two."], 0)
    made.run()
    put(made, "2.jsonl", ["One.", "Two.", "Three."], 1)
    true = known._hashes

    def late(*arguments: Any) -> Any:
        monkeypatch.setattr(known, "_hashes", true)
        compact(made.logs())
        return true(*arguments)

    monkeypatch.setattr(known, "_hashes", late)
    (outcome,) = made.run()
    assert (outcome.articles, outcome.repeats) == (1, 2)


def test_two_versions_in_one_batch_are_told_apart(made: Any) -> None:
    from pipeline.sink import commit
    from pipeline.source import read_portions
    from pipeline.store import find
    from transforms.shells import PortionRows

    rows: list[PortionRows] = []
    for version, texts in enumerate((["One."], ["One.", "Two."])):
        put(made, "a.jsonl", texts, version)
        for found in find(str(made.feed)):
            rows += made.rows_of(list(read_portions(found, None, made.settings.limits)))
    logs = made.logs()
    first, second = commit(logs.store, logs.logs[0], rows, "1")
    assert (first.articles, second.articles, second.repeats) == (1, 1, 1)
