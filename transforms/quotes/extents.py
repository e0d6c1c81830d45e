"""Unmarked words that belong to a marked run: before its opening mark, after its closing mark."""

from transforms.quotes.attribution import Hit, stops
from transforms.quotes.grammar import strip_edges, verb_at
from transforms.quotes.marks import Run
from transforms.quotes.parse import Parse


def lead_of(p: Parse, run: Run, hit: Hit, floor: int) -> tuple[int, int] | None:
    """Offsets of the unmarked beginning of a sentence that goes on in marks: `The pier, she said, "is shut"`."""
    if hit.cue < 0 or hit.parse is not p:
        return None
    inner = p.first_at(run.start)
    first = hit.cue if hit.speaker < 0 else min(hit.cue, p.left[hit.speaker])
    if inner >= len(p) or first < 2 or p.words[first - 1] != "," or p.starts[first] < floor:
        return None
    if not (p.words[inner][0].islower() or p.words[inner] == "I") or p.run_of[first - 2] >= 0:
        return None
    start = first - 1
    while start > 0 and p.starts[start - 1] >= floor and not stops(p, start - 1) and p.run_of[start - 1] < 0:
        start -= 1
    piece = strip_edges(p, start, first - 2)
    if piece is None or p.tags[piece[0]] not in _LEADING:
        return None
    return p.starts[piece[0]], p.ends[piece[1]]


def fronted_of(p: Parse, hit: Hit, floor: int) -> tuple[int, int] | None:
    """Offsets of what a cue of naming names, where that stands before it: "**which** she called “a disgrace”"."""
    verb = verb_at(p, hit.cue) if hit.cue >= 0 else None
    if verb is None or "characterize" not in verb.classes:
        return None
    for k in p.children[hit.cue]:
        if k >= hit.cue or k == hit.speaker or p.starts[k] < floor:
            continue
        if p.lower[k] in ("which", "whom", "who", "that") and p.tags[k] in ("WDT", "WP"):
            return p.starts[k], p.ends[k]
    return None


def opens_quoted(p: Parse, run: Run, floor: int) -> bool:
    """Whether the words before a comma and the opening mark begin the sentence that the marks go on with.

    "When the ferry is late, “nobody complains,” she said" does, "Asked about the ferry, “It is late,” she said" not.
    """
    inner = p.first_at(run.start)
    if inner >= len(p) or inner < 2:
        return False
    first = inner - 1
    while first > 0 and p.starts[first - 1] >= floor and not stops(p, first - 1) and p.run_of[first - 1] < 0:
        first -= 1
    while first < inner and not p.is_word(first):
        first += 1
    return p.tags[first] not in ("VBG", "VBN", "VBD")


def tail_of(p: Parse, run: Run, limit: int) -> int | None:
    """Where a sentence ends that goes on behind the marks: `"The pier is no place" for children, she said`."""
    first = p.first_at(run.outer_end)
    if first >= len(p) or p.starts[first] >= limit or p.tags[first] not in _GOING_ON:
        return None
    last = first
    while last + 1 < len(p) and p.starts[last + 1] < limit and p.run_of[last + 1] < 0:
        if p.words[last + 1] in (",", ";", ":", "(", "--", "—", "–") or stops(p, last + 1):
            break
        last += 1
    if any(verb_at(p, i) is not None for i in range(first, last + 1)):
        return None
    if p.lower[first] in _WHEN and not any(p.tags[i] in _FINITE for i in range(first, last + 1)):
        return None
    piece = strip_edges(p, first, last)
    return None if piece is None else p.ends[piece[1]]


_GOING_ON = frozenset({"IN", "TO"})
_FINITE = frozenset({"MD", "VBD", "VBP", "VBZ"})
_WHEN = frozenset({"on", "at", "during", "after", "before", "as", "while"})


_LEADING = frozenset({"DT", "NN", "NNS", "NNP", "NNPS", "PRP", "PRP$", "JJ", "VBG", "WP", "EX", "CC"})


def phrase_start(p: Parse, run: Run, cue: int) -> int:
    """Where the content begins whose later part stands in marks: clean offset, at most the opening mark's."""
    start = run.outer_start
    if cue < 0 or p.starts[cue] >= start:
        return start
    mark = p.first_at(start)
    first = cue + 1
    while first < mark and (
        p.tags[first] in ("RB", "RP") or p.deps[first] in ("advmod", "npadvmod", "prt") or not p.is_word(first)
    ):
        first += 1
    verb = verb_at(p, cue)
    gap = mark - first
    if first >= mark:
        return start
    that = next(
        (i for i in range(first, min(mark, first + THAT_GAP)) if p.lower[i] == "that" and p.tags[i] == "IN"), -1
    )
    if that >= 0 and (verb is None or verb.clause):
        return p.starts[that + 1] if that + 1 < mark else start
    if verb is not None and verb.phrase and gap <= PHRASE_GAP:
        if p.lower[first] in ("to", "of", "about", "for") and p.tags[first] in ("IN", "TO") and first + 1 < mark:
            first += 1
        return p.starts[first]
    if gap <= CLAUSE_GAP and p.tags[first] not in ("IN", "TO") and not (verb is not None and verb.hearer):
        return p.starts[first]
    inner = p.first_at(run.start)
    if inner >= len(p):
        return start
    top = inner
    while p.heads[top] != top and p.heads[top] != cue and p.is_above(cue, top):
        top = p.heads[top]
    if p.heads[top] != cue or top == cue or p.deps[top] == "prep":
        return start
    return min(start, p.starts[p.left[top]]) if p.left[top] > cue else start


PHRASE_GAP, CLAUSE_GAP, THAT_GAP = 24, 8, 8
"""Words between a cue and the opening mark up to which all of them are content."""


def phrase_end(p: Parse, run: Run, cue: int) -> int:
    """Where the content ends that began in or before the marks: clean offset, at least the closing mark's."""
    end = run.outer_end
    if cue < 0 or p.starts[cue] >= run.outer_start:
        return end
    inner = p.first_at(run.start)
    if inner >= len(p):
        return end
    top = inner
    while p.heads[top] != top and p.heads[top] != cue and p.is_above(cue, top):
        top = p.heads[top]
    if p.heads[top] != cue:
        return end
    right = p.right[top]
    after = p.first_at(end)
    if right < after or any(stops(p, i) or p.words[i] in (",", ";") for i in range(after, right + 1)):
        return end
    return max(end, p.ends[right])
