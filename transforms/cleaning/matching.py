"""Rules at work: which rules match a unit, found by one automaton per scope, and what each of them removes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2  # type: ignore[import-untyped]

from transforms.cleaning.rules import CUT, LIFTS, Rule, built_in, compile_pattern, groups_of, is_wide, options
from transforms.cleaning.units import Unit
from transforms.cleaning.views import narrow, wide

HEAD_UNITS = 8
"""The head ends with the eighth unit that stays: headline, deck, highlights, captions, byline stand in it."""

FOOT_UNITS = 3
"""The foot begins with the third unit from the end that stays: notes, a biography, a copyright line stand in it."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A span to remove, without the blanks beside it; `lifts` are the (field, start, end) found in it."""

    start: int
    end: int
    kind: str
    rule: str
    lifts: tuple[tuple[str, int, int], ...] = ()


class Matcher:
    """All rules of a policy, compiled once a process.

    One automaton looks for all rules of one form at once. A rule that has `needs` is looked for by them, and by its own
    pattern only where they are found: patterns that begin anywhere would make a common automaton explode.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._in_full = [is_wide(_anchored(rule)) for rule in rules]
        self._compiled: dict[int, tuple[Any, Any, dict[str, int]]] = {}
        groups: dict[tuple[bool, bool], list[int]] = {}
        for index, rule in enumerate(rules):
            groups.setdefault(_group(rule), []).append(index)
        self._sets = [
            (*group, _automaton([rules[at] for at in at_group], group[1]), at_group)
            for group, at_group in groups.items()
        ]
        self._longest = max((rule.max_chars for rule in rules if _group(rule)[1]), default=0)

    def hits(self, unit: Unit) -> list[int]:
        """Indices of the rules that match a unit, in the order of the rules."""
        found = []
        for in_full, whole, automaton, chosen in self._sets:
            if whole and len(unit.text) > self._longest:
                continue
            for at in automaton.Match(wide(unit.text) if in_full else unit.data) or ():
                index = chosen[at]
                if self._fits(index, unit) and (not self.rules[index].needs or self._matches(index, unit)):
                    found.append(index)
        found.sort()
        return found

    def _matches(self, index: int, unit: Unit) -> bool:
        text: Any = wide(unit.text) if self._in_full[index] else unit.data
        return self._extent(index)[0].search(text) is not None

    def _fits(self, index: int, unit: Unit) -> bool:
        rule = self.rules[index]
        return rule.scope != "paragraph" or len(unit.view) <= rule.max_chars

    def _extent(self, index: int) -> tuple[Any, Any, dict[str, int]]:
        """A rule's own pattern, its `unless` and its groups, compiled when the rule first matches."""
        if index not in self._compiled:
            rule = self.rules[index]
            pattern = compile_pattern(_anchored(rule))
            unless = compile_pattern(rule.unless) if rule.unless else None
            self._compiled[index] = (pattern, unless, groups_of(pattern))
        return self._compiled[index]

    def removals(self, index: int, unit: Unit) -> Iterator[Removal]:
        """What a rule removes of a unit that it matches."""
        rule = self.rules[index]
        pattern, unless, groups = self._extent(index)
        text: Any = wide(unit.text) if self._in_full[index] else unit.data
        for match in pattern.finditer(text) if rule.scope == "inside" else [pattern.search(text)]:
            start, end = match.span(groups.get(CUT, 0))
            cut = unit.view[start:end]
            start += len(cut) - len(cut.lstrip(" "))
            end -= len(cut) - len(cut.rstrip(" "))
            if not 0 <= start < end <= start + rule.max_chars:
                continue
            if (
                unless is not None
                and unless.search(wide(unit.text[start:end]) if is_wide(rule.unless) else unit.data[start:end])
                is not None
            ):
                continue
            lifts = ((field, *match.span(groups[field])) for field in LIFTS if field in groups)
            found = tuple((field, unit.start + at, unit.start + to) for field, at, to in lifts if 0 <= at < to)
            yield Removal(unit.start + start, unit.start + end, rule.kind, rule.name, found)


def _group(rule: Rule) -> tuple[bool, bool]:
    """Whether a rule is looked for in full letters, and whether as a whole paragraph."""
    return is_wide(rule.needs or rule.pattern), rule.scope == "paragraph" and not rule.needs


def _automaton(rules: list[Rule], whole: bool) -> Any:
    """One automaton that tells which of the rules, all of one group, match a text or may."""
    patterns = [rule.needs or _anchored(rule) for rule in rules]
    automaton = (re2.Set.FullMatchSet if whole else re2.Set.SearchSet)(options(patterns[0]))
    for pattern in patterns:
        automaton.Add(wide(pattern) if is_wide(pattern) else narrow(pattern))
    automaton.Compile()
    return automaton


@lru_cache(8)
def matcher(own: tuple[Rule, ...]) -> Matcher:
    """The built-in rules and a newsroom's own, compiled and kept for the life of the process."""
    return Matcher((*built_in(), *own))


def _anchored(rule: Rule) -> str:
    before = r"\A" if rule.scope in ("paragraph", "start") else ""
    after = r"\z" if rule.scope in ("paragraph", "end") else ""
    return f"{before}(?:{rule.pattern}){after}"
