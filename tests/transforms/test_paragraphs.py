"""Protects how a text is cut into paragraphs, and that the tagger's view moves no offset."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.paragraphs import PARAGRAPH_MAX_CHARS, split_paragraphs, tagger_view

WRAPPED = (
    "\t   LUNDHAVEN, Norway (XP) _ The council of Lundhaven voted on Monday\n"
    "to close the old bridge, which has carried trams since the war and\n"
    "needs repairs that nobody wants to pay for.\n"
    "\t   ``It is a sad day,'' said Mayor Ida Brekke, who opposed the plan\n"
    "to the last and promised to bring the matter up again in the\n"
    "autumn.\n"
    "\t   Trams will end at the harbour.\n"
)


def cut(text: str) -> list[str]:
    return [text[p.start : p.end] for p in split_paragraphs(text)]


def test_indented_paragraphs_of_wrapped_wire_text() -> None:
    paragraphs = cut("Bridge to close\n\n" + WRAPPED)
    assert [p.split()[0] for p in paragraphs] == ["Bridge", "LUNDHAVEN,", "``It", "Trams"]
    assert paragraphs[1].endswith("to pay for.")


def test_wrapped_paragraphs_between_blank_lines() -> None:
    assert len(cut(WRAPPED.replace("\t   ", "\n"))) == 3


def test_single_lines_are_paragraphs() -> None:
    assert cut("First one ends here.\nSecond one too.\nAnd a third.") == [
        "First one ends here.",
        "Second one too.",
        "And a third.",
    ]


def test_a_list_between_blank_lines_is_not_joined() -> None:
    assert cut("Results:\n\nAnna Moe 12\nBo Lind 11\nCara Nyberg 9") == [
        "Results:",
        "Anna Moe 12",
        "Bo Lind 11",
        "Cara Nyberg 9",
    ]


@given(st.text(alphabet="ab. \n\t\u00a0A", max_size=300))
def test_every_inked_character_is_in_exactly_one_paragraph(text: str) -> None:
    paragraphs = list(split_paragraphs(text))
    assert [p.index for p in paragraphs] == list(range(len(paragraphs)))
    covered = [at for p in paragraphs for at in range(p.start, p.end)]
    assert covered == sorted(set(covered))
    assert {at for at, c in enumerate(text) if not c.isspace()} <= set(covered)
    assert all(text[p.start : p.end] == text[p.start : p.end].strip() for p in paragraphs)


@given(st.text(max_size=200))
def test_the_view_has_the_same_length_and_changes_only_blanks_dashes_and_long_runs(text: str) -> None:
    view = tagger_view(text)
    assert len(view) == len(text)
    assert all(a == b or a.isspace() or a == "_" for a, b in zip(text, view, strict=True))


def test_a_run_without_blank_is_left_out_of_the_view() -> None:
    assert tagger_view("x " + "A" * 1_001 + " y") == "x " + " " * 1_001 + " y"
    assert tagger_view("A" * 1_000) == "A" * 1_000


def test_an_overlong_paragraph_is_cut_at_blanks() -> None:
    text = "word and word. " * (PARAGRAPH_MAX_CHARS // 5)
    paragraphs = list(split_paragraphs(text))
    assert len(paragraphs) > 2
    assert all(p.end - p.start <= PARAGRAPH_MAX_CHARS for p in paragraphs)
    assert all(text[p.end - 1] == "." for p in paragraphs)


@pytest.mark.parametrize("unit", ["a\n", "a \n b", "\n\n ", "word ", "A" * 50 + "\n", "_ _ "])
def test_linear(unit: str, growth: Callable[[Callable[[int], float], int, int], float]) -> None:
    def seconds(times: int) -> float:
        text = unit * times
        before = time.process_time()
        tagger_view(text)
        list(split_paragraphs(text))
        return time.process_time() - before

    assert growth(seconds, 40_000, 80_000) < 3
