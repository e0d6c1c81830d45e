"""Quotations that only repeat another: pull quotes, and posts that are quoted once more on a line of their own."""

import re
from collections.abc import Sequence
from dataclasses import replace

from schemas.records import Embed, Quote

MIN_WORDS = 5
"""Shorter repeats are coincidence or a slogan."""

_WORD = re.compile(r"\w+")


def _key(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def link_repeats(quotes: Sequence[Quote], embeds: Sequence[Embed]) -> tuple[Quote, ...]:
    """Set `duplicate_of` on a quotation without a cue of its own that repeats a quotation with one, or a post.

    The words must be the same, or wholly contained in the original's.
    """
    originals = [
        (f" {_key(q.text)} ", q.quote_id) for q in quotes if q.cue is not None and not q.flag and q.type != "indirect"
    ]
    originals += [(f" {_key(post.text)} ", post.embed_id) for post in embeds]
    if not originals:
        return tuple(quotes)
    linked = []
    for q in quotes:
        if q.cue is None and not q.flag and len(q.pieces) == 1:
            key = _key(q.text)
            if key.count(" ") + 1 >= MIN_WORDS:
                found = next((name for text, name in originals if name != q.quote_id and f" {key} " in text), None)
                if found is not None:
                    linked.append(replace(q, duplicate_of=found))
                    continue
        linked.append(q)
    return tuple(linked)
