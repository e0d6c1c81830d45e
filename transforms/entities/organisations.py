"""Rules for organisations: names that end in a head word, "Ministry of …", acronyms given in brackets."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from transforms.entities.lexicon import FIRM_ENDS, ORG_HEADS, ORG_OF_HEADS, PLACE_HEADS
from transforms.entities.mentions import Mention, Overlaps, add
from transforms.entities.places import given_names, is_demonym
from transforms.entities.scan import NAME_WORD, Run
from transforms.paragraphs import Paragraph

_OF = re.compile(
    rf"[ ](?:of|for|on)[ ](?:the[ ])?{NAME_WORD}(?:[ ]{NAME_WORD}){{0,2}}"
    rf"(?:[ ](?:of|for|with)[ ](?:the[ ])?{NAME_WORD}(?:[ ]{NAME_WORD}){{0,2}})?"
    rf"(?:,?[ ](?:and|&)[ ]{NAME_WORD}(?:[ ]{NAME_WORD}){{0,2}})?"
)
RESULT_MAX_CHARS = 80
_ISO_DATE = re.compile(r"\d{4}-\d\d")
_SEAT = re.compile(rf"\(([A-Z]{{1,4}})-({NAME_WORD}\.?(?:[ ]{NAME_WORD}){{0,2}})\)")
_BRACKETED = re.compile(r"[ ]\(([A-Z][A-Za-z&.\-]{1,8})\)")


def by_head_word(view: str, mentions: Sequence[Mention], runs: Sequence[Run]) -> list[Mention]:
    """Name as organisations the capitalised runs that end in a head word, and those that go on with "of …"."""
    return add(mentions, _with_head(view, mentions, runs))


def _with_head(view: str, mentions: Sequence[Mention], runs: Sequence[Run]) -> Iterator[Mention]:
    model = {(m.start, m.end): m for m in mentions}
    near = Overlaps(mentions).of
    for run in runs:
        words = run.text.split()
        first = 1 if run.initial and words[0].lower() in ("the", "a", "an", "in", "at", "if", "but") else 0
        for at in range(len(words) - 1, first - 1, -1):
            word = words[at].rstrip(".,")
            if word not in ORG_HEADS and word not in FIRM_ENDS:
                continue
            start = run.start + len(" ".join(words[:first])) + (1 if first else 0)
            end = run.start + len(" ".join(words[: at + 1]))
            if view[run.start : end] != " ".join(words[: at + 1]):
                break
            grown = _OF.match(view, end) if word in ORG_OF_HEADS else None
            if grown:
                end = grown.end()
            if at - first < 1 and not grown:
                break
            if (
                at - first == 1
                and is_demonym(words[first])
                and not grown
                and word in ("Police", "Army", "Navy", "Court")
            ):
                break
            old = model.get((start, end))
            if old is None and any(m.label == "ORG" and m.start <= start and end <= m.end for m in near(start, end)):
                break
            if old is None or old.label != "ORG":
                label = old.model_label if old else None
                yield Mention(start, end, "ORG", label, "organisation_head")
            break


def place_heads(view: str, mentions: Sequence[Mention]) -> list[Mention]:
    """Relabel as a place the person or organisation whose name ends in "River", "Province", "Airport" and the like."""
    out = []
    for mention in mentions:
        words = view[mention.start : mention.end].split()
        if mention.label in ("PERSON", "ORG") and len(words) > 1 and words[-1] in PLACE_HEADS:
            personal = mention.label == "PERSON" and words[0] in given_names()
            if not personal and words[-2:] != ["School", "District"]:
                mention = mention.relabelled("LOC", "place_head")
        out.append(mention)
    return out


def acronyms(view: str, mentions: Sequence[Mention]) -> dict[str, str]:
    """Labels of the acronyms that the article explains: in brackets after a name, or made of its initials."""
    found: dict[str, str] = {}
    for mention in mentions:
        if (
            mention.label not in ("ORG", "GPE", "EVENT", "LAW", "PRODUCT")
            or " " not in view[mention.start : mention.end]
        ):
            continue
        bracket = _BRACKETED.match(view, mention.end)
        if bracket and bracket[1].isupper():
            found[bracket[1]] = mention.label
        capitals = "".join(word[0] for word in view[mention.start : mention.end].split() if word[0].isupper())
        if mention.label == "ORG" and len(capitals) > 2:
            found.setdefault(capitals, "ORG")
    return found


def party_seats(view: str) -> Iterator[Mention]:
    """Read a legislator's bracket, "(R-Ohio)" or "(SPD-Berlin)": a party and a place."""
    for found in _SEAT.finditer(view):
        if len(found[1]) > 1:
            yield Mention(found.start(1), found.end(1), "ORG", None, "party_seat")
        yield Mention(found.start(2), found.end(2), "GPE", None, "party_seat")


def teams(view: str, mentions: Sequence[Mention], paragraphs: Sequence[Paragraph]) -> list[Mention]:
    """Name as organisations the places of a line of results or standings, "Oslo 3 Malmo 1": they are teams."""
    tables = [(p.start, p.end) for p in paragraphs if _is_result(view[p.start : p.end])]
    out = []
    for mention in mentions:
        before = bisect_right(tables, (mention.start, len(view))) - 1
        inside = before >= 0 and mention.start < tables[before][1]
        out.append(mention.relabelled("ORG", "results_table") if inside and mention.label == "GPE" else mention)
    return out


def _is_result(text: str) -> bool:
    """Whether a short line has capitalised words and at least two numbers, and nothing else but marks."""
    if len(text) > RESULT_MAX_CHARS or _ISO_DATE.search(text):
        return False
    tokens = text.split()
    numbers = sum(token[0].isdigit() or token[0] == "." for token in tokens)
    return numbers > 1 and not any(token[0].islower() for token in tokens)
