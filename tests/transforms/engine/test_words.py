"""Learnt words are cut like any other, only faster, and no more are kept than was said."""

from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from transforms.engine.words import MOST_CHARS, RecurringWords

WORDS = ("don't", "“don't", "U.S.", "(U.S.).", "$4.5m", "10am-4pm", "co-op", "Ole's", "a.b/c", "...", "I'm", "naïve—so")


@pytest.fixture(scope="module")
def blank() -> Language:
    return spacy.blank("en")


def cut(nlp: Language, text: str) -> list[Any]:
    with nlp.memory_zone():
        return [(t.text, t.whitespace_, t.norm_, t.shape_, t.lower_, t.is_space) for t in nlp.make_doc(text)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=12), st.sampled_from([" ", "  ", "\n", " \t"]))
def test_tokens_are_the_same_before_and_after(blank: Language, words: list[str], between: str) -> None:
    text = between.join(words)
    before = cut(blank, text)
    recurring = RecurringWords(blank)
    with blank.memory_zone():
        recurring.note([text, text])
    recurring.learn()
    assert cut(blank, text) == before


def test_what_recurred_is_cut_from_the_cache_inside_a_zone(blank: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    nlp = spacy.blank("en")
    searched = []
    find = nlp.tokenizer.infix_finditer

    def infixes(text: str) -> Any:
        searched.append(text)
        return find(text)

    nlp.tokenizer.infix_finditer = infixes
    recurring = RecurringWords(nlp)
    with nlp.memory_zone():
        recurring.note(["harbour pilot", "harbour"])
    recurring.learn()
    searched.clear()
    assert [token[0] for token in cut(nlp, "harbour pilot")] == ["harbour", "pilot"]
    assert searched == ["pilot"], "harbour came twice and is known, pilot once and is not"


def test_the_number_and_length_of_words_kept_are_bounded() -> None:
    nlp = spacy.blank("en")
    recurring = RecurringWords(nlp, most_words=3)
    before = len(nlp.vocab)
    words = ["one", "two", "three", "four", "five", "x" * (MOST_CHARS + 1)]
    for _ in range(3):
        with nlp.memory_zone():
            recurring.note(words * 2)
        recurring.learn()
    assert len(nlp.vocab) - before == 3


def test_a_tokenizer_without_such_a_cache_is_left_alone() -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = lambda text: spacy.tokens.Doc(nlp.vocab, words=text.split())
    recurring = RecurringWords(nlp)
    recurring.note(["a a"])
    recurring.learn()
    assert len(nlp.make_doc("a a")) == 2
