"""Each limit reaches what it bounds from its flag, and what is refused names it."""

import gzip
import json
from pathlib import Path

import pyarrow.dataset as ds

from pipeline.cli import main

TEXT = "The ferry left Port Selwyn at dawn on Monday. " * 8
FEED = {
    "max_object_bytes": ("a.txt", (TEXT * 40).encode(), "too_large"),
    "max_record_bytes": ("b.jsonl", json.dumps({"text": "a", "pad": TEXT * 20}).encode() + b"\n{}\n", "too_large"),
    "max_decompressed_bytes": ("c.txt.gz", gzip.compress(TEXT.encode() * 90), "too_large"),
    "max_nesting_depth": ("d.json", json.dumps({"text": "a", "n": [[[[[[1]]]]]]}).encode(), "too_deep"),
    "max_article_chars": ("e.json", json.dumps({"text": TEXT * 4}).encode(), "too_long"),
}
VALUES = {
    "max_object_bytes": 9_000,
    "max_record_bytes": 5_000,
    "max_decompressed_bytes": 20_000,
    "max_nesting_depth": 5,
    "max_article_chars": 1_000,
}


def test_every_limit_on_input_is_a_flag_that_works(tmp_path: Path) -> None:
    feed, output = tmp_path / "feed", tmp_path / "out"
    feed.mkdir()
    for name, content, _ in FEED.values():
        (feed / name).write_bytes(content)
    (feed / "good.json").write_text(json.dumps({"text": TEXT}))
    flags = [part for name, value in VALUES.items() for part in (f"--{name}", str(value))]
    fast = ["--without", "entities,quotes", "--workers", "1"]
    assert main(["run", "--input", str(feed), "--output", str(output), *fast, *flags]) == 0
    rows = ds.dataset(output / "failures", format="parquet", partitioning="hive").to_table().to_pylist()
    found = {Path(row["source_uri"]).name: (row["reason"], row["detail"]) for row in rows if row["record_index"] == 0}
    for limit, (name, _, reason) in FEED.items():
        assert found[name][0] == reason, limit
        assert limit in found[name][1], "the detail names the limit to turn"
    assert ds.dataset(output / "articles", format="parquet", partitioning="hive").count_rows() == 1


def test_a_limit_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    arguments = ["run", "--input", str(tmp_path / "a.txt"), "--output", str(tmp_path / "out")]
    assert main([*arguments, "--max_article_chars", "0"]) == 2
    assert not (tmp_path / "out").exists()
