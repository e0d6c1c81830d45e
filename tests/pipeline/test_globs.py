"""A pattern means one thing, whoever walks it, and a hostile name costs no time."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.globs import Glob, split_pattern

PARTS = st.lists(st.sampled_from(["a", "b", "/", "*", "**", "?", "."]), min_size=1, max_size=8).map("".join)


def as_regex(pattern: str) -> re.Pattern[str]:
    """What the pattern means, said the short way, which can take exponential time."""
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(pattern[at], re.escape(pattern[at]))
            at += 1
    return re.compile(out, re.DOTALL)


@given(PARTS, st.lists(st.sampled_from(["a", "b", "ab", "ba", ".a", "aab"]), min_size=1, max_size=4).map("/".join))
def test_a_glob_matches_what_its_regular_expression_does(pattern: str, name: str) -> None:
    if "//" in pattern or pattern.startswith("/") or pattern.endswith("/") or "***" in pattern:
        return
    assert Glob.of(pattern).matches(name) == bool(as_regex(pattern).fullmatch(name)), (pattern, name)


@pytest.mark.parametrize("pattern", ["*a" * 12 + "b", "**/" * 12 + "b", "**a" * 3 + "b"])
def test_time_is_linear_in_the_name(pattern: str, growth: Callable[[Callable[[int], float], int, int], float]) -> None:
    glob = Glob.of(pattern)

    def seconds(n: int) -> float:
        name = "a/" * n + "a" * n
        start = time.process_time()
        for _ in range(3):
            glob.matches(name)
        return time.process_time() - start

    assert growth(seconds, 1000, 2000) < 3


def test_the_fixed_folder_ends_before_the_first_glob() -> None:
    assert split_pattern("a/b*/c") == ("a/", "b*/c")
    assert split_pattern("*") == ("", "*")
    assert split_pattern("/x/y/") == ("/x/y/", "")
