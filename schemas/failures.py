"""Why an input can be refused: each reason with what it means and what to do next, in words a person can act on."""

from schemas.ids import sha256_hex

STAGES = ("read", "parse", "clean", "annotate", "write")
"""Where a failure can arise, in the order of the pipeline."""

NEXT_STEP = {
    "empty": "The object holds no text. Nothing to do unless the feed should have filled it.",
    "too_large": "Raise the limit named in the detail, or split the object.",
    "too_long": "Raise --max_article_chars, or look whether the record is one article at all.",
    "too_deep": "The markup is nested beyond any real article. Look at the source before raising --max_nesting_depth.",
    "corrupt": "The object is damaged. Whole records before the damage are rows; deliver it anew and run again.",
    "unsupported": "The format is not read. Unpack archives first; docs/formats.md lists the formats.",
    "encoding": "The bytes are not UTF-8 and declare nothing else. Declare it in the record or convert the object.",
    "malformed": "The record breaks its own format at the place named in the detail. Repair it and replay.",
    "missing_text": "The record has no text field that is known. Name it with --field text=NAME and replay.",
    "wrong_type": "A field has a type that can't be read. The detail names the field; --field can point elsewhere.",
    "no_article": "The page or response holds no article. Nothing to do, or report the page if it should.",
    "gone": "The object was listed but could not be read any more. Deliver it again if it was not meant to go.",
    "superseded": "A newer version of the object replaced this one before it was read. The newer one has its own rows.",
    "timeout": "The record took longer than --max_record_seconds. Look at it before raising the limit.",
    "crashed": "The process died on it, of memory or in native code. Report it with the payload; replay after the fix.",
    "error": "The code failed on this input; the detail says where. Report it with the payload; replay after the fix.",
}
"""Every reason a failure row can have, with the next step for whoever reads it."""


def payload_facts(payload: bytes, limit_bytes: int) -> tuple[bytes, str, int]:
    """What a failure keeps of the bytes that failed: the first of them, the hash and size of all."""
    return payload[:limit_bytes], sha256_hex(payload), len(payload)
