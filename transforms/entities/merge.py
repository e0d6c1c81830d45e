"""Mentions of one article merged into entities: by normalised name, surname, acronym and head word."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from transforms.entities.places import city_people, countries, country_names, nationalities

_TITLES = re.compile(
    r"^(?:(?:mr|mrs|ms|miss|dr|prof|sir|dame|lord|lady|sen|rep|gov|gen|lt|col|maj|capt|cmdr|sgt|cpl|adm|rev|hon|president"
    r"|minister|senator|governor|general|colonel|judge|justice|chancellor|king|queen|prince|princess|pope)\.?\s+)+",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"(?:,?\s+(?:inc|corp|corporation|co|company|cos|ltd|limited|plc|llc|llp|ag|sa|nv|spa|gmbh|group|holdings?)\.?)+$"
)
_SINGULAR = re.compile(r"(?<=[a-z]{3}[^su])s$")
_ABBREVIATED = {
    "united states": ("u.s", "us", "usa", "u.s.a", "america", "united states of america"),
    "united kingdom": ("u.k", "uk", "britain", "great britain"),
    "united nations": ("u.n", "un"),
    "european union": ("e.u", "eu"),
    "united arab emirates": ("u.a.e", "uae"),
    "north korea": ("n. korea", "n korea"),
    "south korea": ("s. korea", "s korea"),
    "russia": ("russian federation",),
}
_COUNTRIES = {short: full for full, shorts in _ABBREVIATED.items() for short in shorts}
_PEOPLE, _FIRMS, _NATIONS = "PERSON", "ORG", ("NORP", "LANGUAGE")
_PLACES = ("GPE", "LOC")
_CLASSES = {"WORK_OF_ART": "work", "EVENT": "event"} | dict.fromkeys(
    ("DATE", "TIME", "CARDINAL", "ORDINAL", "QUANTITY", "MONEY", "PERCENT"), "figure"
)
"""Kinds of things that bear others' names: a film is not the man, a tournament not the town where it is played."""

MIN_CLIPPED_CHARS = 3
"""Letters that a clipped name must have: the Fed, the Merc."""

MIN_STEM_CHARS = 4
"""Letters that a nationality no list knows and the name of its country must begin with: Tajik, Tajikistan."""


def normalise(name: str, label: str) -> str:
    """Bring a printed name to the form that equal names share.

    >>> normalise("the  Halden Corp.'s", "ORG")
    'halden'
    >>> normalise("Sen. Mary Osgood", "PERSON")
    'mary osgood'
    >>> normalise("U.S.", "GPE"), normalise("Kenyan", "NORP"), normalise("Kenyans", "NORP"), normalise("Sikhs", "NORP")
    ('united states', 'kenya', 'kenyans', 'sikh')
    """
    printed = " ".join(name.split())
    text = _without_marks(printed.lower().replace("’", "'"))
    text = re.sub(r"'s?$", "", text)
    text = re.sub(r"^(?:the|a|an)\s+", "", text)
    text = text.strip("\"'“”‘.,;:()[]- ") or text
    if text in _COUNTRIES and not printed.islower():
        return _COUNTRIES[text]
    if label == _PEOPLE:
        text = _TITLES.sub("", text) or text
        text = re.sub(r",?\s+(?:jr|sr|ii|iii)$", "", text)
    elif label == _FIRMS:
        text = _FIRM.sub("", text) or text
    elif label == "GPE":
        text = country_names().get(text, text)
    elif label in _NATIONS:
        one = _SINGULAR.sub("", text)
        text = (nationalities().get(text.title()) or (text if one.title() in nationalities() else one)).lower()
    if re.fullmatch(r"(?:[a-z]\.)+[a-z]?", text):
        text = text.replace(".", "")
    return text


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def merge(names: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the (canonical name, entity key) of each (printed name, label), in order.

    The canonical name is the fullest form printed; the key is that form normalised, so equal across articles.
    """
    keys = _apart([normalise(name, label) for name, label in names], [label for _, label in names])
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    for key, (_, label) in zip(keys, names, strict=True):
        labels[key][label] += 1
    of = {key: count.most_common(1)[0][0] for key, count in labels.items()}
    target = _aliases(of)
    best: dict[str, tuple[tuple[bool, bool, int, int], str]] = {}
    roots = [_root(key, target) for key in keys]
    for root, (name, label) in zip(roots, names, strict=True):
        shown = re.sub(r"['’]s?$", "", " ".join(name.split()))
        if label == _PEOPLE:
            shown = _TITLES.sub("", shown) or shown
        rank = (label != "NORP", not shown.isupper(), len(shown.split()), len(shown))
        if root not in best or rank > best[root][0]:
            best[root] = (rank, shown)
    return [(best[root][1], root) for root in roots]


def _apart(keys: list[str], labels: Sequence[str]) -> list[str]:
    """Mark the key of a work, an event or a figure that bears the name of something else in the article."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for key, label in zip(keys, labels, strict=True):
        kinds[key].add(_CLASSES.get(label, ""))
    return [
        f"{key} ({_CLASSES[label]})" if label in _CLASSES and "" in kinds[key] else key
        for key, label in zip(keys, labels, strict=True)
    ]


def _root(key: str, target: dict[str, str]) -> str:
    seen = set()
    while key in target and key not in seen:
        seen.add(key)
        key = target[key]
    return key


def _aliases(of: dict[str, str]) -> dict[str, str]:
    """Map each short form to the one fuller form of the article that it can mean; an ambiguous one to none."""
    people: dict[str, set[str]] = defaultdict(set)
    first_names: dict[str, set[str]] = defaultdict(set)
    acronyms: dict[str, set[str]] = defaultdict(set)
    heads: dict[str, set[str]] = defaultdict(set)
    stated: dict[str, set[str]] = defaultdict(set)
    tails: dict[str, set[str]] = defaultdict(set)
    for key, label in of.items():
        parts = key.split()
        if len(parts) < 2:
            continue
        if label == _PEOPLE and parts[0].rstrip(".") not in _COUNTRIES:
            first_names[parts[0]].add(key)
            for at in range(1, len(parts)):
                people[" ".join(parts[at:])].add(key)
            people[f"{parts[0]} {parts[-1]}"].add(key)
        else:
            heads[parts[0]].add(key)
            if label == _FIRMS:
                tails[parts[-1]].add(key)
            if label == _FIRMS and (parts[0].rstrip(".") in _COUNTRIES or parts[0].title() in nationalities()):
                stated[" ".join(parts[1:])].add(key)
            for initials in _initials(parts):
                acronyms[initials].add(key)
    target = {}
    for key, label in of.items():
        fuller: set[str] = set()
        if label == _PEOPLE:
            fuller = people.get(key, set()) - {key} or first_names.get(key, set())
        elif label in _NATIONS:
            fuller = _homes(key, of)
        elif label == _FIRMS and " " in key:
            fuller = stated.get(key, set())
        elif " " not in key:
            fuller = acronyms.get(key.replace(".", ""), set()) if len(key) <= 8 else set()
            if label == _FIRMS:
                fuller = {k for k in fuller if of[k] not in _PLACES}
            place = city_people(key.title()) or key.title() in countries()
            if not fuller and label == _FIRMS and len(key) > 3 and not place:
                fuller = {k for k in heads.get(key, set()) if of[k] == label} or stated.get(key, set())
            if not fuller and label == _FIRMS and len(key) >= MIN_CLIPPED_CHARS and not place:
                clipped = (word for word in heads if word.startswith(key) and word != key)
                fuller = {k for word in clipped for k in heads[word] if of[k] == label} or tails.get(key, set())
        fuller = fuller - {key}
        if len(fuller) == 1:
            target[key] = fuller.pop()
    return target


def _homes(nation: str, of: dict[str, str]) -> set[str]:
    """Places of the article whose name begins as a nationality does that no list knows."""
    known = nation.removesuffix("s").title() in nationalities() or nation.title() in countries()
    if known or len(nation) < MIN_STEM_CHARS:
        return set()
    return {key for key, label in of.items() if label in _PLACES and " " not in key and _one_stem(key, nation)}


def _one_stem(place: str, nation: str) -> bool:
    """Whether all but two letters of the shorter, and at least `MIN_STEM_CHARS`, begin both."""
    chars = max(MIN_STEM_CHARS, min(len(place), len(nation)) - 2)
    return len(place) >= chars and place[:chars] == nation[:chars]


def _initials(parts: Sequence[str]) -> set[str]:
    full = [part for part in parts if part not in ("of", "the", "and", "for", "de", "&", "in", "on")]
    return {"".join(part[0] for part in full), "".join(part[0] for part in parts)} if len(full) > 1 else set()
