"""Marked runs: every shape of mark, wrongly used marks, and what only looks like one. Nothing raises; linear."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.quotes.marks import find_runs

MARKS = "\"“”„«»'‘’`‚*.,!? \n-—()[]0129abSs’"


def inside(text: str) -> list[str]:
    return [text[run.start : run.end] for run in find_runs(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("“No,” she said.", ["No,"]),
        ('"No," she said. "Never."', ["No,", "Never."]),
        ("''No,'' she said.", ["No,"]),
        ("``No,'' she said.", ["No,"]),
        ("‘‘No,’’ she said.", ["No,"]),
        ("„No,“ she said.", ["No,"]),
        ("«No,» she said.", ["No,"]),
        ("»No,« she said.", ["No,"]),
        ("« No, » she said.", [" No, "]),
        ("“No,“ she said. “Never.“", ["No,", "Never."]),
        ("”No,” she said.", ["No,"]),
        ("‘No, I can’t,’ she said.", ["No, I can’t,"]),
        ("'No,' she said, 'it's the boys' boat.'", ["No,", "it's the boys' boat."]),
        ("“He said ‘no’ to me,” she said.", ["He said ‘no’ to me,"]),
        ("“Go on and on.", ["Go on and on."]),
        ("The pier is shut. Nobody may pass,” she said.", ["The pier is shut. Nobody may pass,"]),
        ("“The pier is shut, Ada Vale said.", ["The pier is shut,"]),
        ("“He is 6'2\" tall,” she said.", ["He is 6'2\" tall,"]),
    ],
)
def test_runs(text: str, runs: list[str]) -> None:
    assert inside(text) == runs


@pytest.mark.parametrize(
    "text",
    [
        'A 6\'2" guard moved the 12" pipe.',
        "Rock 'n' roll of the '90s and '80s.",
        "The boys' boat and the girls' boat aren't Reed's.",
        "“”",
        '"',
        "",
    ],
)
def test_no_runs(text: str) -> None:
    assert inside(text) == []


@given(st.text(st.sampled_from(MARKS), max_size=200), st.integers(0, 50))
def test_any_string_gives_sound_offsets(text: str, skipped: int) -> None:
    start = min(skipped, len(text))
    runs = find_runs(text, start, len(text))
    at = start
    for run in runs:
        assert at <= run.outer_start <= run.start < run.end <= run.outer_end <= len(text)
        assert any(char.isalnum() for char in text[run.start : run.end])
        at = run.outer_end


@pytest.mark.parametrize("unit", ['"', "“", "'a ", '"a ', "a” ", '6" ', "“a, B said. ", "s' a "])
def test_linear(unit: str, growth: Callable[[Callable[[int], float], int, int], float]) -> None:
    def seconds(count: int) -> float:
        text = unit * count
        began = time.process_time()
        find_runs(text, 0, len(text))
        return time.process_time() - began

    assert growth(seconds, 20_000, 40_000) < 3
