"""Social posts flattened into the text: where each begins and ends, and who posted what and when."""

import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timezone

from transforms.cleaning.units import Unit, view

MAX_POST_CHARS = 330
"""A tweet's 280 characters, and the links that don't count among them."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post's span in the text, and what it says of itself; `posted_us` is the day's begin where only the day is told."""

    start: int
    end: int
    rule: str
    platform: str
    author_name: str | None = None
    handle: str | None = None
    posted_us: int | None = None
    text: str = ""
    links: tuple[str, ...] = ()


_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = rf"(?:(?P<month>{_MONTHS})\s(?P<day>\d{{1,2}}),\s(?P<year>\d{{4}})|(?P<day2>\d{{1,2}})\s(?P<month2>{_MONTHS}),?\s(?P<year2>\d{{4}}))"
_SIGNATURE = re.compile(rf"\(@(?P<handle>\w{{1,20}})\)\s{{0,3}}{_DATE}")
_DASH = re.compile(r"(?:—|--?|&mdash;)\s?(?=[^\s])")
_LINK = re.compile(r"https?://\S{1,500}|pic\.twitter\.com/\w{1,20}")
MAX_NAME_CHARS = 60
_TAGGED = re.compile(r"<tweet\s(?P<attributes>[^<>]{0,500})>(?P<text>[^<>]{0,2000})</tweet>")
_ATTRIBUTE = re.compile(r'(\w{1,20})="([^"<>]{0,200})"')


def find_posts(text: str, units: list[Unit], removed: Collection[int]) -> list[Post]:
    """Find every flattened post: sorted, disjoint. `removed` are the units that are residue already and end a post."""
    posts: list[Post] = []
    if "<tweet " in text:
        posts += map(_tagged, _TAGGED.finditer(text))
    if "(@" in text:
        posts += _signed(text, units, removed)
    posts.sort(key=lambda post: (post.start, -post.end))
    kept: list[Post] = []
    for post in posts:
        if not kept or post.start >= kept[-1].end:
            kept.append(post)
    return kept


def _tagged(match: re.Match[str]) -> Post:
    """The `<tweet>` element some archives write."""
    attributes = dict(_ATTRIBUTE.findall(match["attributes"]))
    stamp = attributes.get("timestamp", "")
    posted = int(stamp) * 1_000_000 if stamp.isdigit() and len(stamp) <= 10 else None
    links = tuple(value for name, value in sorted(attributes.items()) if name == "pic")
    return Post(*match.span(), "tweet_element", "twitter", None, attributes.get("author"), posted, match["text"], links)


def _signed(text: str, units: list[Unit], removed: Collection[int]) -> list[Post]:
    """Posts that end in "— Name (@handle) Month 1, 2020": the body is what stands before the signature."""
    starts = [unit.start for unit in units]
    seen = view(text)
    posts: list[Post] = []
    floor = 0
    for match in _SIGNATURE.finditer(seen):
        index = bisect_right(starts, match.start()) - 1
        unit = units[index]
        begin = max(unit.start, floor)
        window = max(begin, match.start() - MAX_NAME_CHARS - 4)
        dashes = list(_DASH.finditer(seen, window, match.start()))
        if not dashes:
            continue
        dash = dashes[0] if len(dashes) == 1 else dashes[-1]
        name = text[dash.end() : match.start()].strip()
        end = match.end()
        start = begin
        while start < dash.start() and text[start].isspace():
            start += 1
        if start >= dash.start() and floor <= units[index - 1].start and index > 0 and index - 1 not in removed:
            start = units[index - 1].start
        body = text[start : dash.start()].strip()
        links = tuple(_LINK.findall(body))
        posts.append(Post(start, end, "tweet_signed", "twitter", name, match["handle"], _posted(match), body, links))
        floor = end
    return posts


def _posted(match: re.Match[str]) -> int | None:
    month, day, year = (match[name] or match[name + "2"] for name in ("month", "day", "year"))
    try:
        at = datetime(int(year), _MONTHS.split("|").index(month) + 1, int(day), tzinfo=timezone.utc)
    except ValueError:
        return None
    return int(at.timestamp()) * 1_000_000
