"""Sentence starts without a parser: one number a mention, the same whether or not quotes are wanted."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from transforms.paragraphs import Paragraph

_END = re.compile(r"[.!?]+(?:''|[\"'”’)\]])*\s+(?=[\"'“‘(`\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“‘`'\-])(?:[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|Rev|Hon|St|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Maj|Capt"
    r"|Cmdr|Sgt|Cpl|Pvt|Adm|Supt|Det|Jr|Sr|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|No|vs|Mt|Ft|Ave|Blvd)$"
)


_STOP = re.compile(r"[.!?:,;…][\"'”’)\]]*\s*\Z")

MAX_HEADLINE_CHARS = 160
"""A longer first paragraph is no headline, whatever it ends in."""

MIN_LEAD_CHARS = 60
"""A shorter paragraph is a date, a byline or a deck, not the lead."""


class Sentences:
    """Sentence numbers over a whole article; every paragraph begins a sentence."""

    def __init__(self, view: str, paragraphs: Iterable[Paragraph]) -> None:
        self._starts: list[int] = []
        self.headline_end = 0
        """Where the headline ends, 0 where the text has none: a short first paragraph without a full stop."""
        self.lead_end = 0
        """Where the lead ends: the first paragraph after the headline that is long enough for a sentence."""
        for paragraph in paragraphs:
            self._starts.append(paragraph.start)
            chars = paragraph.end - paragraph.start
            if (
                len(self._starts) == 1
                and chars <= MAX_HEADLINE_CHARS
                and not _STOP.search(view, paragraph.start, paragraph.end)
            ):
                self.headline_end = paragraph.end
            elif not self.lead_end and chars >= MIN_LEAD_CHARS:
                self.lead_end = paragraph.end
            for end in _END.finditer(view, paragraph.start, paragraph.end):
                before = view[max(paragraph.start, end.start() - 12) : end.start()]
                if end[0][0] != "." or end[0][:2] == ".." or not _ABBREVIATION.search(before):
                    self._starts.append(end.end())

    def index(self, at: int) -> int:
        """Number of the sentence that holds the character, from 0."""
        return max(0, bisect_right(self._starts, at) - 1)

    def starts_at(self, at: int) -> bool:
        """Whether a sentence begins at this character."""
        before = bisect_right(self._starts, at) - 1
        return before >= 0 and self._starts[before] == at
