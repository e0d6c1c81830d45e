"""Where the content of a report begins and ends: what the parser hung elsewhere, what is the reporter’s again."""

from transforms.quotes.grammar import strip_edges, verb_at
from transforms.quotes.parse import Parse


def content_pieces(p: Parse, c: int, v: int, s: int) -> list[tuple[int, int]]:
    """Token spans (first, last) of the content clause headed by `c`, less the cue clause of verb `v`, speaker `s`."""
    left, right = p.left[c], p.right[c]
    drop: set[int] = {v}
    if s >= 0 and not p.is_above(s, v):
        drop.update(p.subtree(s))
    for k in p.children[v]:
        if k == c or p.is_above(k, c):
            continue
        if p.deps[k] == "punct" and k > c > v:
            continue
        if p.deps[k] in _CUE_SIDE or p.deps[k] == "dobj":
            drop.update(p.subtree(k))
    if c > v:
        if not p.kids(c, "nsubj", "nsubjpass", "expl", "csubj") and p.deps[c] == "ccomp" and p.tags[c] != "VBG":
            for k in p.children[v]:
                if v < k < c and p.deps[k] in ("dobj", "prep", "dative") and p.tags[k] not in ("PRP",):
                    drop.difference_update(p.subtree(k))
        start = v + 1
        while start < left and (start in drop or not p.is_word(start)):
            start += 1
        left = min(left, start) if start <= c else left
        that = next((m for m in p.children[c] if p.deps[m] == "mark" and p.lower[m] == "that" and m > v), -1)
        if that >= 0:
            left = that + 1
        if left <= v:
            left = v + 1
        right = _trim_tail(p, c, v, _run_on(p, v, right))
    pieces: list[tuple[int, int]] = []
    at = left
    while at <= right:
        if at in drop:
            at += 1
            continue
        end = at
        while end + 1 <= right and end + 1 not in drop:
            end += 1
        piece = strip_edges(p, at, end)
        if piece:
            pieces.append(piece)
        at = end + 1
    taken_up = relative(p, c, v) if c > v and pieces else -1
    return [(taken_up, taken_up), *pieces] if taken_up >= 0 else pieces


def relative(p: Parse, upper: int, v: int) -> int:
    """The relative pronoun before cue `v` that belongs below `upper`: "**which** she said was shut"; -1 if none."""
    for i in range(v - 1, max(-1, v - RELATIVE_REACH), -1):
        if p.tags[i] in ("WDT", "WP") and p.run_of[i] < 0 and p.is_above(upper, i):
            return i
    return -1


RELATIVE_REACH = 12
"""Tokens before a cue among which its relative pronoun is looked for."""


_CUE_SIDE = frozenset(
    {"aux", "auxpass", "neg", "advmod", "prt", "npadvmod", "dative", "prep", "nsubj", "punct", "agent"}
)


def _shifted(p: Parse, at: int) -> bool:
    """Whether the clause that begins here is in the tense of reported speech: its first verb is "would", "had", …"""
    for i in range(at, min(len(p), at + 10)):
        if p.words[i] in (",", ";", ".") or p.run_of[i] >= 0:
            return False
        if p.tags[i] in ("MD", "VBD", "VBZ", "VBP"):
            return p.lower[i] in ("would", "could", "should", "might", "had")
    return False


CLOSING = frozenset({'"', "”", "''", "’", "»", "“", "’’"})


def _run_on(p: Parse, v: int, right: int) -> int:
    """Take in what the parser hung elsewhere though nothing sets it off, or only ", but" and the like."""
    at = right + 1
    if p.run_of[right] >= 0 and p.words[right] not in CLOSING:
        while at < len(p) and (p.words[at] in CLOSING or (p.run_of[at] == p.run_of[right] and not p.is_word(at))):
            at += 1
    if at >= len(p) or p.sentence[at] != p.sentence[v] or p.run_of[at] >= 0:
        return right
    if p.words[at] == ":" and at + 2 < len(p) and p.run_of[at + 2] >= 0 and p.run_of[at + 1] < 0:
        run = p.run_of[at + 2]
        end = at + 2
        while end + 1 < len(p) and p.run_of[end + 1] == run:
            end += 1
        return end
    if p.is_word(at):
        loose = p.tags[at] in ("MD", "VBZ", "VBD", "VBP") or p.lower[at] in ("unless", "if", "because", "until", "so")
        if p.run_of[right] >= 0:
            loose = loose or (p.heads[at] != v and p.tags[at] in ("IN", "TO", "VBG", "VBN", "RB"))
        if not loose or verb_at(p, at) is not None:
            return right
    elif not (
        p.words[at] == ","
        and at + 2 < len(p)
        and p.lower[at + 1] in ("but", "or", "so", "and")
        and (
            _shifted(p, at + 2)
            or (p.lower[at + 1] != "and" and p.tags[at + 2] in ("VBD", "VBZ", "VBP", "MD", "RB", "PRP"))
            or p.lower[at + 2] == "that"
        )
        and verb_at(p, at + 2) is None
    ) or any(p.tags[i] != "VB" and verb_at(p, i) is not None for i in range(at, min(len(p), at + 6))):
        return right
    end = at
    while (
        end + 1 < len(p)
        and p.sentence[end + 1] == p.sentence[v]
        and p.words[end + 1] not in (".", ";", "!", "?", "(", "--", "—", "–")
    ):
        if end > at + 1 and p.words[end + 1] == ",":
            break
        end += 1
    return end


def _trim_tail(p: Parse, c: int, v: int, right: int) -> int:
    """Leave out what is the reporter's again: a second report, ", which …" and ", a move that …" at the end."""
    spine = [c]
    for k in spine:
        spine.extend(
            m
            for m in p.children[k]
            if m > k
            and p.deps[m]
            in (
                "conj",
                "ccomp",
                "xcomp",
                "dobj",
                "prep",
                "pobj",
                "attr",
                "advcl",
                "dep",
                "oprd",
                "acomp",
                "relcl",
                "appos",
                "acl",
            )
        )
    for k in sorted(spine):
        if k <= c or k > right:
            continue
        dep, start = p.deps[k], p.left[k]
        if dep == "conj" and _reports_again(p, k, v):
            cut = next((j for j in range(start, p.heads[k], -1) if p.deps[j] == "cc"), -1)
            if cut > c and p.run_of[cut] < 0:
                right = min(right, cut - 1)
        elif (
            dep in TRIMMED
            and start > 0
            and p.words[start - 1] in (",", "-", "--", "—", "–")
            and p.right[k] >= right - 1
            and start - 2 > c
            and p.run_of[start - 1] < 0
        ):
            quoted = any(run >= 0 for run in p.run_of[c:start])
            if dep == "advcl" and not (p.tags[k] == "VBG" or (p.lower[start] in _BESIDES and p.is_verb(k))):
                continue
            if dep == "prep" and p.lower[start] not in _BESIDES:
                continue
            if dep == "relcl" and not quoted and (p.lower[start] in _PLACES or _shifted(p, start)):
                continue
            right = min(right, start - 2)
    for i in range(c + 1, right - 2):
        if p.words[i] == "," and p.lower[i + 1] in ("a", "an") and p.run_of[i] < 0:
            noun = next((j for j in range(i + 2, min(i + 6, right)) if p.tags[j] in ("NN", "NNS")), -1)
            if noun > 0 and p.lower[noun + 1] in ("that", "which", "who") and "," not in p.words[noun:right]:
                return i - 1
    return right


_PLACES = frozenset({"where", "whose"})
"""Openings of clauses that more often belong to what was said than not."""

_BESIDES = frozenset({"while", "whereas", "though", "although", "compared"})
"""How the reporter sets something else beside the report."""

TRIMMED = frozenset({"relcl", "appos", "advcl", "prep"})


def _reports_again(p: Parse, k: int, v: int) -> bool:
    """Whether a coordinate verb is itself a reporting verb of the cue's own tense rather than part of the content."""
    verb = verb_at(p, k)
    if verb is None or (p.tags[k] != p.tags[v] and p.tags[k] not in ("VBD", "VBZ")):
        return False
    return any(p.deps[m] == "ccomp" for m in p.children[k])
