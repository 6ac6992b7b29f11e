"""Bytes that may be large: in memory, in a temporary file, or in a file of the user's."""

from __future__ import annotations

import hashlib
import io
import operator
import os
import secrets
import stat
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from attrs import define, field, frozen

from limner._sniff import ImageInfo, sniff
from limner.errors import BadInputError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEP = 1 << 16
_UNKNOWN: Final = ImageInfo("")


def human_size(size: int) -> str:
    """A number of bytes for people, in powers of 1000: ``"1.2 MB"``."""
    if size < 1000:  # noqa: PLR2004 - the first power
        return f"{size} B"
    # 999,950 bytes would print as 1000.0 kB.
    power = next((power for power in (1, 2) if size < 999.95 * 1000**power), 3)
    return f"{size / 1000**power:.1f} {'kMG'[power - 1]}B"


class Blob:
    """Immutable bytes, wherever they are kept.

    Equal blobs hold equal bytes. A blob pickles as its bytes, copies as itself, and never prints what it holds.

    Args:
        data: The bytes.
    """

    __slots__ = ("__weakref__", "_data", "_file", "_info", "_sha256", "_size")

    _file: _Temporary | _UserFile | None

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        # Through a view, so that a number is an error and not as many zeros.
        self._data = data if type(data) is bytes else bytes(memoryview(data))
        self._file = None
        self._size = len(self._data)
        self._sha256 = ""
        self._info: ImageInfo | None = _UNKNOWN

    @classmethod
    def of(cls, data: bytes | Blob) -> Blob:
        """A blob of these bytes; a blob is itself."""
        return data if isinstance(data, Blob) else cls(data)

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Self:
        """A blob of a user's file, read when asked for and never copied or deleted.

        Raises:
            BadInputError: It is not a regular file; when read later, also if it has changed since.
            OSError: There is no such file, or it may not be read.
        """
        return cls._in(_UserFile.of(path))

    @classmethod
    def _in(cls, file: _Temporary | _UserFile) -> Self:
        blob = cls(b"")
        blob._file = file
        blob._size = file.size
        return blob

    @property
    def path(self) -> Path | None:
        """The user's file that holds the bytes; ``None`` where they are in memory, or in a file that goes with them."""
        return self._file.path if isinstance(self._file, _UserFile) else None

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self._size

    def move_to(self, path: Path) -> bool:
        """Give bytes of a temporary file a lasting place, without copying them: the file becomes the user's.

        Args:
            path: In the folder in which the temporary file is; a file that is there is replaced.

        Returns:
            Whether it was done; bytes that are kept elsewhere stay where they are.

        Raises:
            OSError: It could not be; the bytes stay where they are.
        """
        file = self._file
        if not isinstance(file, _Temporary) or Path(file.path).parent != path.parent:
            return False
        self.rest_on(path, file.move_to(path))
        return True

    def is_at(self, path: Path) -> bool:
        """Whether a file of the user's holds the same bytes, which are then read from there."""
        with suppress(OSError, BadInputError):
            there = Blob.from_path(path)
            if not path.is_symlink() and there == self:
                self._file, self._data = there._file, b""  # noqa: SLF001 - same class
                return True
        return False

    def rest_on(self, path: Path, written: os.stat_result) -> None:
        """From now on read the bytes from a file of the user's.

        Args:
            path: Where they were written.
            written: What the file was then. Somebody may have put another one there since, which is not this blob.
        """
        self._file, self._data = _UserFile(path.absolute(), written.st_size, written.st_mtime_ns), b""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, as 64 hexadecimal digits; computed once, when asked for."""
        if not self._sha256:
            digest = hashlib.sha256()
            for chunk in self.chunks(1 << 20):
                digest.update(chunk)
            self._sha256 = digest.hexdigest()
        return self._sha256

    @property
    def info(self) -> ImageInfo | None:
        """What the bytes say of themselves as a picture, or ``None`` where they are none; read once, when asked for."""
        if self._info is _UNKNOWN:
            self._info = sniff(self)
        return self._info

    def read(self) -> bytes:
        """All the bytes."""
        if self._file is None:
            return self._data
        with self._file.open() as handle:
            return handle.read()

    def open(self) -> BinaryIO:
        """A new readable, seekable file over the bytes, with a position of its own; the caller closes it."""
        return io.BytesIO(self._data) if self._file is None else self._file.open()

    def head(self, count: int) -> bytes:
        """The first bytes, at most ``count``."""
        with self.open() as handle:
            return handle.read(max(count, 0))

    def chunks(self, size: int = _STEP) -> Iterator[bytes]:
        """The bytes in pieces of ``size``, the last one shorter."""
        with self.open() as handle:
            while chunk := handle.read(size):
                yield chunk

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Blob):
            return NotImplemented
        if self is other or self._size != other._size:
            return self is other
        if self._file is None and other._file is None:
            return self._data == other._data
        if self._sha256 and other._sha256:
            return self._sha256 == other._sha256
        # Side by side: hashing both takes three times as long, and what differs does so early.
        return all(map(operator.eq, self.chunks(), other.chunks()))

    def __hash__(self) -> int:
        return hash((Blob, self.sha256))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Blob], tuple[bytes]]:
        return Blob, (self.read(),)

    def __str__(self) -> str:
        # Every byte would have to be read for the hash that repr shows.
        return f"<Blob {human_size(self._size)}>"

    def __repr__(self) -> str:
        try:
            return f"<Blob {human_size(self._size)} sha256:{self.sha256[:12]}>"
        except (OSError, BadInputError):
            return f"<Blob {human_size(self._size)}, its file is gone>"


@define
class BlobWriter:
    """Collects the bytes of one blob as they arrive.

    Args:
        limit: The most bytes it takes.
        spool_at: From this many bytes on they are kept in a temporary file, which goes when the blob goes;
            ``None`` keeps all of them in memory, and so does a disk that is full: what arrives is paid for.
        folder: Where the temporary file is made; ``None`` for the system's own place.
    """

    limit: int
    spool_at: int | None = None
    folder: Path | None = None
    size: int = field(default=0, init=False)
    """The bytes taken so far."""
    _memory: io.BytesIO | None = field(factory=io.BytesIO, init=False, repr=False)
    _file: _Temporary | None = field(default=None, init=False, repr=False)

    def write(self, data: bytes) -> None:
        """Take more bytes.

        Raises:
            TooLargeError: They pass the limit. What was taken is discarded.
        """
        size = self.size + len(data)
        if size > self.limit:
            self.discard()
            msg = f"more than {human_size(self.limit)} ({self.limit} bytes) arrived for one image, which is the limit"
            raise TooLargeError(msg)
        if self._file is None and self._memory is None:
            msg = "this writer is closed"
            raise ValueError(msg)
        if self._memory is not None and self.spool_at is not None and size > self.spool_at:
            self._spool(self._memory)
        if self._file is not None and not self._file.write(data):
            self._unspool(self._file)
        if self._memory is not None:
            self._memory.write(data)
        self.size = size

    def close(self) -> Blob:
        """End the blob and hand it over; the writer takes no more.

        Raises:
            ValueError: It was closed or discarded before.
        """
        if self._file is not None and self._file.gone:
            self._unspool(self._file)
        memory, file = self._memory, self._file
        self._memory = self._file = None
        if file is not None:
            return Blob._in(file.done())  # noqa: SLF001 - the two classes are halves of one thing
        if memory is None:
            msg = "this writer is closed"
            raise ValueError(msg)
        # BytesIO hands its buffer over without copying it.
        return Blob(memory.getvalue())

    def discard(self) -> None:
        """Forget all of it; may be called at any time, and again."""
        file, self._memory, self._file = self._file, None, None
        if file is not None:
            file.delete()

    def _spool(self, memory: io.BytesIO) -> None:
        with suppress(OSError):
            file = _Temporary(self.folder)
            if file.write(memory.getbuffer()):
                self._file, self._memory = file, None
                return
            file.delete()
        self.spool_at = None

    def _unspool(self, file: _Temporary) -> None:
        """Take back into memory what a file cannot hold."""
        self._memory = io.BytesIO()
        self._memory.write(file.taken(self.size))
        self._file = self.spool_at = None
        file.delete()


class _Temporary:
    """A temporary file that is deleted with its last holder, by the process that made it."""

    def __init__(self, folder: Path | None = None) -> None:
        number, path = tempfile.mkstemp(prefix="limner-") if folder is None else new_file(folder)
        self.path = os.path.abspath(path)  # noqa: PTH100 - the current folder may be another one by then
        # Unbuffered: a forked child that closes its copy must not flush into the parent's file.
        self._handle = os.fdopen(number, "r+b", buffering=0)
        self.size = 0
        self.delete = weakref.finalize(self, _delete, self._handle, self.path, os.getpid())

    def write(self, data: bytes | memoryview) -> bool:
        """Whether the file took all of it."""
        view = memoryview(data)
        self.size += len(view)
        try:
            while view:
                view = view[self._handle.write(view) :]
        except OSError:
            return False
        return True

    @property
    def gone(self) -> bool:
        """Whether it is not where it was made: somebody deleted it meanwhile, or moved the folder that it is in."""
        with suppress(OSError):
            return not os.path.samestat(Path(self.path).stat(), os.fstat(self._handle.fileno()))
        return True

    def taken(self, size: int) -> bytes:
        """The first bytes that it took."""
        self._handle.seek(0)
        return self._handle.read(size)

    def done(self) -> Self:
        self._handle.close()
        return self

    def move_to(self, path: Path) -> os.stat_result:
        """Where it went, it is such a file."""
        with Path(self.path).open("rb") as handle:
            os.fsync(handle.fileno())
            found = os.fstat(handle.fileno())
        Path(self.path).replace(path)
        self.delete.detach()
        return found

    def open(self) -> BinaryIO:
        return Path(self.path).open("rb")


def new_file(folder: Path) -> tuple[int, Path]:
    """A new file of the user's in a folder, open for writing, and its passing name.

    Made by os.open rather than tempfile: it gets the permissions that the user's umask gives.

    Raises:
        OSError: There can be none.
    """
    path = folder / f".limner-{secrets.token_hex(8)}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), path


def _delete(handle: io.FileIO, path: str, maker: int) -> None:
    with suppress(OSError):
        handle.close()
    if os.getpid() == maker:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - runs at interpreter exit too, when pathlib may be half gone


_BINARY, _AT_ONCE = (getattr(os, name, 0) for name in ("O_BINARY", "O_NONBLOCK"))


@frozen
class _UserFile:
    """A file of the user's, as it was when it was named."""

    path: Path
    size: int
    modified: int

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Self:
        place = Path(path).absolute()
        found = place.stat()
        if not stat.S_ISREG(found.st_mode):
            msg = f"{place.name!r} is not a regular file"
            raise BadInputError(msg)
        return cls(place, found.st_size, found.st_mtime_ns)

    def open(self) -> BinaryIO:
        # Without waiting: what was a file may have become a pipe, whose other end nobody holds.
        handle = os.fdopen(os.open(self.path, os.O_RDONLY | _BINARY | _AT_ONCE), "rb")
        found = os.fstat(handle.fileno())
        if (found.st_size, found.st_mtime_ns) != (self.size, self.modified):
            handle.close()
            msg = f"{self.path.name!r} has changed since it was given"
            raise BadInputError(msg)
        return handle
