"""What a stream does beside its work: notes that dead processes left are cleared up, and what is old is compacted."""

import os
import signal
import time
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pipeline.compaction import ALWAYS_BYTES, compact
from pipeline.forks import worker_context
from pipeline.logs import Logs
from pipeline.settings import Settings
from pipeline.source import NOTES_EVERY_S, lost_object
from pipeline.store import Found, StoreError, open_store

PATIENCE_S = 600.0
"""A note of another process that lies there longer than a batch can take was left by one that died."""

COMPACT_EVERY_S = 60.0
OLD_S = 3600.0
"""What is older than this is compacted."""
MANY_FILES = 64
"""Small files of a table and day at which younger ones are compacted too: a query opens each of them."""
YOUNG_S = 60.0
NICE = 10
STOP_S = 20.0
"""How long a compaction under way may take to end when the stream does."""


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
                found += filter(None, map(lost_object, left))
            else:
                self.logs.unnote(attempt)
        self._seen = there
        return found


@dataclass(slots=True)
class Compactor:
    """Compacts the output of a stream, in a process of its own that gives way to the workers."""

    settings: Settings
    _process: Any = None
    _next_s: float = 0.0
    _old_s: float = 0.0

    def turn(self, logs: Logs, now_s: float) -> None:
        """Begin a compaction where one is due and none under way; `now_s` is monotonic."""
        if now_s < self._next_s or (self._process and self._process.is_alive()):
            return
        self._next_s = now_s + COMPACT_EVERY_S
        small = Counter(
            (file.table, file.date)
            for state in logs.states
            for file in state.live.values()
            if file.size_bytes < ALWAYS_BYTES
        )
        age_s = YOUNG_S if max(small.values(), default=0) > MANY_FILES else OLD_S
        if age_s == OLD_S and now_s < self._old_s:
            return
        self._old_s = now_s + OLD_S / 4
        arguments = (self.settings.output, int((time.time() - age_s) * 1_000_000))
        self._process = worker_context(self.settings).Process(target=_compact, args=arguments, daemon=True)
        self._process.start()

    def stop(self) -> None:
        """Let a compaction under way come to its end; it may be killed at any moment, and is if it takes long."""
        if self._process:
            self._process.join(STOP_S)
            self._process.kill()


def _compact(output: str, before_us: int) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICE)
    with suppress(StoreError):  # what can't be reached now is compacted another time
        compact(Logs.of_output(open_store(output)), before_us=before_us)
