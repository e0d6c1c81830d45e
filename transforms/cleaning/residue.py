"""One look at a text: which spans are residue, by posts, by rules, and by what stands beside them."""

from collections import Counter
from dataclasses import dataclass

from transforms.cleaning.matching import FOOT_UNITS, HEAD_UNITS, Matcher, Removal
from transforms.cleaning.neighbours import (
    author_names,
    dropdowns,
    linked_headlines,
    links_below_a_label,
    tag_lists,
)
from transforms.cleaning.posts import find_posts
from transforms.cleaning.sheet import Post
from transforms.cleaning.units import Unit, read_page

MAX_DATELINES = 2
"""A story has one dateline; two stories flattened into one text have two."""

MIN_ROW = 3
"""So many neighbours that match one rule support each other: a row of share buttons."""


@dataclass(frozen=True, slots=True)
class Residue:
    """Sorted, disjoint removals of a text, and the posts among them."""

    removals: tuple[Removal, ...]
    posts: tuple[Post, ...]


def find_residue(text: str, rules: Matcher, seen: dict[str, list[int]], own: bytes | None = None) -> Residue:
    """Find what is not the article's own in a text.

    `own` is `own_bytes(text)` where the caller has it; `seen` keeps what rules matched, for a second look.
    """
    page = read_page(text, own)
    units = page.units
    hits: list[list[int]] = []
    for unit in units:
        if unit.text not in seen:
            seen[unit.text] = rules.hits(unit)
        hits.append(seen[unit.text])
    whole = _whole_units(units, hits, rules)
    for index, name in list(linked_headlines(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "promo", name)
    for index in list(links_below_a_label(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "promo", "links_below_a_label")
    for index in list(tag_lists(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "promo", "tag_list")
    for index in list(author_names(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "caption_credit", "author_name")
    posts = find_posts(page, whole)
    found = [Removal(post.start, post.end, "tweet", post.rule) for post in posts]
    covered = _covered(units, posts)
    found += [removal for index, removal in whole.items() if index not in covered]
    places = _places(len(units), whole)
    lists = _lists(hits, rules)
    for index, unit in enumerate(units):
        if index in covered or index in whole:
            continue
        if " MORE" in unit.view:
            found += dropdowns(unit)
        for rule in hits[index]:
            chosen = rules.rules[rule]
            if chosen.scope != "paragraph" and index in places[chosen.place] and rule not in lists:
                found += rules.removals(rule, unit)
    return Residue(tuple(_disjoint(found)), tuple(posts))


def _whole_units(units: list[Unit], hits: list[list[int]], rules: Matcher) -> dict[int, Removal]:
    """Units that a paragraph rule removes, by index: place first, then what needs a removed neighbour."""
    whole: dict[int, Removal] = {}
    waiting: dict[int, int] = {}

    def take(index: int, rule: int) -> bool:
        removal = next(rules.removals(rule, units[index]), None)
        if removal is not None:
            whole[index] = removal
        return removal is not None

    def look(order: range, place: str, limit: int) -> None:
        kept = 0
        for index in order:
            if index in whole:
                continue
            for rule in hits[index]:
                chosen = rules.rules[rule]
                if chosen.scope != "paragraph" or (chosen.place == place and kept >= limit):
                    continue
                if chosen.place not in ("any", place) and not (chosen.place == "body" and index):
                    continue
                if chosen.near:
                    waiting.setdefault(index, rule)
                elif take(index, rule):
                    break
            kept += index not in whole

    forward, backward = range(len(units)), range(len(units) - 1, -1, -1)
    look(forward, "head", HEAD_UNITS)
    look(backward, "foot", FOOT_UNITS)
    for row in _rows(waiting):
        for index in row:
            if index not in whole:
                take(index, waiting[index])
    for order in (forward, backward) if waiting else ():
        for index in order:
            beside = whole.get(index - order.step)
            alone = index in waiting and index not in whole
            if alone and beside is not None and beside.kind == rules.rules[waiting[index]].kind:
                take(index, waiting[index])
    return whole


def _rows(waiting: dict[int, int]) -> list[list[int]]:
    """Rows of at least `MIN_ROW` neighbours that wait for the same rule."""
    rows: list[list[int]] = []
    for index in sorted(waiting):
        if rows and rows[-1][-1] == index - 1 and waiting[index - 1] == waiting[index]:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [row for row in rows if len(row) >= MIN_ROW]


def _lists(hits: list[list[int]], rules: Matcher) -> frozenset[int]:
    """Dateline rules that match more units than a story has datelines: a list with its entries in capitals."""
    counts = Counter(rule for rules_of_unit in hits for rule in rules_of_unit if rules.rules[rule].kind == "dateline")
    return frozenset(rule for rule, count in counts.items() if count > MAX_DATELINES)


def _places(count: int, whole: dict[int, Removal]) -> dict[str, range]:
    """Indices of the units in each place: those with fewer kept units before or after them than its limit."""
    kept = [index for index in range(count) if index not in whole]
    head_end = kept[HEAD_UNITS - 1] + 1 if len(kept) >= HEAD_UNITS else count
    foot_start = kept[-FOOT_UNITS] if len(kept) >= FOOT_UNITS else 0
    return {"any": range(count), "body": range(1, count), "head": range(head_end), "foot": range(foot_start, count)}


def _covered(units: list[Unit], posts: list[Post]) -> frozenset[int]:
    """Indices of the units that a post touches."""
    touched = set()
    at = 0
    for post in posts:
        while at < len(units) and units[at].end <= post.start:
            at += 1
        index = at
        while index < len(units) and units[index].start < post.end:
            touched.add(index)
            index += 1
    return frozenset(touched)


def _disjoint(removals: list[Removal]) -> list[Removal]:
    """Sorted by place, the longer first where two begin together; what overlaps an earlier one goes."""
    kept: list[Removal] = []
    for removal in sorted(removals, key=lambda removal: (removal.start, -removal.end)):
        if not kept or removal.start >= kept[-1].end:
            kept.append(removal)
    return kept
