"""On an engine: a pattern's objects in units of work, listed once or again and again, and a unit read as portions.

A unit holds names only, of objects that belong to one log: what is shuffled is small, and what is committed together
has one log to go to. The log says what needs nothing more, so no engine's memory is trusted with that: an object comes
again after a kill, a second launch, or a year, and falls out where it has its outcome.
"""

import logging
import time
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.coders import Coder
from apache_beam.io.iobase import RestrictionProgress, RestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.metrics.metric import Lineage
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp

from pipeline.log import new_attempt, shard_of
from pipeline.logs import Logs
from pipeline.metering import add_lineage
from pipeline.settings import Settings
from pipeline.shared_logs import held
from pipeline.source import NOTES_EVERY_S, lost_object, read_portions
from pipeline.store import Found, StoreError, find, is_gcs, open_store
from pipeline.store_local import SETTLED_S, mark_of
from schemas.ids import stable_id
from schemas.records import Portion, RawDocument
from transforms.shells import count

logger = logging.getLogger(__name__)

UNIT_OBJECTS = 1_000
"""Objects of a unit at most; their bytes are bounded by `batch_bytes`."""
LARGE_BYTES = 64 * 1024 * 1024
"""An object above this is spread over workers by its portions; a smaller one is read and annotated in one place."""
MAX_HANDED = 50_000
"""Objects in work at a time: the state of a polling source stays small, and a backlog waits in the bucket."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Objects of one log to be read together."""

    shard: int
    objects: tuple[Found, ...]


class List(beam.DoFn):
    """Pattern → units of what has no outcome yet, each noted before it is given on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def process(self, element: str) -> Iterator[Unit]:  # noqa: D102 - Beam's own, as the class says
        logs = Logs.begun(open_store(self._settings.output), self._settings.shards)
        logs.catch_up()
        todo = _todo(logs, find(element), lost_before(logs))
        yield from noted(logs, units(todo, self._settings))


class Read(beam.DoFn):
    """Unit → portions of its objects: of those above LARGE_BYTES with `large`, else of the others."""

    def __init__(self, settings: Settings, *, large: bool = False) -> None:
        self._settings = settings
        self._large = large

    def process(self, element: Unit) -> Iterator[RawDocument]:  # noqa: D102
        mine = [found for found in element.objects if (found.size_bytes > LARGE_BYTES) == self._large]
        if not mine:
            return
        with held(self._settings.output, element.shard) as log:
            log.refresh()
            known = [log.state.of(found.uri, found.generation) for found in mine]
        for found, before in zip(mine, known, strict=True):
            if not (before and before.complete):  # else the unit has come before, or another run was faster
                add_lineage(Lineage.sources(), found.uri)
                yield from read_portions(found, before, self._settings.limits)


def units(objects: Iterable[Found], settings: Settings) -> Iterator[Unit]:
    """Objects in units of one log each, of bounded number and bytes; what is left at the end comes last."""
    open_units: dict[int, list[Found]] = {}
    sizes_bytes: dict[int, int] = {}
    for found in objects:
        shard = shard_of(found.uri, settings.shards)
        mine = open_units.setdefault(shard, [])
        mine.append(found)
        sizes_bytes[shard] = sizes_bytes.get(shard, 0) + found.size_bytes
        if len(mine) >= UNIT_OBJECTS or sizes_bytes[shard] >= settings.limits.batch_bytes:
            yield Unit(shard, tuple(open_units.pop(shard)))
            sizes_bytes[shard] = 0
    for shard, mine in sorted(open_units.items()):
        yield Unit(shard, tuple(mine))


def noted(logs: Logs, todo: Iterable[Unit]) -> Iterator[Unit]:
    """The units, each noted in its log first: an object that goes before it is read still gets an outcome."""
    for unit in todo:
        portions = [Portion(found.uri, found.generation, found.updated_us) for found in unit.objects]
        logs.logs[unit.shard].note(new_attempt(), portions)
        yield unit


def lost_before(logs: Logs) -> Iterator[Found]:
    """Objects that somebody noted, that have no outcome and are not there any more: they have failed.

    What is there still is its own job's to list. Notes with nothing left to do are removed.
    """
    for log in logs.logs:
        for attempt, left in list(log.noted()):
            if not left:
                log.unnote(attempt)
            for portion in left:
                lost = lost_object(portion)
                if lost is not None:
                    yield lost


def _todo(logs: Logs, *sources: Iterable[Found]) -> Iterator[Found]:
    """What has no outcome, once each; a source's later mention of an earlier object falls out."""
    given: set[int] = set()
    for objects in sources:
        for found in objects:
            if not logs.complete(found.uri, found.generation) and key_of(found) not in given:
                given.add(key_of(found))
                yield found


def key_of(found: Found) -> int:
    """A version of an object as 64 bits."""
    return int(stable_id(found.uri, str(found.generation))[:16], 16)


@dataclass(frozen=True, slots=True)
class Handed:
    """What a polling source carries from look to look: keys of the objects given on that had no outcome yet.

    `over` marks the part of a look that is done with.
    """

    keys: tuple[int, ...] = ()
    over: bool = False


class HandedCoder(Coder):
    """8 bytes a key, behind one that says whether it is over."""

    def encode(self, value: Handed) -> bytes:  # noqa: D102
        return bytes([value.over]) + array("Q", value.keys).tobytes()

    def decode(self, encoded: bytes) -> Handed:  # noqa: D102
        keys = array("Q")
        keys.frombytes(encoded[1:])
        return Handed(tuple(keys), bool(encoded[0]))

    def is_deterministic(self) -> bool:  # noqa: D102
        return True


class LookTracker(RestrictionTracker):
    """One look a call: claimed with what is handed on after it; every split is the end of the look."""

    def __init__(self, handed: Handed) -> None:
        self._handed = handed
        self._after: Handed | None = None
        self._stopped = handed.over

    def current_restriction(self) -> Handed:  # noqa: D102
        return self._handed

    def try_claim(self, position: Handed) -> bool:  # noqa: D102
        if self._stopped:
            return False
        self._after, self._stopped = position, True
        return True

    def try_split(self, fraction_of_remainder: float) -> tuple[Handed, Handed] | None:  # noqa: ARG002, D102
        if self._handed.over:
            return None
        rest = self._handed if self._after is None else self._after
        self._handed, self._stopped = Handed(over=True), True
        return self._handed, rest

    def check_done(self) -> bool:  # noqa: D102
        if not self._stopped:
            raise ValueError("a look was neither claimed nor put off")
        return True

    def current_progress(self) -> RestrictionProgress:  # noqa: D102
        return RestrictionProgress(completed=float(self._stopped), remaining=float(not self._stopped))

    def is_bounded(self) -> bool:  # noqa: D102
        return self._handed.over


class Poll(beam.DoFn, beam.RestrictionProvider):
    """Pattern → units of what has no outcome yet, again and again until the job ends.

    Elements carry the time of the look, and nothing behind this source waits for a time: an object's own time decides
    nothing, so none is late. A look that fails is told, and the next one made.
    """

    def __init__(self, settings: Settings, poll_interval_s: float) -> None:
        self._settings = settings
        self._poll_interval_s = poll_interval_s

    def initial_restriction(self, element: str) -> Handed:  # noqa: ARG002, D102
        return Handed()

    def create_tracker(self, restriction: Handed) -> LookTracker:  # noqa: D102
        return LookTracker(restriction)

    def restriction_coder(self) -> Coder:  # noqa: D102
        return HandedCoder()

    def restriction_size(self, element: str, restriction: Handed) -> int:  # noqa: ARG002, D102
        return 1

    def setup(self) -> None:  # noqa: D102
        self._logs: Logs | None = None
        self._notes_at_s = 0.0

    @beam.DoFn.unbounded_per_element()
    def process(  # noqa: D102
        self,
        element: str,
        tracker: LookTracker = beam.DoFn.RestrictionParam(),  # noqa: B008 - Beam's way to ask for it
        watermark: ManualWatermarkEstimator = beam.DoFn.WatermarkEstimatorParam(  # noqa: B008
            ManualWatermarkEstimator.default_provider()  # noqa: B008
        ),
    ) -> Iterator[Unit]:
        handed: Handed = tracker.current_restriction()
        if handed.over:
            return
        now = Timestamp.now()
        new: list[Unit] = []
        try:
            new, handed = self._look(element, set(handed.keys))
        except (StoreError, OSError) as error:
            count("looks_failed")
            logger.error("looking at %s failed and will be tried again: %s", element, error)
        if not tracker.try_claim(handed):
            return
        for unit in new:
            yield TimestampedValue(unit, now)  # type: ignore[misc]  # Beam takes the value out
        before = watermark.current_watermark()
        if before is None or before < now:
            watermark.set_watermark(now)
        tracker.defer_remainder(beam.utils.timestamp.Duration.of(self._poll_interval_s))

    def _look(self, pattern: str, handed: set[int]) -> tuple[list[Unit], Handed]:
        """What is new and whole, and all that is in work after it."""
        if self._logs is None:
            self._logs = Logs.begun(open_store(self._settings.output), self._settings.shards)
            self._logs.catch_up()
        logs = self._logs
        logs.refresh()
        still: set[int] = set()
        listed: list[Found] = []
        for found in _todo(logs, find(pattern)):
            if key_of(found) in handed:
                still.add(key_of(found))
            elif len(handed) + len(listed) < MAX_HANDED:
                listed.append(found)
        new = listed if is_gcs(pattern) else settled(listed)
        if time.monotonic() >= self._notes_at_s:
            self._notes_at_s = time.monotonic() + NOTES_EVERY_S
            there = still.union(map(key_of, listed))
            lost = [found for found in _todo(logs, lost_before(logs)) if key_of(found) not in there]
            still.update(key_of(found) for found in lost if key_of(found) in handed)
            new += [found for found in lost if key_of(found) not in handed]
        still.update(map(key_of, new))
        return list(noted(logs, units(new, self._settings))), Handed(tuple(sorted(still)))


def settled(objects: list[Found]) -> list[Found]:
    """Local files that keep their mark for SETTLED_S: the others are still being written and wait for another look."""
    if not objects:
        return []
    before = [mark_of(found.uri) for found in objects]
    time.sleep(SETTLED_S)
    return [
        found
        for found, mark in zip(objects, before, strict=True)
        if mark and mark[0] == found.generation and mark == mark_of(found.uri)
    ]
