"""What waits for a worker: fresh objects first, with a share for the oldest, in batches of bounded bytes."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from pipeline.store import LONGEST_PAUSE_S, Found, StoreError, is_gcs
from schemas.records import RawDocument

OLDEST_EVERY = 4
"""One batch in so many is taken from what has waited longest: fresh objects never starve it."""
READERS = 8
"""Objects of a bucket that are read at a time, where they are small."""
SMALL_BYTES = 1024 * 1024
"""An object up to this size is small: to read it takes hardly longer than to ask for it."""
AHEAD = 64
"""Small objects that are read ahead at most."""
FAILED_IN_A_ROW = 3
"""So many objects that can't be read, one after another: then it is the storage and not the object."""
MAX_DOCUMENTS = 1_000
"""Portions of a batch at most: those of objects that are gone hold no bytes."""


@dataclass(slots=True)
class _Waiting:
    """An object that waits, or of which the rest does. One that could not be read waits until `not_before_s`."""

    found: Found
    rest: Iterator[RawDocument] | None = None
    tries: int = 0
    not_before_s: float = 0.0


@dataclass(slots=True)
class _Look:
    """What one look has noticed and no batch has taken."""

    since_s: float
    waiting: deque[_Waiting]


@dataclass(slots=True)
class Backlog:
    """Objects by the look that noticed them; `read` opens one as portions, of which there may be none.

    An object that can't be read is set aside for a while, and `unreadable` is told the words, once.
    """

    read: Callable[[Found], Iterable[RawDocument]]
    unreadable: Callable[[str], None] = lambda _: None
    objects: int = 0
    size_bytes: int = 0
    _looks: deque[_Look] = field(default_factory=deque)
    _aside: list[_Waiting] = field(default_factory=list)
    _batches: int = 0
    _readers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(READERS))

    def add(self, found: Sequence[Found]) -> None:
        """Take up what one look has noticed."""
        if found:
            self._looks.append(_Look(time.monotonic(), deque(map(_Waiting, found))))
            self.objects += len(found)
            self.size_bytes += sum(one.size_bytes for one in found)

    @property
    def oldest_s(self) -> float | None:
        """How long the object that has waited longest has waited; None if none does."""
        return time.monotonic() - self._looks[0].since_s if self._looks else None

    def take(self, wanted_bytes: int) -> list[RawDocument]:
        """Read a batch of about this many bytes; a larger object is read on by later calls. Empty if nothing waits.

        Raises StoreError where storage fails altogether: what waited waits on.
        """
        self._fetch_back()
        self._batches += 1
        end = 0 if self._batches % OLDEST_EVERY == 0 else -1
        batch: list[RawDocument] = []
        taken_bytes = failed = 0
        while self._looks and taken_bytes < wanted_bytes and len(batch) < MAX_DOCUMENTS:
            look = self._looks[end].waiting
            waiting = look[0]
            try:
                if waiting.rest is None:
                    self._open(look, wanted_bytes - taken_bytes)
                document = next(waiting.rest or iter(()), None)
            except StoreError as error:
                failed += 1
                self._set_aside(end, error)
                if failed < FAILED_IN_A_ROW:
                    continue
                if batch:
                    break
                raise
            failed = 0
            if document is None:
                look.popleft()
                if not look:
                    del self._looks[end]
                self.objects -= 1
                self.size_bytes -= waiting.found.size_bytes
            else:
                batch.append(document)
                taken_bytes += document.size_bytes
        return batch

    def _set_aside(self, end: int, error: StoreError) -> None:
        """Put off the first object of a look; the objects behind it, opened with it, are opened anew."""
        look = self._looks[end].waiting
        waiting = look.popleft()
        if not look:
            del self._looks[end]
        if waiting.tries == 0:
            self.unreadable(str(error))
        waiting.rest = None
        waiting.not_before_s = time.monotonic() + min(2.0**waiting.tries, LONGEST_PAUSE_S)
        waiting.tries = min(waiting.tries + 1, 16)
        self._aside.append(waiting)

    def _fetch_back(self) -> None:
        now_s = time.monotonic()
        due = [waiting for waiting in self._aside if waiting.not_before_s <= now_s]
        if due:
            self._aside = [waiting for waiting in self._aside if waiting.not_before_s > now_s]
            self._looks.appendleft(_Look(now_s, deque(due)))

    def _open(self, look: deque[_Waiting], wanted_bytes: int) -> None:
        """Open the first object of a look; on a bucket, where each is a request, small ones behind it with it."""
        first = look[0]
        if not is_gcs(first.found.uri) or first.found.size_bytes > SMALL_BYTES:
            first.rest = iter(self.read(first.found))
            return
        together = []
        for waiting in islice(look, AHEAD):
            if waiting.rest is not None or waiting.found.size_bytes > SMALL_BYTES or wanted_bytes <= 0:
                break
            together.append(waiting)
            wanted_bytes -= max(1, waiting.found.size_bytes)
        reading = [self._readers.submit(lambda one=waiting: list(self.read(one.found))) for waiting in together]
        for waiting, documents in zip(together, reading, strict=True):
            if documents.exception() is None or waiting is first:
                waiting.rest = iter(documents.result())
