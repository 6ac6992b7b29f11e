"""What the first bytes of a picture say about it: format, pixels, alpha, frames.

Headers only: nothing is decoded, nothing is trusted, and no input makes this raise or run long.
Formats: PNG (W3C PNG 3), JPEG (ITU T.81), WebP (RFC 9649), GIF (89a), AVIF (AOM AVIF 1.1, ISO 14496-12), SVG (SVG 2).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from attrs import define, field, frozen

from limner._svg import looks_like_markup, svg_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limner._blob import Blob

_MAX_LOOKS = 1 << 19
"""Looks into one picture; a 64 MiB GIF of full sub-blocks takes half as many."""

_SVG_HEAD = 1 << 16

CERTAIN = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""The types that a fixed signature opens: bytes without any is none of them. SVG may come in disguises, and an AVIF
file need not name itself at once."""


@frozen
class ImageInfo:
    """What a picture's own bytes say; ``None`` where they do not, or where they were cut before they could."""

    media_type: str
    width: int | None = None
    """Pixels as stored, before any orientation mark is applied."""
    height: int | None = None
    alpha: bool | None = None
    """Whether pixels can be transparent, not whether any is."""
    frames: int | None = None
    turned: bool = False
    """Whether an orientation mark exchanges width and height where the picture is shown (Exif 2.32, tag 274)."""


def sniff(head: bytes | Blob) -> ImageInfo | None:
    """Read a picture's header.

    Args:
        head: The picture, or as much of its beginning as there is. Frames can need all of it.

    Returns:
        What it says, or ``None`` where this is no picture that limner knows.
    """
    with io.BytesIO(head) if isinstance(head, bytes | bytearray | memoryview) else head.open() as handle:
        window = _Window(handle)
        start = window.at(0, 64)
        for recognises, read in _FORMATS:
            if recognises(start):
                return read(window)
    return None


@define
class _Window:
    """Looks into the bytes; after ``_MAX_LOOKS`` it is blind, so that every walk ends."""

    handle: BinaryIO
    looks: int = _MAX_LOOKS
    size: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.size = self.handle.seek(0, io.SEEK_END)

    def at(self, offset: int, count: int) -> bytes:
        if self.looks <= 0:
            return b""
        self.looks -= 1
        self.handle.seek(offset)
        return self.handle.read(count)

    def big(self, offset: int, count: int) -> int | None:
        found = self.at(offset, count)
        return int.from_bytes(found, "big") if len(found) == count else None

    def little(self, offset: int, count: int) -> int | None:
        found = self.at(offset, count)
        return int.from_bytes(found, "little") if len(found) == count else None


def _pixels(number: int | None) -> int | None:
    return number or None


def _png(window: _Window) -> ImageInfo:
    if window.at(12, 4) != b"IHDR":
        return ImageInfo("image/png")
    width, height, colour = window.big(16, 4), window.big(20, 4), window.big(25, 1)
    alpha, frames, turned = _png_chunks(window)
    if colour in {4, 6}:
        alpha = True
    return ImageInfo("image/png", _pixels(width), _pixels(height), alpha, frames, turned)


def _png_chunks(window: _Window) -> tuple[bool | None, int | None, bool]:
    """Alpha by tRNS, frames by acTL and orientation by eXIf, which stand before the first IDAT (eXIf: should)."""
    alpha, frames, turned, offset = False, 1, False, 8
    while True:
        size, name = window.big(offset, 4), window.at(offset + 4, 4)
        if size is None or len(name) < 4:  # noqa: PLR2004 - the length of a chunk's name
            return alpha or None, None if frames == 1 else frames, turned
        if name == b"IDAT":
            return alpha, frames, turned
        if name == b"tRNS":
            alpha = True
        if name == b"acTL":
            frames = window.big(offset + 8, 4) or 1
        if name == b"eXIf":
            turned = _turned(window, offset + 8)
        offset += 12 + size


def _turned(window: _Window, start: int) -> bool:
    """What Exif data, a TIFF file in small, says of the orientation."""
    read = _TIFF_NUMBERS.get(window.at(start, 4))
    if read is None:
        return False
    first = start + (read(window, start + 4, 4) or 0)
    entries = range(first + 2, first + 2 + 12 * (read(window, first, 2) or 0), 12)
    marks = (read(window, entry + 8, 2) for entry in entries if read(window, entry, 2) == _ORIENTATION)
    return next(marks, None) in _TURNED


_TIFF_NUMBERS = {b"II*\0": _Window.little, b"MM\0*": _Window.big}
_ORIENTATION = 0x0112
_TURNED = range(5, 9)


_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_ENDS = frozenset({0xD9, 0xDA})


def _jpeg(window: _Window) -> ImageInfo:
    width = height = None
    turned = False
    offset = 2
    while (marker := window.at(offset, 2))[:1] == b"\xff" and len(marker) == 2:  # noqa: PLR2004 - a marker is 2 bytes
        code = marker[1]
        if code == 0xFF or code in _JPEG_BARE:  # noqa: PLR2004 - 0xff may be repeated before a marker
            offset += 1 if code == 0xFF else 2  # noqa: PLR2004 - the same
            continue
        if code in _JPEG_FRAMES:
            height, width = window.big(offset + 5, 2), window.big(offset + 7, 2)
            break
        size = window.big(offset + 2, 2)
        if code in _JPEG_ENDS or not size:
            break
        if code == 0xE1 and window.at(offset + 4, 6) == b"Exif\0\0":  # noqa: PLR2004 - APP1
            turned = _turned(window, offset + 10)
        offset += 2 + size
    return ImageInfo("image/jpeg", _pixels(width), _pixels(height), alpha=False, frames=1, turned=turned)


def _webp(window: _Window) -> ImageInfo:
    read = _WEBP_KINDS.get(window.at(12, 4))
    return read(window) if read else ImageInfo("image/webp")


def _webp_lossy(window: _Window) -> ImageInfo:
    if window.at(23, 3) != b"\x9d\x01\x2a":
        return ImageInfo("image/webp", alpha=False, frames=1)
    width, height = window.little(26, 2), window.little(28, 2)
    return ImageInfo(
        "image/webp",
        None if width is None else _pixels(width & 0x3FFF),
        None if height is None else _pixels(height & 0x3FFF),
        alpha=False,
        frames=1,
    )


def _webp_lossless(window: _Window) -> ImageInfo:
    bits = window.little(21, 4)
    if bits is None or window.at(20, 1) != b"\x2f":
        return ImageInfo("image/webp", frames=1)
    return ImageInfo("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1), 1)


def _webp_extended(window: _Window) -> ImageInfo:
    flags, width, height = window.little(20, 1), window.little(24, 3), window.little(27, 3)
    if flags is None:
        return ImageInfo("image/webp")
    exif = (start for name, start, _ in _webp_chunks(window) if name == b"EXIF") if flags & 0x08 else ()
    return ImageInfo(
        "image/webp",
        None if width is None else width + 1,
        None if height is None else height + 1,
        alpha=bool(flags & 0x10),
        frames=_webp_frames(window) if flags & 0x02 else 1,
        turned=any(_turned(window, start) for start in exif),
    )


def _webp_frames(window: _Window) -> int | None:
    frames = 0
    for name, _, after in _webp_chunks(window):
        if after > window.size:
            return None
        frames += name == b"ANMF"
    return frames or None


def _webp_chunks(window: _Window) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk: its name and where its content starts and ends; a cut one ends behind the end of all."""
    end, offset = 8 + (window.little(4, 4) or 0), 12
    while offset < end and (size := window.little(offset + 4, 4)) is not None:
        yield window.at(offset, 4), offset + 8, offset + 8 + size
        offset += 8 + size + size % 2
    if offset < end:
        yield b"", offset, window.size + 1


_WEBP_KINDS: dict[bytes, Callable[[_Window], ImageInfo]] = {
    b"VP8 ": _webp_lossy,
    b"VP8L": _webp_lossless,
    b"VP8X": _webp_extended,
}


def _gif(window: _Window) -> ImageInfo:
    width, height, flags = window.little(6, 2), window.little(8, 2), window.little(10, 1)
    alpha, frames, offset = False, 0, 13 + _gif_colours(flags or 0)
    while (mark := window.at(offset, 1)) in {b"\x21", b"\x2c"}:
        if mark == b"\x21":
            # Later frames use transparency to keep what is under them.
            if frames == 0 and window.at(offset + 1, 1) == b"\xf9":
                alpha = bool((window.little(offset + 3, 1) or 0) & 1)
            after = _gif_blocks(window, offset + 2)
        else:
            after = _gif_blocks(window, offset + 11 + _gif_colours(window.little(offset + 9, 1) or 0))
            frames += 1
        if after is None:
            break
        offset = after
    whole = mark == b"\x3b"
    return ImageInfo(
        "image/gif",
        _pixels(width),
        _pixels(height),
        alpha if whole else alpha or None,
        frames or None if whole else None,
    )


def _gif_colours(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_blocks(window: _Window, offset: int) -> int | None:
    """Where a run of sub-blocks ends, or ``None`` where the bytes end first."""
    while size := window.little(offset, 1):
        offset += 1 + size
    return None if size is None else offset + 1


def _avif(window: _Window) -> ImageInfo:
    sequence = b"avis" in _brands(window.at(0, 64))
    width = height = alpha = None
    properties = _inside(window, (b"meta", b"iprp", b"ipco"))
    if properties:
        sizes = [(0, 0)]
        for name, start, _end in _boxes(window, *properties):
            if name == b"ispe":
                sizes.append((window.big(start + 4, 4) or 0, window.big(start + 8, 4) or 0))
            if name == b"auxC" and window.at(start + 4, 44).rstrip(b"\0").endswith(b":alpha"):
                alpha = True
        # Tiles and thumbnails have sizes too; the picture they belong to is the largest.
        width, height = max(sizes, key=lambda size: size[0] * size[1])
        alpha = alpha or (False if properties[1] <= window.size else None)
    return ImageInfo("image/avif", _pixels(width), _pixels(height), alpha, None if sequence else 1)


def _brands(start: bytes) -> frozenset[bytes]:
    end = min(int.from_bytes(start[:4], "big"), len(start))
    return frozenset(start[at : at + 4] for at in (8, *range(16, end, 4)))


def _boxes(window: _Window, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Each box between two offsets: its name and where its content starts and ends."""
    while start + 8 <= end and (size := window.big(start, 4)) is not None:
        name, header = window.at(start + 4, 4), 8
        if size == 1:
            size, header = window.big(start + 8, 8) or 0, 16
        after = start + size if size else end
        if after < start + header:
            return
        yield name, start + header, after
        start = after


def _inside(window: _Window, names: tuple[bytes, ...]) -> tuple[int, int] | None:
    start, end = 0, window.size
    for wanted in names:
        for name, inner, after in _boxes(window, start, end):
            if name == wanted:
                start, end = inner + (4 if name == b"meta" else 0), after
                break
        else:
            return None
    return start, end


def _svg(window: _Window) -> ImageInfo | None:
    size = svg_size(window.at(0, _SVG_HEAD))
    return None if size is None else ImageInfo("image/svg+xml", *size)


_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[_Window], ImageInfo | None]], ...] = (
    (lambda start: start.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    (lambda start: start.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP", _webp),
    (lambda start: start[:6] in {b"GIF87a", b"GIF89a"}, _gif),
    (lambda start: start[4:8] == b"ftyp" and bool(_brands(start) & {b"avif", b"avis"}), _avif),
    (looks_like_markup, _svg),
)
