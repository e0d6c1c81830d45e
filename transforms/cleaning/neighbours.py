"""Residue that only its surroundings give away: drop-down lists in a sentence, linked headlines, an author's name."""

import re
from collections.abc import Collection, Iterator

from transforms.cleaning.matching import Removal
from transforms.cleaning.units import Unit

MAX_DROPDOWN_CHARS = 600
"""Three headlines with the drop-down's button."""

MAX_NAME_CHARS = 80
"""A full name with its middle names and the nickname in brackets."""

MIN_LINK_WORDS = 5
"""A headline has more words than most subheads."""

MIN_CAPITALS_CHARS = 40
"""A line of capitals shorter than this may be a subhead."""

MAX_LINKS_AT_FOOT = 6
"""More unpunctuated lines than this at the end are the article's own list."""

MAX_TAG_CHARS = 40
"""A tag is a name or a few words."""

MAX_LINK_CHARS = 140
"""A headline; a longer line is a paragraph that lost its full stop."""

MAX_LABEL_CHARS = 60
"""A label over links, with the name of the paper in it."""

_LINKS_LABEL = re.compile(
    r"(?i)\W{0,4}(?:read|see|also|related|more|recommended|further|dig deeper|popular|trending|latest|top stories)\b"
)
_TAGS = re.compile(r"(?i)(?:this article (?:is )?tagged under|tags|topics|filed under|tagged)\s?:")
_BUTTON = re.compile(r"(?<=[^\s]) MORE\b")
_GLUE = re.compile(r"(?P<last>\w[\w'.-]*[a-zé.])(?=[A-Z0-9\"'][\w' ])")
_NAME_BEFORE = re.compile(r"(?:[A-Z][\w'.-]* (?:\([A-Z]\w{1,20}\) )?){0,8}$")
_END = re.compile(r"[.!?:,;…][\"')\]]*$")
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_SMALL = frozenset("a an and as at but by for from in into is it of off on or over than the to up vs via with".split())


def dropdowns(unit: Unit) -> Iterator[Removal]:
    """A politician's page on a site, flattened into the sentence: "Ana Torv Ana Maria TorvFerry strike ends MORE said".

    The list begins with the full name, its last word glued to the first headline, and ends with the button.
    """
    floor = 0
    for button in _BUTTON.finditer(unit.view):
        start = max(floor, button.start() - MAX_DROPDOWN_CHARS)
        floor = button.end()
        for glue in _GLUE.finditer(unit.view, start, button.start()):
            if glue["last"][0].isupper():
                name = _NAME_BEFORE.search(unit.view, max(start, glue.start() - MAX_NAME_CHARS), glue.start())
                words = (name[0] if name else "").split()
                again = max((at for at, word in enumerate(words) if word == glue["last"]), default=-1)
                if again >= 0:
                    words = words[again + 1 :]
                first = glue.start()
                for word in reversed(words):
                    first = unit.view.rindex(word, start, first)
                if words or again >= 0:
                    yield Removal(unit.start + first, unit.start + button.end(), "promo", "dropdown")
                    break


def linked_headlines(units: list[Unit], whole: Collection[int]) -> Iterator[tuple[int, str]]:
    """Units that are headlines of other stories: in capitals between paragraphs, or in title case at the foot."""
    for index, unit in enumerate(units):
        if index > 1 and index not in whole and _in_capitals(unit.view):
            yield index, "headline_in_capitals"
    run: list[tuple[int, bool]] = []
    for index in range(len(units) - 1, -1, -1):
        if index in whole:
            continue
        titled = _in_title_case(units[index].view)
        if not titled and not _in_sentence_case(units[index].view):
            ended = units[index].view.endswith((".", "?", "!", '"', "'", ")"))
            break
        run.append((index, titled))
    else:
        return
    plain = [index for index, titled in run if not titled]
    if not plain or (len(plain) > 1 and len(run) <= MAX_LINKS_AT_FOOT and ended):
        for index, _ in run:
            yield index, "headline_at_foot"
    else:
        for index, titled in run:
            if not titled:
                break
            yield index, "headline_at_foot"


def links_below_a_label(units: list[Unit], whole: dict[int, Removal]) -> Iterator[int]:
    """Lines without a full stop from a removed label over links ("Read more:") to the end of the text."""
    links: list[int] = []
    for index in range(len(units) - 1, -1, -1):
        view = units[index].view
        if index not in whole:
            if len(view) > MAX_LINK_CHARS or (_END.search(view) and not view.endswith("?")):
                return
            links.append(index)
        elif whole[index].kind == "promo" and len(view) <= MAX_LABEL_CHARS and _LINKS_LABEL.match(view):
            yield from links
            return


def tag_lists(units: list[Unit], whole: Collection[int]) -> Iterator[int]:
    """Short units after a label of tags, to the end."""
    label = next((at for at, unit in enumerate(units) if at in whole and _TAGS.match(unit.view)), None)
    for index in range(len(units) if label is None else label + 1, len(units)):
        if len(units[index].view) > MAX_TAG_CHARS or _END.search(units[index].view):
            break
        if index not in whole:
            yield index


def _in_capitals(line: str) -> bool:
    if not MIN_CAPITALS_CHARS <= len(line) <= 200 or line.upper() != line or _END.search(line):
        return False
    words = line.split()
    return len(words) > MIN_LINK_WORDS and sum(letter.isalpha() for letter in line) > 0.7 * len(line)


def _in_title_case(line: str) -> bool:
    if len(line) > 140 or (_END.search(line.rstrip("'\"")) and not line.endswith("?")):
        return False
    words = [word for word in _WORD.findall(line) if word.lower() not in _SMALL]
    return (
        len(words) >= MIN_LINK_WORDS - 1
        and (len(words) > MIN_LINK_WORDS or ", " not in line)
        and len(line.split()) >= MIN_LINK_WORDS
        and all(word[0].isupper() for word in words)
    )


def _in_sentence_case(line: str) -> bool:
    if not 30 <= len(line) <= 110 or _END.search(line.rstrip("'\"")) or not line[0].isupper():
        return False
    return len(line.split()) >= MIN_LINK_WORDS and not any(letter in line for letter in "•—|=()")


_BIO_NAME = re.compile(r"(?:Editor's note: )?(?P<name>[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){1,3})(?=,? (?:is|was|\())")


def author_names(units: list[Unit], whole: dict[int, Removal]) -> Iterator[int]:
    """Units that are nothing but the name of an author whose biography is removed: the caption of a portrait."""
    names = set()
    for index, removal in whole.items():
        if removal.kind == "byline":
            match = _BIO_NAME.match(units[index].view)
            if match:
                names.add(match["name"])
    for index, unit in enumerate(units):
        if unit.view in names and index not in whole:
            yield index
