"""Blanks around removals: each edit takes the blank line or space that would be left over, so no gap doubles."""

from collections.abc import Iterator, Sequence

from schemas.records import Edit
from transforms.cleaning.matching import Removal

_CLINGING = frozenset(",.;:!?)]}'’”…%")
"""Marks that stand close to the word before them."""


def to_edits(text: str, removals: Sequence[Removal]) -> list[Edit]:
    """Turn sorted, disjoint removals into edits that leave one gap where each run of removals stood.

    Between kept paragraphs the gap with the most line ends stays, within a line one space; at the text's edges what
    stood there before.

    >>> label = Removal(7, 20, "advertisement", "label")
    >>> [edit.text for edit in to_edits("Rain.\\n\\nAdvertisement\\n\\nSun.", [label])]
    ['Advertisement\\n\\n']
    """
    edits: list[Edit] = []
    for run, gaps in _runs(text, removals):
        kept = _kept_gap(text, gaps)
        for at, removal in enumerate(run):
            start, end = removal.start, removal.end
            if at < kept:
                start = gaps[at][0]
            if at >= kept:
                end = gaps[at + 1][1]
            if kept < 0 and at == 0:
                start = gaps[0][0]
            edits.append(Edit(removal.kind, removal.rule, start, end, text[start:end]))
    return edits


def _runs(text: str, removals: Sequence[Removal]) -> Iterator[tuple[list[Removal], list[tuple[int, int]]]]:
    """Removals with nothing but blanks between them, and the gaps before, between and after them."""
    run: list[Removal] = []
    gaps: list[tuple[int, int]] = []
    for at, removal in enumerate(removals):
        if not run:
            gaps = [(_back(text, removal.start), removal.start)]
        run.append(removal)
        after = _ahead(text, removal.end)
        gaps.append((removal.end, after))
        if at + 1 == len(removals) or removals[at + 1].start > after:
            yield run, gaps
            run = []


def _kept_gap(text: str, gaps: list[tuple[int, int]]) -> int:
    """Index of the gap that stays; -1 where the run is the whole text and none does."""
    last = len(gaps) - 1
    if gaps[0][0] == 0:
        return -1 if gaps[last][1] == len(text) else 0
    if gaps[last][1] == len(text):
        return last
    ends = [text.count("\n", *gap) for gap in gaps]
    if max(ends):
        return ends.index(max(ends))
    return last if text[gaps[last][1]] in _CLINGING else 0


def _back(text: str, at: int) -> int:
    while at and text[at - 1].isspace():
        at -= 1
    return at


def _ahead(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at
