# Preflight: each thing that would stop or spoil a run is found, said in words, and leaves nothing behind.
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import check as checks
from pipeline.check import check
from schemas.tables import ARTICLES
from transforms.nlp import DEFAULT_MODEL


@dataclass
class Options:
    input: str
    output: str
    spacy_model: str = DEFAULT_MODEL
    runner: str = "DirectRunner"
    workers: int = 1
    streaming: bool = False
    subscription: str = ""


@pytest.fixture
def options(tmp_path) -> Options:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Rain.")
    return Options(str(tmp_path / "in" / "*.txt"), str(tmp_path / "out"))


def said(options: Options, level: str) -> list[str]:
    findings = [finding for finding in check(options) if finding.level == level]
    assert all(finding.fix for finding in findings if level != "ok")
    return [finding.what for finding in findings]


def test_all_is_well_and_nothing_is_left_behind(options, tmp_path):
    assert said(options, "error") == []
    assert not Path(options.output).exists()
    Path(options.output).mkdir()
    assert said(options, "error") == []
    assert [path for path in Path(options.output).rglob("*") if path.is_file()] == []
    assert any("1 object, 5 bytes" in what for what in said(options, "ok"))


def test_a_pattern_that_matches_nothing(options):
    options.input += ".gz"
    assert said(options, "error") == [f"{options.input} matches nothing."]


def test_a_stream_may_begin_with_nothing_where_something_can_land(options):
    options.streaming = True
    options.input += ".gz"
    assert said(options, "error") == []
    options.input = str(Path(options.output) / "absent" / "*.txt")
    assert "there is no folder" in said(options, "error")[0]


def test_an_output_below_a_file(options, tmp_path):
    options.output = str(tmp_path / "in" / "a.txt" / "out")
    assert "a.txt is a file" in said(options, "error")[0]


def test_an_output_that_cannot_be_written(options, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "can't be written" in said(options, "error")[0]


def test_tables_of_another_schema(options):
    folder = Path(options.output) / "articles" / "date=2019-05-01"
    folder.mkdir(parents=True)
    pq.write_table(ARTICLES.empty_table(), folder / "a.parquet")
    assert said(options, "error") == []
    changed = ARTICLES.set(ARTICLES.get_field_index("text"), pa.field("text", pa.int64()))
    pq.write_table(changed.append(pa.field("mood", pa.string())).empty_table(), folder / "a.parquet")
    (what,) = said(options, "error")
    assert "column 'text' is int64 there and string here (1 more.)" in what


def test_an_object_from_the_future(options, tmp_path):
    later = time.time() + 3600
    os.utime(tmp_path / "in" / "a.txt", (later, later))
    assert "60 minutes from now" in said(options, "warning")[0]


def test_a_model_that_is_not_installed(options):
    options.spacy_model = "en_core_web_nowhere"
    assert "en_core_web_nowhere" in said(options, "error")[0]


def test_too_little_disk_and_memory(options, monkeypatch):
    monkeypatch.setattr(checks, "OUTPUT_SHARE", 1e15)
    monkeypatch.setattr(checks, "available_memory_bytes", lambda: 1024**2)
    disk, memory = said(options, "warning")
    assert "are free where the output goes" in disk
    assert "1.0 MiB of memory are available" in memory


def test_an_engine_that_cannot_see_the_files(options):
    options.runner = "DataflowRunner"
    assert "can't see the files of this machine" in said(options, "error")[0]


def test_buckets_are_tried_and_left_as_they_were(options, storage_emulator):
    from pipeline.store import open_store

    store = open_store(storage_emulator.root)
    store.put("in/a.txt", b"Rain.")
    options.input, options.output = f"{storage_emulator.root}/in/*", f"{storage_emulator.root}/out"
    assert said(options, "error") == []
    assert any("storage.buckets.get" in what for what in said(options, "ok"))
    assert list(store.names()) == ["in/a.txt"]
    options.output = "gs://no-such-bucket-here/out"
    assert "no-such-bucket-here" in said(options, "error")[0]


def test_room_is_asked_for_what_a_packed_input_holds(options, tmp_path, monkeypatch):
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * 1024**2))
    (tmp_path / "in" / "feed.jsonl.gz").write_bytes(bytes(1024**2))
    options.input = f"{tmp_path}/in/*.gz"
    assert any("may take 4.2 MiB" in one for one in said(options, "warning"))


def test_the_command_says_all_at_once_and_nothing_good_of_an_engine_that_is_refused(tmp_path, capsys):
    from pipeline.cli import main

    assert main(["check", "--input", f"{tmp_path}/*", "--output", f"{tmp_path}/../out", "--runner", "Nothing"]) == 2
    shown = capsys.readouterr().out
    assert "error    --runner Nothing" in shown
    assert "matches nothing" in shown
    assert "Nothing can be used" not in shown
