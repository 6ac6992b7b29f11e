"""How a picture looks in a notebook, and as a Pillow image."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

from limner._blob import human_size
from limner.errors import BadImageError, ConfigError, LimnerError

if TYPE_CHECKING:
    import PIL.Image

    from limner._blob import Blob

_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What every notebook front end shows. Not SVG: it can hold scripts."""

_INLINE_BYTES = 1_000_000
_PREVIEW_PIXELS = 512


def mime_bundle(blob: Blob, text: str) -> dict[str, str]:
    """The picture by media type for a notebook: as it is, or as a PNG preview where it is large."""
    try:
        shown = {media_type: b64encode(data).decode() for media_type, data in _shown(blob).items()}
    except (LimnerError, OSError) as error:
        shown = {}
        text = f"{text}\nNo preview of {human_size(blob.size)}: {error}"
    return {"text/plain": text, **shown}


def _shown(blob: Blob) -> dict[str, bytes]:
    info = blob.info
    if info is None or info.media_type == "image/svg+xml":
        return {}
    if info.media_type in _INLINE and blob.size <= _INLINE_BYTES:
        return {info.media_type: blob.read()}
    return {"image/png": _preview(blob)}


def to_pil(blob: Blob) -> PIL.Image.Image:
    """Decode with Pillow.

    Raises:
        ConfigError: Pillow is not installed.
        BadImageError: Pillow cannot decode it.
    """
    try:
        import PIL.Image  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise ConfigError("this needs Pillow: pip install 'limner[pillow]'") from None
    try:
        image = PIL.Image.open(io.BytesIO(blob.read()))
        image.load()
    except Exception as error:
        kind = blob.info.media_type if blob.info else "data"
        raise BadImageError(f"Pillow cannot read this {kind}: {error}"[:200]) from error
    return image


def _preview(blob: Blob) -> bytes:
    image = to_pil(blob)
    image.thumbnail((_PREVIEW_PIXELS, _PREVIEW_PIXELS))
    buffer = io.BytesIO()
    image.convert("RGBA").save(buffer, "PNG")
    return buffer.getvalue()
