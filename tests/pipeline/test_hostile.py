"""A folder of hostile objects beside good ones: every good article is a row, every hostile object says what it was.

The heavy ones, with the language model and memory measured, are `make torture`: tests/faults/test_inputs_folder.py.
"""

from collections import Counter
from pathlib import Path
from types import ModuleType

import pyarrow.dataset as ds
import pytest

from pipeline.cli import main
from pipeline.displays import counted


def test_good_articles_come_out_beside_every_hostile_object(
    inputs: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feed, output = tmp_path / "feed", tmp_path / "out"
    feed.mkdir()
    hostile = inputs.write(feed, heavy=False)
    good = list(inputs.good_articles(feed, 20))
    (feed / "27-folder").mkdir()
    outside = tmp_path / "outside.json"
    outside.write_text('{"text": "not ours"}')
    (feed / "31-link.json").symlink_to(outside)
    assert (
        main(["run", "--input", str(feed), "--output", str(output), "--without", "entities,quotes", "--workers", "1"])
        == 0
    )
    said = capsys.readouterr().out

    def by_object(table: str, column: str) -> dict[str, list[str]]:
        rows = ds.dataset(output / table, format="parquet", partitioning="hive").to_table().to_pylist()
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(Path(row["source_uri"]).name, []).append(row[column])
        return found

    articles, reasons = by_object("articles", "text"), by_object("failures", "reason")
    assert [name for name in good if len(articles.get(name, ())) != 1] == []
    for one in hostile:
        name = one.name
        assert len(articles.get(name, ())) == one.articles, one
        assert tuple(sorted(reasons.get(name, ()))) == tuple(sorted(one.reasons)), one
    assert not any("not ours" in text for texts in articles.values() for text in texts)
    counts = Counter(reason for one in hostile for reason in one.reasons)
    repeats = sum(one.repeats for one in hostile)
    total = len(good) + sum(one.articles for one in hostile)
    failed = sum(counts.values())
    records = total + failed + repeats
    assert f"Records: {records:,} = {total:,} articles + {failed:,} failures + {counted(repeats, 'repeat')}" in said
    for reason, count in counts.items():
        assert f"  {count:,} {reason}: " in said
    assert "\x1b" not in said
    assert "Ann Hale" not in said, "no article text in what is said"
