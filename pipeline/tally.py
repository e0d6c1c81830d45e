"""What became of a run's objects so far, added up from the logs at a bounded cost."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pipeline.logs import Logs
from pipeline.store import Found

COST_SHARE = 0.01
"""The share of the launcher's time that counting may take."""
GZIP_RATIO = 2.8
"""Text of a feed is taken to be this many times its gzipped size until its end has been read."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What a run has committed of its objects since it began. `share` is the part of their bytes, None if unknown."""

    objects: int = 0
    articles: int = 0
    failures: int = 0
    words: int = 0
    share: float | None = None


@dataclass(slots=True)
class Tally:
    """Adds up from the logs what became of a run's objects since this was made, in a share of the time that is bounded.

    Objects that are done are added once and not looked at again.
    """

    logs: Logs
    clock: Callable[[], float] = time.monotonic
    objects: int = 0
    _left: dict[tuple[str, int], int] = field(default_factory=dict)
    _sums: list[int] = field(default_factory=lambda: [0, 0, 0])
    _before: list[int] = field(default_factory=lambda: [0, 0, 0])
    _bytes: int = 0
    _done_bytes: int = 0
    _not_before_s: float = 0.0

    @classmethod
    def of(cls, logs: Logs, objects: Iterable[Found], clock: Callable[[], float] = time.monotonic) -> "Tally":
        """Begin with the objects that have no complete outcome yet."""
        tally = cls(logs, clock)
        for found in objects:
            if logs.complete(found.uri, found.generation):  # cheaper than all that is known of it
                continue
            known = logs.known(found.uri, found.generation)
            tally._left[found.uri, found.generation] = size = expected_bytes(found)
            tally._bytes += size
            if known:
                for place, number in enumerate((known.articles, known.failures, known.words)):
                    tally._before[place] += number
        tally.objects = len(tally._left)
        return tally

    def due(self) -> bool:
        """True where counting again costs no more than its share."""
        return self.clock() >= self._not_before_s

    def count(self) -> Totals:
        """Totals by what the logs say, as far as they have been read."""
        begun_s = self.clock()
        sums = list(self._sums)
        covered = 0
        for key, size in list(self._left.items()):
            known = self.logs.known(*key)
            if known is None:
                continue
            numbers = (known.articles, known.failures, known.words)
            for place, number in enumerate(numbers):
                sums[place] += number
            if known.complete:
                del self._left[key]
                self._done_bytes += size
                for place, number in enumerate(numbers):
                    self._sums[place] += number
            else:
                covered += min(sum(end - start for start, end, _ in known.ranges), size)
        ended_s = self.clock()
        self._not_before_s = ended_s + (ended_s - begun_s) / COST_SHARE
        articles, failures, words = (number - before for number, before in zip(sums, self._before, strict=True))
        share = min((self._done_bytes + covered) / self._bytes, 1.0) if self._bytes else None
        return Totals(self.objects - len(self._left), articles, failures, words, share)


def expected_bytes(found: Found) -> int:
    """Bytes of an object's records, guessed for a compressed one; 1 at least, so that each object counts."""
    return max(1, int(found.size_bytes * (GZIP_RATIO if found.uri.endswith((".gz", ".gzip")) else 1)))
