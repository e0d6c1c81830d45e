"""Whole articles through the real model: rows are sound whatever the text, and the same every time."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.records import CleanArticle, Embed, Entity, Quote, RawArticle
from transforms.annotate import annotate
from transforms.entities import find_entities
from transforms.nlp import LanguageModel, load
from transforms.paragraphs import split_paragraphs, tagger_view
from transforms.quotes import find_quotes, needs_parse

FLAGS = {None, "scare", "title", "nickname", "nested"}
KINDS = {"person", "organization", "document", "anonymous", "unknown"}
PIECES = [
    *"“”\"'‘’«»`,.:;?!—-(\n",
    "''",
    "``",
    "\n\n",
    " ",
    " Ada Vale said ",
    " he told reporters that ",
    " according to ",
    "The ferry is shut",
    " who ",
    " as “old” ",
    "é",
    "🙂",
    "\u00a0",
    "A: ",
]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load()


def article_of(text: str, embeds: tuple[Embed, ...] = ()) -> CleanArticle:
    return CleanArticle(RawArticle("a", "file:///a.txt", 1, 0, 0, text, "0"), text, embeds=embeds)


def quotes_of(text: str, model: LanguageModel, embeds: tuple[Embed, ...] = ()) -> tuple[Quote, ...]:
    """Quotes of the text, parsed whatever language it looks like."""
    article = article_of(text, embeds)
    view = tagger_view(text)
    paragraphs = list(split_paragraphs(text))
    with model.open():
        docs = model.recognise([view[p.start : p.end] for p in paragraphs])
        wanted = [p.index for p in paragraphs if needs_parse(view[p.start : p.end])]
        model.parse([docs[index] for index in wanted])
        paragraphs = [replace(p, doc=docs[p.index], parsed=p.index in wanted) for p in paragraphs]
        return find_quotes(article, view, paragraphs, find_entities(article, view, paragraphs))


def check(text: str, quotes: tuple[Quote, ...]) -> None:
    assert len({quote.quote_id for quote in quotes}) == len(quotes)
    assert [quote.start for quote in quotes] == sorted(quote.start for quote in quotes)
    for quote in quotes:
        at = 0
        for start, end in quote.pieces:
            assert at <= start < end <= len(text)
            at = end
        assert (quote.start, quote.end) == (quote.pieces[0][0], quote.pieces[-1][1])
        assert quote.text == " ".join(text[start:end] for start, end in quote.pieces)
        assert quote.flag in FLAGS
        assert quote.speaker_kind in KINDS
        assert 0 < quote.confidence <= 1
        assert quote.speaker_name is not None or quote.speaker_reason is not None
        if quote.speaker is not None:
            assert quote.speaker == text[quote.speaker_start : quote.speaker_end]
        if quote.cue is not None:
            assert quote.cue == text[quote.cue_start : quote.cue_end]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_string_gives_sound_rows(parts: list[str], model: LanguageModel) -> None:
    text = "".join(parts)
    check(text, quotes_of(text, model))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_characters_give_sound_rows(text: str, model: LanguageModel) -> None:
    check(text, quotes_of(text, model))


ARTICLE = (
    "Ada Vale, the harbour master, met the council on Tuesday.\n\n“The ferry is old,” she said. “Nobody will pay.”\n\n"
    "Tom Reed called the plan “a bad joke”. The ferry, he said, would sail on Monday."
)


def test_the_same_every_time(model: LanguageModel) -> None:
    assert quotes_of(ARTICLE, model) == quotes_of(ARTICLE, model)


def test_keys_join_with_entities(model: LanguageModel) -> None:
    annotated = annotate(article_of(ARTICLE), model)
    keys = {entity.entity_key: entity.entity for entity in annotated.entities}
    named = [quote for quote in annotated.quotes if quote.speaker_name is not None]
    assert {quote.speaker_name for quote in named} == {"Ada Vale", "Tom Reed"}
    for quote in named:
        assert quote.speaker_key is not None
        assert keys[quote.speaker_key] == quote.speaker_name


def test_what_somebody_answers_to_is_not_what_is_said(model: LanguageModel) -> None:
    assert not quotes_of("Ann Hale responded to claims that the pier was shut and nobody had been told.", model)
    (told,) = quotes_of("Ann Hale said to the reporters that the pier was shut.", model)
    assert told.text == "the pier was shut"


def test_an_entity_given_by_hand_is_the_speaker(model: LanguageModel) -> None:
    """Names come from the entities, not from a list of ours."""
    text = "Zzyx said the ferry was shut."
    view = tagger_view(text)
    paragraphs = list(split_paragraphs(text))
    with model.open():
        docs = model.recognise([view])
        model.parse(docs)
        entities = [Entity("Zzyx", "PERSON", 0, 4, 0, 4, 0, "Zzyx Quell", "zzyx quell", 1.0)]
        paragraphs = [replace(paragraphs[0], doc=docs[0], parsed=True)]
        (quote,) = find_quotes(article_of(text), view, paragraphs, entities)
    assert (quote.speaker_name, quote.speaker_key) == ("Zzyx Quell", "zzyx quell")


def test_a_post_quoted_again_on_its_own_is_linked(model: LanguageModel) -> None:
    words = "The ferry is old, and nobody wants to pay for a new one."
    post = Embed("post-1", "twitter", "Ada Vale", "@adavale", None, words, "", 0, 0)
    alone = quotes_of(f"The ferry lay in the harbour.\n\n“{words}”", model, (post,))
    assert [quote.duplicate_of for quote in alone] == ["post-1"]
    told = quotes_of(f"“{words}” Ada Vale said.", model, (post,))
    assert [quote.duplicate_of for quote in told] == [None]


@pytest.mark.parametrize("text", ["Rain fell on the harbour.", "Nobody came, and the ferry left."])
def test_plain_paragraphs_are_not_parsed(text: str) -> None:
    assert not needs_parse(text)


@pytest.mark.parametrize("text", ["A “dry” day.", "Rain fell, she says.", "TOM REED: Yes.", "According to Reed, no."])
def test_paragraphs_that_can_quote_are_parsed(text: str) -> None:
    assert needs_parse(text)


@pytest.mark.parametrize(
    "unit", ["he said that ", "she said, ", "“a” said Ada Vale, ", "Ada Vale said “a” and ", "his claim that "]
)
def test_linear_in_one_sentence(
    unit: str, model: LanguageModel, growth: Callable[[Callable[[int], float], int, int], float]
) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        view = tagger_view(text)
        with model.open():
            docs = model.recognise([view])
            model.parse(docs)
            paragraphs = [replace(p, doc=docs[0], parsed=True) for p in split_paragraphs(text)]
            began = time.process_time()
            find_quotes(article_of(text), view, paragraphs, ())
            return time.process_time() - began

    assert growth(seconds, 200, 400) < 3
