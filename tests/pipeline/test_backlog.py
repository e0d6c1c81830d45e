"""Fresh objects don't wait behind a backlog, a backlog doesn't starve, and a large object is read piece by piece."""

from collections.abc import Iterator

import pytest

from pipeline.backlog import MAX_DOCUMENTS, OLDEST_EVERY, Backlog
from pipeline.store import Found, StoreError
from schemas.records import Portion, RawDocument, RawRecord


def objects(name: str, count: int, size_bytes: int = 10) -> list[Found]:
    return [Found(f"/in/{name}-{number:04d}", 1, size_bytes, 0) for number in range(count)]


def read(found: Found) -> Iterator[RawDocument]:
    """Portions of ten bytes."""
    for start in range(0, found.size_bytes, 10):
        portion = Portion(found.uri, found.generation, 0, start, start + 10, start // 10, start // 10 + 1)
        yield RawDocument(portion, "text/plain", (RawRecord(start // 10, b"x" * 10),))


def names(documents: list[RawDocument]) -> list[str]:
    return [document.portion.uri.removeprefix("/in/") for document in documents]


def test_what_landed_last_comes_first_and_what_waited_longest_has_its_share() -> None:
    backlog = Backlog(read)
    backlog.add(objects("old", 1000))
    backlog.add(objects("new", 1000))
    batches = [names(backlog.take(100)) for _ in range(2 * OLDEST_EVERY)]
    kinds = [{name[:3] for name in batch} for batch in batches]
    assert kinds.count({"old"}) == 2
    assert kinds.count({"new"}) == 2 * OLDEST_EVERY - 2
    assert all(len(batch) == 10 for batch in batches)
    assert batches[0] == [f"new-{number:04d}" for number in range(10)], "in the order in which they were listed"


def test_everything_comes_out_once() -> None:
    backlog = Backlog(read)
    for look in range(5):
        backlog.add(objects(str(look), 33))
    taken = []
    while batch := backlog.take(70):
        taken += names(batch)
    assert sorted(taken) == sorted(f"{look}-{number:04d}" for look in range(5) for number in range(33))
    assert (backlog.objects, backlog.size_bytes, backlog.oldest_s) == (0, 0, None)


def test_a_large_object_lets_fresh_ones_pass() -> None:
    backlog = Backlog(read)
    backlog.add(objects("large", 1, 1000))
    assert len(backlog.take(100)) == 10
    backlog.add(objects("new", 3))
    following = [backlog.take(30) for _ in range(2)]
    assert any(names(batch) == ["new-0000", "new-0001", "new-0002"] for batch in following)
    rest = [document for batch in following for document in batch if "large" in document.portion.uri]
    while batch := backlog.take(100):
        rest += batch
    starts = [document.portion.start_byte for document in rest]
    assert starts == list(range(100, 1000, 10))


def test_objects_without_bytes_come_in_bounded_batches() -> None:
    def gone(found: Found) -> Iterator[RawDocument]:
        yield RawDocument(Portion(found.uri, found.generation, 0), "application/octet-stream")

    backlog = Backlog(gone)
    backlog.add(objects("gone", MAX_DOCUMENTS + 5, 0))
    assert len(backlog.take(100)) == MAX_DOCUMENTS
    assert len(backlog.take(100)) == 5


@pytest.mark.parametrize("scheme", ["/in/", "gs://wires/"])
def test_one_object_that_cannot_be_read_stops_no_other(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = [1000.0]
    monkeypatch.setattr("pipeline.backlog.time.monotonic", lambda: clock_s[0])
    fails, said = {f"{scheme}a-0002"}, []

    def shaky(found: Found) -> Iterator[RawDocument]:
        if found.uri in fails:
            raise StoreError(f"{found.uri}: permission denied")
        return read(found)

    backlog = Backlog(shaky, said.append)
    backlog.add([Found(f"{scheme}a-{number:04d}", 1, 10, 0) for number in range(5)])
    assert len(backlog.take(1000)) == 4
    assert backlog.take(1000) == [], "it waits a second"
    clock_s[0] += 2
    assert backlog.take(1000) == []
    assert said == [f"{scheme}a-0002: permission denied"], "said once"
    fails.clear()
    clock_s[0] += 3
    assert [document.portion.uri for document in backlog.take(1000)] == [f"{scheme}a-0002"]
    assert backlog.objects == 0


@pytest.mark.parametrize("scheme", ["/in/", "gs://wires/"])
def test_storage_that_fails_altogether_loses_nothing(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = [1000.0]
    monkeypatch.setattr("pipeline.backlog.time.monotonic", lambda: clock_s[0])
    works = [False]

    def shaky(found: Found) -> Iterator[RawDocument]:
        if not works[0]:
            raise StoreError("no answer")
        return read(found)

    backlog = Backlog(shaky)
    backlog.add([Found(f"{scheme}a-{number:04d}", 1, 10, 0) for number in range(50)])
    for _ in range(3):
        with pytest.raises(StoreError, match="no answer"):
            backlog.take(1000)
        clock_s[0] += 60
    works[0] = True
    taken = []
    while batch := backlog.take(1000):
        taken += batch
    assert sorted(document.portion.uri for document in taken) == [f"{scheme}a-{number:04d}" for number in range(50)]
