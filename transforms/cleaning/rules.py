"""Cleaning rules as data: what a rule says, how a rules file is read, and why one is refused."""

import re
import tomllib
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib.resources import files
from typing import Any

import re2  # type: ignore[import-untyped]

from schemas.records import KINDS
from transforms.cleaning.views import narrow, shown, wide

SCOPES = ("paragraph", "start", "end", "inside")
"""What a pattern must match: the whole paragraph, its beginning, its end, or anything in it."""

PLACES = ("any", "body", "head", "foot")
"""Where the paragraph may stand: anywhere, anywhere but first, before the story has begun, or after it has ended."""

LIFTS = ("byline", "credit", "dateline_place", "dateline_agency")
"""Named groups whose text is lifted into the article's field of the same name."""

CUT = "cut"
"""The named group that is removed where a rule removes less than its match."""


class RuleError(ValueError):
    """A rules file that can't be used; the message names the file, the line and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One cleaning rule.

    name: what the `removals` table shows; a reader finds the rule by it.
    kind: what the removed text is, one of `KINDS` without `hygiene`.
    scope: one of `SCOPES`.
    pattern: RE2 syntax, matched against the paragraph as `views` show it: curly quotes straight, odd blanks plain.
    example: a text that we wrote, with what the rule removes between ⟦ and ⟧.
    why: what tells this text from an article's own.
    place: one of `PLACES`.
    near: only next to a paragraph that a rule of the same kind removed.
    needs: a cheap pattern found in whatever `pattern` matches; a pattern that begins anywhere is tried only there.
    unless: a pattern; where it is found in what would be removed, nothing is.
    max_chars: a longer paragraph, or a longer match within one, is left alone.
    keeps: texts that look alike and must stay.
    """

    name: str
    kind: str
    scope: str
    pattern: str
    example: str
    why: str
    place: str = "any"
    near: bool = False
    needs: str = ""
    unless: str = ""
    max_chars: int = 400
    keeps: tuple[str, ...] = ()


_REQUIRED = ("name", "kind", "scope", "pattern", "example", "why")
_OPTIONAL: dict[str, type] = {"place": str, "near": bool, "needs": str, "unless": str, "max_chars": int, "keeps": list}
_WORDS: dict[type, str] = {str: "a string", bool: "true or false", int: "a whole number", list: "a list of strings"}
_CHOICES = {"kind": tuple(kind for kind in KINDS if kind != "hygiene"), "scope": SCOPES, "place": PLACES}


MAX_AUTOMATON_BYTES = 64 << 20
"""RE2's memory for one automaton; a pattern that needs more is refused."""

_CLASSES = re.compile(r"\\[pP](?:\{\^?(?!(?:L|Lu|Ll|N|Nd|P|S)\})|[^{LNPS])")


@lru_cache(4096)
def is_wide(pattern: str) -> bool:
    """Whether a pattern names letters beyond Latin-1, and so must be matched in UTF-8 and not in bytes.

    >>> is_wide("Реклама"), is_wide("Publicité — suite")
    (True, False)
    """
    return shown(narrow(pattern)) != wide(pattern) or _CLASSES.search(pattern) is not None


def compile_pattern(pattern: str) -> Any:
    """Compile a pattern for `narrow` bytes, or for the view's text where it is wide. Raises re2.error."""
    return re2.compile(wide(pattern) if is_wide(pattern) else narrow(pattern), options(pattern))


def groups_of(compiled: Any) -> dict[str, int]:
    """Named groups of a compiled pattern by name, whatever it was compiled from."""
    return {name if isinstance(name, str) else name.decode(): at for name, at in compiled.groupindex.items()}


def options(pattern: str) -> Any:
    """RE2 options for a pattern, or for a set of patterns like it."""
    chosen = re2.Options()
    chosen.log_errors = False
    chosen.max_mem = MAX_AUTOMATON_BYTES
    chosen.encoding = re2.Options.Encoding.UTF8 if is_wide(pattern) else re2.Options.Encoding.LATIN1
    return chosen


def load_rules(data: bytes | str, name: str, *, trusted: bool = False) -> tuple[Rule, ...]:
    """Read a rules file: TOML with one `[[rule]]` table a rule and, if wanted, a `[parts]` table of reusable patterns.

    `{{part}}` in a pattern stands for the part of that name. `name` is the file's name for messages. Patterns of a
    `trusted` file, whose tests compile them, are not compiled here.
    Raises RuleError for anything that can't be used, with the line.

    >>> rules = load_rules('''
    ... [[rule]]
    ... name = "gazette-club"
    ... kind = "promo"
    ... scope = "paragraph"
    ... pattern = "(?i)join the gazette readers' club.*"
    ... example = "⟦Join the Gazette Readers' Club today!⟧"
    ... why = "Our own subscription call."
    ... ''', "gazette.toml")
    >>> rules[0].name
    'gazette-club'
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        table = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise RuleError(f"{name}: not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{name}: {error}") from None
    unknown = sorted(set(table) - {"rule", "parts"})
    if unknown:
        raise RuleError(
            f"{name}: line {_line(text, unknown[0])}: unknown key {unknown[0]!r}; rules stand in [[rule]] tables"
        )
    parts = table.get("parts", {})
    entries = table.get("rule", [])
    if not isinstance(parts, dict) or not all(isinstance(value, str) for value in parts.values()):
        raise RuleError(f"{name}: line {_line(text, 'parts')}: [parts] holds patterns by name, as strings")
    if not isinstance(entries, list) or not entries:
        raise RuleError(f"{name}: holds no [[rule]]")
    rules: list[Rule] = []
    for index, entry in enumerate(entries):
        rule = _read(entry, parts, text, name, index, trusted)
        if any(rule.name == other.name for other in rules):
            raise RuleError(f"{name}: line {_line(text, 'name', index)}: a second rule named {rule.name!r}")
        if not trusted and any(rule.name == other.name for other in built_in()):
            raise RuleError(f"{name}: line {_line(text, 'name', index)}: {rule.name!r} is a built-in rule's name")
        rules.append(rule)
    return tuple(rules)


@lru_cache(1)
def built_in() -> tuple[Rule, ...]:
    """The package's own rules, from `rules/*.toml` in the order of the files' names."""
    found = [path for path in files("transforms.cleaning").joinpath("rules").iterdir() if path.name.endswith(".toml")]
    loaded = [
        load_rules(path.read_bytes(), path.name, trusted=True) for path in sorted(found, key=lambda path: path.name)
    ]
    return tuple(rule for rules in loaded for rule in rules)


def _read(entry: Any, parts: dict[str, str], text: str, name: str, index: int, trusted: bool) -> Rule:
    def refuse(key: str, reason: str) -> RuleError:
        return RuleError(f"{name}: line {_line(text, key, index)}: {reason}")

    if not isinstance(entry, dict):
        raise RuleError(f"{name}: rule {index + 1} is no table")
    known = {field.name for field in fields(Rule)}
    for key, value in entry.items():
        if key not in known:
            raise refuse(key, f"unknown key {key!r}")
        wanted = _OPTIONAL.get(key, str)
        if not isinstance(value, wanted) or (isinstance(value, list) and not all(isinstance(at, str) for at in value)):
            raise refuse(key, f"{key} must be {_WORDS[wanted]}")
    for key in _REQUIRED:
        if not entry.get(key):
            raise refuse("", f"{key} is missing")
    for key, choices in _CHOICES.items():
        if entry.get(key, choices[0]) not in choices:
            raise refuse(key, f"{key} must be one of {', '.join(choices)}")
    filled = {key: _fill(entry[key], parts) for key in ("pattern", "needs", "unless") if key in entry}
    for key, pattern in () if trusted else filled.items():
        try:
            compiled = compile_pattern(pattern)
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            raise refuse(key, f"{key} refused by RE2: {reason}") from None
        strange = sorted(set(groups_of(compiled)) - {*LIFTS, CUT})
        if strange:
            raise refuse(key, f"group {strange[0]!r} means nothing here")
        if (key != "pattern" or entry["scope"] != "paragraph") and compiled.match(
            "" if is_wide(pattern) else b""
        ) is not None:
            raise refuse(key, f"{key} matches the empty text")
    return Rule(**{**entry, **filled, "keeps": tuple(entry.get("keeps", ()))})


def _fill(pattern: str, parts: dict[str, str]) -> str:
    for part, value in parts.items():
        pattern = pattern.replace("{{" + part + "}}", value)
    return pattern


def _line(text: str, key: str, index: int | None = None) -> int:
    """Line, from 1, of a key in the `index`-th [[rule]] table, or of the table itself where the key isn't found."""
    at, seen, start = 0, -1, 1
    for at, line in enumerate(text.splitlines(), 1):
        words = line.replace("[", " ").replace("]", " ").replace("=", " ").split()
        if line.strip().startswith("[[rule]]"):
            seen += 1
            if index is not None and seen == index:
                start = at
            continue
        if (index is None or seen == index) and words and words[0].strip("\"'") == key:
            return at
    return start
