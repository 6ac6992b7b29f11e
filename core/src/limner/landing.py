"""Where the bytes of images go while they arrive: memory, a temporary file, or where the user wants them (``to=``)."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field, frozen

from limner import _saving
from limner.errors import BadInputError
from limner.media import BlobWriter, settle_all
from limner.results import ResultWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.requests import Request
    from limner.results import ImageResult

MEMORY = 48 << 20
"""Bytes of one call's images that are held in memory at most; what comes after them lies in temporary files."""

IN_FOLDER = 1 << 16
"""Bytes of an image that is to be a file from which on it is written into one while it arrives."""


@define(eq=False)
class Shelf:
    """Makes the writers for the images of one call.

    Args:
        folder: Where the files of the user shall be; ``None`` keeps what fits in memory.
        room: Bytes of images that memory may still hold.
    """

    folder: Path | None = None
    room: int = MEMORY
    _last: BlobWriter | None = field(default=None, init=False)

    def writer(self, limit: int) -> BlobWriter:
        """A writer for the next image.

        Args:
            limit: The most bytes it takes.
        """
        if self.folder is not None:
            return BlobWriter(limit, spool_at=IN_FOLDER, folder=self.folder)
        # Images come one after the other: what the last one took is known now.
        self.room -= min(self.room, self._last.size) if self._last is not None else 0
        self._last = BlobWriter(limit, spool_at=self.room)
        return self._last


def _absolute(to: str | os.PathLike[str] | None) -> str | os.PathLike[str] | None:
    """The same place whatever becomes the current folder while it is painted; a separator at the end says a folder."""
    if not to:
        return to
    with suppress(OSError):  # the current folder may be gone
        return os.path.join(os.getcwd(), to)  # noqa: PTH109, PTH118 - a Path drops the separator at its end
    return to


@frozen
class Landing:
    """Where the images of one request shall be.

    Args:
        to: A file or a folder, as :meth:`limner.ImageResult.save` takes it; ``None`` leaves them with the result.
    """

    to: str | os.PathLike[str] | None = field(default=None, converter=_absolute)

    @property
    def folder(self) -> Path | None:
        """The folder that will hold them."""
        if self.to is None:
            return None
        return Path(self.to) if _saving.is_folder(self.to) else Path(self.to).parent

    def shelf(self) -> Shelf:
        """For one call's images."""
        return Shelf(self.folder)

    def prepare(self, request: Request) -> None:
        """Make the folder, before anything is paid.

        Raises:
            BadInputError: nothing can be saved there, or nothing would come.
        """
        if self.folder is None:
            return
        if request.delivery == "url":
            raise BadInputError("to= needs the pictures, and delivery='url' leaves them at the provider.", param="to")
        self._check_name()
        _saving.check_folder(self.folder, "to")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInputError(f"{self.folder} cannot be made: {error.strerror}.", param="to") from None

    def _check_name(self) -> None:
        """Refuse what can be the name of no file, rather than when the picture is paid."""
        try:
            name = os.fsencode(self.to or "")
        except UnicodeError:
            name = b""
        if not name or b"\0" in name:
            raise BadInputError(f"to={self.to!r} is no name of a file or folder.", param="to")

    def land(self, result: ImageResult) -> ImageResult:
        """The result with its pictures in place.

        Raises:
            OSError: one could not be written; the error's ``images`` holds all of them.
        """
        if self.to is None:
            return result
        for failure in result.failures:
            self.rescue(failure.error)
        held = [image for image in result.images if image.data is not None]
        _, notices = settle_all(held, self.to)
        said = (ResultWarning(code="suffix_differs", parameter="to", message=notice) for notice in notices)
        return evolve(result, warnings=(*result.warnings, *said))

    def rescue(self, stopped: BaseException) -> None:
        """Save the ``images`` of what stopped a request too: they were paid for. What cannot be saved stays on it.

        Each gets a name of its own in the folder, by its content: they may be frames, or not what was asked for, and
        what is at the place of the result may be an earlier one.
        """
        held = [image for image in getattr(stopped, "images", ()) if image.data is not None]
        if self.folder is None or not held:
            return
        try:
            paths, _ = settle_all(held, f"{self.folder}{os.sep}")
        except (OSError, BadInputError) as failed:
            stopped.add_note(f"What had come could not be saved to {self.folder}: {failed}; see .images.")
        else:
            stopped.add_note(f"What had come is saved: {', '.join(map(str, paths))}.")

    @contextmanager
    def rescuing(self) -> Iterator[None]:
        """Whatever stops this, Ctrl-C too, leaves the pictures that it carries in the folder."""
        try:
            yield
        except BaseException as stopped:
            self.rescue(stopped)
            raise
