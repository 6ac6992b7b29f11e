"""The pictures in the how-to pages are what the sandbox paints for the code beside them.

``python tests/docs/test_howto_pictures.py`` paints them anew, for when its painter has changed.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

import limner
from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PICTURES = Path(__file__).parents[2] / "docs/images"
HEIGHT = 320
"""Pixels of a strip: small, as a page shows it and a repository keeps it."""

LIMIT = 100_000
"""Bytes of a picture in the repository."""

MODEL = "openai/gpt-image-2"


def variations(client: limner.Client) -> list[limner.Image]:
    """As in docs/how-to/vary.md."""
    lighthouse = client.generate("a lighthouse at dawn", model=MODEL).image
    return [lighthouse, *client.vary(lighthouse, model="openai/dall-e-2", allow="retired", n=2)]


def frames(client: limner.Client) -> list[limner.Image]:
    """As in docs/how-to/stream-in-a-notebook.md."""
    with client.stream_generate("a lighthouse at dawn", model=MODEL, partial_images=3) as stream:
        shown = [event.image for event in stream if isinstance(event, limner.PartialImage)]
    return [*shown, stream.result.image]


def chain(client: limner.Client) -> list[limner.Image]:
    """As in docs/how-to/chain-results.md."""
    day = client.generate("a lighthouse at dawn", model=MODEL, size="1536x1024").image
    return [day, client.edit("at night", images=day, model=MODEL, size="1536x1024").image]


def masked(client: limner.Client) -> list[limner.Image]:
    """As in docs/how-to/edit-with-a-mask.md."""
    day, mask = client.generate("a lighthouse at dawn", model=MODEL, size="1536x1024").image, disc()
    edited = client.edit(
        "snowy mountains",
        images=day,
        mask=limner.Mask(mask, edit="white"),
        model=MODEL,
        size="1536x1024",
    )
    return [day, as_image(mask), edited.image]


def restored(client: limner.Client) -> list[limner.Image]:
    """What changed outside the mask, brightened, as in docs/how-to/keep-the-pixels-outside.md."""
    day, mask = client.generate("a lighthouse at dawn", model=MODEL, size="1536x1024").image, disc()

    def changed(*, restore: bool) -> limner.Image:
        given = {"size": "1536x1024", "output_format": "webp", "output_compression": 20}
        layer = limner.Mask(mask, edit="white", restore=restore)
        edited = client.edit("snowy mountains", images=day, mask=layer, model=MODEL, **given).image
        difference = ImageChops.difference(edited.to_pil().convert("RGB"), day.to_pil().convert("RGB"))
        difference = difference.convert("L").point(lambda one: min(255, one * 16))
        difference.paste(96, mask=mask)
        return as_image(difference)

    return [changed(restore=False), changed(restore=True)]


def disc() -> Image.Image:
    """The mask of both pages."""
    mask = Image.new("L", (1536, 1024), "black")
    ImageDraw.Draw(mask).ellipse((150, 100, 750, 700), fill="white")
    return mask


def as_image(picture: Image.Image) -> limner.Image:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return limner.Image.of(buffer.getvalue())


PAINTED: Mapping[str, Callable[[limner.Client], list[limner.Image]]] = {
    "variations.webp": variations,
    "frames.webp": frames,
    "chain.webp": chain,
    "mask.webp": masked,
    "restored.webp": restored,
}


def strip(images: Iterable[limner.Image]) -> Image.Image:
    """Pictures side by side, with a little air between them."""
    small = [Image.open(BytesIO(image.read())).convert("RGB") for image in images]
    small = [image.resize((image.width * HEIGHT // image.height, HEIGHT), Image.Resampling.LANCZOS) for image in small]
    whole = Image.new("RGB", (sum(image.width + 8 for image in small) - 8, HEIGHT), "white")
    left = 0
    for image in small:
        whole.paste(image, (left, 0))
        left += image.width + 8
    return whole


def paint(name: str) -> Image.Image:
    with Sandbox(retired=True) as sandbox, sandbox.client() as client:
        return strip(PAINTED[name](client))


@pytest.mark.parametrize("name", PAINTED)
def test_a_picture_is_what_the_sandbox_paints(name: str) -> None:
    """WebP loses a little."""
    difference = ImageStat.Stat(ImageChops.difference(paint(name), Image.open(PICTURES / name).convert("RGB")))
    assert max(difference.mean) < 3
    assert (PICTURES / name).stat().st_size <= LIMIT


if __name__ == "__main__":
    for name in PAINTED:
        paint(name).save(PICTURES / name, quality=92, method=6)
