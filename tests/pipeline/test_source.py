"""Objects become portions without a gap, and what can't be read fails only where nothing was decided yet."""

import gzip
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline.log import ObjectState, Outcome
from pipeline.source import lost_object, read_portions
from pipeline.store import find, open_store
from schemas.limits import Limits
from schemas.records import Portion, RawDocument

SMALL = Limits(portion_bytes=40)


def portions(path: Path, known: ObjectState | None = None) -> list[RawDocument]:
    (found,) = find(str(path))
    return list(read_portions(found, known, SMALL))


def lines(path: Path, count: int = 9) -> Path:
    path.write_text("".join(f'{{"id": "a{n}", "text": "x"}}\n' for n in range(count)))
    return path


def known_of(documents: list[RawDocument]) -> ObjectState:
    state = ObjectState(0)
    for document in documents:
        p = document.portion
        state.add(Outcome(p.uri, p.generation, 0, p.start_byte, p.end_byte, p.first_record, p.next_record, p.last))
    return state


def test_portions_follow_one_another_and_only_the_last_ends_the_object(tmp_path: Path) -> None:
    found = portions(lines(tmp_path / "a.jsonl"))
    assert len(found) > 2
    assert found[0].portion.start_byte == 0
    for one, following in pairwise(found):
        assert one.portion.end_byte == following.portion.start_byte
        assert one.portion.next_record == following.portion.first_record
    assert [document.portion.last for document in found] == [False] * (len(found) - 1) + [True]
    assert known_of(found).complete


def test_only_what_has_no_outcome_is_read_again(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl")
    all_of_it = portions(path)
    for lost in range(len(all_of_it)):
        kept = all_of_it[:lost] + all_of_it[lost + 1 :]
        assert portions(path, known_of(kept)) == [all_of_it[lost]]


def test_a_repeated_line_is_counted_and_not_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n{"id": "a", "text": "x"}\n')
    found = portions(path)
    assert [record.index for document in found for record in document.records] == [0, 1]
    assert sum(document.repeats for document in found) == 1


def test_an_object_gone_half_way_fails_where_nothing_was_decided(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl")
    (found,) = find(str(path))
    decided = portions(path)[1:2]
    known = known_of(decided)
    path.unlink()
    failed = list(read_portions(found, known, SMALL))
    assert {failure.reason for document in failed for failure in document.failures} == {"gone"}
    for document in failed:
        p = document.portion
        assert not known.overlaps(p.start_byte, p.end_byte or 1 << 60), (
            "an overlapping failure would be dropped as done"
        )
    assert known_of(decided + failed).complete


def test_an_empty_object_and_a_cut_one_end_as_failures(tmp_path: Path) -> None:
    (tmp_path / "e.txt").touch()
    (document,) = portions(tmp_path / "e.txt")
    assert [failure.reason for failure in document.failures] == ["empty"]
    cut = tmp_path / "c.jsonl.gz"
    cut.write_bytes(gzip.compress(lines(tmp_path / "c.jsonl").read_bytes(), mtime=0)[:-4])
    found = portions(cut)
    assert sum(len(document.records) for document in found) == 9
    assert [failure.reason for document in found for failure in document.failures] == ["corrupt"]
    assert known_of(found).complete


def test_a_page_too_large_by_its_metadata_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.html"
    path.write_text("<p>rain</p>" * 100)
    (found,) = find(str(path))
    monkeypatch.setattr("pipeline.source.open_object", lambda found: pytest.fail("it was opened"))
    (document,) = read_portions(found, None, Limits(max_object_bytes=1_000))
    (failure,) = document.failures
    assert failure.reason == "too_large"
    assert "1100 bytes" in failure.detail
    assert "max_object_bytes is 1000" in failure.detail
    assert known_of([document]).complete


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_a_noted_object_is_lost_only_where_it_is_not_there_any_more(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = str(tmp_path) if place == "folder" else request.getfixturevalue("strict_emulator").root
    store = open_store(root)
    store.put("a.txt", b"The ferry left.")
    (found,) = find(f"{root}/a.txt")
    noted = Portion(found.uri, found.generation, found.updated_us)
    assert lost_object(noted) is None
    for change, reason in ((lambda: store.put("a.txt", b"It came back."), "superseded"), (store.delete, "gone")):
        change("a.txt") if reason == "gone" else change()
        lost = lost_object(noted)
        assert lost is not None
        (document,) = read_portions(lost, None, SMALL)
        assert [failure.reason for failure in document.failures] == [reason]


@pytest.mark.parametrize("place", ["folder", "bucket"])
def test_an_object_replaced_before_it_is_read_is_superseded_and_the_next_run_reads_the_new_one(
    place: str, made: Any, request: pytest.FixtureRequest
) -> None:
    root = str(made.feed) if place == "folder" else request.getfixturevalue("strict_emulator").root
    store = open_store(root)
    store.put("a.txt", b"The ferry left.")
    (old,) = find(f"{root}/a.txt")
    store.put("a.txt", b"The ferry came back at noon.")
    made.commit(read_portions(old, None, Limits()))
    (failure,) = made.rows("failures")
    assert (failure["reason"], failure["source_generation"]) == ("superseded", old.generation)
    assert made.rows("articles") == []
    made.run(f"{root}/a.txt")
    made.run(f"{root}/a.txt")
    (article,) = made.rows("articles")
    assert article["text"] == "The ferry came back at noon."
    assert article["source_generation"] > old.generation
    assert len(made.rows("failures")) == 1
