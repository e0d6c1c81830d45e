"""From an annotated article to rows of the six tables: where both coordinate systems come together."""

import re
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from schemas.ids import sha256_hex, stable_id
from schemas.records import AnnotatedArticle, CleanArticle, Failure, Portion, Portioned, Quote
from schemas.tables import SCHEMA_VERSION, TABLES
from transforms.edits import EditMap

Row = dict[str, Any]
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def to_tables(portioned: Portioned[AnnotatedArticle], code_version: str) -> dict[str, pa.Table]:
    """All rows of a portion as Arrow tables by name, each with its schema; a table without rows is left out."""
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    for annotated in portioned.articles:
        clean = annotated.clean
        begin = _begin(clean)
        offsets = EditMap(clean.edits)
        rows["articles"].append(begin | _article(annotated))
        rows["entities"].extend(begin | row for row in _entities(annotated, offsets))
        rows["quotes"].extend(begin | _quote(quote, offsets) for quote in annotated.quotes)
        rows["embeds"].extend(begin | row for row in _embeds(clean))
        rows["removals"].extend(begin | row for row in _removals(clean))
    rows["failures"].extend(failure_row(portioned.portion, failure, code_version) for failure in portioned.failures)
    return {name: pa.Table.from_pylist(found, schema=TABLES[name]) for name, found in rows.items() if found}


def count_words(text: str) -> int:
    """Words of a text, an apostrophe joining its parts.

    >>> count_words("The mayor's 3 dogs, 1.5 km away")
    8
    """
    return sum(1 for _ in _WORD.finditer(text))


def _begin(clean: CleanArticle) -> Row:
    raw = clean.raw
    return {
        "article_id": raw.article_id,
        "source_uri": raw.source_uri,
        "source_generation": raw.source_generation,
        "record_index": raw.record_index,
        "published_at": raw.published_us,
        "received_at": raw.received_us,
    }


def _article(annotated: AnnotatedArticle) -> Row:
    clean, raw = annotated.clean, annotated.clean.raw
    return {
        "source_id": raw.source_id,
        "provider": raw.provider,
        "media_type": raw.media_type,
        "url": raw.url,
        "headline": raw.headline,
        "byline": clean.byline,
        "credit": clean.credit,
        "dateline_place": clean.dateline_place,
        "dateline_agency": clean.dateline_agency,
        "language": annotated.language,
        "slug": raw.slug,
        "urgency": raw.urgency,
        "version": raw.version,
        "status": raw.status,
        "embargo_at": raw.embargo_us,
        "date_flag": raw.date_flag,
        "text": clean.text,
        "text_sha256": sha256_hex(clean.text.encode()),
        "raw_sha256": raw.raw_sha256,
        "word_count": count_words(clean.text),
        "raw_chars": len(raw.text),
        "removed_chars": sum(e.raw_end - e.raw_start for e in clean.edits if not e.replacement),
        "entity_count": len(annotated.entities),
        "quote_count": sum(quote.flag is None for quote in annotated.quotes),
        "model": annotated.model and annotated.model.name,
        "model_sha256": annotated.model and annotated.model.sha256,
        "extra": raw.extra,
        "schema_version": SCHEMA_VERSION,
    }


def _entities(annotated: AnnotatedArticle, offsets: EditMap) -> Iterable[Row]:
    for found in annotated.entities:
        if found.start is None or found.end is None:
            raw_start, raw_end = found.raw_start, found.raw_end
        else:
            raw_start, raw_end = offsets.to_raw(found.start, found.end)
        yield {
            "text": found.text,
            "label": found.label,
            "start": found.start,
            "end": found.end,
            "raw_start": raw_start,
            "raw_end": raw_end,
            "sentence_index": found.sentence_index,
            "in_quote": found.in_quote,
            "entity": found.entity,
            "entity_key": found.entity_key,
            "salience": found.salience,
            "rule": found.rule,
            "model_label": found.model_label,
        }


def _both(prefix: str, start: int | None, end: int | None, offsets: EditMap) -> Row:
    """An optional span in both coordinate systems, as columns."""
    raw_start, raw_end = (None, None) if start is None or end is None else offsets.to_raw(start, end)
    return {
        f"{prefix}start": start,
        f"{prefix}end": end,
        f"{prefix}raw_start": raw_start,
        f"{prefix}raw_end": raw_end,
    }


def _quote(quote: Quote, offsets: EditMap) -> Row:
    return {
        "quote_id": quote.quote_id,
        "text": quote.text,
        "type": quote.type,
        "flag": quote.flag,
        **_both("", quote.start, quote.end, offsets),
        "pieces": [_both("", start, end, offsets) for start, end in quote.pieces],
        "paragraph_index": quote.paragraph_index,
        "speaker": quote.speaker,
        **_both("speaker_", quote.speaker_start, quote.speaker_end, offsets),
        "speaker_name": quote.speaker_name,
        "speaker_key": quote.speaker_key,
        "speaker_kind": quote.speaker_kind,
        "speaker_reason": quote.speaker_reason,
        "cue": quote.cue,
        **_both("cue_", quote.cue_start, quote.cue_end, offsets),
        "addressee": quote.addressee,
        "hedged": quote.hedged,
        "confidence": quote.confidence,
        "duplicate_of": quote.duplicate_of,
    }


def _embeds(clean: CleanArticle) -> Iterable[Row]:
    for embed in clean.embeds:
        yield {
            "embed_id": embed.embed_id,
            "platform": embed.platform,
            "author_name": embed.author_name,
            "handle": embed.handle,
            "posted_at": embed.posted_us,
            "text": embed.text,
            "links": embed.links,
            "raw_start": embed.raw_start,
            "raw_end": embed.raw_end,
        }


def _removals(clean: CleanArticle) -> Iterable[Row]:
    for edit in clean.edits:
        yield {
            "kind": edit.kind,
            "rule": edit.rule,
            "raw_start": edit.raw_start,
            "raw_end": edit.raw_end,
            "text": edit.text,
            "replacement": edit.replacement,
        }


def failure_row(portion: Portion, failure: Failure, code_version: str) -> Row:
    """A failure's row: its id is a function of what failed where, so that a rerun finds it again."""
    place = (portion.uri, portion.generation, failure.record_index)
    return {
        "failure_id": stable_id("failure", *place, failure.stage, failure.reason),
        "source_uri": portion.uri,
        "source_generation": portion.generation,
        "record_index": failure.record_index,
        "published_at": failure.published_us,
        "received_at": portion.received_us,
        "article_id": failure.article_id,
        "stage": failure.stage,
        "reason": failure.reason,
        "detail": failure.detail,
        "payload": failure.payload,
        "payload_sha256": failure.payload_sha256,
        "payload_bytes": failure.payload_bytes,
        "attempts": 1,
        "code_version": code_version,
    }
