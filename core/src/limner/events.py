"""What observers are told: what happened, to which call, how long it took. Never a prompt, an image, a URL or a key.

An observer is a ``limner_observe(event)`` hook (see :mod:`limner.hookspecs`) or whatever a client was given to call.
The events of one planned call share its ``call_id`` and come in this order::

    CallStarted  (CallRetried | PartialReceived)*  (Downloaded | ImageReceived)*  CallFinished

``CallFinished`` comes once for every ``CallStarted``, however the call ends.
All fields are plain values, so ``attrs.asdict(event)`` is ready to be logged as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from limner.errors import Phase


@frozen(kw_only=True)
class _CallEvent:
    """The call that an event is about."""

    call_id: str
    """Made by the client, unlike any other; the same on every event of the call."""
    provider: str
    """The provider's name."""
    model: str | None
    """As it was sent; ``None`` where the server's own default was wanted."""
    operation: Literal["generate", "edit", "vary"]
    index: int
    """Which of the request's calls this is, from 0."""


@frozen(kw_only=True)
class CallStarted(_CallEvent):
    """A planned call begins; nothing was sent yet."""


@frozen(kw_only=True)
class CallRetried(_CallEvent):
    """An attempt failed in a way that may be repeated, and will be.

    With kind ``auth`` and no wait, the key was refused, and whoever brought it has another one now.
    """

    phase: Phase
    """How far the failed attempt came."""
    kind: str
    """The failure's ``LimnerError.kind``."""
    attempt: int
    """Which attempt failed, from 1."""
    wait: float
    """Seconds until the next attempt."""


@frozen(kw_only=True)
class PartialReceived(_CallEvent):
    """A frame of an image that is still being painted has arrived."""

    frame: int
    """Which frame of its image this is, from 0, as the provider counts them."""
    size: int
    """In bytes; 0 where it came as a URL."""
    sha256: str | None
    """Of the bytes, in hexadecimal; ``None`` where it came as a URL."""
    media_type: str | None
    """What the bytes say they are; ``None`` where they do not say."""


@frozen(kw_only=True)
class ImageReceived(_CallEvent):
    """The bytes of an image have arrived: in the response, or from its URL."""

    size: int
    """In bytes."""
    sha256: str
    """Of the bytes, in hexadecimal."""
    media_type: str | None
    """What the bytes say they are; ``None`` where they do not say."""


@frozen(kw_only=True)
class Downloaded(_CallEvent):
    """An image's URL was fetched. The URL itself is not told: it may be signed."""

    host: str
    size: int
    """In bytes."""
    elapsed: float
    """Seconds, redirects included."""


@frozen(kw_only=True)
class CallFinished(_CallEvent):
    """The call is over: with images, with an error, or cancelled."""

    kind: str | None
    """The error's ``LimnerError.kind``; ``None`` for a success."""
    elapsed: float
    """Seconds since :class:`CallStarted`, waits and downloads included."""
    status: int | None
    """The last HTTP status; ``None`` where no response came."""
    request_id: str | None
    maybe_billed: bool
    """True where a failed call may be paid for all the same."""
    images: int
    """How many came back."""


Event: TypeAlias = CallStarted | CallRetried | PartialReceived | ImageReceived | Downloaded | CallFinished
"""Whatever an observer may be told; more kinds may come, so ignore those you do not know."""
