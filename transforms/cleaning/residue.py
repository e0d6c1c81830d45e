"""One look at a text: which spans are residue, by posts, rules and their neighbours."""

from dataclasses import dataclass

from transforms.cleaning.matching import FOOT_UNITS, HEAD_UNITS, Matcher, Removal
from transforms.cleaning.neighbours import author_names, dropdowns, linked_headlines, tag_lists
from transforms.cleaning.posts import Post, find_posts
from transforms.cleaning.units import Unit, split_units


MIN_ROW = 3
"""So many neighbours that match one rule support each other: a row of share buttons."""


@dataclass(frozen=True, slots=True)
class Residue:
    """Sorted, disjoint removals of a text, and the posts among them."""

    removals: tuple[Removal, ...]
    posts: tuple[Post, ...]


def find_residue(text: str, rules: Matcher, seen: dict[str, list[int]]) -> Residue:
    """Find what is not the article's own in a text. `seen` keeps what rules matched, for a second look."""
    units = split_units(text)
    hits: list[list[int]] = []
    for unit in units:
        if unit.text not in seen:
            seen[unit.text] = rules.hits(unit)
        hits.append(seen[unit.text])
    whole = _whole_units(units, hits, rules)
    for index, name in list(linked_headlines(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "promo", name)
    for index in list(tag_lists(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "promo", "tag_list")
    for index in list(author_names(units, whole)):
        whole[index] = Removal(units[index].start, units[index].end, "caption_credit", "author_name")
    posts = find_posts(text, units, frozenset(whole))
    found = [Removal(post.start, post.end, "tweet", post.rule) for post in posts]
    covered = _covered(units, found)
    for index, unit in enumerate(units):
        if index in covered:
            continue
        if index in whole:
            found.append(whole[index])
            continue
        if " MORE" in unit.view:
            found += dropdowns(unit)
        for rule in hits[index]:
            if rules.rules[rule].scope != "paragraph" and _placed(index, units, rules.rules[rule].place, whole):
                found += rules.removals(rule, unit)
    return Residue(tuple(_disjoint(found)), tuple(posts))


def _whole_units(units: list[Unit], hits: list[list[int]], rules: Matcher) -> dict[int, Removal]:
    """Units that a paragraph rule removes, by index: place first, then what needs a removed neighbour."""
    whole: dict[int, Removal] = {}
    waiting: dict[int, int] = {}

    def take(index: int, rule: int) -> None:
        removed = list(rules.removals(rule, units[index]))
        if removed:
            whole[index] = removed[0]

    def look(order: range, place: str, limit: int) -> None:
        kept = 0
        for index in order:
            if index in whole:
                continue
            for rule in hits[index]:
                chosen = rules.rules[rule]
                if chosen.scope != "paragraph" or (chosen.place != "any" and (chosen.place != place or kept >= limit)):
                    continue
                if chosen.near:
                    waiting.setdefault(index, rule)
                    continue
                take(index, rule)
                break
            kept += index not in whole

    look(range(len(units)), "head", HEAD_UNITS)
    look(range(len(units) - 1, -1, -1), "foot", FOOT_UNITS)
    for run in _runs(waiting):
        for index in run if len(run) >= MIN_ROW else ():
            take(index, waiting[index])
    for order in (range(len(units)), range(len(units) - 1, -1, -1)):
        step = order.step
        for index in order:
            beside = whole.get(index - step)
            if index in waiting and index not in whole and beside is not None:
                if beside.kind == rules.rules[waiting[index]].kind:
                    take(index, waiting[index])
    return whole


def _runs(waiting: dict[int, int]) -> list[list[int]]:
    """Neighbouring units that wait for the same rule."""
    runs: list[list[int]] = []
    for index in sorted(waiting):
        if runs and runs[-1][-1] == index - 1 and waiting[index - 1] == waiting[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _placed(index: int, units: list[Unit], place: str, whole: dict[int, Removal]) -> bool:
    if place == "any":
        return True
    others = range(index) if place == "head" else range(index + 1, len(units))
    limit = HEAD_UNITS if place == "head" else FOOT_UNITS
    kept = 0
    for other in others if place == "head" else others:
        kept += other not in whole
        if kept >= limit:
            return False
    return True


def _covered(units: list[Unit], removals: list[Removal]) -> frozenset[int]:
    """Indices of the units that a removal touches."""
    touched = set()
    at = 0
    for removal in sorted(removals, key=lambda removal: removal.start):
        while at < len(units) and units[at].end <= removal.start:
            at += 1
        index = at
        while index < len(units) and units[index].start < removal.end:
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
