"""What the log knows of objects: columns and overlay together are a plain mapping, kept and read back whole."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import objects as module
from pipeline.objects import Objects, ObjectState, Outcome

URIS = st.sampled_from(["a", "b", "gs://feed/ß.xml", "gs://feed/\udcff", ""])
OUTCOMES = st.builds(
    Outcome,
    uri=URIS,
    generation=st.sampled_from([0, 1, 1 << 60]),
    received_us=st.integers(0, 9),
    start_byte=st.integers(0, 30).map(lambda number: number * 10),
    end_byte=st.none() | st.integers(0, 30).map(lambda number: number * 10),
    first_record=st.just(0),
    next_record=st.integers(0, 99),
    last=st.booleans(),
    articles=st.integers(-2, 9),
    failures=st.integers(-2, 9),
    repeats=st.integers(0, 9),
    forgotten=st.integers(0, 9),
    media_type=st.sampled_from(["", "text/html", "application/json"]),
    words=st.integers(-5, 5_000),
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(OUTCOMES, st.booleans(), st.sampled_from(["", "settle", "keep"])), max_size=25),
    st.sampled_from([8, 0]),
)
def test_settled_kept_or_new_they_are_a_plain_mapping(steps: list[tuple[Outcome, bool, str]], share: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "ASKED_SHARE", share)
        found, plain = Objects(), {}
        for number, (outcome, new, then) in enumerate(steps):
            versions = plain.setdefault(outcome.uri, {})
            known = versions.setdefault(outcome.generation, ObjectState(outcome.received_us))
            if new:
                known.add(outcome, number)
            else:
                known.count(outcome, number)
            found.apply(outcome, number, new=new)
            if then == "settle":
                found.settle()
            elif then == "keep":
                found = Objects.decode(found.encode())
            assert dict(found) == plain
            assert len(found) == len(plain)
        for uri, versions in plain.items():
            assert uri in found
            for generation, known in versions.items():
                assert found.of(uri, generation) == known
                assert found.complete(uri, generation) == known.complete
            assert found.of(uri, 77) is None
        assert "elsewhere" not in found
        assert found.of("elsewhere", 1) is None


def test_names_with_one_hash_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_key", lambda name: len(name))
    found = Objects()
    for number, uri in enumerate(["aa", "bb", "aa", "ccc", "bb", "dd"]):
        found.apply(Outcome(uri, number, 0, 0, 10, 0, 1, True, articles=1), number, new=True)
    found.settle()
    assert {uri: sorted(versions) for uri, versions in found.items()} == {
        "aa": [0, 2],
        "bb": [1, 4],
        "ccc": [3],
        "dd": [5],
    }
    found.apply(Outcome("aa", 2, 0, 10, 20, 1, 2, True, articles=1), 9, new=True)
    found.settle()
    assert found["aa"][2].articles == 2
    assert len(found) == 4


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"\x05\0\0\0\0\0\0\0hello"])
def test_what_was_never_kept_is_refused(damage: bytes) -> None:
    with pytest.raises((ValueError, KeyError, zlib.error)):
        Objects.decode(damage)
