"""Dataflow's defaults stand back behind what the user says, and Beam knows every one of them."""

from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, SetupOptions, WorkerOptions

from pipeline.dataflow import DEFAULTS, STREAMING_FLAGS, with_defaults


def test_beam_understands_every_default() -> None:
    options = PipelineOptions(with_defaults([], streaming=True))
    assert options.view_as(WorkerOptions).machine_type == "n2-standard-2"
    assert options.view_as(WorkerOptions).max_num_workers == 20
    assert options.view_as(GoogleCloudOptions).enable_streaming_engine is True
    assert options.view_as(SetupOptions).save_main_session is False
    assert options.get_all_options(drop_default=True)["number_of_worker_harness_threads"] == 4
    assert "streaming" not in PipelineOptions(with_defaults([], streaming=False)).get_all_options(drop_default=True)


@pytest.mark.parametrize(
    "given",
    [
        "--worker_machine_type=n2-highmem-4",
        "--machine_type=n2-highmem-4",
        "--number_of_worker_harness_threads=12",
        "--autoscaling_algorithm=NONE",
        "--max_num_workers=3",
        "--save_main_session",
        "--no_save_main_session",
    ],
)
def test_what_the_user_gave_is_said_once_and_first(given: str) -> None:
    told = with_defaults([given], streaming=True)
    assert told[0] == given
    same = {"machine_type": "worker_machine_type", "no_save_main_session": "save_main_session"}
    names = [argument[2:].split("=")[0] for argument in told]
    assert len({same.get(name, name) for name in names}) == len(names)


def test_an_image_brings_its_own_beam_unless_it_is_told_otherwise() -> None:
    image = "--sdk_container_image=europe-docker.pkg.dev/p/r/wirecopy@sha256:0"
    assert "--sdk_location=container" in with_defaults([image], streaming=False)
    assert "--sdk_location=container" not in with_defaults([image, "--sdk_location=default"], streaming=False)
    assert "--sdk_location=container" not in with_defaults([image, "--setup_file=./setup.py"], streaming=False)


def test_the_page_says_what_the_defaults_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text()
    for name, value in DEFAULTS.items():
        assert f"`{value}`" in page, name
        assert f"`--{name}`" in page, name
    for flag in STREAMING_FLAGS:
        assert f"`--{flag}`" in page
