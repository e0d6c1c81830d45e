"""Rows in Parquet files: their order, the bytes they give, and files of older versions read as today's."""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.store import Store, StoreError
from schemas.tables import SCHEMA_VERSION, TABLES

ROW_GROUP_ROWS = 64 * 1024
"""Rows of a group: large enough to scan fast, small enough to skip."""


def in_order(table: pa.Table) -> pa.Table:
    """Rows by id, object and record; within an article as they came, which is the order of their places."""
    keys = [(name, "ascending") for name in (table.column_names[0], "source_uri", "source_generation", "record_index")]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if table.num_rows > 1 else table


def to_parquet(name: str, table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file: the same rows give the same bytes."""
    sink = io.BytesIO()
    schema = TABLES[name].with_metadata({"wirecopy.schema_version": str(SCHEMA_VERSION)})
    pq.write_table(
        table.cast(schema),
        sink,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        write_page_index=True,
        version="2.6",
        data_page_version="1.0",
    )
    return sink.getvalue()


def read_file(store: Store, name: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a file of a table, or columns of it. Raises NotFound, or StoreError for a file that is damaged."""
    with store.open(name) as stream:
        try:
            return pq.read_table(stream, columns=columns)
        except pa.ArrowInvalid as error:
            raise StoreError(f"{name}: this is no whole Parquet file any more ({error}). Restore it.") from error


def in_schema(table: str, rows: pa.Table) -> pa.Table | None:
    """Rows with the columns of today, what an older file lacks being null; None for a file of a newer version."""
    schema = TABLES[table]
    if set(rows.column_names) - set(schema.names):
        return None
    columns: Iterator[pa.ChunkedArray | pa.Array] = (
        rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(rows.num_rows, field.type)
        for field in schema
    )
    return pa.table(list(columns), schema=schema)
