"""A stand-in of the Dataflow API: it takes any job, keeps what it was sent, and says that the job is running."""

from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class DataflowApi:
    """What was asked of the API."""

    endpoint: str = ""
    jobs: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def dataflow_api(json_api: Any) -> DataflowApi:
    api = DataflowApi()

    def answer(method: str, path: str, sent: Any) -> dict[str, Any]:
        api.requests.append(f"{method} {path}")
        running = {"id": "2018-03-29_1", "currentState": "JOB_STATE_RUNNING"}
        if method == "GET":
            return {**running, "jobs": []}
        api.jobs.append(sent)
        return {**sent, **running}

    api.endpoint = f"http://localhost:{json_api(answer)}"
    return api
