"""What a dependency parse says about a reporting verb: its subject, and the noun phrase around a word."""

from transforms.quotes.lexicon import VERBS, Verb
from transforms.quotes.parse import Parse

_MAX_CHAIN = 5
"""Verbs to climb in search of a shared subject: "he came, saw and said"."""


def verb_at(p: Parse, i: int) -> Verb | None:
    """Reporting verb at a token outside marks, None if there is none or the word is no verb here."""
    if p.run_of[i] >= 0:
        return None
    verb = VERBS.get(p.lower[i])
    if verb is None:
        return None
    if p.lower[i] == "compared" and i + 1 < len(p) and p.lower[i + 1] in ("to", "with") and not p.kids(i, "auxpass"):
        return None
    if p.tags[i].startswith("VB") or p.lower[i] in _ALWAYS_VERBS:
        return verb
    return None


_ALWAYS_VERBS = frozenset({"said", "says", "told", "wrote", "tweeted", "writes"})


def is_passive(p: Parse, v: int) -> bool:
    """Whether the verb is passive, full or reduced."""
    return bool(p.kids(v, "nsubjpass", "auxpass"))


def subject(p: Parse, v: int, depth: int = 0) -> int:
    """Head word of who speaks by this verb, -1 if the sentence doesn't say."""
    if depth > _MAX_CHAIN:
        return -1
    own = [i for i in p.kids(v, "nsubj", "nsubjpass", "csubj") if p.run_of[i] < 0]
    if any(p.deps[i] == "nsubjpass" for i in own) or p.kids(v, "auxpass"):
        for agent in p.kids(v, "agent"):
            for i in p.kids(agent, "pobj"):
                return i
        return -1
    own = [i for i in own if p.deps[i] == "nsubj"]
    if own:
        return min(own, key=lambda i: abs(i - v))
    dep, head = p.deps[v], p.heads[v]
    after = [
        i
        for i in p.kids(v, "dobj", "attr", "oprd", "npadvmod", "dep", "appos")
        if i > v and p.run_of[i] < 0 and p.tags[i] in ("NNP", "PRP", "NN", "NNS", "NNPS") and p.left[i] == v + 1
    ]
    if dep in ("conj", "xcomp", "advcl", "pcomp", "ccomp") and head != v:
        if dep == "pcomp":
            head = p.heads[head]
        if dep == "ccomp" and p.tags[v] not in ("VB", "VBG"):
            head = -1
        if head >= 0 and p.is_verb(head):
            found = subject(p, head, depth + 1)
            if dep == "xcomp":
                hearers = [i for i in p.kids(head, "dobj") if i < v]
                if hearers and p.run_of[hearers[0]] < 0:
                    return hearers[0]
            if found >= 0:
                return found
        elif head >= 0 and p.is_nominal(head) and p.run_of[head] < 0:
            return head
    if dep in ("acl", "relcl") and p.run_of[head] < 0 and p.tags[v] != "VBN":
        return head
    if after and p.tags[v] in ("VBD", "VBZ", "VBP"):
        return after[0]
    return -1


def noun_phrase(p: Parse, h: int) -> tuple[int, int]:
    """First and last token of the compact noun phrase around its head: no relative clause, no second apposition."""
    first = h
    for i in range(h - 1, max(-1, h - 13), -1):
        if not (p.left[h] <= i and p.is_above(h, i)) or p.run_of[i] != p.run_of[h]:
            break
        first = i
    last = h
    for k in p.children[h]:
        if k < h or p.run_of[k] != p.run_of[h]:
            continue
        right = p.right[k]
        short = right - h < 10 and "," not in p.words[h + 1 : right + 1]
        if (
            (p.deps[k] in ("prep", "compound", "poss", "case", "nummod") and short)
            or (p.deps[k] == "appos" and k <= h + 2 and short)
            or (p.deps[k] == "conj" and k - h < 8 and short)
        ):
            last = max(last, right if p.deps[k] != "conj" else k)
    while first < last and not p.is_word(first):
        first += 1
    while last > first and not p.is_word(last) and p.words[last] not in (".", ")"):
        last -= 1
    return first, last


def strip_edges(p: Parse, first: int, last: int) -> tuple[int, int] | None:
    """Drop punctuation from both ends (quotation marks and brackets stay), None if no word is left."""
    first, last = max(first, 0), min(last, len(p) - 1)
    while first <= last and not p.is_word(first) and p.words[first] not in _KEPT_LEFT:
        first += 1
    while last >= first and not p.is_word(last) and p.words[last] not in _KEPT_RIGHT:
        last -= 1
    if first > last or not any(p.is_word(i) for i in range(first, last + 1)):
        return None
    return first, last


_KEPT_LEFT = frozenset("\"(“‘'$[#@") | {"``", "''"}


_KEPT_RIGHT = frozenset("\")”’'?!%]") | {"''"}
