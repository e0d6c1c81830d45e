"""Runs a command and measures its whole process tree: CPU and wall seconds, and the memory of all processes together.

Memory is the sum of proportional set sizes (Pss of /proc/PID/smaps_rollup: pages that several processes share count
once), sampled, so a short peak between two samples is missed. Linux only.
"""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_SECONDS = 0.25
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(slots=True)
class Measured:
    """What one command took: seconds, and MiB at the sampled moment when the tree as a whole was largest."""

    exit_code: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    at_peak_mib: dict[int, float] = field(default_factory=dict)
    output: str = ""


def run_measured(
    command: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path | None = None, sample: bool = True
) -> Measured:
    """Run the command and all it starts to the end, its output kept; raises nothing for an exit code."""
    measured = Measured()
    # A process whose parent has ended becomes ours: its time counts, and it is waited for.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    with subprocess.Popen(
        list(command), env=env, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, measured, ended), daemon=True)
        if sample:
            watcher.start()
        measured.output = process.communicate()[0]
        ended.set()
        measured.exit_code = process.returncode
    measured.wall_s = time.monotonic() - started
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    if sample:
        watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return measured


def _watch(root: int, measured: Measured, ended: threading.Event) -> None:
    while not ended.wait(SAMPLE_SECONDS):
        sizes = {pid: pss_mib(pid) for pid in tree(root)}
        total = sum(sizes.values())
        if total > measured.peak_mib:
            measured.peak_mib, measured.at_peak_mib = total, sizes


def tree(root: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            children.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def pss_mib(pid: int) -> float:
    """Proportional set size of a process; 0 for one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)
