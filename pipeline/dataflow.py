"""What Dataflow is asked for unless the user asks for something else: machines, threads, engine, staging."""

from collections.abc import Sequence

RUNNER = "DataflowRunner"

DEFAULTS = {
    "worker_machine_type": "n2-standard-2",
    "number_of_worker_harness_threads": "4",
    "autoscaling_algorithm": "THROUGHPUT_BASED",
    "max_num_workers": "20",
}
"""Options of any job.

worker_machine_type: Dataflow runs one Python process for each vCPU, and each holds Beam and the model, under 1 GB; 4 GB
    a vCPU leave room for the largest object that is read whole.
number_of_worker_harness_threads: threads of one process share the model's lock, so only one of them computes; three
    more read and commit meanwhile. Beam's own default, 12, only holds more articles in memory.
max_num_workers: a bound on cost. More than 50 processes commit in each other's way unless the output was begun with
    more --logs (benchmarks/commits.py).
"""
STREAMING_FLAGS = ("enable_streaming_engine",)
FLAGS = ("no_save_main_session",)
"""Our code is an installed package: pickling the main session could only bring a launcher's state to the workers."""

_SAME = {"worker_machine_type": "machine_type", "no_save_main_session": "save_main_session"}
"""Other spellings, or the opposite, of an option: if they are given, ours stays away."""


def with_defaults(arguments: Sequence[str], *, streaming: bool) -> list[str]:
    """Beam arguments for Dataflow with our defaults behind them; what was given is never changed.

    >>> with_defaults(["--worker_machine_type=n2-highmem-2", "--save_main_session"], streaming=False)[2:]
    ['--number_of_worker_harness_threads=4', '--autoscaling_algorithm=THROUGHPUT_BASED', '--max_num_workers=20']
    >>> "--enable_streaming_engine" in with_defaults([], streaming=True)
    True
    """
    given = {_name(argument) for argument in arguments if argument.startswith("--")}
    added = [f"--{name}={value}" for name, value in DEFAULTS.items() if not given & {name, _SAME.get(name, name)}]
    flags = (*FLAGS, *(STREAMING_FLAGS if streaming else ()))
    added += [f"--{flag}" for flag in flags if not given & {flag, _SAME.get(flag, flag)}]
    if "sdk_container_image" in given and not given & {"sdk_location", "setup_file"}:
        added.append("--sdk_location=container")  # the image has Beam and our code: nothing is to be staged
    return [*arguments, *added]


def _name(argument: str) -> str:
    return argument.removeprefix("--").split("=", 1)[0]
