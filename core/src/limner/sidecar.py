"""Records of pictures: how each came to be, as plain data, and as a JSON file beside the picture.

::

    request = limner.GenerateRequest("a lighthouse", model="openai/gpt-image-2")
    result = client.run(request)
    for record, path in zip(records(result, request), result.save("pictures/"), strict=True):
        record.save(path)  # pictures/0a1b2c3d4e5f-0.png.json

A record holds no key and no image data: pictures stand in it by size and hash. ``limner inspect`` reads it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, fields, frozen

from limner import _saving
from limner.errors import BadInputError
from limner.export import plain
from limner.inputs import ImageInput
from limner.masks import Mask
from limner.media import Blob
from limner.media import _shown as shown_url

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import Self

    from attrs import Attribute

    from limner.media import Image
    from limner.requests import Request
    from limner.results import ImageResult

SUFFIX = ".json"
"""What a record's file adds to the picture's name: ``cat.png.json``, as ``cat.json`` may be anybody's."""

LIMIT = 1 << 22
"""Bytes of a record's file that are read at most: prompts are long, and a mistake may be of any size."""

_LONG = 1_000
"""Characters of a text in ``extra`` beyond which it is told by its length: it may be an image."""


def _of(*kinds: type) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds):
            raise BadInputError(f"its {attribute.name} is {type(value).__name__}.", param=attribute.name)

    return check


def _text(_: object, attribute: Attribute[Any], value: object) -> None:
    _of(str, type(None))(_, attribute, value)


def _number(_: object, attribute: Attribute[Any], value: object) -> None:
    _of(int, type(None))(_, attribute, value)


def _mappings(_: object, attribute: Attribute[Any], value: tuple[object, ...]) -> None:
    for one in value:
        _of(Mapping)(_, attribute, one)


def _tuple(value: object) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


@frozen(kw_only=True)
class Record:
    """What is known of one picture and of how it came to be; what is not known is ``None``."""

    limner: str = field(validator=_of(str))
    """The version that wrote it."""
    sha256: str = field(validator=_of(str))
    """Of the picture's bytes, in hexadecimal: by it a file is still this picture, or is not."""
    recorded: str | None = field(default=None, validator=_text)
    """When the record was made, as ISO 8601 in UTC."""
    created: str | None = field(default=None, validator=_text)
    """When the provider says that it made the picture, as ISO 8601."""
    operation: str | None = field(default=None, validator=_text)
    provider: str | None = field(default=None, validator=_text)
    model: str | None = field(default=None, validator=_text)
    """The model that was asked for; ``None`` where the choice was left to the server."""
    prompt: str | None = field(default=None, validator=_text)
    revised_prompt: str | None = field(default=None, validator=_text)
    """The prompt the provider used in place of the given one."""
    parameters: Mapping[str, Any] = field(factory=dict, validator=_of(Mapping))
    """What else was set, by limner's names; what is not here was not sent."""
    inputs: tuple[Mapping[str, Any], ...] = field(default=(), converter=_tuple, validator=_mappings)
    """The images that went in: by name, size and hash, or by URL without its query, or by id."""
    size: int | None = field(default=None, validator=_number)
    """Bytes of the picture."""
    media_type: str | None = field(default=None, validator=_text)
    width: int | None = field(default=None, validator=_number)
    height: int | None = field(default=None, validator=_number)
    seed: int | None = field(default=None, validator=_number)
    index: int | None = field(default=None, validator=_number)
    """The picture's place in the result, from 0."""
    images: int | None = field(default=None, validator=_number)
    """How many images the result has."""
    usage: Mapping[str, Any] | None = field(default=None, validator=_of(Mapping, type(None)))
    """What was counted for all images of the result together."""
    request_id: str | None = field(default=None, validator=_text)
    """Of the call that brought it."""
    warnings: tuple[Mapping[str, Any], ...] = field(default=(), converter=_tuple, validator=_mappings)
    """What was different from what was asked, for the whole result."""

    def fits(self, picture: Blob) -> bool:
        """Whether these bytes are the picture that is told of."""
        return picture.sha256 == self.sha256

    def to_dict(self) -> dict[str, Any]:
        """All of it as data for JSON."""
        data: dict[str, Any] = plain(self)
        return data

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """The record that was such data; what a later version may have added is left out.

        Raises:
            BadInputError: it is none.
        """
        if not isinstance(data, Mapping) or not {"limner", "sha256"} <= data.keys():
            raise BadInputError("This is no record of a picture.")
        try:
            return cls(**{item.name: data[item.name] for item in fields(cls) if item.name in data})
        except BadInputError as error:
            raise BadInputError(f"This is no record of a picture: {error.message}") from None

    def to_json(self) -> bytes:
        """The content of its file: UTF-8, for people too."""
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False, default=str)
        # Half a character is nothing in UTF-8, and this is how JSON spells it.
        return f"{text}\n".encode(errors="backslashreplace")

    @classmethod
    def from_json(cls, data: bytes) -> Self:
        """The record in the content of a file.

        Raises:
            BadInputError: there is none.
        """
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        return cls.from_dict(found)

    def save(self, picture: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write it beside the picture that lies at ``picture``, whole or not at all, and say where.

        Raises:
            OSError: it could not be; ``FileExistsError`` where there is one, unless ``overwrite``.
        """
        path = beside(picture)
        _saving.write(Blob(self.to_json()), path, overwrite=overwrite)
        return path

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The record in a file of its own.

        Raises:
            BadInputError: there is none in this file.
            OSError: there is no such file, or it cannot be read.
        """
        file = Blob.from_path(path)
        return cls.from_json(file.read() if file.size <= LIMIT else b"")


def beside(picture: str | os.PathLike[str]) -> Path:
    """Where the record of the picture at this path lies."""
    path = Path(picture)
    return path.with_name(path.name + SUFFIX)


def records(result: ImageResult, request: Request) -> tuple[Record, ...]:
    """The records of the images of a result, in its order: of those whose bytes are here.

    An image that is still at its provider has nothing by which it could be known again.

    Args:
        result: What came.
        request: What was asked for.
    """
    brought = chain(chain.from_iterable([call.request_id] * call.images for call in result.calls), repeat(None))
    shared: dict[str, Any] = {
        "limner": version("limner"),
        "recorded": datetime.now(UTC).isoformat(timespec="seconds"),
        "created": result.created and result.created.isoformat(),
        "operation": request.operation,
        "provider": result.provider,
        "model": result.model,
        "prompt": getattr(request, "prompt", None),
        "parameters": _parameters(request),
        "inputs": tuple(_inputs(request)),
        "images": len(result.images),
        "usage": result.usage and _known(plain(result.usage)),
        "warnings": tuple(
            _known({"code": one.code, "parameter": one.parameter, "message": one.message}) for one in result.warnings
        ),
    }
    return tuple(
        Record(**shared, **_seen(image, image.data), request_id=told)
        for image, told in zip(result.images, brought, strict=False)
        if image.data is not None
    )


def _seen(image: Image, data: Blob) -> dict[str, Any]:
    """What the bytes of one image say, and what was said of it."""
    names = ("media_type", "width", "height", "seed", "index", "revised_prompt")
    return {"sha256": data.sha256, "size": data.size, **{name: getattr(image, name) for name in names}}


def _parameters(request: Request) -> dict[str, Any]:
    """What was set beside the prompt and the images."""
    pictures = {name for name, _, __ in _pictures(request)}
    own = {name: plain(value) for name, value in request.given().items() if name not in {"prompt", *pictures}}
    return own | ({"extra": _brief(request.extra)} if request.extra else {})


def _inputs(request: Request) -> Iterator[dict[str, Any]]:
    for name, position, given in _pictures(request):
        mask = given if isinstance(given, Mask) else None
        image = given.image if isinstance(given, Mask) else given
        yield _known({
            "parameter": name,
            "position": position,
            "name": image.name,
            "media_type": image.media_type,
            "width": image.width,
            "height": image.height,
            "size": image.size,
            "sha256": image.blob and image.blob.sha256,
            "url": shown_url(image.url),
            "id": image.id,
            "provider": image.provider,
            "edit": mask and mask.edit,
            "restore": mask and mask.restore,
        })  # fmt: skip


def _pictures(request: Request) -> Iterator[tuple[str, int | None, ImageInput | Mask]]:
    """Every image that goes in, as it was given: under its parameter's name, with its place among several."""
    for item in request.parameters():
        value = getattr(request, item.name)
        several = isinstance(value, tuple)
        for place, one in enumerate(value if several else (value,)):
            if isinstance(one, (ImageInput, Mask)):
                yield item.name, place if several else None, one


def _brief(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON of which nobody knows what is in it, without texts that may be images."""
    if isinstance(value, Mapping):
        return {str(name): _brief(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_brief(one) for one in value]
    return f"({len(value):,} characters)" if isinstance(value, str) and len(value) > _LONG else value


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of it, without the provider's own words."""
    said = {name: value for name, value in data.items() if value is not None and name != "raw"}
    return {name: _known(value) if isinstance(value, Mapping) else value for name, value in said.items()}
