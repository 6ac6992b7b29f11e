"""What came, against what was asked for, what the server claims and what callers rely on. Pure: it reads no more.

The bytes are right. Where they differ from the request or from the server's words, the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import NoneType
from typing import TYPE_CHECKING, Any, get_args

from attrs import fields

from limner.errors import LimnerError, Phase
from limner.media import Blob, Image
from limner.results import ImageResult, ResultWarning, Usage
from limner.steps import Partial

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MEDIA_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "svg": "image/svg+xml",
}
"""The media type behind each word for a format."""

SVG = MEDIA_TYPES["svg"]

_TEXT, _NUMBER = (str, NoneType), (int, NoneType)
_FIELDS: Mapping[type, Mapping[str, tuple[type, ...]]] = {
    ImageResult: {
        "images": (tuple, list), "created": (datetime, NoneType), "usage": (Usage, NoneType),
        "warnings": (tuple, list), "raw": (tuple, list),
    },
    Image: {
        "data": (Blob, NoneType), "url": _TEXT, "media_type": _TEXT, "width": _NUMBER, "height": _NUMBER,
        "revised_prompt": _TEXT, "seed": _NUMBER, "index": (int,),
    },
    ResultWarning: {"code": (str,), "message": (str,), "parameter": _TEXT},
    Usage: {
        **dict.fromkeys((item.name for item in fields(Usage)), _NUMBER), "svg": (Usage, NoneType),
        "raw": (Mapping, NoneType),
    },
    Partial: {"image": (Image,), "index": (int,)},
    LimnerError: {
        **dict.fromkeys(("provider", "model", "code", "param", "request_id"), _TEXT),
        "status": _NUMBER, "retry_after": (int, float, NoneType), "maybe_billed": (bool,), "images": (tuple, list),
    },
}  # fmt: skip
"""What a plugin fills in, and of what type it has to be. All else is filled in by the core."""

_ITEMS: Mapping[str, type] = {"images": Image, "warnings": ResultWarning}
_PHASES = (None, *get_args(Phase))
"""What may be sent again goes by these."""


def misfits(value: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401 - what a plugin returned, and all in it
    """What a plugin put where callers rely on something else: ``warnings[0] is int``."""
    fields = _FIELDS.get(type(value)) or next((own for kind, own in _FIELDS.items() if isinstance(value, kind)), {})
    for name, kinds in fields.items():
        held: Any = getattr(value, name)
        if not isinstance(held, kinds):
            yield f"{where}{name} is {type(held).__name__}"
        elif name in _ITEMS:
            yield from _misfits_among(held, _ITEMS[name], f"{where}{name}")
        elif kinds[0] in _FIELDS and held is not None:
            yield from misfits(held, f"{where}{name}.")
    if isinstance(value, LimnerError) and value.phase not in _PHASES:
        yield f"phase is none of {', '.join(get_args(Phase))}"


def _misfits_among(several: Any, kind: type, where: str) -> Iterator[str]:  # noqa: ANN401 - a tuple or a list
    for at, one in enumerate(several):
        if not isinstance(one, kind):
            yield f"{where}[{at}] is {type(one).__name__}"
        yield from misfits(one, f"{where}[{at}].")


def fitting(images: Any) -> list[Image]:  # noqa: ANN401 - whatever a plugin put there
    """Those that are as they should be, of images among which some are not: they may have been paid for."""
    several = images if isinstance(images, (tuple, list)) else ()
    return [image for image in several if isinstance(image, Image) and not any(misfits(image))]


def is_image(image: Image, asked: Mapping[str, Any]) -> bool:
    """Whether the bytes are a picture. SVG is one only where SVG was asked for: elsewhere it is markup."""
    if image.data is None:
        return image.url is not None
    info = image.data.info
    return info is not None and (info.media_type != SVG or asked.get("output_format") == "svg")


def check_images(images: Sequence[Image], asked: Mapping[str, Any]) -> tuple[ResultWarning, ...]:
    """Every difference between the images, what was asked (by parameter name) and what the server claims."""
    return tuple(warning for image in images for warning in _differences(image, asked))


def check_count(came: int, asked: int | None) -> tuple[ResultWarning, ...]:
    """Whether as many images came as were asked for; a server that was not told a number owes one."""
    wanted = asked or 1
    if came == wanted:
        return ()
    fewer = "fewer" if came < wanted else "more"
    return (
        ResultWarning(
            code="count_differs", parameter="n", requested=wanted, sent=came,
            message=f"{came} image{'s' * (came != 1)} came where {wanted} {'was' if wanted == 1 else 'were'} asked for:"
            f" {fewer} than asked.",
        ),
    )  # fmt: skip


def _differences(image: Image, asked: Mapping[str, Any]) -> Iterator[ResultWarning]:
    if image.data is None:
        return
    pixels = f"{image.width}x{image.height}" if image.width and image.height else None
    claimed = image.details
    yield from _differs("size", asked.get("size"), pixels, "asked for", image.index)
    yield from _differs("size", claimed.get("size"), pixels, "claimed by the server", image.index)
    yield from _differs("output_format", asked.get("output_format"), image.media_type, "asked for", image.index)
    yield from _differs(
        "output_format", claimed.get("output_format"), image.media_type, "claimed by the server", image.index
    )
    if asked.get("background") == "transparent" and image.details.get("alpha") is False:
        yield _warning("background", "transparent", "no alpha channel", "asked for", image.index)


def _differs(parameter: str, said: object, true: str | None, by: str, index: int) -> Iterator[ResultWarning]:
    """A word against the bytes; ``auto`` and words without a true counterpart say nothing."""
    expected = MEDIA_TYPES.get(str(said)) if parameter == "output_format" else said
    if parameter == "size" and not (isinstance(said, str) and said.partition("x")[0].isdigit()):
        return
    if expected is not None and true is not None and expected != true:
        yield _warning(parameter, said, true, by, index)


def _warning(parameter: str, said: object, true: str, by: str, index: int) -> ResultWarning:
    return ResultWarning(
        code=f"{parameter}_differs",
        parameter=parameter,
        requested=said,
        sent=true,
        message=f"Image {index} has {true}, where {parameter} {said} was {by}.",
    )
