"""What the language stage does with one article: paragraphs, mentions, merged entities, quotes, `in_quote`."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from schemas.records import AnnotatedArticle, CleanArticle, Entity, Quote
from transforms.entities import find_entities, restore_case
from transforms.language import detect
from transforms.nlp import LanguageModel
from transforms.paragraphs import split_paragraphs, tagger_view
from transforms.quotes import find_quotes, needs_parse

OUTPUTS = frozenset({"entities", "quotes"})
"""What `without` may leave out."""


def annotate(
    article: CleanArticle, language: LanguageModel | None, without: frozenset[str] = frozenset()
) -> AnnotatedArticle:
    """Tag a clean article; pure but for the model's caches, and the same whatever else goes through the process.

    `language` None, or both outputs in `without`, tags nothing. An article in another language than the model's is kept
    as it is. With entities left out the model still reads articles that have quotation: speakers are entities.
    """
    expected = language.lang if language else "en"
    found = expected if expected == "xx" else detect(article.text, expected)
    if language is None or without >= OUTPUTS or found != expected:
        return AnnotatedArticle(article, found)
    paragraphs = list(split_paragraphs(article.text))
    view = restore_case(tagger_view(article.text), paragraphs)
    views = [view[p.start : p.end] for p in paragraphs]
    quoting = [p.index for p in paragraphs if "quotes" not in without and needs_parse(views[p.index])]
    if "entities" in without and not quoting:
        return AnnotatedArticle(article, found, model=language.model)
    quotes: tuple[Quote, ...] = ()
    with language.open():
        docs = language.recognise(views)
        if quoting and language.can_parse:
            language.parse([docs[index] for index in quoting], [views[index] for index in quoting])
        parsed = frozenset(quoting) if language.can_parse else frozenset()
        paragraphs = [replace(p, doc=docs[p.index], parsed=p.index in parsed) for p in paragraphs]
        entities = find_entities(article, view, paragraphs)
        if "quotes" not in without:
            quotes = find_quotes(article, view, paragraphs, entities)
    entities = () if "entities" in without else mark_quoted(entities, quotes)
    return AnnotatedArticle(article, found, entities, quotes, language.model)


def mark_quoted(entities: Sequence[Entity], quotes: Sequence[Quote]) -> tuple[Entity, ...]:
    """Set `in_quote` on the mentions that begin inside a piece of a quote."""
    reach: list[tuple[int, int]] = []
    for start, end in sorted(piece for quote in quotes for piece in quote.pieces or ((quote.start, quote.end),)):
        if reach and start <= reach[-1][1]:
            reach[-1] = (reach[-1][0], max(end, reach[-1][1]))
        else:
            reach.append((start, end))
    marked = []
    for entity in entities:
        before = bisect_right(reach, (entity.start, 1 << 60)) - 1 if entity.start is not None else -1
        inside = before >= 0 and entity.start is not None and entity.start < reach[before][1]
        marked.append(replace(entity, in_quote=True) if inside else entity)
    return tuple(marked)
