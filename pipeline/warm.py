"""What every worker process needs, made ready once: the fork server imports this module, and workers share its memory.

Modules, word lists and the model are read here, and one text goes through them, so that what is filled at first use is
filled. Imported without `WANTED` in the environment it loads nothing.
"""

import gc
import json
import os
import signal
from contextlib import suppress

import pipeline.graph  # noqa: F401 - Beam, Arrow, spaCy and all stages
from pipeline.forks import WANTED
from schemas.records import Portion, Portioned, RawArticle
from transforms.engine.selfcheck import TEXT
from transforms.shells import Annotate, Clean, ToRows

_kept: list[object] = []
"""Holds the stages, and by them the model."""


def warm(model: str, without: frozenset[str]) -> None:
    """Take one text of ours through every stage that learns at its first use; the model stays loaded."""
    stages = (Clean(frozenset(), None, 0), Annotate(model, without, 0), ToRows(""))
    _kept.append(stages)
    portion = Portion("warm", 0, 0)
    element = Portioned(portion, (RawArticle("warm", "warm", 0, 0, 0, "\n\n".join(TEXT), ""),))
    for stage in stages:
        stage.setup()
        (element,) = stage.process(element)


if os.environ.get(WANTED):
    # What is sent to a whole process group is for the launcher to act on; with it this process ends too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with suppress(Exception):  # a worker that meets it again says what it is
        name, left_out = json.loads(os.environ[WANTED])
        warm(name, frozenset(left_out))
    # Objects that the collector never visits again stay on pages that nobody writes to, and so stay shared.
    gc.collect()
    gc.freeze()
