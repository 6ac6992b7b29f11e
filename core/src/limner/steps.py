"""What an exchange yields, and what travels: requests and responses without keys, and the steps between them.

A provider's exchange is a generator of steps. The engine performs each and sends the answer back; a step that failed
is raised inside the generator. What is no step at all cannot be made: it is a TypeError that names the field. Authors
write ``response = yield from send(request)``, and the same with
:func:`poll`, :func:`next_event`, :func:`wait`, :func:`emit` and :func:`blocking`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from limner.media import Blob

if TYPE_CHECKING:
    from attrs import Attribute

    from limner.media import Image

JSON: TypeAlias = Any
T = TypeVar("T")


def _is(*kinds: Any) -> Callable[[object, Attribute[Any], object], None]:  # noqa: ANN401 - types, and what isinstance takes for one
    """Where a step is made its fault has a name and a line; where it is sent, only an AttributeError."""

    def check(step: object, item: Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds):
            names = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
            msg = f"{type(step).__name__}.{item.name} takes {names}, not {type(value).__name__}"
            raise TypeError(msg)

    return check


def _several(kind: type) -> Callable[[object, Attribute[Any], Any], None]:
    """A tuple or a list of these."""
    whole = _is(tuple, list)

    def check(step: object, item: Attribute[Any], value: Any) -> None:  # noqa: ANN401 - whatever a plugin wrote
        whole(step, item, value)
        for at, one in enumerate(value):
            if not isinstance(one, kind):
                msg = f"{type(step).__name__}.{item.name}[{at}] takes {kind.__name__}, not {type(one).__name__}"
                raise TypeError(msg)

    return check


_TEXT = _is(str)
_TEXT_OR_NONE = _is(str, NoneType)


def _upper(method: str) -> str:
    # Whether a request bills, and so whether it may be sent again, hangs on its method.
    written: object = method
    return written.upper() if isinstance(written, str) else method


# What travels


@frozen(repr=False)
class Embed:
    """A leaf inside a JSON body: image bytes as base64, encoded by the transport while it sends."""

    image: Blob = field(validator=_is(Blob))
    form: Literal["base64", "data-url"] = "base64"

    def __repr__(self) -> str:
        return f"<{self.form} of {repr(self.image)[1:-1]}>"


@frozen
class Part:
    """One part of a multipart body. A file always has a name and a media type: APIs refuse it otherwise."""

    name: str = field(validator=_TEXT)
    content: str | Blob = field(validator=_is(str, Blob))
    filename: str | None = field(default=None, validator=_TEXT_OR_NONE)
    media_type: str | None = field(default=None, validator=_TEXT_OR_NONE)


@frozen
class HttpRequest:
    """One HTTP request of an exchange, without its key.

    Args:
        method: GET, POST ...; however it is written, it is sent in capitals.
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

    method: str = field(converter=_upper, validator=_TEXT)
    url: str = field(validator=_TEXT)
    query: Mapping[str, str] = field(factory=dict, validator=_is(Mapping))
    json: JSON = None
    parts: Sequence[Part] = field(default=(), validator=_several(Part))
    content: bytes | None = field(default=None, validator=_is(bytes, NoneType))
    headers: Mapping[str, str] = field(factory=dict, validator=_is(Mapping))
    auth: bool = True
    bills: bool | None = field(default=None, validator=_is(bool, NoneType))
    blobs: tuple[str, ...] = field(default=("data.*.b64_json",), validator=_several(str))
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

    id: str = field(validator=_TEXT)
    state: str = field(default="", validator=_TEXT)
    cancel: HttpRequest | None = field(default=None, validator=_is(HttpRequest, NoneType))


@frozen
class Blocking:
    """Run ``fn`` where it hurts nobody: the door for vendor SDKs and local pipelines.

    Async it runs in a worker thread. Of one ``lane`` one runs at a time. A thread cannot be stopped, so it stands
    outside the deadline.
    """

    fn: Callable[[], Any] = field(validator=_is(Callable))
    lane: str | None = field(default=None, validator=_TEXT_OR_NONE)


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
