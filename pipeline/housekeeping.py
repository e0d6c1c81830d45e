"""What a stream does beside its work: notes that dead processes left are cleared up, and what is old is compacted."""

from collections.abc import Collection
from dataclasses import dataclass, field

from pipeline.logs import Logs
from pipeline.store import Found, still_there
from schemas.records import Portion

NOTES_EVERY_S = 60.0
PATIENCE_S = 600.0
"""A note of another process that lies there longer than a batch can take was left by one that died."""


@dataclass(slots=True)
class DeadNotes:
    """Notes of processes that died, looked for now and then."""

    logs: Logs
    _seen: dict[str, float] = field(default_factory=dict)
    _next_s: float = 0.0

    def lost(self, ours: Collection[str], now_s: float) -> list[Found]:
        """Objects that a dead process meant to read, and that are gone without an outcome; `now_s` is monotonic.

        Reading one gives the failure that it is. A note whose objects all have outcomes is removed. Raises StoreError.
        """
        if now_s < self._next_s:
            return []
        self._next_s = now_s + NOTES_EVERY_S
        found: list[Found] = []
        there: dict[str, float] = {}
        for attempt, left in self.logs.noted():
            if attempt in ours:
                continue
            there[attempt] = self._seen.get(attempt, now_s)
            if now_s - there[attempt] < PATIENCE_S:
                continue
            if left:
                found += [gone(portion) for portion in left if not still_there(portion.uri, portion.generation)]
            else:
                self.logs.unnote(attempt)
        self._seen = there
        return found


def gone(portion: Portion) -> Found:
    """A noted object that is not there any more, as something to read: which says that it is gone, or superseded."""
    return Found(portion.uri, portion.generation, 1, portion.received_us)
