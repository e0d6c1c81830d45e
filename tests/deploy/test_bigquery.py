"""BigQuery's tables are our tables, column by column, and every view runs and answers right (here in DuckDB)."""

import datetime as dt
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.links import LINKS
from schemas.tables import TABLES

FOLDER = Path(__file__).parents[2] / "deploy" / "bigquery"
ALL = {**TABLES, "links": LINKS}


@pytest.fixture(scope="module")
def generate(loaded: Callable[[Path], ModuleType]) -> ModuleType:
    return loaded(FOLDER / "generate.py")


def test_the_committed_files_are_what_the_schemas_say() -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_table_is_there_with_its_columns_in_order(generate: ModuleType) -> None:
    ddl = (FOLDER / "tables.sql").read_text() + (FOLDER / "links.sql").read_text()
    found = {}
    for name, columns in re.findall(r"EXTERNAL TABLE `\$\{DATASET\}`\.`(\w+)` \(\n(.*?)\n\)\n", ddl, re.DOTALL):
        found[name] = re.findall(r"^  `(\w+)` (.+?),?$", columns, re.MULTILINE)
    assert list(found) == list(ALL)
    for name, schema in ALL.items():
        assert found[name] == [(field.name, generate.bigquery_type(field.type)) for field in schema], name


def test_partitions_are_where_the_sink_puts_them() -> None:
    ddl = (FOLDER / "tables.sql").read_text()
    assert ddl.count("WITH PARTITION COLUMNS (`date` DATE)") == ddl.count("EXTERNAL TABLE") == len(TABLES)
    for name in TABLES:
        assert f"uris = ['${{OUTPUT}}/{name}/*.parquet']" in ddl
        assert f"hive_partition_uri_prefix = '${{OUTPUT}}/{name}'" in ddl


def test_types_are_those_bigquery_reads_from_parquet(generate: ModuleType) -> None:
    assert generate.bigquery_type(TABLES["quotes"].field("pieces").type) == (
        "ARRAY<STRUCT<`start` INT64, `end` INT64, `raw_start` INT64, `raw_end` INT64>>"
    )
    with pytest.raises(KeyError):
        generate.bigquery_type(pa.decimal128(10, 2))


def row(schema: pa.Schema, **values: Any) -> dict[str, Any]:
    """A row with the given values and something fitting in every other required column."""
    fitting: dict[Any, Any] = {pa.string(): "x", pa.binary(): b"x", pa.bool_(): False, pa.float32(): 0.5}
    made = {}
    for field in schema:
        fill: Any = [] if pa.types.is_list(field.type) else fitting.get(field.type, 0)
        made[field.name] = None if field.nullable else fill
    return made | {"source_uri": "gs://in/a.json", "received_at": at(1)} | values


def at(hour: int) -> dt.datetime:
    return dt.datetime(2018, 3, 29, hour, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A small output: A came twice, B once and was withdrawn; the newest version of A lies in two files at once."""
    output = tmp_path_factory.mktemp("output")
    old, new, gone = {"source_generation": 1}, {"source_generation": 2, "received_at": at(2)}, {"source_generation": 7}
    quote = {"article_id": "A", "speaker": "Ms. Orlo", "speaker_name": "Ada Orlo", "text": "We rebuild.", "cue": "said"}
    removal = {"article_id": "A", "kind": "tweet", "rule": "permalink"}
    rows = {
        "articles": [
            {"article_id": "A", "headline": "Bridge falls", "status": "usable", **old},
            {"article_id": "A", "headline": "Bridge rebuilt", "status": "usable", **new},
            {"article_id": "B", "headline": "Withdrawn", "status": "cancelled", **gone},
        ],
        "entities": [
            {"article_id": "A", "text": "Orlo", "label": "PERSON", "entity_key": "k", "raw_start": start, **new}
            for start in (3, 30)
        ],
        "quotes": [
            quote | {"quote_id": "q0", "text": "It fell."} | old,
            quote | {"quote_id": "q1", "pieces": [{"start": 1, "end": 9, "raw_start": 1, "raw_end": 9}]} | new,
            quote | {"quote_id": "q2", "flag": "scare"} | new,
            quote | {"quote_id": "q3", "duplicate_of": "q1"} | new,
            quote | {"quote_id": "q4", "speaker": None, "speaker_name": None} | new,
            quote | {"quote_id": "q5", "article_id": "B"} | gone,
        ],
        "embeds": [{"article_id": "A", "embed_id": "e", **new}],
        "removals": [
            removal | {"raw_start": 0, "raw_end": 40} | new,
            removal | {"raw_start": 60, "raw_end": 70} | new,
            removal | {"raw_start": 0, "raw_end": 99} | old,
        ],
        "failures": [
            {"failure_id": "f", "stage": "parse", "reason": "malformed", "source_generation": 1},
            {"failure_id": "g", "stage": "parse", "reason": "malformed", "source_generation": 1},
        ],
        "links": [],
    }
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA wires")
    for name, schema in ALL.items():
        folder = output / name / "date=2018-03-29"
        folder.mkdir(parents=True)
        table = pa.Table.from_pylist([row(schema, **values) for values in rows[name]], schema=schema)
        pq.write_table(table, folder / "000-0000000000.parquet")
        pq.write_table(table, folder / "000-0000000001.parquet")
        files = f"read_parquet('{output}/{name}/*/*.parquet', hive_partitioning = true)"
        connection.execute(f"CREATE VIEW wires.{name} AS SELECT * FROM {files}")
    sql = (FOLDER / "views.sql").read_text().replace("${DATASET}", "wires").replace("`", '"')
    connection.execute(sql)
    return connection


def ask(views: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return views.execute(sql).fetchall()


def test_newest_articles_has_one_row_for_each(views: duckdb.DuckDBPyConnection) -> None:
    assert ask(views, "SELECT headline FROM wires.newest_articles ORDER BY 1") == [("Bridge rebuilt",), ("Withdrawn",)]


def test_what_belongs_to_the_newest_version_is_there_once(views: duckdb.DuckDBPyConnection) -> None:
    assert ask(views, "SELECT raw_start FROM wires.newest_entities ORDER BY 1") == [(3,), (30,)]
    quotes = ask(views, "SELECT quote_id FROM wires.newest_quotes ORDER BY 1")
    assert quotes == [("q1",), ("q2",), ("q3",), ("q4",), ("q5",)]
    assert ask(views, "SELECT embed_id FROM wires.newest_embeds") == [("e",)]


def test_who_said_what_leaves_out_scare_quotes_repeats_and_withdrawn_articles(views: duckdb.DuckDBPyConnection) -> None:
    said = ask(views, "SELECT speaker, cue, text, headline, date FROM wires.who_said_what")
    assert said == [("Ada Orlo", "said", "We rebuild.", "Bridge rebuilt", dt.date(2018, 3, 29))]


def test_removals_and_failures_are_counted_once(views: duckdb.DuckDBPyConnection) -> None:
    assert ask(views, "SELECT kind, rule, removals, articles, raw_chars FROM wires.removals_by_kind") == [
        ("tweet", "permalink", 2, 1, 50)
    ]
    assert ask(views, "SELECT stage, reason, failures, objects FROM wires.failures_by_reason") == [
        ("parse", "malformed", 2, 1)
    ]


def test_what_the_docs_ask_bigquery_has_an_answer(views: duckdb.DuckDBPyConnection) -> None:
    blocks = re.findall(r"^```googlesql\n(.*?)^```", (FOLDER.parents[1] / "docs" / "query.md").read_text(), re.M | re.S)
    assert len(blocks) == 2
    # An array of structs is the one thing that DuckDB unfolds otherwise.
    answers = [
        ask(views, re.sub(r"UNNEST\((\w+)\) AS (\w+)", r"UNNEST(\1) AS _(\2)", sql).replace("`", '"')) for sql in blocks
    ]
    assert answers[0] == [("Ada Orlo", 1, 1)]
    assert ("q1", 1, 9) in answers[1]
