"""`wirecopy report`: one self-contained page that shows what a run took in, took out and found."""

import os
from collections.abc import Mapping

from pipeline.derived import REPORT_NAME, derive
from pipeline.reading import Output
from pipeline.report.counts import count
from pipeline.report.page import render
from pipeline.report.reader import MAX_READER_BYTES, read_articles
from pipeline.store import is_gcs, open_store


def write_report(
    output: str,
    target: str | None = None,
    *,
    summary: Mapping[str, int] | None = None,
    max_reader_bytes: int = MAX_READER_BYTES,
) -> str:
    """Write the page about an output, whole or not at all, and give its path.

    `target` is a file or a gs:// object, by default OUTPUT/report.html. `summary` gives numbers of the reconciliation
    by the names of `counts.Flow` in place of those of the output's own log. Raises StoreError where nothing is there.
    """
    path = target or f"{output.rstrip('/')}/{REPORT_NAME}"
    folder, name = path.rsplit("/", 1) if is_gcs(path) else os.path.split(os.path.abspath(path))

    def put(source: Output) -> str:
        page = render(output, count(source, summary), read_articles(source, max_reader_bytes))
        open_store(folder).put(name, page)
        return path

    return derive(output, put)
