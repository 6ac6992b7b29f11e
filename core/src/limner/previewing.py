"""What a call would send first, keyless, as plain data: the provider is asked for one step and no more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from limner.addresses import join, with_query
from limner.errors import LimnerError, PluginError
from limner.media import Blob
from limner.provider import HttpRequest
from limner.reading import without_blobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.provider import Call, Part, Provider

_SHORT = 2048
"""Bytes of a body that are shown as text."""


def preview(provider: Provider, call: Call, base_url: str) -> dict[str, Any]:
    """The first wire request of a call; where it is none, the name of the first step, or ``None`` without any.

    Raises:
        PluginError: the provider broke, or its exchange is no generator.
    """
    return dict(_told(first_step(provider, call), base_url))


def first_step(provider: Provider, call: Call) -> object:
    """The first step of a call, ``None`` where it takes none; its exchange is not left open.

    Raises:
        PluginError: the provider broke, or its exchange is no generator.
    """
    exchange: Any = None
    try:
        exchange = provider.exchange(call)
        return next(exchange, None)
    except LimnerError:
        raise
    except Exception as broken:
        fault = f"{provider.name} broke while it was asked for its first step: {type(broken).__name__}: {broken}."
        raise PluginError(fault, provider=provider.name) from broken
    finally:
        with suppress(Exception):  # a provider that answers while it is closed is not listened to
            exchange.close()


def _told(step: object, base_url: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(step, HttpRequest):
        yield "step", None if step is None else type(step).__name__
        return
    yield "method", step.method
    yield "url", with_query(join(base_url, step.url), step.query)
    yield "headers", dict(step.headers)
    if step.parts:
        yield "parts", [_shown(part) for part in step.parts]
    if step.content is not None:
        yield "content", without_blobs(_text(step.content) or Blob(step.content), repr)
    yield "body", without_blobs(step.json, repr)


def _shown(part: Part) -> dict[str, Any]:
    """A part of a form as plain data, with what it says of a file."""
    file = {"filename": part.filename, "media_type": part.media_type}
    told = {name: value for name, value in file.items() if value is not None}
    return {"name": part.name, **told, "content": without_blobs(part.content, repr)}


def _text(content: bytes) -> str | None:
    """A body in its own words, where it has any and they are few."""
    with suppress(UnicodeDecodeError):
        return content.decode() if len(content) <= _SHORT else None
    return None
