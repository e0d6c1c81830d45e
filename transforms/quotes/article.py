"""The quotations of one article: every paragraph in order, then speakers, then repeats."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from schemas.records import CleanArticle, Entity, Quote
from transforms.paragraphs import Paragraph
from transforms.quotes.attribution import Hit, block_speaker, label_speaker, signature
from transforms.quotes.found import Found
from transforms.quotes.indirect import find_indirect
from transforms.quotes.joins import carry_on, flag_nested, is_block, join_pieces
from transforms.quotes.marked import Paragraphs, find_marked
from transforms.quotes.marks import find_runs
from transforms.quotes.parse import Parse
from transforms.quotes.people import People, gather
from transforms.quotes.repeats import link_repeats
from transforms.quotes.row import to_row
from transforms.quotes.speakers import Resolver

_CAPITALS = re.compile(r"[A-Z][A-Z.'’ -]*: ")
MIN_LABELS = 2
"""Paragraphs that begin with a name in capitals and a colon before an article is taken for a transcript."""


_UNSIGNED = frozenset({"free", "paragraph before", "subject of paragraph before", "continued"})


def find_quotes(
    article: CleanArticle,
    view: str,  # noqa: ARG001  (the Docs hold it; marks are read from the text as printed)
    paragraphs: Sequence[Paragraph],
    entities: Sequence[Entity],
) -> tuple[Quote, ...]:
    """Find the quotations of one article, in clean coordinates and in order.

    `view` is the tagger's view of the clean text, same length. Paragraphs without a parse give none.
    """
    text = article.text
    people = gather(text, entities)
    parses = [Parse(q, find_runs(text, q.start, q.end)) for q in paragraphs if q.parsed and q.doc is not None]
    _mark_subjects(people, parses)
    parsed = {p.index: p for p in parses}
    transcript = sum(_CAPITALS.match(text, p.start, p.end) is not None for p in parses) >= MIN_LABELS
    memory = Paragraphs()
    found: list[Found] = []
    block: Hit | None = None
    for paragraph in paragraphs:
        p = parsed.get(paragraph.index)
        here = [] if p is None else _of_paragraph(p, text, people, memory, transcript)
        quiet = p is None or (not p.runs and block_speaker(p) is None)
        if block is not None and quiet and is_block(here, paragraph):
            span = [(paragraph.start, paragraph.end)]
            here = [Found(block.parse, span, "indirect", "block", block.cue, block.speaker, paragraph=paragraph.index)]
        if found and not here and found[-1].how in _UNSIGNED and found[-1].parse.index == paragraph.index - 1:
            lone = p if p is not None or paragraph.doc is None else Parse(paragraph)
            signed = signature(lone, text) if lone is not None else None
            if signed is not None:
                found[-1].speaker, found[-1].speaker_parse, found[-1].cue = signed.speaker, signed.parse, -1
                found[-1].how = "dash"
        found = carry_on(found, here, p)
        block = block_speaker(p) if p is not None else None
        memory.previous = p
    found.sort(key=lambda f: (f.start, f.flag is not None, -f.end))
    found = [f for k, f in enumerate(found) if not k or found[k - 1].start != f.start]
    resolver = Resolver(people, text)
    rows = [to_row(article, f, resolver) for f in found]
    return link_repeats(rows, article.embeds)


def _mark_subjects(people: People, parses: list[Parse]) -> None:
    """Note which mentions are subjects, and drop from sight those inside marks."""
    by_start: list[tuple[int, int, Parse]] = [(p.start, p.end, p) for p in parses]
    at = 0
    for mention in people.mentions:
        while at < len(by_start) and by_start[at][1] <= mention.start:
            at += 1
        if at == len(by_start):
            break
        start, _, p = by_start[at]
        if mention.start < start:
            continue
        i = p.at(max(mention.start, mention.end - 1))
        here = i
        while i >= 0 and p.deps[i] == "compound" and p.heads[i] != i:
            i = p.heads[i]
        mention.quoted = p.run_of[p.at(mention.start)] >= 0
        if mention.label == "PERSON" and i >= 0:
            for role in _roles(p, i) | (_roles(p, here) if here >= 0 else set()):
                people.roles.setdefault(role, []).append(mention)
        mention.subject = i >= 0 and p.deps[i] in ("nsubj", "nsubjpass") and p.run_of[i] < 0


_ROLE_OF_TITLE = {
    "sen.": "senator",
    "gov.": "governor",
    "rep.": "representative",
    "prof.": "professor",
    "dr.": "doctor",
}


_ROLE_WORDS = 8


def _roles(p: Parse, i: int) -> set[str]:
    """Role nouns that stand with a name: "harbour master Ada Vale", "Ada Vale, the harbour master"."""
    near = [
        k
        for k in range(max(0, i - _ROLE_WORDS), min(len(p), i + 2 * _ROLE_WORDS))
        if p.heads[k] == i != k and (p.deps[k] == "compound" or (p.deps[k] == "appos" and p.tags[k] == "NN"))
    ]
    if p.deps[i] == "appos" and p.tags[p.heads[i]] == "NN":
        near.append(p.heads[i])
    return {_ROLE_OF_TITLE.get(p.lower[k], p.lower[k]) for k in near}


_NEAR = 12


def _is_taken(report: Found, taken: list[tuple[int, int]]) -> bool:
    """Whether more than half of a piece, or of what is taken already, is the other's."""
    for a, b in report.pieces:
        at = bisect_left(taken, (b, 0))
        for c, d in taken[max(0, at - _NEAR) : at]:
            if min(d, b) - max(c, a) > 0.5 * min(d - c, b - a):
                return True
    return False


def _of_paragraph(p: Parse, text: str, people: People, memory: Paragraphs, transcript: bool) -> list[Found]:
    reports = find_indirect(p)
    quotes, replaced = find_marked(p, text, reports, memory)
    taken = sorted(piece for q in quotes if q.flag is None for piece in q.pieces)
    seen = {tuple(q.pieces) for q in quotes}
    for k, report in enumerate(reports):
        if k in replaced or tuple(report.pieces) in seen or _is_taken(report, taken):
            continue
        seen.add(tuple(report.pieces))
        size = sum(b - a for a, b in report.pieces)
        marked = sum(max(0, min(b, r.end) - max(a, r.start)) for a, b in report.pieces for r in p.runs)
        report.type = "indirect" if not marked else "direct" if marked > 0.9 * size else "mixed"
        quotes.append(report)
    flag_nested(quotes)
    quotes = join_pieces(quotes)
    label = label_speaker(p, text)
    if (
        label is not None
        and (transcript or people.within(p.start, label[1] - 1, "PERSON") is not None)
        and not any(f.flag is None and f.how in ("after", "before") for f in quotes)
    ):
        hit, start = label
        end = p.starts[-1] if p.words[-1] == "." else p.ends[-1]
        return [Found(p, [(start, end)], "mixed" if p.runs else "indirect", "label", -1, hit.speaker)]
    return quotes
