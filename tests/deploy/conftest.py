"""A stand-in of the Dataflow API: it takes any job, keeps what it was sent, and says that the job is running."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class DataflowApi:
    """What was asked of the API."""

    endpoint: str = ""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def dataflow_api() -> Iterator[DataflowApi]:
    api = DataflowApi()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            api.requests.append(f"POST {self.path}")
            api.jobs.append(job)
            self.answer({**job, "id": "2018-03-29_1", "currentState": "JOB_STATE_RUNNING"})

        def do_GET(self) -> None:
            api.requests.append(f"GET {self.path}")
            self.answer({"id": "2018-03-29_1", "currentState": "JOB_STATE_RUNNING", "jobs": []})

        def answer(self, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.endpoint = f"http://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield api
    server.shutdown()
    server.server_close()
