"""`wirecopy link`: mark near duplicates and versions in a table of its own, derived from `articles` alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.derived import derive, write_links
from pipeline.reading import Output
from schemas.links import LINKS
from transforms.links import Link, candidate_pairs, jaccard, shingles, signature, verified_links

_KEY = ("received_at", "article_id", "source_generation", "source_uri", "record_index")
_COLUMNS = (*_KEY, "published_at", "text")


@dataclass(frozen=True, slots=True)
class _Article:
    """An article version without its text, and the place of its row in the scan."""

    received_us: int
    article_id: str
    source_generation: int
    source_uri: str
    record_index: int
    row: int
    published_us: int | None


def _order(article: _Article) -> tuple[int, str, int, int, str, int]:
    """The order of deciding: an article links to those before it, so what comes in later changes no link."""
    published_us = -1 if article.published_us is None else article.published_us
    place = (article.source_generation, article.source_uri, article.record_index)
    return article.received_us, article.article_id, published_us, *place


def link(output: str) -> dict[str, int]:
    """Write the table `links` of an output anew; gives articles read, near duplicates, versions and families found.

    The links depend on the articles alone, not on files or their order. Raises StoreError. Holds about 1 KB an article
    in memory: their texts are read twice, a batch at a time.
    """
    return derive(output, _link)


def _link(source: Output) -> dict[str, int]:
    table = links_table(source)
    write_links(source.store, table)
    kinds = table.column("kind").to_pylist()
    return {
        "articles": sum(len(batch) for batch in source.batches("articles", ["record_index"])),
        "near_duplicates": kinds.count("near_duplicate"),
        "versions": kinds.count("version"),
        "families": len(set(table.column("family_id").to_pylist())),
    }


def links_table(source: Output) -> pa.Table:
    """The links among the articles of an output, sorted by article and by falling similarity."""
    found: list[_Article] = []
    signatures: dict[int, np.ndarray[Any, np.dtype[np.uint32]]] = {}
    for batch in source.batches("articles", _COLUMNS):
        columns = _plain(batch)
        for offset, text in enumerate(batch.column("text").to_pylist()):
            shingle_set = shingles(text)
            if len(shingle_set):
                signatures[len(found)] = signature(shingle_set)
            key = (columns[name][offset] for name in _KEY)
            found.append(_Article(*key, row=len(found), published_us=columns["published_at"][offset]))
    articles = sorted(found, key=_order)
    stories = {article_id: number for number, article_id in enumerate(dict.fromkeys(a.article_id for a in articles))}
    long = [place for place, article in enumerate(articles) if article.row in signatures]
    pairs: list[tuple[int, int]] = []
    if long:
        near = candidate_pairs(
            np.stack([signatures[articles[place].row] for place in long]),
            [articles[place].received_us for place in long],
            [stories[articles[place].article_id] for place in long],
        )
        pairs = [(long[late], long[early]) for late, early in near]
    before = _versions_before(articles)
    places = {place for pair in pairs for place in pair} | {place for pair in before.items() for place in pair}
    shingles_of = _shingles_at(source, {articles[place].row: place for place in places})
    return _rows(articles, verified_links(pairs, shingles_of), before, shingles_of)


def _plain(batch: pa.RecordBatch) -> dict[str, list[Any]]:
    """The columns of a batch but the text, times as µs."""
    plain = {}
    for name in batch.schema.names:
        if name != "text":
            column = batch.column(name)
            plain[name] = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_pylist()
    return plain


def _versions_before(articles: list[_Article]) -> dict[int, int]:
    """From the place of an article version to the place of the version before it."""
    before: dict[int, int] = {}
    latest: dict[str, int] = {}
    for place, article in enumerate(articles):
        if article.article_id in latest:
            before[place] = latest[article.article_id]
        latest[article.article_id] = place
    return before


def _shingles_at(source: Output, places: Mapping[int, int]) -> dict[int, Any]:
    """Shingles by place, for the rows named: the second reading."""
    sets: dict[int, Any] = {}
    first = 0
    for batch in source.batches("articles", ["text"]):
        texts = batch.column("text")
        for row in range(first, first + len(batch)):
            if row in places:
                sets[places[row]] = shingles(texts[row - first].as_py())
        first += len(batch)
    return sets


def _rows(
    articles: list[_Article], near: list[Link], before: Mapping[int, int], shingles_of: Mapping[int, Any]
) -> pa.Table:
    by_article: dict[int, list[Link]] = {}
    for found in near:
        by_article.setdefault(found.article, []).append(found)
    families: list[str] = []
    rows: list[dict[str, Any]] = []
    for place, article in enumerate(articles):
        links: list[tuple[str, int, float | None]] = []
        if place in before:
            one, two = shingles_of[place], shingles_of[before[place]]
            links.append(("version", before[place], jaccard(one, two) if len(one) and len(two) else None))
        links += [("near_duplicate", found.other, found.similarity) for found in by_article.get(place, [])]
        families.append(families[links[0][1]] if links else article.article_id)
        for kind, other, similarity in links:
            rows.append(
                {
                    **_columns("", article),
                    **_columns("other_", articles[other]),
                    "kind": kind,
                    "similarity": similarity,
                    "family_id": families[place],
                }
            )
    rows.sort(key=lambda row: (row["article_id"], row["source_generation"], row["source_uri"], row["record_index"]))
    return pa.Table.from_pylist(rows, schema=LINKS)


def _columns(prefix: str, article: _Article) -> dict[str, Any]:
    return {
        f"{prefix}article_id": article.article_id,
        f"{prefix}source_uri": article.source_uri,
        f"{prefix}source_generation": article.source_generation,
        f"{prefix}record_index": article.record_index,
        f"{prefix}published_at": article.published_us,
        f"{prefix}received_at": article.received_us,
    }
