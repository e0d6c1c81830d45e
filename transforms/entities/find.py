"""From an article's tagged paragraphs to its entities: every rule in its order, on one page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from schemas.records import CleanArticle, Entity
from transforms.edits import EditMap
from transforms.entities.lifted import LiftedMention, lifted_mentions
from transforms.entities.mentions import Mention, from_paragraphs
from transforms.entities.merge import merge, normalise
from transforms.entities.repair import repair
from transforms.entities.salience import MINOR, PRESS, is_press, score
from transforms.entities.sentences import Sentences
from transforms.paragraphs import Paragraph


def find_entities(article: CleanArticle, view: str, paragraphs: Sequence[Paragraph]) -> tuple[Entity, ...]:
    """Return the article's mentions in raw order, repaired and merged; `in_quote` is left for the quotes to decide."""
    sentences = Sentences(view, paragraphs)
    mentions = repair(view, list(from_paragraphs(paragraphs)), paragraphs, sentences)
    return _rows(article, mentions, list(lifted_mentions(article.edits)), sentences)


def _agreeing(mention: Mention | LiftedMention, text: str, mentions: Sequence[Mention]) -> Mention | LiftedMention:
    """A dateline's place under the label that the body gives that name: the United Nations are no place."""
    if isinstance(mention, LiftedMention) and mention.label == "GPE":
        name = normalise(mention.text, "GPE")
        labels = Counter(m.label for m in mentions if normalise(text[m.start : m.end], m.label) == name)
        if labels["ORG"] > labels["GPE"]:
            return replace(mention, label="ORG")
    return mention


def _rows(
    article: CleanArticle, mentions: Sequence[Mention], lifted: Sequence[LiftedMention], sentences: Sentences
) -> tuple[Entity, ...]:
    to_raw = EditMap(article.edits).to_raw
    placed: list[tuple[int, int, Mention | LiftedMention]] = [(*to_raw(m.start, m.end), m) for m in mentions]
    placed += [(m.raw_start, m.raw_end, m) for m in lifted]
    placed = [(start, end, _agreeing(m, article.text, mentions)) for start, end, m in placed]
    placed.sort(key=lambda row: row[:2])
    names = [(m.text if isinstance(m, LiftedMention) else article.text[m.start : m.end], m.label) for *_, m in placed]
    merged = merge(names)
    weights = _weights(article, merged, placed, sentences)
    rows = []
    for (raw_start, raw_end, m), (text, label), (name, key) in zip(placed, names, merged, strict=True):
        inside = isinstance(m, Mention)
        rows.append(
            Entity(
                text=text,
                label=label,
                start=m.start if isinstance(m, Mention) else None,
                end=m.end if isinstance(m, Mention) else None,
                raw_start=None if inside else raw_start,
                raw_end=None if inside else raw_end,
                sentence_index=sentences.index(m.start) if isinstance(m, Mention) else None,
                entity=name,
                entity_key=key,
                salience=round(weights[key] * MINOR.get(label, 1.0), 4),
                rule=m.rule,
                model_label=m.model_label if isinstance(m, Mention) else None,
            )
        )
    return tuple(rows)


def _weights(
    article: CleanArticle,
    merged: Sequence[tuple[str, str]],
    placed: Sequence[tuple[int, int, Mention | LiftedMention]],
    sentences: Sentences,
) -> dict[str, float]:
    """Salience of every key; a nationality doesn't count towards its country where that is named itself.

    What stands in a dateline or byline counts as a mention, and opens nothing.
    """
    named: dict[str, list[Mention | LiftedMention]] = {}
    every: dict[str, list[Mention | LiftedMention]] = {}
    for (_, key), (*_, mention) in zip(merged, placed, strict=True):
        every.setdefault(key, []).append(mention)
        if mention.label not in MINOR:
            named.setdefault(key, []).append(mention)
    most = max(map(len, named.values()), default=1)
    headline = " ".join((article.raw.headline or "").split())
    weights = {}
    for key, mentions in every.items():
        counted = named.get(key, mentions)
        inside = [m for m in counted if isinstance(m, Mention)]
        first = min((m.start for m in inside), default=len(article.text))
        names = {m.text if isinstance(m, LiftedMention) else article.text[m.start : m.end] for m in counted}
        weights[key] = score(
            len(counted),
            most,
            first,
            in_headline=first < sentences.headline_end or any(_stands_in(name, headline) for name in names),
            in_lead=first < sentences.lead_end,
        )
        if is_press(names):
            weights[key] *= PRESS
    return weights


def _stands_in(name: str, headline: str) -> bool:
    at = headline.find(name)
    end = at + len(name)
    return at >= 0 and not headline[max(0, at - 1) : at].isalnum() and not headline[end : end + 1].isalnum()
