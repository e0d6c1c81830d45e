"""The lexicon: forms by rule, every class has verbs, and no everyday word slips in."""

import pytest

from transforms.quotes.lexicon import CLASSES, NOUNS, PHRASAL, VERBS, inflect


@pytest.mark.parametrize(
    ("lemma", "irregular", "forms"),
    [
        ("say", "said", {"say", "says", "said", "saying"}),
        ("write", "wrote written", {"write", "writes", "wrote", "written", "writing"}),
        ("reply", "", {"reply", "replies", "replied", "replying"}),
        ("agree", "", {"agree", "agrees", "agreed", "agreeing"}),
        ("confess", "", {"confess", "confesses", "confessed", "confessing"}),
        ("admit", "admitted", {"admit", "admits", "admitted", "admitting"}),
        ("begin", "began begun", {"begin", "begins", "began", "begun", "beginning"}),
    ],
)
def test_inflection(lemma: str, irregular: str, forms: set[str]) -> None:
    assert set(inflect(lemma, irregular)) == forms


def test_every_class_has_verbs() -> None:
    for name in CLASSES:
        assert any(name in verb.classes for verb in VERBS.values()), name


@pytest.mark.parametrize("word", ["is", "was", "has", "the", "to", "think", "walk"])
def test_everyday_words_report_nothing(word: str) -> None:
    assert word not in VERBS
    assert word not in NOUNS


def test_phrasal_verbs_are_found_by_any_form() -> None:
    assert "clause out" in PHRASAL["pointed"]
    assert "quote back" in PHRASAL["shot"]
