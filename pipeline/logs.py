"""All logs of an output as one: how many there are is fixed when the output is begun, an object belongs to one of them.

One log suits one machine and keeps files few; an engine with many workers wants more, so that they don't queue for one
number. The number lies in OUTPUT/_wirecopy/logs.json, and whoever came first has decided it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from pipeline.log import ROOT, Log, ObjectState, State, shard_of
from pipeline.store import NotFound, Store, StoreError
from schemas.records import Portion

COUNT_NAME = f"{ROOT}/logs.json"
MAX_LOGS = 1_000
"""A log's number has three digits in the names of files."""


@dataclass(frozen=True, slots=True)
class Logs:
    """The logs of an output by shard."""

    store: Store
    logs: tuple[Log, ...]

    @classmethod
    def begun(cls, store: Store, count: int = 1) -> "Logs":
        """The logs of an output, which is begun with `count` of them if it is new."""
        existing = _count(store)
        if existing is None:
            store.create(COUNT_NAME, orjson.dumps({"logs": count}))
            existing = _count(store) or count
        return cls(store, tuple(Log(store, shard) for shard in range(existing)))

    @classmethod
    def of_output(cls, store: Store) -> "Logs":
        """The logs of an output as it is, without a write: none where it was not begun."""
        return cls(store, tuple(Log(store, shard) for shard in range(_count(store) or 0)))

    @property
    def states(self) -> tuple[State, ...]:
        """What the logs say, by shard, as far as they have been read."""
        return tuple(log.state for log in self.logs)

    @property
    def forgotten(self) -> frozenset[str]:
        """Ids of articles and of failures that the logs, as far as they have been read, say are forgotten."""
        return frozenset().union(*(state.forgotten for state in self.states))

    def log_of(self, uri: str) -> Log:
        """The log that an object belongs to."""
        return self.logs[shard_of(uri, len(self.logs))]

    def known(self, uri: str, generation: int) -> ObjectState | None:
        """What is known of one generation of an object, None if nothing is."""
        return self.log_of(uri).state.of(uri, generation) if self.logs else None

    def complete(self, uri: str, generation: int) -> bool:
        """True where every byte of the object has an outcome."""
        return bool(self.logs) and self.log_of(uri).state.objects.complete(uri, generation)

    def refresh(self) -> None:
        """Read each log on to its end."""
        for log in self.logs:
            log.refresh()

    def catch_up(self) -> None:
        """Read each log on to its end and publish what was left unpublished."""
        for log in self.logs:
            log.catch_up()

    def note(self, attempt: str, portions: Iterable[Portion]) -> None:
        """Say in each log which of its objects are about to be read."""
        by_shard: dict[int, list[Portion]] = {}
        for portion in portions:
            by_shard.setdefault(shard_of(portion.uri, len(self.logs)), []).append(portion)
        for shard, mine in sorted(by_shard.items()):
            self.logs[shard].note(attempt, mine)

    def unnote(self, attempt: str) -> None:
        """Remove an attempt's notes."""
        for log in self.logs:
            log.unnote(attempt)

    def noted(self) -> Iterator[tuple[str, list[Portion]]]:
        """Notes that lie there, each with the objects that have no complete outcome."""
        for log in self.logs:
            yield from log.noted()


def _count(store: Store) -> int | None:
    try:
        count = orjson.loads(store.read(COUNT_NAME))["logs"]
    except NotFound:
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise StoreError(
            f"{COUNT_NAME} does not say how many logs the output has; it was not written by us."
        ) from error
    return int(count)
