"""What a run says at its end: every object and record accounted for, in numbers that are checked."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.displays import counted
from pipeline.log import ObjectState
from pipeline.logs import Logs
from pipeline.parquet import read_file
from pipeline.store import Found, NotFound
from schemas.failures import NEXT_STEP

EXAMPLES = 3
"""Places named for each reason of failure."""
MAX_DETAIL_CHARS = 200


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

    def add(self, known: ObjectState) -> None:
        """Count one version of an object, by what is known of it."""
        self.objects += 1
        self.objects_with_rows += known.articles > 0
        self.objects_failed += known.articles <= 0 < known.failures
        self.objects_nothing_new += known.articles <= 0 and known.failures <= 0
        self.articles += known.articles
        self.failures += known.failures
        self.repeats += known.repeats
        self.forgotten += known.forgotten
        self.records += known.articles + known.failures + known.repeats + known.forgotten


def reconcile(logs: Logs, objects: Iterable[Found]) -> Reconciliation:
    """Add up, from the logs alone, what became of these objects; one without a complete outcome is `unfinished`."""
    total = Reconciliation()
    for found in objects:
        known = logs.known(found.uri, found.generation)
        if known and known.complete:
            total.add(known)
        else:
            total.objects += 1
            total.unfinished += 1
    return total


def lines(total: Reconciliation, already: int) -> list[str]:
    """The reconciliation in words."""
    text = [
        f"Objects: {total.objects:,} = {total.objects_with_rows:,} with rows + {total.objects_failed:,} failed"
        f" + {total.objects_nothing_new:,} nothing new"
        + (f" + {total.unfinished:,} unfinished" if total.unfinished else ""),
        f"Records: {total.records:,} = {counted(total.articles, 'article')} + {counted(total.failures, 'failure')}"
        f" + {counted(total.repeats, 'repeat')}" + (f" + {total.forgotten:,} forgotten" if total.forgotten else ""),
    ]
    if already:
        text.append(f"{already:,} of the objects had {'its' if already == 1 else 'their'} outcome before this run.")
    return text


@dataclass(slots=True)
class Failures:
    """Failures of an output: how many of each reason, the most frequent first, and some places (uri, record, detail).

    The places are the first by address, so that the same failures give the same words.
    """

    counts: dict[str, int]
    places: dict[str, list[tuple[str, int, str]]]


def failures_of(logs: Logs) -> Failures:
    """Count the failures in the files that hold for live by the logs; a compaction beside costs another look."""
    while True:
        name = ""
        try:
            counts, places = Counter[str](), dict[str, list[tuple[str, int, str]]]()
            for name in sorted(
                n for state in logs.states for n, f in state.live.items() if f.table == "failures" and f.rows
            ):
                _count_failures(logs, name, counts, places)
        except NotFound:
            for log in logs.logs:
                log.look_for([name])
            continue
        ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
        return Failures(ordered, {reason: sorted(places[reason])[:EXAMPLES] for reason in ordered})


def _count_failures(logs: Logs, name: str, counts: Counter[str], places: dict[str, list[tuple[str, int, str]]]) -> None:
    rows = read_file(logs.store, name, ["reason", "source_uri", "record_index", "detail"]).to_pylist()
    counts.update(row["reason"] for row in rows)
    for row in rows:
        first = places.setdefault(row["reason"], [])
        first.append((row["source_uri"], row["record_index"], row["detail"] or ""))
        if len(first) > 2 * EXAMPLES:
            first[:] = sorted(first)[:EXAMPLES]


def failure_lines(failures: Failures) -> list[str]:
    """Each reason with its number, the next step and where to look."""
    text = []
    for reason, count in failures.counts.items():
        text.append(f"  {count:,} {reason}: {NEXT_STEP.get(reason, '')}")
        for uri, index, detail in failures.places[reason]:
            place = f"{uri}, record {index}" if index else uri
            text.append(f"      {printable(place)}: {printable(detail)[:MAX_DETAIL_CHARS]}")
        if count > EXAMPLES:
            text.append(f"      and {count - EXAMPLES:,} more; all are rows of the table failures")
    return text


def printable(text: str) -> str:
    """A text whose control characters can do nothing to a terminal or a log.

    >>> printable("a\\nb\\x1b[2J")
    'a b [2J'
    """
    return "".join(sign if sign.isprintable() else " " for sign in text)
