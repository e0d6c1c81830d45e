"""The language stage beside a plain loop over `nlp.pipe` with the full pipeline: same texts and run, outputs compared.

    python benchmarks/language.py ARTICLES.jsonl[.gz] [--articles 200] [--first 0] [--memory 20000]

Speed is words (runs of non-blanks) per CPU second of this process, each row with a model of its own, so that none finds
another's results remembered. The plain loop tags whole texts, with the kernel that spaCy takes by itself. Compared
are the model's entities and the parsed paragraphs' tags and trees with spaCy's own on
the same paragraphs. `--memory N` sends N short articles, no two alike, through one process and prints its size as it
goes.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import gzip
import json
import time
from itertools import islice
from pathlib import Path

import spacy
from thinc.api import NumpyOps, set_current_ops

from schemas.records import CleanArticle, RawArticle
from transforms.annotate import annotate
from transforms.nlp import DEFAULT_MODEL, LanguageModel, load
from transforms.paragraphs import split_paragraphs, tagger_view
from transforms.quotes import needs_parse


def read_texts(path: Path, first: int, articles: int) -> list[str]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] or "" for line in islice(lines, first, first + articles)]


def clean_article(text: str) -> CleanArticle:
    return CleanArticle(RawArticle("a", "u", 1, 0, 0, text, ""), text)


def measure_speed(texts: list[str]) -> None:
    words = sum(len(text.split()) for text in texts)
    set_current_ops(NumpyOps(use_blis=True))
    full = spacy.load(DEFAULT_MODEL)
    before = time.process_time()
    for doc in full.pipe(texts):
        [(ent.text, ent.label_) for ent in doc.ents]
    plain = words / (time.process_time() - before)
    print(f"plain loop, full pipeline       {plain:10,.0f} words per CPU second")
    for name, without in (
        ("language stage", frozenset[str]()),
        ("language stage, entities only", frozenset({"quotes"})),
        ("both left out", frozenset({"entities", "quotes"})),
    ):
        model = load()
        before = time.process_time()
        for text in texts:
            annotate(clean_article(text), model, without)
        speed = words / (time.process_time() - before)
        print(f"{name:<31} {speed:10,.0f} words per CPU second, {speed / plain:.1f} times the plain loop")


def compare(texts: list[str], model: LanguageModel) -> None:
    set_current_ops(NumpyOps(use_blis=False))
    own = spacy.load(DEFAULT_MODEL)
    entities = arcs = different_entities = different_arcs = 0
    for text in texts:
        view = tagger_view(text)
        views = [view[p.start : p.end] for p in split_paragraphs(text)]
        with model.open():
            docs = model.recognise(views)
            parsed = [at for at, paragraph in enumerate(views) if needs_parse(paragraph)]
            model.parse([docs[at] for at in parsed])
            ours = [[(e.start, e.end, e.label_) for e in doc.ents] for doc in docs]
            trees = [[(t.tag_, t.dep_, t.head.i, t.is_sent_start) for t in docs[at]] for at in parsed]
        # ner and parser read different vectors, so that each may be compared in the full pipeline but for one thing: a
        # parse sets sentence starts, which entities may not cross, and here entities come without a parse
        plain = list(own.pipe(views, disable=["tagger", "parser", "attribute_ruler", "lemmatizer"]))
        theirs = [[(e.start, e.end, e.label_) for e in doc.ents] for doc in plain]
        read = list(own.pipe([views[at] for at in parsed], disable=["ner", "attribute_ruler", "lemmatizer"]))
        their_trees = [[(t.tag_, t.dep_, t.head.i, t.is_sent_start) for t in doc] for doc in read]
        entities += sum(map(len, theirs))
        different_entities += sum(len(set(a) ^ set(b)) for a, b in zip(ours, theirs, strict=True))
        arcs += sum(map(len, their_trees))
        different_arcs += sum(
            a != b for one, other in zip(trees, their_trees, strict=True) for a, b in zip(one, other, strict=True)
        )
    print(f"entities {entities:,}, different {different_entities}; tokens parsed {arcs:,}, different {different_arcs}")


def measure_memory(texts: list[str], model: LanguageModel, articles: int) -> None:
    print("articles  resident MiB")
    for number in range(articles):
        source = texts[number % len(texts)]
        start = (number // len(texts)) * 97 % max(1, len(source) - 1200)
        text = f"Reporter Wire{number} filed item{number}.\n\n{source[start : start + 1200]}"
        annotate(clean_article(text), model)
        if (number + 1) % 2000 == 0 or number == 499:
            print(f"{number + 1:8,}  {resident_mib():.0f}")


def resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--memory", type=int, default=0, metavar="N")
    options = parser.parse_args()
    texts = read_texts(options.file, options.first, options.articles)
    model = load()
    print(f"{len(texts)} articles, model {model.model.name}")
    if options.memory:
        measure_memory(texts, model, options.memory)
        return
    annotate(clean_article("Ida Brekke left Oslo."), model)  # word lists and places are read at their first use
    measure_speed(texts)
    compare(texts, model)


if __name__ == "__main__":
    main()
