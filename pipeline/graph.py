"""The whole pipeline on one page: what every article goes through, on every runner, in batch and in streaming."""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.log import Outcome, shard_of
from pipeline.metering import MeteredCommit
from pipeline.settings import Settings
from schemas.records import RawDocument
from transforms.parsing import ParseSettings
from transforms.shells import Annotate, Clean, Parse, PortionRows, ToRows


def process(
    documents: "beam.PCollection[RawDocument]", settings: Settings, *, by_bundle: bool = False
) -> "beam.PCollection[Outcome]":
    """Portions of raw records in, committed rows out.

    All articles of a portion travel as one element from here to the sink, with what was refused on the way: nothing has
    to be brought back together, and no row can be seen without the others of its article. What is committed together is
    the whole batch, which is right where the batch is small; with `by_bundle`, on an engine, what comes in a bundle: no
    rows are shuffled, and nothing waits for the rest of the input, for a window or a timer.
    """
    rows = documents
    for name, stage in stages(settings).items():
        rows = rows | name >> beam.ParDo(stage)
    return (
        rows
        | "Shard" >> beam.Map(_with_shard, settings.shards)
        | "Group" >> (beam.ParDo(GroupByBundle(settings.limits.batch_bytes)) if by_bundle else beam.GroupByKey())
        | "Commit" >> beam.ParDo(MeteredCommit(settings.output, settings.code_version))
    )


def stages(settings: Settings) -> dict[str, beam.DoFn]:
    """What an article goes through, in order: RawDocument in, PortionRows out, one to one."""
    payload = settings.limits.max_payload_bytes
    return {
        "Parse": Parse(ParseSettings(settings.provider, settings.fields, settings.limits)),
        "Clean": Clean(settings.keep, settings.rules, payload),
        "Annotate": Annotate(settings.spacy_model, settings.without, payload),
        "Rows": ToRows(settings.code_version),
    }


class GroupByBundle(beam.DoFn):
    """(shard, PortionRows) → (shard, [PortionRows]) of a bundle, in parts where they would be more than `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def start_bundle(self) -> None:  # noqa: D102 - Beam's own, as the class says
        self._held: dict[int, list[PortionRows]] = {}
        self._held_bytes = 0
        self._at = GlobalWindow().start

    def process(  # noqa: D102
        self,
        element: tuple[int, PortionRows],
        at=beam.DoFn.TimestampParam,
    ) -> Iterator[tuple[int, list[PortionRows]]]:
        shard, rows = element
        self._held.setdefault(shard, []).append(rows)
        self._held_bytes += rows.size_bytes
        self._at = at
        if self._held_bytes >= self._max_bytes:
            yield from self._all()

    def finish_bundle(self) -> Iterator[WindowedValue]:  # noqa: D102
        for group in self._all():
            yield WindowedValue(group, self._at, [GlobalWindow()])

    def _all(self) -> Iterator[tuple[int, list[PortionRows]]]:
        held, self._held, self._held_bytes = self._held, {}, 0
        yield from sorted(held.items())


def _with_shard(rows: PortionRows, shards: int) -> tuple[int, PortionRows]:
    return shard_of(rows.portion.uri, shards), rows
