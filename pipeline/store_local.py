"""A folder as a store, and the files a pattern matches: durable and whole at every instant, whoever is killed when."""

import errno
import io
import itertools
import os
import platform
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from stat import S_ISREG
from typing import BinaryIO, TypeVar

from pipeline.globs import Glob, State, has_glob, split_pattern
from pipeline.store import Found, Gone, NotFound, Skipped, StoreError, Superseded, checked_name

TEMPORARY = ".tmp"
"""The folder below the root where files are written before they get their name."""
STRAY_SECONDS = 24 * 3600
"""A temporary file older than this was left by a process that died, and is removed."""
SWEPT_SECONDS = 60
"""A sweep takes those of other machines that are older than this: a write takes less."""
ATTEMPTS = 20
"""How often a write makes its folder again when somebody tidies it away at the same moment."""
BUFFER_BYTES = 1024 * 1024
SETTLED_S = 1.0
"""How long a file must have kept its mark to be whole; an object in a bucket is whole when it is there."""

T = TypeVar("T")
_counter = itertools.count()
_MACHINE = "".join(sign for sign in platform.node() if sign.isalnum()) or "machine"


@dataclass(frozen=True, slots=True)
class LocalStore:
    """A store in the folder `root`, an absolute path. It needs a filesystem with hard links, as nearly all have."""

    root: str

    @classmethod
    def at(cls, path: str) -> "LocalStore":
        """Open the folder at a path, relative to the current one; it need not exist yet."""
        return cls(os.path.abspath(os.path.expanduser(path)))

    def names(self, prefix: str = "", after: str = "") -> Iterator[str]:  # noqa: D102 - the protocol says it
        yield from _names(self.root, "", prefix, after)

    def read(self, name: str) -> bytes:  # noqa: D102
        with _said(self._path(name), NotFound), open(self._path(name), "rb") as file:
            return file.read()

    def put(self, name: str, data: bytes) -> None:  # noqa: D102
        path = self._path(name)
        with _said(path), self._written(data) as temporary:
            _in_folder(path, lambda: os.replace(temporary, path))
            _sync_folder(os.path.dirname(path))

    def create(self, name: str, data: bytes) -> bool:  # noqa: D102
        path = self._path(name)
        if os.path.lexists(path):
            return False
        with _said(path), self._written(data) as temporary:
            try:
                _in_folder(path, lambda: os.link(temporary, path))
            except FileExistsError:
                # On a network disk the answer to a link that did happen can get lost, and its retry finds our own file.
                if not os.path.samefile(temporary, path):
                    return False
            except OSError as error:
                if error.errno in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
                    raise StoreError(
                        f"{path}: this filesystem makes no hard links ({error.strerror}), and nothing else gives a log "
                        "entry to exactly one writer. Put the output on another disk or on a bucket."
                    ) from error
                raise
            _sync_folder(os.path.dirname(path))
            return True

    def publish(self, source: str, target: str) -> bool:  # noqa: D102
        start, place = self._path(source), self._path(target)
        with _said(place):
            try:
                with open(start, "rb") as file:
                    os.fsync(file.fileno())
                _in_folder(place, lambda: os.replace(start, place), source=start)
            except FileNotFoundError:
                return False
            _sync_folder(os.path.dirname(place))
            self._tidy(start)
            return True

    def delete(self, name: str) -> None:  # noqa: D102
        path = self._path(name)
        with _said(path), suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(path)
            self._tidy(path)

    def size(self, name: str) -> int | None:  # noqa: D102
        try:
            with _said(self._path(name), NotFound):
                return os.stat(self._path(name)).st_size
        except NotFound:
            return None

    def written_us(self, name: str) -> int | None:  # noqa: D102
        try:
            with _said(self._path(name), NotFound):
                return os.stat(self._path(name)).st_mtime_ns // 1000
        except NotFound:
            return None

    def sweep(self) -> None:  # noqa: D102
        _remove_strays(os.path.join(self.root, TEMPORARY), sweeping=True)

    def open(self, name: str) -> BinaryIO:  # noqa: D102
        with _said(self._path(name), NotFound):
            return open(self._path(name), "rb", buffering=BUFFER_BYTES)

    def _path(self, name: str) -> str:
        return os.path.join(self.root, *checked_name(name).split("/"))

    @contextmanager
    def _written(self, data: bytes) -> Iterator[str]:
        """A complete file on the disk under a name nobody else has, gone again at the end if it still has it."""
        folder = os.path.join(self.root, TEMPORARY)
        count = next(_counter)
        path = os.path.join(folder, f"{os.getpid()}@{_MACHINE}-{count}-{os.urandom(8).hex()}")
        if count == 0:
            _remove_strays(folder)
        _in_folder(path, lambda: _write(path, data))
        try:
            yield path
        finally:
            with suppress(FileNotFoundError):
                os.unlink(path)

    def _tidy(self, path: str) -> None:
        """Make the loss of a file durable, and remove the folders it leaves empty."""
        folder = os.path.dirname(path)
        _sync_folder(folder)
        while len(folder) > len(self.root):
            try:
                os.rmdir(folder)
            except OSError:
                return
            folder = os.path.dirname(folder)


def find_files(pattern: str, skipped: Skipped, passed: Callable[[str], bool] | None = None) -> Iterator[Found]:
    """Find the files a pattern matches; see `store.find`. Paths that are `passed` are not looked at any further."""
    absolute = os.path.join(os.getcwd(), os.path.expanduser(pattern))
    literal = os.path.normpath(absolute)
    if os.path.isdir(literal):
        base, rest = f"{literal.rstrip('/')}/", "**"
    elif not has_glob(absolute):
        yield from _as_found(literal, literal, skipped)
        return
    else:
        base, rest = split_pattern(absolute)
        base = f"{os.path.normpath(base).rstrip('/')}/"
    glob = Glob.of(rest, hidden=False)
    inside = os.path.join(os.path.realpath(base), "")
    last = literal if os.path.isfile(literal) else None
    for path in _walk(base, glob, glob.start(), inside, skipped, passed):
        if last is not None and last <= path:
            yield from _as_found(last, last, skipped)
            if last == path:
                last = None
                continue
            last = None
        yield from _as_found(path, path, skipped)
    if last is not None:
        yield from _as_found(last, last, skipped)


def found_version(uri: str, generation: int) -> Found | None:
    """A file if it is still as it was; see `store.find_version`."""
    found = next(_as_found(_path_of(uri), _path_of(uri), lambda _uri, _reason: None), None)
    return found if found is not None and found.generation == generation else None


Mark = tuple[int, int, int, int]
"""What tells one content of a file from another, without reading it: mtime and ctime in ns, size in bytes, inode."""


def mark_of(uri: str) -> Mark | None:
    """The mark of a found file as it is now, None where it is no file any more."""
    try:
        with _said(uri, NotFound):
            status = os.stat(_path_of(uri))
    except NotFound:
        return None
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def open_found(found: Found) -> BinaryIO:
    """Open a found file; see `store.open_object`."""
    path = _path_of(found.uri)
    with _said(found.uri, Gone):
        raw = _PinnedFile(path, found)
    return io.BufferedReader(raw, BUFFER_BYTES)


class _PinnedFile(io.FileIO):
    """A file that refuses to give bytes of any version but the one that was found."""

    def __init__(self, path: str, found: Found) -> None:
        super().__init__(path, "rb")
        self._found = found
        try:
            self._check()
        except Superseded:
            self.close()
            raise

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = super().readinto(buffer)
        self._check()
        return count or 0

    def readall(self) -> bytes:
        data = super().readall()
        self._check()
        return data or b""

    def _check(self) -> None:
        status = os.fstat(self.fileno())
        if (status.st_mtime_ns, status.st_size) != (self._found.generation, self._found.size_bytes):
            raise Superseded(f"{self._found.uri}: the file was changed after it was found.")


def _names(root: str, below: str, prefix: str, after: str) -> Iterator[str]:
    with _said(root):
        entries = _listed(os.path.join(root, below))
    for key, _ in entries:
        name = f"{below}{key}"
        if key.endswith("/"):
            reaches = name.startswith(prefix) or prefix.startswith(name)
            passes = name > after or after.startswith(name)
            if reaches and passes and not (below == "" and key == f"{TEMPORARY}/"):
                yield from _names(root, name, prefix, after)
        elif name.startswith(prefix) and name > after:
            yield name


def _listed(folder: str, passed: Callable[[str], bool] | None = None) -> list[tuple[str, bool]]:
    """List a folder in the order of full names: folders with a "/" at the end, each with whether it is a link."""
    try:
        with os.scandir(folder) as scanned:
            entries = (e for e in scanned if not passed(e.path)) if passed else scanned
            return sorted((f"{e.name}/" if e.is_dir() else e.name, e.is_symlink()) for e in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _walk(
    base: str, glob: Glob, state: State, inside: str, skipped: Skipped, passed: Callable[[str], bool] | None
) -> Iterator[str]:
    with _said(base):
        entries = _listed(base, passed)
    for key, is_link in entries:
        path = f"{base}{key}"
        name = key.rstrip("/")
        if key.endswith("/"):
            deeper = glob.enter(state, name)
            if not deeper:
                continue
            if is_link and (glob.roams(state) or not _leads_inside(path, inside)):
                skipped(path, "a symlink to a folder, which ** does not follow and * only within its own folder")
                continue
            yield from _walk(path, glob, deeper, inside, skipped, passed)
        elif glob.accepts(state, name):
            if is_link and not _leads_inside(path, inside):
                skipped(path, "a symlink that leads out of the folder the pattern names")
                continue
            yield path


def _leads_inside(path: str, inside: str) -> bool:
    return os.path.join(os.path.realpath(path), "").startswith(inside)


def _as_found(path: str, name: str, skipped: Skipped) -> Iterator[Found]:
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(path):
            skipped(name, "a symlink that leads nowhere")
        return
    except OSError as error:
        raise _in_words(path, error) from error
    if not S_ISREG(status.st_mode):
        skipped(name, "not a regular file")
        return
    yield Found(_uri_of(name), status.st_mtime_ns, status.st_size, status.st_mtime_ns // 1000)


def _uri_of(path: str) -> str:
    try:
        path.encode()
    except UnicodeEncodeError:
        return f"file://{urllib.parse.quote(os.fsencode(path))}"
    return path


def _path_of(uri: str) -> str:
    return os.fsdecode(urllib.parse.unquote_to_bytes(uri.removeprefix("file://"))) if uri.startswith("file://") else uri


def _write(path: str, data: bytes) -> None:
    with open(path, "xb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())


def _in_folder(path: str, act: Callable[[], T], source: str | None = None) -> T:
    """Act on a path whose folder may be missing, or may be tidied away by another process while we make it."""
    for _ in range(ATTEMPTS):
        try:
            return act()
        except FileNotFoundError:
            if source is not None and not os.path.lexists(source):
                raise
            _make_folder(os.path.dirname(path))
    return act()


def _make_folder(path: str) -> None:
    with suppress(FileExistsError):
        parent = os.path.dirname(path)
        if not os.path.isdir(parent):
            _make_folder(parent)
        with suppress(FileNotFoundError):
            os.mkdir(path)
            _sync_folder(parent)


def _sync_folder(path: str) -> None:
    """Make the names in a folder durable. Where folders can't be opened or synced, the filesystem sees to it itself."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        return
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def _remove_strays(folder: str, *, sweeping: bool = False) -> None:
    """Remove what is a day old; sweeping, also what no process of this machine is writing, or of another any more."""
    now = time.time()
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError, IsADirectoryError, PermissionError):
                age_s = now - entry.stat(follow_symlinks=False).st_mtime
                if age_s > STRAY_SECONDS or (sweeping and _left(entry.name, age_s)):
                    os.unlink(entry.path)


def _left(name: str, age_s: float) -> bool:
    """Whether the process that was writing a temporary file is gone."""
    process, _, rest = name.partition("@")
    if not rest.startswith(f"{_MACHINE}-") or not process.isdecimal():
        return age_s > SWEPT_SECONDS
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def _said(path: str, missing: type[StoreError] = StoreError) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing(f"{path}: there is no such file.") from error
    except IsADirectoryError as error:
        raise missing(f"{path}: this is a folder, not a file.") from error
    except OSError as error:
        raise _in_words(path, error) from error


def _in_words(path: str, error: OSError) -> StoreError:
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return StoreError(
                f"{path}: permission denied. Give this user the right to read (input) or write (output) it."
            )
        case errno.ENOSPC | errno.EDQUOT:
            return StoreError(f"{path}: the disk is full. Nothing half-written is left; make room and start again.")
        case errno.EROFS:
            return StoreError(f"{path}: the disk is mounted read-only.")
        case errno.ENAMETOOLONG:
            return StoreError(f"{path}: the name is too long for this disk.")
        case _:
            return StoreError(f"{path}: {error.strerror or error}.")
