"""Where an article begins and ends inside its element: date lines before, promotions and comments after."""

import re
from collections.abc import Iterator

from schemas.records import Mark
from transforms.parsing.html_labels import COMMENTS_HEADING, NO_AUTHOR

_MAX_HEADING_CHARS = 90
_HEAD_PARAGRAPHS = 8
_TAIL_MAX_SHARE = 0.4
_TAIL_MAX_PROSE = 0.08
_PROSE_CHARS = 120
_PROSE_ENDS = ".!?…\"'”’»)。！？"
_TAIL = re.compile(
    r"(?:\W{0,3})(?:"
    r"(?:top |reader |latest |view |all |\d+ |leave (?:a |your )?|post a |add a "
        r"|tell us what you think)*(?:comments?|reply|replies)(?: \(.{0,20})?(?: below)?"
    r"|related(?: (?:articles?|stories|story|posts?|links?|news|content|topics?|roundups?|coverage|reading|items?))?"
    r"|(?:read |see |view |discover |explore )?more (?:great |top |popular "
        r"|recent )?(?:\w+ ){0,3}?(?:stories|articles|news|posts|videos|coverage|reading|from|on|in"
        r"|about|like this)\b.{0,40}"
    r"|more|read (?:more|next|also)|see also|also read|you (?:may|might) (?:also )?(?:like|enjoy"
        r"|be interested in).{0,20}|recommended(?: (?:for you|stories|articles|reading|videos))?"
    r"|trending(?: (?:now|stories|news))?|most (?:read|popular|viewed|shared)"
        r"|(?:editor'?s? )?picks|don'?t miss|up next|what to read next|from (?:the|our) (?:web|partners)"
    r"|sign up (?:for|to)\b.{0,60}|subscribe (?:to|for)\b.{0,60}|share (?:this|on|via)\b.{0,30}"
        r"|like this|about the authors?|follow (?:us|me)\b.{0,40}"
    r"|tags?|topics?|filed under|categories|category|keywords|buyer'?s guide|popular (?:stories|posts|articles|now)"
    r"|(?:previous|next) (?:article|post|story)|leia (?:mais|também)|mais (?:lidas|notícias)"
        r"|comentários|artigos? relacionados|articoli correlati|commenti|lire aussi|commentaires"
        r"|sur le même sujet|mehr zum thema|kommentare|lesen sie auch|artículos relacionados"
        r"|comentarios|te puede interesar|lee también|baca juga|artikel terkait"
    r")\s?(?:[:.…»>→-]{1,3}.{0,60}|\(.{0,30}\))?",
    re.I,
)  # fmt: skip
_MIN_BEFORE_CHARS = 400
_DATE_LINE = re.compile(
    r"(?=.*\d)(?:(?:published|updated|posted|last (?:updated|modified)|first published|by|on|created)\b.{0,100}"
    r"|.{0,40}\b(?:19|20)\d\d\b.{0,40}|.{0,20}\b\d{1,2}[:.]\d\d\s?(?:[ap]\.?m|gmt|utc|[ce][sd]t"
    r"|p[sd]t).{0,20}|\d+ (?:minutes?|hours?|days?) ago)",
    re.I,
)


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the paragraphs as the flow set them: a blank line between."""
    start = 0
    for part in text.split("\n\n"):
        yield start, start + len(part)
        start += len(part) + 2


def mark_ends(text: str, marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The marks with two more: short lines of date and time before the first sentence, and everything after the end.

    The end is the first short line that heads comments or other articles where less than two fifths of the text follow.
    """
    free = _unmarked(text, marks)
    total = sum(end - start for start, end in free)
    more: list[Mark] = []
    long = 0
    for start, end in free[:_HEAD_PARAGRAPHS]:
        long += end - start > _MAX_HEADING_CHARS
        if long > 1:  # the first may be a picture's caption
            break
        more += _date_lines(text, start, end)
    left = total
    prose_after = _prose_after(text, free)
    for number, (start, end) in enumerate(free):
        few_left = 0 < left < _TAIL_MAX_SHARE * total and prose_after[number] <= _TAIL_MAX_PROSE * total
        head = text[start:end].split("\n")[0].strip()
        if end - start <= _MAX_HEADING_CHARS and (
            (few_left and _TAIL.fullmatch(head))
            or (total - left > _MIN_BEFORE_CHARS and COMMENTS_HEADING.fullmatch(head))
        ):
            marks = tuple(mark for mark in marks if mark.raw_end <= start or mark.kind == "tweet")
            more.append(Mark("promo", "html_tail", start, len(text)))
            break
        left -= end - start
    return tuple(sorted([*marks, *more], key=lambda mark: (mark.raw_start, -mark.raw_end)))


def _date_lines(text: str, start: int, end: int) -> Iterator[Mark]:
    """The lines of a paragraph that say when it was published and no more; a sentence ends in a full stop."""
    for line in text[start:end].split("\n"):
        if (
            0 < len(line) <= _MAX_HEADING_CHARS
            and _DATE_LINE.fullmatch(line)
            and (line[-1] not in _PROSE_ENDS or line.endswith((" a.m.", " p.m.")))
        ):
            yield Mark("byline", "html_date_line", start, start + len(line), NO_AUTHOR)
        start += len(line) + 1


def _prose_after(text: str, free: list[tuple[int, int]]) -> list[int]:
    """For each paragraph, how many characters of full paragraphs come after it: an article's own text goes on there."""
    after = []
    prose = 0
    for start, end in reversed(free):
        after.append(prose)
        if end - start >= _PROSE_CHARS and text[end - 1] in _PROSE_ENDS:
            prose += end - start
    return after[::-1]


def _unmarked(text: str, marks: tuple[Mark, ...]) -> list[tuple[int, int]]:
    """The paragraphs that lie in none of the marks, which are sorted and disjoint."""
    free = []
    at = 0
    for start, end in paragraphs(text):
        while at < len(marks) and marks[at].raw_end < end:
            at += 1
        if not (at < len(marks) and marks[at].raw_start <= start):
            free.append((start, end))
    return free
