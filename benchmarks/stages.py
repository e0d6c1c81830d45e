"""CPU seconds of each stage over the same articles in one process, without Beam.

    python benchmarks/stages.py ARTICLES.jsonl[.gz] [--json]

Reading and parsing, cleaning, the language stage (paragraphs, language, tokens, the model's entities and parses),
entity rules, quotes, rows, Parquet. The model is loaded and one article gone through before the clock starts.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.parquet import in_order, to_parquet
from pipeline.source import read_portions
from pipeline.store import find
from schemas.limits import Limits
from schemas.records import Portion, Portioned, RawArticle
from transforms import annotate as language_stage
from transforms.cleaning import Policy, clean
from transforms.engine.selfcheck import TEXT
from transforms.nlp import load
from transforms.parsing import ParseSettings, parse_document
from transforms.rows import to_tables

INSIDE = {"find_entities": "entity rules", "find_quotes": "quotes"}
"""Functions that the language stage calls and that count for themselves."""


class Clock:
    """CPU seconds by stage; what runs inside another stage is taken off it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, stage: str, work: Callable[..., Any], *given: Any, inside: str | None = None) -> Any:
        started = time.process_time()
        try:
            return work(*given)
        finally:
            took = time.process_time() - started
            self.seconds[stage] = self.seconds.get(stage, 0.0) + took
            if inside:
                self.seconds[inside] = self.seconds.get(inside, 0.0) - took


def run(path: Path) -> dict[str, float]:
    clock, limits, policy, model = Clock(), Limits(), Policy(frozenset(), ()), load()
    for name, stage in INSIDE.items():
        inner = getattr(language_stage, name)
        setattr(language_stage, name, lambda *given, i=inner, s=stage: clock(s, i, *given, inside="language"))

    def whole(portioned: Portioned[RawArticle]) -> None:
        cleaned = clock("cleaning", lambda: [clean(article, policy) for article in portioned.articles])
        tagged = clock("language", lambda: [language_stage.annotate(article, model) for article in cleaned])
        tables = clock("rows", to_tables, Portioned(portioned.portion, tuple(tagged)), "")
        clock("parquet", lambda: [to_parquet(name, in_order(table)) for name, table in tables.items()])

    whole(Portioned(Portion("warm", 0, 0), (RawArticle("w", "w", 0, 0, 0, "\n\n".join(TEXT), ""),)))
    clock.seconds.clear()
    settings = ParseSettings(None, (), limits)
    for found in find(str(path)):
        documents = read_portions(found, None, limits)
        while (document := clock("reading and parsing", next, documents, None)) is not None:
            whole(clock("reading and parsing", parse_document, document, settings))
    return clock.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seconds = run(options.file)
    if options.json:
        print(json.dumps(seconds))
        return
    for stage, took in seconds.items():
        print(f"{stage:20}{took:8.2f} s {took / sum(seconds.values()):5.0%}")


if __name__ == "__main__":
    main()
