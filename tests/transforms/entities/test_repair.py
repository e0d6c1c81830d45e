"""Protects each named rule of the repairs, on mentions as a model might give them, without a model."""

import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from transforms.entities.casing import restore_case
from transforms.entities.mentions import Mention
from transforms.entities.repair import repair
from transforms.entities.sentences import Sentences
from transforms.paragraphs import split_paragraphs, tagger_view


def repaired(text: str, *found: tuple[str, str]) -> list[tuple[str, str, str | None]]:
    """What the rules make of a text in which the model found these (name, label), each at its next place."""
    view = tagger_view(text)
    paragraphs = list(split_paragraphs(text))
    at = 0
    mentions = []
    for name, label in found:
        at = text.index(name, at)
        mentions.append(Mention(at, at + len(name), label, label))
        at += len(name)
    out = repair(view, mentions, paragraphs, Sentences(view, paragraphs))
    assert all(a.end <= b.start for a, b in pairwise(out))
    return [(text[m.start : m.end], m.label, m.rule) for m in out]


@pytest.mark.parametrize(
    ("text", "found", "name", "label", "rule"),
    [
        ("It pleased the Harbour Club's board.", ("the Harbour Club's", "ORG"), "Harbour Club", "ORG", "trim"),
        ("They met in Oslo Monday to talk.", ("Oslo Monday", "GPE"), "Oslo", "GPE", "trim"),
        ("Aid went to Sen. Ida Brekke first.", ("Sen. Ida Brekke", "PERSON"), "Ida Brekke", "PERSON", "trim"),
        ("It was Kenyan John Moro who won.", ("Kenyan John Moro", "PERSON"), "John Moro", "PERSON", "trim"),
        ("Echoing Brekke, he left.", ("Echoing Brekke", "PERSON"), "Brekke", "PERSON", "lead_word"),
        ("They flew to Nairobi, Kenya, early.", ("Nairobi, Kenya", "GPE"), "Kenya", "GPE", "split_pair"),
        ("Rep. John Kolding (R-Ohio) objected.", ("John Kolding", "PERSON"), "Ohio", "GPE", "party_seat"),
        ("It hired the Ministry of Fish and Ice.", ("Ministry", "ORG"), "Ministry of Fish and Ice", "ORG", None),
        ("Barges left the Sorn River late.", ("Sorn River", "ORG"), "Sorn River", "LOC", "place_head"),
        ("She asked the Halden Institute twice.", ("Halden Institute", "PERSON"), "Halden Institute", "ORG", None),
        ("Many Kenyans went home.", ("Kenyans", "PERSON"), "Kenyans", "NORP", "nationality"),
        ("Oslo 3 Bergen 1", ("Oslo", "GPE"), "Oslo", "ORG", "results_table"),
        ("He lives in Denmark now.", ("Denmark", "ORG"), "Denmark", "GPE", "known_country"),
        ("Her new film, “Ida Brekke”, opens.", ("Ida Brekke", "PERSON"), "Ida Brekke", "WORK_OF_ART", "quoted_work"),
        ("A friend of “Ida Brekke” left.", ("Ida Brekke", "PERSON"), "Ida Brekke", "PERSON", None),
    ],
)
def test_a_rule(text: str, found: tuple[str, str], name: str, label: str, rule: str | None) -> None:
    rows = {n: (lab, r) for n, lab, r in repaired(text, found)}
    assert name in rows
    assert rows[name][0] == label
    assert rows[name][1] == rule or rule is None


def test_a_bare_surname_is_the_person_named_in_full() -> None:
    text = "Ida Brekke, 43, runs the yard. Brekke was late. They like Brekke. Nobody asked Brekke."
    rows = repaired(text, ("Ida Brekke", "PERSON"), ("Brekke", "GPE"), ("Brekke", "ORG"))
    assert [(name, label) for name, label, _ in rows] == [("Ida Brekke", "PERSON"), *[("Brekke", "PERSON")] * 3]
    assert rows[3][2] == "surname"


def test_a_surname_is_no_word_that_the_article_writes_small() -> None:
    rows = repaired("John Field, 50, left. Field work goes on; a field is flooded.", ("John Field", "PERSON"))
    assert len(rows) == 1


def test_a_country_keeps_its_name_beside_a_person_of_that_name() -> None:
    rows = repaired(
        "Aid reached Jordan, and in Jordan it stayed, said Anna Jordan.",
        ("Jordan", "GPE"),
        ("Jordan", "GPE"),
        ("Anna Jordan", "PERSON"),
    )
    assert [label for _, label, _ in rows] == ["GPE", "GPE", "PERSON"]


@pytest.mark.parametrize("junk", ["https://port.example/a", "@lundhaven_post", "dlrs"])
def test_no_name_no_row(junk: str) -> None:
    assert repaired(f"See {junk} for more.", (junk, "PERSON")) == []


def test_dates_and_sums_are_left_alone() -> None:
    assert repaired("It cost the 3 million in May.", ("the 3 million", "MONEY"), ("May", "DATE")) == [
        ("the 3 million", "MONEY", None),
        ("May", "DATE", None),
    ]


def test_spans_stay_inside_their_paragraph() -> None:
    text = "They thanked Ida\n\nBrekke runs the yard."
    assert ("Ida\n\nBrekke", "PERSON") not in [row[:2] for row in repaired(text, ("Ida", "PERSON"))]


def test_headlines_get_the_article_s_own_case() -> None:
    text = "LUNDHAVEN CLOSES BRIDGE\n\nThe town closes a bridge, said Lundhaven on Monday. It hurts Lundhaven."
    view = restore_case(text, list(split_paragraphs(text)))
    assert view.splitlines()[0] == "Lundhaven closes bridge"
    assert view[24:] == text[24:]
    title = "Brekke Sees No End to Strikes\n\nNobody sees an end to strikes, but no one asked Ida Brekke."
    assert restore_case(title, list(split_paragraphs(title))).splitlines()[0] == "Brekke sees no end to strikes"


@pytest.mark.parametrize(
    "unit", ["Ida Brekke ", "Sen. ", "A. ", "Bank of ", "Bank and ", "Kenyan ", "de la ", "Ida and ", "said Ida, "]
)
def test_linear(unit: str, growth: Callable[[Callable[[int], float], int, int], float]) -> None:
    def seconds(times: int) -> float:
        text = "x. " + unit * times
        paragraphs = list(split_paragraphs(text))
        before = time.process_time()
        repair(text, [Mention(0, 1, "PERSON", "PERSON")], paragraphs, Sentences(text, paragraphs))
        return time.process_time() - before

    seconds(10)
    assert growth(seconds, 2_000, 4_000) < 3
