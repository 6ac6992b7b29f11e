"""What a picture is, and how it came to be: ``limner inspect``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from limner.cli.exits import Exit
from limner.cli.text import definitions, say, warn
from limner.errors import BadInputError
from limner.media import Blob, human_size
from limner.sidecar import SUFFIX, Record, beside

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = ("media_type", "width", "height", "alpha", "frames")
"""What the bytes of a picture say."""


@frozen
class Found:
    """A picture, its record, or both."""

    path: Path
    """Where the picture is, or should be."""
    picture: Blob | None = None
    record: Record | None = None

    @property
    def fits(self) -> bool | None:
        """Whether the picture is the one of the record; ``None`` without a record."""
        return None if self.record is None else self.picture is not None and self.record.fits(self.picture)

    def to_dict(self) -> dict[str, Any]:
        """All of it as data for JSON."""
        picture = None
        if self.picture is not None:
            facts = {name: getattr(self.picture.info, name) for name in FACTS}
            picture = {**facts, "size": self.picture.size, "sha256": self.picture.sha256}
        record = self.record and self.record.to_dict()
        return {"file": str(self.path), "picture": picture, "record": record, "fits": self.fits}


def inspect(file: str, *, as_json: bool) -> Exit:
    """Print what the bytes of a picture say and, where its record lies beside it, what that says.

    Raises:
        BadInputError: it is neither a picture nor a record of one, or cannot be read.
    """
    try:
        found = _look(Path(file))
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror}.", param="file") from None
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=2))
    else:
        say(*_lines(found))
    return Exit.FAILED if found.fits is False else Exit.DONE


def _look(path: Path) -> Found:
    if path.is_dir():
        raise BadInputError(f"{path} is a folder.", param="file")
    given = Blob.from_path(path)
    if given.info is not None:
        return Found(path, given, _record(beside(path)))
    try:
        record = Record.read(path)
    except BadInputError:
        raise BadInputError(f"{path} is neither a picture nor the record of one.", param="file") from None
    picture = path.with_name(path.name.removesuffix(SUFFIX))
    return Found(picture, Blob.from_path(picture) if picture.is_file() and picture != path else None, record)


def _record(path: Path) -> Record | None:
    """The record at this path; a file of somebody else's may bear the name."""
    try:
        return Record.read(path)
    except FileNotFoundError:
        return None
    except (BadInputError, OSError) as error:
        warn(f"{path}: {error.strerror if isinstance(error, OSError) else error.message}")
        return None


def _lines(found: Found) -> Iterator[str]:
    yield str(found.path)
    if found.picture is not None:
        yield ""
        yield from definitions(_seen(found.picture))
    if found.record is not None:
        yield from ("", _standing(found), "")
        yield from definitions(_told(found, found.record))


def _seen(picture: Blob) -> Iterator[tuple[str, str]]:
    """What the bytes say."""
    info = picture.info
    yield "type", info.media_type if info is not None else "no picture"
    if info is not None and info.width and info.height:
        yield "pixels", f"{info.width} x {info.height}"
    if info is not None and info.alpha is not None:
        yield "alpha", "yes" if info.alpha else "no"
    if info is not None and info.frames is not None:
        yield "frames", str(info.frames)
    yield "size", f"{human_size(picture.size)} ({picture.size:,} bytes)"
    yield "sha256", picture.sha256


def _standing(found: Found) -> str:
    if found.picture is None:
        return "The record describes this picture, but the file is missing:"
    return "It is the picture of its record:" if found.fits else "It is NOT the picture of its record, which tells of:"


def _told(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    """What a record says, in its order, beside what the picture itself says; what it does not know is left out."""
    said = {item for item in (*FACTS, "size", "sha256") if found.fits}
    for name, value in record.to_dict().items():
        for one in value if isinstance(value, list) else [value]:
            if name not in said and one not in (None, {}):
                yield name.replace("_", " "), _phrase(one)


def _phrase(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_phrase(one)}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
