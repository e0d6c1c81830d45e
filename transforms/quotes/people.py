"""The people of one article: who is named where, of which sex, in which role. Everything comes from the article."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from schemas.records import Entity


@dataclass(slots=True)
class Mention:
    """One mention of somebody or something: clean offsets, canonical name, key and label."""

    start: int
    end: int
    name: str
    key: str
    label: str
    subject: bool = False
    quoted: bool = False


@dataclass(slots=True)
class People:
    """Mentions in order, and what is known of each name: sex "m"/"f", role nouns."""

    mentions: list[Mention]
    starts: list[int] = field(default_factory=list)
    sex: dict[str, str] = field(default_factory=dict)
    roles: dict[str, list[Mention]] = field(default_factory=dict)
    _named: dict[str, list[Mention]] | None = None
    """Organisations by the last word of their names, in order, once somebody asks."""

    def within(self, start: int, end: int, label: str | None = None) -> Mention | None:
        """First mention that lies in or overlaps the span, of a label if given."""
        at = max(0, bisect_right(self.starts, start) - 1)
        for index in range(at, len(self.mentions)):  # a slice would copy all that follow
            mention = self.mentions[index]
            if mention.start >= end:
                return None
            if mention.end > start and (label is None or mention.label == label):
                return mention
        return None

    def bearer(self, role: str, offset: int) -> Mention | None:
        """The last one before the offset who bears a role noun: person in that role, or organisation of that name."""
        bearers = self.roles.get(role, [])
        at = bisect_left(bearers, offset, key=lambda m: m.start)
        if at:
            return bearers[at - 1]
        if self._named is None:
            self._named = {}
            for mention in self.mentions:
                if mention.label == "ORG" and " " in mention.name:
                    self._named.setdefault(mention.name.casefold().rsplit(" ", 1)[1], []).append(mention)
        named = self._named.get(role, [])
        at = bisect_right(named, offset, key=lambda m: m.end)
        return named[at - 1] if at else None

    def before(self, offset: int, limit: int = 60) -> list[Mention]:
        """The last `limit` mentions of people that begin before the offset, oldest first."""
        at = bisect_right(self.starts, offset - 1)
        return [m for m in self.mentions[max(0, at - limit * 2) : at] if m.label == "PERSON"][-limit:]

    def sex_of(self, name: str) -> str | None:
        """ "m", "f" or None where neither the article nor the first name tells."""
        if name in self.sex:
            return self.sex[name]
        return first_name_sex(name.split()[0]) if name else None


_CERTAIN = 5.0
"""A first name counts as male or female if it is this many times as common there (1990 US census)."""


@cache
def _census() -> dict[str, tuple[float, float]]:
    shares: dict[str, tuple[float, float]] = {}
    for column, name in enumerate(("dist.male.first", "dist.female.first")):
        for line in files("names").joinpath(name).read_text(encoding="ascii").splitlines():
            fields = line.split()
            if len(fields) >= 2:
                pair = list(shares.get(fields[0], (0.0, 0.0)))
                pair[column] = float(fields[1])
                shares[fields[0]] = (pair[0], pair[1])
    return shares


def first_name_sex(first: str) -> str | None:
    """Sex that a first name tells, by the US census of 1990.

    >>> first_name_sex("Mary"), first_name_sex("Walter"), first_name_sex("Xyzzy")
    ('f', 'm', None)
    """
    male, female = _census().get(first.upper(), (0.0, 0.0))
    if male > female * _CERTAIN:
        return "m"
    if female > male * _CERTAIN:
        return "f"
    return None


_TITLE = re.compile(r"\b(Mr|Mrs|Ms|Miss|Lady|Sir|Lord|Dame|King|Queen|Prince|Princess|Father|Sister|Brother)\.? $")
_TITLED = re.compile(r"(Mr|Mrs|Ms|Miss|Lady|Sir|Lord|Dame)\.? ")
_FIRST_NAME = re.compile(r"\b([A-Z][a-z]+(?: [A-Z]\.)?) $")
_SEX_OF_TITLE = {
    **dict.fromkeys(("Mr", "Sir", "Lord", "King", "Prince", "Father", "Brother"), "m"),
    **dict.fromkeys(("Mrs", "Ms", "Miss", "Lady", "Dame", "Queen", "Princess", "Sister"), "f"),
}


def gather(text: str, entities: Sequence[Entity]) -> People:
    """Read the people off the article's mentions."""
    mentions = [
        Mention(e.start, e.end, e.entity, e.entity_key, e.label)
        for e in entities
        if e.start is not None and e.end is not None and e.label in _LABELS
    ]
    mentions.sort(key=lambda m: (m.start, m.end))
    people = People(mentions, [m.start for m in mentions])
    for m in mentions:
        if m.label != "PERSON":
            continue
        title = _TITLE.search(text, max(0, m.start - 12), m.start) or _TITLED.match(text, m.start)
        if title:
            people.sex.setdefault(m.name, _SEX_OF_TITLE[title[1]])
    _complete(people, text)
    return people


def _complete(people: People, text: str) -> None:
    """Give bare surnames the full name that stands elsewhere, by sex, else the last one before, else the first."""
    full: dict[str, list[Mention]] = {}
    for m in people.mentions:
        if m.label == "PERSON" and " " in m.name:
            full.setdefault(m.name.rsplit(" ", 1)[1], []).append(m)
    of_sex: dict[tuple[str, str], list[Mention]] = {}
    for m in people.mentions:
        if m.label != "PERSON" or " " in m.name:
            continue
        known = full.get(m.name)
        if known is None:
            first = _FIRST_NAME.search(text, max(0, m.start - 24), m.start)
            if first and first_name_sex(first[1].split(" ")[0]):
                m.name = f"{first[1]} {m.name}"
                full.setdefault(m.name.rsplit(" ", 1)[1], []).append(m)
            continue
        sex = people.sex.get(m.name) if _TITLE.search(text, max(0, m.start - 12), m.start) else None
        fitting = known
        if sex is not None:
            if (m.name, sex) not in of_sex:
                of_sex[m.name, sex] = [k for k in known if people.sex_of(k.name) in (None, sex)] or known
            fitting = of_sex[m.name, sex]
        at = bisect_right(fitting, m.start, key=lambda k: k.start)
        chosen = fitting[max(0, at - 1)]
        m.name, m.key = chosen.name, chosen.key
    later = {last: known[0] for last, known in full.items()}
    for m in people.mentions:
        if m.label == "PERSON" and " " not in m.name and m.name in later:
            m.name, m.key = later[m.name].name, later[m.name].key


_LABELS = frozenset({"PERSON", "ORG", "GPE", "NORP", "FAC", "LOC", "PRODUCT", "WORK_OF_ART", "LAW", "EVENT"})
