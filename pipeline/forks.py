"""How worker processes begin: forked from one that is warm, so that they share its memory and start at once."""

import json
import multiprocessing
import os
from multiprocessing import forkserver
from multiprocessing.context import BaseContext

from pipeline.settings import Settings

WANTED = "WIRECOPY_WARM"
"""Variable that tells the fork server which model to load, and what it is left without, as JSON."""


def worker_context(settings: Settings) -> BaseContext:
    """How workers begin: forked from a process that has read modules and model for all of them, where that is possible.

    That process runs nothing else and has no threads, which a fork would not survive.
    """
    # Workers share the cores already. Matrix products round the same way with any number of threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.warm"])
    os.environ[WANTED] = json.dumps([settings.spacy_model, sorted(settings.without)])
    try:
        forkserver.ensure_running()
    finally:
        del os.environ[WANTED]
    return context
