"""Rules at work: which rules match a unit, found by one automaton per scope, and what each of them removes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

from transforms.cleaning.rules import CUT, LIFTS, Rule, options
from transforms.cleaning.units import Unit

HEAD_UNITS = 6
"""The head ends with the sixth unit that stays."""

FOOT_UNITS = 6
"""The foot begins with the sixth unit from the end that stays."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A span to remove, without the blanks beside it; `lifts` are the (field, start, end) found in it."""

    start: int
    end: int
    kind: str
    rule: str
    lifts: tuple[tuple[str, int, int], ...] = ()


class Matcher:
    """All rules of a policy, compiled once a process."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._patterns: list[Any] = [re2.compile(_anchored(rule), options()) for rule in rules]
        self._sets: list[tuple[str, Any, list[int]]] = []
        self._longest = max((rule.max_chars for rule in rules if rule.scope == "paragraph"), default=0)
        anchors = {"paragraph": re2.Set.FullMatchSet, "start": re2.Set.MatchSet}
        for scopes in (("paragraph",), ("start",), ("end", "inside")):
            chosen = [index for index, rule in enumerate(rules) if rule.scope in scopes]
            if chosen:
                patterns = anchors.get(scopes[0], re2.Set.SearchSet)(options())
                for index in chosen:
                    patterns.Add(_anchored(rules[index]) if scopes[0] == "end" else rules[index].pattern)
                patterns.Compile()
                self._sets.append((scopes[0], patterns, chosen))

    def hits(self, view: str) -> list[int]:
        """Indices of the rules that match a unit's view, in the order of the rules."""
        found = []
        for scope, patterns, chosen in self._sets:
            if scope != "paragraph" or len(view) <= self._longest:
                found += [chosen[at] for at in patterns.Match(view) or () if self._fits(chosen[at], view)]
        found.sort()
        return found

    def _fits(self, index: int, view: str) -> bool:
        rule = self.rules[index]
        return rule.scope != "paragraph" or len(view) <= rule.max_chars

    def removals(self, index: int, unit: Unit) -> Iterator[Removal]:
        """What a rule removes of a unit that it matches."""
        rule = self.rules[index]
        pattern = self._patterns[index]
        groups = pattern.groupindex
        for match in pattern.finditer(unit.view) if rule.scope == "inside" else [pattern.search(unit.view)]:
            start, end = match.span(groups.get(CUT, 0))
            cut = unit.view[start:end]
            start += len(cut) - len(cut.lstrip(" "))
            end -= len(cut) - len(cut.rstrip(" "))
            if 0 <= start < end <= start + rule.max_chars:
                lifts = ((field, *match.span(groups[field])) for field in LIFTS if field in groups)
                found = tuple((field, unit.start + at, unit.start + to) for field, at, to in lifts if 0 <= at < to)
                yield Removal(unit.start + start, unit.start + end, rule.kind, rule.name, found)


@lru_cache(8)
def matcher(rules: tuple[Rule, ...]) -> Matcher:
    """The compiled rules, kept for the life of the process."""
    return Matcher(rules)


def _anchored(rule: Rule) -> str:
    before = r"\A" if rule.scope in ("paragraph", "start") else ""
    after = r"\z" if rule.scope in ("paragraph", "end") else ""
    return f"{before}(?:{rule.pattern}){after}"
