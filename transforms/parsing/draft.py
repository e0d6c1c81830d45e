"""What a format found in a record, before ids, dates and limits make an article of it."""

from dataclasses import dataclass, field
from typing import Any

from schemas.records import Mark


@dataclass(slots=True)
class Draft:
    """One article as its format names it.

    `text` has its final line ends where `marks` carry offsets into it. `date` and `embargo` are as delivered (str, or
    a number of seconds or milliseconds). `raw` is the article's own serialisation inside a container, None where the
    record is the article. `notes` says what the parser had to mend; it becomes `extra["wirecopy"]`.
    """

    text: str
    media_type: str
    raw: bytes | None = None
    source_id: str | None = None
    provider: str | None = None
    url: str | None = None
    headline: str | None = None
    byline: str | None = None
    credit: str | None = None
    dateline_place: str | None = None
    dateline_agency: str | None = None
    date: Any = None
    embargo: Any = None
    language: str | None = None
    slug: str | None = None
    urgency: int | None = None
    version: str | None = None
    status: str = "usable"
    marks: tuple[Mark, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
