"""What follows when a batch fails: the steps from a report to the next job, without a process."""

import pytest

from pipeline.isolation import MAX_STRIKES, Batch, _next_job
from pipeline.workers import Bad, Report, Run, Try
from schemas.limits import Limits
from schemas.records import Portion, RawDocument, RawRecord

LIMITS = Limits()


def document(name: str, *texts: str) -> RawDocument:
    portion = Portion(f"/in/{name}", 1, 0, 0, 100, 0, len(texts))
    return RawDocument(portion, "text/plain", tuple(RawRecord(n, text.encode()) for n, text in enumerate(texts)))


@pytest.fixture
def batch() -> Batch:
    return Batch.of([document("a", "one", "two"), document("b", "three")])


def after(batch: Batch, job: Run | Try | None, outcome: str, **more: object) -> Run | Try | None:
    assert job is not None
    return _next_job(batch, Report(job, outcome, **more), LIMITS)  # type: ignore[arg-type]


def tried(batch: Batch, outcome: str = "died") -> Run | Try | None:
    """To where the records are looked at one by one."""
    again = after(batch, Run(batch.pieces[0]), outcome, detail="signal SIGKILL")
    assert isinstance(again, Run), "a worker may have been killed for reasons of its own"
    job = after(batch, again, outcome, detail="signal SIGKILL")
    assert isinstance(job, Try)
    return job


def test_a_batch_that_is_done_has_nothing_left(batch: Batch) -> None:
    assert after(batch, Run(batch.pieces[0]), "done") is None
    assert (batch.pieces, batch.error) == ([], "")


def test_storage_that_fails_is_no_records_fault(batch: Batch) -> None:
    assert after(batch, Run(batch.pieces[0]), "storage", detail="the disk is full.") is None
    assert batch.error == "the disk is full."
    assert len(batch.portions) == 2, "it can begin again"


def test_the_record_in_hand_when_the_process_dies_is_set_apart(batch: Batch) -> None:
    job = after(batch, tried(batch), "died", detail="signal SIGSEGV", at=((0, 1), "Annotate"))
    assert isinstance(job, Try)
    assert job.start == (0, 2), "what was looked at is not looked at again"
    job = after(batch, job, "done")
    assert isinstance(job, Run)
    first, second = job.documents
    assert [record.content for record in first.records] == [b"one"]
    (failure,) = first.failures
    assert (failure.stage, failure.reason, failure.record_index) == ("annotate", "crashed", 1)
    assert (failure.payload, failure.payload_bytes) == (b"two", 3)
    assert "SIGSEGV" in failure.detail
    assert second == document("b", "three")
    assert after(batch, job, "done") is None
    assert batch.set_apart == 1


def test_a_record_that_raises_and_one_that_hangs_are_named_as_such(batch: Batch) -> None:
    job = after(batch, tried(batch, "failed"), "late", at=((1, 0), "Parse"), bad=(Bad((0, 0), "Rows", "ValueError"),))
    job = after(batch, job, "done")
    assert isinstance(job, Run)
    failures = [failure for one in job.documents for failure in one.failures]
    assert [(f.reason, f.stage, f.payload) for f in failures] == [
        ("error", "write", b"one"),
        ("timeout", "parse", b"three"),
    ]


def test_objects_that_die_only_together_are_run_one_by_one_and_then_set_apart(batch: Batch) -> None:
    job = after(batch, tried(batch), "done")
    assert isinstance(job, Run)
    assert [one.portion.uri for one in job.documents] == ["/in/a"]
    again = after(batch, job, "died")
    job = after(batch, after(batch, again, "died"), "done")
    assert isinstance(job, Run)
    (alone,) = job.documents
    assert (alone.records, [f.reason for f in alone.failures]) == ((), ["crashed", "crashed"])
    job = after(batch, job, "done")
    assert isinstance(job, Run)
    assert job.documents == [document("b", "three")], "the others go on"
    assert after(batch, job, "done") is None


@pytest.mark.parametrize("outcome", ["failed", "late"])
def test_what_fails_though_no_record_does_is_no_records_fault(outcome: str, batch: Batch) -> None:
    job = after(batch, Run(batch.pieces[0]), outcome, detail="OSError in fsync, line 1")
    if outcome == "failed":
        job = after(batch, job, outcome, detail="OSError in fsync, line 1")
    assert isinstance(job, Try)
    assert after(batch, job, "done") is None
    assert batch.error
    assert batch.set_apart == 0


def test_processes_that_die_before_any_record_end_the_search(batch: Batch) -> None:
    job = tried(batch)
    for _ in range(MAX_STRIKES):
        if job is not None:
            job = after(batch, job, "died", detail="signal SIGKILL")
    assert job is None
    assert "SIGKILL" in batch.error
