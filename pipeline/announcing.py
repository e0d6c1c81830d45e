"""The way from a bucket to a subscription: looked at by `wirecopy check`, laid by `wirecopy check --fix`.

Cloud Storage publishes to a topic (a notification on the bucket, by the storage service agent, which needs the right
to); the subscription holds what the topic got. What exists is left as it is; nothing is ever removed.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from google.api_core import exceptions as api
from google.cloud import pubsub_v1  # type: ignore[attr-defined]

from pipeline.notifications import FINALIZE
from pipeline.store import GCS

PAYLOAD = "JSON_API_V1"
ACK_DEADLINE_S = 600
RETENTION_S = 7 * 24 * 3600
PUBLISHER = "roles/pubsub.publisher"


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the way: whether it is there, in words, and what `--fix` did or would do."""

    there: bool
    what: str
    fix: str = ""


def look(subscription: str, pattern: str, storage: Any, *, fix: bool) -> Iterator[Step]:
    """Look at each part of the way, and with `fix` lay what is missing. Raises what Google's clients raise."""
    subscriber = pubsub_v1.SubscriberClient()
    _, project, _, name = subscription.split("/")
    try:
        topic = subscriber.get_subscription(subscription=subscription).topic
        yield Step(True, f"The subscription {name} is there; its topic is {topic}.")
    except api.NotFound:
        topic = f"projects/{project}/topics/{name}"
        yield Step(fix, f"There is no subscription {subscription}.", f"{_made(fix)} it, with the topic {topic}.")
        if fix:
            _begin(subscriber, subscription, topic)
    if topic == "_deleted-topic_":
        yield Step(False, f"The topic of {subscription} was deleted.", "Give another --subscription, or make it anew.")
        return
    bucket = storage.bucket(pattern.removeprefix(GCS).partition("/")[0])
    if any(_fits(one, topic, pattern) for one in bucket.list_notifications()):
        yield Step(True, f"gs://{bucket.name} announces new objects to it.")
        return
    if fix:
        bucket.reload()
        yield _allow(topic, storage.get_service_account_email(project=str(bucket.project_number or project)))
        _, topic_project, _, topic_name = topic.split("/")
        bucket.notification(
            topic_name=topic_name,
            topic_project=topic_project,
            event_types=[FINALIZE],
            payload_format=PAYLOAD,
            blob_name_prefix=_prefix(pattern) or None,
        ).create()
    yield Step(fix, f"gs://{bucket.name} announces no new objects to {topic}.", f"{_made(fix)} the notification.")


def _begin(subscriber: Any, subscription: str, topic: str) -> None:
    with suppress(api.AlreadyExists):
        pubsub_v1.PublisherClient().create_topic(name=topic)
    subscriber.create_subscription(
        request={
            "name": subscription,
            "topic": topic,
            "ack_deadline_seconds": ACK_DEADLINE_S,
            "message_retention_duration": {"seconds": RETENTION_S},
            "expiration_policy": {},
        }
    )


def _allow(topic: str, agent: str) -> Step:
    """Let Cloud Storage publish to the topic."""
    what, member = f"Cloud Storage may publish to {topic}.", f"serviceAccount:{agent}"
    publisher = pubsub_v1.PublisherClient()
    try:
        policy = publisher.get_iam_policy(request={"resource": topic})
        if not any(one.role == PUBLISHER and member in one.members for one in policy.bindings):
            policy.bindings.add(role=PUBLISHER, members=[member])
            publisher.set_iam_policy(request={"resource": topic, "policy": policy})
        return Step(True, what)
    except (api.Forbidden, api.MethodNotImplemented, api.Unknown) as error:
        return Step(
            False,
            f"{member} could not be given {PUBLISHER} on {topic} ({type(error).__name__}).",
            f"gcloud pubsub topics add-iam-policy-binding {topic} --member {member} --role {PUBLISHER}",
        )


def _fits(notification: Any, topic: str, pattern: str) -> bool:
    """Whether a notification tells of every new object that the pattern can match, with its resource."""
    goes_to = f"projects/{notification.topic_project}/topics/{notification.topic_name}"
    events = notification.event_types
    return (
        goes_to == topic
        and notification.payload_format == PAYLOAD
        and (not events or FINALIZE in events)
        and _prefix(pattern).startswith(notification.blob_name_prefix or "")
    )


def _prefix(pattern: str) -> str:
    """What the name of every object that the pattern matches begins with."""
    path = pattern.removeprefix(GCS).partition("/")[2]
    return path[: next((at for at, mark in enumerate(path) if mark in "*?["), len(path))]


def _made(fix: bool) -> str:
    return "Made" if fix else "wirecopy check --fix makes"
