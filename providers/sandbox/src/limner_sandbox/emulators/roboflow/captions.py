"""Captions of images that a request brings: made from what an image looks like, and cached for Roboflow's own.

There is no GPT-4 Vision here. A caption tells the shape and the main color of a picture; the few images of the
sandbox's library have descriptions. It is the same for the same image, but for one that is made afresh.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from io import BytesIO
from typing import TYPE_CHECKING

from limner_sandbox.emulators.roboflow.refusals import Complaint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.emulators.roboflow.wishes import Wish
    from limner_sandbox.studio import Studio

LIBRARY: Mapping[str, str] = {
    "62MYRuqqWCRZ02q52vsY": "a quiet residential street lined with maple trees",
    "pQ7LkzT9bXw2VnR4sJ1d": "a fishing boat in a small harbor at dawn",
    "H5cYf8GmA0uEo3KtN6xZ": "an orchard of apple trees with ladders between them",
}
"""Images that every workspace has, by id; the first is the one of the page's examples."""
WORDINGS = ("The image shows {}.", "A photo of {}.", "This is a picture of {}.")
"""Taken in turn by captions that are made afresh."""
COLORS: Mapping[str, tuple[int, int, int]] = {
    "black": (20, 20, 20), "gray": (128, 128, 128), "white": (240, 240, 240), "red": (190, 40, 40),
    "orange": (230, 140, 50), "yellow": (230, 210, 60), "green": (70, 140, 70), "blue": (60, 110, 190),
    "purple": (120, 70, 160), "pink": (230, 150, 180), "brown": (120, 85, 60),
}  # fmt: skip
MOST_PIXELS = 50_000_000
"""Larger pictures are not looked at."""


async def caption_of(wish: Wish, studio: Studio) -> str | None:
    """The caption of the image in a request, if there is one.

    Raises:
        Complaint: The image cannot be had, or is none.
    """
    image, kind = wish.given.get("image"), wish.given.get("image_type")
    if image is None:
        return None
    if kind == "id":
        description = await _described(image, studio)
        afresh = wish.given.get("force_caption_regenerate", False)
        return studio.workspace.caption(image, lambda made: _worded(description, made), afresh=afresh)
    content = _fetched(image, studio) if kind == "url" else _decoded(image)
    return _worded(await studio.work(_look, content), 0)


async def _described(name: str, studio: Studio) -> str:
    if name in LIBRARY:
        return LIBRARY[name]
    generated = studio.workspace.image(name)
    if generated is None:
        raise Complaint(f"Image {name} was not found.", status=404)
    return await studio.work(_look, generated.content)


def _worded(description: str, made: int) -> str:
    return WORDINGS[made % len(WORDINGS)].format(description)


def _fetched(url: str, studio: Studio) -> bytes:
    """The image at one of the sandbox's own URLs: it never asks anyone else."""
    try:
        return studio.file(url).content
    except LookupError as error:
        raise Complaint(f"Could not download the image: {error}.") from None


def _decoded(text: str) -> bytes:
    """The bytes of base64 as it has to be: without ``data:`` before it and without line breaks in it."""
    try:
        return b64decode(text.encode(), validate=True)
    except binascii.Error:
        raise Complaint("image must be base64.") from None


def _look(content: bytes) -> str:
    """What a picture looks like."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - Pillow is slow to import

    try:
        with Image.open(BytesIO(content)) as picture:
            wide, high = picture.size
            if wide * high > MOST_PIXELS:
                raise Complaint("The image is too large.")
            dot = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).tobytes()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Complaint("The image could not be read.") from None
    color = min(COLORS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLORS[name], dot, strict=True)))
    shape = "square" if wide == high else "wide" if wide > high else "tall"
    return f"a {shape} scene, {wide} by {high} pixels, mostly {color}"
