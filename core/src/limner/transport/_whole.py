"""Small JSON that is all here and has nothing odd about it, read in one go: a third of the time, and to the same end.

What the answers to small calls, polls and refusals are. Whatever is odd is left to the skeleton reader, which alone
knows what to make of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limner.errors import LimnerError
from limner.transport._base64 import decode
from limner.transport._skeleton import IF_DATA_URL, decoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from limner.media import BlobWriter
    from limner.steps import JSON
    from limner.transport._skeleton import Pattern
    from limner.transport.limits import Limits


def read_whole(
    data: bytes, patterns: tuple[Pattern, ...], limits: Limits, sink: Callable[[], BlobWriter]
) -> dict[str, JSON] | list[JSON] | None:
    """The object or list, with blobs in it; ``None`` where there may be more to it."""
    # Whatever nests deeper than is allowed has more brackets; and only of an escape comes half a character.
    opened = data.count(b"[") + data.count(b"{")
    if opened > limits.depth or opened + data.count(b",") > limits.values or b"\\u" in data:
        return None
    always = [pattern for pattern in patterns if pattern[-1] != IF_DATA_URL]
    if len(always) < len(patterns) and b"data:" in data.lower():
        return None
    try:
        found = decoder(limits.digits).decode(data.decode())
        for pattern in always:
            _place(found, pattern, sink)
    except (ValueError, LimnerError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _place(found: JSON, pattern: Pattern, sink: Callable[[], BlobWriter]) -> None:
    """Put a blob wherever the pattern leads to a text."""
    *way, last = pattern
    nodes = [found]
    for segment in way:
        nodes = [node[key] for node in nodes for key in _keys(node, segment)]
    for node in nodes:
        for key in _keys(node, last):
            if node[key] and isinstance(node[key], str):
                writer = sink()
                writer.write(decode(node[key].encode()))
                node[key] = writer.close()


def _keys(node: JSON, segment: str) -> Iterable[Any]:
    if isinstance(node, dict):
        return list(node) if segment == "*" else node.keys() & {segment}
    return range(len(node)) if segment == "*" and isinstance(node, list) else ()
