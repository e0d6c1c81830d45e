"""The whole pipeline on one page: what every article goes through, on every runner, in batch and in streaming."""

import apache_beam as beam

from pipeline.log import Outcome, shard_of
from pipeline.settings import Settings
from pipeline.sink import Commit
from schemas.records import RawDocument
from transforms.parsing import ParseSettings
from transforms.shells import Annotate, Clean, Parse, PortionRows, ToRows


def process(documents: "beam.PCollection[RawDocument]", settings: Settings) -> "beam.PCollection[Outcome]":
    """Portions of raw records in, committed rows out.

    All articles of a portion travel as one element from here to the sink, with what was refused on the way: nothing has
    to be brought back together, and no row can be seen without the others of its article.
    """
    rows = documents
    for name, stage in stages(settings).items():
        rows = rows | name >> beam.ParDo(stage)
    return (
        rows
        | "Shard" >> beam.Map(_with_shard, settings.shards)
        | "Group" >> beam.GroupByKey()
        | "Commit" >> beam.ParDo(Commit(settings.output, settings.code_version))
    )


def stages(settings: Settings) -> dict[str, beam.DoFn]:
    """What an article goes through, in order: RawDocument in, PortionRows out, one to one."""
    return {
        "Parse": Parse(ParseSettings(settings.provider, settings.fields, settings.limits)),
        "Clean": Clean(settings.keep, settings.rules),
        "Annotate": Annotate(settings.spacy_model, settings.without),
        "Rows": ToRows(settings.code_version),
    }


def _with_shard(rows: PortionRows, shards: int) -> tuple[int, PortionRows]:
    return shard_of(rows.portion.uri, shards), rows
