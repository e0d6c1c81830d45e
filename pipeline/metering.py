"""The sink with its counters, its line in the log of the job, and its end of Beam's lineage."""

import logging
import time
from collections.abc import Iterable, Iterator

import orjson
from apache_beam.metrics import Metrics
from apache_beam.metrics.metric import Lineage

from pipeline.log import Outcome
from pipeline.sink import Commit
from pipeline.store import GCS, is_gcs
from schemas.metrics import NAMESPACE
from transforms.shells import PortionRows, count, observe_ms

logger = logging.getLogger(__name__)


class MeteredCommit(Commit):
    """`Commit`, and what it did in numbers: for watching only, since a bundle that is run again counts again."""

    def process(self, element: tuple[int, Iterable[PortionRows]]) -> Iterator[Outcome]:  # noqa: D102
        since_s = time.perf_counter()
        lost = sum(log.lost_numbers for log in self._logs.values())
        outcomes = list(super().process(element))
        observe_ms("commit_ms", since_s)
        count("lost_numbers", sum(log.lost_numbers for log in self._logs.values()) - lost)
        if outcomes:
            count("commits")
            add_lineage(Lineage.sinks(), self._output)
            delays_ms = [max(0, int(time.time() * 1000) - outcome.received_us // 1000) for outcome in outcomes]
            for delay_ms in delays_ms:
                _LANDING.update(delay_ms)
            told = {
                "event": "commit",
                "log": element[0],
                "portions": len(outcomes),
                "articles": sum(outcome.articles for outcome in outcomes),
                "failures": sum(outcome.failures for outcome in outcomes),
                "commit_ms": int((time.perf_counter() - since_s) * 1000),
                "landing_to_commit_ms": max(delays_ms),
            }
            logger.info("%s", orjson.dumps(told).decode())
        yield from outcomes


_LANDING = Metrics.distribution(NAMESPACE, "landing_to_commit_ms")


def add_lineage(lineage: Lineage, uri: str) -> None:
    """Tell Beam's lineage of an object or a prefix, by the names that Google's catalogue has for them."""
    if is_gcs(uri):
        bucket, _, path = uri.removeprefix(GCS).partition("/")
        lineage.add("gcs", bucket, path, last_segment_sep="/")
    else:
        lineage.add("filesystem", "localhost", uri, last_segment_sep="/")
