# ruff: noqa: E501, messages stand here as they come
"""`read`: an object's bytes through framing and parsing, as the pipeline does it."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from schemas.limits import Limits
from schemas.records import Failure, Portion, RawArticle, RawDocument, RawRecord
from transforms.parsing import ParseSettings, parse_document
from transforms.parsing.framing import Record, Refused, read_records

RECEIVED_US = 1_800_000_000_000_000


@dataclass(frozen=True)
class Read:
    media_type: str
    multi: bool
    records: list[Record]
    refused: list[Refused]
    articles: tuple[RawArticle, ...]
    failures: tuple[Failure, ...]

    @property
    def article(self) -> RawArticle:
        assert len(self.articles) == 1, (self.refused, self.failures)
        return self.articles[0]

    @property
    def reasons(self) -> list[str]:
        return [item.reason for item in (*self.refused, *self.failures)]


@pytest.fixture
def read() -> Callable[..., Read]:
    def run(
        data: bytes | str,
        name: str = "gs://wire/day/object",
        *,
        limits: Limits | None = None,
        settings: ParseSettings | None = None,
        size_bytes: int | None = None,
    ) -> Read:
        limits = limits or Limits()
        content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        framed = read_records(io.BytesIO(content), name, limits, size_bytes=size_bytes)
        items = list(framed)
        records = [item for item in items if isinstance(item, Record)]
        refused = [item for item in items if isinstance(item, Refused)]
        document = RawDocument(
            Portion(name, 7, RECEIVED_US),
            framed.media_type,
            tuple(RawRecord(record.index, record.content) for record in records),
        )
        parsed = parse_document(document, settings or ParseSettings(limits=limits))
        return Read(framed.media_type, framed.multi, records, refused, parsed.articles, parsed.failures)

    return run


PROSE = "It rained hard in Northport on Monday, the mayor said, and nobody at the fair minded it at all. "


@pytest.fixture
def page() -> Callable[..., str]:
    """A page whose body holds `inner` between paragraphs of prose."""

    def build(inner: str = "", head: str = "", paragraphs: int = 4) -> str:
        prose = f"<p>{PROSE * 2}</p>" * paragraphs
        return (
            f"<!DOCTYPE html><html lang=en><head><title>Rain at the fair</title>{head}</head><body><nav><a href=/>Home</a></nav>"
            f'<div class="article-body">{prose}{inner}{prose}</div><footer>Imprint</footer></body></html>'
        )

    return build
