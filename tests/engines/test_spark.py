"""Spark reads an output as it lies there: every column, its type, the partitions, and files of an older schema."""

import contextlib
import datetime as dt
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.tables import TABLES

pytest.importorskip("pyspark")
from pyspark.sql import SparkSession

TYPES = {
    pa.string(): "string",
    pa.binary(): "binary",
    pa.bool_(): "boolean",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.timestamp("us", tz="UTC"): "timestamp",
}


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    yield session
    session.stop()


def row(schema: pa.Schema, **values: Any) -> dict[str, Any]:
    fitting: dict[Any, Any] = {pa.string(): "Zürich", pa.binary(): b"\x00", pa.bool_(): True, pa.float32(): 0.5}
    made: dict[str, Any] = {}
    for column in schema:
        if pa.types.is_list(column.type):
            made[column.name] = [{"start": 1, "end": 2, "raw_start": 3, "raw_end": 4}]
        elif pa.types.is_timestamp(column.type):
            made[column.name] = dt.datetime(2018, 3, 29, 23, 59, 59, 123456, tzinfo=dt.UTC)
        else:
            made[column.name] = fitting.get(column.type, 7)
    return made | values


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("output")
    for name, schema in TABLES.items():
        for day in ("2018-03-29", "2018-03-30"):
            folder = root / name / f"date={day}"
            folder.mkdir(parents=True)
            table = pa.Table.from_pylist([row(schema)], schema=schema)
            pq.write_table(table, folder / "000-0000000001.parquet", compression="zstd", write_page_index=True)
        (root / "_wirecopy" / "log" / "000").mkdir(parents=True, exist_ok=True)
    return root


@pytest.mark.parametrize("name", list(TABLES))
def test_every_column_comes_with_its_type_and_value(spark: SparkSession, output: Path, name: str) -> None:
    frame = spark.read.parquet(str(output / name))
    found = dict(frame.dtypes)
    assert found.pop("date") == "date"
    assert list(found) == TABLES[name].names
    for column in TABLES[name]:
        if pa.types.is_list(column.type):
            assert found[column.name] == "array<struct<start:int,end:int,raw_start:int,raw_end:int>>"
        else:
            assert found[column.name] == TYPES[column.type], column.name
    assert frame.where("date = '2018-03-29'").count() == 1
    (first,) = frame.where("date = '2018-03-30'").collect()
    assert first.date == dt.date(2018, 3, 30)
    assert first.source_uri == "Zürich"
    stamp = frame.selectExpr("unix_micros(received_at) AS us").first().us
    assert stamp == 1522367999123456


def test_pieces_of_a_quote_unfold(spark: SparkSession, output: Path) -> None:
    frame = spark.read.parquet(str(output / "quotes")).selectExpr("explode(pieces) AS piece").select("piece.raw_end")
    assert [first.raw_end for first in frame.collect()] == [4, 4]


def test_a_day_of_an_older_schema_has_nulls_in_the_newer_columns(spark: SparkSession, tmp_path: Path) -> None:
    newer = TABLES["quotes"]
    older = pa.schema([column for column in newer if column.name != "hedged"])
    for day, schema in (("2018-03-29", older), ("2018-03-30", newer)):
        folder = tmp_path / f"date={day}"
        folder.mkdir()
        pq.write_table(pa.Table.from_pylist([row(schema)], schema=schema), folder / "000-0000000001.parquet")
    frame = spark.read.option("mergeSchema", "true").parquet(str(tmp_path)).orderBy("date")
    assert [first.hedged for first in frame.collect()] == [None, True]


def test_a_table_without_rows_is_readable(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "date=2018-03-29"
    folder.mkdir()
    pq.write_table(TABLES["embeds"].empty_table(), folder / "000-0000000000.parquet")
    frame = spark.read.parquet(str(tmp_path))
    assert frame.count() == 0
    assert [name for name in frame.columns if name != "date"] == TABLES["embeds"].names


def test_what_the_docs_ask_spark_gives_the_answer_they_print(
    spark: SparkSession, repository: Path, examples_output: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = repository / "docs" / "query.md"
    found = re.search(r"```pyspark\n(.*?)```\n\n```text\n(.*?)```", page.read_text(), re.S)
    assert found
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "demo").symlink_to(examples_output)
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    code = found[1].replace('"out/demo/', f'"{tmp_path}/out/demo/')  # Spark's own folder is that of its start
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "docs", "exec"), {"spark": spark})
    if os.environ.get("WIRECOPY_RENEW_DOCS"):
        page.write_text(
            page.read_text().replace(found[0], found[0].replace(f"text\n{found[2]}", f"text\n{printed.getvalue()}"))
        )
    else:
        assert printed.getvalue() == found[2]
