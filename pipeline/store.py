"""Files and objects as the pipeline needs them: one small interface over a local folder and a gs:// prefix.

Errors: `StoreError` is the root, with words a person can act on; below it `NotFound` (no such name), `Gone` (a found
object that is no longer there) and `Superseded` (a found object that has another version now).
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

GCS = "gs://"
LONGEST_PAUSE_S = 60.0
"""Pause between two tries while storage fails; the first is a second."""

log = logging.getLogger(__name__)


class StoreError(Exception):
    """Storage refused or failed, after the retries that make sense. The message says what to do."""


class NotFound(StoreError):  # noqa: N818 - read as words: except NotFound
    """The store has nothing under this name."""


class Gone(StoreError):  # noqa: N818
    """The object was found before and is not there any more."""


class Superseded(StoreError):  # noqa: N818
    """The object was found before and has been replaced or changed since."""


@dataclass(frozen=True, slots=True)
class Found:
    """One input object at one version.

    uri: gs://bucket/name or a plain absolute path (file:///… with %XX for a file name that is no Unicode).
    generation: the object's generation; for a file its mtime in ns.
    size_bytes: as stored, compressed or not.
    updated_us: when this version was written, µs since 1970 UTC. On a bucket that is the creation time of the
        generation, which a later change of metadata or storage class leaves alone; for a file its mtime.
    """

    uri: str
    generation: int
    size_bytes: int
    updated_us: int


Skipped = Callable[[str, str], None]
"""Told the uri and the reason, in words, of what a pattern matches but is no object."""


class Store(Protocol):
    """A folder or prefix, written by many processes at once.

    Names are relative to the root, separated by "/", any Unicode otherwise. Every write is durable and whole when its
    call returns, and not visible before. Stores can be pickled.
    """

    def names(self, prefix: str = "", after: str = "") -> Iterator[str]:
        """Names that begin with `prefix` and sort after `after`, sorted by code points, at any depth."""
        ...

    def read(self, name: str) -> bytes:
        """Return the whole content. Raises NotFound."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Write `data` whole or not at all, in place of what was there."""
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Write `data` only if nobody has the name; of all callers ever exactly one gets True.

        On a bucket a caller whose very bytes are there already gets True too (a retry of an upload that did arrive), so
        callers that may race must not write equal bytes.
        """
        ...

    def publish(self, source: str, target: str) -> bool:
        """Move a staged object to its place, in place of what was there. False if the source is gone: it was done."""
        ...

    def delete(self, name: str) -> None:
        """Remove the object; an absent one is fine."""
        ...

    def size(self, name: str) -> int | None:
        """Size in bytes, or None where there is nothing."""
        ...

    def written_us(self, name: str) -> int | None:
        """When the object was written, µs since 1970 UTC by the storage's clock, or None where there is nothing."""
        ...

    def sweep(self) -> None:
        """Remove what writers that died have left half written, beside all names."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a seekable stream for reading. Raises NotFound."""
        ...


def open_store(prefix: str) -> Store:
    """Open the folder or the gs:// prefix as a store; it need not exist yet."""
    if is_gcs(prefix):
        from pipeline.store_gcs import GcsStore

        return GcsStore.at(prefix)
    from pipeline.store_local import LocalStore

    return LocalStore.at(_local(prefix))


def find(pattern: str, skipped: Skipped | None = None, passed: Callable[[str], bool] | None = None) -> Iterator[Found]:
    """Find the objects that a pattern matches, sorted by uri.

    `*` and `?` stay within one path component, `[abc]` and `[!abc]` match one character, `**` crosses components. An
    object whose name is the pattern itself is found too, whatever characters it has. A folder, or a gs:// name ending
    in "/", stands for everything beneath it. Left out, with the reason told to `skipped` (logged by default): folder
    markers, files that are no regular files, symlinks that lead out of the folder the pattern names. On a disk names
    that begin with a dot need a pattern that does. Files whose path is `passed` are left out without a further look,
    which makes a folder of many known files cheap to list; on a bucket it has no effect.
    """
    tell = skipped or _log_skipped
    if is_gcs(pattern):
        from pipeline.store_gcs import find_objects

        return find_objects(pattern, tell)
    from pipeline.store_local import find_files

    return find_files(_local(pattern), tell, passed)


def open_object(found: Found) -> BinaryIO:
    """Open a found object as a seekable stream of its stored bytes, never decompressed on the way.

    Raises Gone or Superseded, on opening or at any read, if this very version can't be read any more.
    """
    if is_gcs(found.uri):
        from pipeline.store_gcs import open_found

        return open_found(found)
    from pipeline.store_local import open_found as open_file

    return open_file(found)


def read_file(path: str) -> bytes:
    """Content of one file that a flag names, local or gs://. Raises OSError or StoreError."""
    if is_gcs(path):
        folder, _, name = path.rpartition("/")
        return open_store(folder).read(name)
    with open(path, "rb") as file:
        return file.read()


def find_version(uri: str, generation: int) -> Found | None:
    """One version of an object, None where it can't be read any more."""
    if is_gcs(uri):
        from pipeline.store_gcs import found_version

        return found_version(uri, generation)
    from pipeline.store_local import found_version as found_file

    return found_file(uri, generation)


def still_there(uri: str, generation: int) -> bool:
    """Whether this very version of an object can still be read."""
    if is_gcs(uri):
        from pipeline.store_gcs import generation_of

        return generation_of(uri) == generation
    from pipeline.store_local import mark_of

    mark = mark_of(uri)
    return mark is not None and mark[0] == generation


def is_gcs(uri: str) -> bool:
    """Whether the uri names a bucket.

    >>> is_gcs("gs://wires/in/*.json"), is_gcs("/srv/wires")
    (True, False)
    """
    return uri.startswith(GCS)


def checked_name(name: str) -> str:
    """Return a store's name if it stays below the root, else raise ValueError.

    >>> checked_name("articles/date=2018-03-29/0-7.parquet")
    'articles/date=2018-03-29/0-7.parquet'
    """
    if "\0" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError(f"{name!r} is no name of a stored object")
    return name


def _local(path: str) -> str:
    scheme, colon, _ = path.partition("://")
    if colon and scheme.isalnum():
        raise StoreError(f"{path}: only local paths and gs:// are read and written, not {scheme}://.")
    return path


def _log_skipped(uri: str, reason: str) -> None:
    log.warning("skipped %s: %s", uri, reason)
