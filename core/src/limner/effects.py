"""What a conversation asks of whoever can do I/O: to send, to read, to wait, to download; values, no behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from limner.conversation import Conversation
    from limner.credentials import Key
    from limner.steps import HttpRequest, Partial
    from limner.transport.endpoint import Endpoint
    from limner.transport.http import WireRequest


@frozen(eq=False)
class Send:
    """Send, retry where that is safe, and read the response; answered by an HttpResponse that is no error."""

    build: Callable[[], WireRequest]
    request: HttpRequest
    conversation: Conversation


@frozen(eq=False)
class AskAgain:
    """Ask for a key that was refused once more, where it came from; answered by whether there is another one now."""

    endpoint: Endpoint
    used: Mapping[str | None, Key]


@frozen(eq=False)
class Cancel:
    """Tell the server once that its job is not wanted any more; what comes of it changes nothing."""

    build: Callable[[], WireRequest]


@frozen
class ReadEvent:
    """Read the open stream's next event."""


@frozen
class Sleep:
    """Let seconds pass."""

    seconds: float


@frozen
class Run:
    """Run a blocking function, one at a time per lane."""

    fn: Callable[[], Any]
    lane: str | None


@frozen
class Show:
    """Hand a frame to whoever watches."""

    partial: Partial


@frozen
class Fetch:
    """Download an image; answered by its Blob."""

    url: str
    svg: bool
    expires_at: datetime | None


Effect: TypeAlias = Send | AskAgain | Cancel | ReadEvent | Sleep | Run | Show | Fetch
