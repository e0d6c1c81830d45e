"""What a run says at its end: every object and record accounted for, in numbers that are checked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow.parquet as pq

from pipeline.logs import Logs
from pipeline.store import Found
from schemas.failures import NEXT_STEP


@dataclass(slots=True)
class Reconciliation:
    """Objects = with rows + failed + nothing new; records = article rows + failure rows + repeats + forgotten."""

    objects: int = 0
    objects_with_rows: int = 0
    objects_failed: int = 0
    objects_nothing_new: int = 0
    records: int = 0
    articles: int = 0
    failures: int = 0
    repeats: int = 0
    forgotten: int = 0
    unfinished: int = 0

    @property
    def failure_rate(self) -> float:
        """Share of the records that failed."""
        return self.failures / self.records if self.records else 0.0


def reconcile(logs: Logs, objects: Iterable[Found]) -> Reconciliation:
    """Add up, from the logs alone, what became of these objects; one without a complete outcome is `unfinished`."""
    total = Reconciliation()
    for found in objects:
        total.objects += 1
        known = logs.known(found.uri, found.generation)
        if known is None or not known.complete:
            total.unfinished += 1
            continue
        if known.articles:
            total.objects_with_rows += 1
        elif known.failures:
            total.objects_failed += 1
        else:
            total.objects_nothing_new += 1
        total.articles += known.articles
        total.failures += known.failures
        total.repeats += known.repeats
        total.forgotten += known.forgotten
    total.records = total.articles + total.failures + total.repeats + total.forgotten
    return total


def lines(total: Reconciliation, already: int) -> list[str]:
    """The reconciliation in words."""
    text = [
        f"Objects: {total.objects:,} = {total.objects_with_rows:,} with rows + {total.objects_failed:,} failed"
        f" + {total.objects_nothing_new:,} nothing new"
        + (f" + {total.unfinished:,} unfinished" if total.unfinished else ""),
        f"Records: {total.records:,} = {total.articles:,} articles + {total.failures:,} failures"
        f" + {total.repeats:,} repeats" + (f" + {total.forgotten:,} forgotten" if total.forgotten else ""),
    ]
    if already:
        text.append(f"{already:,} of the objects had their outcome before this run.")
    return text


def failure_lines(logs: Logs) -> list[str]:
    """Failures of the output by reason, each with the next step."""
    reasons: Counter[str] = Counter()
    for name, file in sorted(item for state in logs.states for item in state.live.items()):
        if file.table == "failures" and file.rows:
            with logs.store.open(name) as stream:
                reasons.update(pq.read_table(stream, columns=["reason"])["reason"].to_pylist())
    return [f"  {count:,} {reason}: {NEXT_STEP.get(reason, '')}" for reason, count in sorted(reasons.items())]
