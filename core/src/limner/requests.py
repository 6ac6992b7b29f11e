# ruff: noqa: RUF009 - the calls in the classes below make attrs fields
"""What a caller asks for: one frozen class per operation, one field per parameter.

A parameter is spelled here and nowhere else: the client's methods, the command line's options and the documentation
take it from these classes. ``None`` means *not set*, and what is not set is never sent.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, Required, TypedDict

from attrs import Attribute, evolve, field, fields, frozen, has

from limner.errors import BadInputError
from limner.inputs import ImageInput, ImageSource, image_inputs

if TYPE_CHECKING:
    from typing import Self

Delivery = Literal["bytes", "url"]
Partial = Literal["keep", "raise"]
Mismatch = Literal["warn", "raise"]
Retry = Literal["safe", "at_least_once"]
Allowance = Literal["announced", "retired"]


class SVGReasoning(TypedDict, total=False):
    """How hard the author of an SVG thinks."""

    effort: str


class SVGAuthor(TypedDict):
    """The model that writes the markup of an SVG image."""

    model: Required[str]
    reasoning: NotRequired[SVGReasoning]


def _of_type(*allowed: type) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        # bool is an int to Python and a mistake to a caller: n=True is not one image.
        if value is None or (isinstance(value, allowed) and (bool in allowed or not isinstance(value, bool))):
            return
        names = " or ".join(cls.__name__ for cls in allowed)
        msg = f"{attribute.name} takes {names}; it was given {type(value).__name__}."
        raise BadInputError(msg, param=attribute.name)

    return check


def _one_of(*allowed: str) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: Attribute[Any], value: object) -> None:
        if value is not None and value not in allowed:
            msg = f"{attribute.name} is one of {', '.join(map(repr, allowed))}; it was given {value!r}."
            raise BadInputError(msg, param=attribute.name)

    return check


def _seconds(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf):
        return
    msg = f"{attribute.name} is a number of seconds above 0; it was given {value!r}."
    raise BadInputError(msg, param=attribute.name)


def _allowances(_: object, attribute: Attribute[Any], value: tuple[str, ...]) -> None:
    check = _one_of("announced", "retired")
    for word in value:
        check(_, attribute, word)


def _text(_: object, attribute: Attribute[Any], value: object) -> None:
    """Whatever is said to a provider must survive being encoded as UTF-8."""
    _of_type(str)(_, attribute, value)
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        msg = f"{attribute.name} holds a lone surrogate at position {error.start}, which is not a character."
        raise BadInputError(msg, param=attribute.name) from None


def _prompt(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        msg = "prompt takes a text that is not blank; it was given " + (
            "a blank one." if isinstance(value, str) else f"{type(value).__name__}."
        )
        raise BadInputError(msg, param="prompt")
    _text(_, attribute, value)


def _images_wanted(_: object, attribute: Attribute[Any], value: object) -> None:
    _of_type(int)(_, attribute, value)
    if isinstance(value, int) and value < 1:
        msg = f"n is at least 1; it was given {value}."
        raise BadInputError(msg, param="n")


def _size(value: str | tuple[int, int] | None) -> str | None:
    """A pair, and text with a multiplication sign, are how people write ``"1536x1024"``."""
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return value.replace("\N{MULTIPLICATION SIGN}", "x") if isinstance(value, str) else value


def _images(value: ImageSource | Iterable[ImageSource] | None) -> tuple[ImageInput, ...]:
    return image_inputs(value, "images")


def _reference_images(value: ImageSource | Iterable[ImageSource] | None) -> tuple[ImageInput, ...]:
    return image_inputs(value, "reference_images")


def _image(value: ImageSource) -> ImageInput:
    return ImageInput.of(value, param="image")


def _mask(value: ImageSource | None) -> ImageInput | None:
    return None if value is None else ImageInput.of(value, param="mask")


def _markup(value: ImageSource | None) -> ImageInput | None:
    return None if value is None else ImageInput.of(value, param="markup")


def _words(value: Allowance | Iterable[Allowance] | None) -> tuple[Allowance, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _own_options(_: object, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not has(type(value)):
        msg = f"{attribute.name} takes the provider's own options class; it was given {type(value).__name__}."
        raise BadInputError(msg, param=attribute.name)


def _parameter(doc: str, *checks: Any, **more: Any) -> Any:  # noqa: ANN401 - attrs.field's own type
    return field(default=None, validator=list(checks), metadata={"doc": doc, "role": "parameter"}, **more)


def _option(doc: str, *checks: Any, default: Any = None, **more: Any) -> Any:  # noqa: ANN401 - attrs.field's own type
    return field(default=default, validator=list(checks), metadata={"doc": doc, "role": "option"}, **more)


def _about(doc: str) -> dict[str, str]:
    """What a parameter says of itself, where a type checker has to see ``field`` spelled out."""
    return {"doc": doc, "role": "parameter"}


@frozen(kw_only=True)
class Request:
    """The call options that every operation shares: how to call, never sent as such."""

    operation: ClassVar[str]

    provider: str | None = _option("The provider's name; without it, it stands before the slash of model.", _text)
    model: str | None = _option("What paints: provider/model, or a model of the given provider.", _text)
    timeout: float | None = _option("Seconds for one planned call, all its retries and downloads included.", _seconds)
    total_timeout: float | None = _option("Seconds for the whole request, over all its calls.", _seconds)
    delivery: Delivery | None = _option(
        "How images come back: bytes, or url (which expires). Unset: bytes in the end, whatever is sent.",
        _one_of("bytes", "url"),
    )
    on_partial: Partial = _option(
        "When some of several calls fail: keep the paid images, or raise with them on the error.",
        _one_of("keep", "raise"),
        default="keep",
    )
    on_mismatch: Mismatch = _option(
        "When an image is not what was asked for: warn on the result, or raise with the images on the error.",
        _one_of("warn", "raise"),
        default="warn",
    )
    retry: Retry = _option(
        "safe never repeats what may have been billed; at_least_once repeats it, and may pay twice.",
        _one_of("safe", "at_least_once"),
        default="safe",
    )
    allow: tuple[Allowance, ...] = field(
        default=(),
        converter=_words,
        validator=_allowances,
        metadata={"doc": "Use what is declared as announced or retired all the same.", "role": "option"},
    )
    to: str | os.PathLike[str] | None = _option(
        "Where images go while they arrive: a file, which several share as name-1, name-2 ..., or a folder.",
        _of_type(str, os.PathLike),
    )
    options: Any = _option("The provider's own typed options.", _own_options)
    extra: Mapping[str, Any] | None = _option(
        "Fields merged into the body as they are; never over the model or the key.", _of_type(Mapping)
    )

    @classmethod
    @cache  # asked for several times a call
    def parameters(cls) -> tuple[Attribute[Any], ...]:
        """The fields that are parameters: what is given by position, what is the operation's own, the rest."""
        found = (item for item in fields(cls) if item.metadata.get("role") == "parameter")
        return tuple(sorted(found, key=lambda item: (item.kw_only, item.inherited)))

    @classmethod
    def call_options(cls) -> tuple[Attribute[Any], ...]:
        """The fields that say how to call."""
        return tuple(item for item in fields(cls) if item.metadata.get("role") == "option")

    def given(self) -> dict[str, Any]:
        """What the caller set, by the names that declarations use: parameters, ``delivery`` and ``options.x``."""
        values = {item.name: value for item in self.parameters() if (value := getattr(self, item.name)) != item.default}
        values["delivery"] = self.delivery
        if self.options is not None:
            values |= {f"options.{item.name}": getattr(self.options, item.name) for item in fields(type(self.options))}
        return {name: value for name, value in values.items() if value is not None}

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 - any field
        """This request with some fields changed."""
        return evolve(self, **changes)


@frozen(kw_only=True)
class PictureRequest(Request):
    """What pictures may be asked to be, however they come about; which of it a model takes is declared."""

    n: int | None = _parameter("How many images; more than one call can make become several calls.", _images_wanted)
    size: str | None = field(
        default=None,
        converter=_size,
        validator=_text,
        metadata=_about("Pixels as WIDTHxHEIGHT or (width, height), or auto."),
    )
    quality: str | None = _parameter("How much work goes into an image: low, medium, high, hd ...", _text)
    style: str | None = _parameter("The manner of the picture: vivid, natural ...", _text)
    background: str | None = _parameter("transparent, opaque or auto.", _text)
    output_format: str | None = _parameter("The file format: png, jpeg, webp, gif or svg.", _text)
    output_compression: int | None = _parameter("0 to 100, for jpeg and webp.", _of_type(int))
    complexity: str | None = _parameter("How much planning goes before painting: low, medium or high.", _text)
    frame_count: int | None = _parameter("Frames of an animated gif.", _of_type(int))
    frame_duration_ms: int | None = _parameter("Milliseconds that each frame of a gif stands.", _of_type(int))
    svg: SVGAuthor | None = _parameter("The model that writes an svg, and how hard it thinks.", _of_type(Mapping))
    seed: int | None = _parameter("A number that makes a model repeat itself, where it can.", _of_type(int))
    negative_prompt: str | None = _parameter("What to keep out of the picture, in words.", _text)
    moderation: str | None = _parameter("How strictly content is filtered: low or auto.", _text)
    safety_identifier: str | None = _parameter("A stable, hashed name of the end user, for abuse reports.", _text)
    user: str | None = _parameter("The older name of safety_identifier at some providers.", _text)
    partial_images: int | None = _parameter(
        "Frames to show while an image is being painted, where a stream is asked for.", _of_type(int)
    )


@frozen(kw_only=True)
class GenerateRequest(PictureRequest):
    """Pictures from words."""

    operation: ClassVar[str] = "generate"

    prompt: str = field(kw_only=False, validator=_prompt, metadata=_about("What to paint, in words."))
    reference_images: tuple[ImageInput, ...] = field(
        default=(),
        converter=_reference_images,
        metadata=_about("Images to go by, one or several: paths, bytes, open files, URLs, images of earlier results."),
    )


@frozen(kw_only=True)
class EditRequest(PictureRequest):
    """Pictures from words and other pictures."""

    operation: ClassVar[str] = "edit"

    prompt: str = field(kw_only=False, validator=_prompt, metadata=_about("What to make of the images, in words."))
    images: tuple[ImageInput, ...] = field(
        default=(),
        converter=_images,
        metadata=_about("What to edit, one or several: paths, bytes, open files, URLs, images of earlier results."),
    )
    mask: ImageInput | None = field(
        default=None,
        converter=_mask,
        metadata=_about("Where the first image changes: where this one, as large, is fully transparent."),
    )
    markup: ImageInput | None = field(
        default=None, converter=_markup, metadata=_about("A transparent image laid over the first one as a guide.")
    )
    input_fidelity: str | None = _parameter("How closely to keep to the images: high or low.", _text)


@frozen(kw_only=True)
class VaryRequest(PictureRequest):
    """Pictures like another picture."""

    operation: ClassVar[str] = "vary"

    image: ImageInput = field(
        kw_only=False,
        converter=_image,
        metadata=_about("What to vary: a path, bytes, an open file, a URL, an image of an earlier result."),
    )
