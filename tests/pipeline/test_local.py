"""Batches of this machine: every portion once and in order, none too large, and small ones at the end."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.local import LEAST_PORTION_BYTES, batches, size_bytes
from schemas.records import Portion, RawDocument, RawRecord


def portion(number: int, content_bytes: int) -> RawDocument:
    return RawDocument(Portion("memory", 1, 0, number, number + 1), "text/plain", (RawRecord(0, b"x" * content_bytes),))


@given(st.lists(st.integers(0, 3_000), max_size=60), st.integers(1, 4))
def test_every_portion_is_in_one_batch_and_in_order(sizes: list[int], workers: int) -> None:
    portions = [portion(number, size) for number, size in enumerate(sizes)]
    made = list(batches(iter(portions), 4_000, 1_000, workers))
    assert [document for batch in made for document in batch] == portions
    assert all(made), "no batch is empty"
    largest = LEAST_PORTION_BYTES + 3_000
    assert all(sum(map(size_bytes, batch)) <= max(largest, 4_000 + largest // 2) for batch in made)


def test_batches_shrink_towards_the_end_so_that_all_workers_end_together() -> None:
    sizes = [
        len(batch) for batch in batches((portion(n, 1_000 - LEAST_PORTION_BYTES) for n in range(21)), 4_000, 1_000, 2)
    ]
    assert sizes[:3] == [4, 4, 4]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-2:] == [1, 1]


def test_one_worker_gets_whole_batches() -> None:
    made = batches((portion(n, 1_000 - LEAST_PORTION_BYTES) for n in range(9)), 4_000, 1_000, 1)
    assert [len(batch) for batch in made] == [4, 4, 1]


def test_objects_without_records_do_not_pile_up() -> None:
    nothing = (RawDocument(Portion("empty", 1, 0, n), "text/plain", ()) for n in range(1_000))
    assert max(len(batch) for batch in batches(nothing, 4_096, 1_024, 2)) <= 4_096 // LEAST_PORTION_BYTES + 1
