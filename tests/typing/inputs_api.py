"""What type checkers must see of the images that go in; never run, only checked."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO, assert_type

import PIL.Image

import limner


def whatever_an_image_can_be_made_of(handle: BinaryIO, image: limner.Image, drawing: PIL.Image.Image) -> None:
    limner.generate("a cat", reference_images=Path("cat.png"))
    limner.generate("a cat", reference_images="https://a.example/cat.png")
    limner.generate("a cat", reference_images=b"...")
    limner.generate("a cat", reference_images=io.BytesIO(b"..."))
    limner.generate("a cat", reference_images=[handle, image, drawing])
    limner.generate("a cat", reference_images=(limner.Blob(b"..."), limner.ImageInput.of(b"...")))
    limner.generate("a cat", reference_images=limner.ProviderImage("62MY", provider="roboflow"))
    limner.generate("a cat", reference_images=(path for path in Path("cats").iterdir()))
    limner.generate("a cat", reference_images=None)


def a_request_keeps_them_as_inputs() -> None:
    request = limner.GenerateRequest("a cat", reference_images="cat.png")
    assert_type(request.reference_images, tuple[limner.ImageInput, ...])
    assert_type(request.reference_images[0].blob, limner.Blob | None)


def a_mask_says_what_changes(drawing: PIL.Image.Image) -> None:
    limner.edit("a cat", images="cat.png", mask="mask.png")
    limner.edit("a cat", images=["cat.png", drawing], mask=limner.Mask(drawing, edit="white", restore=True))
    request = limner.EditRequest("a cat", images="cat.png", mask=drawing)
    assert_type(request.mask, limner.Mask | None)
    assert_type(limner.Mask("mask.png").as_white(), limner.ImageInput)
    limner.Mask("mask.png", edit="alpha")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    limner.Mask("mask.png", "white")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def what_is_no_image_is_an_error() -> None:
    limner.generate("a cat", reference_images=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    limner.ProviderImage("62MY")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
