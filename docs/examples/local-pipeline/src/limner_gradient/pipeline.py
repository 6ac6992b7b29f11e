"""What stands for a diffusion pipeline, slow to load and not to be used by two at a time; it paints with zlib alone."""

import struct
import zlib
from random import Random


class Pipeline:
    """Two colours that run into each other, the same ones for the same words and seed."""

    def paint(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        """A PNG."""
        chance = Random(f"{seed} {prompt}")
        top, bottom = ([chance.randrange(256) for _ in "RGB"] for _ in range(2))
        rows = b""
        for y in range(height):
            share = y / height
            colour = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
            rows += b"\0" + colour * width
        head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
