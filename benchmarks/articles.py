"""Articles to measure on: a JSON Lines file of your own, or as many as wanted made from the examples of this project.

Copies of an article differ from it in id, url and headline, and where the file is small in every paragraph too: results
are remembered by paragraph, and a text that comes again would be measured as none at all.
"""

import gzip
import json
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

FAR_APART_CHARS = 4_000_000
"""Paragraphs that come again after this much other text are forgotten by then (transforms.nlp.CACHE_CHARS)."""

Article = dict[str, Any]


def read(path: Path) -> list[Article]:
    """The articles of a JSON Lines file that have a text."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        return [article for line in lines if line.strip() and (article := json.loads(line)).get("text")]


def of_examples(folder: Path) -> list[Article]:
    """The examples as this project parses them, whatever their format."""
    from pipeline.source import read_portions
    from pipeline.store import find
    from schemas.limits import Limits
    from transforms.parsing import ParseSettings, parse_document

    limits = Limits()
    return [
        {
            "id": article.article_id,
            "title": article.headline or "",
            "source": article.provider or "",
            "text": article.text,
        }
        for found in find(f"{folder}/*")
        for document in read_portions(found, None, limits)
        for article in parse_document(document, ParseSettings(None, (), limits)).articles
    ]


def copies(articles: list[Article]) -> Iterator[Article]:
    """The articles, then copies of them without end."""
    near = sum(len(article["text"]) for article in articles) < FAR_APART_CHARS
    for copy in count():
        for article in articles:
            if not copy:
                yield article
                continue
            text = article["text"]
            if near:
                text = "\n".join(f"{line} ({copy})" if line.strip() else line for line in text.split("\n"))
            changed = {"id": f"{article.get('id')}-{copy}", "title": f"{article.get('title')} ({copy})", "text": text}
            yield {**article, **changed, **({"url": f"{article['url']}?copy={copy}"} if article.get("url") else {})}


def write(articles: list[Article], wanted: int, path: Path) -> int:
    """Write so many articles as gzipped JSON Lines; gives their words, runs of non-blanks in the raw text."""
    words = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as lines:
        for article in islice(copies(articles), wanted):
            lines.write(json.dumps(article) + "\n")
            words += len(article["text"].split())
    return words
