# docs/report.md says what the code does: columns, limits, and the recipe.
import re
from pathlib import Path

import duckdb

from pipeline.linking import link
from pipeline.report import counts, reader
from schemas.links import LINK_KINDS, LINKS
from transforms import links

DOC = Path(__file__).parents[3] / "docs" / "report.md"


def test_every_column_of_links_is_explained():
    named = re.findall(r"`(\w+)`", DOC.read_text("utf-8").split("| column | meaning |")[1].split("Two articles")[0])
    columns = [name for name in named if name in LINKS.names]
    assert sorted(set(columns)) == sorted(LINKS.names)
    assert set(LINK_KINDS) <= set(named)


def test_the_limits_have_the_values_told():
    text = DOC.read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+)", text, re.M))
    assert told.pop("MAX_GAP_US") == str(links.MAX_GAP_US // 3_600_000_000)
    assert len(told) == 4
    for name, value in told.items():
        assert getattr(links, name) == int(value)
    assert f"{links.BANDS} bands of {links.ROWS} rows" in text
    assert f"The {counts.TOP_PEOPLE} most quoted people" in text
    assert f"longer than {counts.MAX_COLUMNS} days" in text
    assert f"Articles over {reader.MAX_ARTICLE_CHARS:,} characters" in text
    assert f"up to {reader.MAX_LINKED_ARTICLES:,} articles" in text.replace("\n", " ")


def test_the_recipe_answers(output, tmp_path):
    (tmp_path / "articles").symlink_to(output / "articles")
    link(str(tmp_path))
    query = DOC.read_text("utf-8").split("```sql")[1].split("```")[0].replace("out/demo", str(tmp_path))
    rows = duckdb.sql(query).fetchall()
    assert [(row[2], row[3]) for row in rows] == [
        ("The Oster Post", "Ferry stays in port"),
        ("Lund Daily", "No ferry on Friday"),
    ]
    assert rows[0][4] is None
    assert rows[1][4] >= links.MIN_SIMILARITY
