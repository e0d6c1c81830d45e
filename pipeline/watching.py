"""What is new and whole under a pattern, look by look: cheap for a folder of many files that are done.

A file is whole when it has kept its mark (mtime, ctime, size, inode) from one look to another a second later. No clock
is compared with another: a skewed one, an mtime in the future or one that `cp -p` sets back says nothing about whether
a file is still being written. An object in a bucket is whole when it is there.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.store import LONGEST_PAUSE_S, Found, StoreError, find, is_gcs
from pipeline.store_local import SETTLED_S, Mark, mark_of

FULL_LOOK_S = 60.0
"""How often files that were done long ago are looked at again where they are many: something may have been appended."""
MANY = 5_000
LONG_AGO_S = 3600.0
MAX_WAITING = 100_000
"""Objects noticed and not yet handed on; more wait for a later look, so that memory stays bounded."""
MAX_TOLD = 10_000
SHORTEST_SLEEP_S = 0.02


@dataclass(slots=True)
class Watch:
    """Looks at a pattern again and again. `done` says of an object that it needs nothing more, or is in hand."""

    pattern: str
    done: Callable[[Found], bool]
    skipped: Callable[[str, str], None]
    _unsettled: dict[str, tuple[Mark, float]] = field(default_factory=dict)
    _known: set[int] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)
    _full_at_s: float = 0.0

    def look(self, now_s: float) -> list[Found]:
        """List everything; gives what is new and whole. `now_s` is monotonic. Raises StoreError."""
        full = now_s >= self._full_at_s or len(self._known) < MANY
        long_ago_us = int((time.time() - LONG_AGO_S) * 1e6)
        known = set() if full else self._known
        bucket = is_gcs(self.pattern)
        new = []
        for found in find(self.pattern, self._tell, None if full else lambda path: hash(path) in known):
            if self.done(found):
                if not bucket and found.updated_us < long_ago_us:
                    known.add(hash(found.uri))
            elif bucket:
                new.append(found)
                if len(new) >= MAX_WAITING:
                    break
            elif found.uri not in self._unsettled and len(self._unsettled) < MAX_WAITING:
                mark = mark_of(found.uri)
                if mark is not None:
                    self._unsettled[found.uri] = (mark, now_s)
        if full:
            self._known, self._full_at_s = known, now_s + FULL_LOOK_S
        return new + self.look_again(now_s)

    def look_again(self, now_s: float) -> list[Found]:
        """Look a second time at the files that have waited long enough; gives those that are whole."""
        new = []
        for uri, (before, since_s) in list(self._unsettled.items()):
            if now_s - since_s < SETTLED_S:
                continue
            mark = mark_of(uri)
            if mark == before:
                mtime_ns, _, size_bytes, _ = mark
                new.append(Found(uri, mtime_ns, size_bytes, mtime_ns // 1000))
            if mark is None or mark == before:
                del self._unsettled[uri]
            else:
                self._unsettled[uri] = (mark, now_s)
        return new

    @property
    def unsettled_until_s(self) -> float | None:
        """When the next second look is due, None if no file waits for one."""
        first_s = min((since_s for _, since_s in self._unsettled.values()), default=None)
        return None if first_s is None else first_s + SETTLED_S

    def _tell(self, uri: str, reason: str) -> None:
        if uri not in self._told and len(self._told) < MAX_TOLD:
            self._told.add(uri)
            self.skipped(uri, reason)


class Looker(threading.Thread):
    """Looks again and again, and puts into `seen` what is new: objects, or the error of a look that failed.

    From landing to being seen an object waits `interval_s` at most, if the listing itself takes no longer.
    """

    def __init__(self, watch: Watch, interval_s: float) -> None:
        super().__init__(name="looker", daemon=True)
        self.seen: queue.SimpleQueue[list[Found] | Exception] = queue.SimpleQueue()
        self._watch = watch
        # A file waits for its second look: what it waits for the first is so much shorter.
        settled_s = 0.0 if is_gcs(watch.pattern) else SETTLED_S
        self._period_s = max(interval_s - settled_s, interval_s / 2)

    def run(self) -> None:  # noqa: D102 - the thread's own
        list_at_s, pause_s = time.monotonic(), 1.0
        while True:
            now_s = time.monotonic()
            try:
                if now_s >= list_at_s:
                    self.seen.put(self._watch.look(now_s))
                    list_at_s = now_s + max(self._period_s, 2 * (time.monotonic() - now_s))
                else:
                    self.seen.put(self._watch.look_again(now_s))
                pause_s = 1.0
            except StoreError as error:
                self.seen.put(error)
                list_at_s = now_s + max(self._period_s, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            except Exception as error:
                self.seen.put(error)
                return
            wake_s = min(list_at_s, self._watch.unsettled_until_s or list_at_s)
            time.sleep(max(SHORTEST_SLEEP_S, wake_s - time.monotonic()))
