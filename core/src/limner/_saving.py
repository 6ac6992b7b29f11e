"""Writing pictures to disk so that none is ever lost, half-written or silently misnamed."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from limner._blob import new_file
from limner.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limner._blob import Blob
    from limner.media import Image

_SUFFIXES = {
    "image/png": ("png", "apng"),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "image/svg+xml": ("svg",),
    "image/avif": ("avif", "avifs"),
    "image/bmp": ("bmp", "dib"),
    "image/tiff": ("tif", "tiff"),
    "image/heic": ("heic",),
    "image/jxl": ("jxl",),
    "image/x-icon": ("ico",),
}
"""Each media type with its suffixes, the usual one first."""

_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/vnd.microsoft.icon": "image/x-icon"}
_IMAGE_SUFFIXES = frozenset(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)


def suffixes(media_type: str | None) -> tuple[str, ...]:
    """The suffixes, without a dot, that fit a media type; none where it is unknown."""
    plain = (media_type or "").partition(";")[0].strip().lower()
    return _SUFFIXES.get(_ALIASES.get(plain, plain), ())


@frozen
class Target:
    """Where one picture goes, and what has to be said about it."""

    path: Path
    instead_of: str = ""
    """The name that was asked for, where its suffix is of another format; empty: it is as asked."""
    media_type: str | None = None

    @property
    def notice(self) -> str | None:
        """What has to be said: why it has another name."""
        if not self.instead_of:
            return None
        return f"the picture is {self.media_type}, so it was saved as {self.path.name!r}, not as {self.instead_of!r}"


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a path names a folder: there is one, or it ends in a separator."""
    text = os.fspath(path)
    return text.endswith(tuple(filter(None, (os.sep, os.altsep)))) or os.path.isdir(text)  # noqa: PTH112 - Path.is_dir raises where a name is too long


def target(
    path: str | os.PathLike[str], media_type: str | None, *, in_folder: str, ordinal: int | None = None
) -> Target:
    """Choose the file.

    Args:
        path: What the user asked for.
        media_type: What the bytes are.
        in_folder: The name to use, without suffix, where ``path`` is a folder.
        ordinal: The picture's place among several that share ``path``, from 1.
    """
    fitting = suffixes(media_type)
    if is_folder(path):
        return Target(Path(path) / f"{in_folder}.{fitting[0] if fitting else 'bin'}")
    asked = Path(path)
    known = asked.suffix[1:].lower() in _IMAGE_SUFFIXES
    stem, suffix = (asked.stem, asked.suffix) if known or not fitting else (asked.name, "")
    if ordinal is not None:
        stem = f"{stem}-{ordinal}"
    if not fitting or suffix[1:].lower() in fitting:
        return Target(asked.with_name(stem + suffix))
    chosen = asked.with_name(f"{stem}.{fitting[0]}")
    return Target(chosen, asked.name if asked.suffix else "", media_type)


def spared(target: Target, blob: Blob) -> Target:
    """The same; or, where a file is there that nobody named and that holds something else, a free name beside it."""
    if not target.instead_of or not os.path.lexists(target.path):
        return target
    with suppress(OSError, BadInputError):
        if type(blob).from_path(target.path) == blob:
            return target
    names = (target.path.with_name(f"{target.path.stem}-{number}{target.path.suffix}") for number in count(2))
    return evolve(target, path=next(path for path in names if not os.path.lexists(path)))


def write(blob: Blob, path: Path, *, overwrite: bool) -> os.stat_result:
    """Put a blob into a file: whole, or not at all.

    Returns:
        What the file is, as it was put there.

    Raises:
        OSError: It could not be; nothing is left behind. ``FileExistsError`` where ``overwrite`` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Its own short name: the target's may be as long as the file system allows.
    number, temporary = new_file(path.parent)
    try:
        with os.fdopen(number, "wb") as handle:
            for chunk in blob.chunks():
                handle.write(chunk)
            handle.flush()
            os.fsync(handle.fileno())
            found = os.fstat(handle.fileno())
        if overwrite:
            temporary.replace(path)
        else:
            _place_new(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return found


def _place_new(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        # No hard links on this file system: reserve the name, then put the picture there.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        try:
            temporary.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def carry(error: OSError | ValueError, images: Sequence[Image], saved: Sequence[Path] = ()) -> None:
    """Put pictures that could not be saved on the error: they were paid for."""
    error.images = tuple(images)  # type: ignore[union-attr]  # it has no such field
    done = f" Already saved: {', '.join(map(str, saved))}." if saved else ""
    error.add_note(f"Nothing is lost: this error's .images holds what was to be saved.{done}")


def check_folder(folder: Path, param: str) -> None:
    """Find out whether files can be made in a folder or, where it is still to be made, in the nearest of its parents.

    Raises:
        BadInputError: They cannot; it names ``param``.
    """
    absolute = folder.absolute()
    there = next(path for path in (absolute, *absolute.parents) if os.path.lexists(path))
    if not there.is_dir():
        raise BadInputError(f"{there} is not a folder, so nothing can be saved in it.", param=param)
    try:
        # Only a file that was made proves it: permissions, quotas and read-only mounts have many words.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise BadInputError(f"nothing can be saved in {there}: {error.strerror}.", param=param) from None
