"""Signals that ask a long run to end: the first is heeded when the work in hand is done, the second at once."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):  # noqa: N818 - read as a word
    """Raised out of work that can be left at any moment, when a signal asks for the end."""


class Stop:
    """Listens for SIGTERM and Ctrl-C from its making until `forget`; `signal` is the one that came, or None."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self.at_once: Callable[[], None] = lambda: None
        """What is still done when the second signal comes."""
        self._raises = False
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGTERM, signal.SIGINT)}

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Raise Stopped out of the block when a signal comes: it holds work that changes nothing, and may take long."""
        self._raises = True
        try:
            if self.signal is not None:
                raise Stopped
            yield
        finally:
            self._raises = False

    def forget(self) -> None:
        """Give the signals back to who had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.signal is not None:
            self.at_once()
            os._exit(128 + number)
        self.signal = number
        if self._raises:
            raise Stopped
