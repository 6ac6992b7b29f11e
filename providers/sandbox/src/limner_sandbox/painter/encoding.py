"""Pictures as files: real PNG, JPEG, WebP and GIF."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PIL import Image

ALL = 100
GIF_STEP_MS = 10
GIF_LONGEST_MS = 655_350


def encode(picture: Image.Image, file_format: str, compression: int, *, exact: bool = False) -> bytes:
    """One picture as a PNG, JPEG or WebP file.

    Args:
        picture: RGB, or RGBA for PNG and WebP.
        file_format: ``png``, ``jpeg`` or ``webp``.
        compression: 0-100, the quality that is kept by JPEG and WebP; PNG keeps everything.
        exact: Keep as much as the format allows where the compression is 100.
    """
    kind, options = _STILLS[file_format]
    buffer = BytesIO()
    kept = _EXACT.get(file_format, {}) if exact and compression == ALL else {}
    picture.save(buffer, kind, **{**options(compression), **kept})
    return buffer.getvalue()


def encode_gif(frames: Sequence[Image.Image], duration_ms: int) -> bytes:
    """Frames as an animated GIF that loops; the delay is rounded to 10 ms and capped at 655,350 ms."""
    delay = min(round(duration_ms / GIF_STEP_MS) * GIF_STEP_MS, GIF_LONGEST_MS)
    first = frames[0].quantize(256)
    rest = [frame.quantize(palette=first) for frame in frames[1:]]
    buffer = BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=delay, loop=0, optimize=False, disposal=1)
    return buffer.getvalue()


_STILLS: Mapping[str, tuple[str, Callable[[int], dict[str, int]]]] = {
    "png": ("PNG", lambda _: {"compress_level": 2}),
    "jpeg": ("JPEG", lambda kept: {"quality": max(min(kept, 96), 1)}),
    "webp": ("WEBP", lambda kept: {"quality": kept, "method": 1}),
}
_EXACT: Mapping[str, dict[str, int]] = {
    "jpeg": {"quality": 100, "subsampling": 0},
    "webp": {"lossless": True, "exact": True, "quality": 20},
}
