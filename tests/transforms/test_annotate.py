"""Protects the language stage of one article: offsets, what is left out, and that no article depends on another."""

import gzip
import json
from pathlib import Path

import pytest

from schemas.records import CleanArticle, Edit, Entity, Quote, RawArticle
from transforms.annotate import annotate, mark_quoted
from transforms.cleaning import clean
from transforms.edits import apply_within
from transforms.nlp import LanguageModel, load

STORY = (
    "LUNDHAVEN, Norway (XPA) — Mayor Ida Brekke said on Monday that the old bridge would close in June, after years of"
    " complaints by tram drivers.\n\n“We can no longer pay for it,” Brekke told the Harbour Council. “Ask Copenhagen"
    " how they did it.”\n\nThe council, which owns the bridge, will vote in April.\n"
)


def article(text: str, name: str = "a") -> CleanArticle:
    return clean(RawArticle(name, "file:///a", 1, 0, 0, text, ""))


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load()


def test_rows_hold_their_text_in_one_of_the_two_coordinate_systems(model: LanguageModel) -> None:
    done = annotate(article(STORY), model)
    names = {(e.text, e.label) for e in done.entities}
    assert {("LUNDHAVEN", "GPE"), ("Norway", "GPE"), ("Ida Brekke", "PERSON"), ("Copenhagen", "GPE")} <= names
    for e in done.entities:
        if e.start is not None and e.end is not None:
            assert (e.raw_start, e.raw_end) == (None, None)
            assert done.clean.text[e.start : e.end] == e.text
            assert e.sentence_index is not None
        else:
            assert e.raw_start is not None
            assert e.raw_end is not None
            assert apply_within(done.clean.raw.text, e.raw_start, e.raw_end, ()) == e.text
        assert 0 <= e.salience <= 1
    assert done.model == model.model


def test_mentions_in_quotes_are_marked(model: LanguageModel) -> None:
    done = annotate(article(STORY), model)
    inside = {e.text: e.in_quote for e in done.entities if e.start is not None}
    assert inside["Copenhagen"]
    assert not inside["Ida Brekke"]


def test_mark_quoted_by_pieces() -> None:
    def entity(start: int) -> Entity:
        return Entity("x", "ORG", start, start + 1, None, None, 0, "x", "x", 0.0)

    quote = Quote("q", "…", "direct", 0, 30, ((0, 10), (20, 30)), 0)
    assert [e.in_quote for e in mark_quoted([entity(5), entity(10), entity(15), entity(20)], [quote])] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("without", "entities", "quotes"),
    [({"entities"}, False, True), ({"quotes"}, True, False), ({"entities", "quotes"}, False, False)],
)
def test_left_out(model: LanguageModel, without: set[str], entities: bool, quotes: bool) -> None:
    done = annotate(article(STORY), model, frozenset(without))
    assert (bool(done.entities), bool(done.quotes)) == (entities, quotes)


def test_quotes_are_the_same_with_entities_left_out(model: LanguageModel) -> None:
    assert annotate(article(STORY), model).quotes == annotate(article(STORY), model, frozenset({"entities"})).quotes


def test_without_a_model_the_article_is_kept() -> None:
    done = annotate(article(STORY), None, frozenset({"entities", "quotes"}))
    assert (done.entities, done.quotes, done.model, done.language) == ((), (), None, "en")


def test_another_language_is_kept_untagged(model: LanguageModel) -> None:
    text = "Le conseil du port a voté mardi l'élargissement du quai, après des années de plaintes des pilotes. " * 5
    done = annotate(article(text), model)
    assert (done.language, done.entities, done.model) == ("fr", (), None)
    assert done.clean.text


def test_empty_and_blank_articles(model: LanguageModel) -> None:
    for text in ("", " \n\n ", "\u00a0"):
        assert annotate(CleanArticle(RawArticle("a", "u", 1, 0, 0, text, ""), text), model).entities == ()


def test_edits_move_no_row_off_its_text(model: LanguageModel) -> None:
    raw = RawArticle("a", "u", 1, 0, 0, "AdvertisementIda Brekke left Oslo for Denmark.", "")
    cleaned = CleanArticle(raw, raw.text[13:], (Edit("advertisement", "label", 0, 13, "Advertisement"),))
    done = annotate(cleaned, model)
    assert {cleaned.text[e.start : e.end] for e in done.entities} >= {"Oslo", "Denmark"}


def test_alone_together_and_again_are_the_same(model: LanguageModel) -> None:
    others = [STORY.replace("Brekke", name).replace("June", "May") for name in ("Moe", "Lind", "Nyberg")]
    alone = [annotate(article(text), load()) for text in others[:1]]
    together = [annotate(article(text), model) for text in others]
    again = [annotate(article(text), model) for text in reversed(others)][::-1]
    assert alone == together[:1]
    assert together == again


def test_real_articles_do_not_depend_on_their_neighbours(model: LanguageModel, wirecopy_eval: Path) -> None:
    with gzip.open(wirecopy_eval / "corpus" / "articles-3000.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(30), strict=False)]
    forwards = [annotate(article(text, str(n)), model) for n, text in enumerate(texts)]
    other = load()
    backwards = [annotate(article(text, str(n)), other) for n, text in reversed(list(enumerate(texts)))]
    assert forwards == backwards[::-1]
