"""Thin Beam shells around the pure stages: they carry settings to workers, warm what is costly, and count."""

import io
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.metrics import Metrics
from apache_beam.utils.shared import Shared

from schemas.metrics import NAMESPACE
from schemas.records import AnnotatedArticle, CleanArticle, Portion, Portioned, RawArticle, RawDocument
from transforms.annotate import OUTPUTS, annotate
from transforms.cleaning import Policy, clean, load_rules
from transforms.nlp import LanguageModel, load
from transforms.parsing import ParseSettings, parse_document
from transforms.rows import to_tables
from transforms.stages import run_stage

_WARM_MODEL = Shared()
"""One model a process, kept between the pipelines that run in it."""


@dataclass(frozen=True, slots=True)
class PortionRows:
    """All rows of a portion as one element: Arrow tables by name, each as an IPC stream."""

    portion: Portion
    tables: tuple[tuple[str, bytes], ...]
    repeats: int

    @property
    def size_bytes(self) -> int:
        """Bytes of all tables."""
        return sum(len(data) for _, data in self.tables)


def count(name: str, number: int = 1) -> None:
    """Add to a counter of `schemas/metrics.py`; one that stays 0 doesn't show."""
    if number:
        _metric(name, "counter").inc(number)


def observe_ms(name: str, since_s: float) -> None:
    """Add the time since `since_s`, of time.perf_counter, to a distribution."""
    _metric(name, "distribution").update(int((time.perf_counter() - since_s) * 1000))


def _metric(name: str, kind: str) -> Any:
    if (name, kind) not in _MADE:
        _MADE[name, kind] = getattr(Metrics, kind)(NAMESPACE, name)
    return _MADE[name, kind]


_MADE: dict[tuple[str, str], Any] = {}


class Parse(beam.DoFn):
    """RawDocument → Portioned[RawArticle]."""

    def __init__(self, settings: ParseSettings) -> None:
        self._settings = settings

    def process(self, element: RawDocument) -> Iterator[Portioned[RawArticle]]:  # noqa: D102
        since_s = time.perf_counter()
        parsed = parse_document(element, self._settings)
        count("articles", len(parsed.articles))
        observe_ms("parse_ms", since_s)
        yield parsed


class Clean(beam.DoFn):
    """Portioned[RawArticle] → Portioned[CleanArticle]; `rules` are a newsroom's own, as (name, content)."""

    def __init__(self, keep: frozenset[str], rules: tuple[str, bytes] | None, max_payload_bytes: int) -> None:
        self._keep = keep
        self._rules = rules
        self._max_payload_bytes = max_payload_bytes

    def setup(self) -> None:  # noqa: D102 - Beam's own, as the class says
        self._policy = Policy(self._keep, load_rules(self._rules[1], self._rules[0]) if self._rules else ())

    def process(self, element: Portioned[RawArticle]) -> Iterator[Portioned[CleanArticle]]:  # noqa: D102
        since_s = time.perf_counter()
        cleaned = run_stage(
            element,
            "clean",
            lambda article: clean(article, self._policy),
            lambda article: article,
            self._max_payload_bytes,
        )
        kinds = Counter(edit.kind for article in cleaned.articles for edit in article.edits)
        count("removals", kinds.total())
        for kind, number in kinds.items():
            count(f"removals_{kind}", number)
        observe_ms("clean_ms", since_s)
        yield cleaned


class Annotate(beam.DoFn):
    """Portioned[CleanArticle] → Portioned[AnnotatedArticle], with the process's one warm model."""

    def __init__(self, model: str, without: frozenset[str], max_payload_bytes: int) -> None:
        self._name = model
        self._without = without
        self._max_payload_bytes = max_payload_bytes

    def setup(self) -> None:  # noqa: D102 - Beam's own, as the class says
        self._model: LanguageModel | None = None
        if not self._without >= OUTPUTS:
            tag = f"{self._name} {sorted(self._without)}"
            self._model = _WARM_MODEL.acquire(lambda: load(self._name, self._without), tag=tag)

    def process(self, element: Portioned[CleanArticle]) -> Iterator[Portioned[AnnotatedArticle]]:  # noqa: D102
        since_s = time.perf_counter()
        tagged = run_stage(
            element,
            "annotate",
            lambda article: annotate(article, self._model, self._without),
            lambda article: article.raw,
            self._max_payload_bytes,
        )
        count("quotes", sum(len(article.quotes) for article in tagged.articles))
        count("entities", sum(len(article.entities) for article in tagged.articles))
        observe_ms("annotate_ms", since_s)
        yield tagged


class ToRows(beam.DoFn):
    """Portioned[AnnotatedArticle] → PortionRows."""

    def __init__(self, code_version: str) -> None:
        self._code_version = code_version

    def process(self, element: Portioned[AnnotatedArticle]) -> Iterator[PortionRows]:  # noqa: D102
        since_s = time.perf_counter()
        count("failures", len(element.failures))
        for reason, number in Counter(failure.reason for failure in element.failures).items():
            count(f"failures_{reason}", number)
        tables = to_tables(element, self._code_version)
        packed = tuple((name, pack(table)) for name, table in tables.items())
        if "articles" in tables:
            count("words", pc.sum(tables["articles"]["word_count"]).as_py() or 0)
        observe_ms("rows_ms", since_s)
        yield PortionRows(element.portion, packed, element.repeats)


def pack(table: pa.Table) -> bytes:
    """An Arrow table as the bytes of an IPC stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpack(data: bytes) -> pa.Table:
    """The inverse of `pack`."""
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()
