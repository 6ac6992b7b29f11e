"""Where pictures go: looked at before anything is paid, and never lost after."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from limner import _saving
from limner.cli.text import counted
from limner.errors import BadInputError, LimnerError
from limner.media import SuffixNotice, save_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limner.media import Image
    from limner.planning import Plan


@frozen
class Kept:
    """Where the pictures of a result are, in its order."""

    places: tuple[Path | str | None, ...]
    """A path; as text a URL, where the picture is still at the provider; ``None`` where it is nowhere."""
    instead: str = ""
    """Why the pictures are somewhere else, and where: empty where they are where they should be."""
    notices: tuple[str, ...] = ()
    """What else has to be said about the files."""


@frozen
class Output:
    """The place that was asked for.

    Args:
        asked: A file or a folder; ``None`` for the current folder.
        force: Whether files that are there may be replaced.
    """

    asked: str | None
    force: bool = False

    @property
    def path(self) -> str:
        """The place to save to."""
        return self.asked or os.curdir

    def check(self, plan: Plan) -> None:
        """Find out, before anything is sent, whether the pictures of a plan can be saved.

        Raises:
            BadInputError: they cannot; nothing has changed on disk.
        """
        if self.asked == "-":
            raise _wrong("Pictures go to files, not to standard output, which gets their paths.")
        if self.asked is not None and plan.request.delivery == "url":
            raise _wrong(f"--delivery url leaves the pictures at the provider: nothing would come to {self.asked}.")
        if _saving.is_folder(self.path):
            _saving.check_folder(Path(self.path), "output")
            return
        for path in self._names(plan):
            self._check_file(path)
        _saving.check_folder(Path(self.path).parent, "output")

    def keep(self, images: Sequence[Image]) -> Kept:
        """Save the pictures: as asked or, where that fails, to a folder of their own. Nothing is printed before.

        Raises:
            LimnerError: they could be saved nowhere.
        """
        held = [image for image in images if image.data is not None]
        with warnings.catch_warnings(record=True) as notices:
            warnings.simplefilter("always", SuffixNotice)
            paths, instead = self._save(held)
        saved = iter(paths)
        places = tuple(next(saved) if image.data is not None else image.url for image in images)
        return Kept(places, instead, tuple(str(notice.message) for notice in notices))

    def _save(self, images: Sequence[Image]) -> tuple[Sequence[Path], str]:
        # In a folder, an equal name means equal bytes.
        overwrite = self.force or _saving.is_folder(self.path)
        try:
            return save_all(images, self.path, overwrite=overwrite), ""
        except OSError as error:
            reason = error.strerror
        try:
            folder = tempfile.mkdtemp(prefix="limner-")
            paths = save_all(images, folder)
        except OSError as error:
            raise LimnerError(
                f"The pictures could be saved neither to {self.path} ({reason}), nor to a temporary folder"
                f" ({error.strerror})."
            ) from error
        lost = counted(len(images), "picture")
        return paths, f"{lost} could not be saved to {self.path} ({reason}). Nothing is lost: see {folder}"

    def _names(self, plan: Plan) -> Iterator[Path]:
        """Every name that would be used: as asked and, where the format is foreseen, with its suffix."""
        wanted = getattr(plan.request, "n", None) or 1
        call = plan.calls[0]
        foreseen = call.capabilities.read(call.values()).effective("output_format")
        media_types = (None, *filter(_saving.suffixes, (f"image/{foreseen}", f"image/{foreseen}+xml")))
        for ordinal in range(1, wanted + 1) if wanted > 1 else (None,):
            for media_type in media_types:
                yield _saving.target(self.path, media_type, in_folder="", ordinal=ordinal).path

    def _check_file(self, path: Path) -> None:
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise _wrong(f"{path} cannot be written: {error.strerror}.") from None
        if path.exists() and not path.is_file():
            raise _wrong(f"{path} is not a file that could be replaced by a picture.")
        if not self.force:
            raise _wrong(f"{path} exists: --force replaces it.")


def _wrong(sentence: str) -> BadInputError:
    return BadInputError(sentence, param="output")
