"""Posts that end in their author's signature, "— Name (@handle) Month 1, 2020": how far up the body goes."""

import re
from collections.abc import Iterator

from transforms.cleaning.post_dates import DATE
from transforms.cleaning.sheet import LINK, MAX_POST_CHARS, Post, Sheet, made

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

SIGNATURE = re.compile(rf" ?\(@ ?(?P<handle>\w{{1,20}})\) {{0,3}}{DATE}(?: https?://[^\s]{{1,200}})?")
_LISTED = re.compile(r"(?:[\x95•*+&·]|\?\?|\([+&]|—|-|[2-9][).:]) ?[^\W_]")
"""How a line begins that goes on with a list: a mark, or a number that is not the first."""

_FIRST = re.compile(r"1[).:] ?[^\W_]")

_DASH = re.compile(r"(?:—|--?|&mdash;) ?(?=[^ ]|$)")


def signed(sheet: Sheet) -> Iterator[Post]:
    """Posts that end in "— Name (@handle) Month 1, 2020": the body is what stands before the signature."""
    floor = 0
    for match in SIGNATURE.finditer(sheet.seen):
        index = sheet.at(match.start())
        lowest = max(sheet.units[index].start, floor, match.start() - MAX_NAME_CHARS - 4)
        dash = _signing_dash(sheet, lowest, match.start())
        if dash is None:
            continue
        begin, name_start = dash
        index = sheet.at(begin)
        limit = MAX_POST_CHARS if match["year"] is None or int(match["year"]) > 2017 else MAX_SHORT_POST_CHARS
        start = _body_start(sheet, index, begin, floor, limit)
        yield made(
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
        long = [dash for dash in spaced if dash[0].startswith(("—", "--"))] or spaced[-1:]
        opens_a_list = len(long) > 1 and long[0].start() == sheet.units[sheet.at(handle)].start
        chosen = long[1 if opens_a_list else 0]
        return chosen.start(), chosen.end()
    index = sheet.at(handle)
    unit = sheet.units[index]
    if unit.start == lowest and index and sheet.units[index - 1].view.endswith(("—", "--")):
        return sheet.units[index - 1].end - 1, unit.start
    return None


def _body_start(sheet: Sheet, index: int, dash: int, floor: int, limit: int) -> int:
    """Where the body before a signature's dash begins.

    In its own paragraph; in the one before where that holds the signature alone; further up where a wider gap shows
    that the post itself had blank lines, or where the line goes on with a list; as far as a post may be long.
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
        goes_on = start == sheet.units[before + 1].start and _goes_on(sheet, start) and _listed(sheet, unit.start)
        if inner or goes_on or (bare and before == index - 1):
            start = unit.start
        elif plain > MAX_PLAIN_GAPS or len(unit.view) > MAX_LINE_CHARS or unit.view.endswith('"'):
            break
    return start


def _goes_on(sheet: Sheet, start: int) -> bool:
    return _LISTED.match(sheet.seen, start) is not None


def _listed(sheet: Sheet, start: int) -> bool:
    return _goes_on(sheet, start) or _FIRST.match(sheet.seen, start) is not None


def _chars(body: str) -> int:
    """Length of a post as Twitter counts it: without its links."""
    return len(" ".join(LINK.sub("", body).split()))
