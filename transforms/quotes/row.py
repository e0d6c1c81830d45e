"""A quotation with its speaker as the record that becomes a row."""

from schemas.ids import stable_id
from schemas.records import CleanArticle, Quote
from transforms.quotes.confidence import confidence
from transforms.quotes.found import Found
from transforms.quotes.grammar import noun_phrase, verb_at
from transforms.quotes.lexicon import HEDGES
from transforms.quotes.parse import Parse
from transforms.quotes.speakers import Resolver


def to_row(article: CleanArticle, f: Found, resolver: Resolver) -> Quote:
    """Resolve the speaker and make the row; rows must be made in the order of the text."""
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
        confidence=confidence(f.how),
    )


def _addressee(f: Found, p: Parse, text: str) -> str | None:
    """Who is spoken to, as printed: "told reporters", "said to her aides"."""
    if f.cue < 0 or f.how in ("noun", "according"):
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
