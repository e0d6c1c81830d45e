"""Rules for where a name begins and ends: articles, possessives, titles, days, joined and cut names."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence

from transforms.entities.lexicon import (
    FIRM_ENDS,
    GENERIC,
    HONORIFIC_RUN,
    LEADING,
    NEVER_NAMES,
    ORG_HEADS,
    PARTICLES,
    PLACE_HEADS,
    TITLE,
    WEEKDAY_OR_MONTH,
)
from transforms.entities.mentions import NAMES, Cover, Mention, Overlaps, add
from transforms.entities.places import city_people, countries, given_names, is_demonym
from transforms.entities.scan import NAME_WORD, Run
from transforms.entities.sentences import Sentences

_LEFT_EDGE = re.compile(r"[\s\"'“”‘’`(\[@#/–—\-.,;:*_]+")
_RIGHT_EDGE = " \t\n\"“”‘`’',;:/(–—-[_*!?"
_ARTICLE = re.compile(r"(?:the|a|an)\s+", re.I)
_POSSESSIVE = re.compile(r"(?:['’]s|['’])$")
_NOT_POSSESSIVE = re.compile(
    r"\s*(?:[.;!?)]|,|(?:said|says|is|was|has|had|will|would|and|or|in|at|on|to|also|which)\b)"
)
_JUNK = re.compile(r"https?:|www\.|\.com/|pic\.twitter|@")
_NUMBER_TAIL = re.compile(r"(?<=\w)\s+\d[\d.,]*(?:\s+(?:per|percent|points?|million|billion|seconds?)\b.*)?$")
_LOWER_HEAD = re.compile(
    r"(?:(?:[Pp]ro|[Aa]nti|[Ee]x|[Nn]on|[Tt]hen)-\w+|all|both|some|many|most|other|several|fellow|former|then|now|new|own|its|their|his|her)\s+"
)
_AND = re.compile(r"\s+(?:and|&)\s+|\s*[,;]\s+")
_FULL_NAME = re.compile(rf"{NAME_WORD}(?:[ ](?:(?:{PARTICLES})[ ]){{0,2}}{NAME_WORD}){{0,3}}")
_NEXT_NAME_WORD = re.compile(rf"[ ](?:(?:{PARTICLES})[ ]){{0,2}}({NAME_WORD})")
_GIVEN_BEFORE = re.compile(rf"(?<![\w.\-])({NAME_WORD})[ ]$")
_PARTICLE_BEFORE = re.compile(
    r"(?<![\w'’\-])(?:(?:de|del|della|di|da|van|von|den|der|ten|bin|ibn|al|el|la|le)[ ]){1,2}$"
)


def trim(view: str, mentions: Iterable[Mention]) -> Iterator[Mention]:
    """Take off articles, titles, possessives, days, and marks at the edges; drop what is no name."""
    for mention in mentions:
        if mention.label not in NAMES:
            yield mention
            continue
        start, end = _trimmed(view, mention.start, mention.end, mention.label)
        text = view[start:end]
        if start < end and any(c.isupper() for c in text) and not _JUNK.search(text):
            yield mention.moved(start, end, "trim")


def _trimmed(view: str, start: int, end: int, label: str) -> tuple[int, int]:
    while True:
        before = (start, end)
        if found := _LEFT_EDGE.match(view, start, end):
            start = found.end()
        if (found := _ARTICLE.match(view, start, end)) and found.end() < end:
            start = found.end()
        while end > start and view[end - 1] in _RIGHT_EDGE:
            end -= 1
        if (found := _POSSESSIVE.search(view[start:end])) and not (
            found[0][1:] == "s" and _NOT_POSSESSIVE.match(view, end)
        ):
            end = start + found.start()
        if found := WEEKDAY_OR_MONTH.search(view[start:end]):
            end = start + found.start()
        if label in ("PERSON", "ORG", "GPE", "LOC") and (found := _NUMBER_TAIL.search(view[start:end])):
            end = start + found.start()
        if label in ("ORG", "GPE", "PERSON") and (found := _LOWER_HEAD.match(view, start, end)) and found.end() < end:
            start = found.end()
        if label == "PERSON":
            if (found := HONORIFIC_RUN.match(view, start, end)) and found.end() < end:
                start = found.end()
            words = view[start:end].split(" ")
            while len(words) > 1 and words[-1].islower():
                end -= len(words.pop()) + 1
            while len(words) > 1 and (words[0].islower() and words[0] not in PARTICLES.split("|")):
                start += len(words.pop(0)) + 1
            while len(words) > 2 and (is_demonym(words[0]) or _is_epithet(words)):
                start += len(words.pop(0)) + 1
        if view[end - 1 : end] == "." and not re.search(
            r"(?:\b[A-Z]|\b(?:Jr|Sr|Inc|Corp|Co|Ltd|Cos|St))\.$", view[start:end]
        ):
            end -= 1
        if (start, end) == before or start >= end:
            return start, end


def _is_epithet(words: Sequence[str]) -> bool:
    """Whether the first word of three or more is no given name while the second is: "Welshman Mark Litton"-like."""
    known = given_names()
    return (
        words[0] not in known
        and words[1] in known
        and words[0].lower().endswith(("man", "woman", "er", "or", "ist", "ing"))
    )


def lead_words(view: str, mentions: Sequence[Mention], sentences: Sentences) -> list[Mention]:
    """Take off a sentence's first word that its capital joined to a name: "Echoing Osgood", "Hairdresser Ann Marsh"."""
    names = Counter(view[m.start : m.end] for m in mentions)
    out = []
    for mention in mentions:
        first, _, rest = view[mention.start : mention.end].partition(" ")
        if rest and mention.label in NAMES and sentences.starts_at(mention.start):
            verbal = first.endswith("ing") or (mention.label == "PERSON" and first.endswith(("er", "or", "ist", "man")))
            several = " " in rest or rest in names or first.endswith("ing")
            if verbal and several and first not in given_names() and names[f"{first} {rest}"] < 2:
                mention = mention.moved(mention.start + len(first) + 1, mention.end, "lead_word")
        out.append(mention)
    return out


def split(view: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """Cut names that the model took for one: "Ann Marsh and Lee Ford", "Oslo, Norway"."""
    names = {view[m.start : m.end] for m in mentions}
    for mention in mentions:
        parts = _parts(view[mention.start : mention.end], mention.label)
        personal = any(part in names or part.split(" ")[0] in given_names() for part in parts)
        if (
            len(parts) > 1
            and (personal or mention.label != "ORG")
            and all(_separable(part, mention.label, names) for part in parts)
        ):
            at = mention.start
            for part in parts:
                at = view.index(part, at)
                yield Mention(at, at + len(part), mention.label, mention.model_label, "split_pair")
                at += len(part)
        else:
            yield mention


def _parts(text: str, label: str) -> list[str]:
    if label in ("PERSON", "GPE", "LOC"):
        return _AND.split(text)
    return re.split(r"\s+and\s+", text) if label in ("ORG", "FAC", "NORP") else [text]


def _separable(part: str, label: str, names: Container[str]) -> bool:
    if (
        not _FULL_NAME.fullmatch(part)
        or part.lower() in NEVER_NAMES
        or part.split(" ")[-1] in ("Jr.", "Sr.", "Inc.", "Inc")
    ):
        return False
    if label != "ORG":
        return True
    return part in names or (" " in part and "." not in part and not ORG_HEADS.intersection(part.split()))


def whole_runs(view: str, mentions: Sequence[Mention], capitalised: Sequence[Run]) -> list[Mention]:
    """Take two capitalised words of which the model tagged one, or each by itself, for one name: "Mila Paris"."""
    overlaps = Overlaps([m for m in mentions if m.label in NAMES])
    joined = []
    for run in capitalised:
        words = run.text.split(" ")
        pieces = overlaps.of(run.start, run.end)
        if not pieces or not 2 <= len(words) <= 3 or (run.initial and words[0].lower() in LEADING):
            continue
        if run.initial and pieces[0].start > run.start and words[0] not in given_names():
            continue  # the sentence gives its first word a capital, the model no label
        single = all(run.start <= m.start and m.end <= run.end and " " not in view[m.start : m.end] for m in pieces)
        known = any(_is_known(word) for word in words) or city_people(words[0]) > 0
        if single and not known and all(m.label in ("PERSON", "ORG", "GPE", "PRODUCT") for m in pieces):
            label = "PERSON" if words[0] in given_names() else pieces[-1].label
            joined.append(Mention(run.start, run.end, label, pieces[-1].model_label, "whole_name"))
    return add(mentions, joined)


def _is_known(word: str) -> bool:
    """Whether a word is a country, a nationality, a day, a title or a head word: no part of a person's name."""
    bare = word.rstrip(".")
    kinds = (countries(), ORG_HEADS, PLACE_HEADS, FIRM_ENDS, GENERIC)
    if any(bare in kind for kind in kinds) or bare.lower() in NEVER_NAMES:
        return True
    return is_demonym(bare) or bare.isupper() or bool(TITLE.fullmatch(bare))


def grow(view: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Let a person's name that was cut short take in the words beside it: particles, a given name, a last name."""
    cover = Cover(m for m in mentions if m.label == "PERSON" or " " in view[m.start : m.end])
    grown: list[Mention] = []
    for mention in mentions:
        if grown and mention.start < grown[-1].end:
            continue
        if mention.label == "PERSON" and not is_demonym(view[mention.start : mention.end]):
            mention = _grown(view, mention, cover)
            while grown and grown[-1].end > mention.start:
                grown.pop()
        grown.append(mention)
    return grown


def _grown(view: str, mention: Mention, cover: Cover) -> Mention:
    start, end = mention.start, mention.end
    while (found := _NEXT_NAME_WORD.match(view, end)) and not _POSSESSIVE.search(view[start:end]):
        word = found[1].rstrip(".")
        blocked = (
            word in ORG_HEADS
            or view[found.end() : found.end() + 1] in ("-", "/")
            or word.lower() in NEVER_NAMES
            or not cover.free(end + 1, found.end())
        )
        if blocked or len(view[start:end].split()) > 3 or (word.isupper() and len(word) > 2):
            break
        end = found.end()
    if found := _PARTICLE_BEFORE.search(view, max(0, start - 12), start):
        start = found.start()
    window = max(0, start - 24)
    found = _GIVEN_BEFORE.search(view[window:start])
    if found and found[1] in given_names() and cover.free(window + found.start(1), start - 1):
        start = window + found.start(1)
    return mention.moved(start, end, "whole_name")
