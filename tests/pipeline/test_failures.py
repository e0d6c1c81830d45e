"""What becomes of bad input: nothing vanishes, nothing private is told, and the exit code says how much failed."""

import gzip
import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from pipeline.cli import main
from pipeline.log import Log
from pipeline.sink import commit
from pipeline.source import read_portions
from pipeline.store import StoreError, find, open_store
from pipeline.store_local import LocalStore
from schemas.limits import Limits
from schemas.records import Portion, Portioned, RawArticle, RawDocument, RawRecord
from transforms.parsing import ParseSettings, document, media, parse_document
from transforms.parsing.draft import Draft
from transforms.rows import to_tables
from transforms.shells import PortionRows, pack
from transforms.stages import run_stage

FAST = ("--without", "entities,quotes", "--workers", "1")
SECRET = "the pier master of Harrow is leaving on Friday"
SIGNED = "https://harrow.example/a?X-Goog-Signature=4f2c9be1&token=s3cr3t"


def rows(output: Path, table: str) -> list[dict[str, Any]]:
    return ds.dataset(output / table, format="parquet", partitioning="hive").to_table().to_pylist()


def test_input_that_is_all_bad_ends_as_failures_and_readable_tables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text("{broken\n" * 3 + '{"title": "x"}\n')
    arguments = ["run", "--input", str(tmp_path / "a.jsonl"), *FAST]
    assert main([*arguments, "--output", str(tmp_path / "out")]) == 0
    assert rows(tmp_path / "out", "articles") == []
    assert sorted(row["reason"] for row in rows(tmp_path / "out", "failures")) == ["malformed", "missing_text"]
    said = capsys.readouterr().out
    assert "Records: 4 = 0 articles + 2 failures + 2 repeats" in said
    assert "a.jsonl, record 3: " in said, "the place of what failed"
    assert main([*arguments, "--output", str(tmp_path / "strict"), "--max_failure_rate", "0.4"]) == 3
    assert len(rows(tmp_path / "strict", "failures")) == 2, "the outputs are kept"


def test_a_correction_is_a_version_of_its_article(tmp_path: Path) -> None:
    story = tmp_path / "a.json"
    for second, text in ((1_800_000_000, "The pier opens in May."), (1_800_000_100, "The pier opens in June.")):
        story.write_text(json.dumps({"id": "7", "source": "Harrow Wire", "text": text}))
        os.utime(story, (second, second))
        assert main(["run", "--input", str(story), "--output", str(tmp_path / "out"), *FAST]) == 0
    first, second = sorted(rows(tmp_path / "out", "articles"), key=lambda row: row["received_at"])
    assert first["article_id"] == second["article_id"]
    assert first["source_generation"] < second["source_generation"]
    assert (first["text"], second["text"]) == ("The pier opens in May.", "The pier opens in June.")


def test_what_is_too_large_to_keep_is_named_by_hash_and_place(tmp_path: Path) -> None:
    bad = json.dumps({"title": "x" * 100_000}).encode()
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "one"}\n' + bad + b"\n")
    assert main(["run", "--input", str(tmp_path / "a.jsonl"), "--output", str(tmp_path / "out"), *FAST]) == 0
    (row,) = rows(tmp_path / "out", "failures")
    assert row["payload"] == bad[: 64 * 1024]
    assert (row["payload_bytes"], row["payload_sha256"]) == (len(bad), hashlib.sha256(bad).hexdigest())
    assert (row["record_index"], Path(row["source_uri"]).name) == (1, "a.jsonl")


def test_failures_that_cant_be_written_fail_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portion = Portion("file:///feed/a.jsonl", 1, 1_800_000_000_000_000, 0, 20, 0, 2)
    document = RawDocument(portion, "application/x-ndjson", (RawRecord(0, b'{"text": "a"}'), RawRecord(1, b"{broken")))
    tables = to_tables(Portioned(portion, (), parse_document(document, ParseSettings()).failures), "test")
    element = PortionRows(portion, tuple((name, pack(table)) for name, table in tables.items()), 0)
    put = LocalStore.put

    def full(store: LocalStore, name: str, data: bytes) -> None:
        if "failures" in name:
            raise StoreError("the disk is full")
        put(store, name, data)

    monkeypatch.setattr(LocalStore, "put", full)
    store = open_store(str(tmp_path / "out"))
    with pytest.raises(StoreError, match="disk is full"):
        commit(store, Log(store, 0), [element], "test")
    monkeypatch.undo()
    assert not list((tmp_path / "out").glob("[!_.]*/**/*.parquet")), "nothing can be seen"
    assert len(commit(store, Log(store, 0), [element], "test")) == 1
    assert len(rows(tmp_path / "out", "failures")) == 1, "and again it is right"


def test_what_is_logged_and_said_holds_no_article_and_no_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    good = {"id": "7", "text": f"Ann Hale said that {SECRET}.", "url": SIGNED, "title": SECRET}
    records = [good, {**good, "text": [SECRET]}, {**good, "text": 5}, {"title": SECRET, "url": SIGNED}]
    broken = [f'{{"text": "{SECRET}', f'{{"text": "{SECRET}", "n": NaN}}', f'{{"a": "{SECRET}"' + "[" * 300]
    (tmp_path / "a.jsonl").write_text("\n".join([*map(json.dumps, records), *broken]) + "\n")
    (tmp_path / "b.xml").write_text(f"<nitf><body><p>{SECRET}</body></nitf>")
    (tmp_path / "c.html").write_text(f"<html><body><nav>{SECRET}</nav></body></html>")
    (tmp_path / "d.txt").write_bytes(f"{SECRET} é".encode("latin-1") * 3)
    with caplog.at_level(logging.DEBUG):
        assert main(["run", "--input", str(tmp_path), "--output", f"{tmp_path}-out", *FAST]) == 0
    failures = rows(Path(f"{tmp_path}-out"), "failures")
    assert len(failures) >= 8
    said = capsys.readouterr()
    told = "\n".join([said.out, said.err, caplog.text, *(row["detail"] for row in failures)])
    for secret in (SECRET, "pier master", "X-Goog-Signature", "4f2c9be1", "s3cr3t"):
        assert secret not in told


def test_an_exception_with_article_text_in_it_tells_none_of_it() -> None:
    raw = RawArticle("a", "file:///a", 1, 0, 0, SECRET, "")

    def fails(article: RawArticle) -> RawArticle:
        raise ValueError(f"can't read {article.text!r}")

    done = run_stage(Portioned(Portion("file:///a", 1, 0), (raw,)), "clean", fails, lambda article: article, 9)
    (failure,) = done.failures
    assert (failure.stage, failure.reason, failure.article_id) == ("clean", "error", "a")
    assert "pier" not in failure.detail
    assert "ValueError in fails" in failure.detail
    assert failure.payload == SECRET.encode()[:9]
    assert (failure.payload_sha256, failure.payload_bytes) == (hashlib.sha256(SECRET.encode()).hexdigest(), len(SECRET))


def test_a_bug_met_in_one_story_of_a_feed_costs_that_story_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    item = "<item><guid>{0}</guid><title>Story {0}</title><description>The ferry sails at {0}.</description></item>"
    feed = f"<rss version='2.0'><channel>{''.join(item.format(n) for n in range(4))}</channel></rss>".encode()

    def assemble(draft: Draft, *arguments: Any, **options: Any) -> RawArticle:
        if draft.headline == "Story 1":
            raise ZeroDivisionError
        return real(draft, *arguments, **options)

    real = document.assemble
    monkeypatch.setattr(document, "assemble", assemble)
    portion = Portion("gs://wire/feed.xml", 7, 0)
    parsed = document.parse_document(RawDocument(portion, media.RSS, (RawRecord(0, feed),)), ParseSettings())
    assert [article.headline for article in parsed.articles] == ["Story 0", "Story 2", "Story 3"]
    assert [(failure.reason, failure.record_index, failure.payload) for failure in parsed.failures] == [
        ("error", 1, feed)
    ]


def test_gzip_that_the_bucket_would_unpack_is_read_once(strict_emulator: Any) -> None:
    lines = b"".join(b'{"id": "%d", "text": "Rain."}\n' % n for n in range(3))
    for name, encoding, data in (("a.jsonl", "gzip", gzip.compress(lines)), ("b.jsonl.gz", None, gzip.compress(lines))):
        blob = strict_emulator.blob(f"in/{name}")
        blob.content_encoding = encoding
        blob.upload_from_string(data)
    for found in find(f"{strict_emulator.root}/in/*"):
        (document,) = read_portions(found, None, Limits())
        assert b"\n".join(record.content for record in document.records) + b"\n" == lines, found.uri
        assert not document.failures
