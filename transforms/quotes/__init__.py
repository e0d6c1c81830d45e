"""Who said what: direct, mixed and indirect quotations of an article with their speakers, as pure functions."""

import re
from collections.abc import Sequence

from schemas.ids import stable_id
from schemas.records import CleanArticle, Entity, Quote
from transforms.paragraphs import Paragraph
from transforms.quotes.attribution import Hit, block_speaker, label_speaker
from transforms.quotes.confidence import confidence
from transforms.quotes.found import Found
from transforms.quotes.grammar import noun_phrase, verb_at
from transforms.quotes.indirect import find_indirect
from transforms.quotes.lexicon import HEDGES, PHRASAL, VERBS
from transforms.quotes.marked import Paragraphs, find_marked
from transforms.quotes.marks import find_runs
from transforms.quotes.parse import Parse
from transforms.quotes.people import People, gather
from transforms.quotes.repeats import link_repeats
from transforms.quotes.speakers import Resolver

__all__ = ["COMPONENTS", "find_quotes", "needs_parse"]

COMPONENTS = ("tok2vec", "tagger", "parser")
"""spaCy components that a paragraph needs which `needs_parse`; verb forms come from our own lexicon."""

_TOKENS = re.compile(r"[a-z]+|[\"“”„«»`‘]|''")
_MARKS = frozenset({'"', "“", "”", "„", "«", "»", "`", "‘", "''"})
_WANTED = frozenset(VERBS) | frozenset(PHRASAL) | _MARKS | {"according"}


def needs_parse(paragraph_view: str) -> bool:
    """Whether a paragraph can hold a quotation: it has quotation marks or a verb that reports.

    >>> needs_parse("Rain fell."), needs_parse("Rain fell, she said."), needs_parse("A “dry” day.")
    (False, True, True)
    """
    return not _WANTED.isdisjoint(_TOKENS.findall(paragraph_view.lower()))


def find_quotes(
    article: CleanArticle, view: str, paragraphs: Sequence[Paragraph], entities: Sequence[Entity]
) -> tuple[Quote, ...]:
    """Find the quotations of one article, in clean coordinates and in order.

    `view` is the tagger's view of the clean text, same length. Paragraphs without a parse give none.
    """
    text = article.text
    people = gather(text, entities)
    parses = [Parse(q, find_runs(text, q.start, q.end)) for q in paragraphs if q.parsed and q.doc is not None]
    _mark_subjects(people, parses)
    parsed = {p.index: p for p in parses}
    memory = Paragraphs()
    found: list[Found] = []
    block: Hit | None = None
    for paragraph in paragraphs:
        p = parsed.get(paragraph.index)
        here = [] if p is None else _of_paragraph(p, text, people, memory)
        quiet = p is None or (not p.runs and block_speaker(p) is None)
        if block is not None and quiet and _is_block(here, paragraph):
            span = [(paragraph.start, paragraph.end)]
            here = [Found(block.parse, span, "indirect", "block", block.cue, block.speaker, paragraph=paragraph.index)]
        found = _carry_on(found, here, p)
        block = block_speaker(p) if p is not None else None
        memory.previous = p
    found.sort(key=lambda f: (f.start, -f.end))
    resolver = Resolver(people, text)
    rows = [_row(article, f, resolver) for f in found]
    return link_repeats(rows, article.embeds)


MIN_BLOCK_CHARS = 60
"""A paragraph handed over by a colon is a quotation if it is at least this long, and no list item or label."""


def _is_block(here: list[Found], paragraph: Paragraph) -> bool:
    return paragraph.end - paragraph.start >= MIN_BLOCK_CHARS and not any(f.how == "label" for f in here)


def _carry_on(found: list[Found], here: list[Found], p: Parse | None) -> list[Found]:
    """Join a quotation that goes on in the next paragraph, where its opening mark is repeated."""
    last = found[-1] if found else None
    if (
        last is None
        or p is None
        or not last.goes_on
        or not p.runs
        or p.runs[0].outer_start != p.start
        or p.index != max(last.parse.index, last.last_paragraph) + 1
    ):
        return found + here
    first = next((f for f in here if not f.flag and f.start == p.runs[0].start), None)
    if first is None:
        return found + here
    if first.how in ("after", "before", "dash", "according"):
        last.cue, last.speaker, last.speaker_parse = first.cue, first.speaker, first.speaker_parse or first.parse
        last.cue_end, last.how = first.cue_end, first.how
    last.pieces = [*last.pieces, *first.pieces]
    last.goes_on, last.last_paragraph = first.goes_on, p.index
    return found + [f for f in here if f is not first]


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
        while i >= 0 and p.deps[i] == "compound" and p.heads[i] != i:
            i = p.heads[i]
        mention.quoted = p.run_of[p.at(mention.start)] >= 0
        mention.subject = i >= 0 and p.deps[i] in ("nsubj", "nsubjpass") and p.run_of[i] < 0


def _flag_nested(quotes: list[Found]) -> None:
    """A report wholly inside another's content is kept apart: the outer one has its words already."""
    for inner in quotes:
        if inner.flag or inner.how not in _BY_GRAMMAR:
            continue
        for outer in quotes:
            if outer is inner or outer.flag or outer.cue == inner.cue:
                continue
            if (
                all(any(a <= c and d <= b for a, b in outer.pieces) for c, d in inner.pieces)
                and inner.pieces != outer.pieces
            ):
                if outer.how == "according" and inner.start - outer.start < _LEVEL_CHARS and inner.how == "clause":
                    outer.flag = "nested"
                else:
                    inner.flag = "nested"
                break


_LEVEL_CHARS = 80
"""Within this distance the content of "according to" is itself "who told whom": then its speaker is the speaker."""

_BY_GRAMMAR = frozenset({"clause", "aside", "noun", "according"})


def _join_pieces(quotes: list[Found]) -> list[Found]:
    """Join what one speaker says in one breath: "…," she said, "…." and "…," she said. "…." """
    joined: list[Found] = []
    for q in sorted(quotes, key=lambda f: (f.start, -f.end)):
        last = next((j for j in reversed(joined) if not j.flag), None)
        if (
            last is not None
            and not q.flag
            and q.how == "continued"
            and last.parse is q.parse
            and last.cue == q.cue
            and last.how in _JOINABLE
            and last.end <= q.start
        ):
            last.pieces = [*last.pieces, *q.pieces]
            if q.type != last.type:
                last.type = "mixed"
        else:
            joined.append(q)
    return joined


_JOINABLE = frozenset({"after", "before", "after open", "dash", "according", "aside", "clause"})


def _of_paragraph(p: Parse, text: str, people: People, memory: Paragraphs) -> list[Found]:
    reports = find_indirect(p)
    quotes, replaced = find_marked(p, text, reports, memory)
    taken = [piece for q in quotes if q.flag is None for piece in q.pieces]
    for k, report in enumerate(reports):
        if k in replaced:
            continue
        if any(min(d, b) - max(c, a) > 0.5 * min(d - c, b - a) for a, b in report.pieces for c, d in taken):
            continue
        size = sum(b - a for a, b in report.pieces)
        marked = sum(max(0, min(b, r.end) - max(a, r.start)) for a, b in report.pieces for r in p.runs)
        report.type = "indirect" if not marked else "direct" if marked > 0.9 * size else "mixed"
        quotes.append(report)
    _flag_nested(quotes)
    quotes = _join_pieces(quotes)
    label = label_speaker(p, text)
    if (
        label is not None
        and people.within(p.start, label[1] - 1, "PERSON") is not None
        and not any(f.flag is None and f.how in ("after", "before") for f in quotes)
    ):
        hit, start = label
        end = p.starts[-1] if p.words[-1] == "." else p.ends[-1]
        return [Found(p, [(start, end)], "mixed" if p.runs else "indirect", "label", -1, hit.speaker)]
    return quotes


def _row(article: CleanArticle, f: Found, resolver: Resolver) -> Quote:
    raw, text, p = article.raw, article.text, f.speaker_parse or f.parse
    who = resolver.resolve(p, f.speaker, f.cue)
    cue = (p.starts[f.cue], p.ends[max(f.cue, f.cue_end)]) if f.cue >= 0 else (None, None)
    near = p.lower[max(0, f.cue - 4) : f.cue + 3] if f.cue >= 0 else []
    return Quote(
        quote_id=stable_id(raw.article_id, raw.source_uri, raw.source_generation, raw.record_index, "quote", f.start),
        text=" ".join(text[a:b] for a, b in f.pieces),
        type=f.type,
        start=f.start,
        end=f.end,
        pieces=tuple(f.pieces),
        paragraph_index=f.parse.index if f.paragraph < 0 else f.paragraph,
        flag=f.flag,
        speaker=text[who.start : who.end] if who.start is not None else None,
        speaker_start=who.start,
        speaker_end=who.end,
        speaker_name=who.name,
        speaker_key=who.key,
        speaker_kind=who.kind,
        speaker_reason=who.reason,
        cue=text[cue[0] : cue[1]] if cue[0] is not None else None,
        cue_start=cue[0],
        cue_end=cue[1],
        addressee=_addressee(f, p, text),
        hedged=not HEDGES.isdisjoint(near),
        confidence=confidence(f.how, who.kind),
    )


def _addressee(f: Found, p: Parse, text: str) -> str | None:
    """Who is spoken to, as printed: "told reporters", "said to her aides"."""
    if f.cue < 0 or f.how == "noun":
        return None
    verb = verb_at(p, f.cue)
    hearer = -1
    if verb is not None and verb.hearer:
        hearer = next((k for k in p.kids(f.cue, "dobj", "dative", "iobj") if k > f.cue and k != f.speaker), -1)
    if hearer < 0:
        to = next((k for k in p.kids(f.cue, "prep", "dative") if p.lower[k] == "to"), -1)
        hearer = next(iter(p.kids(to, "pobj")), -1) if to >= 0 else -1
    if hearer < 0 or p.run_of[hearer] >= 0:
        return None
    first, last = noun_phrase(p, hearer)
    return text[p.starts[first] : p.ends[last]]
