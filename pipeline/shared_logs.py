"""The logs that a process of an engine has read: one of each, used by one thread at a time, kept between bundles.

A log's state grows with its objects, and an engine makes many copies of a stage in a process.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.log import Log
from pipeline.store import open_store

_guard = threading.Lock()
_logs: dict[tuple[str, int], tuple[Log, threading.Lock]] = {}


@contextmanager
def held(output: str, shard: int) -> Iterator[Log]:
    """The process's copy of a log, for the caller alone; it is as far as its last reader has read."""
    with _guard:
        log, lock = _logs.setdefault((output, shard), (Log(open_store(output), shard), threading.Lock()))
    with lock:
        yield log
