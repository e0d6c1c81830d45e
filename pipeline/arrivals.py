"""On Dataflow: a subscription's notifications as units of work, for as long as the job runs."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub

from pipeline.listing import UNIT_OBJECTS, Unit
from pipeline.log import shard_of
from pipeline.notifications import Ignored, found_in, matcher
from pipeline.settings import Settings
from pipeline.store import Found
from transforms.shells import count


def arrivals(
    pipeline: beam.Pipeline, subscription: str, pattern: str, settings: Settings, wait_s: float
) -> "beam.PCollection[Unit]":
    """Units of what notifications tell of, each gathered for `wait_s` at most.

    A message is acknowledged when Dataflow holds it; from there on Dataflow loses nothing. Gathering is by the clock
    and in the global window, so that no message is ever late.
    """
    return (
        pipeline
        | "Input" >> ReadFromPubSub(subscription=subscription, with_attributes=True)
        | "Notifications" >> beam.ParDo(Notifications(pattern, settings.shards))
        | "Gather" >> beam.GroupIntoBatches(UNIT_OBJECTS, max_buffering_duration_secs=wait_s)
        | "Unit" >> beam.Map(_unit)
    )


class Notifications(beam.DoFn):
    """Messages → (log, object); what is no arrival is counted and left out."""

    def __init__(self, pattern: str, shards: int) -> None:
        self._pattern, self._shards = pattern, shards

    def setup(self) -> None:  # noqa: D102 - Beam's own, as the class says
        self._matches = matcher(self._pattern)

    def process(self, element: PubsubMessage, *_: Any) -> Iterator[tuple[int, Found]]:  # noqa: D102
        try:
            found = found_in(element.attributes or {}, element.data or b"", self._matches)
        except Ignored as ignored:
            count(f"notifications_{ignored.kind}")
        else:
            yield shard_of(found.uri, self._shards), found


def _unit(gathered: tuple[int, Iterable[Found]]) -> Unit:
    """A unit without what came twice."""
    shard, objects = gathered
    return Unit(shard, tuple(dict.fromkeys(objects)))
