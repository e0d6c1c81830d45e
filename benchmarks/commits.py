"""How many logs an output needs: many writers commit to it at once, over storage that answers as slowly as a bucket.

    python benchmarks/commits.py --writers 50 --logs 1 4 16 --latency_ms 30 --each 4

Each writer commits an article, to the logs in turn, as fast as it can; in a job it would tag articles between two
commits. Time is of the clock here: what is measured is waiting for one another.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.log import Log, shard_of
from pipeline.logs import Logs
from pipeline.sink import commit
from pipeline.store import Store, open_store
from schemas.ids import sha256_hex, stable_id
from schemas.records import AnnotatedArticle, CleanArticle, Portion, Portioned, RawArticle
from transforms.rows import to_tables
from transforms.shells import PortionRows, pack


class Distant:
    """A store every call of which takes a while; threads wait beside one another."""

    def __init__(self, store: Store, latency_s: float) -> None:
        self._store, self._latency_s = store, latency_s

    def __getattr__(self, name: str):
        method = getattr(self._store, name)

        def slow(*arguments: object) -> bytes | bool | Iterator[str] | BinaryIO | int | None:
            time.sleep(self._latency_s)
            return method(*arguments)

        return slow


def main() -> None:
    """Print one line for each number of logs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--logs", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--latency_ms", type=float, default=30)
    parser.add_argument("--each", type=int, default=4, help="commits of each writer")
    parser.add_argument("--pause_s", type=float, default=0, help="between two commits of a writer")
    options = parser.parse_args()
    for count in options.logs:
        with tempfile.TemporaryDirectory() as folder:
            print(measure(folder, count, options), flush=True)


def rows(uri: str) -> PortionRows:
    """One article with nothing in it but text."""
    portion = Portion(uri, 1, 0, end_byte=1, next_record=1)
    text = "The ferry left at dawn. " * 100
    raw = RawArticle(stable_id(uri), uri, 1, 0, 0, text, sha256_hex(text.encode()))
    tables = to_tables(Portioned(portion, (AnnotatedArticle(CleanArticle(raw, text), "en"),)), "bench")
    return PortionRows(portion, tuple((name, pack(table)) for name, table in tables.items()), 0)


def measure(folder: str, count: int, options: argparse.Namespace) -> str:
    """One output with `count` logs."""
    Logs.begun(open_store(folder), count)
    store = Distant(open_store(folder), options.latency_ms / 1000)
    took_s: list[float] = []

    def write(writer: int) -> None:
        logs = {}
        for turn in range(options.each):
            shard = (writer + turn) % count
            log = logs.setdefault(shard, Log(store, shard))
            uri = next(u for n in range(10**6) if shard_of(u := f"/in/{writer}-{turn}-{n}", count) == shard)
            started_s = time.monotonic()
            assert commit(store, log, [rows(uri)], "bench")
            took_s.append(time.monotonic() - started_s)
            time.sleep(options.pause_s)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(options.writers)]
    started_s = time.monotonic()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    all_s = time.monotonic() - started_s
    entries = len(list(Path(folder, "_wirecopy", "log").rglob("*.json")))
    took_s.sort()
    middle_s, late_s = took_s[len(took_s) // 2], took_s[int(len(took_s) * 0.95)]
    return (
        f"{count:3} logs, {options.writers} writers: {entries / all_s:6.1f} commits a second; a commit takes "
        f"{middle_s:.2f} s in the middle, {late_s:.2f} s at the 95th percentile"
    )


if __name__ == "__main__":
    main()
