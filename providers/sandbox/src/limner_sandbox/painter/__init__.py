"""The painter: a picture worth looking at for every request, always the same one for the same request.

It paints landscapes: the words of a prompt choose the hour, the place, the season and what stands there
(a lighthouse, a boat, a cat, a balloon ...), and a hash of the prompt decides everything else. It understands nothing.
Pictures that come with a commission are edited or varied; their pixels it sees, and nothing of what they show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen
from attrs.validators import ge, in_, le

from limner_sandbox.painter.sources import Sources
from limner_sandbox.painter.theme import asks_for_emblem, read

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Commission", "Sources", "asks_for_emblem", "paint"]

STILL_PIXELS = 2_300_000
"""Larger pictures are painted at this size and enlarged: detail this painter does not have costs no time."""
FRAME_PIXELS = 420_000
"""The same for each frame of an animation."""


@frozen(kw_only=True)
class Commission:
    """What is to be painted. Equal commissions give equal bytes."""

    prompt: str
    width: int = field(validator=ge(1))
    height: int = field(validator=ge(1))
    format: str = field(default="png", validator=in_(("png", "jpeg", "webp", "gif", "svg")))
    transparent: bool = False
    """Paint a cut-out on a transparent ground (PNG and WebP)."""
    compression: int = field(default=100, validator=[ge(0), le(100)])
    """What JPEG and WebP keep, 0-100: the smaller, the smaller the file."""
    variation: int = 0
    """Counts the pictures of one request, from 0: each is another picture."""
    frame_count: int = field(default=9, validator=ge(2))
    frame_duration_ms: int = 200
    sharpness: float = field(default=1.0, validator=le(1.0))
    """Below 1 a picture still in the making: blurred, and quicker."""
    sources: Sources | None = None
    """Pictures to edit or to vary, if any."""


def paint(commission: Commission) -> bytes:
    """Paint a commission.

    Takes 0.2 s for 1536x1024 as PNG on one core of 2026. Threads may paint at the same time.

    Returns:
        A file of the asked format.
    """
    if commission.format == "svg":
        return _drawing(commission)
    from limner_sandbox.painter.encoding import encode, encode_gif  # noqa: PLC0415 - Pillow is slow to import

    if commission.format == "gif":
        frames = [_still(commission, i / commission.frame_count).convert("RGB") for i in range(commission.frame_count)]
        return encode_gif(frames, commission.frame_duration_ms)
    exact = commission.sources is not None and commission.sources.mask is not None
    return encode(_still(commission), commission.format, commission.compression, exact=exact)


def _drawing(commission: Commission) -> bytes:
    from limner_sandbox.painter.vector import VectorCanvas  # noqa: PLC0415 - only drawings need it

    theme = read(commission.prompt, commission.variation)
    canvas = VectorCanvas(commission.width, commission.height, theme.seed)
    if commission.sources:
        from limner_sandbox.painter.mosaic import drawn  # noqa: PLC0415 - needs Pillow

        canvas.add(drawn(_still(commission), theme.seed))
    else:
        from limner_sandbox.painter.composition import compose  # noqa: PLC0415 - beside its canvas

        compose(canvas, theme)
    return canvas.finish(commission.prompt[:200]).encode()


def _still(commission: Commission, phase: float = 0.0) -> Image.Image:
    """The picture, or a moment of it."""
    full = (commission.width, commission.height)
    most = FRAME_PIXELS if commission.format == "gif" else STILL_PIXELS
    scale = min((most / (full[0] * full[1])) ** 0.5, 1.0) * commission.sharpness
    size = (max(round(full[0] * scale), 8), max(round(full[1] * scale), 8)) if scale < 1 else full
    if commission.sources:
        from limner_sandbox.painter.retouch import retouched  # noqa: PLC0415 - needs Pillow

        return retouched(commission, commission.sources, size, phase)
    return _scene(commission, size, phase)


def _scene(commission: Commission, size: tuple[int, int], phase: float) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 - Pillow is slow to import

    from limner_sandbox.painter.composition import compose  # noqa: PLC0415 - beside its canvas
    from limner_sandbox.painter.emblem import emblem  # noqa: PLC0415 - needs Pillow
    from limner_sandbox.painter.raster import RasterCanvas  # noqa: PLC0415 - needs Pillow

    theme = read(commission.prompt, commission.variation)
    if commission.transparent:
        picture = emblem(theme, size)
    else:
        canvas = RasterCanvas(size[0], size[1], theme.seed)
        stage = compose(canvas, theme, phase)
        picture = canvas.finish(stage.palette.shade, grain=commission.format != "gif")
    full = (commission.width, commission.height)
    return picture if picture.size == full else picture.resize(full, Image.Resampling.BICUBIC)
