"""The records between the stages: frozen, made of plain values, times in µs UTC, offsets in code points.

Two coordinate systems: `start/end` are offsets into the clean text, `raw_start/raw_end` into the raw article text as
parsed (line ends settled to \\n there). Spans are half-open.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

KINDS = (
    "tweet",
    "advertisement",
    "promo",
    "caption_credit",
    "byline",
    "dateline",
    "agency_footer",
    "share_links",
    "copyright",
    "hygiene",
)
"""What an edit of the raw text can be for; `hygiene` changes characters, the others remove residue."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Portion:
    """An object, or a range of records of a large one: what is read, committed and counted as one.

    `start_byte` and `end_byte` are offsets into the object's decompressed bytes; `end_byte` is None for a portion that
    was never opened. Its records are `first_record` up to `next_record`; `last` says that the object ends here.
    `received_us` is the object's own update time. `replays` names the failures that it settles, where it is no new one.
    """

    uri: str
    generation: int
    received_us: int
    start_byte: int = 0
    end_byte: int | None = None
    first_record: int = 0
    next_record: int = 0
    last: bool = True
    media_type: str = ""
    replays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of an object as its bytes: a whole file, a line of JSON Lines, a WARC response."""

    index: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """An input or an article that was refused, with the bytes it was and words a person can act on."""

    stage: str
    reason: str
    detail: str
    record_index: int
    payload: bytes = b""
    payload_sha256: str = ""
    payload_bytes: int = 0
    article_id: str | None = None
    published_us: int | None = None


@dataclass(frozen=True, slots=True)
class RawDocument:
    """The records of one portion, split but not yet understood.

    `repeats` counts records left out because their bytes came in before from the same object.
    """

    portion: Portion
    media_type: str
    records: tuple[RawRecord, ...] = ()
    failures: tuple[Failure, ...] = ()
    repeats: int = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of its records."""
        return sum(len(record.content) for record in self.records)


@dataclass(frozen=True, slots=True)
class Portioned(Generic[T]):
    """All articles of one portion at some stage, with what was refused on the way: they travel as one element."""

    portion: Portion
    articles: tuple[T, ...] = ()
    failures: tuple[Failure, ...] = ()
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of the raw text whose kind the format knew: an HTML embed or ad slot, a NITF byline or caption.

    `attributes` are (name, value) pairs: for a post `platform`, `author_name`, `handle`, `posted_at`, `links`.
    """

    kind: str
    rule: str
    raw_start: int
    raw_end: int
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RawArticle:
    """One article version as its format gave it, before any cleaning. `extra` is a JSON object of what else it had.

    `content` are the bytes it was read from, whose hash `raw_sha256` is: a failure in a later stage keeps them.
    """

    article_id: str
    source_uri: str
    source_generation: int
    record_index: int
    received_us: int
    text: str
    raw_sha256: str
    media_type: str = "text/plain"
    published_us: int | None = None
    date_flag: str | None = None
    source_id: str | None = None
    provider: str | None = None
    url: str | None = None
    headline: str | None = None
    byline: str | None = None
    credit: str | None = None
    dateline_place: str | None = None
    dateline_agency: str | None = None
    language: str | None = None
    slug: str | None = None
    urgency: int | None = None
    version: str | None = None
    status: str = "usable"
    embargo_us: int | None = None
    marks: tuple[Mark, ...] = ()
    extra: str = "{}"
    content: bytes = field(default=b"", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the raw text: a removal (`replacement` empty) or a hygiene edit (`replacement` a character).

    An edit with an empty span and a one-character `replacement` is an insertion. Edits never overlap and are sorted.
    """

    kind: str
    rule: str
    raw_start: int
    raw_end: int
    text: str
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Embed:
    """A social post that stood in the article. `links` are separated by blanks; a post's time may be only its day."""

    embed_id: str
    platform: str
    author_name: str | None
    handle: str | None
    posted_us: int | None
    text: str
    links: str
    raw_start: int
    raw_end: int


@dataclass(frozen=True, slots=True)
class CleanArticle:
    """A raw article with its clean text, the edits that lead there, and what was lifted out of the body.

    `byline`, `credit`, `dateline_place` and `dateline_agency` are the record's own where it had them, else lifted.
    """

    raw: RawArticle
    text: str
    edits: tuple[Edit, ...] = ()
    embeds: tuple[Embed, ...] = ()
    byline: str | None = None
    credit: str | None = None
    dateline_place: str | None = None
    dateline_agency: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """One mention. In a removed byline or dateline `start`/`end` are None and raw offsets set; else the reverse.

    `label` is OntoNotes'; `rule` names the rule that decided, None for the model, whose own label is `model_label`.
    """

    text: str
    label: str
    start: int | None
    end: int | None
    raw_start: int | None
    raw_end: int | None
    sentence_index: int | None
    entity: str
    entity_key: str
    salience: float
    rule: str | None = None
    model_label: str | None = None
    in_quote: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """One quotation in clean coordinates; `pieces` are the (start, end) spans of a split one, in order."""

    quote_id: str
    text: str
    type: str
    start: int
    end: int
    pieces: tuple[tuple[int, int], ...]
    paragraph_index: int
    flag: str | None = None
    speaker: str | None = None
    speaker_start: int | None = None
    speaker_end: int | None = None
    speaker_name: str | None = None
    speaker_key: str | None = None
    speaker_kind: str = "unknown"
    speaker_reason: str | None = None
    cue: str | None = None
    cue_start: int | None = None
    cue_end: int | None = None
    addressee: str | None = None
    hedged: bool = False
    confidence: float = 0.0
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """What tagged an article: package name and version, and the SHA-256 over the model's files."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """A clean article with its mentions and quotes; `model` is None where nothing was tagged."""

    clean: CleanArticle
    language: str
    entities: tuple[Entity, ...] = field(default=())
    quotes: tuple[Quote, ...] = field(default=())
    model: Model | None = None
