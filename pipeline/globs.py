"""Glob patterns over "/"-separated names, the same on a disk and on a bucket, in time linear in the name.

A `**` that stands beside other characters, as in `in/**.json`, is what gsutil makes of it: `in/*.json` or
`in/*/**/*.json`.
"""

import re
from dataclasses import dataclass
from fnmatch import translate

_GLOB = re.compile(r"[*?\[]")
_ANY = "**"

State = frozenset[tuple[int, int]]
"""The positions in the alternatives of a pattern that a name's components so far can have led to."""


def split_pattern(pattern: str) -> tuple[str, str]:
    """Split into the folder that is named outright, with its last "/", and the rest from the first glob on.

    >>> split_pattern("feeds/ap/2018-*/**/*.json")
    ('feeds/ap/', '2018-*/**/*.json')
    >>> split_pattern("feeds/ap.json")
    ('feeds/', 'ap.json')
    """
    first = _GLOB.search(pattern)
    at = pattern.rfind("/", 0, first.start() if first else len(pattern)) + 1
    return pattern[:at], pattern[at:]


def has_glob(pattern: str) -> bool:
    """Whether any character of the pattern stands for others."""
    return _GLOB.search(pattern) is not None


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern, walked component by component.

    >>> Glob.of("**/*.json").matches("a/b/c.json"), Glob.of("*.json").matches("a/c.json")
    (True, False)
    """

    alternatives: tuple[tuple[re.Pattern[str] | None, ...], ...]
    hidden: bool

    @classmethod
    def of(cls, pattern: str, *, hidden: bool = True) -> "Glob":
        """Compile; without `hidden` a name that begins with a dot is matched only by a component that does."""
        return cls(tuple(_compile(parts, hidden) for parts in _alternatives(pattern.split("/"))), hidden)

    def start(self) -> State:
        """The state before any component."""
        return self._settled({(which, 0) for which in range(len(self.alternatives))})

    def enter(self, state: State, folder: str) -> State:
        """The state after a folder's name; empty if nothing beneath can match."""
        after = set()
        for which, at in state:
            component = self.alternatives[which][at]
            if component is None:
                if self.hidden or not folder.startswith("."):
                    after.add((which, at))
            elif at + 1 < len(self.alternatives[which]) and component.match(folder):
                after.add((which, at + 1))
        return self._settled(after)

    def accepts(self, state: State, file: str) -> bool:
        """Whether the last component ends a match."""
        for which, at in state:
            component = self.alternatives[which][at]
            if at + 1 == len(self.alternatives[which]) and component is not None and component.match(file):
                return True
        return False

    def roams(self, state: State) -> bool:
        """Whether a `**` takes whatever folder comes next."""
        return any(self.alternatives[which][at] is None for which, at in state)

    def matches(self, name: str) -> bool:
        """Whether the whole name matches."""
        *folders, file = name.split("/")
        state = self.start()
        for folder in folders:
            state = self.enter(state, folder)
            if not state:
                return False
        return self.accepts(state, file)

    def _settled(self, state: set[tuple[int, int]]) -> State:
        for which, at in list(state):
            while self.alternatives[which][at] is None:
                at += 1
                state.add((which, at))
        return frozenset(state)


def _alternatives(parts: list[str]) -> list[list[str]]:
    """Spell out every `**` that shares its component with other characters."""
    results: list[list[str]] = [[]]
    for part in parts:
        options = [[part]]
        if part != _ANY and _ANY in part:
            first, rest = part.split(_ANY, 1)
            rest = rest.lstrip("*")
            tails = _alternatives([f"*{rest}"])
            options = [[f"{first}{tail[0]}", *tail[1:]] for tail in tails]
            options += [[f"{first}*", _ANY, *tail] for tail in tails]
        results = [done + option for done in results for option in options]
    return results


def _compile(parts: list[str], hidden: bool) -> tuple[re.Pattern[str] | None, ...]:
    ended = [*parts, "*"] if parts[-1] == _ANY else parts
    return tuple(None if part == _ANY else _component(part, hidden) for part in ended)


def _component(part: str, hidden: bool) -> re.Pattern[str]:
    return re.compile(translate(part) if hidden or part.startswith(".") else rf"(?!\.){translate(part)}")
