# Near duplicates: that MinHash finds what counting every pair finds, that order of input and caps behave as documented.
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.links import (
    MAX_GAP_US,
    MAX_LINKS,
    MIN_SIMILARITY,
    MIN_WORDS,
    Link,
    candidate_pairs,
    jaccard,
    near_duplicates,
    shingles,
    signature,
)


def story(number: int, words: int = 120) -> list[str]:
    """Words of an article of its own: no other number shares a shingle with it."""
    return [f"w{number}x{place * 7919 % 10007}" for place in range(words)]


def changed(words: list[str], edits: int) -> list[str]:
    """The same article with some words replaced, far enough from each other to break five shingles each."""
    out = list(words)
    for edit in range(edits):
        out[10 + edit * 9] = f"new{edit}"
    return out


def texts_with_families() -> list[str]:
    made = []
    for number in range(60):
        made.append(" ".join(story(number)))
        made += [" ".join(changed(story(number), edits)) for edits in range(1, number % 6)]
    return made


def test_finds_exactly_the_pairs_that_counting_every_pair_finds():
    texts = texts_with_families()
    sets = [shingles(text) for text in texts]
    expected = {(b, a) for a, b in combinations(range(len(texts)), 2) if jaccard(sets[a], sets[b]) >= MIN_SIMILARITY}
    found = near_duplicates(texts, [0] * len(texts))
    assert len(expected) > 50
    assert {(link.article, link.other) for link in found} == expected
    assert all(link.similarity == jaccard(sets[link.article], sets[link.other]) for link in found)


def test_case_layout_and_punctuation_make_no_difference_but_names_do():
    words = story(1, 40)
    plain = " ".join(words)
    assert near_duplicates([plain, "“" + ",\n".join(words).upper() + "”"], [0, 0]) == [Link(1, 0, 1.0)]
    assert near_duplicates([plain, " ".join(changed(words, 3))], [0, 0]) == []


def test_the_signature_is_the_same_on_every_machine():
    numbers = signature(shingles(" ".join(story(5))))
    assert numbers.dtype == np.uint32
    assert numbers[:4].tolist() == [30211278, 18440042, 16721062, 4172777]


def test_short_texts_are_never_linked():
    short = " ".join(story(1, MIN_WORDS - 1))
    enough = " ".join(story(1, MIN_WORDS))
    assert near_duplicates([short, short], [0, 0]) == []
    assert near_duplicates([enough, enough], [0, 0]) == [Link(1, 0, 1.0)]
    assert near_duplicates(["", ""], [0, 0]) == []


def test_texts_far_apart_in_time_are_not_linked():
    text = " ".join(story(1))
    assert near_duplicates([text, text], [0, MAX_GAP_US]) == [Link(1, 0, 1.0)]
    assert near_duplicates([text, text], [0, MAX_GAP_US + 1]) == []


def test_versions_of_one_story_are_never_candidates():
    signatures = np.stack([signature(shingles(" ".join(story(1))))] * 3)
    assert candidate_pairs(signatures, [0, 0, 0], [7, 7, 8]) == [(2, 0), (2, 1)]


def test_a_template_sent_often_keeps_its_links_and_its_cost_bounded():
    texts = [" ".join([*story(1), f"number{place}"]) for place in range(400)]
    found = near_duplicates(texts, [0] * len(texts))
    per_article = np.bincount([link.article for link in found], minlength=400)
    assert per_article[0] == 0
    assert per_article[1:].min() >= 1
    assert per_article.max() == MAX_LINKS


def test_links_only_add_when_later_texts_come():
    texts = texts_with_families()
    before = near_duplicates(texts[:100], [0] * 100)
    after = near_duplicates(texts, [0] * 100 + [1] * (len(texts) - 100))
    assert [link for link in after if link.article < 100] == before


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=300), max_size=6))
def test_any_text_gives_links_that_hold(texts):
    for link in near_duplicates(texts, [0] * len(texts)):
        assert link.other < link.article
        assert jaccard(shingles(texts[link.article]), shingles(texts[link.other])) == link.similarity >= MIN_SIMILARITY


@pytest.mark.parametrize("words", [0, 1, MIN_WORDS, 5000])
def test_shingles_are_sorted_and_without_repeats(words):
    found = shingles(" ".join(story(2, words)) if words else "")
    assert (np.diff(found.astype(object)) > 0).all()
