"""How many logs an output has is decided once, and every writer keeps to it."""

import pytest

from pipeline.logs import COUNT_NAME, Logs
from pipeline.store import StoreError, open_store
from schemas.records import Portion


def test_whoever_begins_an_output_decides_how_many_logs_it_has(tmp_path):
    """Two counts on one output would put one object into two logs, and its rows would be doubled."""
    store = open_store(str(tmp_path))
    assert len(Logs.begun(store, 3).logs) == 3
    assert len(Logs.begun(store, 1).logs) == 3
    assert len(Logs.of_output(store).logs) == 3


def test_looking_at_an_output_that_was_not_begun_writes_nothing(tmp_path):
    assert Logs.of_output(open_store(str(tmp_path / "new"))).logs == ()
    assert not (tmp_path / "new").exists()


def test_notes_lie_in_the_log_of_their_object(tmp_path):
    logs = Logs.begun(open_store(str(tmp_path)), 4)
    portions = [Portion(f"/in/{name}.txt", 1, 0) for name in "abcdefgh"]
    logs.note("attempt", portions)
    for log in logs.logs:
        for _, left in log.noted():
            assert all(logs.log_of(portion.uri) is log for portion in left)
    assert sorted(p.uri for _, left in logs.noted() for p in left) == [p.uri for p in portions]
    logs.unnote("attempt")
    assert list(logs.noted()) == []


def test_a_foreign_file_in_the_place_of_ours_is_said(tmp_path):
    store = open_store(str(tmp_path))
    store.put(COUNT_NAME, b"[]")
    with pytest.raises(StoreError, match="not written by us"):
        Logs.begun(store)
