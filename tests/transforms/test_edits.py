"""Edits give clean text from raw and raw from clean, carry offsets both ways, and two lists join into one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Edit
from transforms.edits import EditMap, apply_edits, apply_within, compose, rebuild_raw

TEXT = st.text(alphabet=st.sampled_from("ab \n“é👩\u200d\xad"), max_size=30)


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> list[Edit]:
    """Sorted, disjoint edits of a text, no two at one place: removals, replacements and insertions."""
    edits: list[Edit] = []
    at = 0
    while at <= len(text) and len(edits) < 5:
        start = draw(st.integers(at, len(text)))
        end = draw(st.integers(start, min(len(text), start + 6)))
        replacement = draw(st.sampled_from(["", "x", "’"]))
        if start < end or replacement:
            edits.append(Edit("hygiene" if replacement else "promo", "r", start, end, text[start:end], replacement))
        at = end + 1
    return edits


@st.composite
def texts_with_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(TEXT)
    return text, draw(edits_of(text))


@given(texts_with_edits())
def test_raw_is_clean_and_edits(case: tuple[str, list[Edit]]) -> None:
    raw, edits = case
    assert rebuild_raw(apply_edits(raw, edits), edits) == raw


@given(texts_with_edits())
def test_every_clean_character_leads_to_its_raw_span_and_back(case: tuple[str, list[Edit]]) -> None:
    raw, edits = case
    clean, carry = apply_edits(raw, edits), EditMap(edits)
    replacements = {(edit.raw_start, edit.raw_end): edit.replacement for edit in edits if edit.replacement}
    for at, letter in enumerate(clean):
        span = carry.to_raw(at, at + 1)
        assert replacements.get(span, raw[slice(*span)]) == letter
        if span[0] < span[1] and span not in replacements:
            assert carry.to_clean(*span) == (at, at + 1)


@given(texts_with_edits(), st.data())
def test_a_clean_span_is_its_raw_span_with_the_edits_inside_applied(
    case: tuple[str, list[Edit]], data: st.DataObject
) -> None:
    raw, edits = case
    clean, carry = apply_edits(raw, edits), EditMap(edits)
    start = data.draw(st.integers(0, len(clean)))
    end = data.draw(st.integers(start, len(clean)))
    raw_start, raw_end = carry.to_raw(start, end)
    inserted = [edit for edit in edits if edit.raw_start == edit.raw_end and edit.raw_start in (raw_start, raw_end)]
    if not inserted:
        assert apply_within(raw, raw_start, raw_end, edits) == clean[start:end]


@given(texts_with_edits(), st.data())
def test_two_lists_join_into_one(case: tuple[str, list[Edit]], data: st.DataObject) -> None:
    raw, first = case
    middle = apply_edits(raw, first)
    second = data.draw(edits_of(middle))
    joined = compose(raw, first, second)
    assert apply_edits(raw, joined) == apply_edits(middle, second)
    assert rebuild_raw(apply_edits(middle, second), joined) == raw
    assert all(len(edit.replacement) <= 1 for edit in joined)


def test_nothing_left_of_a_span_is_none() -> None:
    carry = EditMap([Edit("promo", "r", 2, 6, "bbbb")])
    assert carry.to_clean(2, 6) is None
    assert carry.to_clean(1, 7) == (1, 3)
    assert carry.clean_start(0) == 2


@pytest.mark.parametrize(
    "edits",
    [
        [Edit("promo", "r", 0, 2, "ab"), Edit("promo", "r", 1, 3, "bc")],
        [Edit("promo", "r", 2, 3, "c"), Edit("promo", "r", 0, 1, "a")],
        [Edit("promo", "r", 0, 9, "abcdefghi")],
        [Edit("promo", "r", 2, 1, "")],
        [Edit("promo", "r", 0, 1, "x")],
    ],
)
def test_edits_that_dont_fit_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edit r at"):
        apply_edits("abcd", edits)
