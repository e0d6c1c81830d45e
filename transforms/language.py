"""Which language an article is in, in doubt the model's."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

MIN_CHARS = 200
"""A shorter text (a flash, a score, a list of names) says too little: it counts as the model's language."""

SAMPLE_CHARS = 400
SAMPLES = 6

MAX_OWN_SHARE = 0.2
"""A text is in another language only if at most this share of its samples is in the model's; else it is mixed."""


MIN_SMALL_WORDS = 0.1
"""In prose a third to a half of the words are small ones; a text with fewer than this is a list or a table."""

_LATIN_END = 0x24F


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def detect(text: str, expected: str = "en") -> str:
    """Return the ISO 639-1 code of the text's language; `expected` for short and for mixed texts.

    >>> detect("Le conseil municipal a voté mardi la rénovation du vieux pont, fermé depuis l'hiver dernier. " * 4)
    'fr'
    >>> detect("Bonjour!")
    'en'
    """
    letters = " ".join(text.split())
    if len(letters) < MIN_CHARS:
        return expected
    middle = max(0, (len(letters) - SAMPLE_CHARS) // 2)
    if _classify(letters[middle : middle + SAMPLE_CHARS]) == expected:
        return expected
    step = max(1, len(letters) // SAMPLES)
    found = [_classify(letters[at : at + min(step, SAMPLE_CHARS)]) for at in range(0, step * SAMPLES, step)]
    if found.count(expected) > MAX_OWN_SHARE * len(found):
        return expected
    others = [code for code in found if code != expected]
    best = max(others, key=others.count)
    return best if others.count(best) * 2 > len(found) and _reads_as(letters, best, expected) else expected


def _reads_as(text: str, language: str, expected: str) -> bool:
    """Whether a text has the small words of a language: a table of results, all names, has nobody's."""
    if sum(ord(c) > _LATIN_END for c in text) * 2 > len(text):
        return True
    words = text[:20_000].lower().split()
    theirs = sum(word in _small_words(language) for word in words)
    ours = sum(word in _small_words(expected) for word in words)
    return theirs > ours and theirs >= MIN_SMALL_WORDS * len(words)


@cache
def _small_words(language: str) -> frozenset[str]:
    """spaCy's stop words; none for a language that it doesn't know, which then counts as the model's."""
    from spacy.util import get_lang_class

    try:
        return frozenset(get_lang_class(language).Defaults.stop_words)
    except ImportError:
        return frozenset()


def _classify(sample: str) -> str:
    return str(_identifier().classify(sample)[0])
