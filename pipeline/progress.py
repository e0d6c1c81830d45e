"""What a run says while it works: how far it is, how fast, how long it will take, what failed.

A driver calls `start`, then `committed` after each commit with the totals of the log, `waiting` where it streams, and
`end`. Totals come from the log and never from a worker's memory: they are those of the output, whatever has died.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

from pipeline.displays import Format, Shown, display_for, matching
from pipeline.displays import form as current_form
from pipeline.tally import Totals

RATE_OVER_S = 60.0
"""Words a second are those of the last minute: what holds now, and steady enough to read."""


class Progress:
    """The one object that drivers call; it never raises for want of a stream, and may be called from any thread."""

    def __init__(
        self, stream: TextIO | None = None, form: Format | None = None, clock: Callable[[], float] | None = None
    ):
        self._clock = clock or time.monotonic
        self._display = display_for(stream or sys.stderr, form or current_form(), self._clock)
        self._lock = threading.Lock()
        self._begun_s = self._clock()
        self._objects: int | None = None
        self._done = Totals()
        self._last_commit_s: float | None = None
        self._waiting: int | None = None
        self._oldest_s: float | None = None
        self._rate: deque[tuple[float, int]] = deque()
        self._running = False

    def start(self, objects: int | None, already: int = 0) -> None:
        """Begin with so many objects to do, None for a stream, beside those that had their outcome before."""
        self._begun_s = self._clock()
        self._objects = objects
        self._rate.append((self._begun_s, 0))
        if objects is not None:
            self.say(matching(objects + already, already))
        self._running = True
        self._display.start(self.look)

    def committed(self, done: Totals) -> None:
        """Take up what is committed by now, since `start`."""
        with self._lock:
            now_s = self._clock()
            if (done.articles, done.failures, done.objects) != (
                self._done.articles,
                self._done.failures,
                self._done.objects,
            ):
                self._last_commit_s = now_s
            self._done = done
            self._rate.append((now_s, done.words))
            while len(self._rate) > 1 and self._rate[1][0] <= now_s - RATE_OVER_S:
                self._rate.popleft()
        self._display.changed(self.look())

    def waiting(self, objects: int, delay_s: float | None) -> None:
        """So many objects wait, the oldest for so long (None: none does)."""
        with self._lock:
            self._waiting = objects
            self._oldest_s = None if delay_s is None else self._clock() - delay_s
        self._display.changed(self.look())

    def say(self, text: str, level: str = "info") -> None:
        """A message in words, once."""
        self._display.say(level, text)

    def end(self) -> None:
        """Show the last figures and give the stream back. More than once is fine."""
        if self._running:
            self._running = False
            self._display.changed(self.look(), last=True)
            self._display.end()

    def __enter__(self) -> "Progress":  # noqa: D105
        return self

    def __exit__(self, *_: object) -> None:  # noqa: D105
        self.end()

    def look(self) -> Shown:
        """The figures as they are now."""
        with self._lock:
            now_s = self._clock()
            from_s, from_words = self._rate[0] if self._rate else (now_s, 0)
            span_s = now_s - from_s
            share = self._done.share
            left_s = None
            if self._objects and share and self._last_commit_s is not None:
                whole_s = (self._last_commit_s - self._begun_s) / share
                left_s = max(0.0, whole_s - (now_s - self._begun_s))
            return Shown(
                objects=self._objects,
                done=self._done,
                elapsed_s=now_s - self._begun_s,
                words_per_s=(self._done.words - from_words) / span_s if span_s > 0 else 0.0,
                left_s=left_s,
                since_commit_s=None if self._last_commit_s is None else now_s - self._last_commit_s,
                waiting=self._waiting,
                delay_s=None if self._oldest_s is None else now_s - self._oldest_s,
            )
