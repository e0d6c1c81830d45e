"""Reports that punctuation shows rather than the parse: cue clauses set off by commas, colons, a loose "that"."""

from transforms.quotes.content import CLOSING
from transforms.quotes.found import Found
from transforms.quotes.grammar import strip_edges, verb_at
from transforms.quotes.parse import Parse

MIN_WORDS = 3
"""Content with fewer words is no report: "he said so"."""


def spans(p: Parse, pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Token spans as clean offsets."""
    return [(p.starts[a], p.ends[b]) for a, b in pieces]


def from_leading(p: Parse, v: int, s: int) -> Found | None:
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


def from_that(p: Parse, v: int, s: int) -> Found | None:
    """Where the parser saw no content clause: from a "that" soon after the cue, or from the word after "said", on."""
    if s < 0 or s > v or v + 2 >= len(p):
        return None
    start = -1
    for i in range(v + 1, min(v + 1 + _THAT_REACH, len(p))):
        if p.words[i] in (",", ".", ";", ":") or p.lower[i] in _TAKES_ANOTHER or p.run_of[i] >= 0:
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
_TAKES_ANOTHER = frozenset({"to", "with"})
"""What stands between a verb and a "that" of another word: "responded to claims that …"."""


_STARTERS = frozenset({"DT", "PRP", "PRP$", "NNP", "NNS", "NN", "VBG", "EX", "JJ"})


def from_colon(p: Parse, v: int, s: int) -> Found | None:
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


ASIDE_CLASSES = frozenset({"say", "tell", "write", "complain", "continue", "ask"})


NEVER_ASIDE = frozenset(
    """ask propose offer publish print post email text signal read begin start proceed finish rail vent quote
    respond""".split()
)


_STOPS = frozenset({".", "!", "?", ";", ":"})


_MAX_ASIDE = 14


def find_aside(p: Parse, v: int, s: int) -> Found | None:
    """A cue clause set off by commas in or after what it reports: "The road, she said, is shut."."""
    verb = verb_at(p, v)
    if (
        s < 0
        or (p.tags[v] in ("VB", "VBG", "VBN") and not p.kids(v, "aux"))
        or verb is None
        or verb.lemma in NEVER_ASIDE
    ):
        return None
    if p.lower[s] in ("who", "which", "that"):
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
        if (
            start > 1
            and p.words[start - 1] in CLOSING
            and p.run_of[start - 2] >= 0
            and p.words[start - 2] in (".", "!", "?")
        ):
            break
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
        if p.lower[min(last + 2, len(p) - 1)] in _REPORTER or (
            p.tags[min(last + 2, len(p) - 1)] == "VBG" and p.deps[min(last + 2, len(p) - 1)] == "advcl"
        ):
            after = None
        else:
            after = strip_edges(p, last + 2, end)
        if after is not None:
            pieces.append(after)
    if len(pieces) == 1 and not _is_clause(p, *before):
        return None
    if sum(b - a + 1 for a, b in pieces) < MIN_WORDS:
        return None
    return Found(p, spans(p, pieces), "indirect", "aside", v, s)


def _is_clause(p: Parse, first: int, last: int) -> bool:
    """Whether a stretch holds a main clause: not when and where something was said, as in "On Monday, she said"."""
    for i in range(first, last + 1):
        if p.tags[i] not in _FINITE:
            continue
        verb = p.heads[i] if p.deps[i] in ("aux", "auxpass") else i
        led = any(k < verb and (p.deps[k] == "mark" or p.tags[k] in ("WRB", "WDT", "WP")) for k in p.children[verb])
        if not (led and p.deps[verb] in ("advcl", "relcl", "acl", "pcomp")):
            return True
    return False


_FINITE = frozenset({"MD", "VBD", "VBP", "VBZ"})


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
