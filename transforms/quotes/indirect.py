"""Reported speech by grammar: content clauses, infinitives of promise, parataxis, nouns of saying, "according to"."""

from transforms.quotes.found import Found
from transforms.quotes.grammar import content_pieces, is_passive, strip_edges, subject, verb_at
from transforms.quotes.lexicon import NOUNS, PHRASAL
from transforms.quotes.parse import Parse

MIN_WORDS = 3
"""Content with fewer words is no report: "he said so"."""


def find_indirect(p: Parse) -> list[Found]:
    """All reports of one parsed paragraph, marked words or not; type "indirect" until the marks are looked at."""
    found: list[Found] = []
    for i, word in enumerate(p.lower):
        if p.run_of[i] >= 0:
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


def spans(p: Parse, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Token spans as clean offsets."""
    return [(p.starts[a], p.ends[b]) for a, b in pieces]


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
    contents = [k for k in p.kids(v, "ccomp") if k > v and not _subordinate(p, k)] if clause else []
    if not contents and clause:
        aside = find_aside(p, v, s)
        if aside is not None:
            return aside
        contents = [
            k for k in p.kids(v, "ccomp") if k < v and p.words[v - 1] != "(" and s >= 0 and p.right[k] < min(s, v)
        ]
        if contents and not _closes(p, v, s):
            contents = []
    if not contents and verb is not None and verb.infinitive:
        contents = [k for k in p.kids(v, "xcomp") if any(p.lower[m] == "to" for m in p.children[k])]
    if not contents and verb is not None:
        contents = [
            k
            for about in p.kids(v, "prep")
            if p.lower[about] in _ABOUT
            for k in p.kids(about, "pcomp")
            if p.tags[k] != "VBG"
        ]
    if not contents and verb is not None and "ask" in verb.classes:
        contents = [
            k
            for k in p.kids(v, "advcl")
            if k > v and any(p.lower[m] in ("if", "whether") and p.deps[m] == "mark" for m in p.children[k])
        ]
    if not contents and clause:
        return _leading(p, v, s) or _colon(p, v, s) or _unparsed(p, v, s)
    if not contents:
        return None
    if s < 0 and not is_passive(p, v) and p.tags[v] not in ("VBG", "VBD"):
        return None
    pieces = content_pieces(p, contents[0], v, s)
    if not pieces:
        return None
    return Found(p, spans(p, pieces), "indirect", "clause", v, s)


def _leading(p: Parse, v: int, s: int) -> Found | None:
    """ "As the harbour master pointed out, the pier is closed." """
    mark = next((m for m in p.children[v] if p.lower[m] == "as" and m < v), -1)
    if mark < 0 or not (mark == 0 or p.sentence[mark - 1] != p.sentence[mark] or p.lower[mark - 1] in _OPENERS):
        return None
    comma = next((i for i in range(max(v, p.right[s] if s > v else v), len(p)) if p.words[i] == ","), -1)
    if comma < 0 or p.sentence[comma] != p.sentence[v]:
        return None
    end = comma
    while end + 1 < len(p) and p.sentence[end + 1] == p.sentence[v]:
        end += 1
    piece = strip_edges(p, comma + 1, end)
    return Found(p, spans(p, [piece]), "indirect", "aside", v, s) if piece else None


def _unparsed(p: Parse, v: int, s: int) -> Found | None:
    """Where the parser saw no content clause: from a "that" soon after the cue, or from the word after "said", on."""
    if s < 0 or s > v or v + 2 >= len(p):
        return None
    start = -1
    for i in range(v + 1, min(v + 1 + _THAT_REACH, len(p))):
        if p.words[i] in (",", ".", ";", ":") or p.run_of[i] >= 0:
            break
        if p.lower[i] == "that" and p.tags[i] == "IN":
            start = i + 1
            break
    if start < 0 and p.lower[v] in ("said", "says") and p.tags[v + 1] in _STARTERS and p.run_of[v + 1] < 0:
        start = v + 1
    if start < 0:
        return None
    end = start
    while (
        end + 1 < len(p)
        and p.sentence[end + 1] == p.sentence[v]
        and not (p.words[end + 1] in _STOPS and p.run_of[end + 1] < 0)
    ):
        end += 1
    piece = strip_edges(p, start, end)
    if not piece or not any(p.tags[i] in ("VBD", "VBZ", "VBP", "MD") for i in range(piece[0], piece[1] + 1)):
        return None
    return Found(p, spans(p, [piece]), "indirect", "unparsed", v, s)


_THAT_REACH = 9
_STARTERS = frozenset({"DT", "PRP", "PRP$", "NNP", "NNS", "NN", "VBG", "EX", "JJ"})


def _colon(p: Parse, v: int, s: int) -> Found | None:
    """ "The message of the mayor said: leave at once." """
    at = v + 1
    if at >= len(p) or p.words[at] != ":" or at + 1 >= len(p) or p.run_of[at + 1] >= 0 or s < 0:
        return None
    if any(p.run_of[i] >= 0 for i in range(at, min(at + 4, len(p)))):
        return None
    end = at
    while end + 1 < len(p) and not (p.words[end + 1] in _STOPS - {":", ";"} and _ends_sentence(p, end + 1)):
        end += 1
    piece = strip_edges(p, at + 1, end)
    return Found(p, spans(p, [piece]), "indirect", "colon", v, s) if piece else None


def _subordinate(p: Parse, k: int) -> bool:
    return any(
        p.deps[m] in ("mark", "advmod") and p.lower[m] in _NOT_CONTENT and m < k and m == p.left[k]
        for m in p.children[k]
    )


def _closes(p: Parse, v: int, s: int) -> bool:
    """Whether a comma stands before the cue clause."""
    first = min(v, p.left[s])
    return first > 0 and p.words[first - 1] in (",", "-", "--", "—")


ASIDE_CLASSES = frozenset({"say", "tell", "write", "complain", "continue", "ask"})
NEVER_ASIDE = frozenset(
    "ask propose offer publish print post email text signal read begin start proceed finish rail vent quote".split()
)
_STOPS = frozenset({".", "!", "?", ";", ":"})
_MAX_ASIDE = 14


def find_aside(p: Parse, v: int, s: int) -> Found | None:
    """A cue clause set off by commas in or after what it reports: "The road, she said, is shut."."""
    verb = verb_at(p, v)
    if s < 0 or (p.tags[v] in ("VB", "VBG", "VBN") and not p.kids(v, "aux")) or verb is None or verb.lemma in NEVER_ASIDE:
        return None
    if any(
        p.deps[k] in ("dobj", "xcomp", "oprd", "acomp") and k > v and not verb.hearer and k != s for k in p.children[v]
    ):
        return None
    if s == p.left[v] - 1 or not verb.classes & ASIDE_CLASSES:
        return None
    first = min(v, p.left[s], *(p.left[k] for k in p.kids(v, "aux", "advmod", "mark") if k > 0))
    first = max(first, 0)
    if s > v:
        first = v
    if first <= 0 or p.words[first - 1] not in (",", "-", "--", "—") or p.run_of[first - 1] >= 0:
        if first <= 0 or p.lower[first - 1] != "as" or first < 2 or p.words[first - 2] != ",":
            return None
        first -= 1
    last = max(v, p.right[s]) if s > v else v
    while (
        last + 1 < len(p)
        and last - v < _MAX_ASIDE
        and p.words[last + 1] not in (",", "-", "--", "—")
        and p.words[last + 1] not in _STOPS
    ):
        last += 1
    if last + 1 < len(p) and last - v >= _MAX_ASIDE:
        return None
    if any(p.run_of[i] >= 0 for i in range(first, last + 1)):
        return None
    start = first - 1
    while start > 0 and not (p.words[start - 1] in _STOPS and p.run_of[start - 1] < 0 and _ends_sentence(p, start - 1)):
        start -= 1
    before = strip_edges(p, start, first - 2)
    if before is None:
        return None
    if p.lower[before[0]] in _OPENERS and before[0] < before[1]:
        before = (before[0] + 1, before[1])
        before = strip_edges(p, *before) or before
    pieces = [before]
    if last + 1 < len(p) and p.words[last + 1] not in _STOPS:
        end = last + 1
        while end + 1 < len(p) and not (p.words[end + 1] in _STOPS and _ends_sentence(p, end + 1)):
            end += 1
        if (
            p.lower[min(last + 2, len(p) - 1)] in _REPORTER
            or (p.tags[min(last + 2, len(p) - 1)] == "VBG"
            and p.deps[min(last + 2, len(p) - 1)] == "advcl")
        ):
            after = None
        else:
            after = strip_edges(p, last + 2, end)
        if after is not None:
            pieces.append(after)
    if sum(b - a + 1 for a, b in pieces) < MIN_WORDS:
        return None
    return Found(p, spans(p, pieces), "indirect", "aside", v, s)


_OPENERS = frozenset({"but", "and", "so", "yet", "still"})
_REPORTER = frozenset({"adding", "according", "who", "which", "referring", "noting", "citing"})


def _ends_sentence(p: Parse, i: int) -> bool:
    return p.words[i] != ":" and (
        i + 1 == len(p)
        or p.sentence[i + 1] != p.sentence[i]
        or p.words[i] in "!?;"
        or p.words[i + 1][:1].isupper()
        or p.words[i + 1][:1] in "\"“'‘`"
    )


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


VOICING = frozenset("express expresses expressed expressing voice voices voiced voicing raise raised raising".split())
FEELINGS = frozenset(
    """alarm anger concern concerns confidence disappointment doubt doubts fear fears frustration hope hopes optimism
    outrage regret scepticism skepticism surprise suspicion worry worries""".split()
)


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
