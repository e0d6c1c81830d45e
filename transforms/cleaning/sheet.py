"""A post, and the page as the finders of posts read it."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from transforms.cleaning.post_dates import posted
from transforms.cleaning.units import Page

MAX_POST_CHARS = 330
"""A tweet's 280 characters, and some: entities, mentions and quoted posts written out."""

LINK = re.compile(r"https?://[^\s\u2026)\]\"”]{1,300}|pic\.twitter\.com/\w{1,20}")


@dataclass(frozen=True, slots=True)
class Post:
    """A post's span in the text, and what it says of itself; `posted_us` is the day's begin where no time is told."""

    start: int
    end: int
    rule: str
    platform: str
    author_name: str | None = None
    handle: str | None = None
    posted_us: int | None = None
    text: str = ""
    links: tuple[str, ...] = ()


class Sheet:
    """A page as the finders of posts read it: which unit an offset lies in, how wide the gaps are."""

    def __init__(self, page: Page, removed: Collection[int]) -> None:
        self.text, self.units, self.seen, self.removed = page.text, page.units, page.view, removed
        self.starts = [unit.start for unit in self.units]
        self.gaps = [self.text.count("\n", unit.end, after.start) for unit, after in pairwise(self.units)]
        ends = Counter(gap for gap in self.gaps if gap)
        self.usual = min(ends, key=lambda gap: (-ends[gap], gap)) if ends else 2

    def at(self, offset: int) -> int:
        """Index of the unit that an offset lies in."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def inner(self, index: int) -> bool:
        """Whether the gap after a unit is wider than the text's usual one: a line end of the post's own, doubled."""
        return 0 <= index < len(self.gaps) and self.usual < self.gaps[index] <= 2 * self.usual


def made(
    sheet: Sheet, start: int, body_end: int, end: int, rule: str, platform: str, name: str, match: re.Match[str]
) -> Post:
    """A post from the match of its signature: its body stands before `body_end`."""
    body = sheet.text[start:body_end].strip()
    handle = match.groupdict().get("handle")
    links = tuple(LINK.findall(body))
    return Post(start, end, rule, platform, " ".join(name.split()) or None, handle, posted(match), body, links)
