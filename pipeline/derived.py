"""What is derived from an output and lies beside its tables: the links and the report, of which no log keeps count.

So nothing decides between two writers of one name. Whoever has written looks afterwards whether more was forgotten in
the meantime, and then does it again: the last to write has seen all that had been forgotten by then.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.known import FileMoved
from pipeline.logs import Logs
from pipeline.parquet import read_file
from pipeline.reading import Output
from pipeline.store import NotFound, Store, StoreError
from schemas.links import LINKS

LINKS_NAME = "links/links.parquet"
"""Where the table of links lies below the output: one file, written whole in place of the one before."""
REPORT_NAME = "report.html"
"""Name of the report below the output where no other place is named."""

T = TypeVar("T")


def derive(output: str, make: Callable[[Output], T]) -> T:
    """Let `make` read an output as it is at one moment and write what follows from it; gives what `make` gives.

    It is called again where a compaction beside took away a file in the midst, or something was forgotten meanwhile:
    `forget` commits first and looks for what is derived then, so nothing forgotten is left in it. Raises StoreError.
    """
    while True:
        source = Output(output)
        if not source.files("articles") and not source.files("failures"):
            raise StoreError(f"{output}: no table of articles here. Name the folder or prefix that --output named.")
        try:
            made = make(source)
        except FileMoved:
            continue
        if not source.has_forgotten():
            return made


def write_links(store: Store, table: pa.Table) -> None:
    """Write the table of links, whole, in place of the one before."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    store.put(LINKS_NAME, sink.getvalue().to_pybytes())


def forget_links(logs: Logs) -> int:
    """Take all that the logs say is forgotten out of the table of links; gives how many links went.

    All of it, and not what one call forgets: a `link` or a `forget` that was killed may have left more. A family keeps
    what is left of it. Raises StoreError.
    """
    gone = 0
    while True:
        ids = logs.forgotten
        gone += _forget_links(logs.store, ids)
        logs.refresh()
        if logs.forgotten == ids:
            return gone


def _forget_links(store: Store, ids: frozenset[str]) -> int:
    try:
        table = read_file(store, LINKS_NAME)
    except NotFound:
        return 0
    rows = table.to_pylist()
    left = [row for row in rows if not ids & {row["article_id"], row["other_article_id"]}]
    if len(left) == len(rows) and not any(row["family_id"] in ids for row in rows):
        return 0
    first: dict[str, tuple[Any, str]] = {}
    for row in left:
        ends = ((row["received_at"], row["article_id"]), (row["other_received_at"], row["other_article_id"]))
        first[row["family_id"]] = min(*ends, first.get(row["family_id"], ends[0]))
    for row in left:
        if row["family_id"] in ids:
            row["family_id"] = first[row["family_id"]][1]
    write_links(store, pa.Table.from_pylist(left, LINKS))
    return len(rows) - len(left)
