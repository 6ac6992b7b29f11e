"""Real PNGs of any size, and the replies that carry them: noise, so that nothing on the way can make them smaller."""

from __future__ import annotations

import math
import random
import struct
import zlib
from base64 import b64encode
from functools import cache

SMALL = 4_000
"""Bytes of the picture of a small call."""

MB = 1_000_000


@cache
def png(size: int) -> bytes:
    """A PNG of about ``size`` bytes: grey noise, stored."""
    edge = math.isqrt(size)
    noise = random.Random(size).randbytes(edge * (edge + 1))  # noqa: S311 - noise
    rows = b"".join(b"\0" + noise[at : at + edge] for at in range(0, edge * edge, edge))
    header = struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


@cache
def reply(size: int, count: int = 1) -> tuple[bytes, ...]:
    """The JSON of a reply with ``count`` pictures, in pieces."""
    text = b64encode(png(size))
    items = [piece for number in range(count) for piece in (b"," * bool(number) + b'{"b64_json":"', text, b'"}')]
    usage = b'"usage":{"input_tokens":12,"output_tokens":1056,"total_tokens":1068}'
    return (b'{"created":1790000000,"data":[', *items, b'],"size":"auto","quality":"high",' + usage + b"}")


@cache
def event(size: int) -> tuple[bytes, ...]:
    """The one event of a stream that completes a picture."""
    head = b'event: image_generation.completed\ndata: {"type":"image_generation.completed","b64_json":"'
    return (head, b64encode(png(size)), b'"}\n\n')
