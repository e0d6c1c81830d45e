"""A notification becomes the object it tells of, and nothing else does: no change of metadata, no broken message."""

import json
import string
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import store_gcs
from pipeline.notifications import FINALIZE, Ignored, found_in, matcher
from pipeline.store import Found, find

RESOURCE = {
    "bucket": "wires",
    "name": "in/2018/a b ü.json",
    "generation": "1522281600123456",
    "size": "2048",
    "timeCreated": "2018-03-29T00:00:00.123Z",
    "updated": "2019-01-01T00:00:00Z",
}
ATTRIBUTES = {"eventType": FINALIZE, "payloadFormat": "JSON_API_V1", "bucketId": "wires"}


def everything(uri: str) -> bool:
    return True


def told(attributes: dict[str, str] | None = None, **changed: Any) -> Found:
    resource = {name: value for name, value in {**RESOURCE, **changed}.items() if value is not None}
    return found_in(ATTRIBUTES if attributes is None else attributes, json.dumps(resource).encode(), everything)


def test_the_object_is_that_of_a_listing() -> None:
    assert told() == Found("gs://wires/in/2018/a b ü.json", 1522281600123456, 2048, 1522281600123000)


@pytest.mark.parametrize("event", ["OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE", "NEW_ONE"])
def test_other_events_are_irrelevant_whatever_they_carry(event: str) -> None:
    for data in (json.dumps(RESOURCE).encode(), b""):
        with pytest.raises(Ignored) as ignored:
            found_in({**ATTRIBUTES, "eventType": event}, data, everything)
        assert ignored.value.kind == "irrelevant"


@pytest.mark.parametrize(
    "changed",
    [{"bucket": None}, {"generation": "x"}, {"size": None}, {"timeCreated": "yesterday"}, {"generation": []}],
)
def test_a_broken_message_is_malformed(changed: dict[str, Any]) -> None:
    with pytest.raises(Ignored) as ignored:
        told(**changed)
    assert ignored.value.kind == "malformed"


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
def test_no_message_raises_anything_else(data: bytes, attributes: dict[str, str]) -> None:
    for given_attributes in (attributes, ATTRIBUTES):
        with pytest.raises(Ignored):
            found_in(given_attributes, data, everything)


def test_a_message_that_no_bucket_sent_is_malformed() -> None:
    with pytest.raises(Ignored) as ignored:
        told({})
    assert ignored.value.kind == "malformed"


def test_folder_markers_and_objects_beside_the_pattern_are_irrelevant() -> None:
    for name in ("in/", "out/a.json"):
        with pytest.raises(Ignored) as ignored:
            found_in(ATTRIBUTES, json.dumps({**RESOURCE, "name": name}).encode(), matcher("gs://wires/in/**"))
        assert ignored.value.kind == "irrelevant"


@given(
    names=st.sets(st.text(alphabet="ab/.*[" + string.digits[:1], min_size=1, max_size=6), min_size=1, max_size=4),
    pattern=st.sampled_from(["", "*", "**", "a/", "a", "a/*", "**/b", "[ab]*", "a?b", "a/**.b", "*.b"]),
)
def test_a_pattern_matches_a_message_exactly_where_it_lists_the_object(names: set[str], pattern: str) -> None:
    class Blob:
        def __init__(self, name: str) -> None:
            self.name, self.generation, self.size, self.time_created, self.updated = name, 1, 1, store_gcs._EPOCH, None

    def listed(bucket: str, prefix: str, **options: Any) -> list[Blob]:
        return [Blob(name) for name in sorted(names) if name.startswith(prefix)]

    with mock.patch.object(store_gcs, "_list", listed):
        listing = {found.uri for found in find(f"gs://wires/{pattern}", lambda *_: None)}
    matches = matcher(f"gs://wires/{pattern}")
    assert {uri for name in names if matches(uri := f"gs://wires/{name}") and not name.endswith("/")} == listing
