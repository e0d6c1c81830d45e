"""Keeps the tokenizer's cache filled with the words that recur, for spaCy caches none inside a memory zone.

Cutting a word that is not in the cache takes several searches with large patterns, cutting one that is takes a look-up;
in a zone every word is of the first kind unless it was cut once outside. So what a zone has brought more than once is
cut again, once, between two zones. The tokens are the same either way.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from spacy.language import Language

MOST_WORDS = 40_000
"""Words kept in the cache for good, with their entries in the vocabulary: about 20 MB."""

MOST_NOTED = 200_000
"""Different words noted between two calls of `learn`; what else comes is not counted."""

MOST_CHARS = 40
"""A longer run of characters is an address or a slip, not a word that comes again."""


class RecurringWords:
    """Notes the words of texts inside a memory zone, and has the tokenizer learn those that recurred outside it.

    A pipeline whose tokenizer has no cache of spaCy's kind is left alone.
    """

    def __init__(self, nlp: Language, most_words: int = MOST_WORDS) -> None:
        tokenizer: Any = nlp.tokenizer
        self._tokenizer = tokenizer
        self._most = most_words
        self._known: set[str] = set()
        self._seen: Counter[str] = Counter()
        self._able = hasattr(tokenizer, "max_cache_size")
        if self._able:
            # Beside what is learnt here the cache holds what was cut before, outside any zone.
            tokenizer.max_cache_size = max(tokenizer.max_cache_size, 2 * most_words)

    def note(self, texts: Iterable[str]) -> None:
        """Count the words of these texts: runs of what is not blank, as the tokenizer looks them up."""
        if not self._able or len(self._known) >= self._most:
            return
        for text in texts:
            if len(self._seen) < MOST_NOTED:
                self._seen.update(text.split())

    def learn(self) -> None:
        """Cut what was noted more than once. Call it outside any memory zone, or it has no effect."""
        for word, count in self._seen.most_common():
            if count < 2 or len(self._known) >= self._most:
                break
            if word not in self._known and len(word) <= MOST_CHARS:
                self._known.add(word)
                self._tokenizer(word)
        self._seen.clear()
