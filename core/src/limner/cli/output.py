"""Where pictures go: looked at before anything is paid, and never lost after."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from limner import _saving
from limner.cli.text import counted
from limner.errors import BadInputError, LimnerError
from limner.media import SuffixNotice, save_all
from limner.sidecar import beside, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limner.media import Blob, Image
    from limner.planning import Plan
    from limner.requests import Request
    from limner.results import ImageResult


@frozen
class Kept:
    """Where the pictures of a result are, in its order."""

    places: tuple[Path | str | None, ...]
    """A path; as text a URL, where the picture is still at the provider; ``None`` where it is nowhere."""
    instead: str = ""
    """Why the pictures are somewhere else, and where: empty where they are where they should be."""
    notices: tuple[str, ...] = ()
    """What else has to be said about the files."""
    sidecars: tuple[Path | None, ...] = ()
    """The records beside the pictures, in the same order; ``None`` where there is none."""
    lacking: tuple[str, ...] = ()
    """What should be there beside the pictures, and is not."""


@frozen
class Output:
    """The place that was asked for.

    Args:
        asked: A file or a folder; ``None`` for the current folder.
        force: Whether files that are there may be replaced.
        sidecar: Whether each picture gets a record beside it.
    """

    asked: str | None
    force: bool = False
    sidecar: bool = False

    @property
    def path(self) -> str:
        """The place to save to."""
        return self.asked or os.curdir

    def apart(self) -> Output:
        """The place for pictures that are none of the result's: beside them, as ``cat.rescued.png``."""
        if _saving.is_folder(self.path):
            return self
        path = Path(self.path)
        return evolve(self, asked=str(path.with_name(f"{path.stem}.rescued{path.suffix}")), force=False)

    def check(self, plan: Plan) -> None:
        """Find out, before anything is sent, whether the pictures of a plan can be saved.

        Raises:
            BadInputError: they cannot; nothing has changed on disk.
        """
        if self.asked == "":
            raise _wrong("-o takes a file or a folder, and was given neither.")
        if self.asked == "-":
            raise _wrong("Pictures go to files, not to standard output, which gets their paths.")
        if self.asked is not None and plan.request.delivery == "url":
            raise _wrong(f"--delivery url leaves the pictures at the provider: nothing would come to {self.asked}.")
        if self.sidecar and plan.request.delivery == "url":
            raise _wrong("--delivery url leaves the pictures at the provider: --sidecar has nothing to stand beside.")
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

    def record(self, kept: Kept, result: ImageResult, request: Request) -> Kept:
        """Write the records beside the pictures that are kept, where they are wanted.

        A picture is there without its record too: nothing is raised.
        """
        if not self.sidecar:
            return kept
        written: list[Path | None] = []
        lacking: list[str] = []
        rest = iter(records(result, request))
        for place in kept.places:
            path = None
            if isinstance(place, Path):
                try:
                    path = next(rest).save(place, overwrite=self.force)
                except FileExistsError:
                    lacking.append(f"{beside(place)} exists, and is left as it is: --force replaces it.")
                except OSError as error:
                    lacking.append(f"{beside(place)} could not be written: {error.strerror}.")
            written.append(path)
        return evolve(kept, sidecars=tuple(written), lacking=(*kept.lacking, *lacking))

    def frame(self, image: Image, data: Blob, number: int, ordinal: int | None = None) -> Path:
        """Save a frame beside the picture it is of: as ``cat.partial-0.png``.

        Args:
            image: The frame.
            data: Its bytes.
            number: Which of its call's frames it is, from 0.
            ordinal: Which of several calls it is of, from 1.

        Raises:
            OSError: it could not be saved.
        """
        folder = _saving.is_folder(self.path)
        media_type = data.info.media_type if data.info else image.media_type
        name = f"{data.sha256[:12]}-{(ordinal or 1) - 1}" if folder else ""
        path = _partial(_saving.target(self.path, media_type, in_folder=name, ordinal=ordinal).path, number)
        _saving.write(data, path, overwrite=self.force or folder)
        return path

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
        each = getattr(plan.request, "partial_images", None) or 0 if call.stream else 0
        frames = each * (call.n or 1)
        foreseen = call.capabilities.read(call.values()).effective("output_format")
        media_types = (None, *filter(_saving.suffixes, (f"image/{foreseen}", f"image/{foreseen}+xml")))
        for media_type in media_types:
            for target in self._targets(media_type, wanted):
                self._check_spared(target)
                yield target.path
                yield from [beside(target.path)] * self.sidecar
            for target in self._targets(media_type, len(plan.calls)):
                yield from (_partial(target.path, number) for number in range(frames))

    def _targets(self, media_type: str | None, several: int) -> Iterator[_saving.Target]:
        for ordinal in range(1, several + 1) if several > 1 else (None,):
            yield _saving.target(self.path, media_type, in_folder="", ordinal=ordinal)

    def _check_spared(self, target: _saving.Target) -> None:
        """A file that nobody named is not replaced, whatever is forced."""
        if target.instead_of and os.path.lexists(target.path):
            raise _wrong(
                f"{target.path.name} exists, and {target.instead_of} would become it, as the picture will be"
                f" {target.media_type}: name another file, or ask for another format with --output-format."
            )

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


def _partial(picture: Path, number: int) -> Path:
    """Where a frame of the picture at this path lies."""
    return picture.with_name(f"{picture.stem}.partial-{number}{picture.suffix}")


def _wrong(sentence: str) -> BadInputError:
    return BadInputError(sentence, param="output")
