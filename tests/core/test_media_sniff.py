"""What headers say, and that no bytes make reading them fail or run long."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.media import Blob, BlobWriter, ImageInfo, sniff

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (33, 21)


def made(kind: str, mode: str = "RGB", frames: int = 1, **options: Any) -> bytes:
    buffer = io.BytesIO()
    colours = [40 * at if mode in "LP" else (40 * at, 9, 9, 99)[: len(mode)] for at in range(frames)]
    pictures = [PIL.Image.new(mode, SIZE, colour) for colour in colours]
    if frames > 1:
        options |= {"save_all": True, "append_images": pictures[1:]}
    pictures[0].save(buffer, kind, **options)
    return buffer.getvalue()


FILES = {
    "png": (made("PNG"), ImageInfo("image/png", *SIZE, alpha=False, frames=1)),
    "png-alpha": (made("PNG", "RGBA"), ImageInfo("image/png", *SIZE, alpha=True, frames=1)),
    "png-grey-alpha": (made("PNG", "LA"), ImageInfo("image/png", *SIZE, alpha=True, frames=1)),
    "png-transparent-colour": (made("PNG", "P", transparency=0), ImageInfo("image/png", *SIZE, alpha=True, frames=1)),
    "apng": (made("PNG", frames=3), ImageInfo("image/png", *SIZE, alpha=False, frames=3)),
    "jpeg": (made("JPEG"), ImageInfo("image/jpeg", *SIZE, alpha=False, frames=1)),
    "jpeg-progressive": (made("JPEG", progressive=True), ImageInfo("image/jpeg", *SIZE, alpha=False, frames=1)),
    "jpeg-exif": (made("JPEG", exif=b"Exif\0\0" + bytes(9999)), ImageInfo("image/jpeg", *SIZE, alpha=False, frames=1)),
    "webp": (made("WEBP"), ImageInfo("image/webp", *SIZE, alpha=False, frames=1)),
    "webp-alpha": (made("WEBP", "RGBA"), ImageInfo("image/webp", *SIZE, alpha=True, frames=1)),
    "webp-lossless": (made("WEBP", lossless=True), ImageInfo("image/webp", *SIZE, alpha=False, frames=1)),
    "webp-lossless-alpha": (made("WEBP", "RGBA", lossless=True), ImageInfo("image/webp", *SIZE, alpha=True, frames=1)),
    "webp-animated": (made("WEBP", frames=3), ImageInfo("image/webp", *SIZE, alpha=False, frames=3)),
    "gif": (made("GIF", "P"), ImageInfo("image/gif", *SIZE, alpha=False, frames=1)),
    "gif-transparent": (made("GIF", "P", transparency=0), ImageInfo("image/gif", *SIZE, alpha=True, frames=1)),
    "gif-animated": (made("GIF", frames=3), ImageInfo("image/gif", *SIZE, alpha=False, frames=3)),
    "avif": (made("AVIF"), ImageInfo("image/avif", *SIZE, alpha=False, frames=1)),
    "avif-alpha": (made("AVIF", "RGBA"), ImageInfo("image/avif", *SIZE, alpha=True, frames=1)),
    "avif-animated": (made("AVIF", frames=3), ImageInfo("image/avif", *SIZE, alpha=False, frames=None)),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_picture_says_what_it_is(name: str) -> None:
    data, said = FILES[name]
    assert sniff(data) == said


@pytest.mark.parametrize("name", FILES)
def test_a_picture_says_the_same_wherever_it_is_kept(name: str, tmp_path: Path) -> None:
    data, said = FILES[name]
    (tmp_path / "file").write_bytes(data)
    writer = BlobWriter(len(data), spool_at=0)
    writer.write(data)
    assert Blob(data).info == Blob.from_path(tmp_path / "file").info == writer.close().info == said


@pytest.mark.parametrize("name", FILES)
def test_a_beginning_says_less_and_nothing_else(name: str) -> None:
    """All prefixes: each field is either unknown or what the whole says."""
    data, whole = FILES[name]
    for end in range(len(data)):
        part = sniff(data[:end])
        if part is not None:
            assert part.media_type == whole.media_type
            for field in ("width", "height", "alpha", "frames"):
                assert getattr(part, field) in {None, getattr(whole, field)}, (end, field)


@pytest.mark.parametrize("name", FILES)
@given(flips=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), min_size=1, max_size=4))
def test_damage_is_survived(name: str, flips: list[tuple[int, int]]) -> None:
    data = bytearray(FILES[name][0])
    for at, mask in flips:
        data[at % min(len(data), 400)] ^= mask
    found = sniff(bytes(data))
    assert found is None or found.media_type.startswith("image/")


@given(st.sampled_from([data[:16] for data, _ in FILES.values()] + [b"", b"<svg", b"<?xml ", b"\xff\xfe"]), st.binary())
def test_any_bytes_are_survived(start: bytes, rest: bytes) -> None:
    found = sniff(start + rest)
    assert found is None or all(number is None or number > 0 for number in (found.width, found.height, found.frames))


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"%PDF-1.7", b"BM" + bytes(60), b"{}", b"GIF88a", b"RIFF1234WAVE", b"\0\0\0\x18ftypheic"]
)
def test_what_is_no_picture_of_ours_is_none(data: bytes) -> None:
    assert sniff(data) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(30), ImageInfo("image/png")),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(30), ImageInfo("image/png")),
        (
            b"\xff\xd8\xff\xff\xff\xd0\xff\xc0\0\x11\x08\0\x05\0\x07",
            ImageInfo("image/jpeg", 7, 5, alpha=False, frames=1),
        ),
        (b"\xff\xd8\xff\xda", ImageInfo("image/jpeg", alpha=False, frames=1)),
        (b"\xff\xd8\xff\xe0\0\0", ImageInfo("image/jpeg", alpha=False, frames=1)),
        (b"RIFF\0\0\0\0WEBPJUNK", ImageInfo("image/webp")),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(20), ImageInfo("image/webp", alpha=False, frames=1)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(20), ImageInfo("image/webp", frames=1)),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\x02" + bytes(20), ImageInfo("image/webp", 1, 1, alpha=False)),
        (b"GIF89a\x01\0\x02\0\0\0\0;", ImageInfo("image/gif", 1, 2, alpha=False)),
        (b"GIF89a\x01\0\x02\0\0\0\0!\xf9\x04\x01\0\0\0\0?", ImageInfo("image/gif", 1, 2, alpha=True)),
        (b"\0\0\0\x14ftypavif\0\0\0\0avif", ImageInfo("image/avif", frames=1)),
        (b"\0\0\0\x14ftypmif1\0\0\0\0avif\0\0\0\x04free", ImageInfo("image/avif", frames=1)),
    ],
)
def test_a_damaged_header_says_what_it_can(data: bytes, said: ImageInfo) -> None:
    assert sniff(data) == said


def box(name: bytes, content: bytes = b"", *, long: bool = False, last: bool = False) -> bytes:
    size = 0 if last else 8 + len(content)
    return (
        b"\0\0\0\x01" + name + (16 + len(content)).to_bytes(8, "big") + content
        if long
        else size.to_bytes(4, "big") + name + content
    )


@pytest.mark.parametrize(("long", "last"), [(True, False), (False, True)])
def test_boxes_of_every_size_form_are_followed(*, long: bool, last: bool) -> None:
    def ispe(width: int, height: int) -> bytes:
        return box(b"ispe", bytes(4) + width.to_bytes(4, "big") + height.to_bytes(4, "big"))

    properties = box(b"iprp", box(b"ipco", ispe(4, 4) + ispe(400, 300) + box(b"pixi") + ispe(16, 16)))
    data = (
        box(b"ftyp", b"avif\0\0\0\0avif")
        + box(b"free", long=True)
        + box(b"meta", bytes(4) + properties, long=long, last=last)
    )
    assert sniff(data) == ImageInfo("image/avif", 400, 300, alpha=False, frames=1)


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a\x01\0\x02\0\0\0\0!\xfe" + b"\x01x" * 8_000_000,
        b"\xff\xd8" + b"\xff" * 16_000_000,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(16_000_000),
        b"RIFF\xff\xff\xff\0WEBPVP8X\0\0\0\0\x02" + bytes(16_000_000),
        b"\0\0\0\x14ftypavif\0\0\0\0avif" + b"\0\0\0\x08free" * 2_000_000,
        b"<!DOCTYPE svg [" + b"<!--" * 4_000_000,
        b"<!-- --" * 2_000_000,
        b"<svg" + b" a=''" * 3_000_000,
        b"<svg width='" + b"1" * 16_000_000,
    ],
)
def test_work_is_bounded(data: bytes) -> None:
    started = time.process_time()
    found = sniff(data)
    assert time.process_time() - started < 3
    assert found is None or found.frames in {None, 1}
