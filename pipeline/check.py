"""`wirecopy check`: what would stop or spoil a run, found before it begins, in plain words with the fix beside it."""

import importlib.util
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.displays import counted
from pipeline.globs import split_pattern
from pipeline.logs import Logs
from pipeline.reading import Output
from pipeline.store import Found, Store, StoreError, find, is_gcs, open_object, open_store
from pipeline.tally import expected_bytes
from schemas.tables import TABLES

Level = Literal["ok", "warning", "error"]

MAX_LISTED = 10_000
"""Input objects looked at: enough to know what a pattern matches without listing a bucket of years."""

MEMORY_PER_PROCESS_BYTES = 1024**3
"""Beam, the model and the largest object that is read whole: measured under 1 GB a process."""

OUTPUT_SHARE = 1.5
"""Room wanted for output and its staged copy, as a multiple of the input's bytes, unpacked."""

MAX_AHEAD_SECONDS = 300
"""An object that was written later than this from now means that a clock is wrong."""

_MEMBERS = {"DataflowRunner": ("apitools", "wirecopy[dataflow]")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `fix` says what to do and is empty where all is well."""

    level: Level
    what: str
    fix: str = ""


class Wanted(Protocol):
    """What `check` needs to know of a run's options."""

    @property
    def input(self) -> str:
        """Pattern of the objects to read."""

    @property
    def output(self) -> str:
        """Folder or prefix of the tables."""

    @property
    def spacy_model(self) -> str:
        """Package or path of the model."""

    @property
    def runner(self) -> str:
        """Name of the Beam runner."""

    @property
    def workers(self) -> int:
        """Processes on this machine."""

    @property
    def subscription(self) -> str:
        """Pub/Sub's name of what tells of new objects, empty where the input is listed."""

    @property
    def streaming(self) -> bool:
        """Whether the run goes on and takes up what lands."""


def check(options: Wanted, logs: Logs | None = None) -> list[Finding]:
    """Look at everything a run needs, and give a finding for each; none of them raises.

    `logs` are the output's, where they have been read already.

    A run can go ahead if no finding is an error. Writes and removes one probe below OUTPUT/_wirecopy where the output
    exists or is a bucket; creates nothing else.
    """
    findings: list[Finding] = []
    found: list[Found] = []
    findings += _said(lambda: _input(options, found), "Choose another --input.")
    findings += _said(lambda: _readable(found), "Give this account the right to read the input.")
    findings += _said(lambda: _clock(found), "")
    findings += _said(lambda: _output(options.output), "Choose another --output.")
    findings += _said(lambda: _schema(options.output, logs), "Choose another --output.")
    findings += _said(lambda: _disk(options.output, found), "")
    findings += _said(lambda: _memory(options.workers), "")
    findings += _said(lambda: _model(options.spacy_model), "Name another --spacy_model.")
    if options.subscription:
        findings += _said(lambda: _announced(options), "Choose another --subscription.")
    findings += _said(lambda: _engine(options), "Choose another --runner.")
    return list(dict.fromkeys(findings))  # two looks may meet the same refusal


def _said(look: Callable[[], Iterator[Finding]], fix: str) -> list[Finding]:
    """The findings of one look; what goes wrong in it is a finding too."""
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except StoreError as error:
        findings.append(Finding("error", str(error), fix))
    except OSError as error:
        findings.append(Finding("error", f"{error.filename or 'A file'}: {error.strerror or error}.", fix))
    return findings


def _input(options: Wanted, found: list[Found]) -> Iterator[Finding]:
    pattern = options.input
    skipped: list[str] = []
    found += islice(find(pattern, lambda uri, reason: skipped.append(f"{uri} ({reason})")), MAX_LISTED)
    if not found and options.streaming:
        yield from _to_come(pattern)
    elif not found:
        yield Finding(
            "error",
            f"{pattern} matches nothing.",
            "Put the pattern in quotes so that the shell leaves it alone; ** crosses folders, * does not.",
        )
    else:
        number = f"more than {MAX_LISTED:,} objects" if len(found) == MAX_LISTED else counted(len(found), "object")
        size = sum(one.size_bytes for one in found)
        yield Finding("ok", f"{pattern} matches {number}, {_bytes(size)}.")
    if skipped:
        yield Finding(
            "warning",
            f"{len(skipped):,} of what the pattern matches will not be read, such as {skipped[0]}.",
            "Nothing to do unless one of them should be.",
        )


def _to_come(pattern: str) -> Iterator[Finding]:
    """A stream may begin with nothing, but where nothing can ever land is a mistake."""
    folder = split_pattern(os.path.join(os.getcwd(), os.path.expanduser(pattern)))[0]
    if is_gcs(pattern) or os.path.isdir(folder):
        yield Finding("ok", f"{pattern} matches nothing yet.")
    else:
        yield Finding("error", f"{pattern} matches nothing: there is no folder {folder}.", "Make it, or name another.")


def _readable(found: list[Found]) -> Iterator[Finding]:
    for one in found[:1]:
        with open_object(one) as stream:
            stream.read(1)
        yield Finding("ok", "The first of them can be read.")


def _clock(found: list[Found]) -> Iterator[Finding]:
    ahead_seconds = max((one.updated_us for one in found), default=0) / 1e6 - time.time()
    if ahead_seconds > MAX_AHEAD_SECONDS:
        yield Finding(
            "warning",
            f"The newest object was written {ahead_seconds / 60:,.0f} minutes from now.",
            "Set this machine's clock, or the one that writes the objects: `received_at` and partitions rest on it.",
        )


def _output(output: str) -> Iterator[Finding]:
    if not is_gcs(output) and not os.path.isdir(output):
        parent = _existing(output)
        if not os.path.isdir(parent):
            yield Finding(
                "error", f"{parent} is a file, and the output would lie below it.", "Choose another --output."
            )
        elif not os.access(parent, os.W_OK | os.X_OK):
            yield Finding("error", f"{parent} can't be written to.", "Choose another --output, or ask for the right.")
        else:
            yield Finding("ok", f"{output} will be begun.")
        return
    store = open_store(output)
    # A name never used twice, out of every reader's sight; it reaches no table, key or order.
    probe = f"_wirecopy/check/{secrets.token_hex(8)}"
    store.put(probe, b"wirecopy check")
    try:
        store.read(probe)
        next(store.names("_wirecopy/"), None)
    finally:
        store.delete(probe)
    yield Finding("ok", f"{output} can be written, read and listed.")
    if is_gcs(output):
        yield from _bucket(output)


def _bucket(output: str) -> Iterator[Finding]:
    from pipeline.store_gcs import _client, _said, _split

    bucket, _ = _split(output)
    with _said(f"gs://{bucket}", "storage.buckets.get"):
        _client().get_bucket(bucket)
    yield Finding("ok", f"gs://{bucket} can be looked up (storage.buckets.get), which Beam asks for.")


def _schema(output: str, logs: Logs | None) -> Iterator[Finding]:
    if not is_gcs(output) and not os.path.isdir(output):
        return
    source = Output(output, logs)
    problems: list[str] = []
    seen = 0
    for table, schema in TABLES.items():
        for name in source.files(table)[-1:]:
            seen += 1
            problems += [f"{name}: {problem}" for problem in schema_problems(schema, _schema_of(source.store, name))]
    if problems:
        yield Finding(
            "error",
            f"The output holds tables that this version can't add to. {problems[0]}"
            + (f" ({len(problems) - 1} more.)" if len(problems) > 1 else ""),
            "Give a new --output, or run the version of wirecopy that wrote it.",
        )
    elif seen:
        yield Finding("ok", "The tables in the output have columns that this version can add to.")


def _schema_of(store: Store, name: str) -> pa.Schema:
    with store.open(name) as stream:
        return pq.read_schema(stream)


def schema_problems(ours: pa.Schema, theirs: pa.Schema) -> list[str]:
    """Why rows of our schema can't stand beside rows of theirs: a column that changed, or that we don't know.

    Columns that they lack are no problem: change is additive.

    >>> schema_problems(pa.schema([("a", pa.int32()), ("b", pa.int32())]), pa.schema([("a", pa.string())]))
    ["column 'a' is string there and int32 here"]
    """
    problems = []
    for column in theirs:
        if column.name not in ours.names:
            problems.append(f"column {column.name!r} is not known here: a newer version wrote it")
        elif not ours.field(column.name).type.equals(column.type):
            problems.append(f"column {column.name!r} is {column.type} there and {ours.field(column.name).type} here")
    return problems


def _disk(output: str, found: list[Found]) -> Iterator[Finding]:
    if is_gcs(output):
        return
    free = shutil.disk_usage(_existing(output)).free
    wanted = int(OUTPUT_SHARE * sum(expected_bytes(one) for one in found))
    if free < wanted:
        yield Finding(
            "error" if free < wanted / OUTPUT_SHARE / 2 else "warning",
            f"{_bytes(free)} are free where the output goes, and it may take {_bytes(wanted)}.",
            "Make room, or choose an --output on a larger disk.",
        )
    else:
        yield Finding("ok", f"{_bytes(free)} are free where the output goes.")


def _memory(workers: int) -> Iterator[Finding]:
    available = available_memory_bytes()
    if available is None:
        return
    wanted = max(workers, 1) * MEMORY_PER_PROCESS_BYTES
    if available < wanted:
        yield Finding(
            "warning",
            f"{_bytes(available)} of memory are available, and {max(workers, 1)} processes may take {_bytes(wanted)}.",
            "Use fewer processes, or a larger machine.",
        )
    else:
        yield Finding("ok", f"{_bytes(available)} of memory are available.")


def available_memory_bytes() -> int | None:
    """Memory that a new process can have, by the kernel and by the container's limit; None where neither says it."""
    amounts: list[int] = []
    meminfo = _lines("/proc/meminfo")
    amounts += [int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable:")]
    limit, used = _lines("/sys/fs/cgroup/memory.max"), _lines("/sys/fs/cgroup/memory.current")
    if limit and used and limit[0].isdigit():
        amounts.append(int(limit[0]) - int(used[0]))
    return max(min(amounts), 0) if amounts else None


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _model(name: str) -> Iterator[Finding]:
    from transforms.nlp import ModelError, check_model

    try:
        check_model(name)
    except ModelError as error:
        what, _, fix = str(error).partition("; ")
        yield Finding("error", f"{what[:1].upper()}{what[1:]}.", f"{fix[:1].upper()}{fix[1:]}." if fix else "")
    else:
        yield Finding("ok", f"The model {name} is installed and whole.")


def _engine(options: Wanted) -> Iterator[Finding]:
    module, extra = _MEMBERS.get(options.runner, (None, None))
    if module and importlib.util.find_spec(module) is None:
        yield Finding(
            "error", f"{options.runner} needs packages that are not installed.", f"Install them: pip install '{extra}'."
        )
    elif options.runner == "DataflowRunner" and not (is_gcs(options.input) and is_gcs(options.output)):
        yield Finding(
            "error", "Workers of Dataflow can't see the files of this machine.", "Give gs:// for --input and --output."
        )
    else:
        yield Finding("ok", f"{options.runner} can be used.")


def _announced(options: Wanted) -> Iterator[Finding]:
    if importlib.util.find_spec("google.cloud.pubsub_v1") is None or not is_gcs(options.input):
        return  # refused in words beside this
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError

    from pipeline.announcing import look
    from pipeline.store_gcs import _client

    try:
        for step in look(options.subscription, options.input, _client(), fix=getattr(options, "fix", False)):
            yield Finding("ok" if step.there else "warning", step.what, step.fix)
    except (GoogleAPICallError, RetryError, GoogleAuthError) as error:
        words = str(getattr(error, "message", "") or error).split("?")[0].strip()[:300]
        yield Finding(
            "warning",
            f"The way from the bucket to the subscription can't be looked at: {words}",
            "Who checks it needs roles/pubsub.viewer and storage.buckets.get; with --fix roles/pubsub.editor and "
            "storage.buckets.update.",
        )


def _existing(path: str) -> str:
    """The nearest folder or file above a path that exists."""
    path = os.path.abspath(path)
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def _bytes(number: int) -> str:
    """A size in words.

    >>> _bytes(512), _bytes(3 * 1024**2)
    ('512 bytes', '3.0 MiB')
    """
    size = float(number)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
