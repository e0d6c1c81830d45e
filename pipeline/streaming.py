"""Continuous on one machine: what lands is noticed, run by warm processes and committed, until a signal ends it.

A thread looks; the main thread takes up what it has seen, hands batches to the workers and reads the log on after each.
Nothing rests on this process's memory: killed at any moment and started again, it goes on from the log and the notes.
"""

import argparse
import queue
import signal
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from pipeline.backlog import Backlog
from pipeline.displays import counted, duration, form, json_line
from pipeline.housekeeping import Compactor, DeadNotes
from pipeline.ingest import settings_of
from pipeline.isolation import Batch, Isolation
from pipeline.logs import Logs
from pipeline.notifications import Listener
from pipeline.options import DONE, FAILED, INTERRUPTED
from pipeline.progress import Progress
from pipeline.settings import Settings
from pipeline.signals import Stop, Stopped
from pipeline.source import read_portions
from pipeline.store import LONGEST_PAUSE_S, Found, StoreError, open_store
from pipeline.tally import Totals
from pipeline.watching import MAX_WAITING, Looker, Watch
from pipeline.workers import Workers, WorkersFail
from schemas.records import RawDocument

BATCH_S = 3.0
"""How long a batch should take a worker: so long at most does a fresh object wait for one to be free."""
FIRST_BYTES_PER_S = 24_000
"""What a worker is taken to do until it has been measured."""
PACE_SHARE = 0.3
"""Weight of the newest batch in the measured pace."""
LEAST_BATCH_BYTES = 16 * 1024
SETTLE_ENTRIES = 512
"""Entries of the log after which what is new in it is packed: it takes a tenth of the memory then."""
TURN_S = 0.1
"""How long the main thread sleeps at most."""


def stream(options: argparse.Namespace, beam_args: Sequence[str], logs: Logs | None = None) -> int:
    """Run until SIGTERM (exit code 0) or Ctrl-C (130), heeded after the batches in hand; a second one ends at once.

    `logs` are the output's, where they have been read already.
    """
    stop = Stop()
    workers = None
    progress = Progress()
    try:
        logs = logs or Logs.begun(open_store(options.output), options.logs or 1)
        logs.catch_up()
        settings = settings_of(options, len(logs.logs))
        workers = Workers(options.workers, settings, tuple(beam_args))
        stop.at_once = workers.kill
        running = _Stream(options, logs, settings, workers, stop, progress)
        running.run()
        workers.stop()
    except (StoreError, OSError, WorkersFail) as error:
        progress.say(str(error), "error")
        progress.say("the stream has ended. What is committed stays whole; start it again to go on.", "error")
        return FAILED
    finally:
        if workers:
            workers.kill()  # those that are left after an error: they pass over the signals that end children
        progress.end()
        stop.forget()
    running.account()
    return INTERRUPTED if stop.signal == signal.SIGINT else DONE


@dataclass(slots=True)
class _Pause:
    """Waiting for storage that fails: said once, tried again ever more seldom."""

    progress: Progress
    words: str = ""
    since_s: float = 0.0
    tries: int = 0
    until_s: float = 0.0

    def begin(self, words: str) -> None:
        now_s = time.monotonic()
        if not self.words:
            self.since_s = now_s
            self.progress.say(f"{words} Trying again until it works; nothing is lost.", "error")
        self.words = words
        self.until_s = now_s + min(2.0**self.tries, LONGEST_PAUSE_S)
        self.tries = min(self.tries + 1, 16)

    def end(self) -> None:
        if self.words:
            self.progress.say(f"it works again, after {duration(time.monotonic() - self.since_s)}.")
        self.words, self.tries, self.until_s = "", 0, 0.0


class _Stream:
    """The main thread's work."""

    def __init__(
        self,
        options: argparse.Namespace,
        logs: Logs,
        settings: Settings,
        workers: Workers,
        stop: Stop,
        progress: Progress,
    ) -> None:
        self._options, self._logs, self._settings, self._stop = options, logs, settings, stop
        self._progress = progress
        self._isolation = Isolation(workers, settings.limits)
        self._log_lock = threading.Lock()
        self._backlog = Backlog(self._read, self._say_unreadable)
        self._taken: set[tuple[str, int]] = set()
        self._in_hand: dict[str, Batch] = {}
        self._again: list[Batch] = []
        self._dead_notes, self._compactor = DeadNotes(logs), Compactor(settings)
        self._pause, self._blind = _Pause(progress), _Pause(progress)
        self._bytes_per_s = float(FIRST_BYTES_PER_S)
        self._done = Totals()
        self._repeats = self._unsettled = 0
        self._told: object = None
        self._looker: Looker | Listener
        if options.subscription:
            self._looker = Listener(
                options.subscription, options.input, lambda found: logs.complete(found.uri, found.generation)
            )
        else:
            self._looker = Looker(Watch(options.input, self._is_done, self._say_skipped), options.poll_interval)

    def run(self) -> None:
        """Go on until a signal asks for the end, then end what is in hand."""
        if self._options.subscription:
            self._progress.say(f"listening to {self._options.subscription} for {self._options.input}.")
        else:
            self._progress.say(f"watching {self._options.input}, every {self._options.poll_interval:g} s.")
        self._progress.start(None)
        self._looker.start()
        with suppress(Stopped):
            while self._stop.signal is None:
                self._take_in()
                self._hand_out()
                self._settle_all()
                self._keep_house()
        if self._isolation.in_hand:
            self._progress.say("stopping after what is in hand; a second signal stops at once.")
        while self._isolation.in_hand:
            self._settle_all()
            self._tell()
        self._compactor.stop()

    def account(self) -> None:
        """Print what was committed, and what is left to the next start."""
        done, left = self._done, self._backlog.objects + sum(len(batch.objects) for batch in self._again)
        if form() == "json":
            values = {"articles": done.articles, "failures": done.failures, "repeats": self._repeats}
            more = {"objects": done.objects, "waiting": left, "output": self._options.output}
            print(json_line("info", "summary", **values, **more))
            return
        print(
            f"Committed since the start: {counted(done.articles, 'article')}, {counted(done.failures, 'failure')} and "
            f"{counted(self._repeats, 'repeat')}, of {counted(done.objects, 'object')}."
        )
        if left:
            print(f"{counted(left, 'object')} left for the next start.")
        print(f"Tables are in {self._options.output}.")

    # What has landed

    def _is_done(self, found: Found) -> bool:
        """Asked by the looking thread too: it may say no too early, which `_add` puts right."""
        if (found.uri, found.generation) in self._taken:
            return True
        with self._log_lock:
            return self._logs.complete(found.uri, found.generation)

    def _take_in(self) -> None:
        with suppress(queue.Empty):
            while True:
                seen = self._looker.seen.get_nowait()
                if isinstance(seen, StoreError):
                    self._blind.begin(f"The input can't be listed. {seen}")
                elif isinstance(seen, Exception):
                    raise seen
                else:
                    self._blind.end()
                    self._add(seen)

    def _add(self, seen: list[Found]) -> None:
        found = [one for one in seen if not self._is_done(one)][: MAX_WAITING - self._backlog.objects]
        self._taken.update((one.uri, one.generation) for one in found)
        self._backlog.add(found)

    def _read(self, found: Found) -> Iterable[RawDocument]:
        known = self._logs.known(found.uri, found.generation)
        if known and known.complete:
            return ()
        portion_bytes = min(self._settings.limits.portion_bytes, self._batch_bytes)
        return read_portions(found, known, replace(self._settings.limits, portion_bytes=portion_bytes))

    # What is done with it

    @property
    def _batch_bytes(self) -> int:
        return max(LEAST_BATCH_BYTES, min(self._settings.limits.batch_bytes, int(self._bytes_per_s * BATCH_S)))

    def _hand_out(self) -> None:
        """Give idle workers something to do; while storage fails, one batch at a time finds out whether it works."""
        now_s = time.monotonic()
        while self._isolation.idle and now_s >= self._pause.until_s:
            if self._pause.words and self._isolation.in_hand:
                return
            try:
                batch = self._again.pop() if self._again else self._next_batch()
                if batch is None:
                    return
                self._begin(batch)
            except StoreError as error:
                self._pause.begin(str(error))

    def _next_batch(self) -> Batch | None:
        share_bytes = -(-self._backlog.size_bytes // self._options.workers)
        with self._stop.raising():
            documents = self._backlog.take(max(LEAST_BATCH_BYTES, min(self._batch_bytes, share_bytes)))
        return Batch.of(documents) if documents else None

    def _begin(self, batch: Batch) -> None:
        if not batch.pieces:  # it is committed, and reading that failed
            self._settle(batch)
            return
        if batch.note not in self._in_hand:
            try:
                self._logs.note(batch.note, batch.portions)
            except StoreError:
                self._again.append(batch)
                raise
            self._in_hand[batch.note] = batch
        self._isolation.begin(batch)

    def _settle_all(self) -> None:
        for batch in self._isolation.wait(TURN_S):
            if batch.error:
                self._pause.begin(batch.error)
                self._again.append(batch)
            else:
                with suppress(StoreError):
                    self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        """Read the log up to the batch's commit."""
        try:
            self._read_on()
            self._logs.unnote(batch.note)
        except StoreError as error:
            self._pause.begin(str(error))
            self._again.append(batch)
            raise
        self._pause.end()
        self._in_hand.pop(batch.note, None)
        self._taken.difference_update(key for key in batch.objects if self._logs.complete(*key))
        if batch.set_apart:
            self._progress.say(
                f"{counted(batch.set_apart, 'record')} ended a worker or failed by itself: see the table failures.",
                "warning",
            )
        elif batch.size_bytes >= LEAST_BATCH_BYTES:
            measured = batch.size_bytes / max(TURN_S, time.monotonic() - batch.begun_s)
            self._bytes_per_s += PACE_SHARE * (measured - self._bytes_per_s)

    def _read_on(self) -> None:
        for log in self._logs.logs:
            with self._log_lock:
                entries = log.refresh()
            self._unsettled += len(entries)
            outcomes = [o for entry in entries if entry.kind == "write" for o in entry.outcomes]
            self._repeats += sum(o.repeats for o in outcomes)
            self._done = Totals(
                self._done.objects + sum(o.last for o in outcomes),
                self._done.articles + sum(o.articles for o in outcomes),
                self._done.failures + sum(o.failures for o in outcomes),
                self._done.words + sum(o.words for o in outcomes),
            )
        if self._unsettled >= SETTLE_ENTRIES:
            self._unsettled = 0
            with self._log_lock:
                for log in self._logs.logs:
                    log.state.objects.settle()

    def _keep_house(self) -> None:
        now_s = time.monotonic()
        with suppress(StoreError):  # whoever works on the same storage will say it
            self._add(self._dead_notes.lost(self._in_hand, now_s))
        self._compactor.turn(self._logs, now_s)
        self._tell()

    def _tell(self) -> None:
        now = (self._done, self._backlog.objects)
        if now != self._told:
            self._told = now
            self._progress.waiting(self._backlog.objects, self._backlog.oldest_s)
            self._progress.committed(self._done)

    def _say_unreadable(self, words: str) -> None:
        self._progress.say(f"{words} It is tried again until it can be read; the others go on.", "warning")

    def _say_skipped(self, uri: str, reason: str) -> None:
        self._progress.say(f"{uri} is not read: {reason}.", "warning")
