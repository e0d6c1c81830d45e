"""The example articles hold what their README says, and what it says should come out does."""

from pathlib import Path

import duckdb
import pytest


@pytest.fixture(scope="module")
def wire(repository: Path, examples_output: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute((repository / "docs" / "views.sql").read_text().replace("out/demo", str(examples_output)))
    connection.execute(f"CREATE VIEW links AS SELECT * FROM '{examples_output}/links/*.parquet'")
    return connection


def test_forty_articles_of_five_outlets_over_fourteen_days(wire: duckdb.DuckDBPyConnection) -> None:
    assert wire.execute("SELECT count(*) FROM articles").fetchone() == (40,)
    assert wire.execute("SELECT count(DISTINCT provider) FROM articles").fetchone() == (5,)
    days = wire.execute(
        "SELECT DISTINCT published_at::DATE::VARCHAR FROM articles WHERE published_at IS NOT NULL ORDER BY ALL"
    ).fetchall()
    assert days == [(f"2025-03-{day:02d}",) for day in range(3, 17)]


def test_three_stories_in_versions_and_two_families_of_near_duplicates(wire: duckdb.DuckDBPyConnection) -> None:
    versions = wire.execute(
        "SELECT source_id, count(*) FROM articles WHERE source_id IS NOT NULL"
        " GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL"
    ).fetchall()
    assert versions == [("harrow:20250304-017", 4), ("harrow:20250306-009", 3), ("harrow:20250311-006", 3)]
    families = wire.execute("SELECT count(DISTINCT family_id) FROM links WHERE kind = 'near_duplicate'").fetchone()
    assert families == (2,)


def test_people_recur(wire: duckdb.DuckDBPyConnection) -> None:
    often = wire.execute(
        "SELECT entity FROM newest_entities WHERE label = 'PERSON' AND entity LIKE '% %'"
        " GROUP BY entity HAVING count(DISTINCT article_id) >= 3 AND count(DISTINCT provider) >= 2"
    ).fetchall()
    assert len(often) >= 10


@pytest.mark.parametrize(
    ("words", "column", "wanted"),
    [
        ("Nobody will tell me who brought it", "speaker_name", "Ambrose Lytle"),
        ("somebody plays it at two in the morning", "speaker_name", "Ambrose Lytle"),
        ("I have tablets", "speaker_name", "Petra Lindqvist"),
        ("not helpful, and not wrong", "speaker_kind", "anonymous"),
        ("They were told, and then they were told again", "speaker_kind", "anonymous"),
        ("within three years", "speaker_kind", "document"),
        ("Will there be a boat in January?", "speaker_name", "Eskil Thorne"),
    ],
)
def test_who_said_it(words: str, column: str, wanted: str, wire: duckdb.DuckDBPyConnection) -> None:
    said = wire.execute(f"SELECT DISTINCT {column} FROM quotes WHERE contains(text, ?)", [words]).fetchall()
    assert said
    assert all(value is not None and value.endswith(wanted) for (value,) in said), said


def test_posts_and_what_failed(wire: duckdb.DuckDBPyConnection) -> None:
    handles = wire.execute(
        "SELECT handle FROM embeds WHERE source_uri LIKE '%northgate-post-0305-social.json' ORDER BY raw_start"
    ).fetchall()
    assert handles == [("MayorHalloran",), ("CallowayWater",), ("nambisan_hydro",)]
    failed = wire.execute(
        "SELECT parse_filename(source_uri), reason, octet_length(payload) > 0 FROM failures"
    ).fetchall()
    assert failed == [("port-selwyn-courier-0308-broken.json", "malformed", True)]
