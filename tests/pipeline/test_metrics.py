"""One vocabulary: what the code counts, what the docs explain and what the alerts watch are the same names."""

import re
from pathlib import Path

import apache_beam as beam
from apache_beam.metrics.metric import Lineage, MetricsFilter

from pipeline.graph import process
from pipeline.settings import Settings
from pipeline.source import read_portions
from pipeline.store import find
from schemas.limits import Limits
from schemas.metrics import METRICS, NAMESPACE

REPOSITORY = Path(__file__).parents[2]


def test_names_used_are_names_declared() -> None:
    used = set()
    for folder in ("pipeline", "transforms"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            used.update(re.findall(r'(?<![.\w])(?:count|observe_ms)\(f?"([\w{}.]+)"', path.read_text()))
            used.update(re.findall(r'Metrics\.\w+\(NAMESPACE, "(\w+)"', path.read_text()))
    patterns = [re.sub(r"\{.*?\}", r"\\w+", name) for name in used]
    assert used
    for pattern in patterns:
        assert any(re.fullmatch(pattern, name) for name in METRICS), pattern
    for name in METRICS:
        assert any(re.fullmatch(pattern, name) for pattern in patterns), f"{name} is counted nowhere"


def test_names_of_the_alerts_are_counters_that_are_there() -> None:
    alerts = (REPOSITORY / "deploy" / "terraform" / "alerts.tf").read_text()
    watched = set(re.findall(r'metric_name=\\"(\w+)\\"', alerts))
    assert watched == {"failures", "commits"}
    assert all(METRICS[name].kind == "counter" for name in watched)


def test_a_run_counts_what_the_tables_hold(examples_articles: Path, tmp_path: Path) -> None:
    settings = Settings(str(tmp_path / "out"), "test", "", without=frozenset({"entities", "quotes"}))
    documents = [one for found in find(f"{examples_articles}/*") for one in read_portions(found, None, Limits())]
    pipeline = beam.Pipeline("FnApiRunner")
    process(pipeline | beam.Create(documents), settings, by_bundle=True)
    result = pipeline.run()
    found = result.metrics().query(MetricsFilter().with_namespace(NAMESPACE))
    counters = {one.key.metric.name: one.committed for one in found["counters"]}
    distributions = {one.key.metric.name: one.committed for one in found["distributions"]}
    assert {METRICS[name].kind for name in counters} == {"counter"}
    assert {METRICS[name].kind for name in distributions} == {"distribution"}
    assert (counters["articles"], counters["failures"]) == (40, 1)
    for whole in ("failures", "removals"):
        assert counters[whole] == sum(number for name, number in counters.items() if name.startswith(f"{whole}_"))
    assert counters["words"] > 1000
    assert counters["commits"] >= 1
    assert distributions["landing_to_commit_ms"].count == len(documents)
    assert distributions["parse_ms"].count == len(documents)
    assert any(name.startswith("filesystem:localhost.") for name in Lineage.query(result.metrics(), Lineage.SINK))
