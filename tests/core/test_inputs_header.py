"""Of a file no more is read than its header, whatever its size: counted at the system's door."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limner._blob import Blob
from limner.inputs import ImageInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LITTLE = 300_000
"""A few buffers of any Python's size."""


class Counted(io.FileIO):
    """A file that counts what is read of it."""

    total = 0

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer) or 0
        type(self).total += count
        return count


@pytest.fixture(scope="module")
def counted() -> Iterator[type[Counted]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Blob, "open", lambda blob: io.BufferedReader(Counted(blob.path)))
        yield Counted


def exif() -> PIL.Image.Exif:
    tags = PIL.Image.Exif()
    tags[0x0112] = 6
    return tags


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP"]),
    width=st.integers(1, 60),
    height=st.integers(1, 60),
    alpha=st.booleans(),
    turned=st.booleans(),
    tail=st.integers(0, 200 << 20),
)
def test_size_and_alpha_are_known_and_the_rest_is_not_read(  # noqa: PLR0913 - what a picture is made of
    counted: type[Counted], tmp_path: Path, *, kind: str, width: int, height: int, alpha: bool, turned: bool, tail: int
) -> None:
    path = tmp_path / "picture"
    mode = "RGBA" if alpha and kind != "JPEG" else "RGB"
    PIL.Image.new(mode, (width, height)).save(path, kind, **({"exif": exif()} if turned else {}))
    os.truncate(path, path.stat().st_size + tail)
    counted.total = 0
    image = ImageInput.of(path)
    known = (image.width, image.height, image.turned, image.size)
    assert known == (width, height, turned, path.stat().st_size)
    assert kind != "PNG" or image.alpha is (mode == "RGBA")
    assert counted.total < LITTLE


def test_what_stands_in_front_of_the_picture_is_stepped_over(counted: type[Counted], tmp_path: Path) -> None:
    """A colour profile may be megabytes, and says nothing of the size."""
    path = tmp_path / "picture.png"
    PIL.Image.new("RGB", (4, 3)).save(path, icc_profile=os.urandom(5_000_000))
    counted.total = 0
    assert ImageInput.of(path).width == 4
    assert counted.total < LITTLE
