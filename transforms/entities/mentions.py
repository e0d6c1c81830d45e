"""A mention on its way from the model to a row, and the few moves that every rule is made of."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from transforms.paragraphs import Paragraph

PLACES = frozenset({"GPE", "LOC", "FAC"})
NAMES = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "PRODUCT", "WORK_OF_ART", "EVENT", "LAW", "LANGUAGE"})
"""OntoNotes labels of names; the others are of dates, numbers and sums, which no rule touches."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the clean text with its label; `rule` names what decided it, None for the model, whose label stays."""

    start: int
    end: int
    label: str
    model_label: str | None = None
    rule: str | None = None

    def relabelled(self, label: str, rule: str) -> "Mention":
        """Return it under another label, or as it is if that is its label."""
        return self if label == self.label else replace(self, label=label, rule=rule)

    def moved(self, start: int, end: int, rule: str) -> "Mention":
        """Return it with other ends, or as it is if those are its ends."""
        return self if (start, end) == (self.start, self.end) else replace(self, start=start, end=end, rule=rule)


def from_paragraphs(paragraphs: Iterable[Paragraph]) -> Iterator[Mention]:
    """Yield the model's own entities in clean offsets."""
    for paragraph in paragraphs:
        if paragraph.doc is not None:
            for ent in paragraph.doc.ents:
                start, end = paragraph.start + ent.start_char, paragraph.start + ent.end_char
                yield Mention(start, end, ent.label_, ent.label_)


def add(mentions: Sequence[Mention], new: Iterable[Mention]) -> list[Mention]:
    """Add new mentions in place of the ones they overlap, sorted by start; of new ones that overlap the first stays."""
    taken: list[Mention] = []
    for mention in sorted(new, key=lambda m: (m.start, -m.end)):
        if not taken or taken[-1].end <= mention.start:
            taken.append(mention)
    starts = [m.start for m in taken]
    kept = []
    for mention in mentions:
        after = bisect_left(starts, mention.end)
        if after == 0 or taken[after - 1].end <= mention.start:
            kept.append(mention)
    return sorted([*kept, *taken], key=lambda m: m.start)


class Cover:
    """Which characters are inside a mention, answered in O(log mentions)."""

    def __init__(self, mentions: Iterable[Mention]) -> None:
        self._spans = sorted((m.start, m.end) for m in mentions)

    def free(self, start: int, end: int) -> bool:
        """Whether no mention overlaps the span."""
        after = bisect_left(self._spans, (end,))
        return after == 0 or self._spans[after - 1][1] <= start


class Overlaps:
    """The mentions that overlap a span, found in O(log mentions)."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self._mentions = sorted(mentions, key=lambda m: m.start)
        self._ends = [m.end for m in self._mentions]

    def of(self, start: int, end: int) -> list[Mention]:
        """The mentions that share a character with the span, in order."""
        found = []
        for index in range(bisect_right(self._ends, start), len(self._mentions)):  # a slice would copy all that follow
            mention = self._mentions[index]
            if mention.start >= end:
                break
            found.append(mention)
        return found
