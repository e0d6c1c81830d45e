"""Social posts flattened into the text: where each begins and ends, and who posted what and when."""

import re
from collections.abc import Collection, Iterator

from transforms.cleaning.post_dates import DATE, MONTH, posted
from transforms.cleaning.sheet import LINK, MAX_POST_CHARS, Post, Sheet, made
from transforms.cleaning.signed import SIGNATURE, signed
from transforms.cleaning.units import Page

_UNDATED = re.compile(r"[^ ] (?:—|--) ?(?P<name>[^()\n]{1,60}?) ?\(@(?P<handle>\w{1,20})\)$")
_WIDGET = re.compile(
    rf"(?P<name>\w[^@\n]{{0,60}}?)? ?@(?P<handle>\w{{1,20}}) .*?(?P<hour>\d{{1,2}}):(?P<minute>\d\d) (?P<half>[AP]M)"
    rf" [—·-] (?:(?P<day2>\d{{1,2}}) (?P<month2>{MONTH})|(?P<month>{MONTH}) (?P<day>\d{{1,2}})),? (?P<year>\d{{4}})"
)
_SHARED = re.compile(
    r"(?:A|This) (?:post|photo|video|reel|story) (?:shared|posted) by"
    rf" (?P<name>[^()\n]{{0,80}}?) ?\(@ ?(?P<handle>[\w.]{{1,40}})\)(?: on {DATE})?"
)
_POSTED_BY = re.compile(rf"(?:Posted|Post|Publicado) by (?P<name>\w[^\n]{{1,60}}?) on (?:\w{{3,9}}day, )?{DATE}")
_PREFIX = re.compile(
    r"(?P<name>\w[^()\n]{0,60}) \(@ ?(?P<handle>\w{1,20})\) (?=[A-Z0-9@#\"'.\u00a4\u00a9]|[^\W\d_a-z])"
)
_LAST_LINK = re.compile(r"(?:pic\.twitter\.com/\w{4,20}|https?://t\.co/\w{4,20}\u2026?)[.\"']?$")
_TAGGED = re.compile(r"<tweet (?P<attributes>[^<>]{0,500})>(?P<text>[^<>]{0,2000})</tweet>\.?")
_ATTRIBUTE = re.compile(r'(\w{1,20})="([^"<>]{0,200})"')
_SAID = re.compile(
    r"\b(?:wrote|tweeted|said|says|posted|added|replied|responded|asked|announced|according to|told|writes)\b",
    re.I,
)


def find_posts(page: Page, removed: Collection[int]) -> list[Post]:
    """Find every flattened post: sorted, disjoint. `removed` are the units that are residue already and end a post."""
    marked = {mark for mark in (b"<tweet ", b"@", b"twitter.com/", b"t.co/", b"Post") if mark in page.data}
    if not marked or not page.units:
        return []
    sheet = Sheet(page, removed)
    posts: list[Post] = []
    if b"<tweet " in marked:
        posts += map(_tagged, _TAGGED.finditer(page.text))
    if b"@" in marked and b"(@" in page.data:
        posts += (*signed(sheet), *_shared(sheet), *_prefixed(sheet))
    if b"@" in marked:
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


def _shared(sheet: Sheet) -> Iterator[Post]:
    """Instagram's "A post shared by Name (@handle) on Jan 1, 2020 at 1:00pm PST": the caption stands before it."""
    floor = 0
    for match in _SHARED.finditer(sheet.seen):
        index = sheet.at(match.start())
        start = max(sheet.units[index].start, floor)
        yield made(sheet, start, match.start(), match.end(), "instagram_signed", "instagram", match["name"], match)
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
        yield made(sheet, start, match.start(), match.end(), "facebook_signed", "facebook", match["name"], match)
        floor = match.end()


def _prefixed(sheet: Sheet) -> Iterator[Post]:
    """Posts that begin with "Name (@handle) " and run to the end of their paragraph."""
    for index, unit in enumerate(sheet.units):
        if index in sheet.removed or "(@" not in unit.view[:100]:
            continue
        match = _PREFIX.match(unit.view)
        if match is None or SIGNATURE.match(unit.view, match.end("name")) or len(unit.view) > MAX_POST_CHARS + 100:
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
        links = tuple(LINK.findall(body))
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
                unit.start, unit.end, "tweet_linked", "twitter", None, None, None, body, tuple(LINK.findall(body))
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
        links = tuple(LINK.findall(body))
        yield Post(unit.start, unit.end, rule, "twitter", name, found["handle"], posted(found), body, links)
