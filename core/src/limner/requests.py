# ruff: noqa: RUF009 - the calls in the classes below make attrs fields
"""What a caller asks for: one frozen class per operation, one field per parameter.

A parameter is spelled here and nowhere else: the client's methods, the command line's options and the documentation
take it from these classes. ``None`` means *not set*, and what is not set is never sent.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NotRequired, Required, TypeAlias, TypedDict

from attrs import Attribute, evolve, field, fields, frozen

from limner import _checks as check
from limner.errors import BadInputError
from limner.inputs import ImageInput, ImageSource, image_inputs
from limner.masks import Mask

if TYPE_CHECKING:
    from typing import Self

    from limner.selection import Selection

Models: TypeAlias = "str | Iterable[str] | Selection | None"

Delivery = Literal["bytes", "url"]
Partial = Literal["keep", "raise"]
Mismatch = Literal["warn", "raise"]
Retry = Literal["safe", "at_least_once"]
Allowance = Literal["announced", "retired"]
Unsupported = Literal["raise", "adapt"]


class SVGReasoning(TypedDict, total=False):
    """How hard the author of an SVG thinks."""

    effort: str


class SVGAuthor(TypedDict):
    """The model that writes the markup of an SVG image."""

    model: Required[str]
    reasoning: NotRequired[SVGReasoning]


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


def _mask(value: Mask | ImageSource | None) -> Mask | None:
    return value if value is None or isinstance(value, Mask) else Mask(value)


def _markup(value: ImageSource | None) -> ImageInput | None:
    return None if value is None else ImageInput.of(value, param="markup")


def _models(value: Models) -> tuple[str, ...]:
    """Models by name, in their order; of a selection, those that can."""
    return tuple(getattr(one, "name", one) for one in _several(getattr(value, "candidates", value)))


def _several(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever was given: what it should be is checked later
    """One or several; what is neither is one."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def _one_or_several(value: str | Iterable[str] | None) -> str | tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return value
    names = _several(value)
    return names[0] if len(names) == 1 else names


def _words(value: Allowance | Iterable[Allowance] | None) -> tuple[Allowance, ...]:
    return _several(value)


def _parameter(doc: str, *checks: Any, **more: Any) -> Any:  # noqa: ANN401 - attrs.field's own type
    return field(default=None, validator=check.all_of(checks), metadata={"doc": doc, "role": "parameter"}, **more)


def _option(doc: str, *checks: Any, default: Any = None, **more: Any) -> Any:  # noqa: ANN401 - attrs.field's own type
    return field(default=default, validator=check.all_of(checks), metadata={"doc": doc, "role": "option"}, **more)


def _about(doc: str) -> dict[str, str]:
    """What a parameter says of itself, where a type checker has to see ``field`` spelled out."""
    return {"doc": doc, "role": "parameter"}


@frozen(kw_only=True)
class Request:
    """The call options that every operation shares: how to call, never sent as such."""

    operation: ClassVar[str]

    provider: str | None = _option("The provider's name; without it, it stands before the slash of model.", check.text)
    model: str | tuple[str, ...] | None = field(
        default=None,
        converter=_one_or_several,
        validator=check.names,
        metadata={
            "doc": "What paints: provider/model, or a model of the given provider; several are tried in their order.",
            "role": "option",
        },
    )
    fallback: tuple[str, ...] = field(
        default=(),
        converter=_models,
        validator=check.names,
        metadata={
            "doc": "Models to try, in this order, when what comes before them is not available; or a selection.",
            "role": "option",
        },
    )
    on_unsupported: Unsupported = _option(
        "When a model does not take something: raise, or adapt it to the nearest value that is declared and warn.",
        check.one_of("raise", "adapt"),
        default="raise",
    )
    timeout: float | None = _option(
        "Seconds for one planned call, all its retries and downloads included.", check.seconds
    )
    total_timeout: float | None = _option("Seconds for the whole request, over all its calls.", check.seconds)
    delivery: Delivery | None = _option(
        "How images come back: bytes, or url (which expires). Unset: bytes in the end, whatever is sent.",
        check.one_of("bytes", "url"),
    )
    on_partial: Partial = _option(
        "When some of several calls fail: keep the paid images, or raise with them on the error.",
        check.one_of("keep", "raise"),
        default="keep",
    )
    on_mismatch: Mismatch = _option(
        "When an image is not what was asked for: warn on the result, or raise with the images on the error.",
        check.one_of("warn", "raise"),
        default="warn",
    )
    retry: Retry = _option(
        "safe never repeats what may have been billed; at_least_once repeats it, and may pay twice.",
        check.one_of("safe", "at_least_once"),
        default="safe",
    )
    allow: tuple[Allowance, ...] = field(
        default=(),
        converter=_words,
        validator=check.allowances,
        metadata={"doc": "Use what is declared as announced or retired all the same.", "role": "option"},
    )
    to: str | os.PathLike[str] | None = _option(
        "Where images go while they arrive: a file, which several share as name-1, name-2 ..., or a folder.",
        check.of_type(str, os.PathLike),
    )
    options: Any = _option("The provider's own typed options.", check.own_options)
    extra: Mapping[str, Any] | None = _option(
        "Fields merged into the body as they are; never over the model or the key.",
        check.of_type(Mapping),
        check.named_by_text,
    )

    _given: dict[str, Any] | None = field(default=None, init=False, repr=False, eq=False)

    @property
    def models(self) -> tuple[str, ...]:
        """The models to try, in their order; none where none is named."""
        named = () if self.model is None else (self.model,) if isinstance(self.model, str) else self.model
        return tuple(dict.fromkeys((*named, *self.fallback)))

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of what is asked for, as 64 hexadecimal digits: the same for the same request, anywhere, any day.

        Of images, the bytes count, not where they came from; of call options, those that change what is sent.
        A text that may name a file counts as that text: ``client.plan(request).request`` has looked at the file.
        """
        asked = {
            "operation": self.operation, "provider": self.provider, "models": self.models, "extra": self.extra,
            "given": self.given(),
        }  # fmt: skip
        return hashlib.sha256(json.dumps(asked, default=hashed, sort_keys=True).encode()).hexdigest()

    @classmethod
    @cache  # asked for several times a call
    def parameters(cls) -> tuple[Attribute[Any], ...]:
        """The fields that are parameters: what is given by position, what is the operation's own, the rest."""
        found = (item for item in fields(cls) if item.metadata.get("role") == "parameter")
        own = cls.__annotations__
        return tuple(sorted(found, key=lambda item: (item.kw_only, item.name not in own)))

    @classmethod
    def call_options(cls) -> tuple[Attribute[Any], ...]:
        """The fields that say how to call."""
        return tuple(item for item in fields(cls) if item.metadata.get("role") == "option")

    @classmethod
    @cache
    def _defaults(cls) -> tuple[tuple[str, Any], ...]:
        return tuple((item.name, item.default) for item in cls.parameters())

    def given(self) -> dict[str, Any]:
        """What the caller set, by the names that declarations use: parameters, ``delivery`` and ``options.x``."""
        if self._given is None:  # asked for ten times a call
            object.__setattr__(self, "_given", self._asked())
        return dict(self._given or {})

    def _asked(self) -> dict[str, Any]:
        values = {
            name: value
            for name, unset in self._defaults()
            if (value := getattr(self, name)) is not unset and value != unset
        }
        values["delivery"] = self.delivery
        if self.options is not None:
            values |= {f"options.{item.name}": getattr(self.options, item.name) for item in fields(type(self.options))}
        return {name: value for name, value in values.items() if value is not None}

    def check(self) -> None:
        """Find out what no declaration knows and would still be paid for in vain. Asked when it is planned."""

    def but(self, **changes: Any) -> Self:  # noqa: ANN401 - any field
        """This request with some fields changed."""
        return evolve(self, **changes)


def hashed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """What a fingerprint says of an image, or of something else that is no JSON."""
    blob = getattr(value, "blob", None)
    if isinstance(value, ImageInput):
        if blob is not None:
            return {"sha256": blob.sha256}
        return {"url": value.url, "id": value.id, "provider": value.provider, "text": value.text}
    return dict(value) if isinstance(value, Mapping) else repr(value)


@frozen(kw_only=True)
class PictureRequest(Request):
    """What pictures may be asked to be, however they come about; which of it a model takes is declared."""

    n: int | None = _parameter(
        "How many images; more than one call can make become several calls.", check.images_wanted
    )
    size: str | None = field(
        default=None,
        converter=_size,
        validator=check.size,
        metadata=_about("Pixels as WIDTHxHEIGHT or (width, height); landscape, portrait or square; or auto."),
    )
    aspect_ratio: str | None = _parameter("The shape as WIDTH:HEIGHT, such as 16:9, in place of a size.", check.ratio)
    quality: str | None = _parameter("How much work goes into an image: low, medium, high, hd ...", check.text)
    style: str | None = _parameter("The manner of the picture: vivid, natural ...", check.text)
    background: str | None = _parameter("transparent, opaque or auto.", check.text)
    output_format: str | None = _parameter("The file format: png, jpeg, webp, gif or svg.", check.text)
    output_compression: int | None = _parameter("0 to 100, for jpeg and webp.", check.of_type(int))
    complexity: str | None = _parameter("How much planning goes before painting: low, medium or high.", check.text)
    frame_count: int | None = _parameter("Frames of an animated gif.", check.of_type(int))
    frame_duration_ms: int | None = _parameter("Milliseconds that each frame of a gif stands.", check.of_type(int))
    svg: SVGAuthor | None = _parameter("The model that writes an svg, and how hard it thinks.", check.of_type(Mapping))
    seed: int | None = _parameter("A number that makes a model repeat itself, where it can.", check.of_type(int))
    negative_prompt: str | None = _parameter("What to keep out of the picture, in words.", check.text)
    moderation: str | None = _parameter("How strictly content is filtered: low or auto.", check.text)
    safety_identifier: str | None = _parameter("A stable, hashed name of the end user, for abuse reports.", check.text)
    user: str | None = _parameter("The older name of safety_identifier at some providers.", check.text)
    partial_images: int | None = _parameter(
        "Frames to show while an image is being painted, where a stream is asked for.", check.of_type(int)
    )

    def __attrs_post_init__(self) -> None:
        if self.size is not None and self.aspect_ratio is not None:
            raise BadInputError("size and aspect_ratio say the same thing: give one of them.", param="aspect_ratio")


@frozen(kw_only=True)
class GenerateRequest(PictureRequest):
    """Pictures from words."""

    operation: ClassVar[str] = "generate"

    prompt: str = field(kw_only=False, validator=check.prompt, metadata=_about("What to paint, in words."))
    reference_images: tuple[ImageInput, ...] = field(
        default=(),
        converter=_reference_images,
        metadata=_about("Images to go by, one or several: paths, bytes, open files, URLs, images of earlier results."),
    )


@frozen(kw_only=True)
class EditRequest(PictureRequest):
    """Pictures from words and other pictures."""

    operation: ClassVar[str] = "edit"

    prompt: str = field(kw_only=False, validator=check.prompt, metadata=_about("What to make of the images, in words."))
    images: tuple[ImageInput, ...] = field(
        default=(),
        converter=_images,
        metadata=_about("What to edit, one or several: paths, bytes, open files, URLs, images of earlier results."),
    )
    mask: Mask | None = field(
        default=None,
        converter=_mask,
        metadata=_about("Where the first image changes: where this one, as large, is fully transparent; or a Mask."),
    )
    markup: ImageInput | None = field(
        default=None, converter=_markup, metadata=_about("A transparent image laid over the first one as a guide.")
    )
    input_fidelity: str | None = _parameter("How closely to keep to the images: high or low.", check.text)

    def _asked(self) -> dict[str, Any]:
        """With the mask as constraints and dialects know it, see :meth:`limner.Mask.as_transparent`."""
        mask = {} if self.mask is None else {"mask": self.mask.as_transparent()}
        return {**super()._asked(), **mask}

    def check(self) -> None:
        """Find out what would be paid for in vain: pixels outside the mask that cannot be put back.

        Raises:
            LimnerError: as :meth:`limner.Mask.check`.
        """
        if self.mask is not None and self.images:
            self.mask.check(self.images[0], self.delivery)


@frozen(kw_only=True)
class VaryRequest(PictureRequest):
    """Pictures like another picture."""

    operation: ClassVar[str] = "vary"

    image: ImageInput = field(
        kw_only=False,
        converter=_image,
        metadata=_about("What to vary: a path, bytes, an open file, a URL, an image of an earlier result."),
    )
