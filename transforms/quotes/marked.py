"""Marked runs into quotations: direct speech, speech partly in marks, and what only looks like speech."""

import re
from bisect import bisect_left

from transforms.quotes.attribution import (
    Hit,
    according_after,
    cue_after,
    cue_before,
    dash_after,
    follows_closely,
    introduced,
    last_subject,
    stops,
)
from transforms.quotes.extents import fronted_of, lead_of, opens_quoted, phrase_end, phrase_start, tail_of
from transforms.quotes.found import Found
from transforms.quotes.grammar import verb_at
from transforms.quotes.marks import Run
from transforms.quotes.parse import Parse

_WORDS = re.compile(r"\w+(?:['’]\w+)*")
_JOINT = re.compile(
    r",?(?: (?:and|or|but|nor|then|also|yet))?"
    r"(?: (?:a|an|the|as|that|to|of|for|with|in|by|his|her|their|its|who|is|was|be)){0,3} ?"
)
_CONNECTIVE = re.compile(r"(?:But|And|So|Yet|Still|However),? ")
MAX_RUNS_PER_SENTENCE = 40
"""Beyond this many runs a sentence is none, and its further runs are not looked into; keeps the work linear."""

MIN_FREE_WORDS = 8
"""A run without any cue is speech only if it is at least this long."""


class Paragraphs:
    """What carries over from one paragraph to the next: who spoke last, and where."""

    def __init__(self) -> None:
        self.last: Hit | None = None
        self.last_index = -9
        self.previous: Parse | None = None


def find_marked(p: Parse, text: str, reports: list[Found], memory: Paragraphs) -> tuple[list[Found], set[int]]:
    """Quotations of the paragraph's runs, and the indices of `reports` that they replace."""
    covers, by_cue = _index(p, text, reports)
    in_sentence: dict[int, int] = {}
    found: list[Found] = []
    replaced: set[int] = set()
    joined: set[int] = set()
    previous: Hit | None = None
    for number, run in enumerate(p.runs):
        if number in joined:
            continue
        limit = p.runs[number + 1].outer_start if number + 1 < len(p.runs) else p.end
        floor = p.runs[number - 1].outer_end if number else p.start
        body = text[run.start : run.end].rstrip()
        before = text[floor : run.outer_start].strip()
        after = text[run.outer_end : limit].strip() if run.closed else ""
        count = len(_WORDS.findall(body))
        final = body[-1:]
        if final not in ",?!-—." and after[:1] in (",",):
            final = ","
        sentence = p.sentence[min(p.first_at(run.start), len(p) - 1)] if len(p) else 0
        in_sentence[sentence] = in_sentence.get(sentence, 0) + 1
        usual = in_sentence[sentence] <= MAX_RUNS_PER_SENTENCE
        post = cue_after(p, run, limit) if after and usual else None
        ante = cue_before(p, run, floor) if before and usual else None
        cover = covers.get(number, -1)
        if final == "." and post and after.endswith(".") and ":" not in after and follows_closely(p, run, post):
            final = ","
        if cover < 0 and usual and previous is not None and previous.parse is p and _runs_on(p, number, previous.cue):
            held = _holder(found, reports, by_cue, previous.cue, p.runs[number - 1])
            if held is not None and not (post and final == "," and follows_closely(p, run, post)):
                held.pieces = [*held.pieces[:-1], (held.pieces[-1][0], run.outer_end if run.closed else run.end)]
                held.type = "mixed"
                continue
        hit: Hit | None = None
        how = ""
        leads = bool(before) and before[-1] not in ".!?:,—-–"
        if leads and post and not follows_closely(p, run, post):
            post = None
        tail = tail_of(p, run, limit) if run.closed and final not in ",.?!-—…" else None
        behind = None
        if tail is not None and text[tail : tail + 1] == "," and usual and not before[-1:].isalnum():
            whole = Run(run.start, tail, run.outer_start, tail)
            behind = cue_after(p, whole, limit)
            if behind is not None and not follows_closely(p, whole, behind):
                behind = None
        dash = dash_after(p, text, run, limit) if run.closed and count >= 4 else None
        if dash:
            hit, how = dash, "dash"
        elif behind is not None:
            hit, how = behind, "after"
        elif cover >= 0 and reports[cover].how == "aside" and not (final == "," and not leads and post):
            previous = Hit(p, reports[cover].cue, reports[cover].speaker)
            memory.last, memory.last_index = previous, p.index
            continue
        elif final and final in ",?!-—" and post and not (before and before[-1] in ",:" and ante and final != ","):
            hit, how = post, "after"
        elif (
            before
            and before[-1] in ",:"
            and ante
            and not (cover >= 0 and (before[-1] == "," or reports[cover].cue == ante.cue))
        ):
            hit, how = ante, "before"
            if previous is not None and previous.cue == ante.cue and previous.parse is p:
                hit, how = previous, "continued"
        elif cover >= 0:
            previous = Hit(p, reports[cover].cue, reports[cover].speaker)
            memory.last, memory.last_index = previous, p.index
            continue
        elif before and before[-1] not in ".!?" and ante:
            hit, how = ante, "phrase"
        elif final == "," and after:
            hit = according_after(p, run, limit)
            how = "according" if hit else ""
        if hit is None and before and before[-1] in ",:":
            hit = introduced(p, run, floor)
            how = "introduced" if hit else how
        if hit is None and previous is not None and (not before or before[-1] in ".!?;,"):
            hit, how = previous, "continued"
        if hit is None and post and (not before or before[-1] in ".!?") and final != ".":
            hit, how = post, "after open"
        if hit is None and before and before[-1] in ".!?" and count >= 4:
            if ante and ante.speaker >= 0:
                hit, how = ante, "sentence before"
            else:
                s = last_subject(p, p.start, run.outer_start)
                if s >= 0:
                    hit, how = Hit(p, -1, s), "subject before"
        if hit is None and not before and (not after or count >= 8):
            if memory.last is not None and p.index - memory.last_index <= 1:
                hit, how = memory.last, "paragraph before"
            elif count >= 8 and memory.previous is not None:
                s = last_subject(memory.previous, memory.previous.start, memory.previous.end)
                if s >= 0:
                    hit, how = Hit(memory.previous, -1, s), "subject of paragraph before"
        if hit is None and count >= MIN_FREE_WORDS:
            how = "free"
        flag = _flag(p, text, run, hit, how, count, final)
        if flag is None and not how:
            flag = "scare"
        if flag:
            found.append(Found(p, [(run.start, run.end)], "direct", "flag", flag=flag))
            continue
        hit = hit or Hit(p, -1, -1)
        if how == "phrase":
            start, end = phrase_start(p, run, hit.cue), phrase_end(p, run, hit.cue)
            at = number
            while at + 1 < len(p.runs) and p.runs[at].closed:
                if not _JOINT.fullmatch(text, p.runs[at].outer_end, p.runs[at + 1].outer_start):
                    break
                at += 1
                end = max(end, phrase_end(p, p.runs[at], hit.cue))
                joined.add(at)
            if any(
                a < end and b > start and b - a > end - start
                for k in by_cue.get(hit.cue, ())
                for a, b in reports[k].pieces
            ):
                previous = hit
                memory.last, memory.last_index = hit, p.index
                continue
            kind = "mixed" if start < run.outer_start or end > run.outer_end else "direct"
            fronted = fronted_of(p, hit, floor)
            pieces = [(start, end)] if fronted is None else [fronted, (start, end)]
            found.append(_made(p, pieces, "mixed" if fronted else kind, how, hit))
        else:
            start, kind, end = run.start, "direct", run.end
            if (
                how in ("after", "according")
                and before
                and (
                    before[-1] not in ".!?:,—-–" or (before[-1] == "," and ante is None and opens_quoted(p, run, floor))
                )
            ):
                led = _lead_in(text, floor, run)
                if led is not None:
                    start, kind, end = led, "mixed", run.outer_end
            if tail is not None and how in _TAILED:
                kind, end = "mixed", tail
            lead = lead_of(p, run, hit, floor) if how == "before" else None
            if lead is not None:
                found.append(_made(p, [lead, (start, end)], "mixed", how, hit))
            else:
                found.append(_made(p, [(start, end)], kind, how, hit))
            found[-1].goes_on = not run.closed
            if hit.cue >= 0 and how in ("after", "before", "after open", "according"):
                replaced.update(
                    k
                    for k in by_cue.get(hit.cue, ())
                    if how == "after" or any(a < run.end and b > run.start for a, b in reports[k].pieces)
                )
        if hit.cue >= 0 or hit.speaker >= 0:
            previous = hit
            memory.last, memory.last_index = hit, p.index
    return found, replaced


_TAILED = frozenset({"after", "after open", "before", "free", "subject of paragraph before", "paragraph before"})


def _runs_on(p: Parse, number: int, cue: int) -> bool:
    """Whether the run goes on with the report that the run before it stands in: one sentence, no other cue between."""
    if number == 0 or cue < 0:
        return False
    first, last = p.first_at(p.runs[number - 1].outer_end), p.first_at(p.runs[number].outer_start)
    inner = p.first_at(p.runs[number].start)
    if (
        not 0 < last - first <= RUN_ON_WORDS
        or first >= len(p)
        or inner >= len(p)
        or p.sentence[inner] != p.sentence[cue]
    ):
        return False
    if any(stops(p, i) or p.words[i] in (";", ":") or verb_at(p, i) is not None for i in range(first, last)):
        return False
    start = first + 1 if p.words[first] == "," and first + 1 < last else first
    return p.lower[start] in (
        "and",
        "but",
        "or",
        "if",
        "because",
        "who",
        "as",
        "to",
        "especially",
        "with",
        "for",
        "in",
        "of",
    )


RUN_ON_WORDS = 16
"""Words between two runs of one sentence up to which the second goes on with the report of the first."""


def _holder(
    found: list[Found], reports: list[Found], by_cue: dict[int, list[int]], cue: int, before: Run
) -> Found | None:
    """The report by `cue` that holds the run before."""
    for report in (*found[-1:], *(reports[k] for k in by_cue.get(cue, ()))):
        if report.flag is None and report.cue == cue and report.pieces[-1][0] <= before.start < report.pieces[-1][1]:
            return report
    return None


def _index(p: Parse, text: str, reports: list[Found]) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Run → the report whose content holds it and more, and cue → its reports."""
    covers: dict[int, int] = {}
    by_cue: dict[int, list[int]] = {}
    starts = [run.start for run in p.runs]
    for k, report in enumerate(reports):
        by_cue.setdefault(report.cue, []).append(k)
        for a, b in report.pieces:
            for number in range(bisect_left(starts, a), len(starts)):
                run = p.runs[number]
                if run.start >= b:
                    break
                more = _WORDS.search(text, a, run.outer_start) or (
                    report.how == "aside" and _WORDS.search(text, run.outer_end, b)
                )
                if b >= run.end - 1 and more:
                    covers.setdefault(number, k)
    return covers, by_cue


def _made(p: Parse, pieces: list[tuple[int, int]], kind: str, how: str, hit: Hit) -> Found:
    return Found(p, pieces, kind, how, hit.cue, hit.speaker, speaker_parse=hit.parse)


def _lead_in(text: str, floor: int, run: Run) -> int | None:
    """Where the sentence begins that runs into the marks: `The road "is shut," she said`."""
    cut = max(text.rfind(stop, floor, run.outer_start) for stop in (". ", "! ", "? ", ": "))
    start = cut + 2 if cut >= 0 else floor
    while start < run.outer_start and not text[start].isalnum():
        start += 1
    match = _CONNECTIVE.match(text, start, run.outer_start)
    if match:
        start = match.end()
    return start if _WORDS.search(text[start : run.outer_start]) else None


def _flag(p: Parse, text: str, run: Run, hit: Hit | None, how: str, count: int, final: str) -> str | None:
    """Whether the run is a nickname, a title or words at a distance rather than speech."""
    if count > 6 or how in ("after", "before", "dash", "according"):
        return None
    words = [w for w in _WORDS.findall(text[run.start : run.end]) if w[0].isalpha()]
    weighty = [w for w in words if len(w) > 3 or w[0].isupper()]
    first = p.first_at(run.outer_start)
    last = p.first_at(run.outer_end)
    if first > 0 and last < len(p) and count <= 2 and p.tags[first - 1] == "NNP" == p.tags[last] and weighty:
        return "nickname"
    if (
        how == "phrase"
        and hit is not None
        and hit.parse is p
        and p.tags[hit.cue] == "VBN"
        and p.deps[hit.cue] in ("acl", "")
        and not p.kids(hit.cue, "agent")
    ):
        return "title"
    verb = verb_at(hit.parse, hit.cue) if hit is not None and hit.cue >= 0 else None
    named = verb is not None and verb.phrase
    if len(words) >= 2 and weighty and all(w[0].isupper() for w in weighty) and not named and final not in ",.?!":
        return "title"
    if how in ("free", "continued", "") and count <= 3:
        return "scare"
    return None
