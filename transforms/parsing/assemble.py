"""From a format's draft to a raw article: its id, its dates, its limits."""

import json
import re
from typing import Any

from schemas.ids import sha256_hex, stable_id
from schemas.records import Portion, RawArticle
from transforms.parsing.dates import read_date
from transforms.parsing.decoding import mend
from transforms.parsing.draft import Draft
from transforms.parsing.refusal import Refusal
from transforms.parsing.settings import ParseSettings
from transforms.parsing.wire_fields import STATUSES, status_of

_URI = re.compile(r"(?:urn|tag|https?|ftp|doi|info|uuid|nntp|news|ni):\S+", re.I)


def article_id(
    source_id: str | None, provider: str | None, url: str | None, uri: str, record_sha256: str, *, alone: bool
) -> str:
    """Id of an article: equal for all versions of one story, different between feeds (DESIGN, section 3).

    `alone` says that the object holds one article and no more.
    """
    if source_id and provider:
        return stable_id("id", provider, source_id)
    if source_id and _URI.fullmatch(source_id):
        return stable_id("uri", source_id)
    if url:
        return stable_id("url", url)
    return stable_id("object", uri) if alone else stable_id("record", uri, record_sha256)


def assemble(
    draft: Draft, portion: Portion, record_index: int, content: bytes, settings: ParseSettings, *, alone: bool
) -> RawArticle:
    """Make the article of a draft; raises `Refusal` where it has no text, unless it is a kill, or too much of it.

    `content` are the record's bytes, `alone` says that the object holds this article and no other.
    """
    limits = settings.limits
    text, mended = mend(draft.text, limits)
    status = draft.status if draft.status in STATUSES else status_of(draft.status)
    if not text.strip() and not (status == "cancelled" and (draft.source_id or draft.url)):
        raise Refusal("missing_text", "the article has no text", draft.raw)
    if len(text) > limits.max_article_chars:
        detail = f"{len(text)} characters; max_article_chars is {limits.max_article_chars}"
        raise Refusal("too_long", detail, draft.raw)
    notes = dict(draft.notes)
    if mended:
        notes["replaced_chars"] = notes.get("replaced_chars", 0) + mended
    published_us, date_flag = read_date(draft.date, portion.received_us)
    if published_us is None and draft.date not in (None, ""):
        notes["date"] = str(draft.date)[:200]
    embargo_us, _ = read_date(draft.embargo)
    if embargo_us is None and draft.embargo not in (None, ""):
        notes["embargo"] = str(draft.embargo)[:200]
    extra = {**draft.extra, "wirecopy": notes} if notes else draft.extra
    content = content if draft.raw is None else draft.raw
    record_sha256 = sha256_hex(content)
    provider = _line(draft.provider) or settings.provider
    source_id, url = _line(draft.source_id), _line(draft.url)
    return RawArticle(
        article_id=article_id(source_id, provider, url, portion.uri, record_sha256, alone=alone),
        source_uri=portion.uri,
        source_generation=portion.generation,
        record_index=record_index,
        received_us=portion.received_us,
        text=text,
        raw_sha256=record_sha256,
        media_type=draft.media_type,
        published_us=published_us,
        date_flag=date_flag,
        source_id=source_id,
        provider=provider,
        url=url,
        headline=_line(draft.headline),
        byline=_line(draft.byline),
        credit=_line(draft.credit),
        dateline_place=_line(draft.dateline_place),
        dateline_agency=_line(draft.dateline_agency),
        language=_line(draft.language),
        slug=_line(draft.slug),
        urgency=draft.urgency,
        version=_line(draft.version),
        status=status,
        embargo_us=embargo_us,
        marks=draft.marks,
        extra=extra_json(extra),
        content=content,
    )


def extra_json(extra: dict[str, Any]) -> str:
    """A JSON object with sorted keys, in characters that any file can hold."""
    dumped = json.dumps(extra, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return dumped.encode("utf-8", "replace").decode("utf-8")


def _line(value: str | None) -> str | None:
    """A field as one line without blanks at its ends, None where nothing is left."""
    if value is None:
        return None
    line = " ".join(value.split()).replace("\0", "\ufffd")
    return line.encode("utf-8", "replace").decode("utf-8") or None
