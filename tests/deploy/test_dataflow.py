"""`wirecopy run --runner DataflowRunner`: graphs translated, staged and sent by the command itself, with no cloud."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from google.cloud import dataflow_v1beta3 as dataflow

from pipeline.cli import main
from pipeline.credentials import spare_beam_the_search
from pipeline.engines import beam_options, launch
from pipeline.options import add_run_flags

REPOSITORY = Path(__file__).parents[2]
IMAGE = "europe-docker.pkg.dev/my-proj1/wirecopy/wirecopy@sha256:" + "5e" * 32
RULES = """
[[rule]]
name = "gazette_club"
kind = "promo"
scope = "paragraph"
pattern = "(?i)join the gazette readers' club.*"
example = "⟦Join the Gazette Readers' Club today!⟧"
why = "Our own subscription call."
"""
STEPS = ["Read", "Parse", "Clean", "Annotate", "Rows", "Shard", "Group", "Commit"]
SOURCES = {
    "batch": ((), ["Input", "List", "Spread", "Large objects"]),
    "polling": (("--streaming=true",), ["Input", "List", "Spread", "Large objects"]),
    "notified": (
        ("--streaming", "--subscription=projects/my-proj1/subscriptions/arrivals"),
        ["Input", "Notifications", "Gather", "Unit", "Spread", "Large objects"],
    ),
}


def given(*more: str, bucket: str = "gs://wires") -> list[str]:
    return [
        f"--input={bucket}/in/**",
        f"--output={bucket}/out",
        "--keep=byline,dateline",
        "--runner=DataflowRunner",
        "--project=my-proj1",
        "--region=europe-west1",
        f"--temp_location={bucket}/tmp",
        f"--staging_location={bucket}/staging",
        f"--sdk_container_image={IMAGE}",
        "--service_account_email=worker@my-proj1.iam.gserviceaccount.com",
        "--subnetwork=regions/europe-west1/subnetworks/workers",
        "--no_use_public_ips",
        "--no_auth",
        *more,
    ]


def parsed(*arguments: str) -> tuple[argparse.Namespace, PipelineOptions]:
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    options, rest = parser.parse_known_args(arguments)
    return options, beam_options(options, rest)


@pytest.fixture(autouse=True)
def _no_search_for_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    spare_beam_the_search()


def steps_of(proto: Any, wanted: list[str]) -> list[str]:
    names = [transform.unique_name for transform in proto.components.transforms.values()]
    return [step for step in wanted if step in names]


def flags_of(job: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in job["environment"]["sdkPipelineOptions"]["display_data"]}


@pytest.mark.parametrize("source", list(SOURCES))
def test_a_dry_run_translates_the_graph(source: str) -> None:
    flags, first = SOURCES[source]
    options, made = parsed(*given("--dry_run=True", *flags))
    result: Any = launch(options, made, 8)
    job = json.loads(str(result.job))
    assert job["type"] == ("JOB_TYPE_BATCH" if source == "batch" else "JOB_TYPE_STREAMING")
    assert steps_of(result.job.proto_pipeline, first + STEPS) == first + STEPS
    images = {
        beam_runner_api_pb2.DockerPayload.FromString(environment.payload).container_image
        for environment in result.job.proto_pipeline.components.environments.values()
    }
    assert images == {IMAGE}


def test_the_command_dry_runs_without_a_look_at_anything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *given("--dry_run=True", bucket="gs://nobody-has-this")]) == 0
    assert "handed to DataflowRunner" in capsys.readouterr().err


@pytest.fixture
def articles(storage_emulator: Any) -> Any:
    storage_emulator.blob("in/a.txt").upload_from_string("The ferry left at dawn.")
    storage_emulator.blob("rules.toml").upload_from_string(RULES)
    return storage_emulator


def test_a_template_is_staged_whole_and_nothing_is_sent(articles: Any, dataflow_api: Any) -> None:
    template = f"{articles.root}/templates/wirecopy"
    more = (f"--template_location={template}", f"--dataflow_endpoint={dataflow_api.endpoint}")
    assert main(["run", *given(*more, bucket=articles.root)]) == 0
    assert dataflow_api.requests == []
    job = json.loads(articles.blob("templates/wirecopy").download_as_bytes())
    assert steps_of(staged_graph(articles, job), STEPS) == STEPS


@pytest.mark.parametrize("source", list(SOURCES))
def test_a_job_is_sent_once_with_everything_it_needs(articles: Any, dataflow_api: Any, source: str) -> None:
    streaming = source != "batch"
    more = (f"--dataflow_endpoint={dataflow_api.endpoint}", "--no_wait", f"--rules={articles.root}/rules.toml")
    assert main(["run", *given(*more, *SOURCES[source][0], bucket=articles.root)]) == 0
    posts = [asked.split("?")[0] for asked in dataflow_api.requests if asked.startswith("POST")]
    assert posts == ["POST /v1b3/projects/my-proj1/locations/europe-west1/jobs"]
    (job,) = dataflow_api.jobs
    (pool,) = job["environment"]["workerPools"]
    assert dataflow.JobType(job["type"]).name == ("JOB_TYPE_STREAMING" if streaming else "JOB_TYPE_BATCH")
    assert pool["workerHarnessContainerImage"] == IMAGE
    (harness,) = pool["sdkHarnessContainerImages"]
    assert (harness["containerImage"], harness["useSingleCorePerContainer"]) == (IMAGE, True)
    assert (pool["machineType"], pool["numThreadsPerWorker"]) == ("n2-standard-2", 4)
    assert dataflow.WorkerIPAddressConfiguration(pool["ipConfiguration"]).name == "WORKER_IP_PRIVATE"
    assert pool["subnetwork"] == "regions/europe-west1/subnetworks/workers"
    assert pool["autoscalingSettings"]["maxNumWorkers"] == 20
    scaling = dataflow.AutoscalingAlgorithm(pool["autoscalingSettings"]["algorithm"]).name
    assert scaling == "AUTOSCALING_ALGORITHM_BASIC", "Dataflow's name for THROUGHPUT_BASED"
    assert job["environment"]["serviceAccountEmail"] == "worker@my-proj1.iam.gserviceaccount.com"
    assert ("enable_streaming_engine" in job["environment"]["experiments"]) == streaming
    flags = flags_of(job)
    assert flags["save_main_session"] is False
    assert flags["temp_location"].startswith(f"{articles.root}/tmp/")
    assert steps_of(staged_graph(articles, job), STEPS) == STEPS
    assert articles.blob("out/_wirecopy/logs.json").exists(), "the output is begun, with its logs, by the launcher"


def test_the_launcher_of_a_template_hands_the_job_over_and_leaves(articles: Any, dataflow_api: Any) -> None:
    """A Flex Template passes every parameter as --name=value, and says nothing of waiting."""
    flags = [one for one in given(bucket=articles.root) if not one.startswith("--runner")]
    done = subprocess.run(
        [sys.executable, "deploy/main.py", *flags, "--streaming=true", f"--dataflow_endpoint={dataflow_api.endpoint}"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert len(dataflow_api.jobs) == 1
    assert "nobody waits for it here" in done.stderr


def staged_graph(storage: Any, job: dict[str, Any]) -> Any:
    """The graph that the job names, from where it was staged."""
    url = job["environment"]["sdkPipelineOptions"]["options"]["pipelineUrl"]
    name = url.split(f"{storage.bucket}/", 1)[1]
    return beam_runner_api_pb2.Pipeline.FromString(storage.blob(name).download_as_bytes())
