"""Case of headlines put back from the article's own casing, in the tagger's view only: same length, same offsets."""

import re
from collections import Counter
from collections.abc import Sequence

from transforms.entities.places import city_people, countries, given_names
from transforms.paragraphs import Paragraph

HEADLINE_MAX_CHARS = 200
PLACE_MIN_PEOPLE = 50_000
"""Smaller towns are named like too many words ("Reading" is large, "Along" and "Bar" are not)."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_INITIAL = re.compile(r"(?:^|[.!?:]['\"”’]*\s|[\"“‘`(])$")


def restore_case(view: str, paragraphs: Sequence[Paragraph]) -> str:
    """Write headlines in capitals or title case as the article writes their words; leave every other paragraph alone.

    A word that the body has in lower case becomes lower case; one that it has only with a capital gets that form. Of
    words that the body lacks, those of a headline in capitals become lower case but for places and given names.
    """
    headlines = [p for p in paragraphs if _style(view[p.start : p.end])]
    if not headlines:
        return view
    skipped = {p.index for p in headlines}
    forms = _forms(view, [p for p in paragraphs if p.index not in skipped])
    pieces: list[str] = []
    at = 0
    for paragraph in headlines:
        text = view[paragraph.start : paragraph.end]
        shouted = _style(text) == "capitals"
        pieces.append(view[at : paragraph.start])
        pieces.append(_recased(text, forms, shouted))
        at = paragraph.end
    pieces.append(view[at:])
    return "".join(pieces)


def _style(text: str) -> str | None:
    if len(text) > HEADLINE_MAX_CHARS:
        return None
    words = [word for word in _WORD.findall(text) if len(word) > 3]
    if words and sum(word.isupper() for word in words) * 10 >= len(words) * 8:
        return "capitals"
    if len(words) < 3:
        return None
    if text[-1] not in ".!?\"”'’:" and sum(word[0].isupper() for word in words) * 10 >= len(words) * 9:
        return "title"
    return None


def _forms(view: str, body: Sequence[Paragraph]) -> dict[str, Counter[str]]:
    forms: dict[str, Counter[str]] = {}
    for paragraph in body:
        for found in _WORD.finditer(view, paragraph.start, paragraph.end):
            before = view[max(paragraph.start, found.start() - 3) : found.start()]
            if found[0][0].islower() or not _SENTENCE_INITIAL.search(before):
                forms.setdefault(found[0].lower(), Counter())[found[0]] += 1
    return forms


def _recased(text: str, forms: dict[str, Counter[str]], shouted: bool) -> str:
    known = _places_in(text.title()) if shouted else frozenset()

    def new_form(found: re.Match[str]) -> str:
        word = found[0]
        seen = forms.get(word.lower())
        if found.start() in known:
            new = word.capitalize()
        elif seen:
            new = word.lower() if word.lower() in seen else max(sorted(seen), key=seen.__getitem__)
        elif shouted and not (word.isupper() and word.capitalize() in given_names()):
            new = word.lower()
        else:
            new = word.capitalize() if shouted else word
        if found.start() == 0:
            new = new[0].upper() + new[1:]
        return new if len(new) == len(word) else word

    return _WORD.sub(new_form, text)


def _places_in(title: str) -> frozenset[int]:
    """Starts of the words that make up names of known places, of one to three words, in a text in title case."""
    words = list(_WORD.finditer(title))
    starts: set[int] = set()
    for size in (1, 2, 3):
        for at in range(len(words) - size + 1):
            name = title[words[at].start() : words[at + size - 1].end()]
            if name in countries() or city_people(name) >= PLACE_MIN_PEOPLE:
                starts.update(word.start() for word in words[at : at + size])
    return frozenset(starts)
