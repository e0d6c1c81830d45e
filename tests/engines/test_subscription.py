"""`--subscription` on this machine: messages lost, doubled, out of order, broken or of something else; objects deleted.

The Pub/Sub server is Google's own in-memory one, the bucket fake-gcs-server; the publisher does the damage.
"""

import json
import random
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

OBJECTS = 40
LOST, DELETED = {7, 8}, {11, 12}
SEED = 20180329


def resource_of(blob: Any) -> bytes:
    blob.reload()
    resource = {
        "bucket": blob.bucket.name,
        "name": blob.name,
        "generation": str(blob.generation),
        "size": str(blob.size),
        "timeCreated": blob.time_created.isoformat(),
    }
    return json.dumps(resource).encode()


def test_every_article_comes_once_whatever_the_publisher_does(
    pubsub: Any, strict_emulator: Any, tools: SimpleNamespace, stream: Any, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    chance = random.Random(SEED)
    messages: list[tuple[bytes, dict[str, str]]] = []
    for number in range(OBJECTS):
        blob = strict_emulator.blob(f"in/{number:03d}.json")
        blob.upload_from_string(tools.article(number))
        data = resource_of(blob)
        if number not in LOST:
            for event in ("OBJECT_FINALIZE", "OBJECT_METADATA_UPDATE"):
                messages += [(data, {"eventType": event})] * chance.randint(1, 3)
    for name in ("elsewhere/a.json", "in/folder/"):
        blob = strict_emulator.blob(name)
        blob.upload_from_string(b"no article of ours")
        messages.append((resource_of(blob), {"eventType": "OBJECT_FINALIZE"}))
    messages += [(b"", {}), (b"{", {"eventType": "OBJECT_FINALIZE"}), (b"\xff", {"x": "y"})]
    for number in DELETED:
        messages.append((b"{}", {"eventType": "OBJECT_DELETE", "objectId": f"in/{number:03d}.json"}))
        strict_emulator.blob(f"in/{number:03d}.json").delete()
    chance.shuffle(messages)
    sent = [pubsub.publisher.publish(pubsub.topic, data, **attributes) for data, attributes in messages]
    for one in sent:
        one.result()

    given = ("--input", f"{strict_emulator.root}/in/**", "--output", output)
    job = stream(*given, "--subscription", pubsub.subscription, "--workers", "1")
    arrived = OBJECTS - len(LOST) - len(DELETED)
    assert tools.wait_for(lambda: len(tools.uris(output)) >= arrived // 2, 120), job.said()[-4000:]
    job.kill()  # what it had in hand is not acknowledged, so it comes again after the deadline

    job = stream(*given, "--subscription", pubsub.subscription, "--workers", "1")
    late = strict_emulator.blob("in/late.json")
    late.upload_from_string(tools.article(OBJECTS))
    pubsub.publisher.publish(pubsub.topic, resource_of(late), eventType="OBJECT_FINALIZE").result()
    assert tools.wait_for(lambda: len(tools.uris(output)) > arrived, 120), job.said()[-4000:]
    assert tools.wait_for(lambda: len(tools.tables(output)["failures"]) == len(DELETED), 60), job.said()[-4000:]
    time.sleep(3)
    rows = tools.tables(output)
    names = [uri.rsplit("/", 1)[1] for uri in tools.uris(output)]
    there = [number for number in range(OBJECTS) if number not in LOST | DELETED]
    assert names == [f"{number:03d}.json" for number in there] + ["late.json"]
    assert {(row["reason"], row["source_uri"][-8:]) for row in rows["failures"]} == {
        ("gone", f"{number:03d}.json") for number in DELETED
    }
    assert job.stop() == 0
    left = pubsub.subscriber.pull(subscription=pubsub.subscription, max_messages=10, timeout=5, return_immediately=True)
    assert not left.received_messages, "everything was acknowledged"

    tools.run(*given)
    assert len(tools.uris(output)) == OBJECTS + 1 - len(DELETED), "a batch run finds what no message told of"
