"""A store keeps what it was given, whole, on a disk and on a bucket alike; a pattern finds what it says and no more."""

import gzip
import io
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.store import Found, Gone, NotFound, Store, StoreError, Superseded, find, open_object, open_store

NAMES = [
    "articles/date=2018-03-29/0-7.parquet",
    "a b/c%20d.json",
    "a-b/1",
    "a/1",
    "in/Zürich – é #1?.json",
    "in/ニュース.json",
    "in/x=y&z+w.json",
]


@pytest.fixture(params=["disk", "bucket", "strict bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "disk":
        return str(tmp_path / "out put")
    return f"{request.getfixturevalue('storage_emulator' if request.param == 'bucket' else 'strict_emulator').root}/out"


@pytest.fixture
def store(root: str) -> Store:
    return open_store(root)


def test_any_name_comes_back_with_its_bytes_in_the_order_of_code_points(store: Store) -> None:
    for name in reversed(NAMES):
        store.put(name, name.encode())
    assert list(store.names()) == sorted(NAMES)
    assert [store.read(name).decode() for name in NAMES] == NAMES
    assert list(store.names("in/")) == sorted(name for name in NAMES if name.startswith("in/"))
    assert list(store.names("a")) == sorted(name for name in NAMES if name.startswith("a"))
    for after in (*NAMES, "a", "a/", "b", "zz"):
        assert list(store.names(after=after)) == sorted(name for name in NAMES if name > after)


def test_an_empty_store_has_no_names_and_no_content(store: Store) -> None:
    assert list(store.names()) == []
    assert store.size("a/1") is None
    for act in (store.read, store.open):
        with pytest.raises(NotFound, match="a/1"):
            act("a/1")
    store.delete("a/1")


def test_put_replaces_and_delete_removes(store: Store) -> None:
    store.put("a/1", b"first and longer")
    store.put("a/1", b"second")
    assert (store.read("a/1"), store.size("a/1")) == (b"second", 6)
    store.put("a/1", b"")
    assert (store.read("a/1"), store.size("a/1")) == (b"", 0)
    store.delete("a/1")
    assert list(store.names()) == []


def test_publish_moves_once_and_says_when_it_was_done(store: Store) -> None:
    store.put("_wirecopy/stage/x/articles", b"rows")
    target = "articles/date=2018-03-29/0-7.parquet"
    assert store.publish("_wirecopy/stage/x/articles", target)
    assert not store.publish("_wirecopy/stage/x/articles", target)
    assert list(store.names()) == [target]
    assert store.read(target) == b"rows"
    store.put("_wirecopy/stage/y/articles", b"other rows")
    assert store.publish("_wirecopy/stage/y/articles", target)
    assert store.read(target) == b"other rows"


def test_a_parquet_file_reads_through_open(store: Store) -> None:
    table = pa.table({"text": [f"line {n}" for n in range(10_000)]})
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=1000)
    store.put("t/1.parquet", sink.getvalue())
    with store.open("t/1.parquet") as stream:
        file = pq.ParquetFile(stream)
        assert file.read_row_group(7).column("text")[3].as_py() == "line 7003"
        assert file.read().equals(table)


def test_a_name_cannot_leave_the_root(store: Store) -> None:
    for name in ("../x", "/etc/passwd", "a//b", "", "a/./b", "a/..", "a\0b"):
        with pytest.raises(ValueError, match="is no name"):
            store.put(name, b"")


def test_a_store_travels_to_a_worker(store: Store) -> None:
    store.put("a", b"1")
    assert pickle.loads(pickle.dumps(store)).read("a") == b"1"


def test_create_keeps_what_is_there(root: str, request: pytest.FixtureRequest) -> None:
    if "strict" not in request.node.name and "bucket" in request.node.name:
        pytest.skip("this emulator ignores preconditions")
    store = open_store(root)
    assert store.create("log/0/1.json", b"one")
    assert not store.create("log/0/1.json", b"two")
    assert store.read("log/0/1.json") == b"one"
    assert list(store.names()) == ["log/0/1.json"]


RACE = """
import sys, time
from pipeline.store import open_store
store, me, start = open_store(sys.argv[1]), sys.argv[2], float(sys.argv[3])
time.sleep(max(0, start - time.time()))
print(*(n for n in range(int(sys.argv[4])) if store.create(f"log/{n:04}.json", f"{me}-{n}".encode())))
"""


def test_of_racing_processes_exactly_one_creates_each_name(root: str, request: pytest.FixtureRequest) -> None:
    if "strict" not in request.node.name and "bucket" in request.node.name:
        pytest.skip("this emulator ignores preconditions")
    import time

    count, start = 30, str(time.time() + 2)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACE, root, str(me), start, str(count)], stdout=subprocess.PIPE, text=True
        )
        for me in range(3)
    ]
    won = [[int(n) for n in racer.communicate(timeout=60)[0].split()] for racer in racers]
    assert sorted(n for numbers in won for n in numbers) == list(range(count))
    store = open_store(root)
    for me, numbers in enumerate(won):
        assert all(store.read(f"log/{n:04}.json") == f"{me}-{n}".encode() for n in numbers)


def test_a_retried_create_that_did_arrive_is_ours(strict_emulator) -> None:
    store = open_store(f"{strict_emulator.root}/out")
    store.put("log/1.json", b"attempt 5f2e")
    assert store.create("log/1.json", b"attempt 5f2e")
    assert not store.create("log/1.json", b"attempt 77aa")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("in/*", ["in/[1].json", "in/a.json", "in/b é #?.txt", "in/1.json"]),
        ("in/*.json", ["in/[1].json", "in/a.json", "in/1.json"]),
        ("in/?.json", ["in/a.json", "in/1.json"]),
        ("in/[ab].json", ["in/a.json"]),
        ("in/[!a].json", ["in/1.json"]),
        ("in/[1].json", ["in/[1].json", "in/1.json"]),
        ("in/a.json", ["in/a.json"]),
        ("in/b é #?.txt", ["in/b é #?.txt"]),
        ("in/**", ["in/[1].json", "in/a.json", "in/b é #?.txt", "in/1.json", "in/deep/er/a.json", "in/deep/x-a.json"]),
        ("in/**/a.json", ["in/a.json", "in/deep/er/a.json"]),
        ("in/**a.json", ["in/a.json", "in/deep/er/a.json", "in/deep/x-a.json"]),
        ("in/*/*a.json", ["in/deep/x-a.json"]),
        ("in/", ["in/[1].json", "in/a.json", "in/b é #?.txt", "in/1.json", "in/deep/er/a.json", "in/deep/x-a.json"]),
        ("**/x-*", ["in/deep/x-a.json"]),
        ("in/nothing*", []),
        ("absent/*", []),
        ("in/absent.json", []),
    ],
)
def test_a_pattern_finds_the_same_on_a_disk_and_on_a_bucket(root: str, pattern: str, expected: list[str]) -> None:
    store = open_store(root)
    for name in ("in/[1].json", "in/a.json", "in/b é #?.txt", "in/1.json", "in/deep/er/a.json", "in/deep/x-a.json"):
        store.put(name, name.encode())
    found = list(find(f"{root}/{pattern}"))
    assert [item.uri for item in found] == [f"{root}/{name}" for name in sorted(expected)]
    for item in found:
        with open_object(item) as stream:
            content = stream.read()
        assert content.decode() == item.uri.removeprefix(f"{root}/")
        assert item.size_bytes == len(content)


def test_a_found_object_says_when_its_version_was_written(root: str) -> None:
    import time

    before_us = time.time_ns() // 1000 - 2_000_000
    store = open_store(root)
    store.put("a.json", b"1")
    (first,) = find(f"{root}/a.json")
    time.sleep(0.05)
    store.put("a.json", b"2")
    (second,) = find(f"{root}/a.json")
    assert before_us < first.updated_us <= second.updated_us < before_us + 600_000_000
    assert second.generation > first.generation


def test_a_stream_seeks_and_reads_in_pieces(root: str) -> None:
    data = bytes(range(256)) * 70_000
    open_store(root).put("big.bin", data)
    (found,) = find(f"{root}/big.bin")
    with open_object(found) as stream:
        assert stream.read(10) == data[:10]
        stream.seek(9_000_001)
        assert stream.read(300) == data[9_000_001:9_000_301]
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == data[-5:]
        stream.seek(0)
        assert b"".join(iter(lambda: stream.read(1_000_003), b"")) == data


def test_an_object_that_went_or_changed_is_named_as_that(root: str, request: pytest.FixtureRequest) -> None:
    store = open_store(root)
    store.put("a.json", b"first")
    (found,) = find(f"{root}/a.json")
    store.delete("a.json")
    with pytest.raises(Gone):
        open_object(found)
    store.put("a.json", b"again")
    if "[bucket]" in request.node.name:
        return  # this emulator gives the newest bytes whatever generation is asked for
    with pytest.raises(Superseded):
        open_object(found)


def test_stored_gzip_comes_as_it_is_stored(strict_emulator) -> None:
    packed = gzip.compress(b'{"text": "Rain."}' * 50, mtime=0)
    blob = strict_emulator.blob("in/a.json")
    blob.content_encoding = "gzip"
    blob.upload_from_string(packed)
    (found,) = find(f"{strict_emulator.root}/in/*")
    with open_object(found) as stream:
        assert stream.read() == packed


def test_folder_markers_are_skipped_and_told(storage_emulator) -> None:
    storage_emulator.blob("in/").upload_from_string(b"")
    storage_emulator.blob("in/deep/").upload_from_string(b"")
    storage_emulator.blob("in/a.json").upload_from_string(b"1")
    told: list[tuple[str, str]] = []
    found = list(find(f"{storage_emulator.root}/in/**", lambda uri, why: told.append((uri, why))))
    assert [item.uri for item in found] == [f"{storage_emulator.root}/in/a.json"]
    assert (f"{storage_emulator.root}/in/deep/", "a folder marker") in told


def test_more_objects_than_a_page_are_found_in_order(storage_emulator) -> None:
    store = open_store(f"{storage_emulator.root}/in")
    for n in range(30):
        store.put(f"{n:03}.json", b"")
    import pipeline.store_gcs as gcs

    pages = gcs._list(storage_emulator.bucket, "in/")
    assert len(list(pages)) == 30
    assert [item.uri[-8:] for item in find(f"{storage_emulator.root}/in/*")] == [f"{n:03}.json" for n in range(30)]


def test_a_bucket_that_is_not_there_is_named(storage_emulator) -> None:
    with pytest.raises(StoreError, match="no-such-bucket"):
        list(find("gs://no-such-bucket/in/*"))
    for wrong in ("gs://", "gs://wires*/x"):
        with pytest.raises(StoreError, match="name one bucket"):
            list(find(wrong))


@pytest.mark.parametrize("uri", ["s3://b/x", "hdfs://h/x", "https://h/x"])
def test_other_schemes_are_refused_in_words(uri: str) -> None:
    for act in (open_store, find):
        with pytest.raises(StoreError, match="only local paths and gs://"):
            act(uri)


def test_local_use_imports_no_google_code(tmp_path: Path) -> None:
    code = (
        "import sys; from pipeline.store import *\n"
        f"root = {str(tmp_path)!r}; open_store(root).put('a', b'1'); [open_object(it).read() for it in find(root)]\n"
        "print([m for m in sys.modules if m.startswith(('google.api', 'google.auth', 'google.cloud.', 'apache_beam'))])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_missing_found_object_is_gone_whatever_it_was() -> None:
    with pytest.raises(Gone):
        open_object(Found("/nowhere/at/all.json", 1, 1, 1))
