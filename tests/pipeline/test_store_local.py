"""A disk at its worst: crashes, links, odd names, racing folders, files that change under a reader."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import pipeline.store_local as local
from pipeline.store import Gone, StoreError, Superseded, find, open_object, open_store


def test_a_process_killed_while_it_writes_leaves_nothing_to_see(tmp_path: Path) -> None:
    code = (
        "import sys; from pipeline.store import open_store; store = open_store(sys.argv[1]); n = 0\n"
        "while True:\n"
        "    store.put('t/a.parquet', bytes([n % 256]) * 3_000_000); store.create(f'log/{n}', b'x' * 100_000); n += 1\n"
        "    print(n, flush=True)"
    )
    for seconds in (0.0, 0.004, 0.011):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        writer.wait()
        store = open_store(str(tmp_path))
        data = store.read("t/a.parquet")
        assert len(data) == 3_000_000
        assert len(set(data)) == 1
        assert all(store.size(name) == 100_000 for name in store.names("log/"))
        assert not [path for path in tmp_path.rglob("*.parquet") if path.name != "a.parquet"]


def test_strays_of_dead_writers_go_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(str(tmp_path))
    store.put("a", b"1")
    old, new = tmp_path / ".tmp/1-0-aa", tmp_path / ".tmp/2-0-bb"
    old.write_bytes(b"")
    new.write_bytes(b"")
    os.utime(old, (time.time() - 2 * local.STRAY_SECONDS,) * 2)
    monkeypatch.setattr(local, "_counter", iter([0]))
    store.put("b", b"2")
    assert not old.exists()
    assert new.exists()
    assert list(store.names()) == ["a", "b"]


def test_writers_and_tidiers_of_one_folder_never_trip_each_other(tmp_path: Path) -> None:
    store, errors = open_store(str(tmp_path)), []

    def work(me: int) -> None:
        try:
            for n in range(60):
                store.put(f"stage/{me}/f", b"x")
                store.publish(f"stage/{me}/f", f"t/d/{me}-{n}")
                store.delete(f"t/d/{me}-{n}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert list(store.names()) == []
    assert [path.name for path in tmp_path.iterdir()] == [".tmp"], "folders that became empty are gone"


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "permission denied"), (errno.EIO, "error")]
)
def test_a_failed_write_is_told_in_words_and_shows_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    store = open_store(str(tmp_path))
    store.put("a", b"before")

    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match=words):
            store.put("a", b"after")
        with pytest.raises(StoreError, match=words):
            store.create("b", b"after")
    assert list(store.names()) == ["a"]
    assert store.read("a") == b"before"


def test_a_disk_without_hard_links_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: str, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(StoreError, match="no hard links"):
        open_store(str(tmp_path)).create("log/1", b"")


def test_a_link_whose_answer_was_lost_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def twice(source: str, target: str) -> None:
        real(source, target)
        real(source, target)

    store = open_store(str(tmp_path))
    (tmp_path / "log").mkdir()
    monkeypatch.setattr(os, "link", twice)
    assert store.create("log/1", b"ours")


@pytest.mark.parametrize("size", [-1, 100_000])
def test_a_file_that_grows_under_its_reader_is_superseded(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 3_000_000)
    (found,) = find(str(path))
    with open_object(found) as stream:
        assert stream.read(10) == b"x" * 10
        with path.open("ab") as more:
            more.write(b"y")
        with pytest.raises(Superseded):
            list(iter(lambda: stream.read(size), b""))


def test_a_file_that_is_replaced_under_its_reader_stays_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 3_000_000)
    (found,) = find(str(path))
    with open_object(found) as stream:
        stream.read(10)
        (tmp_path / "new").write_bytes(b"y")
        os.replace(tmp_path / "new", path)
        assert stream.read() == b"x" * 2_999_990
    with pytest.raises(Superseded):
        open_object(found)


def test_a_folder_means_everything_beneath_it_but_hidden_names(tmp_path: Path) -> None:
    for name in ("a.json", "b/c.json", ".part.json", ".cache/d.json", "b/.swp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    for pattern in (str(tmp_path), f"{tmp_path}/", f"{tmp_path}/**"):
        assert [item.uri for item in find(pattern)] == [f"{tmp_path}/a.json", f"{tmp_path}/b/c.json"]
    assert [item.uri for item in find(f"{tmp_path}/.p*")] == [f"{tmp_path}/.part.json"]


def test_a_relative_pattern_gives_absolute_uris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.json").write_bytes(b"1")
    monkeypatch.chdir(tmp_path / "in")
    for pattern in ("a.json", "*.json", "./*.json", "../in/*", ".", "../in/a.json"):
        assert [item.uri for item in find(pattern)] == [f"{tmp_path}/in/a.json"]


def test_links_that_lead_out_are_skipped_and_told(tmp_path: Path) -> None:
    outside, feed = tmp_path / "outside", tmp_path / "in"
    outside.mkdir()
    (outside / "secret.json").write_bytes(b"1")
    feed.mkdir()
    (feed / "a.json").write_bytes(b"2")
    (feed / "b-link.json").symlink_to(feed / "a.json")
    (feed / "c-out.json").symlink_to(outside / "secret.json")
    (feed / "d-nowhere.json").symlink_to(tmp_path / "absent")
    (feed / "e-folder").symlink_to(outside)
    (feed / "f-loop").symlink_to(feed)
    told: dict[str, str] = {}
    for pattern in (f"{feed}/**", f"{feed}/*"):
        found = list(find(pattern, told.__setitem__))
        assert [Path(item.uri).name for item in found] == ["a.json", "b-link.json"]
    assert {Path(uri).name for uri in told} == {"c-out.json", "d-nowhere.json", "e-folder", "f-loop"}
    assert not list(find(f"{feed}/e-folder/*x"))
    link = tmp_path / "feed-link"
    link.symlink_to(feed)
    assert [item.uri for item in find(f"{link}/a*")] == [f"{link}/a.json"], "a link the pattern names is followed"


def test_pipes_and_sockets_are_skipped_unopened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    told: list[str] = []
    assert not list(find(f"{tmp_path}/*", lambda uri, why: told.append(why)))
    assert told == ["not a regular file"]


def test_a_name_that_is_no_unicode_has_a_uri_that_can_be_written_and_read(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9 %20.json"
    with open(raw, "wb") as file:
        file.write(b"1")
    (found,) = find(f"{tmp_path}/*")
    assert found.uri == f"file://{tmp_path}/caf%E9%20%2520.json"
    assert open_object(found).read() == b"1"
    os.unlink(raw)
    with pytest.raises(Gone):
        open_object(found)


def test_an_unreadable_file_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_bytes(b"1")
    (found,) = find(f"{tmp_path}/*")

    def refuse(*args: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(local._PinnedFile, "__init__", refuse)
    with pytest.raises(StoreError, match="permission denied"):
        open_object(found)
