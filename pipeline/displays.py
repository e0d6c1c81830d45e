"""Where the progress of a run is shown: in place on a terminal, as lines in a pipe, as JSON lines for a collector."""

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TextIO

import orjson

from pipeline.tally import Totals

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")

LINE_EVERY_S = 5.0
"""A pipe gets no more than one line of progress in this time."""
BAR_CHARS = 24

_form: Format = "text"


def use(form: Format) -> None:
    """Say things in this form from now on, in this process; what Python's `logging` is told takes it too."""
    global _form
    _form = form
    if form == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())


def form() -> Format:
    """The form that things are said in."""
    return _form


def say(text: str, level: str = "info", stream: TextIO | None = None) -> None:
    """A message beside no figures, on stderr."""
    display_for(stream or sys.stderr, _form, live=False).say(level, text)


@dataclass(frozen=True, slots=True)
class Shown:
    """One look at a run: what a display shows.

    `objects` is None for a stream, which has no end; `waiting` and `delay_s` (age of the oldest object that waits) are
    None for anything else. Times are in seconds, `words_per_s` over the last minute.
    """

    objects: int | None
    done: Totals
    elapsed_s: float
    words_per_s: float
    left_s: float | None
    since_commit_s: float | None
    waiting: int | None
    delay_s: float | None


class Display(Protocol):
    """Where progress goes. `look` gives the present figures, whenever it is called."""

    def start(self, look: Callable[[], Shown]) -> None:
        """Begin to show."""

    def changed(self, shown: Shown, *, last: bool = False) -> None:
        """Something was committed; `last` at the end of the run."""

    def say(self, level: str, text: str) -> None:
        """Show a message beside the figures."""

    def end(self) -> None:
        """Leave the stream as it was found."""


def display_for(
    stream: TextIO, form: Format, clock: Callable[[], float] = time.monotonic, *, live: bool = True
) -> Display:
    """JSON where it was asked for, a live view on a terminal that can show one, else plain lines."""
    if form == "json":
        return _JsonLines(stream, clock)
    if live and stream.isatty():
        from rich.console import Console

        console = Console(file=stream)
        if console.is_terminal and not console.is_dumb_terminal:
            return _Terminal(console)
    return _Lines(stream, clock)


class _Lines:
    """Plain lines, no more than one in `LINE_EVERY_S`, and one at the end."""

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream, self._clock = stream, clock
        self._next_s = float("-inf")
        self._told: Totals | None = None

    def start(self, look: Callable[[], Shown]) -> None:  # noqa: ARG002 - lines come with commits
        self._next_s = self._clock() + LINE_EVERY_S

    def changed(self, shown: Shown, *, last: bool = False) -> None:
        now_s = self._clock()
        if (shown.done in (self._told, Totals())) if last else now_s < self._next_s:
            return
        self._next_s, self._told = now_s + LINE_EVERY_S, shown.done
        self._write(shown)

    def _write(self, shown: Shown) -> None:
        self._put(f"wirecopy: {', '.join(parts(shown))}")

    def say(self, level: str, text: str) -> None:  # noqa: ARG002 - the words say it
        self._put(f"wirecopy: {text}")

    def _put(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def end(self) -> None:
        pass


class _JsonLines(_Lines):
    """One JSON object a line, with `time`, `level` and `event`."""

    def _write(self, shown: Shown) -> None:
        figures = asdict(shown)
        figures |= {f"done_{name}" if name == "objects" else name: value for name, value in figures.pop("done").items()}
        self._put(json_line("info", "progress", **{k: _rounded(v) for k, v in figures.items() if v is not None}))

    def say(self, level: str, text: str) -> None:
        self._put(json_line(level, "message", message=text))


class _Terminal:
    """Two lines that stay in place, drawn by rich four times a second."""

    def __init__(self, console: Any) -> None:
        self._console = console
        self._live: Any = None
        self._handlers: list[tuple[logging.StreamHandler[Any], Any]] = []

    def start(self, look: Callable[[], Shown]) -> None:
        from rich.live import Live

        # stdout stays as it is: the summary goes there when this has ended, and it may be a pipe.
        self._live = Live(
            get_renderable=lambda: _drawn(look()), console=self._console, redirect_stdout=False, redirect_stderr=True
        )
        self._live.start()
        # A cursor that is hidden stays so in the terminal of whoever is killed.
        self._console.show_cursor(True)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self._console.file:
                self._handlers.append((handler, handler.setStream(sys.stderr)))

    def changed(self, shown: Shown, *, last: bool = False) -> None:
        pass  # it is drawn by the clock

    def say(self, level: str, text: str) -> None:
        style = {"warning": "yellow", "error": "red"}.get(level, "")
        self._console.print(f"wirecopy: {text}", style=style, markup=False, highlight=False, soft_wrap=True)

    def end(self) -> None:
        if self._live:
            for handler, stream in self._handlers:
                handler.setStream(stream)
            self._handlers.clear()
            self._live.stop()
            self._live = None


def _drawn(shown: Shown) -> Any:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    figures = Text(", ".join(parts(shown)), overflow="fold")
    if shown.objects is None:
        return figures
    line = Table.grid(padding=(0, 1))
    share = shown.done.share or 0.0
    line.add_row(
        ProgressBar(total=1.0, completed=share, width=BAR_CHARS),
        Text(f"{share:4.0%}"),
        Text(f"{duration(shown.elapsed_s)} so far"),
    )
    return Group(line, figures)


def parts(shown: Shown) -> list[str]:
    """The figures in words, those first that a reader looks for first.

    >>> look = Shown(40, Totals(3, 1200, 1, 90_000, 0.1), 60.0, 1500.0, 540.0, 2.0, None, None)
    >>> ", ".join(parts(look))
    '3 of 40 objects, 1,200 articles, 1 failure, 1,500 words/s, about 9 min left'
    >>> stream = Shown(None, Totals(3, 1200, 0, 90_000), 60.0, 1500.0, None, 2.0, 7, 3.5)
    >>> ", ".join(parts(stream))
    '1,200 articles, 0 failures, 1,500 words/s, 7 objects wait, the oldest for 4 s, last commit 2 s ago'
    """
    done = shown.done
    text = [] if shown.objects is None else [f"{done.objects:,} of {counted(shown.objects, 'object')}"]
    text += [counted(done.articles, "article"), counted(done.failures, "failure"), f"{shown.words_per_s:,.0f} words/s"]
    if shown.left_s is not None and done.objects < (shown.objects or 0):
        text.append(f"about {duration(shown.left_s)} left")
    if shown.objects is None:
        if shown.waiting is not None:
            text.append(f"{counted(shown.waiting, 'object')} {'waits' if shown.waiting == 1 else 'wait'}")
        if shown.delay_s is not None:
            text.append(f"the oldest for {duration(shown.delay_s)}")
        since = shown.since_commit_s
        text.append("nothing committed yet" if since is None else f"last commit {duration(since)} ago")
    return text


def matching(objects: int, already: int) -> str:
    """What a run begins with, in words.

    >>> matching(1, 0)
    '1 object matches, 0 of them have their outcome already.'
    >>> matching(2000, 1)
    '2,000 objects match, 1 of them has its outcome already.'
    """
    verb = "matches" if objects == 1 else "match"
    have = "has its" if already == 1 else "have their"
    return f"{counted(objects, 'object')} {verb}, {already:,} of them {have} outcome already."


def counted(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun; `nouns` is a plural that is made otherwise than by an s.

    >>> counted(1, "article"), counted(2000, "article"), counted(2, "family", "families")
    ('1 article', '2,000 articles', '2 families')
    """
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def duration(seconds: float) -> str:
    """A time as one would say it.

    >>> [duration(s) for s in (0.4, 59, 61, 600, 5400, 200_000)]
    ['0 s', '59 s', '1 min 1 s', '10 min', '1 h 30 min', '2 d 7 h']
    """
    whole = round(seconds)
    for size, unit, lesser_size, lesser in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // lesser_size
            exact = rest and (size > 60 or whole < 600)
            return f"{whole // size} {unit} {rest} {lesser}" if exact else f"{whole // size} {unit}"
    return f"{whole} s"


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def json_line(level: str, event: str, **values: Any) -> str:
    """A line for a collector of logs: when, how grave, what.

    >>> json_line("info", "message", message="a\\nb").partition(",")[2]
    '"level":"info","event":"message","message":"a\\\\nb"}'
    """
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"time": moment, "level": level, "event": event, **values}).decode()


class JsonFormatter(logging.Formatter):
    """Records of `logging` as JSON lines of the same form."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, the traceback in it."""
        values = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return json_line(record.levelname.lower(), "log", **values)
