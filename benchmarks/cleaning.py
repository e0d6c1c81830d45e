"""Cleaning speed in articles a CPU second, beside the plain two-regex cleaner, in one run on one file.

    python benchmarks/cleaning.py FILE.jsonl[.gz] [--rounds N]

FILE holds one JSON object a line with the article's text under `text`. Prints both speeds and their ratio.
"""

import argparse
import gzip
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from schemas.records import RawArticle
from transforms.cleaning import clean

_ADVERTISEMENT = re.compile(r"^\s*advertisement\s*$", re.IGNORECASE | re.MULTILINE)
_TWEET = re.compile(r"^.*pic\.twitter\.com/\w+.*$", re.MULTILINE)


def plain(article: RawArticle) -> str:
    """What most pipelines do: drop lines that say "Advertisement" and lines with a picture link."""
    return _TWEET.sub("", _ADVERTISEMENT.sub("", article.text))


def read(path: Path) -> list[RawArticle]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines if line.strip()]
    return [RawArticle(str(at), str(path), 1, at, 0, text, "") for at, text in enumerate(texts)]


def cpu_seconds(work: Callable[[RawArticle], object], articles: list[RawArticle], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for article in articles:
            work(article)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    articles = read(given.file)
    chars = sum(len(article.text) for article in articles)
    started = time.process_time()
    clean(articles[0])
    print(
        f"{len(articles)} articles, {chars / 1e6:.1f} M characters; first article {time.process_time() - started:.2f} s"
    )
    ours, theirs = (cpu_seconds(work, articles, given.rounds) for work in (clean, plain))
    for name, seconds in (("wirecopy", ours), ("two regexes", theirs)):
        print(f"{name:12s} {len(articles) / seconds:9.0f} articles/s {chars / 1e6 / seconds:7.1f} M characters/s")
    print(f"ratio        {ours / theirs:9.1f}")


if __name__ == "__main__":
    main()
