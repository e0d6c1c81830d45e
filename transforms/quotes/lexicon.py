"""The verbs and nouns that report speech: read from lexicon.toml, inflected by rule, looked up by any form."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Verb:
    """What a reporting verb can do; the file lexicon.toml explains each property."""

    lemma: str
    clause: bool = False
    infinitive: bool = False
    phrase: bool = False
    hearer: bool = False
    classes: frozenset[str] = frozenset()

    def is_speech(self) -> bool:
        """Whether it can stand beside direct speech on its own: "…", she said."""
        return bool(self.classes - PHRASE_CLASSES)


CLASSES = (
    "say tell ask write manner complain continue answer promise plead order recommend characterize judge speak".split()
)
PHRASE_CLASSES = frozenset({"characterize", "judge", "speak"})

_VOWELS = "aeiou"


def inflect(lemma: str, irregular: str = "") -> tuple[str, ...]:
    """Every form of a verb.

    >>> inflect("deny")
    ('deny', 'denies', 'denied', 'denying')
    >>> inflect("say", "said")
    ('say', 'says', 'said', 'saying')
    >>> inflect("brag", "bragged")
    ('brag', 'brags', 'bragged', 'bragging')
    """
    past = tuple(irregular.split())
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        third = lemma[:-1] + "ies"
        regular = lemma[:-1] + "ied"
    else:
        third = lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "z")) or lemma == "go" else "s")
        regular = lemma + ("d" if lemma.endswith("e") else "ed")
    doubled = any(form == lemma + lemma[-1] + "ed" for form in past) or lemma in _DOUBLING
    if doubled:
        gerund = lemma + lemma[-1] + "ing"
    elif lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
        gerund = lemma[:-1] + "ing"
    else:
        gerund = lemma + "ing"
    return tuple(dict.fromkeys((lemma, third, *(past or (regular,)), gerund)))


_DOUBLING = frozenset({"begin", "put", "set", "let", "hit"})


def _read() -> tuple[dict[str, Verb], frozenset[str], frozenset[str], dict[str, frozenset[str]]]:
    data = tomllib.loads(files(__package__).joinpath("lexicon.toml").read_text(encoding="utf-8"))
    properties: dict[str, dict[str, bool]] = {}
    classes: dict[str, set[str]] = {}
    for name in CLASSES:
        entry = data[name]
        for lemma in (entry.get("levin", "") + " " + entry.get("news", "")).split():
            classes.setdefault(lemma, set()).add(name)
            merged = properties.setdefault(lemma, {})
            for key in ("clause", "infinitive", "phrase", "hearer"):
                merged[key] = merged.get(key, False) or entry.get(key, False)
    forms: dict[str, Verb] = {}
    for lemma in sorted(properties):
        verb = Verb(lemma, classes=frozenset(classes[lemma]), **properties[lemma])
        for form in inflect(lemma, data["irregular"].get(lemma, "")):
            forms.setdefault(form, verb)
    phrasal: dict[str, set[str]] = {}
    for kind in ("clause", "quote"):
        for entry in data["phrasal"][kind]:
            first, rest = entry.split(" ", 1)
            for form in inflect(first, data["irregular"].get(first, "")):
                phrasal.setdefault(form, set()).add(f"{kind} {rest}")
    nouns = frozenset(
        form
        for noun in data["nouns"]["clause"].split()
        for form in (noun, noun[:-1] + "ies" if noun.endswith("y") else noun + "s")
    )
    hedges = frozenset(data["hedges"]["words"].split())
    return forms, nouns, hedges, {form: frozenset(rest) for form, rest in phrasal.items()}


VERBS, NOUNS, HEDGES, PHRASAL = _read()
"""Verb form → verb; noun forms; hedging adverbs; first word → what may follow ("quote up" for "sum up")."""
