"""What an exchange yields, and what travels: requests and responses without keys, and the steps between them.

A provider's exchange is a generator of steps. The engine performs each and sends the answer back; a step that failed
is raised inside the generator. Authors write ``response = yield from send(request)``, and the same with
:func:`poll`, :func:`next_event`, :func:`wait`, :func:`emit` and :func:`blocking`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from attrs import field, frozen

if TYPE_CHECKING:
    from limner.media import Blob, Image

JSON: TypeAlias = Any
T = TypeVar("T")


# What travels


@frozen(repr=False)
class Embed:
    """A leaf inside a JSON body: image bytes as base64, encoded by the transport while it sends."""

    image: Blob
    form: Literal["base64", "data-url"] = "base64"

    def __repr__(self) -> str:
        return f"<{self.form} of {repr(self.image)[1:-1]}>"


@frozen
class Part:
    """One part of a multipart body. A file always has a name and a media type: APIs refuse it otherwise."""

    name: str
    content: str | Blob
    filename: str | None = None
    media_type: str | None = None


@frozen
class HttpRequest:
    """One HTTP request of an exchange, without its key.

    Args:
        method: GET, POST ...
        url: A path below the provider's base URL, or an absolute URL of one of the provider's hosts.
        query: Added to the URL, percent-encoded.
        json: The body as JSON; may hold :class:`Embed` leaves. At most one of json, parts and content.
        parts: The body as multipart/form-data.
        content: The body as bytes, with its type among the headers.
        headers: Beside those that the transport sets.
        auth: Whether the provider's key goes with it.
        bills: Whether the server charges for it; unset, a POST does and nothing else. What bills is never
            repeated once its outcome is unknown.
        blobs: Where base64 stands in a JSON response: ``data.*.b64_json`` (``*`` is any key or index). Decoded to a
            Blob as it arrives. Where a URL stands that may be a ``data:`` URL, say ``data.*.url=data:``: such a text
            becomes a Blob, and any other stays as it is.
        stream: Whether the response may be a stream of events, read one by one with :func:`next_event`.
    """

    method: str
    url: str
    query: Mapping[str, str] = field(factory=dict)
    json: JSON = None
    parts: Sequence[Part] = ()
    content: bytes | None = None
    headers: Mapping[str, str] = field(factory=dict)
    auth: bool = True
    bills: bool | None = None
    blobs: tuple[str, ...] = ("data.*.b64_json",)
    stream: bool = False

    @property
    def billing(self) -> bool:
        """Whether the server charges for it."""
        return self.method == "POST" if self.bills is None else self.bills


@frozen
class HttpResponse:
    """A response, read to its end.

    ``json`` is the parsed body with a :class:`limner.media.Blob` wherever base64 stood at a declared place; ``body``
    is the body itself where it is not JSON, and ``None`` where there was none.
    """

    status: int
    headers: Mapping[str, str]
    json: JSON = None
    body: Blob | None = None


# Steps: what an exchange yields, and what it gets back


@frozen
class NextEvent:
    """Wait for the next event of the open stream; answered by a ServerEvent, or ``None`` at its end."""


@frozen
class Wait:
    """Let ``seconds`` pass, within the deadline."""

    seconds: float


@frozen
class Partial:
    """A frame of an image that is still being painted."""

    image: Image
    index: int = 0


@frozen
class Job:
    """What the server is working on: it stands on every later error, and ``cancel`` is sent once if we give up."""

    id: str
    state: str = ""
    cancel: HttpRequest | None = None


@frozen
class Blocking:
    """Run ``fn`` where it hurts nobody: the door for vendor SDKs and local pipelines.

    Async it runs in a worker thread. Of one ``lane`` one runs at a time. A thread cannot be stopped, so it stands
    outside the deadline.
    """

    fn: Callable[[], Any]
    lane: str | None = None


Step: TypeAlias = HttpRequest | NextEvent | Wait | Partial | Job | Blocking
Exchange: TypeAlias = Generator[Step, Any, T]


def send(request: HttpRequest) -> Exchange[HttpResponse]:
    """Send and get the response; a failed one is raised here."""
    response: HttpResponse = yield request
    return response


def next_event() -> Exchange[Any]:
    """The stream's next :class:`limner.transport.sse.ServerEvent`, or ``None`` at its end."""
    return (yield NextEvent())


def wait(seconds: float) -> Exchange[None]:
    """Let time pass."""
    yield Wait(seconds)


def emit(image: Image, index: int = 0) -> Exchange[None]:
    """Show a frame to whoever watches."""
    yield Partial(image, index)


def blocking(fn: Callable[[], T], lane: str | None = None) -> Exchange[T]:
    """Run ``fn`` off the event loop and get what it returns."""
    value: T = yield Blocking(fn, lane)
    return value


def poll(
    request: HttpRequest, *, until: Callable[[HttpResponse], bool], every: float = 2.0, slower: float = 1.5
) -> Exchange[HttpResponse]:
    """Ask again and again, at growing intervals (``every`` seconds at first, at most 15), until the answer satisfies.

    The deadline of the call ends it otherwise.
    """
    while True:
        response = yield from send(request)
        if until(response):
            return response
        yield Wait(every)
        every = min(every * slower, 15.0)
