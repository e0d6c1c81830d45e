"""Show what a run wrote: each table in numbers, and a few of its rows. Usage: python examples/show.py OUTPUT."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
from rich.console import Console
from rich.table import Table

ROWS = 4
CELL_CHARS = 60

SHOWN = {
    "articles": ("published_at", "provider", "headline", "dateline_place", "word_count", "quote_count"),
    "quotes": ("type", "speaker_name", "cue", "text"),
    "entities": ("label", "text", "entity", "salience"),
    "embeds": ("platform", "handle", "posted_at", "text"),
    "removals": ("kind", "rule", "text"),
    "failures": ("reason", "detail", "source_uri"),
}
"""Tables in the order a reader meets them, each with the columns that fit on a screen."""

NAMES = ("PERSON", "ORG", "GPE")
"""Labels of entities worth a look; dates and figures are rows too."""


def read_table(output: Path, table: str) -> pa.Table:
    """All rows of one table (names alone of the entities), oldest article first."""
    wanted = ds.field("label").isin(NAMES) if table == "entities" else None
    rows = ds.dataset(output / table, format="parquet", partitioning="hive").to_table(filter=wanted)
    return rows.sort_by([("published_at", "ascending"), ("source_uri", "ascending"), ("record_index", "ascending")])


def counted(output: Path, table: str) -> int:
    """Rows of a table."""
    return ds.dataset(output / table, format="parquet", partitioning="hive").count_rows()


def pick(rows: pa.Table, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """Rows from different parts of the table rather than the first ones, which would all be of one article."""
    step = max(1, rows.num_rows // ROWS)
    for index in range(0, rows.num_rows, step)[:ROWS]:
        yield [shorten(rows[column][index].as_py()) for column in columns]


def shorten(value: object) -> str:
    """A cell that fits: one line, cut at `CELL_CHARS`, nothing for a null."""
    text = "" if value is None else f"{value:.3f}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= CELL_CHARS else text[: CELL_CHARS - 1] + "…"


def show(output: Path, console: Console) -> None:
    """Print every table of the output."""
    for name, columns in SHOWN.items():
        rows = read_table(output, name)
        grid = Table(title=f"{name}: {counted(output, name)} rows, {rows.num_columns} columns", title_justify="left")
        for column in columns:
            grid.add_column(column, overflow="fold")
        for cells in pick(rows, columns):
            grid.add_row(*(cell.replace("[", r"\[") for cell in cells))
        console.print(grid)
    console.print(f"\nThe tables are under {output}; docs/query.md shows what to ask them.", soft_wrap=True)


if __name__ == "__main__":
    show(Path(sys.argv[1]), Console(width=None if sys.stdout.isatty() else 160))
