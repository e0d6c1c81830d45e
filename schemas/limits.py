"""Every limit of the product by name, with its default and what happens beyond it. Sizes in bytes, times in seconds."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run.

    max_object_bytes: an object of a one-article format above it is refused by its size, unread: failure `too_large`.
    max_record_bytes: a record (line, WARC response) above it is skipped while streaming: failure `too_large`.
    max_decompressed_bytes: a compressed one-article object is stopped there while streaming: failure `too_large`.
    max_nesting_depth: JSON, HTML or XML nested deeper is refused before parsing: failure `too_deep`.
    max_elements: HTML or XML of more tags, JSON of more lists and objects: refused before parsing, failure `too_large`.
    max_article_chars: an article with more text is refused: failure `too_long`.
    max_token_chars: a run without a blank longer than this is left out of the tagger's view.
    max_record_seconds: a record that takes longer is ended with its process, others go on: failure `timeout`.
    max_payload_bytes: a failure keeps this much of the original bytes, beside their hash and size.
    max_replaced_share: undecodable bytes up to this share of the characters are replaced, beyond it failure `encoding`.
    portion_bytes: records of an object are read, annotated and committed in portions of about this size.
    batch_bytes: a local batch, committed as one, takes up portions to about this size.
    """

    max_object_bytes: int = 32 * MIB
    max_record_bytes: int = 32 * MIB
    max_decompressed_bytes: int = 64 * MIB
    max_nesting_depth: int = 200
    max_elements: int = 200_000
    max_article_chars: int = 2_000_000
    max_token_chars: int = 1_000
    max_record_seconds: int = 60
    max_payload_bytes: int = 64 * 1024
    max_replaced_share: float = 0.01
    portion_bytes: int = 1 * MIB
    batch_bytes: int = 4 * MIB


DEFAULT = Limits()
