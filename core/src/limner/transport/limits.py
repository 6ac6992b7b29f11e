"""How much a response may be: what a hostile or broken server can cost us."""

from __future__ import annotations

from attrs import frozen

_MIB = 1 << 20


@frozen
class Limits:
    """The most that is taken from one response; more is a :class:`~limner.errors.TooLargeError`."""

    image: int = 64 * _MIB
    """Bytes of one image, decoded."""
    response: int = 256 * _MIB
    """Bytes of the whole body or stream, after inflating."""
    json: int = 4 * _MIB
    """Bytes of JSON around the images; in a stream, per event."""
    values: int = 50_000
    """Values in that JSON: each takes some 150 bytes of memory, and 2 of text."""
    lines: int = 50_000
    """Lines of a stream beside its data: comments, names, the ends of events."""
    depth: int = 64
    """Nested JSON objects and lists."""
    digits: int = 20
    """Characters of a JSON integer; a longer one is kept as its text."""
