"""Runs of capitalised words in the tagger's view: everything that could be a name, whatever the model said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.entities.lexicon import PARTICLES
from transforms.entities.sentences import Sentences
from transforms.paragraphs import Paragraph

_UPPER = r"A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽ"
_INITIAL = rf"(?:[{_UPPER}]\.)+"
_COMPOUND = r"(?!\w*(?:ed|ing|born|run|wide|style|era|only|held|speaking|like|bound|area|controlled|led)\b)"
_WORD = rf"(?:[dDlLO]['’])?[{_UPPER}]\w*(?:(?:-{_COMPOUND}|['’](?!s\b))\w+)*"
NAME_WORD = rf"(?:{_INITIAL}(?=[ ]?[{_UPPER}])|{_WORD}(?:(?<=\bSt)\.|(?<=\bJr)\.|(?<=\bSr)\.)?)"
_RUN = re.compile(rf"(?<![\w@#/.\-'’]){NAME_WORD}(?:[ ]{{1,2}}(?:(?:{PARTICLES})[ ]){{0,2}}{NAME_WORD})*")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of capitalised words with its clean offsets; `initial` says that it opens a sentence."""

    start: int
    end: int
    text: str
    initial: bool


def is_shouted(text: str) -> bool:
    """Whether a paragraph is in capitals, so that they say nothing about names."""
    letters = list(filter(str.isalpha, text[:400]))
    return sum(map(str.isupper, letters)) * 2 > len(letters)


def runs(view: str, paragraphs: Sequence[Paragraph], sentences: Sentences) -> Iterator[Run]:
    """Yield the capitalised runs of every paragraph that is not in capitals as a whole."""
    for paragraph in paragraphs:
        if is_shouted(view[paragraph.start : paragraph.end]):
            continue
        for found in _RUN.finditer(view, paragraph.start, paragraph.end):
            opening = found.start()
            while opening > paragraph.start and view[opening - 1] in "\"'“‘`([":
                opening -= 1
            yield Run(found.start(), found.end(), found[0], sentences.starts_at(opening) or opening != found.start())
