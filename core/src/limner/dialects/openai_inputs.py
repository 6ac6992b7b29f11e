"""How images go in, in the OpenAI Images wire format: one function for each encoding, by its name.

A request comes in as JSON without its images, and goes out with them. Which encoding is taken is not decided here: an
operation's capabilities say which there are and what each of them carries, and the first that fits is taken. A
provider that has them all declares::

    encodings=(
        Encoding("multipart", inputs=("bytes",), without=("moderation",)),
        Encoding("json-references"),
    )

===================  ===============================================================  ============================
encoding             an image                                                         several
===================  ===============================================================  ============================
``json``             none                                                             none
``multipart``        a file in the field of its wire name, the rest as text fields    ``image[]``, once for each
``json-references``  ``{"image_url": ...}`` or ``{"file_id": ...}``                   a list, even of one
``json-data-url``    a data URL                                                       a list
===================  ===============================================================  ============================

Fields have the wire names of their parameters: ``image`` for ``images``. Only ``json-references`` has names of its
own, which are limner's: ``images``, ``mask``. limner downloads nothing to send it: a URL goes as it is.

Sources: OpenAI's schema of its Images API (spec of 2026-08-21) and openai-python 3.52.0, which names the fields of a
form with brackets; for ``json-data-url``, the page of r9s (read 2026-11-20).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from limner.errors import UnsupportedError
from limner.media import extension
from limner.provider import Embed, HttpRequest, Part

if TYPE_CHECKING:
    from limner.capabilities import OperationCapabilities, Parameter
    from limner.inputs import ImageInput


@frozen
class Given:
    """The images that were given for one parameter."""

    name: str
    parameter: Parameter
    images: tuple[ImageInput, ...]
    several: bool
    """Whether the parameter takes a list, be it of one."""

    @classmethod
    def of(cls, name: str, parameter: Parameter, value: ImageInput | tuple[ImageInput, ...]) -> Given:
        """From the value of a request."""
        several = isinstance(value, tuple)
        return cls(name, parameter, value if isinstance(value, tuple) else (value,), several)

    def put(self, body: dict[str, Any], made: Sequence[Any]) -> None:
        """Write what was made of the images under their wire name: one as itself, several as a list."""
        self.parameter.wire.put(body, self.name, made if len(made) > 1 else made[0])


Writer: TypeAlias = Callable[[HttpRequest, tuple[Given, ...]], HttpRequest]


def with_images(request: HttpRequest, takes: OperationCapabilities, values: Mapping[str, Any]) -> HttpRequest:
    """A request with its images, in the encoding that its operation declares for such values.

    Args:
        request: What is set beside the images, as JSON.
        takes: What the operation takes.
        values: What is set, by the names of the declaration, images included.

    Raises:
        UnsupportedError: no encoding carries these images.
    """
    given = tuple(
        Given.of(name, parameter, values[name])
        for name, parameter in takes.parameters.items()
        if name in values and parameter.constraint.on_images
    )
    encoding = takes.encoding_for(values)
    if isinstance(encoding, tuple):
        raise UnsupportedError(encoding[0].message, param=encoding[0].parameter)
    return WRITERS.get(encoding.name, as_json)(request, given)


def as_json(request: HttpRequest, given: tuple[Given, ...]) -> HttpRequest:
    """As it is: for what has no images.

    Raises:
        UnsupportedError: there are some.
    """
    if given:
        names = ", ".join(one.name for one in given)
        raise UnsupportedError(
            f"{names} cannot be written to {request.url}: no encoding that is declared for it carries images.",
            param=given[0].name,
        )
    return request


def as_multipart(request: HttpRequest, given: tuple[Given, ...]) -> HttpRequest:
    """A form: text first, then files, each of them with a name and a media type."""
    body = dict(request.json)
    for one in given:
        stem = (one.parameter.wire.name or one.name).rpartition(".")[2]
        one.put(body, [_file(image, f"{stem}-{place}") for place, image in enumerate(one.images)])
    parts = (part for name, value in body.items() for part in _parts(name, value))
    return evolve(request, json=None, parts=tuple(parts))


def as_references(request: HttpRequest, given: tuple[Given, ...]) -> HttpRequest:
    """JSON with objects that hold a URL, a data URL, or the id of a file that the provider keeps."""
    body = dict(request.json)
    for one in given:
        made = [_reference(image) for image in one.images]
        body[one.name] = made if one.several else made[0]
    return evolve(request, json=body)


def as_data_urls(request: HttpRequest, given: tuple[Given, ...]) -> HttpRequest:
    """JSON with data URLs; a URL, where it is declared that one is taken, goes as it is."""
    body = dict(request.json)
    for one in given:
        one.put(body, [_url(image) for image in one.images])
    return evolve(request, json=body)


WRITERS: Mapping[str, Writer] = {
    "json": as_json,
    "multipart": as_multipart,
    "json-references": as_references,
    "json-data-url": as_data_urls,
}
"""The encodings by name."""


def _file(image: ImageInput, stem: str) -> Part | str | None:
    """A part that has yet to be told the name of its field; an image that is no file goes as text."""
    if image.blob is None:
        return image.url or image.id
    media_type = image.media_type or "application/octet-stream"
    return Part("", image.blob, image.name or f"{stem}.{extension(media_type)}", media_type)


def _reference(image: ImageInput) -> dict[str, Any]:
    return {"file_id": image.id} if image.id is not None else {"image_url": _url(image)}


def _url(image: ImageInput) -> Embed | str | None:
    return Embed(image.blob, "data-url") if image.blob is not None else image.url or image.id


def _parts(name: str, value: Any) -> Iterator[Part]:  # noqa: ANN401 - JSON
    """A value as fields of a form: ``svg[model]`` for what is inside an object, ``image[]`` for each of a list."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _parts(f"{name}[{key}]", inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _parts(f"{name}[]", inner)
    elif value is not None:  # a form has no null: not to be there is the same
        yield evolve(value, name=name) if isinstance(value, Part) else Part(name, _text(value))


def _text(value: str | float) -> str:
    """Numbers and booleans as JSON spells them."""
    return value if isinstance(value, str) else json.dumps(value)
