"""Readers open what a run wrote: every day, one of an older schema, no rows at all; times in UTC, groups skipped."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline import parquet
from schemas.tables import TABLES

DAYS = (dt.date(2018, 3, 28), dt.date(2018, 3, 29))
LATE_S = 86_399
"""The last second of a day in UTC: elsewhere it is another day."""


@pytest.fixture
def output(made: Any) -> Path:
    for day in DAYS:
        at_s = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()) + LATE_S
        for number in range(3):
            path = made.feed / f"{day}-{number}.txt"
            path.write_text(f"Ferry {number} left Port Selwyn at dawn.")
            os.utime(path, (at_s, at_s))
    made.run()
    for path in (made.output / "articles" / f"date={DAYS[0]}").glob("*.parquet"):
        pq.write_table(pq.ParquetFile(path).read().drop_columns(["byline"]), path)
    return made.output


def by_duckdb(table: Path) -> pa.Table:
    files = f"read_parquet('{table}/*/*.parquet', hive_partitioning = true, union_by_name = true)"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(f"SELECT * FROM {files}").to_arrow_table()


def by_polars(table: Path) -> pa.Table:
    schema = {**pl.from_arrow(TABLES[table.name].empty_table()).schema, "date": pl.Date}
    files = f"{table}/**/*.parquet"
    return pl.scan_parquet(files, hive_partitioning=True, schema=schema, missing_columns="insert").collect().to_arrow()


def by_pyarrow(table: Path) -> pa.Table:
    schema = TABLES[table.name].append(pa.field("date", pa.date32()))
    return ds.dataset(
        table, schema=schema, partitioning=ds.partitioning(flavor="hive", schema=pa.schema([schema.field("date")]))
    ).to_table()


def by_pandas(table: Path) -> pa.Table:
    return pa.Table.from_pandas(by_pyarrow(table).to_pandas(date_as_object=True), preserve_index=False)


@pytest.mark.parametrize("reader", [by_duckdb, by_polars, by_pyarrow, by_pandas])
def test_every_reader_sees_all_days_with_dates_nulls_and_utc(reader: Any, output: Path) -> None:
    found = reader(output / "articles")
    assert found.num_rows == 6
    assert found.schema.field("date").type == pa.date32()
    stamp = found.schema.field("received_at").type
    assert pa.types.is_timestamp(stamp)
    assert stamp.tz in ("UTC", "Etc/UTC")
    rows = found.select(["date", "received_at", "byline", "text"]).to_pylist()
    assert {(row["date"], row["received_at"].date()) for row in rows} == set(zip(DAYS, DAYS, strict=True))
    assert all(row["byline"] is None for row in rows if row["date"] == DAYS[0])
    empty = reader(output / "embeds")
    assert empty.num_rows == 0
    assert set(TABLES["embeds"].names) <= set(empty.column_names)


def test_row_groups_that_hold_nothing_wanted_are_skipped(
    output: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_ROWS", 10)
    (path, *_) = sorted((output / "articles" / f"date={DAYS[1]}").glob("*.parquet"))
    (row, *_) = pq.ParquetFile(path).read().to_pylist()
    many = pa.Table.from_pylist(
        [{**row, "article_id": f"{number:032x}"} for number in range(100)][::-1], schema=TABLES["articles"]
    )
    (tmp_path / "many.parquet").write_bytes(parquet.to_parquet("articles", parquet.in_order(many)))
    (fragment,) = ds.dataset(tmp_path / "many.parquet").get_fragments()
    assert fragment.num_row_groups == 10
    wanted = fragment.subset(pc.field("article_id") == f"{37:032x}")
    assert [group.id for group in wanted.row_groups] == [3]
