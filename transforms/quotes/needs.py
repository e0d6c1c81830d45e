"""What must be parsed at all: the costliest step is kept to paragraphs that can hold a quotation."""

import re

from transforms.quotes.lexicon import PHRASAL, VERBS

COMPONENTS = ("tok2vec", "tagger", "parser")
"""spaCy components that a paragraph needs which `needs_parse`; verb forms come from our own lexicon."""


_TOKENS = re.compile(r"[a-z]+|[\"“”„«»`‘]|''")


_MARKS = frozenset({'"', "“", "”", "„", "«", "»", "`", "‘", "''"})


_WANTED = frozenset(VERBS) | frozenset(PHRASAL) | _MARKS | {"according"}


LABEL = re.compile(r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,4}:\s+\S")
"""A speaker's name and a colon at the start of a paragraph, as in a transcript."""


def needs_parse(paragraph_view: str) -> bool:
    """Whether a paragraph can hold a quotation: it has quotation marks or a verb that reports.

    >>> needs_parse("Rain fell."), needs_parse("Rain fell, she said."), needs_parse("A “dry” day.")
    (False, True, True)
    """
    if LABEL.match(paragraph_view):
        return True
    return not _WANTED.isdisjoint(_TOKENS.findall(paragraph_view.lower()))
