"""P4, P5, P6: a hundred good articles beside every hostile object, tagged, with memory and time measured."""

import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.dataset as ds
import pytest

from pipeline.displays import counted

MAX_MEMORY_BYTES = 1.5 * 1024**3
MAX_RECORD_S = 10
GOOD = 100


def children(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from children(int(child))


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process and all below it: what they hold together, shared pages once."""
    total = 0
    for one in children(pid):
        try:
            told = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:  # it is gone by now
            continue
        found = re.search(r"^Pss:\s+(\d+) kB", told, re.M)
        total += int(found[1]) * 1024 if found else 0
    return total


@dataclass(frozen=True)
class Ran:
    code: int
    said: str
    errors: str
    peak_bytes: int
    output: Path
    hostile: list[Any]
    good: list[str]

    def rows(self, table: str, *columns: str) -> dict[str, list[Any]]:
        """Rows of a table by the name of their object: a value, or a tuple of several."""
        dataset = ds.dataset(self.output / table, format="parquet", partitioning="hive")
        found: dict[str, list[Any]] = {}
        for row in dataset.to_table(columns=["source_uri", *columns]).to_pylist():
            values = tuple(row[column] for column in columns)
            found.setdefault(Path(row["source_uri"]).name, []).append(values if len(columns) > 1 else values[0])
        return found


@pytest.fixture(scope="module")
def ran(inputs: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("hostile")
    feed, output = folder / "feed", folder / "out"
    feed.mkdir()
    hostile = inputs.write(feed, heavy=True)
    good = list(inputs.good_articles(feed, GOOD))
    arguments = ["run", "--input", str(feed), "--output", str(output), "--workers", "1"]
    peak_bytes = 0
    with (folder / "said").open("w+") as said, (folder / "errors").open("w+") as errors:
        running = subprocess.Popen([sys.executable, "-m", "pipeline", *arguments], stdout=said, stderr=errors)
        while running.poll() is None:
            peak_bytes = max(peak_bytes, memory_bytes(running.pid))
            time.sleep(0.5)
        said.seek(0)
        errors.seek(0)
        return Ran(running.returncode, said.read(), errors.read(), peak_bytes, output, hostile, good)


def test_every_good_article_is_a_row(ran: Ran) -> None:
    assert ran.code == 0, ran.errors[-2000:]
    articles = ran.rows("articles", "article_id")
    assert [name for name in ran.good if len(articles.get(name, ())) != 1] == []
    people = ran.rows("entities", "text")
    assert all("Ann Hale" in people[name] for name in ran.good), "they are tagged like any other"


def test_every_hostile_object_is_what_it_must_be(ran: Ran) -> None:
    articles, reasons = ran.rows("articles", "article_id"), ran.rows("failures", "reason")
    wrong = {
        one.name: (len(articles.get(one.name, ())), sorted(reasons.get(one.name, ())))
        for one in ran.hostile
        if (len(articles.get(one.name, ())), sorted(reasons.get(one.name, ()))) != (one.articles, sorted(one.reasons))
    }
    assert wrong == {}


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from Linux' /proc")
def test_memory_stays_bounded(ran: Ran) -> None:
    assert 0 < ran.peak_bytes < MAX_MEMORY_BYTES


def test_a_payload_is_bounded_and_named_by_its_hash(ran: Ran) -> None:
    failures = ran.rows("failures", "payload", "payload_sha256", "payload_bytes")
    for payload, sha256, size in (row for rows in failures.values() for row in rows):
        assert len(payload) <= 64 * 1024
        assert size >= len(payload)
        assert re.fullmatch(r"[0-9a-f]{64}|", sha256)


def test_the_summary_can_be_read_by_a_stranger(ran: Ran) -> None:
    counts = Counter(reason for one in ran.hostile for reason in one.reasons)
    articles = GOOD + sum(one.articles for one in ran.hostile)
    failures = sum(counts.values())
    repeats = sum(one.repeats for one in ran.hostile)
    total = articles + failures + repeats
    records = f"{articles:,} articles + {failures:,} failures + {counted(repeats, 'repeat')}"
    assert f"Records: {total:,} = {records}" in ran.said
    for reason, count in counts.items():
        (line,) = (line for line in ran.said.splitlines() if line.startswith(f"  {count:,} {reason}: "))
        assert len(line.split(": ", 1)[1]) > 30, "each reason has its next step in words"
        place = next(one for one in sorted(ran.hostile, key=lambda one: one.name) if reason in one.reasons)
        assert place.name in ran.said or count > 3
    assert max(map(len, ran.said.splitlines())) < 400
    assert "Traceback" not in ran.said + ran.errors


def test_nothing_of_the_articles_is_said(ran: Ran) -> None:
    told = ran.said + ran.errors
    assert not any(words in told for words in ("Ann Hale", "Port Selwyn", "late again", "It rained"))


def test_every_row_is_at_its_place(ran: Ran) -> None:
    texts = {
        (name, index): text
        for name, found in ran.rows("articles", "record_index", "text").items()
        for index, text in found
    }
    for name, entities in ran.rows("entities", "record_index", "text", "start", "end").items():
        for index, text, start, end in entities:
            assert start is None or texts[name, index][start:end] == text
    for name, quotes in ran.rows("quotes", "record_index", "text", "pieces").items():
        for index, text, pieces in quotes:
            assert " ".join(texts[name, index][piece["start"] : piece["end"]] for piece in pieces) == text


def test_no_record_takes_long(inputs: ModuleType) -> None:
    """Ten seconds of CPU for a record, and as much again for every further half million characters it has."""
    import io

    from schemas.limits import Limits
    from schemas.records import Portion, Portioned, RawDocument, RawRecord
    from transforms.annotate import annotate
    from transforms.cleaning import clean
    from transforms.nlp import load
    from transforms.parsing import ParseSettings, parse_document
    from transforms.parsing.framing import read_records
    from transforms.rows import to_tables

    model = load()
    slow = {}
    for one in inputs.HOSTILE:
        content = one.make()
        started_s = time.process_time()
        framed = read_records(io.BytesIO(content), one.name, Limits(), size_bytes=len(content))
        records = tuple(RawRecord(n, item.content) for n, item in enumerate(framed) if hasattr(item, "content"))
        parsed = parse_document(RawDocument(Portion(one.name, 1, 0), framed.media_type, records), ParseSettings())
        done = tuple(annotate(clean(article), model) for article in parsed.articles)
        to_tables(Portioned(parsed.portion, done, parsed.failures), "test")
        taken_s = time.process_time() - started_s
        chars = sum(len(article.text) for article in parsed.articles)
        if taken_s > MAX_RECORD_S * max(1, chars / 500_000):
            slow[one.name] = taken_s
    assert slow == {}
