"""How long a run needs to begin over a log of many objects, and what it holds: a log made up, then the real command.

    python benchmarks/start.py [--objects 1000000] [--folder DIR]

Seconds are of the processor, memory is the peak of the process.
"""

import argparse
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from pipeline.log import SNAPSHOT_EVERY_ENTRIES, Entry, Log, Outcome
from pipeline.logs import Logs
from pipeline.store import open_store

OBJECTS_AN_ENTRY = 1_000
TYPICAL = Outcome("", 1_740_830_400_000_000_000, 1_740_830_400_000_000, 0, 5_000, 0, 1, True, articles=1, words=400)


def made_up(output: Path, objects: int, feed: Path) -> None:
    """A log as a run over so many objects leaves it: a snapshot and a snapshot's distance of entries behind it."""
    logs = Logs.begun(open_store(str(output)))
    log = logs.logs[0]
    entries = -(-objects // OBJECTS_AN_ENTRY)
    behind = min(SNAPSHOT_EVERY_ENTRIES - 1, entries)
    for number in range(entries):
        if number == entries - behind:
            _snapshot(log)
        first = number * OBJECTS_AN_ENTRY
        outcomes = tuple(
            replace(TYPICAL, uri=f"{feed}/2025/03/{n % 28:02d}/story-{n:09d}.xml", generation=TYPICAL.generation + n)
            for n in range(first, min(first + OBJECTS_AN_ENTRY, objects))
        )
        entry = Entry(f"{number:024x}", "write", outcomes)
        log._store.put(log._entry_name(number), entry.encode())
        log.state.apply(0, number, entry)
        log._store.put(log._mark_name(number), b"")


def _snapshot(log: Log) -> None:
    log._store.put(f"_wirecopy/snapshot/000/{log.state.next:010d}", log.state.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        feed = folder / "feed"
        feed.mkdir()
        (feed / "new.txt").write_text("The ferry left Port Selwyn at dawn.")
        # In a process of its own: what this one held would count as memory of the command that it starts.
        making = multiprocessing.get_context("spawn").Process(
            target=made_up, args=(folder / "out", options.objects, feed)
        )
        making.start()
        making.join()
        size_bytes = sum(path.stat().st_size for path in (folder / "out" / "_wirecopy" / "snapshot").rglob("*"))
        print(f"{options.objects:,} objects, snapshot of {size_bytes / 1e6:.1f} MB")
        started_s = time.monotonic()
        command = [sys.executable, "-m", "pipeline", "run", "--input", str(feed), "--output", str(folder / "out")]
        running = subprocess.Popen([*command, "--workers", "1", "--without", "entities,quotes"])
        _, status, used = os.wait4(running.pid, 0)
        if status:
            raise SystemExit(f"the run failed with {os.waitstatus_to_exitcode(status)}")
        cpu_s, all_s = used.ru_utime + used.ru_stime, time.monotonic() - started_s
        print(f"one new article: {cpu_s:.1f} s of the processor, {all_s:.1f} s in all, {used.ru_maxrss / 1024:.0f} MB")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
