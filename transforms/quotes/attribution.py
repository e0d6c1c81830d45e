"""Which cue and which speaker a marked run belongs to: after it, before it, or in the neighbouring sentence."""

import re
from dataclasses import dataclass

from transforms.quotes.found import Found
from transforms.quotes.grammar import subject, verb_at
from transforms.quotes.lexicon import PHRASAL
from transforms.quotes.marks import Run
from transforms.quotes.parse import Parse

_NO_START = frozenset(
    """and but while which who when because or in than if that although though to for nor where so is was are
    were""".split()
)
"""An attribution after a run never begins with one of these."""


_ABBREVIATIONS = frozenset("mr mrs ms dr sen rep gov gen lt col sgt capt prof rev st jr sr u.s".split())


def follows_closely(p: Parse, run: Run, hit: "Hit") -> bool:
    """Whether the cue clause begins right at the mark and holds no content of its own: `…," she said`."""
    if hit.cue < 0:
        return False
    if any(
        p.deps[k] in ("ccomp", "xcomp", "dobj", "oprd") and k > hit.cue and k != hit.speaker
        for k in p.children[hit.cue]
    ):
        verb = verb_at(p, hit.cue)
        if verb is None or not verb.hearer or any(k > hit.cue for k in p.kids(hit.cue, "ccomp", "xcomp")):
            return False
    first = hit.cue if hit.speaker < 0 else min(hit.cue, p.left[hit.speaker])
    between = range(p.first_at(run.outer_end), first)
    return not any(p.is_word(i) and not p.tags[i].startswith("RB") for i in between)


@dataclass(slots=True)
class Hit:
    """A cue token and a speaker token, -1 for none, of `parse`."""

    parse: Parse
    cue: int
    speaker: int
    end: str = ""


def stops(p: Parse, i: int) -> bool:
    """Whether the token ends a sentence: a stop that no abbreviation has before it."""
    return p.words[i] in (".", "!", "?") and not (i and p.lower[i - 1].rstrip(".") in _ABBREVIATIONS)


def is_cue(p: Parse, i: int) -> bool:
    """Whether a token outside marks is a verb that can report speech."""
    if verb_at(p, i) is not None:
        return True
    rest = PHRASAL.get(p.lower[i])
    if not rest or not p.is_verb(i) or p.run_of[i] >= 0:
        return False
    near = p.lower[i + 1 : i + 4]
    return any(kind.split(" ", 1)[1] in near for kind in rest)


def cue_after(p: Parse, run: Run, limit: int) -> Hit | None:
    """Attribution right after the closing mark, before clean offset `limit`: `…," she said`, `…," said Ms Vale`."""
    first = p.first_at(run.outer_end)
    last = p.first_at(limit)
    tokens: list[int] = []
    for i in range(first, last):
        if tokens and (stops(p, i) or p.words[i] == ";"):
            break
        tokens.append(i)
        if len(tokens) >= 32:
            break
    words = [i for i in tokens if p.is_word(i)]
    if not words or p.lower[words[0]] in _NO_START:
        return None
    for order, i in enumerate(tokens):
        bare = p.tags[i] == "VB" and not p.kids(i, "aux") and p.lower[i] != "read"
        if not is_cue(p, i) or p.tags[i] == "VBG" or bare:
            continue
        s = subject(p, i)
        if s < 0 or not (run.outer_end <= p.starts[s] < limit):
            after = [
                k for k in tokens[order + 1 : order + 9] if p.is_nominal(k) and p.run_of[k] < 0 and p.tags[k] != "CD"
            ]
            before = [k for k in tokens[:order] if p.is_nominal(k) and p.deps[k] not in ("pobj", "npadvmod")]
            if before and order <= 14:
                s = next((k for k in reversed(before) if p.tags[k] in ("NNP", "PRP")), before[-1])
            elif after and order <= 1:
                s = after[0]
                while p.heads[s] in after and p.deps[s] in ("compound", "amod", "det", "nmod", "poss"):
                    s = p.heads[s]
        lead = sum(p.is_word(k) for k in tokens[:order])
        if s >= 0 and s > i and lead > 3:
            return None
        if s >= 0 and s < i:
            gap = [k for k in tokens[:order] if k < p.left[s] and p.is_word(k) and not p.tags[k].startswith("RB")]
            if len(gap) > 2 and lead > 20:
                return None
        return Hit(p, i, s)
    return None


def cue_before(p: Parse, run: Run, start: int) -> Hit | None:
    """Attribution in the sentence that leads to the opening mark, after clean offset `start`."""
    first = p.first_at(start)
    last = p.first_at(run.outer_start)
    cut = first
    for i in range(first, last - 1):
        if stops(p, i):
            cut = i + 1
    for i in range(last - 1, cut - 1, -1):
        if not is_cue(p, i) or (p.tags[i] == "VBN" and i > 1 and p.words[i - 1] == "-"):
            continue
        s = subject(p, i)
        if s >= 0 and not (start <= p.starts[s] < run.outer_start):
            s = -1
        if s < 0:
            nouns = [k for k in range(cut, i) if p.is_nominal(k) and p.deps[k] != "pobj" and p.run_of[k] < 0]
            s = nouns[-1] if nouns else -1
        return Hit(p, i, s)
    return None


_LABEL = re.compile(r"[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,4}(?=:\s+\S)")


def label_speaker(p: Parse, text: str) -> tuple[Hit, int] | None:
    """`VALE: The pier is shut.` and `Ada Vale: …`: the speaker's last word and where the content begins."""
    match = _LABEL.match(text, p.start, p.end)
    if match is None:
        return None
    colon = p.first_at(match.end())
    if not 0 < colon < len(p) or p.words[colon] != ":" or colon + 2 >= len(p) or p.run_of[colon + 1] >= 0:
        return None
    return Hit(p, -1, colon - 1), p.starts[colon + 1]


def introduced(p: Parse, run: Run, floor: int) -> Hit | None:
    """Who the words before a colon or comma are about, whatever their verb: `Vale went further: "…"`."""
    last = p.first_at(run.outer_start) - 1
    if last < 1 or p.starts[last] < floor:
        return None
    first = last
    while first > 0 and p.starts[first - 1] >= floor and not stops(p, first - 1):
        first -= 1
    if p.lower[first] == "according" and p.lower[first + 1] == "to":
        objects = p.kids(first + 1, "pobj") or p.kids(first, "pobj")
        return Hit(p, first, objects[0] if objects else last - 1)
    subjects = [i for i in range(first, last) if p.deps[i] == "nsubj" and p.run_of[i] < 0 and p.is_verb(p.heads[i])]
    subjects = [i for i in subjects if p.heads[i] > i and p.heads[i] < last]
    if p.words[last] == ":":
        if subjects:
            main = [i for i in subjects if p.deps[p.heads[i]] in ("ROOT", "conj", "ccomp")] or subjects
            return Hit(p, p.heads[main[-1]], main[-1])
        names = [i for i in range(first, last) if p.tags[i] in ("NNP", "NN") and p.run_of[i] < 0]
        return Hit(p, -1, names[-1]) if names and last - first <= INTRODUCTION_WORDS else None
    if subjects and p.words[last] == "," and p.heads[subjects[-1]] == last - 1 and p.tags[last - 1] == "VBD":
        return Hit(p, last - 1, subjects[-1])
    return None


INTRODUCTION_WORDS = 12
"""A noun without a verb introduces a quotation if no more words than this stand before the colon."""


def according_after(p: Parse, run: Run, limit: int) -> Hit | None:
    """`…," according to the harbour master`."""
    for i in range(p.first_at(run.outer_end), p.first_at(limit)):
        if p.lower[i] == "according" and not any(p.lower[k] in _NO_START for k in range(p.first_at(run.outer_end), i)):
            objects = [k for c in p.children[i] for k in p.kids(c, "pobj")] or p.kids(i, "pobj")
            return Hit(p, i, objects[0] if objects else -1)
        if stops(p, i):
            return None
    return None


def block_speaker(p: Parse) -> Hit | None:
    """Attribution that ends a paragraph with a colon and so hands the next paragraph to its speaker."""
    if len(p) < 2 or p.words[-1] != ":" or p.run_of[-1] >= 0:
        return None
    run = Run(p.end, p.end, p.end, p.end)
    hit = cue_before(p, run, p.start)
    return hit if hit is not None and hit.speaker >= 0 else None


_SIGNATURE = re.compile(r"\s*(?:--|―|—|–|-)\s*((?:[A-Z][\w.'’-]* ?){1,5})\.?\s*$")


def signature(p: Parse, text: str) -> Hit | None:
    """A paragraph that is only a dash and a name: the speaker of the paragraph before."""
    match = _SIGNATURE.match(text, p.start, p.end)
    if not match:
        return None
    last = p.at(match.start(1) + len(match[1].rstrip(" .,'’-")) - 1)
    return Hit(p, -1, last) if last >= 0 else None


_DASH_NAME = re.compile(r"\s*(?:--|―|—|–|-)\s*((?:[A-Z][\w.'’-]+ ?){1,5})(?=[,.(\n]|$)")


def dash_after(p: Parse, text: str, run: Run, limit: int) -> Hit | None:
    """`"…" — Ada Vale`."""
    match = _DASH_NAME.match(text, run.outer_end, limit)
    if not match:
        return None
    last = p.at(match.start(1) + len(match[1].rstrip(" .,'’-")) - 1)
    return Hit(p, -1, last) if last >= 0 else None


def last_subject(p: Parse, start: int, end: int) -> int:
    """Last subject between two offsets that can be a person; -1 if none."""
    best = -1
    for i in range(p.first_at(start), p.first_at(end)):
        if (
            p.deps[i] in ("nsubj", "nsubjpass")
            and p.run_of[i] < 0
            and (p.tags[i] == "NNP" or p.lower[i] in ("he", "she"))
        ):
            best = i
    return best


def cue_of(found: Found) -> Hit:
    """The hit that a report already has."""
    return Hit(found.parse, found.cue, found.speaker)
