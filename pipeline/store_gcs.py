"""A gs:// prefix as a store, and the objects a pattern matches: by generation, with conditional creation."""

import functools
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud import storage  # type: ignore[attr-defined,import-untyped]
from google.cloud.storage.exceptions import DataCorruption  # type: ignore[import-untyped]
from google.cloud.storage.retry import DEFAULT_RETRY  # type: ignore[import-untyped]

from pipeline.credentials import EMULATOR, google_credentials
from pipeline.globs import Glob, has_glob, split_pattern
from pipeline.store import GCS, Found, Gone, NotFound, Skipped, StoreError, Superseded, checked_name

READ_BYTES = 8 * 1024 * 1024
"""How much of an object one request reads at most while it is streamed."""
SEEK_BYTES = 256 * 1024
"""How much one request reads at least where a reader seeks, as for the footer of a Parquet file."""
RANGE_TRIES = 5
"""Requests for one range: an answer that ends early is followed by one for what it lacks."""
LISTED = "items(name,generation,size,timeCreated,updated),nextPageToken"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_clients_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class GcsStore:
    """A store below gs://`bucket`/`root`, where `root` is empty or ends in "/"."""

    bucket: str
    root: str

    @classmethod
    def at(cls, prefix: str) -> "GcsStore":
        """Open a gs:// prefix."""
        bucket, path = _split(prefix)
        path = path.strip("/")
        return cls(bucket, f"{path}/" if path else "")

    def names(self, prefix: str = "", after: str = "") -> Iterator[str]:  # noqa: D102 - the protocol says it
        start = f"{self.root}{after}" if after else None
        for blob in _list(self.bucket, f"{self.root}{prefix}", start_offset=start):
            name = blob.name[len(self.root) :]
            if name > after and not name.endswith("/"):
                yield name

    def read(self, name: str) -> bytes:  # noqa: D102
        with _said(self._uri(name), "storage.objects.get", NotFound):
            return bytes(self._blob(name).download_as_bytes(raw_download=True, retry=DEFAULT_RETRY))

    def put(self, name: str, data: bytes) -> None:  # noqa: D102
        with _said(self._uri(name), "storage.objects.create and storage.objects.delete"):
            self._blob(name).upload_from_string(data, "application/octet-stream", retry=DEFAULT_RETRY)

    def create(self, name: str, data: bytes) -> bool:  # noqa: D102
        try:
            with _said(self._uri(name), "storage.objects.create"):
                self._blob(name).upload_from_string(
                    data, "application/octet-stream", if_generation_match=0, retry=DEFAULT_RETRY
                )
                return True
        except _Refused:
            # A first try may have arrived with its answer lost; then the refused retry finds our own bytes.
            return self.read(name) == data

    def publish(self, source: str, target: str) -> bool:  # noqa: D102
        start, place = self._blob(source), self._blob(target)
        with _said(self._uri(target), "storage.objects.get, .create and .delete"):
            try:
                token, _, _ = place.rewrite(start, retry=DEFAULT_RETRY)
                while token is not None:
                    token, _, _ = place.rewrite(start, token=token, retry=DEFAULT_RETRY)
            except api.NotFound:
                return False
        self.delete(source)
        return True

    def delete(self, name: str) -> None:  # noqa: D102
        with _said(self._uri(name), "storage.objects.delete"):
            try:
                self._blob(name).delete(retry=DEFAULT_RETRY)
            except api.NotFound:
                return

    def size(self, name: str) -> int | None:  # noqa: D102
        with _said(self._uri(name), "storage.objects.get"):
            blob = _client().bucket(self.bucket).get_blob(f"{self.root}{checked_name(name)}")
            return None if blob is None else int(blob.size)

    def written_us(self, name: str) -> int | None:  # noqa: D102
        with _said(self._uri(name), "storage.objects.get"):
            blob = _client().bucket(self.bucket).get_blob(f"{self.root}{checked_name(name)}")
            return None if blob is None else ((blob.time_created or blob.updated) - _EPOCH) // timedelta(microseconds=1)

    def sweep(self) -> None:
        """Nothing to do: an upload that did not end is kept by nobody."""

    def open(self, name: str) -> BinaryIO:  # noqa: D102
        with _said(self._uri(name), "storage.objects.get", NotFound):
            blob = self._blob(name)
            blob.reload(retry=DEFAULT_RETRY)
        found = Found(self._uri(name), int(blob.generation), int(blob.size), 0)
        return io.BufferedReader(_ObjectStream(found), SEEK_BYTES)

    def _uri(self, name: str) -> str:
        return f"{GCS}{self.bucket}/{self.root}{name}"

    def _blob(self, name: str) -> storage.Blob:
        return _client().bucket(self.bucket).blob(f"{self.root}{checked_name(name)}")


def find_objects(pattern: str, skipped: Skipped) -> Iterator[Found]:
    """Find the objects a gs:// pattern matches; see `store.find`."""
    bucket, path = _split(pattern)
    if has_glob(path) or path == "" or path.endswith("/"):
        base, rest = split_pattern(path)
        glob = Glob.of(rest or "**")
        fixed = path[: next((at for at, mark in enumerate(path) if mark in "*?["), len(path))]
        # Without ** or a further "/" only the base's own children count, and a deep tree below need not be listed.
        delimiter = "/" if rest and "/" not in rest and "**" not in rest else None
    else:
        base, glob, fixed, delimiter = "", None, path, "/"
    for blob in _list(bucket, fixed, delimiter=delimiter):
        if blob.name != path and not (glob and glob.matches(blob.name[len(base) :])):
            continue
        uri = f"{GCS}{bucket}/{blob.name}"
        if blob.name.endswith("/"):
            skipped(uri, "a folder marker")
            continue
        yield _as_found(uri, blob)


def generation_of(uri: str) -> int | None:
    """The generation that an object has now, None where there is none."""
    bucket, name = _split(uri)
    with _said(uri, "storage.objects.get"):
        blob = _client().bucket(bucket).get_blob(name, retry=DEFAULT_RETRY)
    return None if blob is None else int(blob.generation)


def found_version(uri: str, generation: int) -> Found | None:
    """A version of an object, newest or kept by the bucket; see `store.find_version`."""
    bucket, name = _split(uri)
    with _said(uri, "storage.objects.get"):
        blob = _client().bucket(bucket).get_blob(name, generation=generation, retry=DEFAULT_RETRY)
    return None if blob is None else _as_found(uri, blob)


def _as_found(uri: str, blob: storage.Blob) -> Found:
    written = (blob.time_created or blob.updated) - _EPOCH
    return Found(uri, int(blob.generation), int(blob.size), written // timedelta(microseconds=1))


def open_found(found: Found) -> BinaryIO:
    """Open a found object; see `store.open_object`."""
    stream = _ObjectStream(found)
    stream.fill()
    return io.BufferedReader(stream, READ_BYTES)


class _ObjectStream(io.RawIOBase):
    """The stored bytes of one generation of an object, read by ranges."""

    def __init__(self, found: Found) -> None:
        super().__init__()
        bucket, name = _split(found.uri)
        self._found = found
        self._blob = _client().bucket(bucket).blob(name, generation=found.generation)
        self._at = 0
        self._first: bytes | None = None

    def fill(self) -> None:
        """Read the first range, so that an object that can't be read is known on opening."""
        self._first = self._range(0, READ_BYTES)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._found.size_bytes}[whence]
        if start + offset < 0:
            raise ValueError(f"no offset {offset} before the start")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._first is not None and self._at == 0 and len(buffer) >= len(self._first):
            data = self._first
        else:
            data = self._range(self._at, len(buffer))
        self._first = None
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _range(self, start: int, size_bytes: int) -> bytes:
        end = min(start + size_bytes, self._found.size_bytes)
        if start >= end:
            return b""
        data = b""
        for _ in range(RANGE_TRIES):
            data += self._asked(start + len(data), end)
            if len(data) >= end - start:
                break
        if len(data) != end - start:
            raise self._missing(f"{len(data)} bytes came where {end - start} were asked for")
        return data

    def _asked(self, start: int, end: int) -> bytes:
        """What one request for a range gives, which may be less."""
        with _said(self._found.uri, "storage.objects.get"):
            try:
                return bytes(
                    self._blob.download_as_bytes(
                        start=start, end=end - 1, raw_download=True, checksum=None, retry=DEFAULT_RETRY
                    )
                )
            except (api.NotFound, api.RequestRangeNotSatisfiable) as error:
                raise self._missing() from error

    def _missing(self, detail: str = "") -> StoreError:
        with _said(self._found.uri, "storage.objects.get"):
            now = self._blob.bucket.get_blob(self._blob.name, retry=DEFAULT_RETRY)
        if now is None:
            return Gone(f"{self._found.uri}: the object was deleted after it was found.")
        if int(now.generation) != self._found.generation:
            return Superseded(f"{self._found.uri}: a newer version replaced this one after it was found.")
        return StoreError(f"{self._found.uri}: the object can't be read. {detail}")


class _Refused(StoreError):  # noqa: N818
    """A precondition did not hold."""


def _list(bucket: str, prefix: str, **options: Any) -> Iterator[storage.Blob]:
    with _said(f"{GCS}{bucket}", "storage.objects.list"):
        yield from _client().list_blobs(
            bucket, prefix=prefix or None, fields=LISTED, page_size=1000, retry=DEFAULT_RETRY, **options
        )


def _split(uri: str) -> tuple[str, str]:
    bucket, _, path = uri.removeprefix(GCS).partition("/")
    if not bucket or has_glob(bucket):
        raise StoreError(f"{uri}: name one bucket, as in gs://BUCKET/…; a bucket's name has no wildcards.")
    return bucket, path


def _client() -> storage.Client:
    """One client a process and endpoint: connections must not cross a fork."""
    with _clients_lock:
        return _client_of(os.getpid(), os.environ.get(EMULATOR, ""))


@functools.lru_cache(maxsize=4)
def _client_of(pid: int, endpoint: str) -> storage.Client:  # noqa: ARG001 - they are the key of the cache
    credentials = google_credentials()
    if credentials is None:
        return storage.Client.create_anonymous_client()
    return storage.Client(project=os.environ.get("GOOGLE_CLOUD_PROJECT", "none"), credentials=credentials)


@contextmanager
def _said(uri: str, permission: str, missing: type[StoreError] = StoreError) -> Iterator[None]:
    """Turn the client's errors into ours, in words."""
    try:
        yield
    except api.PreconditionFailed as error:
        raise _Refused(f"{uri}: somebody else has written it.") from error
    except api.NotFound as error:
        raise missing(f"{uri}: there is no such object or bucket.") from error
    except (api.Forbidden, api.Unauthorized) as error:
        raise StoreError(
            f"{uri}: access refused ({_words(error)}). Whoever runs this needs {permission}: grant "
            "roles/storage.objectViewer on an input bucket, roles/storage.objectUser on the output bucket, and on both "
            "storage.buckets.get (roles/storage.legacyBucketReader), which Beam asks for."
        ) from error
    except (auth.RefreshError, auth.TransportError) as error:
        raise StoreError(
            f"{uri}: no valid credentials ({_words(error)}). Run `gcloud auth application-default login`, or give the "
            "machine a service account."
        ) from error
    except (api.GoogleAPICallError, api.RetryError, requests.RequestException, DataCorruption, OSError) as error:
        raise StoreError(
            f"{uri}: Cloud Storage did not answer as it should, after retries: {_words(error)}."
        ) from error


def _words(error: BaseException) -> str:
    """The message of an error without the address of its request, which can hold a signature."""
    words = str(getattr(error, "message", "") or error).split("?")[0].strip()
    return " ".join(words.split())[:300] or type(error).__name__
