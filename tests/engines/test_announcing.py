"""`wirecopy check --fix` lays the way from a bucket to a subscription, and a second time finds it.

Pub/Sub is Google's own in-memory server. No emulator of Cloud Storage has notifications, so that part of its API is a
stand-in of this test's own, over HTTP.
"""

import re
from typing import Any

import pytest
from google.cloud import storage

from pipeline.announcing import look

AGENT = "service-1@gs-project-accounts.iam.gserviceaccount.com"


@pytest.fixture
def notifications(json_api: Any, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []

    def answer(method: str, path: str, sent: Any) -> dict[str, Any]:
        if method == "POST":
            made.append({**sent, "id": str(len(made) + 1)})
            return made[-1]
        if path.split("?")[0].endswith("/notificationConfigs"):
            return {"items": made}
        return {"email_address": AGENT} if "/serviceAccount" in path else {"name": "wires", "projectNumber": "1"}

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{json_api(answer)}")
    return made


def test_what_is_missing_is_said_then_made_then_found(pubsub: Any, notifications: list[dict[str, Any]]) -> None:
    client = storage.Client.create_anonymous_client()
    name = "projects/my-proj1/subscriptions/new-one"

    def steps(*, fix: bool) -> list[tuple[bool, str]]:
        return [(step.there, step.what) for step in look(name, "gs://wires/in/**", client, fix=fix)]

    first = steps(fix=False)
    assert [there for there, _ in first] == [False, False]
    assert "There is no subscription" in first[0][1]
    assert notifications == []

    steps(fix=True)
    (made,) = notifications
    assert made["topic"].endswith("projects/my-proj1/topics/new-one")
    assert (made["event_types"], made["payload_format"]) == (["OBJECT_FINALIZE"], "JSON_API_V1")
    assert made["object_name_prefix"] == "in/"
    held = pubsub.subscriber.get_subscription(subscription=name)
    assert (held.ack_deadline_seconds, held.message_retention_duration.days) == (600, 7)

    assert [there for there, _ in steps(fix=True)] == [True, True]
    assert len(notifications) == 1, "what is there is left as it is"


@pytest.mark.parametrize(
    "changed",
    [
        {"payload_format": "NONE"},
        {"event_types": ["OBJECT_DELETE"]},
        {"object_name_prefix": "elsewhere/"},
        {"topic": "//pubsub.googleapis.com/projects/my-proj1/topics/other"},
    ],
)
def test_a_notification_that_would_not_tell_of_everything_is_none(
    pubsub: Any, notifications: list[dict[str, Any]], changed: dict[str, Any]
) -> None:
    right = {
        "id": "1",
        "topic": "//pubsub.googleapis.com/projects/my-proj1/topics/arrivals",
        "event_types": ["OBJECT_FINALIZE"],
        "payload_format": "JSON_API_V1",
        "object_name_prefix": "in/",
    }
    client = storage.Client.create_anonymous_client()
    for resource, there in ((right, True), ({**right, **changed}, False)):
        notifications[:] = [resource]
        *_, last = look(pubsub.subscription, "gs://wires/in/**", client, fix=False)
        assert last.there == there


def test_the_readme_of_deploy_makes_the_same_by_terraform(repository: Any) -> None:
    text = (repository / "deploy" / "terraform" / "notifications.tf").read_text()
    for wanted in (
        r'payload_format\s+= "JSON_API_V1"',
        r'event_types\s+= \["OBJECT_FINALIZE"\]',
        r"= 600\b",
        r'"604800s"',
    ):
        assert re.search(wanted, text), wanted
