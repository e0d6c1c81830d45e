"""The six Parquet tables: the contract with every reader. Changes are additive only, and raise SCHEMA_VERSION."""

import pyarrow as pa

SCHEMA_VERSION = 1

_TIME = pa.timestamp("us", tz="UTC")


def _column(name: str, kind: pa.DataType, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable)


def _required(name: str, kind: pa.DataType) -> pa.Field:
    return _column(name, kind, nullable=False)


def _begin(first: str) -> list[pa.Field]:
    """The columns that every table begins with; `source_generation` and `received_at` tell versions apart."""
    return [
        _required(first, pa.string()),
        _required("source_uri", pa.string()),
        _required("source_generation", pa.int64()),
        _required("record_index", pa.int64()),
        _column("published_at", _TIME),
        _required("received_at", _TIME),
    ]


def _span(prefix: str = "", *, nullable: bool = True) -> list[pa.Field]:
    return [_column(f"{prefix}{end}", pa.int32(), nullable=nullable) for end in ("start", "end")]


_PIECE = pa.struct([_required(name, pa.int32()) for name in ("start", "end", "raw_start", "raw_end")])

ARTICLES = pa.schema(
    [
        *_begin("article_id"),
        _column("source_id", pa.string()),
        _column("provider", pa.string()),
        _required("media_type", pa.string()),
        _column("url", pa.string()),
        _column("headline", pa.string()),
        _column("byline", pa.string()),
        _column("credit", pa.string()),
        _column("dateline_place", pa.string()),
        _column("dateline_agency", pa.string()),
        _column("language", pa.string()),
        _column("slug", pa.string()),
        _column("urgency", pa.int32()),
        _column("version", pa.string()),
        _required("status", pa.string()),
        _column("embargo_at", _TIME),
        _column("date_flag", pa.string()),
        _required("text", pa.string()),
        _required("text_sha256", pa.string()),
        _required("raw_sha256", pa.string()),
        _required("word_count", pa.int32()),
        _required("raw_chars", pa.int32()),
        _required("removed_chars", pa.int32()),
        _required("entity_count", pa.int32()),
        _required("quote_count", pa.int32()),
        _column("model", pa.string()),
        _column("model_sha256", pa.string()),
        _required("extra", pa.string()),
        _required("schema_version", pa.int32()),
    ]
)

ENTITIES = pa.schema(
    [
        *_begin("article_id"),
        _required("text", pa.string()),
        _required("label", pa.string()),
        *_span(),
        *_span("raw_", nullable=False),
        _column("sentence_index", pa.int32()),
        _required("in_quote", pa.bool_()),
        _required("entity", pa.string()),
        _required("entity_key", pa.string()),
        _required("salience", pa.float32()),
        _column("rule", pa.string()),
        _column("model_label", pa.string()),
    ]
)

QUOTES = pa.schema(
    [
        *_begin("article_id"),
        _required("quote_id", pa.string()),
        _required("text", pa.string()),
        _required("type", pa.string()),
        _column("flag", pa.string()),
        *_span(nullable=False),
        *_span("raw_", nullable=False),
        _required("pieces", pa.list_(pa.field("element", _PIECE, nullable=False))),
        _required("paragraph_index", pa.int32()),
        _column("speaker", pa.string()),
        *_span("speaker_"),
        *_span("speaker_raw_"),
        _column("speaker_name", pa.string()),
        _column("speaker_key", pa.string()),
        _required("speaker_kind", pa.string()),
        _column("speaker_reason", pa.string()),
        _column("cue", pa.string()),
        *_span("cue_"),
        *_span("cue_raw_"),
        _column("addressee", pa.string()),
        _required("hedged", pa.bool_()),
        _required("confidence", pa.float32()),
        _column("duplicate_of", pa.string()),
    ]
)

EMBEDS = pa.schema(
    [
        *_begin("article_id"),
        _required("embed_id", pa.string()),
        _required("platform", pa.string()),
        _column("author_name", pa.string()),
        _column("handle", pa.string()),
        _column("posted_at", _TIME),
        _required("text", pa.string()),
        _required("links", pa.string()),
        *_span("raw_", nullable=False),
    ]
)

REMOVALS = pa.schema(
    [
        *_begin("article_id"),
        _required("kind", pa.string()),
        _required("rule", pa.string()),
        *_span("raw_", nullable=False),
        _required("text", pa.string()),
        _required("replacement", pa.string()),
    ]
)

FAILURES = pa.schema(
    [
        *_begin("failure_id"),
        _column("article_id", pa.string()),
        _required("stage", pa.string()),
        _required("reason", pa.string()),
        _required("detail", pa.string()),
        _required("payload", pa.binary()),
        _required("payload_sha256", pa.string()),
        _required("payload_bytes", pa.int64()),
        _required("attempts", pa.int32()),
        _required("code_version", pa.string()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "entities": ENTITIES,
    "quotes": QUOTES,
    "embeds": EMBEDS,
    "removals": REMOVALS,
    "failures": FAILURES,
    "articles": ARTICLES,
}
"""Table name to schema, in the order of publishing: articles last, so that an article that is seen has all its rows."""
