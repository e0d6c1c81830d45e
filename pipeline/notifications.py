"""Being told of new objects: Cloud Storage's notifications through Pub/Sub, as found objects.

A notification is a hint and no more: it comes late, twice, out of order or not at all, and may be of something else.
What makes rows is the object at the generation it names, and what makes them once is the log. What a subscription lost
(it was deleted, or nobody took its messages for seven days) a batch run over the bucket finds.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from pipeline.globs import Glob, has_glob, split_pattern
from pipeline.store import GCS, LONGEST_PAUSE_S, Found, StoreError

logger = logging.getLogger(__name__)

FINALIZE = "OBJECT_FINALIZE"
"""The event that means a new generation of an object; the others change or end one."""
PULLED = 1_000
"""Messages of one pull at most."""
MAX_UNACKED = 20_000
"""Messages in hand; more wait in Pub/Sub."""
EXTENDED_S = 600
"""How long a message in hand stays ours; it is asked for anew when half of it is over."""
ASKED_AT_ONCE = 1_000
"""Message ids in one request, which may have 512 KB."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Ignored(ValueError):  # noqa: N818 - it is no error
    """A message that is no arrival, with why: `kind` is irrelevant or malformed."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


def found_in(attributes: Mapping[str, str], data: bytes, matches: Callable[[str], bool]) -> Found:
    """The object that a notification tells of. Raises Ignored.

    Size and time come from the message's JSON (payload format JSON_API_V1), which is the object's resource.
    https://cloud.google.com/storage/docs/pubsub-notifications
    """
    event = attributes.get("eventType", "")
    if event and event != FINALIZE:
        raise Ignored("irrelevant", f"the event is {event}")
    try:
        resource = orjson.loads(data)
        bucket, name = str(resource["bucket"]), str(resource["name"])
        found = Found(
            f"{GCS}{bucket}/{name}",
            int(resource["generation"]),
            int(resource["size"]),
            (datetime.fromisoformat(resource["timeCreated"]) - _EPOCH) // timedelta(microseconds=1),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise Ignored(
            "malformed", f"no notification with payload format JSON_API_V1 ({type(error).__name__})"
        ) from error
    if not event:
        raise Ignored("malformed", "the message has no eventType")
    if name.endswith("/") or not matches(found.uri):
        raise Ignored("irrelevant", "the input's pattern does not match the object")
    return found


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether the uri of an object is among what a gs:// pattern finds.

    >>> matcher("gs://wires/in/*.json")("gs://wires/in/a.json"), matcher("gs://wires/in/")("gs://wires/out/a.json")
    (True, False)
    """
    bucket, _, path = pattern.removeprefix(GCS).partition("/")
    start = f"{GCS}{bucket}/"
    if has_glob(path) or path == "" or path.endswith("/"):
        base, rest = split_pattern(path)
        glob = Glob.of(rest or "**")
        return lambda uri: uri.startswith(start + base) and glob.matches(uri[len(start + base) :])
    return lambda uri: uri == start + path


class Listener(threading.Thread):
    """Pulls a subscription and puts what it tells of into `seen`; a message is acknowledged when its object is done.

    So a process that dies has taken nothing with it: what it had in hand comes again. `complete` says of an object that
    the log has its outcome.
    """

    def __init__(self, subscription: str, pattern: str, complete: Callable[[Found], bool]) -> None:
        super().__init__(name="listener", daemon=True)
        self.seen: queue.SimpleQueue[list[Found] | Exception] = queue.SimpleQueue()
        self.ignored = {"irrelevant": 0, "malformed": 0}
        self._subscription, self._matches, self._complete = subscription, matcher(pattern), complete
        self._in_hand: dict[Found, list[str]] = {}
        self._extend_at_s = 0.0

    def run(self) -> None:  # noqa: D102 - the thread's own
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import pubsub_v1  # type: ignore[attr-defined]

        pause_s = 1.0
        client = None
        while True:
            try:
                client = client or pubsub_v1.SubscriberClient()
                self._acknowledge(client)
                self._extend(client)
                if len(self._in_hand) < MAX_UNACKED:
                    self.seen.put(self._pull(client))
                else:
                    time.sleep(1)
                pause_s = 1.0
            except (GoogleAPICallError, RetryError, GoogleAuthError) as error:
                self.seen.put(
                    StoreError(f"{self._subscription}: Pub/Sub does not answer as it should: {_words(error)}.")
                )
                time.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            except Exception as error:  # the main thread raises it
                self.seen.put(error)
                return

    def _pull(self, client: Any) -> list[Found]:
        """One pull; gives objects that are not in hand yet."""
        from google.api_core.exceptions import DeadlineExceeded

        try:
            answer = client.pull(subscription=self._subscription, max_messages=PULLED, timeout=2.0, retry=None)
        except DeadlineExceeded:
            return []
        new, ended = [], []
        for received in answer.received_messages:
            try:
                found = found_in(received.message.attributes, received.message.data, self._matches)
            except Ignored as ignored:
                self.ignored[ignored.kind] += 1
                if ignored.kind == "malformed":
                    logger.warning("message %s is left out: %s", received.message.message_id, ignored)
                ended.append(received.ack_id)
                continue
            if found not in self._in_hand:
                new.append(found)
            self._in_hand.setdefault(found, []).append(received.ack_id)
        self._ask(client.acknowledge, ended)
        return new

    def _acknowledge(self, client: Any) -> None:
        """Tell Pub/Sub of the messages whose objects have their outcome."""
        done = [found for found in self._in_hand if self._complete(found)]
        self._ask(client.acknowledge, [ack_id for found in done for ack_id in self._in_hand[found]])
        for found in done:
            del self._in_hand[found]

    def _extend(self, client: Any) -> None:
        """Keep what is in hand from coming again while it is worked on."""
        if time.monotonic() < self._extend_at_s:
            return
        self._extend_at_s = time.monotonic() + EXTENDED_S / 2
        ids = [ack_id for ids in self._in_hand.values() for ack_id in ids]
        self._ask(client.modify_ack_deadline, ids, ack_deadline_seconds=EXTENDED_S)

    def _ask(self, method: Callable[..., Any], ids: list[str], **more: Any) -> None:
        for start in range(0, len(ids), ASKED_AT_ONCE):
            method(subscription=self._subscription, ack_ids=ids[start : start + ASKED_AT_ONCE], **more)


def _words(error: BaseException) -> str:
    words = str(getattr(error, "message", "") or error).strip().split("\n")[0]
    return words[:300] or type(error).__name__
