"""Reported speech by grammar: content clauses, questions, nouns of saying, "according to"."""

from transforms.quotes.asides import ASIDE_CLASSES, MIN_WORDS, find_aside, from_colon, from_leading, from_that, spans
from transforms.quotes.content import content_pieces
from transforms.quotes.found import Found
from transforms.quotes.grammar import is_passive, strip_edges, subject, verb_at
from transforms.quotes.lexicon import NOUNS, PHRASAL, VERBS
from transforms.quotes.parse import Parse

VOICING = frozenset("express expresses expressed expressing voice voices voiced voicing raise raised raising".split())


FEELINGS = frozenset(
    """alarm anger concern concerns confidence disappointment doubt doubts fear fears frustration hope hopes optimism
    outrage regret scepticism skepticism surprise suspicion worry worries""".split()
)

MAX_CUES_PER_SENTENCE = 40
"""Each cue costs a look at its sentence; a sentence with more of them is none, and keeps the work linear."""

CUES = frozenset(VERBS) | NOUNS | FEELINGS | frozenset(PHRASAL) | {"according"}


def find_indirect(p: Parse) -> list[Found]:
    """All reports of one parsed paragraph, marked words or not; type "indirect" until the marks are looked at."""
    found: list[Found] = []
    looked_at: dict[int, int] = {}
    for i, word in enumerate(p.lower):
        if p.run_of[i] >= 0 or word not in CUES:
            continue
        looked_at[p.sentence[i]] = looked_at.get(p.sentence[i], 0) + 1
        if looked_at[p.sentence[i]] > MAX_CUES_PER_SENTENCE:
            continue
        if word == "according" and i + 1 < len(p) and p.lower[i + 1] == "to":
            report = _according(p, i)
        elif (word in NOUNS or word in FEELINGS) and p.tags[i] in ("NN", "NNS"):
            report = _noun(p, i)
        else:
            report = _verb(p, i)
        if report is not None and _words(p, report) >= MIN_WORDS:
            found.append(report)
    return found


def _words(p: Parse, report: Found) -> int:
    count = 0
    for start, end in report.pieces:
        for i in range(p.first_at(start), len(p)):
            if p.starts[i] >= end:
                break
            count += p.is_word(i)
    return count


_NOT_CONTENT = frozenset("before after while because although though until unless once since when as".split())


_ABOUT = frozenset({"about", "on", "of", "over", "to"})


def _verb(p: Parse, v: int) -> Found | None:
    verb = verb_at(p, v)
    phrasal = PHRASAL.get(p.lower[v])
    if verb is None and not (phrasal and p.is_verb(v)):
        return None
    clause = verb is not None and verb.clause
    if not clause and phrasal:
        after = {p.lower[k] for k in p.children[v]} | set(p.lower[v + 1 : v + 2])
        clause = any(kind.startswith("clause ") and kind[7:] in after for kind in phrasal)
    s = subject(p, v)
    if s == v - 1 and p.lower[s] == "that" and p.tags[s] == "DT" and p.lower[v] == "said":
        return None  # "That said, …" concedes a point
    contents = [k for k in p.kids(v, "ccomp") if k > v and not _subordinate(p, k)] if clause else []
    if not contents and clause:
        aside = find_aside(p, v, s)
        if aside is not None:
            return aside
        contents = [
            k for k in p.kids(v, "ccomp") if k < v and p.words[v - 1] != "(" and s >= 0 and p.right[k] < min(s, v)
        ]
        if contents and (verb is None or not verb.classes & ASIDE_CLASSES or not _closes(p, v, s)):
            contents = []
    if not contents and verb is not None and verb.infinitive and p.kids(v, "dobj", "dative", "nsubjpass"):
        contents = [k for k in p.kids(v, "xcomp") if any(p.lower[m] == "to" for m in p.children[k])]
    if not contents and verb is not None:
        contents = [
            k
            for about in p.kids(v, "prep")
            if p.lower[about] in _ABOUT
            for k in p.kids(about, "pcomp")
            if p.tags[k] != "VBG" or p.kids(k, "aux")
        ]
    if not contents and verb is not None and "ask" in verb.classes:
        contents = [
            k
            for k in p.kids(v, "advcl")
            if k > v and any(p.lower[m] in ("if", "whether") and p.deps[m] == "mark" for m in p.children[k])
        ]
    if not contents and clause:
        return from_leading(p, v, s) or from_colon(p, v, s) or from_that(p, v, s)
    if not contents:
        return None
    if s < 0 and not is_passive(p, v) and p.tags[v] not in ("VBG", "VBD"):
        return None
    pieces = content_pieces(p, contents[0], v, s)
    if not pieces:
        return None
    report = Found(p, spans(p, pieces), "indirect", "clause", v, s)
    if phrasal and v + 1 < len(p) and any(kind.endswith(" " + p.lower[v + 1]) for kind in phrasal):
        report.cue_end = v + 1
    return report


def _subordinate(p: Parse, k: int) -> bool:
    return any(
        p.deps[m] in ("mark", "advmod") and p.lower[m] in _NOT_CONTENT and m < k and m == p.left[k]
        for m in p.children[k]
    )


def _closes(p: Parse, v: int, s: int) -> bool:
    """Whether a comma stands before the cue clause."""
    first = min(v, p.left[s])
    return first > 0 and p.words[first - 1] in (",", "-", "--", "—")


def _noun(p: Parse, n: int) -> Found | None:
    """ "His claim that the road was shut": the owner of the noun speaks."""
    contents = [
        k
        for k in p.kids(n, "acl", "ccomp", "relcl")
        if any(p.lower[m] == "that" and p.deps[m] == "mark" for m in p.children[k])
    ]
    if not contents:
        contents = [
            k
            for about in p.kids(n, "prep")
            if p.lower[about] in _ABOUT
            for k in p.kids(about, "pcomp")
            if p.lower[p.left[k]] in ("whether", "if", "how", "what", "why", "who")
        ]
    if not contents:
        return None
    head = p.heads[n]
    voiced = p.deps[n] == "dobj" and p.lower[head] in VOICING
    if p.lower[n] in FEELINGS and not voiced:
        return None
    owners = p.kids(n, "poss") if not voiced else []
    s = owners[0] if owners else -1
    if s < 0:
        for by in p.kids(n, "prep"):
            if p.lower[by] in ("by", "of", "from"):
                s = next(iter(p.kids(by, "pobj")), -1)
    if s < 0 and p.deps[n] == "dobj" and p.is_verb(head):
        s = subject(p, head)
    if s < 0 or p.run_of[s] >= 0:
        return None
    pieces = content_pieces(p, contents[0], n, -1)
    return Found(p, spans(p, pieces), "indirect", "noun", n, s) if pieces else None


def _according(p: Parse, v: int) -> Found | None:
    objects = p.kids(v + 1, "pobj") or p.kids(v, "pobj")
    if not objects:
        return None
    s = objects[0]
    first = v
    while first > 0 and p.sentence[first - 1] == p.sentence[v]:
        first -= 1
    last = v
    while last + 1 < len(p) and p.sentence[last + 1] == p.sentence[v]:
        last += 1
    pieces = _around(p, first, v, s, last)
    if pieces:
        return Found(p, spans(p, pieces), "indirect", "according", v, s, cue_end=v + 1)
    if not any(p.is_word(i) for i in range(first, v)):
        comma = next((i for i in range(max(s, p.right[s]), last + 1) if p.words[i] == ","), -1)
        if comma < 0:
            comma = next((i for i in range(s, last + 1) if p.words[i] == ","), p.right[s])
        piece = strip_edges(p, comma + 1, last)
    else:
        piece = strip_edges(p, first, v - 1)
    if not piece or piece[1] - piece[0] < 3:
        return None
    cue = Found(p, spans(p, [piece]), "indirect", "according", v, s)
    cue.cue_end = v + 1
    return cue


def _around(p: Parse, first: int, v: int, s: int, last: int) -> list[tuple[int, int]]:
    """Both halves of a sentence that "according to" stands in the middle of, between commas; empty if it doesn't."""
    if v - first < 2 or p.words[v - 1] not in _PAUSES:
        return []
    close = next((i for i in range(s, min(last, s + _MAX_SOURCE)) if p.words[i] in _PAUSES and p.run_of[i] < 0), -1)
    root = p.heads[s]
    while p.heads[root] != root:
        root = p.heads[root]
    if close < 0 or close + 1 > last or root <= close:
        return []
    before, after = strip_edges(p, first, v - 1), strip_edges(p, close + 1, last)
    if before is None or after is None or root < after[0]:
        return []
    subjects = [k for k in p.kids(root, "nsubj", "nsubjpass", "csubj", "expl") if k < root]
    if subjects and subjects[0] > close:
        return [after]
    return [before, after]


_PAUSES = frozenset({",", "-", "--", "—", "–"})
_MAX_SOURCE = 16
"""Tokens of a source between "according to" and the comma behind it."""
