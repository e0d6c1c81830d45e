"""What an article as a whole says about each name: every occurrence's context and label weighed together.

A name is written out in full once and by its last word after that; a model that sees a sentence at a time labels the
short form at random. So all occurrences of a name are judged together, and a surname with the full names it may stand
for. The weights are round numbers set by hand: a cue that is nearly always right (an age, a title, a country's name)
outweighs two mentions of the model's, a weak one (a speech verb, "in") does not outweigh one.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from transforms.entities.lexicon import (
    FIRM_ENDS,
    GENERIC,
    NEVER_NAMES,
    ORG_HEADS,
    PLACE_HEADS,
    PLACE_NOUNS,
    SPEECH,
    TITLE_BEFORE,
)
from transforms.entities.mentions import PLACES
from transforms.entities.places import BIG_CITY_PEOPLE, city_people, countries, given_names, is_demonym

PERSON, ORG, PLACE = "PERSON", "ORG", "GPE"

_AGE_AFTER = re.compile(
    r",?\s\(?(?:1?\d\d|[2-9]),|\s\(\d\d\)|,\s(?:aged\s)?\d\d(?:,|\s(?:said|of)\b)|,\s(?:a|an)\s\d\d-year-old"
)
_WHO_AFTER = re.compile(r",?\swho(?:se)?\b")
_SPEECH_AFTER = re.compile(rf"(?:,\s)?\s?(?:also\s|later\s|has\s|had\s)?(?:{SPEECH})\b")
_SPEECH_BEFORE = re.compile(rf"(?:^|\W)(?:{SPEECH})\s$")
_SENTENCE_GOES_ON = re.compile(r"\s?[,.]")
_ROLE_BEFORE = re.compile(
    r"(?<![\w-])(?:[a-z]+-)?(?:[a-z]{2,}(?:er|or|ist|man|woman|yst|ian|eur|ant)|chief|coach|nurse|judge|king|queen|aide|ace"
    r"|star|captain|candidate|president|colleague|champion|wife|son|brother|father|mother|pilot|guard|rival|seed)\s$"
)
_NOT_ROLES = re.compile(
    r"(?:^|\W)(?:after|over|under|or|for|other|her|whether|rather|never|either|neither|former|per|order|number|near|later"
    r"|ever|than|center|water|river|power|offer|major|minor|senior|junior|border|human|german|important|significant"
    r"|relevant)\s$"
)
_PLACE_NOUN_BEFORE = re.compile(rf"\b(?:{PLACE_NOUNS})s?\sof\s$")
_PLACE_NOUN_AFTER = re.compile(rf"\s(?:{PLACE_NOUNS}|area|airport|peninsula|valley|border|coast)\b")
_IN_BEFORE = re.compile(r"(?:^|\W)(?:in|In|near|Near|outside|across|throughout|around)\s$")
_FROM_BEFORE = re.compile(r"(?:^|\W)(?:from|to|at|into|toward|towards|through|of|via|for)\s$")
_COMPASS_BEFORE = re.compile(
    r"(?:north|south|east|west|northern|southern|eastern|western|central|downtown|mainland)(?:\sof)?\s$"
)
_COUNTRY_AFTER = re.compile(r",\s([A-Z][\w.]+(?:\s[A-Z]\w+)?)")
_STANDS_ALONE = re.compile(
    r"(?:['’]s\b|\s?[,.;:)]|\s(?:said|says|has|have|had|is|was|were|are|will|would|and|to|in|on|at|for|by)\b)"
)
_THE_BEFORE = re.compile(r"(?:^|\W)[Tt]he\s$")
_WORD_BEFORE = re.compile(r"(?:^|\s)([A-Z][a-z]+)(['’]s)?\s$")
_KIN_BEFORE = re.compile(
    r"\b(?:daughter|son|wife|husband|mother|father|sister|brother|widow|fiancee?|girlfriend|boyfriend|uncle|aunt|cousin"
    r"|nephew|niece|grandson|granddaughter|partner)s?,?\s$"
)
_ORG_NOUN_BEFORE = re.compile(
    r"\b(?:newspaper|weekly|daily|magazine|agency|firm|company|airline|broadcaster|automaker|carmaker|maker|lender"
    r"|retailer|brokerage|bank|party|movement|club|team|band|website|channel|operator|manufacturer),?\s$"
)
_ORG_OWN_NOUN_AFTER = re.compile(
    r"\s(?:newspaper|magazine|news agency|agency|factory|shipyard|daily|weekly|website|television|airline|plant|party)"
    r"\b"
)
_ORG_NOUN_AFTER = re.compile(
    r"(?:['’]s)?\s(?:spokes(?:man|woman|person|people)|shares|stock|executives?|board|shareholders|management|subsidiary|employees"
    r"|newspaper|magazine|agency|factory|lawmakers?|members?|fighters|rebels|guerrillas|faction)\b"
)


@dataclass(slots=True)
class Evidence:
    """Weights by label for one name, the model's votes apart from the rest."""

    votes: Counter[str] = field(default_factory=Counter)
    cues: dict[str, float] = field(default_factory=lambda: {PERSON: 0.0, ORG: 0.0, PLACE: 0.0})
    strongest: dict[str, tuple[float, str]] = field(default_factory=dict)
    inside: int = 0
    vote: float = 1.2

    def cue(self, label: str, weight: float, rule: str) -> None:
        """Add a cue; the strongest one gives a decision its name."""
        self.cues[label] += weight
        if weight > self.strongest.get(label, (0.0, ""))[0]:
            self.strongest[label] = (weight, rule)

    def total(self, label: str) -> float:
        """Cues and the model's votes, the latter capped: ten like errors are one error."""
        votes = sum(n for voted, n in self.votes.items() if (PLACE if voted in PLACES else voted) == label)
        return min(self.cues[label], 8.0) + min(self.vote * votes, 3.0)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place where a name stands; `initial` where its capital may only be the sentence's."""

    start: int
    end: int
    initial: bool
    label: str | None


def weigh(
    view: str, occurrences: Mapping[str, Sequence[Occurrence]], acronyms: Mapping[str, str]
) -> dict[str, Evidence]:
    """Evidence on every name of the article."""
    found = {name: _of_name(view, name, where, acronyms) for name, where in occurrences.items()}
    fuller: dict[str, list[str]] = defaultdict(list)
    for name in found:
        if " " in name:
            fuller[name.rsplit(" ", 1)[-1]].append(name)
            particle = re.search(r"(?:^|\s)((?:(?:de|del|van|von|der|den|di|da|al|bin|la|le)\s)+\S+)$", name)
            if particle and particle[1] != name:
                fuller[particle[1]].append(name)
    for short, names in fuller.items():
        if short in found and short not in ORG_HEADS and short not in PLACE_HEADS:
            for name in names:
                if not found[name].cues[ORG] > 2.5 and short not in countries():
                    found[name].cue(PERSON, 1.5, "surname_recurs")
    for short, names in fuller.items():
        if short not in found or not _can_be_surname(short, found[short]):
            continue
        for name in names:
            full = found[name]
            lead = full.total(PERSON) - max(full.total(ORG), full.total(PLACE))
            if lead > 0.5:
                found[short].cue(PERSON, _surname_weight(short, found[short]), "surname")
                break
    for name, full in list(found.items()):
        first = name.split(" ", 1)[0]
        if first != name and first in found and _can_be_surname(first, found[first]) and full.total(PERSON) > 3.0:
            lead = full.total(PERSON) - max(full.total(ORG), full.total(PLACE))
            if lead > 1.5 and not (found[first].cues[PLACE] > 1.5 or found[first].cues[ORG] > 1.5):
                found[first].cue(PERSON, 3.0, "first_word_of_name")
    return found


def _can_be_surname(word: str, evidence: Evidence) -> bool:
    """Whether a word can stand for a person at all: no nationality, month, rank or common noun."""
    nationality = evidence.votes["NORP"] > 0 or is_demonym(word)
    acronym = word.isupper() and len(word) < 6
    return not (nationality or acronym or word.lower() in NEVER_NAMES or word in GENERIC or word in ORG_HEADS)


def _surname_weight(word: str, evidence: Evidence) -> float:
    """A full name outweighs any number of the model's votes on the bare surname, but not a country or a firm."""
    if word in countries():
        return 2.0
    return 4.5 if evidence.cues[ORG] > 2.5 or evidence.cues[PLACE] > 2.5 else 6.5


def _of_name(view: str, name: str, where: Sequence[Occurrence], acronyms: Mapping[str, str]) -> Evidence:
    evidence = Evidence()
    words = name.split()
    _by_form(evidence, name, words, acronyms)
    seen: Counter[str] = Counter()
    for at in where:
        if at.label is not None:
            evidence.votes[at.label] += 1
        evidence.inside += not at.initial
        for label, weight, rule, limit in _by_context(view, at, words):
            if seen[rule] < limit:
                seen[rule] += 1
                evidence.cue(label, weight, rule)
    return evidence


def _by_form(evidence: Evidence, name: str, words: Sequence[str], acronyms: Mapping[str, str]) -> None:
    last = words[words.index("of") - 1 if "of" in words[1:] else -1].rstrip(".")
    if name in countries():
        evidence.cue(PLACE, 4.0, "known_country")
    elif people := city_people(name):
        evidence.cue(PLACE, 2.5 if people >= BIG_CITY_PEOPLE else 0.8, "known_city")
    if name in acronyms:
        evidence.cue(ORG, 3.0, "acronym")
    elif re.fullmatch(r"[A-Z]{2,5}(?:-[A-Z]+)?", name):
        evidence.cue(ORG, 2.0 if len(name) > 2 else 1.0, "capitals")
    if len(words) == 1:
        evidence.vote = 1.0
        return
    if last in FIRM_ENDS:
        evidence.cue(ORG, 5.0, "organisation_head")
    elif last in ORG_HEADS:
        evidence.cue(ORG, 3.0, "organisation_head")
    elif last in PLACE_HEADS:
        evidence.cue(PLACE, 2.5, "place_head")
    elif len(words) <= 4:
        if words[0].split("-")[0] in given_names():
            evidence.cue(PERSON, 1.0 if words[0] in countries() or city_people(words[0]) else 2.0, "given_name")
        elif re.fullmatch(r"(?:[A-Z]\.)+", words[0]) or (len(words) > 2 and re.fullmatch(r"[A-Z]\.", words[1])):
            evidence.cue(PERSON, 2.0, "initial")
        if last in ("Jr", "Sr", "II", "III"):
            evidence.cue(PERSON, 2.5, "suffix")
        if re.match(r"(?:O['’]|Mc|Mac)[A-Z]", last):
            evidence.cue(PERSON, 1.0, "suffix")
        if any(word in ("de", "van", "von", "der", "bin", "al", "el", "ibn", "del", "di") for word in words[1:-1]):
            evidence.cue(PERSON, 1.0, "particle")


def _by_context(view: str, at: Occurrence, words: Sequence[str]) -> list[tuple[str, float, str, int]]:
    """(label, weight, rule, how often the rule counts for a name) of one occurrence."""
    before, after = view[max(0, at.start - 32) : at.start], view[at.end : at.end + 40]
    several = len(words) > 1
    cues: list[tuple[str, float, str, int]] = []
    if TITLE_BEFORE.search(before):
        cues.append((PERSON, 3.0, "title", 1))
    elif _ROLE_BEFORE.search(before) and not _NOT_ROLES.search(before):
        cues.append((PERSON, 1.5 if several else 0.8, "role", 2))
    if several:
        beside = _WORD_BEFORE.search(before)
        if beside and is_demonym(beside[1]):
            cues.append((PERSON, 2.0, "nationality", 1))
        elif beside and beside[2] and beside[1] in countries():
            cues.append((PERSON, 1.0, "nationality", 1))
    if _KIN_BEFORE.search(before):
        cues.append((PERSON, 2.5, "kin", 1))
    if _ORG_NOUN_BEFORE.search(before):
        cues.append((ORG, 2.0 if before.rstrip().endswith(",") else 3.0, "organisation_noun", 1))
    elif not several and before.endswith(" on ") and _STANDS_ALONE.match(after):
        cues.append((ORG, 0.8, "on", 2))
    if _AGE_AFTER.match(after):
        cues.append((PERSON, 3.0, "age", 1))
    if _WHO_AFTER.match(after):
        cues.append((PERSON, 1.5, "who", 1))
    if _SPEECH_AFTER.match(after):
        cues.append((PERSON, 1.0, "speech", 2))
    elif _SPEECH_BEFORE.search(before) and _SENTENCE_GOES_ON.match(after):
        cues.append((PERSON, 1.2, "speech", 2))
    if _PLACE_NOUN_BEFORE.search(before):
        cues.append((PLACE, 4.0, "place_noun", 1))
    elif _PLACE_NOUN_AFTER.match(after) and not _WHO_AFTER.match(after):
        cues.append((PLACE, 1.5, "place_noun", 1))
    if _IN_BEFORE.search(before) and not after.startswith(("'s", "’s")):
        cues.append((PLACE, 1.5, "in", 2))
    elif _COMPASS_BEFORE.search(before):
        cues.append((PLACE, 1.5, "compass", 1))
    elif _FROM_BEFORE.search(before):
        cues.append((PLACE, 0.3, "from", 2))
    country = _COUNTRY_AFTER.match(after)
    if country and country[1].rstrip(".") in countries() and not several:
        cues.append((PLACE, 2.5, "country_after", 1))
    if _THE_BEFORE.search(before) and _STANDS_ALONE.match(after):
        cues += [(ORG, 1.0, "the", 2), (PERSON, -1.5, "the", 2)]
    if _ORG_OWN_NOUN_AFTER.match(after):
        cues.append((ORG, 2.5, "organisation_noun", 1))
    elif _ORG_NOUN_AFTER.match(after):
        cues.append((ORG, 1.2, "organisation_noun", 2))
    return cues


def decide(name: str, evidence: Evidence) -> tuple[str, float, str]:
    """The label that the evidence speaks for, its lead over the next, and the name of its strongest cue."""
    totals = {label: evidence.total(label) for label in (PERSON, ORG, PLACE)}
    if name.lower() in NEVER_NAMES or name in GENERIC:
        totals[PERSON] = 0.0
    ranked = sorted(totals, key=lambda label: (-totals[label], label))
    best = ranked[0]
    return best, totals[best] - totals[ranked[1]], evidence.strongest.get(best, (0.0, "majority"))[1]
