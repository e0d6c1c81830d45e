"""Social posts flattened into the text: where each begins and ends, and who posted what and when."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from transforms.cleaning.units import Page

MAX_POST_CHARS = 330
"""A tweet's 280 characters, and some: entities, mentions and quoted posts written out."""

MAX_SHORT_POST_CHARS = 190
"""The same until the end of 2017, when most had 140."""

MAX_PLAIN_GAPS = 4
"""Usual gaps between a post's lines before one that is wider shows where they belong: a list of four."""

MAX_POST_UNITS = 12
"""More lines than this no post has in 280 characters that anyone flattened."""

MAX_LINE_CHARS = 60
"""A line in the middle of a post that had no blank line around it: longer ones are the article's paragraphs."""

MAX_NAME_CHARS = 60
"""Twitter's limit for a display name is 50 characters; emoji written out take a few more."""


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


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    "(?:Jan(?:uary|\\.)?|Feb(?:ruary|\\.)?|Mar(?:ch|\\.)?|Apr(?:il|\\.)?|May|June?\\.?|July?\\.?"
    "|Aug(?:ust|\\.)?|Sept?(?:ember|\\.)?|Oct(?:ober|\\.)?|Nov(?:ember|\\.)?|Dec(?:ember|\\.)?)"
)
_TIME = (
    r"(?:,? (?:at )?(?P<hour>\d{1,2}):(?P<minute>\d\d) ?(?P<half>[ap]\.?m\.?|[AP]M)? ?(?:\(?(?P<zone>[A-Z]{2,4})\)?)?)?"
)
_DATE = (
    rf"(?:(?P<month>{_MONTH}) (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})"
    rf"|(?P<day2>\d{{1,2}}) (?P<month2>{_MONTH}),? (?P<year2>\d{{4}})){_TIME}"
)
_SIGNATURE = re.compile(rf" ?\(@ ?(?P<handle>\w{{1,20}})\) {{0,3}}{_DATE}(?: https?://[^\s]{{1,200}})?")
_UNDATED = re.compile(r"[^ ] (?:—|--) ?(?P<name>[^()\n]{1,60}?) ?\(@(?P<handle>\w{1,20})\)$")
_WIDGET = re.compile(
    rf"(?P<name>\w[^@\n]{{0,60}}?)? ?@(?P<handle>\w{{1,20}}) .*?(?P<hour>\d{{1,2}}):(?P<minute>\d\d) (?P<half>[AP]M)"
    rf" [—·-] (?:(?P<day2>\d{{1,2}}) (?P<month2>{_MONTH})|(?P<month>{_MONTH}) (?P<day>\d{{1,2}})),? (?P<year>\d{{4}})"
)
_SHARED = re.compile(
    r"(?:A|This) (?:post|photo|video|reel|story) (?:shared|posted) by"
    rf" (?P<name>[^()\n]{{0,80}}?) ?\(@ ?(?P<handle>[\w.]{{1,40}})\)(?: on {_DATE})?"
)
_POSTED_BY = re.compile(rf"(?:Posted|Post|Publicado) by (?P<name>\w[^\n]{{1,60}}?) on (?:\w{{3,9}}day, )?{_DATE}")
_PREFIX = re.compile(
    r"(?P<name>\w[^()\n]{0,60}) \(@ ?(?P<handle>\w{1,20})\) (?=[A-Z0-9@#\"'.\u00a4\u00a9]|[^\W\d_a-z])"
)
_DASH = re.compile(r"(?:—|--?|&mdash;) ?(?=[^ ]|$)")
_LINK = re.compile(r"https?://[^\s\u2026)\]\"”]{1,300}|pic\.twitter\.com/\w{1,20}")
_LAST_LINK = re.compile(r"(?:pic\.twitter\.com/\w{4,20}|https?://t\.co/\w{4,20}\u2026?)[.\"']?$")
_TAGGED = re.compile(r"<tweet (?P<attributes>[^<>]{0,500})>(?P<text>[^<>]{0,2000})</tweet>\.?")
_ATTRIBUTE = re.compile(r'(\w{1,20})="([^"<>]{0,200})"')
_SAID = re.compile(
    r"\b(?:wrote|tweeted|said|says|posted|added|replied|responded|asked|announced|according to|told|writes)\b",
    re.I,
)
_ZONES = {"UTC": 0, "GMT": 0, "EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}


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


def find_posts(page: Page, removed: Collection[int]) -> list[Post]:
    """Find every flattened post: sorted, disjoint. `removed` are the units that are residue already and end a post."""
    marked = {
        mark
        for mark in (b"<tweet ", b"(@", b"twitter.com/", b"t.co/", b"Post", b"M - ", b"M \x97 ", b"M \xb7 ")
        if mark in page.data
    }
    if not marked or not page.units:
        return []
    sheet = Sheet(page, removed)
    posts: list[Post] = []
    if b"<tweet " in marked:
        posts += map(_tagged, _TAGGED.finditer(page.text))
    if b"(@" in marked:
        posts += (*_signed(sheet), *_shared(sheet), *_prefixed(sheet))
    if b"@" in page.data:
        posts += _widgets(sheet)
    if b"Post" in marked:
        posts += _facebook(sheet)
    if b"twitter.com/" in marked or b"t.co/" in marked:
        posts += _linked(sheet)
    kept: list[Post] = []
    for post in sorted(posts, key=lambda post: (post.start, -post.end)):
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


def _signed(sheet: Sheet) -> Iterator[Post]:
    """Posts that end in "— Name (@handle) Month 1, 2020": the body is what stands before the signature."""
    floor = 0
    for match in _SIGNATURE.finditer(sheet.seen):
        index = sheet.at(match.start())
        lowest = max(sheet.units[index].start, floor, match.start() - MAX_NAME_CHARS - 4)
        dash = _signing_dash(sheet, lowest, match.start())
        if dash is None:
            continue
        begin, name_start = dash
        index = sheet.at(begin)
        limit = MAX_POST_CHARS if match["year"] is None or int(match["year"]) > 2017 else MAX_SHORT_POST_CHARS
        start = _body_start(sheet, index, begin, floor, limit)
        yield _post(
            sheet, start, begin, match.end(), "tweet_signed", "twitter", sheet.text[name_start : match.start()], match
        )
        floor = match.end()


def _signing_dash(sheet: Sheet, lowest: int, handle: int) -> tuple[int, int] | None:
    """Where the dash before the name begins, and where the name does; the dash may end the paragraph before."""
    dashes = list(_DASH.finditer(sheet.seen, lowest, handle))
    spaced = [
        dash
        for dash in dashes
        if dash.start() == lowest or sheet.seen[dash.start() - 1] in " .!?\"'" or dash[0][0] == "—"
    ]
    if spaced:
        chosen = next((dash for dash in spaced if dash[0].startswith(("—", "--"))), spaced[-1])
        return chosen.start(), chosen.end()
    index = sheet.at(handle)
    unit = sheet.units[index]
    if unit.start == lowest and index and sheet.units[index - 1].view.endswith(("—", "--")):
        return sheet.units[index - 1].end - 1, unit.start
    return None


def _body_start(sheet: Sheet, index: int, dash: int, floor: int, limit: int) -> int:
    """Where the body before a signature's dash begins.

    In its own paragraph; in the one before where that holds the signature alone; further up where a wider gap shows
    that the post itself had blank lines, as far as a post may be long.
    """
    start = max(sheet.units[index].start, floor)
    while start < dash and sheet.text[start].isspace():
        start += 1
    bare = start >= dash
    plain = 0
    for before in range(index - 1, max(-1, index - 1 - MAX_POST_UNITS), -1):
        unit = sheet.units[before]
        if unit.start < floor or before in sheet.removed or dash - unit.start > 3 * limit:
            break
        if _chars(sheet.text[unit.start : dash]) > limit:
            break
        inner = sheet.inner(before)
        plain = 0 if inner else plain + 1
        if inner or (bare and before == index - 1):
            start = unit.start
        elif plain > MAX_PLAIN_GAPS or len(unit.view) > MAX_LINE_CHARS or unit.view.endswith('"'):
            break
    return start


def _chars(body: str) -> int:
    """Length of a post as Twitter counts it: without its links."""
    return len(" ".join(_LINK.sub("", body).split()))


def _shared(sheet: Sheet) -> Iterator[Post]:
    """Instagram's "A post shared by Name (@handle) on Jan 1, 2020 at 1:00pm PST": the caption stands before it."""
    floor = 0
    for match in _SHARED.finditer(sheet.seen):
        index = sheet.at(match.start())
        start = max(sheet.units[index].start, floor)
        yield _post(sheet, start, match.start(), match.end(), "instagram_signed", "instagram", match["name"], match)
        floor = match.end()


def _facebook(sheet: Sheet) -> Iterator[Post]:
    """Facebook's "Posted by Name on Friday, January 1, 2020"."""
    floor = 0
    for match in _POSTED_BY.finditer(sheet.seen):
        index = sheet.at(match.start())
        unit = sheet.units[index]
        if match.end() < unit.end - 3 and match.start() > unit.start:
            continue
        start = max(unit.start, floor)
        yield _post(sheet, start, match.start(), match.end(), "facebook_signed", "facebook", match["name"], match)
        floor = match.end()


def _prefixed(sheet: Sheet) -> Iterator[Post]:
    """Posts that begin with "Name (@handle) " and run to the end of their paragraph."""
    for index, unit in enumerate(sheet.units):
        if index in sheet.removed or "(@" not in unit.view[:100]:
            continue
        match = _PREFIX.match(unit.view)
        if match is None or _SIGNATURE.match(unit.view, match.end("name")) or len(unit.view) > MAX_POST_CHARS + 100:
            continue
        end = index
        while (
            sheet.inner(end)
            and end + 1 < len(sheet.units)
            and sheet.units[end + 1].end - unit.start <= MAX_POST_CHARS + 80
        ):
            if _LAST_LINK.search(sheet.units[end].view):
                break
            end += 1
        body = sheet.text[unit.start + match.end() : sheet.units[end].end]
        links = tuple(_LINK.findall(body))
        yield Post(
            unit.start,
            sheet.units[end].end,
            "tweet_prefixed",
            "twitter",
            match["name"],
            match["handle"],
            None,
            body,
            links,
        )


def _linked(sheet: Sheet) -> Iterator[Post]:
    """Paragraphs that end in a post's own link, unless they report what somebody wrote."""
    for index, unit in enumerate(sheet.units):
        if index in sheet.removed or len(unit.view) > MAX_POST_CHARS or "t" not in unit.view[-40:]:
            continue
        if _LAST_LINK.search(unit.view) and not (_SAID.search(unit.view) and '"' in unit.view):
            body = sheet.text[unit.start : unit.end]
            yield Post(
                unit.start, unit.end, "tweet_linked", "twitter", None, None, None, body, tuple(_LINK.findall(body))
            )


def _widgets(sheet: Sheet) -> Iterator[Post]:
    """Posts as the widget showed them, "Name @handle text 1:05 PM - 3 Mar 2019", and posts signed without a date."""
    for index, unit in enumerate(sheet.units):
        if index in sheet.removed or "@" not in unit.view or len(unit.view) > 2 * MAX_POST_CHARS:
            continue
        widget = _WIDGET.match(unit.view)
        signed = None if widget else _UNDATED.search(unit.view)
        found = widget or signed
        if found is None:
            continue
        end = unit.start + (found.start("hour") if widget else found.start() + 1)
        start = unit.start + (found.end("handle") if widget else 0)
        body = sheet.text[start:end].strip()
        rule = "tweet_widget" if widget else "tweet_undated"
        name = sheet.text[unit.start + found.start("name") : unit.start + found.end("name")] if found["name"] else None
        links = tuple(_LINK.findall(body))
        yield Post(unit.start, unit.end, rule, "twitter", name, found["handle"], _posted(found), body, links)


def _post(
    sheet: Sheet, start: int, body_end: int, end: int, rule: str, platform: str, name: str, match: re.Match[str]
) -> Post:
    body = sheet.text[start:body_end].strip()
    handle = match.groupdict().get("handle")
    links = tuple(_LINK.findall(body))
    return Post(start, end, rule, platform, " ".join(name.split()) or None, handle, _posted(match), body, links)


def _posted(match: re.Match[str]) -> int | None:
    """µs since 1970: to the minute where the time and its zone are told, else the day's begin in UTC."""
    told = {name.rstrip("2"): value for name, value in match.groupdict().items() if value}
    if not {"year", "month", "day"} <= set(told):
        return None
    hour = minute = offset = 0
    if told.get("zone") in _ZONES and "half" in told:
        hour = int(told["hour"]) % 12 + (12 if told["half"][0] in "pP" else 0)
        minute, offset = int(told["minute"]), _ZONES[told["zone"]]
    try:
        day = datetime(int(told["year"]), _MONTHS.index(told["month"][:3].lower()) + 1, int(told["day"]), tzinfo=UTC)
    except ValueError:
        return None
    return (int(day.timestamp()) + (hour - offset) * 3600 + minute * 60) * 1_000_000
