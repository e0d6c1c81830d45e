"""The edit list between raw and clean text: apply it, undo it, and carry offsets across it.

Every cleaning is a sorted list of non-overlapping edits, so raw text + edits ⇄ clean text holds exactly.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from schemas.records import Edit


def apply_edits(raw: str, edits: Iterable[Edit]) -> str:
    """Turn raw text into clean text.

    Raises ValueError where the edits overlap, run backwards, or don't hold the text they replace.

    >>> apply_edits("Advertisement\\n\\nRain.", [Edit("advertisement", "label", 0, 15, "Advertisement\\n\\n")])
    'Rain.'
    """
    parts: list[str] = []
    at = 0
    for edit in edits:
        if not at <= edit.raw_start <= edit.raw_end <= len(raw):
            raise ValueError(f"edit {edit.rule} at {edit.raw_start}:{edit.raw_end} overlaps another or leaves the text")
        if raw[edit.raw_start : edit.raw_end] != edit.text:
            raise ValueError(f"edit {edit.rule} at {edit.raw_start}:{edit.raw_end} doesn't hold the text it replaces")
        parts += (raw[at : edit.raw_start], edit.replacement)
        at = edit.raw_end
    parts.append(raw[at:])
    return "".join(parts)


def rebuild_raw(clean: str, edits: Iterable[Edit]) -> str:
    """Turn clean text back into the raw text: the exact inverse of `apply_edits`.

    >>> rebuild_raw("Rain.", [Edit("advertisement", "label", 0, 15, "Advertisement\\n\\n")])
    'Advertisement\\n\\nRain.'
    """
    parts: list[str] = []
    at = raw_at = 0
    for edit in edits:
        kept = edit.raw_start - raw_at
        parts += (clean[at : at + kept], edit.text)
        at += kept + len(edit.replacement)
        raw_at = edit.raw_end
    parts.append(clean[at:])
    return "".join(parts)


def apply_within(raw: str, raw_start: int, raw_end: int, edits: Iterable[Edit]) -> str:
    """Apply to a raw span the edits that lie inside it; an insertion on its edge is outside."""
    inside = []
    for edit in edits:
        edge = edit.raw_start == edit.raw_end and edit.raw_start in (raw_start, raw_end)
        if raw_start <= edit.raw_start and edit.raw_end <= raw_end and not edge:
            inside.append(edit)
    parts: list[str] = []
    at = raw_start
    for edit in inside:
        parts += (raw[at : edit.raw_start], edit.replacement)
        at = edit.raw_end
    return "".join(parts) + raw[at:raw_end]


class EditMap:
    """Offsets carried between clean and raw text, each in O(log edits)."""

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._edits = edits
        self._clean_starts: list[int] = []
        self._clean_ends: list[int] = []
        removed = 0
        for edit in edits:
            start = edit.raw_start - removed
            self._clean_starts.append(start)
            self._clean_ends.append(start + len(edit.replacement))
            removed += edit.raw_end - edit.raw_start - len(edit.replacement)
        self._raw_starts = [edit.raw_start for edit in edits]

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """Raw span of a clean span: from its first character to its last, edits at its edges left out."""
        raw_start = self._of(start)[0]
        return (raw_start, self._of(end - 1)[1]) if end > start else (raw_start, raw_start)

    def clean_start(self, index: int) -> int:
        """Clean offset at which the `index`-th edit stands."""
        return self._clean_starts[index]

    def _of(self, at: int) -> tuple[int, int]:
        """Raw span of the one clean character at `at`."""
        before = bisect_right(self._clean_ends, at) - 1
        following = before + 1
        if following < len(self._edits) and self._clean_starts[following] <= at:
            return self._edits[following].raw_start, self._edits[following].raw_end
        if before < 0:
            return at, at + 1
        raw = self._edits[before].raw_end + at - self._clean_ends[before]
        return raw, raw + 1

    def to_clean(self, raw_start: int, raw_end: int) -> tuple[int, int] | None:
        """Clean span of a raw span, or None where nothing of it is left; an insertion on its edge is outside."""
        start = self._clean_at(raw_start, bisect_right(self._raw_starts, raw_start) - 1)
        end = self._clean_at(raw_end, bisect_left(self._raw_starts, raw_end) - 1)
        return (start, end) if end > start else None

    def _clean_at(self, raw: int, last: int) -> int:
        """Clean offset of a raw one, `last` being the last edit that begins before it."""
        if last < 0:
            return raw
        edit = self._edits[last]
        if raw < edit.raw_end:
            return self._clean_starts[last]
        return self._clean_ends[last] + raw - edit.raw_end


def compose(raw: str, first: Sequence[Edit], second: Iterable[Edit]) -> list[Edit]:
    """Join two edit lists, `second` made on the text that `first` leads to, into one on the raw text.

    A removal that spans earlier removals is cut around them, so each keeps its own row; whatever else it spans goes
    into it.

    >>> first = [Edit("advertisement", "label", 3, 6, "ad ")]
    >>> [(edit.rule, edit.text) for edit in compose("a, ad b.", first, [Edit("promo", "call", 0, 4, "a, b")])]
    [('call', 'a, '), ('label', 'ad '), ('call', 'b')]
    """
    carry = EditMap(first)
    out: list[Edit] = []
    at = 0
    for edit in second:
        while at < len(first) and _stands_before(first[at], carry.clean_start(at), edit.raw_start):
            out.append(first[at])
            at += 1
        begin = at
        while at < len(first) and carry.clean_start(at) < edit.raw_end:
            at += 1
        start, end = carry.to_raw(edit.raw_start, edit.raw_end)
        kept = [] if edit.replacement else [inner for inner in first[begin:at] if not inner.replacement]
        for inner in kept:
            if start < inner.raw_start:
                out.append(Edit(edit.kind, edit.rule, start, inner.raw_start, raw[start : inner.raw_start]))
            out.append(inner)
            start = inner.raw_end
        if start < end or edit.replacement:
            out.append(Edit(edit.kind, edit.rule, start, end, raw[start:end], edit.replacement))
    return out + list(first[at:])


def _stands_before(edit: Edit, clean_start: int, at: int) -> bool:
    return clean_start < at or (clean_start == at and not edit.replacement)
