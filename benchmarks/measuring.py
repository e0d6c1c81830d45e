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
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SAMPLE_SECONDS = 0.5
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(slots=True)
class Measured:
    """What one command took: seconds, and MiB at the sampled moment when the tree as a whole was largest.

    `path_s` are the CPU seconds of the longest path down the tree: the command, the busiest of its children with the
    busiest of theirs, and so on. On as many idle cores as there are workers the command takes about so long.
    """

    exit_code: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mib: float = 0.0
    path_s: float = 0.0
    at_peak_mib: dict[int, float] = field(default_factory=dict)
    output: str = ""


def run_measured(
    command: Sequence[str], *, env: dict[str, str] | None = None, cwd: Path | None = None, sample: bool = True
) -> Measured:
    """Run the command and all it starts to the end, its output kept; raises nothing for an exit code."""
    measured = Measured()
    # A process whose parent has ended becomes ours: its time counts, and it is waited for.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others = _children()
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
    while left := _children() - others:
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)
    if sample:
        watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured.cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return measured


def _watch(root: int, measured: Measured, ended: threading.Event) -> None:
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    took_s = 0.0
    while not ended.wait(max(SAMPLE_SECONDS, 20 * took_s)):  # looking at large processes takes a while itself
        began_s = time.thread_time()
        now = tree(root)
        for pid, (parent, cpu_s) in now.items():
            parents.setdefault(pid, parent)
            seconds[pid] = cpu_s
        sizes = {pid: pss_mib(pid) for pid in now}
        total = sum(sizes.values())
        if total > measured.peak_mib:
            measured.peak_mib, measured.at_peak_mib = total, sizes
        took_s = time.thread_time() - began_s
    measured.path_s = longest_path(root, parents, seconds)


def longest_path(root: int, parents: dict[int, int], seconds: dict[int, float]) -> float:
    """Seconds of a process and of the longest path below it."""
    below = [longest_path(pid, parents, seconds) for pid, parent in parents.items() if parent == root]
    return seconds.get(root, 0.0) + max(below, default=0.0)


def _children() -> set[int]:
    """Our own processes, those that became ours included."""
    return {pid for pid, (parent, _) in tree(os.getpid()).items() if parent == os.getpid()}


def tree(root: int) -> dict[int, tuple[int, float]]:
    """The process and all its descendants: parent and CPU seconds so far of each."""
    every: dict[int, tuple[int, float]] = {}
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            fields = stat.rsplit(")", 1)[1].split()
            pid, parent = int(entry.name), int(fields[1])
            every[pid] = parent, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            children.setdefault(parent, []).append(pid)
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in every:
            found[pid] = every[pid]
        todo += children.get(pid, [])
    return found


def pss_mib(pid: int) -> float:
    """Proportional set size of a process; 0 for one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in text.splitlines() if line.startswith("Pss:")), 0.0)
