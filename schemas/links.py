"""The table `links`: which articles repeat which. Derived from `articles`, it can be made anew at any time."""

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")

LINK_KINDS = ("near_duplicate", "version")
"""A near duplicate is another article with almost the same text; a version is the same article delivered before."""

LINKS = pa.schema(
    [
        pa.field("article_id", pa.string(), nullable=False),
        pa.field("source_uri", pa.string(), nullable=False),
        pa.field("source_generation", pa.int64(), nullable=False),
        pa.field("record_index", pa.int64(), nullable=False),
        pa.field("published_at", _TIME),
        pa.field("received_at", _TIME, nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("similarity", pa.float32()),
        pa.field("other_article_id", pa.string(), nullable=False),
        pa.field("other_source_uri", pa.string(), nullable=False),
        pa.field("other_source_generation", pa.int64(), nullable=False),
        pa.field("other_record_index", pa.int64(), nullable=False),
        pa.field("other_published_at", _TIME),
        pa.field("other_received_at", _TIME, nullable=False),
        pa.field("family_id", pa.string(), nullable=False),
    ]
)
"""One row per link, from an article to an earlier one (`other_…`): earlier received, then by article_id.

`similarity` is the exact Jaccard similarity of the 5-word shingles, null for a version too short to have any.
`family_id` is the article_id that a family of linked articles began with; that first article has no row of its own.
"""
