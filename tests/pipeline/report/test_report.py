# The report: complete in its figures, honest about its sample, closed to whatever an article brings along.
import json
import re
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from pipeline.reading import Output
from pipeline.report import write_report
from pipeline.report.counts import Flow, count
from pipeline.report.reader import read_articles
from pipeline.store import StoreError


def page_of(output: Path, tmp_path: Path, **options) -> str:
    return Path(write_report(str(output), str(tmp_path / "page.html"), **options)).read_text("utf-8")


def data_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def test_the_page_needs_nothing_from_outside(output, tmp_path):
    page = page_of(output, tmp_path)
    markup = re.sub(r"<script.*?</script>|<style>.*?</style>", "", page, flags=re.S)
    assert not re.findall(r'(?:src|href)="(?!#|data:,)', markup)
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page


def test_hostile_text_is_text(output, tmp_path):
    page = page_of(output, tmp_path)
    assert page.count("<script") == 2
    assert page.lower().count("</script") == 2
    assert "<img" not in page
    assert "<!--" not in page
    assert "&lt;i&gt;Gazette&lt;/i&gt;" in page
    texts = [article["t"] for article in data_of(page)["articles"]]
    assert any('"><img src=x onerror=alert(2)>' in text and "</script><!--" in text for text in texts)


def test_marks_lie_where_the_raw_text_has_them(output):
    data = orjson.loads(read_articles(Output(str(output))).json)
    names = data["names"]
    article = next(a for a in data["articles"] if a["m"])
    raw = article["t"]
    assert raw.startswith("By Tove Brandt")
    removed = {names[kind]: raw[start:end].strip() for start, end, kind, _, _ in article["r"]}
    assert removed["advertisement"] == "Advertisement"
    assert removed["tweet"].startswith("Winds of 30 m/s tonight 🌊")
    assert [raw[start:end] for start, end, *_ in article["e"]] == ["Lund island", "Friday", "Mara Lindqvist"]
    quote = article["q"][0]
    assert raw[quote[0] : quote[1]].startswith("“We will not put")
    assert raw[slice(*quote[3])] == "Mara Lindqvist"
    assert raw[article["m"][0][0] : article["m"][0][1]] == article["m"][0][6]


def test_rows_that_do_not_rebuild_the_raw_text_are_said_to(output, tmp_path):
    for table in ("articles", "entities", "quotes", "embeds"):
        (tmp_path / table).symlink_to(output / table)
    article = next(
        a for a in orjson.loads(read_articles(Output(str(tmp_path))).json)["articles"] if "🌊 The island" in a["t"]
    )
    assert article["x"] == 1
    assert article["r"] == article["e"] == article["q"] == []


def test_near_duplicates_stand_on_both_sides(output):
    articles = orjson.loads(read_articles(Output(str(output))).json)["articles"]
    linked = {place: article["l"] for place, article in enumerate(articles) if article["l"]}
    (one, two) = linked
    assert linked[one][0][0] == two
    assert linked[two][0][0] == one
    assert linked[one][0][1:] == linked[two][0][1:] == [linked[one][0][1], "near_duplicate"]


def test_the_figures_count_everything(output):
    counts = count(Output(str(output)))
    assert counts.rows == {"articles": 29, "entities": 33, "quotes": 29, "embeds": 1, "removals": 4, "failures": 1}
    assert (counts.flow.objects, counts.flow.records, counts.flow.source) == (1, 30, "tables")
    assert sum(number for _, number in counts.columns) + counts.undated == 29
    assert counts.undated == 1
    assert [(p.name, p.quotes, p.articles, p.outlets) for p in counts.people[1:2]] == [
        ("Mara Lindqvist", 2, 2, ["Lund Daily", "The Oster Post"])
    ]
    assert counts.entities[0][1][0] == ("Ida Storm", 26, 26)
    assert [(kind.name, kind.count) for kind in counts.kinds] == [
        ("tweet", 1),
        ("advertisement", 1),
        ("byline", 1),
        ("dateline", 1),
    ]
    assert "Repair it and replay" in counts.refusals[0].next_step


def test_a_summary_takes_the_place_of_counted_numbers(output, tmp_path):
    summary = {"objects": 7, "objects_with_rows": 1, "objects_nothing_new": 6, "repeats": 12, "records": 42}
    flow = count(Output(str(output)), summary).flow
    assert (flow.objects, flow.repeats) == (7, 12)
    assert flow.objects_agree
    assert flow.records_agree
    assert not Flow(objects=2, objects_with_rows=1).objects_agree


def test_a_page_too_small_for_all_takes_every_outlet_and_says_so(output, tmp_path):
    page = page_of(output, tmp_path, max_reader_bytes=9_000)
    data = data_of(page)
    shown = len(data["articles"])
    assert 4 <= shown < 29
    assert f"{shown} of 29 articles are in this page: a sample" in page
    assert len({article["o"] for article in data["articles"]}) == 4
    assert "29 articles, 29 quotes" in page


def test_an_article_too_long_to_draw_is_left_out_and_named(output, tmp_path, monkeypatch):
    lengths = sorted(len(article["t"]) for article in data_of(page_of(output, tmp_path))["articles"])
    monkeypatch.setattr("pipeline.report.reader.MAX_ARTICLE_CHARS", lengths[-2])
    page = page_of(output, tmp_path)
    assert "1 too long to draw is not among them" in page
    assert sorted(len(article["t"]) for article in data_of(page)["articles"]) == lengths[:-1]


def test_the_same_output_gives_the_same_page(output, tmp_path):
    assert page_of(output, tmp_path) == page_of(output, tmp_path)


def test_no_output_is_refused_in_words(tmp_path):
    with pytest.raises(StoreError, match="no table of articles here"):
        write_report(str(tmp_path / "nowhere"))


def test_columns_that_older_files_lack_are_filled_up(output, tmp_path):
    path = next((output / "articles").rglob("*.parquet"))
    (tmp_path / "articles").mkdir()
    pq.write_table(pq.read_table(path).drop_columns(["byline", "url"]), tmp_path / "articles" / "old.parquet")
    assert data_of(page_of(tmp_path, tmp_path))["articles"][0]["b"] == ""
