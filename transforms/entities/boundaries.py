"""Rules for where a name begins and ends: articles, possessives, titles, days, joined and cut names."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from transforms.entities.lexicon import HONORIFIC_RUN, NEVER_NAMES, ORG_HEADS, PARTICLES, WEEKDAY_OR_MONTH
from transforms.entities.mentions import NAMES, Cover, Mention
from transforms.entities.places import given_names, is_demonym
from transforms.entities.scan import NAME_WORD
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
    r"(?:all|both|some|many|most|other|several|fellow|former|then|now|new|own|its|their|his|her)\s+"
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
        if label in ("ORG", "GPE") and (found := _LOWER_HEAD.match(view, start, end)) and found.end() < end:
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
    names = {view[m.start : m.end] for m in mentions}
    out = []
    for mention in mentions:
        first, _, rest = view[mention.start : mention.end].partition(" ")
        if rest and mention.label in NAMES and sentences.starts_at(mention.start):
            verbal = first.endswith("ing") or (mention.label == "PERSON" and first.endswith(("er", "or", "ist", "man")))
            several = " " in rest or rest in names or first.endswith("ing")
            if verbal and several and first not in given_names() and f"{first} {rest.split()[0]}" not in names:
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
    if not _FULL_NAME.fullmatch(part) or part.split(" ")[-1] in ("Jr.", "Sr.", "Inc.", "Inc"):
        return False
    if label != "ORG":
        return True
    return part in names or (" " in part and "." not in part and not ORG_HEADS.intersection(part.split()))


def grow(view: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Let a person's name that was cut short take in the words beside it: particles, a given name, a last name."""
    cover = Cover(m for m in mentions if m.label == "PERSON" or " " in view[m.start : m.end])
    grown: list[Mention] = []
    for mention in mentions:
        if grown and mention.start < grown[-1].end:
            continue
        if mention.label == "PERSON":
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
