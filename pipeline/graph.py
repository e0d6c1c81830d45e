"""The whole pipeline on one page: what every article goes through, on every runner, in batch and in streaming."""

from dataclasses import dataclass, field

import apache_beam as beam

from pipeline.log import Outcome, shard_of
from pipeline.sink import Commit
from schemas.limits import Limits
from schemas.records import RawDocument
from transforms.parsing import ParseSettings
from transforms.shells import Annotate, Clean, Parse, PortionRows, ToRows


@dataclass(frozen=True, slots=True)
class Settings:
    """What the stages of one run need to know; plain values, so that it can go to any worker."""

    output: str
    code_version: str
    spacy_model: str
    provider: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    keep: frozenset[str] = frozenset()
    rules: tuple[str, bytes] | None = None
    without: frozenset[str] = frozenset()
    shards: int = 1
    limits: Limits = field(default_factory=Limits)


def process(documents: "beam.PCollection[RawDocument]", settings: Settings) -> "beam.PCollection[Outcome]":
    """Portions of raw records in, committed rows out.

    All articles of a portion travel as one element from here to the sink, with what was refused on the way: nothing has
    to be brought back together, and no row can be seen without the others of its article.
    """
    return (
        documents
        | "Parse" >> beam.ParDo(Parse(ParseSettings(settings.provider, settings.fields, settings.limits)))
        | "Clean" >> beam.ParDo(Clean(settings.keep, settings.rules))
        | "Annotate" >> beam.ParDo(Annotate(settings.spacy_model, settings.without))
        | "Rows" >> beam.ParDo(ToRows(settings.code_version))
        | "Shard" >> beam.Map(_with_shard, settings.shards)
        | "Group" >> beam.GroupByKey()
        | "Commit" >> beam.ParDo(Commit(settings.output, settings.code_version))
    )


def _with_shard(rows: PortionRows, shards: int) -> tuple[int, PortionRows]:
    return shard_of(rows.portion.uri, shards), rows
