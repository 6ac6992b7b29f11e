"""Images and the bytes they are made of.

A :class:`Blob` is bytes wherever they are kept, an :class:`ImageInfo` what they say of themselves,
an :class:`Image` one picture of a result.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from attrs import field, frozen

from limner import _saving
from limner._blob import Blob, BlobWriter, human_size
from limner._sniff import ImageInfo, sniff
from limner.errors import BadInputError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import PIL.Image

__all__ = [
    "Blob",
    "BlobWriter",
    "Details",
    "Image",
    "ImageInfo",
    "SuffixNotice",
    "extension",
    "human_size",
    "save_all",
    "sniff",
]


class SuffixNotice(UserWarning):
    """A picture was saved under another suffix than asked, because its bytes are of another format."""


class Details(Mapping[str, object]):
    """What else is known of an image, read-only. Unlike a mapping proxy it pickles and compares."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, object] | Iterable[tuple[str, object]] = ()) -> None:
        self._items: dict[str, object] = dict(items._items if isinstance(items, Details) else items)  # noqa: SLF001 - the same class, and a dict is copied at once

    def __getitem__(self, name: str) -> object:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


def _utc(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.utcoffset() is None:
        msg = "expires_at needs a time zone"
        raise ValueError(msg)
    try:
        return moment and moment.astimezone(UTC)
    except OverflowError:  # the first day or the last there is, elsewhere: a server may say so, and the picture is good
        return None


@frozen(repr=False)
class Image:
    """One picture of a result: its bytes, or a URL under which they can be fetched for a while.

    What nobody said is ``None``. Build one from bytes with :meth:`of`, so that its type and pixels are true.
    """

    data: Blob | None = None
    """The bytes; ``None`` where there is only a URL."""
    url: str | None = None
    """Where the provider keeps it; set where it came by URL."""
    media_type: str | None = None
    """What the bytes are: ``image/png``."""
    width: int | None = None
    """Pixels, as stored."""
    height: int | None = None
    revised_prompt: str | None = None
    """The prompt the provider used in place of the given one."""
    seed: int | None = None
    expires_at: datetime | None = field(default=None, converter=_utc)
    """When the URL stops working, in UTC."""
    index: int = 0
    """Its place in the result, from 0."""
    details: Mapping[str, object] = field(factory=Details, converter=Details, hash=False)
    """What else is known: ``alpha`` and ``frames`` where the bytes say so, and what the provider added."""

    @classmethod
    def of(cls, data: bytes | Blob, **claims: Any) -> Self:  # noqa: ANN401 - the fields of this class
        """An image of these bytes.

        Args:
            data: The bytes.
            claims: Any other field. Where the bytes say otherwise, the bytes are right.
        """
        blob = Blob.of(data)
        info = blob.info
        if info is None:
            return cls(data=blob, **claims)
        said = {"media_type": info.media_type, "width": info.width, "height": info.height}
        seen = {"alpha": info.alpha, "frames": info.frames}
        details = {**claims.pop("details", {}), **_known(seen)}
        return cls(data=blob, details=details, **{**claims, **_known(said)})

    @property
    def path(self) -> Path | None:
        """The file that holds it, where it was painted straight into one (``to=``)."""
        return None if self.data is None else self.data.path

    def read(self) -> bytes:
        """The bytes.

        Raises:
            BadInputError: There is only a URL.
        """
        return self._blob().read()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = True) -> Path:
        """Write the picture to disk, whole or not at all.

        Args:
            path: A file, whose suffix is corrected (with a :class:`SuffixNotice`) where the bytes are of another
                format; or a folder (one that exists, or a name that ends in a slash), in which the name is made of
                the bytes' hash and :attr:`index`. Missing parents are created; a symbolic link is replaced.
            overwrite: Whether a file of this name may be replaced. One whose name is not the given one but follows
                from the format never is: the picture gets a name that is free.

        Returns:
            The path it was saved to.

        Raises:
            BadInputError: There is only a URL.
            OSError: It could not be written; nothing is left behind, and the error's ``images`` holds this one.
        """
        target = self._target(path)
        try:
            _saving.write(self._blob(), target.path, overwrite=overwrite)
        except OSError as error:
            _saving.carry(error, [self])
            raise
        if target.notice:
            warnings.warn(target.notice, SuffixNotice, stacklevel=2)
        return target.path

    def to_pil(self) -> PIL.Image.Image:
        """The picture as a Pillow image.

        Raises:
            ConfigError: Pillow is not installed.
            BadImageError: Pillow cannot decode it.
            BadInputError: There is only a URL.
        """
        from limner._display import to_pil  # noqa: PLC0415 - only where pictures are shown

        return to_pil(self._blob())

    def _blob(self) -> Blob:
        if self.data is None:
            have = "only a URL: call client.download(result) while it lasts" if self.url else "neither data nor a URL"
            msg = f"image {self.index} has {have}"
            raise BadInputError(msg)
        return self.data

    def _target(self, path: str | os.PathLike[str], ordinal: int | None = None) -> _saving.Target:
        blob = self._blob()
        media_type = blob.info.media_type if blob.info else self.media_type
        name = f"{blob.sha256[:12]}-{self.index}" if _saving.is_folder(path) else ""  # hashing is not for nothing
        return _saving.spared(_saving.target(path, media_type, in_folder=name, ordinal=ordinal), blob)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the picture in a notebook; a large one as a preview, an SVG never."""
        from limner._display import mime_bundle  # noqa: PLC0415 - only where pictures are shown

        del include, exclude  # IPython filters by itself
        return {"text/plain": repr(self)} if self.data is None else mime_bundle(self.data, repr(self))

    def __repr__(self) -> str:
        pixels = f"{self.width}x{self.height}" if self.width and self.height else None
        blob = repr(self.data)[6:-1] if self.data is not None else None
        parts = [str(self.index), (self.media_type or "")[:40], pixels, blob, _shown(self.url)]
        return f"<Image {' '.join(filter(None, parts))}>"


def save_all(images: Sequence[Image], path: str | os.PathLike[str], *, overwrite: bool = True) -> list[Path]:
    """Save the pictures of a result.

    Args:
        images: The pictures.
        path: A file, which several pictures share as ``name-1.png``, ``name-2.png`` and so on; or a folder. See
            :meth:`Image.save`.
        overwrite: Whether files of these names may be replaced.

    Returns:
        The paths, in order.

    Raises:
        BadInputError: Of one there is only a URL; nothing was written.
        OSError: One could not be written; the error's ``images`` holds all of them.
    """

    def write(blob: Blob, target: Path) -> None:
        _saving.write(blob, target, overwrite=overwrite)

    saved, targets = _put_all(images, path, write)
    # After the last one is safe: a warning may be an error.
    for target in targets:
        if target.notice:
            warnings.warn(target.notice, SuffixNotice, stacklevel=2)
    return saved


def settle_all(
    images: Sequence[Image], path: str | os.PathLike[str], *, overwrite: bool = True
) -> tuple[list[Path], list[str]]:
    """Save the pictures of a result where they mostly are already: bytes that lie in the folder are not copied.

    A file that is there and holds the same bytes stays: those of an earlier result may rest on it.

    Args:
        images: The pictures.
        path: As for :func:`save_all`.
        overwrite: Whether files that are there, and hold something else, may be replaced.

    Returns:
        The paths, in order, and what has to be said of them.

    Raises:
        OSError: One could not be written; the error's ``images`` holds all of them.
    """

    def settle(blob: Blob, target: Path) -> None:
        if not blob.is_at(target) and not (overwrite and blob.move_to(target)):
            blob.rest_on(target, _saving.write(blob, target, overwrite=overwrite))

    saved, targets = _put_all(images, path, settle)
    return saved, [target.notice for target in targets if target.notice]


def _put_all(
    images: Sequence[Image], path: str | os.PathLike[str], put: Callable[[Blob, Path], None]
) -> tuple[list[Path], list[_saving.Target]]:
    saved: list[Path] = []
    try:
        places = [place if images[1:] else None for place in range(1, len(images) + 1)]
        targets = [image._target(path, place) for image, place in zip(images, places, strict=True)]  # noqa: SLF001 - same module
        for image, target in zip(images, targets, strict=True):
            put(image._blob(), target.path)  # noqa: SLF001 - same module
            saved.append(target.path)
    except (OSError, ValueError) as error:  # a name may be one that no file can have
        _saving.carry(error, images, saved)
        raise
    return saved, targets


def extension(media_type: str | None) -> str:
    """The usual file name extension, without a dot: ``"jpg"`` for ``"image/jpeg"``, ``"bin"`` for what is unknown."""
    return next(iter(_saving.suffixes(media_type)), "bin")


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _shown(url: str | None) -> str | None:
    """A URL without its user, query and fragment, which may be as good as a key."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return "url:…"
    shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.hostname else f"{parts.scheme}:"
    hidden = parts.query or parts.fragment or not parts.hostname or len(shown) > 80  # noqa: PLR2004 - fits one line
    return shown[:80] + "…" * bool(hidden)
