"""Objects to portions: opened at their generation, split into records, cut where the log has no outcome yet."""

import logging
from collections.abc import Iterator

from pipeline.log import ObjectState
from pipeline.store import Found, Gone, StoreError, Superseded, open_object, still_there
from schemas.ids import sha256_hex
from schemas.limits import Limits
from schemas.records import Failure, Portion, RawDocument, RawRecord
from transforms.parsing.framing import Framed, Framing, read_records
from transforms.parsing.media import one_article_by_name
from transforms.parsing.pieces import Refused

logger = logging.getLogger(__name__)

NOTES_EVERY_S = 60.0
"""How often a run that goes on looks at notes of dead attempts, for objects that are gone and have no outcome."""


def lost_object(portion: Portion) -> Found | None:
    """A noted object that is not there any more, to be read as the failure that it is; None if it still is there.

    Raises StoreError where that can't be known.
    """
    if still_there(portion.uri, portion.generation):
        return None
    return Found(portion.uri, portion.generation, 1, portion.received_us)


def read_portions(found: Found, known: ObjectState | None, limits: Limits) -> Iterator[RawDocument]:
    """Read an object as portions of about `limits.portion_bytes`; what `known` says has an outcome is passed over.

    Portions follow one another without a gap, so a range that was lost is found from the log alone. An object that is
    gone or was replaced ends in a portion that is a failure; so does one too large by name and size, unread.
    Memory is that of one portion and, for a format of many records, 16 bytes a record to know repeats by. Raises
    StoreError where the storage fails otherwise.
    """
    at_byte = at_record = 0
    if one_article_by_name(found.uri) and found.size_bytes > limits.max_object_bytes:
        detail = f"{found.size_bytes} bytes in a format of one article; max_object_bytes is {limits.max_object_bytes}"
        yield from _rest_unread(found, known, at_byte, at_record, "too_large", detail)
        return
    try:
        with open_object(found) as stream:
            framed = read_records(stream, found.uri, limits, size_bytes=found.size_bytes)
            for document in _cut(found, framed, known, limits):
                yield document
                at_byte, at_record = document.portion.end_byte or 0, document.portion.next_record
    except (Gone, Superseded) as error:
        reason = "gone" if isinstance(error, Gone) else "superseded"
        yield from _rest_unread(found, known, at_byte, at_record, reason, str(error))
    except StoreError:
        raise
    except OSError as error:
        yield from _rest_unread(found, known, at_byte, at_record, "corrupt", f"Reading failed: {error}.")


def _cut(found: Found, framed: Framed, known: ObjectState | None, limits: Limits) -> Iterator[RawDocument]:
    pending: _Pending | None = None
    previous_end = previous_record = 0
    for item, repeat in with_repeats(framed):
        done = known is not None and known.overlaps(item.start_byte, max(item.end_byte, item.start_byte + 1))
        if pending and (done or pending.size_bytes >= limits.portion_bytes):
            yield pending.document(found, framed.media_type, item.start_byte, last=False)
            pending = None
        if not done:
            pending = pending or _Pending(item.start_byte if item.index else 0, item.index)
            if isinstance(item, Refused):
                pending.refuse(item)
            elif repeat:
                pending.repeats += 1
            else:
                pending.take(RawRecord(item.index, item.content))
        previous_end, previous_record = item.end_byte, item.index + 1
    if pending:
        yield pending.document(found, framed.media_type, previous_end, last=True)
    elif previous_record == 0:
        yield _unread(found, 0, 0, None, "empty", "The object holds no record.")


def with_repeats(framed: Framed) -> Iterator[tuple[Framing, bool]]:
    """Each item, and whether it is a record whose bytes came before in this object: in formats of many records."""
    seen: set[bytes] = set()
    for item in framed:
        repeat = False
        if framed.multi and not isinstance(item, Refused):
            digest = bytes.fromhex(sha256_hex(item.content)[:32])
            repeat = digest in seen
            seen.add(digest)
        yield item, repeat


class _Pending:
    """The portion being filled."""

    def __init__(self, start_byte: int, first_record: int) -> None:
        self.start_byte = start_byte
        self.first_record = first_record
        self.size_bytes = 0
        self.records: list[RawRecord] = []
        self.failures: list[Failure] = []
        self.repeats = 0

    def take(self, record: RawRecord) -> None:
        self.records.append(record)
        self.size_bytes += len(record.content)

    def refuse(self, item: Refused) -> None:
        self.failures.append(refused_failure(item))

    def document(self, found: Found, media_type: str, end_byte: int, *, last: bool) -> RawDocument:
        count = len(self.records) + len(self.failures) + self.repeats
        portion = Portion(
            found.uri,
            found.generation,
            found.updated_us,
            self.start_byte,
            end_byte,
            self.first_record,
            self.first_record + count,
            last,
            media_type,
        )
        return RawDocument(portion, media_type, tuple(self.records), tuple(self.failures), self.repeats)


def refused_failure(item: Refused) -> Failure:
    """What is refused before it is a record, as the failure that it is."""
    return Failure("read", item.reason, item.detail, item.index, item.payload, item.payload_sha256, item.payload_bytes)


def _rest_unread(
    found: Found, known: ObjectState | None, at_byte: int, at_record: int, reason: str, detail: str
) -> Iterator[RawDocument]:
    """A failure for each range that has no outcome: one that overlapped what has would be dropped as done."""
    for start, end, next_record in sorted(known.ranges) if known else ():
        if start > at_byte:
            yield _unread(found, at_byte, at_record, start, reason, detail)
        if end > at_byte:
            at_byte, at_record = end, next_record
    if known is None or known.total_bytes is None or at_byte < known.total_bytes:
        yield _unread(found, at_byte, at_record, None, reason, detail)


def _unread(
    found: Found, start_byte: int, first_record: int, end_byte: int | None, reason: str, detail: str
) -> RawDocument:
    portion = Portion(
        found.uri,
        found.generation,
        found.updated_us,
        start_byte,
        end_byte,
        first_record,
        first_record + 1,
        end_byte is None,
    )
    return RawDocument(portion, "application/octet-stream", (), (Failure("read", reason, detail, first_record),))
