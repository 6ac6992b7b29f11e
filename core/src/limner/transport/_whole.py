"""Small JSON that is all here and has nothing odd about it, read in one go: a third of the time, and to the same end.

What the answers to small calls, polls and refusals are. Whatever is odd is left to the skeleton reader, which alone
knows what to make of it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from attrs import define, field

from limner.errors import LimnerError
from limner.transport._base64 import decode
from limner.transport._skeleton import IF_DATA_URL, decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from limner.media import BlobWriter
    from limner.steps import JSON
    from limner.transport._skeleton import Pattern
    from limner.transport.limits import Limits


@define
class _Places:
    """Where the patterns lead from here: all of them at once, so that a document is walked through once."""

    below: dict[str, _Places] = field(factory=dict)
    image: bool = False
    """Whether a text here is base64."""
    perhaps: bool = False
    """Whether it is where it is a data URL."""


@lru_cache(maxsize=64)
def _places(patterns: tuple[Pattern, ...]) -> _Places:
    root = _Places()
    for pattern in patterns:
        here = root
        for segment in pattern:
            if segment == IF_DATA_URL:
                here.perhaps = True
            else:
                here = here.below.setdefault(segment, _Places())
        here.image = here.image or pattern[-1] != IF_DATA_URL
    return root


def read_whole(
    data: bytes, patterns: tuple[Pattern, ...], limits: Limits, sink: Callable[[], BlobWriter]
) -> dict[str, JSON] | list[JSON] | None:
    """The object or list, with blobs in it; ``None`` where there may be more to it."""
    # Whatever nests deeper than is allowed has more brackets; and only of an escape comes half a character.
    # Most of it is base64, of which every pass costs as much as decoding it: to find a byte does not, to count does.
    if _opens_more_than(limits.depth, data) or (b"\\" in data and b"\\u" in data):
        return None
    if len(data) > limits.values and sum(map(data.count, (b",", b"[", b"{"))) > limits.values:
        return None
    try:
        found = decoder(limits.digits).decode(data.decode())
        plain = isinstance(found, _NESTED) and _place(found, _places(patterns), sink)
    except (ValueError, LimnerError):
        return None
    return found if plain else None


def _opens_more_than(most: int, data: bytes) -> bool:
    opened = 0
    for bracket in (b"{", b"["):
        at = data.find(bracket)
        while at >= 0:
            opened += 1
            if opened > most:
                return True
            at = data.find(bracket, at + 1)
    return False


def _place(node: JSON, places: _Places, sink: Callable[[], BlobWriter]) -> bool:
    """Put a blob wherever a text is base64; false where one may be a data URL."""
    named = node if isinstance(node, dict) else ()
    for segment, place in places.below.items():
        if segment == "*":
            keys: Iterable[Any] = tuple(named) if named else range(len(node))
        elif segment in named:
            keys = (segment,)
        else:
            continue
        for key in keys:
            value = node[key]
            if isinstance(value, str):
                if place.image and value:
                    writer = sink()
                    writer.write(decode(value.encode()))
                    node[key] = writer.close()
                elif place.perhaps and value[:5].lower() == "data:":
                    return False
            elif place.below and isinstance(value, _NESTED) and not _place(value, place, sink):
                return False
    return True


_NESTED = (dict, list)
