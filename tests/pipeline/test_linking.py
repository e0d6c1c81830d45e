# The table of links: one row a link, versions kept apart, the same bytes whatever the files of `articles` look like.
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.cli import main
from pipeline.derived import LINKS_NAME
from pipeline.linking import link
from schemas.links import LINKS
from schemas.tables import ARTICLES


def row(article_id: str, text: str, *, received: int = 0, generation: int = 1, index: int = 0) -> dict:
    empty = {field.name: 0 if pa.types.is_integer(field.type) else "" for field in ARTICLES if not field.nullable}
    return empty | {
        "article_id": article_id,
        "source_uri": f"/in/{article_id}",
        "source_generation": generation,
        "record_index": index,
        "received_at": received,
        "text": text,
    }


STORY = " ".join(f"word{number}" for number in range(60))
ROWS = [
    row("a", STORY),
    row("b", STORY + " and a line", received=5),
    row("b", STORY + " and a line more", received=9, generation=2),
    row("c", "Too short to compare."),
    row("c", "Too short to compare, again.", received=7, generation=2),
    row("d", " ".join(f"other{number}" for number in range(60))),
]


def put(root: Path, parts: list[list[dict]]) -> Path:
    for number, rows in enumerate(parts):
        folder = root / "articles" / f"date=2019-05-{number + 1:02d}"
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=ARTICLES), folder / f"000-{number}.parquet")
    return root


def test_near_duplicates_and_versions_are_told_apart(tmp_path):
    assert link(str(put(tmp_path, [ROWS]))) == {"articles": 6, "near_duplicates": 2, "versions": 2, "families": 2}
    table = pq.read_table(tmp_path / LINKS_NAME)
    assert table.schema.equals(LINKS)
    found = [
        tuple(r[n] for n in ("article_id", "source_generation", "kind", "other_article_id", "other_source_generation"))
        for r in table.to_pylist()
    ]
    assert found == [
        ("b", 1, "near_duplicate", "a", 1),
        ("b", 2, "version", "b", 1),
        ("b", 2, "near_duplicate", "a", 1),
        ("c", 2, "version", "c", 1),
    ]
    assert table.column("family_id").to_pylist() == ["a", "a", "a", "c"]
    assert table.column("similarity").to_pylist()[3] is None
    assert pc.min(table.column("similarity")).as_py() >= 0.8


@pytest.mark.parametrize("parts", [[ROWS[::-1]], [ROWS[3:], ROWS[:3]], [[r] for r in ROWS]])
def test_the_same_articles_give_the_same_bytes_however_they_lie(tmp_path, parts):
    link(str(put(tmp_path / "one", [ROWS])))
    link(str(put(tmp_path / "two", parts)))
    assert (tmp_path / "one" / LINKS_NAME).read_bytes() == (tmp_path / "two" / LINKS_NAME).read_bytes()


def test_articles_ingested_in_another_order_and_other_batches_have_equal_links(tmp_path):
    stories = {f"story-{n}": " ".join(f"word{n}x{at}" for at in range(60)) for n in range(6)}
    copies = {f"{name}-copy": f"{text} and a line more" for name, text in stories.items()}
    lines = [json.dumps({"id": name, "source": "Wire", "text": text}) for name, text in (stories | copies).items()]
    mixed = sorted(lines, key=lambda line: line[::-1])
    found = []
    for name, parts, batch in (
        ("one", [lines], ()),
        ("turned", [lines[::-1]], ()),
        ("apart", [mixed[at::5] for at in range(5)], ("--batch_bytes", "1000")),
    ):
        folder = tmp_path / name / "in"
        folder.mkdir(parents=True)
        for number, part in enumerate(parts):
            (folder / f"{number}.jsonl").write_text("\n".join(part))
            os.utime(folder / f"{number}.jsonl", (1_700_000_000, 1_700_000_000))
        output = str(tmp_path / name / "out")
        fast = ("--without", "entities,quotes", "--workers", "1")
        assert main(["run", "--input", f"{folder}/*", "--output", output, *fast, *batch]) == 0
        assert link(output)["near_duplicates"] == 6
        columns = ["article_id", "other_article_id", "kind", "similarity", "family_id"]
        found.append(pq.read_table(Path(output) / LINKS_NAME, columns=columns).to_pylist())
    assert found[0] == found[1] == found[2]


def test_run_again_it_replaces_its_own_table_and_touches_no_other(tmp_path):
    put(tmp_path, [ROWS])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    assert link(str(tmp_path)) == link(str(tmp_path))
    assert {path: path.read_bytes() for path in before} == before
    assert [path.name for path in (tmp_path / "links").iterdir()] == ["links.parquet"]


def test_an_output_without_articles_gives_an_empty_table(tmp_path):
    assert link(str(put(tmp_path, [[]])))["articles"] == 0
    assert pq.read_table(tmp_path / LINKS_NAME).num_rows == 0


def test_a_place_without_tables_is_refused_and_left_as_it_is(tmp_path, capsys):
    assert main(["link", str(tmp_path)]) == 2
    assert "no table of articles here" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_on_a_bucket_links_and_report_lie_beside_the_tables(storage_emulator, tmp_path):
    from pipeline.report import write_report
    from pipeline.store import open_store

    prefix = f"{storage_emulator.root}/out"
    store = open_store(prefix)
    (file,) = put(tmp_path, [ROWS]).rglob("*.parquet")
    store.put("articles/date=2019-05-01/000.parquet", file.read_bytes())
    assert link(prefix)["near_duplicates"] == 2
    assert write_report(prefix) == f"{prefix}/report.html"
    assert sorted(store.names()) == ["articles/date=2019-05-01/000.parquet", LINKS_NAME, "report.html"]
    assert store.read("report.html").startswith(b"<!doctype html>")
