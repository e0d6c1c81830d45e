"""The graph on an engine: a bundle that runs again, elements that are late, code that is unpickled elsewhere."""

import argparse
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.coders import PickleCoder
from apache_beam.internal import pickler
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.testing import test_stream as simulated
from apache_beam.transforms.window import TimestampedValue

from pipeline import sink
from pipeline.engines import build
from pipeline.graph import GroupByBundle, process, stages
from pipeline.listing import List, Poll, Read
from pipeline.log import Log
from pipeline.metering import MeteredCommit
from pipeline.source import read_portions
from pipeline.store import find
from schemas.records import RawDocument
from schemas.tables import TABLES

NOW_S = 1_742_169_600
FIVE_HOURS_S = 5 * 3600


@pytest.fixture
def documents(made: Any) -> list[RawDocument]:
    for number in range(6):
        (made.feed / f"{number}.txt").write_text(f"Ferry {number} left Port Selwyn.\n\nAdvertisement\n\nIt came back.")
    (made.feed / "6.json").write_text("{broken")
    return [one for found in find(str(made.feed)) for one in read_portions(found, None, made.settings.limits)]


def rows(made: Any) -> dict[str, list[dict[str, Any]]]:
    return {name: made.rows(name) for name in TABLES}


@pytest.mark.parametrize(("owner", "name"), [(sink, "stage_rows"), (Log, "commit"), (Log, "publish")])
def test_a_bundle_that_broke_after_an_effect_and_runs_again_doubles_nothing(
    owner: Any,
    name: str,
    made: Any,
    another: Callable[[], Any],
    documents: list[RawDocument],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undisturbed = another()
    undisturbed.commit(documents)
    group = (0, made.rows_of(documents))

    def run_bundle() -> None:
        commit = MeteredCommit(made.settings.output, made.settings.code_version)
        commit.setup()
        list(commit.process(group))

    real = getattr(owner, name)

    def breaks(*arguments: Any) -> None:
        real(*arguments)
        raise RuntimeError("the worker is lost")

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, breaks)
        with pytest.raises(RuntimeError, match="lost"):
            run_bundle()
    run_bundle()
    run_bundle()
    assert rows(made) == rows(undisturbed)


BREAKS = """
import sys
from pipeline.cli import main
from pipeline.metering import MeteredCommit
real = MeteredCommit.process
def breaks(self, element):
    yield from real(self, element)
    print("broken once")
    raise RuntimeError("the worker is lost")
MeteredCommit.process = breaks
sys.exit(main(sys.argv[1:]))
"""


def test_a_run_whose_stage_raises_after_its_commit_has_each_row_once(made: Any, documents: list[RawDocument]) -> None:
    """What runs again does so in a process of its own, where nothing raises."""
    flags = ("--without", "entities,quotes", "--workers", "1")
    command = [sys.executable, "-c", BREAKS, "run", "--input", str(made.feed), "--output", str(made.output), *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("broken once") == 1
    assert "Records: 7 = 6 articles + 1 failure " in done.stdout
    assert [len(made.rows(name)) for name in ("articles", "failures", "removals")] == [6, 1, 6]


def test_what_is_late_or_out_of_order_is_committed_and_names_no_file(
    made: Any, another: Callable[[], Any], documents: list[RawDocument]
) -> None:
    """Event times from now to years ago, behind a watermark that has passed them, with panes of nothing between."""
    undisturbed = another()
    undisturbed.commit(documents)
    ages_s = (0, FIVE_HOURS_S, 1, 7 * 86_400, 20 * 365 * 86_400, 60, 2)
    events: Any = simulated.TestStream(coder=PickleCoder())
    for step, (document, age_s) in enumerate(zip(documents, ages_s, strict=True)):
        events = events.add_elements([TimestampedValue(document, NOW_S - age_s)])
        events = events.advance_watermark_to(NOW_S + step).advance_processing_time(3600)
    options = PipelineOptions()
    options.view_as(StandardOptions).streaming = True
    with beam.Pipeline(options=options) as pipeline:
        process(pipeline | events.advance_watermark_to_infinity(), made.settings, by_bundle=True)
    assert rows(made) == rows(undisturbed)
    names = {path.name for path in made.output.glob("articles/*/*.parquet")}
    assert all(re.fullmatch(r"000-\d{10}\.parquet", name) for name in names), "log and number alone"


@pytest.mark.parametrize("streaming", [False, True])
def test_nothing_on_an_engine_waits_for_a_window_or_a_timer(made: Any, streaming: bool) -> None:
    options = argparse.Namespace(input="/in/*", subscription="", streaming=streaming, poll_interval=5.0)
    pipeline = beam.Pipeline()
    build(pipeline, options, made.settings)
    proto = pipeline.to_runner_api()
    grouped, stateful = set(), set()
    for transform in proto.components.transforms.values():
        if transform.spec.urn == "beam:transform:group_by_key:v1":
            grouped.add(transform.unique_name)
        if transform.spec.urn == "beam:transform:pardo:v1":
            does = beam_runner_api_pb2.ParDoPayload.FromString(transform.spec.payload)
            if does.timer_family_specs or does.state_specs:
                stateful.add(transform.unique_name)
    assert not stateful
    assert grouped
    assert all("Spread" in name for name in grouped), "names and portions are spread, rows are not gathered"


ELSEWHERE = """
import pickle, sys
from apache_beam.internal import pickler
code, document = pickle.load(sys.stdin.buffer)
elements = [document]
for stage in map(pickler.loads, code):
    stage.setup()
    if type(stage).__name__ == "MeteredCommit":
        elements = [(0, elements)]
    elements = [made for element in elements for made in stage.process(element)]
print(len(elements), elements[0].articles)
"""


def test_pickled_without_a_main_session_the_stages_work_in_a_process_that_knows_nothing(
    made: Any, documents: list[RawDocument]
) -> None:
    made.logs()
    settings = made.settings
    chain = [*stages(settings).values(), MeteredCommit(settings.output, "1")]
    for other in (List(settings), Read(settings), Poll(settings, 1.0), GroupByBundle(1)):
        assert type(pickler.loads(pickler.dumps(other))) is type(other)
    sent = pickle.dumps(([pickler.dumps(stage) for stage in chain], documents[0]))
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], input=sent, cwd="/", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().split() == ["1", "1"]
    assert len(made.rows("articles")) == 1
