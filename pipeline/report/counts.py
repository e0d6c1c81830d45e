"""The figures of the report: counts over whole tables, a file at a time, never over a sample."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pyarrow as pa

from pipeline.reading import Output
from pipeline.summary import Reconciliation
from schemas.failures import NEXT_STEP
from schemas.records import KINDS

TOP_PEOPLE = 25
TOP_ENTITIES = 15
"""Names listed per label."""
TOP_OUTLETS = 30
MAX_EXAMPLES = 3
"""Failures shown of each reason."""
EXAMPLE_CHARS = 240
"""Characters shown of a removal or of a failure's payload."""
MAX_COLUMNS = 93
"""Columns of the chart by day; a longer time is drawn by month, then by year."""

NO_OUTLET = "(no provider)"


@dataclass(slots=True)
class Flow(Reconciliation):
    """Reconciliation of a whole output, by its log or, where it has none, by its tables."""

    source: str = "tables"

    @property
    def objects_agree(self) -> bool:
        """Every object has exactly one outcome."""
        return self.objects == self.objects_with_rows + self.objects_failed + self.objects_nothing_new

    @property
    def records_agree(self) -> bool:
        """Every record read was counted as exactly one thing."""
        return self.records == self.articles + self.failures + self.repeats + self.forgotten


@dataclass(slots=True)
class Outlet:
    """Sums over the articles of one provider."""

    name: str
    articles: int = 0
    words: int = 0
    quotes: int = 0
    raw_chars: int = 0
    removed_chars: int = 0


@dataclass(slots=True)
class Person:
    """Someone quoted: by how many quotes, in how many articles of which outlets."""

    key: str
    name: str
    quotes: int
    articles: int
    outlets: list[str]


@dataclass(slots=True)
class Rule:
    """What one rule of one kind did."""

    name: str
    count: int = 0
    chars: int = 0
    example: str = ""


@dataclass(slots=True)
class Kind:
    """What cleaning did of one kind."""

    name: str
    rules: list[Rule]

    @property
    def count(self) -> int:
        """Edits of this kind."""
        return sum(rule.count for rule in self.rules)

    @property
    def chars(self) -> int:
        """Characters taken out by them."""
        return sum(rule.chars for rule in self.rules)


@dataclass(slots=True)
class Refusal:
    """Failures of one reason at one stage, with what to do next."""

    reason: str
    stage: str
    next_step: str
    count: int = 0
    examples: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """Every figure on the page outside the reader."""

    flow: Flow
    rows: dict[str, int]
    outlets: list[Outlet]
    columns: list[tuple[str, int]]
    column_unit: str
    undated: int
    people: list[Person]
    speaker_kinds: list[tuple[str, int]]
    entities: list[tuple[str, list[tuple[str, int, int]]]]
    kinds: list[Kind]
    refusals: list[Refusal]
    models: list[str]
    received: tuple[str, str] | None
    outlet_of: dict[str, str]


def count(source: Output, summary: Mapping[str, int] | None = None) -> Counts:
    """Count an output. `summary` overrides fields of `Flow` by name."""
    outlets: dict[str, Outlet] = {}
    days: Counter[date | None] = Counter()
    outlet_of: dict[str, str] = {}
    models: set[str] = set()
    objects: dict[tuple[str, int], int] = {}
    received: list[datetime] = []
    columns = ["article_id", "source_uri", "source_generation", "provider", "published_at", "received_at", "word_count"]
    columns += ["quote_count", "raw_chars", "removed_chars", "model"]
    articles = 0
    for batch in source.batches("articles", columns):
        for row in batch.to_pylist():
            articles += 1
            name = row["provider"] or NO_OUTLET
            outlet_of[row["article_id"]] = name
            outlet = outlets.setdefault(name, Outlet(name))
            outlet.articles += 1
            outlet.words += row["word_count"]
            outlet.quotes += row["quote_count"]
            outlet.raw_chars += row["raw_chars"]
            outlet.removed_chars += row["removed_chars"]
            days[row["published_at"] and row["published_at"].astimezone(UTC).date()] += 1
            objects[row["source_uri"], row["source_generation"]] = 1
            if row["model"]:
                models.add(row["model"])
            received = [min([*received, row["received_at"]]), max([*received, row["received_at"]])]
    refusals, failures, failed_objects = _refusals(source)
    kinds, removals = _kinds(source)
    people, speaker_kinds, quotes = _people(source, outlet_of)
    entities, mentions = _entities(source)
    undated = days.pop(None, 0)
    chart, unit = _chart({day: n for day, n in days.items() if day})
    flow = _flow(source, articles, failures, set(objects), failed_objects)
    for key, value in (summary or {}).items():
        if hasattr(flow, key) and not isinstance(getattr(type(flow), key, None), property):
            setattr(flow, key, value)
    return Counts(
        flow=flow,
        rows={
            "articles": articles,
            "entities": mentions,
            "quotes": quotes,
            "embeds": sum(len(batch) for batch in source.batches("embeds", ["embed_id"])),
            "removals": removals,
            "failures": failures,
        },
        outlets=sorted(outlets.values(), key=lambda outlet: (-outlet.articles, outlet.name)),
        columns=chart,
        column_unit=unit,
        undated=undated,
        people=people,
        speaker_kinds=speaker_kinds,
        entities=entities,
        kinds=kinds,
        refusals=refusals,
        models=sorted(models),
        received=(received[0].isoformat(), received[-1].isoformat()) if received else None,
        outlet_of=outlet_of,
    )


def _flow(
    source: Output, articles: int, failures: int, with_rows: set[tuple[str, int]], failed: set[tuple[str, int]]
) -> Flow:
    if not source.states:
        only_failed = len(failed - with_rows)
        return Flow(
            objects=len(with_rows | failed),
            objects_with_rows=len(with_rows),
            objects_failed=only_failed,
            records=articles + failures,
            articles=articles,
            failures=failures,
        )
    flow = Flow(source="log")
    for state in source.states:
        for generations in state.objects.values():
            for known in generations.values():
                flow.add(known)
    return flow


def _chart(days: Mapping[date, int]) -> tuple[list[tuple[str, int]], str]:
    """Columns without gaps from the first to the last day, by day, month or year.

    >>> _chart({date(2019, 5, 1): 2, date(2019, 5, 3): 1})
    ([('2019-05-01', 2), ('2019-05-02', 0), ('2019-05-03', 1)], 'day')
    """
    if not days:
        return [], "day"
    first, last = min(days), max(days)
    span = (last - first).days + 1
    if span <= MAX_COLUMNS:
        every = [date.fromordinal(first.toordinal() + step) for step in range(span)]
        return [(day.isoformat(), days.get(day, 0)) for day in every], "day"
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    sums: Counter[str] = Counter()
    if months <= MAX_COLUMNS:
        for day, number in days.items():
            sums[f"{day:%Y-%m}"] += number
        start = first.year * 12 + first.month - 1
        names = [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(start, start + months)]
        return [(name, sums[name]) for name in names], "month"
    for day, number in days.items():
        sums[f"{day:%Y}"] += number
    return [(f"{year:04d}", sums[f"{year:04d}"]) for year in range(first.year, last.year + 1)], "year"


def _kinds(source: Output) -> tuple[list[Kind], int]:
    rules: dict[str, dict[str, Rule]] = defaultdict(dict)
    total = 0
    for batch in source.batches("removals", ["kind", "rule", "raw_start", "raw_end", "text", "replacement"]):
        for row in batch.to_pylist():
            total += 1
            rule = rules[row["kind"]].setdefault(row["rule"], Rule(row["rule"]))
            rule.count += 1
            if not row["replacement"]:
                rule.chars += row["raw_end"] - row["raw_start"]
            if not rule.example:
                rule.example = shortened(row["text"].strip())
    order = {kind: place for place, kind in enumerate(KINDS)}
    kinds = [
        Kind(kind, sorted(found.values(), key=lambda rule: (-rule.count, rule.name)))
        for kind, found in sorted(rules.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))
    ]
    return kinds, total


def _refusals(source: Output) -> tuple[list[Refusal], int, set[tuple[str, int]]]:
    found: dict[tuple[str, str], Refusal] = {}
    objects: set[tuple[str, int]] = set()
    total = 0
    columns = ["source_uri", "source_generation", "record_index", "reason", "stage", "detail", "payload"]
    for batch in source.batches("failures", columns):
        for row in batch.to_pylist():
            total += 1
            objects.add((row["source_uri"], row["source_generation"]))
            reason, stage = row["reason"], row["stage"]
            step = NEXT_STEP.get(reason, "See docs/operate.md.")
            refusal = found.setdefault((reason, stage), Refusal(reason, stage, step))
            refusal.count += 1
            if len(refusal.examples) < MAX_EXAMPLES:
                payload = (row["payload"] or b"")[: EXAMPLE_CHARS * 4].decode("utf-8", "replace")
                refusal.examples.append(
                    {
                        "source": row["source_uri"],
                        "record": str(row["record_index"]),
                        "detail": row["detail"],
                        "payload": shortened(payload),
                    }
                )
    return sorted(found.values(), key=lambda one: (-one.count, one.reason, one.stage)), total, objects


def _people(source: Output, outlet_of: Mapping[str, str]) -> tuple[list[Person], list[tuple[str, int]], int]:
    quotes: Counter[str] = Counter()
    names: dict[str, Counter[str]] = defaultdict(Counter)
    articles: dict[str, set[str]] = defaultdict(set)
    kinds: Counter[str] = Counter()
    total = 0
    columns = ["article_id", "flag", "speaker", "speaker_name", "speaker_key", "speaker_kind", "duplicate_of"]
    for batch in source.batches("quotes", columns):
        for row in batch.to_pylist():
            total += 1
            if row["flag"] is not None or row["duplicate_of"] is not None:
                continue
            kinds[row["speaker_kind"]] += 1
            key = row["speaker_key"]
            if key is not None and row["speaker_kind"] == "person":
                quotes[key] += 1
                names[key][row["speaker_name"] or row["speaker"] or key] += 1
                articles[key].add(row["article_id"])
    top = sorted(quotes, key=lambda key: (-quotes[key], _commonest(names[key])))[:TOP_PEOPLE]
    people = [
        Person(
            key,
            _commonest(names[key]),
            quotes[key],
            len(articles[key]),
            sorted({outlet_of.get(article, NO_OUTLET) for article in articles[key]}),
        )
        for key in top
    ]
    return people, sorted(kinds.items(), key=lambda item: (-item[1], item[0])), total


def _entities(source: Output) -> tuple[list[tuple[str, list[tuple[str, int, int]]]], int]:
    """Per label the names with most mentions: (name, mentions, articles); labels by their number of mentions."""
    mentions: Counter[tuple[str, str]] = Counter()
    articles: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    total = 0
    for table in source.file_tables("entities", ["article_id", "label", "entity", "entity_key"]):
        total += len(table)
        grouped = pa.TableGroupBy(table, ["label", "entity_key", "entity"]).aggregate([("article_id", "count")])
        for row in grouped.to_pylist():
            mentions[row["label"], row["entity_key"]] += row["article_id_count"]
            names[row["label"], row["entity_key"]][row["entity"]] += row["article_id_count"]
        distinct = pa.TableGroupBy(table, ["label", "entity_key"]).aggregate([("article_id", "count_distinct")])
        for row in distinct.to_pylist():
            articles[row["label"], row["entity_key"]] += row["article_id_count_distinct"]
    by_label: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key in sorted(mentions, key=lambda key: (-mentions[key], key)):
        by_label[key[0]].append(key)
    labels = sorted(by_label, key=lambda label: (-sum(mentions[key] for key in by_label[label]), label))
    listed = []
    for label in labels:
        top = by_label[label][:TOP_ENTITIES]
        listed.append((label, [(_commonest(names[key]), mentions[key], articles[key]) for key in top]))
    return listed, total


def _commonest(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))


def shortened(text: str, chars: int = EXAMPLE_CHARS) -> str:
    """A text cut to some characters, the cut marked.

    >>> shortened("A long line", 6)
    'A lon…'
    """
    return text if len(text) <= chars else text[: chars - 1] + "…"
