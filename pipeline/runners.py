"""Which runner can do what: options that would lose data in silence, or end in obscure errors, are refused."""

import argparse
import importlib.util
import os
import re
from collections.abc import Sequence

LOCAL = ("DirectRunner", "FnApiRunner")
"""This machine: batches through the one graph in warm processes of ours."""
PORTABLE = ("FlinkRunner", "PortableRunner", "SparkRunner")
"""Engines whose workers start in an environment of their own, behind a job server."""
ENGINES = ("DataflowRunner", "PrismRunner", *PORTABLE)

_CHECKPOINTS = "checkpointing_interval"
_IDLE = "shutdown_sources_after_idle_ms"
_CODE = (
    "setup_file",
    "sdk_container_image",
    "environment_type",
    "environment_config",
    "extra_package",
    "extra_packages",
)
_SUBSCRIPTION = re.compile(r"projects/[^/]+/subscriptions/[^/]+")
_PRISM_CACHE = "~/.apache_beam/cache/prism/bin"

ENGINE_FLAGS = frozenset(
    """allow_non_restored_state auto_balance_write_files_sharding_enabled auto_watermark_interval
    checkpoint_timeout_millis checkpointing_interval checkpointing_mode disable_metrics execution_mode_for_batch
    execution_retry_delay externalized_checkpoints_enabled fail_on_checkpointing_errors
    fasterxml_copy faster_copy file_inputs_max_bundle_size finish_bundle_before_checkpointing flink_conf_dir
    flink_master flink_submit_uber_jar flink_version flink_job_server_jar force_unaligned_checkpoint_enabled
    job_check_interval_in_secs jobmanager_addr latency_tracking_interval max_bundle_size max_bundle_time_mills
    max_parallelism min_pause_between_checkpoints num_concurrent_checkpoints number_of_execution_retries object_reuse
    operator_chaining parallelism re_iterable_group_by_key_result retain_externalized_checkpoints_on_cancellation
    savepoint_path shutdown_sources_after_idle_ms spark_master spark_master_url spark_version state_backend
    state_backend_factory state_backend_storage_path unaligned_checkpoint_enabled use_data_stream_for_batch""".split()
)
"""Options of job servers: Beam's Python doesn't know them and hands them on."""


def problems_of_runner(options: argparse.Namespace, rest: Sequence[str]) -> list[str]:
    """Why this run can't be on this runner, each with the reason and what to use instead."""
    given = flags_of(rest)
    runner = options.runner
    if runner == "BundleBasedDirectRunner":
        return ["--runner BundleBasedDirectRunner drops late elements without a word. Leave --runner out."]
    if runner not in LOCAL + ENGINES:
        return [f"--runner {runner}: runners are {', '.join(LOCAL + ENGINES)}. Leave it out to run on this machine."]
    problems = []
    if options.streaming and runner == "FnApiRunner":
        problems.append(
            "--streaming on FnApiRunner: it polls without a pause and never fires. Leave --runner out: DirectRunner "
            "streams on this machine."
        )
    if options.streaming and runner == "SparkRunner":
        problems.append(
            "--streaming on SparkRunner: it has no source that goes on. Use --runner FlinkRunner or DataflowRunner, or "
            "leave --runner out."
        )
    if options.subscription and runner not in ("DirectRunner", "DataflowRunner"):
        problems.append(
            f"--subscription on {runner}: it has no source for Pub/Sub. Leave --subscription out, and the job polls "
            "--input every --poll_interval seconds; or use --runner DataflowRunner or DirectRunner."
        )
    if options.subscription and not _SUBSCRIPTION.fullmatch(options.subscription):
        problems.append(f"--subscription {options.subscription}: write it as projects/PROJECT/subscriptions/NAME.")
    if options.subscription and options.input and not options.input.startswith("gs://"):
        problems.append("--subscription tells of objects in a bucket: --input must be gs://….")
    if options.subscription and not importlib.util.find_spec("google.cloud.pubsub_v1"):
        problems.append("--subscription needs packages that are not installed: pip install 'wirecopy[dataflow]'.")
    if options.subscription and not options.streaming:
        problems.append("--subscription goes on for ever: add --streaming.")
    if runner in LOCAL:
        if options.no_wait:
            problems.append(f"--no_wait hands a job to an engine, and {runner} is this machine. Leave it out.")
        return problems
    if options.workers:
        problems.append("--workers is for this machine; an engine has its own flag (--parallelism, --max_num_workers).")
    if options.streaming and runner in ("FlinkRunner", "PortableRunner"):
        if not given.get(_CHECKPOINTS, "").isdigit() or given[_CHECKPOINTS] == "0":
            problems.append(
                f"--streaming on {runner} without --{_CHECKPOINTS}: Flink would end the source at once, read nothing "
                f"and report success. Add --{_CHECKPOINTS}=10000 (milliseconds)."
                + (" Behind another job server than Flink's it does nothing." if runner == "PortableRunner" else "")
            )
        if _IDLE in given and given[_IDLE] != "-1":
            problems.append(
                f"--{_IDLE} with --streaming: Flink would take the wait between two looks for the source's end "
                "and lose what lands later. Leave it out."
            )
    if runner == "PrismRunner" and "prism_location" not in given and not _has_prism():
        problems.append(
            "--runner PrismRunner would download its binary from GitHub. Build it (go install "
            "github.com/apache/beam/sdks/v2/go/cmd/prism@v2.77.0) and name it: --prism_location=…/prism."
        )
    binary = given.get("prism_location", "")
    if runner == "PrismRunner" and binary and "://" not in binary and not os.path.isfile(binary):
        problems.append(f"--prism_location {binary}: there is no such file.")
    if runner == "PortableRunner" and not re.fullmatch(r".+:\d+", given.get("job_endpoint", "")):
        problems.append("--runner PortableRunner needs the job server: --job_endpoint=HOST:PORT.")
    if runner in (*PORTABLE, "DataflowRunner") and not given.keys() & set(_CODE):
        problems.append(
            f"Workers of {runner} would start in Beam's own image, which has no wirecopy. Add --setup_file ./setup.py, "
            "or an image that has it: --sdk_container_image=…."
        )
    if runner == "DataflowRunner":
        problems += [
            f"--{name} is missing: {why}"
            for name, why in _DATAFLOW.items()
            if name not in given and not (name == "temp_location" and "staging_location" in given)
        ]
        if "temp_location" in given and not given["temp_location"].startswith("gs://"):
            problems.append("--temp_location: workers and service share it, so it must be gs://BUCKET/….")
    return problems


_DATAFLOW = {
    "project": "the Google Cloud project of the job.",
    "region": "where the job runs, such as europe-west1.",
    "temp_location": "gs://BUCKET/… for working files.",
}


def unknown_flags(rest: Sequence[str], known: set[str], runner: str) -> list[str]:
    """Flags that neither we, Beam nor the runner's job server know: a misspelt one must not be dropped in silence."""
    problems = []
    for flag in rest:
        name = flag.split("=", 1)[0]
        if flag.startswith("-") and name not in known and not (runner in PORTABLE and name[2:] in ENGINE_FLAGS):
            problems.append(f"{name}: no such flag, neither here nor in Beam.")
    return problems


def flags_of(rest: Sequence[str]) -> dict[str, str]:
    """Flags given to Beam with their values; a flag without one is "true".

    >>> flags_of(["--parallelism", "2", "--no_auth", "--region=europe-west1"])
    {'parallelism': '2', 'no_auth': 'true', 'region': 'europe-west1'}
    """
    found: dict[str, str] = {}
    for at, flag in enumerate(rest):
        if flag.startswith("--"):
            name, equals, value = flag[2:].partition("=")
            after = rest[at + 1] if at + 1 < len(rest) else "--"
            found[name] = value if equals else "true" if after.startswith("--") else after
    return found


def _has_prism() -> bool:
    folder = os.path.expanduser(_PRISM_CACHE)
    return os.path.isdir(folder) and bool(os.listdir(folder))
