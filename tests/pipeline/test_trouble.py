"""A bucket that refuses, stumbles or breaks off: told in words before a run begins, tried again while it goes on.

Requests go to an emulator through a server of this test's own, which does to them what it is told to.
"""

import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from google.api_core.retry import retry_unary

from pipeline.cli import main
from pipeline.reading import Output
from pipeline.store import StoreError, find, open_object, open_store
from pipeline.store_gcs import RANGE_TRIES
from schemas.tables import TABLES

FAST = ("--without", "entities,quotes", "--workers", "1")
KINDS = ("bucket", "list", "look", "read", "write", "copy", "delete")
STUMBLES = (429, 500, 503, "reset", "late")
ROLES = "roles/storage.objectViewer on an input bucket, roles/storage.objectUser on the output bucket"


def kind_of(method: str, path: str) -> str:
    """What a request is for, in Cloud Storage's JSON API."""
    place, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
    if method == "DELETE":
        return "delete"
    if method == "POST":
        return "copy" if "/rewriteTo/" in place else "write"
    if "/o" not in place:
        return "bucket"
    if place.endswith("/o"):
        return "list"
    return "read" if query.get("alt") == ["media"] else "look"


@dataclass
class Trouble:
    """What becomes of requests: refused for ever where `refused` names their kind and a part of the name, or
    stumbled over once for each of `stumbles`: a status, or reset, short or late."""

    refused: tuple[str, str] | None = None
    stumbles: dict[str, list[int | str]] = field(default_factory=dict)

    def next(self, method: str, path: str, body: bytes) -> int | str | None:
        kind = kind_of(method, path)
        named = unquote(path) + body[:2000].decode(errors="replace")  # an upload has its name in its first part
        if self.refused and self.refused[0] == kind and self.refused[1] in named:
            return 403
        left = self.stumbles.get(kind)
        return left.pop(0) if left else None


@pytest.fixture
def trouble(strict_emulator: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trouble]:
    told = Trouble()
    behind = urlsplit(strict_emulator.host)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            what = told.next(self.command, self.path, body)
            if isinstance(what, int):
                self.send(what, json.dumps({"error": {"code": what, "message": "says the test"}}).encode(), {})
                return
            connection = http.client.HTTPConnection(behind.hostname, behind.port)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            data = answer.read()
            given = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
            if what == "late":
                time.sleep(0.3)
            if what == "reset":
                self.send(answer.status, data, given, cut=True)
                return
            self.send(answer.status, data[: len(data) // 2] if what == "short" else data, given)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def send(self, status: int, data: bytes, headers: dict[str, str], cut: bool = False) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self.wfile.flush()
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    # Between two tries the client waits for seconds.
    monkeypatch.setattr(retry_unary, "time", SimpleNamespace(sleep=lambda _: None, monotonic=time.monotonic))
    yield told
    server.shutdown()


@pytest.fixture
def feed(strict_emulator: Any) -> str:
    for number in range(3):
        story = {"id": f"story-{number}", "source": "Harrow Wire", "text": f"Ferry {number} left Port Selwyn at dawn."}
        strict_emulator.blob(f"feed/{number}.json").upload_from_string(json.dumps(story))
    return f"{strict_emulator.root}/feed/*"


def ids(output: str) -> list[str]:
    rows = [row for batch in Output(output).batches("articles", ["source_id"]) for row in batch.to_pylist()]
    return sorted(row["source_id"] for row in rows)


@pytest.mark.parametrize(
    ("refused", "permission"),
    [
        (("list", "prefix=feed"), "storage.objects.list"),
        (("read", "feed/0.json"), "storage.objects.get"),
        (("write", '"out/'), "storage.objects.create"),
        (("bucket", ""), "storage.buckets.get"),
    ],
)
def test_a_refusal_is_met_before_the_run_and_told_with_the_roles(
    refused: tuple[str, str],
    permission: str,
    feed: str,
    strict_emulator: Any,
    trouble: Trouble,
    capsys: pytest.CaptureFixture[str],
) -> None:
    trouble.refused = refused
    assert main(["run", "--input", feed, "--output", f"{strict_emulator.root}/out", *FAST]) == 2
    said = capsys.readouterr().err
    assert "access refused (" in said
    assert permission in said
    assert ROLES in said
    trouble.refused = None
    assert list(open_store(f"{strict_emulator.root}/out").names()) == [], "nothing was begun"


@pytest.mark.parametrize("refused", [("read", "feed/2.json"), ("write", '"out/_wirecopy/log/'), ("copy", "articles")])
def test_a_refusal_in_a_run_fails_it_with_the_roles_and_again_it_is_right(
    refused: tuple[str, str],
    feed: str,
    strict_emulator: Any,
    trouble: Trouble,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Trying again gives nobody a right, so that a bounded run ends at once."""
    output = f"{strict_emulator.root}/out"
    trouble.refused = refused
    assert main(["run", "--input", feed, "--output", output, *FAST]) == 1
    said = capsys.readouterr().err
    assert ROLES in said
    assert "run again" in said
    trouble.refused = None
    assert main(["run", "--input", feed, "--output", output, *FAST]) == 0
    assert ids(output) == ["story-0", "story-1", "story-2"]


def test_a_stumble_over_any_request_is_tried_again(feed: str, strict_emulator: Any, trouble: Trouble) -> None:
    output = f"{strict_emulator.root}/out"
    trouble.stumbles = {kind: list(STUMBLES) for kind in KINDS}
    assert main(["run", "--input", feed, "--output", output, *FAST]) == 0
    assert open_store(output).size("_wirecopy/logs.json")
    assert not any(trouble.stumbles.values()), "not all of them were met"
    assert ids(output) == ["story-0", "story-1", "story-2"]
    for table in TABLES.keys() - {"articles"}:
        assert not [row for batch in Output(output).batches(table, ["source_uri"]) for row in batch.to_pylist()]


def test_a_range_that_comes_short_is_asked_for_again(strict_emulator: Any, trouble: Trouble) -> None:
    data = bytes(range(256)) * 100
    strict_emulator.blob("feed/a.bin").upload_from_string(data)
    (found,) = find(f"{strict_emulator.root}/feed/a.bin")
    trouble.stumbles = {"read": ["short", "reset", "short"]}
    with open_object(found) as stream:
        assert stream.read() == data
    trouble.stumbles = {"read": ["short"] * 99, "look": [503]}
    with pytest.raises(StoreError, match="24800 bytes came where 25600 were asked for"):
        open_object(found)
    assert len(trouble.stumbles["read"]) == 99 - RANGE_TRIES
