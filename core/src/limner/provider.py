"""The contract: what a provider is, and the steps of which its conversation with a server is made.

A provider is a value. It says what it can do (:meth:`Provider.capabilities`), how a call looks on its wire and what
the response means (:meth:`Provider.exchange`), and when a response is an error (:meth:`Provider.classify`).
It does no I/O, holds no state and never sees a key: the core sends, retries, downloads, decodes and adds the key.

Most providers need less than that. An OpenAI-compatible API is one value of
:class:`limner.dialects.openai_images.OpenAIImages`; one call and one response is an :class:`HttpProvider`::

    class Acme(HttpProvider):
        name = "acme"
        base_url = "https://api.acme.example/v1"
        auth = HeaderKey("x-acme-key")
        key_variable = "ACME_API_KEY"

        def capabilities(self):
            return CAPABILITIES

        def map_request(self, call):
            return HttpRequest("POST", "/paint", json=call.wire())

        def normalize(self, response, call):
            return ImageResult(images=read_images(response))

A conversation of several steps is a generator; a failed step is raised inside it::

    def exchange(self, call):
        job = (yield from send(HttpRequest("POST", "/jobs", json=call.wire()))).json
        yield Job(job["id"], "submitted", cancel=HttpRequest("DELETE", f"/jobs/{job['id']}"))
        done = yield from poll(HttpRequest("GET", f"/jobs/{job['id']}"), until=lambda reply: reply.json["done"])
        return ImageResult(images=(Image(url=done.json["url"]),))
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable
from urllib.parse import urlsplit

from attrs import field, fields, frozen

from limner.errors import LimnerError
from limner.reading import read_error
from limner.results import ImageResult
from limner.steps import (
    Blocking,
    Embed,
    Exchange,
    HttpRequest,
    HttpResponse,
    Job,
    NextEvent,
    Part,
    Partial,
    Step,
    Wait,
    blocking,
    emit,
    next_event,
    poll,
    send,
    wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from limner.capabilities import OperationCapabilities, ProviderCapabilities
    from limner.credentials import Secret
    from limner.errors import ProviderError

__all__ = [
    "API_VERSION",
    "Auth",
    "Bearer",
    "Blocking",
    "Call",
    "Embed",
    "Exchange",
    "HeaderKey",
    "HeaderSetting",
    "HttpProvider",
    "HttpRequest",
    "HttpResponse",
    "Job",
    "NextEvent",
    "NoAuth",
    "Part",
    "Partial",
    "Provider",
    "ProviderBase",
    "QueryKey",
    "Signed",
    "Step",
    "Wait",
    "blocking",
    "emit",
    "next_event",
    "poll",
    "send",
    "wait",
]

API_VERSION = (1, 0)
"""The contract's version: a plugin of the same major and no newer minor fits."""


# Where the key goes


@frozen
class NoAuth:
    """The API takes no key."""


@frozen
class Bearer:
    """``Authorization: Bearer KEY``."""


@frozen
class HeaderKey:
    """The key in a header of its own."""

    name: str
    prefix: str = ""


@frozen
class QueryKey:
    """The key in the query: it is put there at the last moment and appears in no log."""

    name: str


@frozen
class Signed:
    """Requests are signed: ``sign(method, url, body, secrets)`` returns the headers to add.

    The only place where a provider's code sees its own keys: those it names.
    """

    key_names: tuple[str, ...]
    sign: Callable[[str, str, bytes, Mapping[str, Secret]], Mapping[str, str]]


Auth: TypeAlias = NoAuth | Bearer | HeaderKey | QueryKey | Signed


@frozen
class HeaderSetting:
    """A header that the user's settings fill: an organization, a project. Unset, it is not sent."""

    name: str
    """The setting's name: ``Client(settings={provider: {name: value}})``."""
    header: str
    variable: str | None = None
    """The environment variable that sets it."""


# One planned call


@frozen(eq=False)
class Call:
    """One planned call: what to ask for, of which model, and what that model takes.

    Args:
        request: The caller's request, as it will be sent: unset is ``None``.
        operation: ``generate``, ``edit`` or ``vary``.
        model: To be sent; ``None`` where the server's own default is wanted.
        capabilities: The declaration this call was planned by.
        index: Which of the request's calls this is, from 0.
        n: How many images this call asks for; ``None`` where the caller set none.
        stream: Whether the response should be a stream of events.
        idempotency_key: Made once per call, the same on every attempt.
        resource: ``resource(key, factory)`` makes a thing once per client and keeps it: a loaded model.
    """

    request: Any
    operation: str
    model: str | None
    capabilities: OperationCapabilities
    index: int = 0
    n: int | None = None
    stream: bool = False
    idempotency_key: str = ""
    resource: Callable[[str, Callable[[], Any]], Any] = field(default=lambda _key, factory: factory(), repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """All but the client's store: whoever carries the call out brings one."""
        told = {item.name: getattr(self, item.name) for item in fields(Call) if item.name != "resource"}
        return partial(Call, **told), ()

    def values(self) -> dict[str, Any]:
        """What is set, by the names that declarations use, with this call's own ``n``."""
        values: dict[str, Any] = {**self.request.given(), "n": self.n}
        if self.stream:
            values["stream"] = True
        return {name: value for name, value in values.items() if value is not None}

    def wire(self, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The body as the declaration spells it: the model, what the caller set under its wire name, and ``extra``.

        Image inputs are not in it: how they travel is for the provider to say.

        Args:
            values: What to write in place of :meth:`values`, where a provider sends something else than was set.
        """
        body = self.capabilities.wire(self.values() if values is None else values)
        if self.model is not None:
            body = {"model": self.model, **body}
        fixed = {"model": self.model} if self.model is not None else {}
        return {**body, **(self.request.extra or {}), **fixed}


# Providers


@runtime_checkable
class Provider(Protocol):
    """What the core needs of a provider. Fields may grow; those that grow have a default in :class:`HttpProvider`."""

    @property
    def name(self) -> str:
        """As its entry point has it, and as it stands before the slash of ``model=``."""
        ...

    @property
    def api_version(self) -> tuple[int, int] | None:
        """The contract it was written for, :data:`API_VERSION` on that day; ``None``: whichever it meets."""
        ...

    @property
    def base_url(self) -> str:
        """Where its paths start."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where its key may go."""
        ...

    @property
    def auth(self) -> Auth:
        """Where its key is put."""
        ...

    @property
    def key_variable(self) -> str | None:
        """The environment variable that holds its key."""
        ...

    def capabilities(self) -> ProviderCapabilities:
        """What its models take."""
        ...

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """The error that a response is, if it is one. Asked for every response, a 200 too, before any retry."""
        ...

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        """The conversation that makes the images of one call."""
        ...


@lru_cache(64)
def _host_alone(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname
    return (host,) if host else ()


class ProviderBase:
    """The defaults of a provider: everything but its name, its capabilities and its exchange."""

    name: str
    api_version: tuple[int, int] | None = None
    base_url: str = ""
    key_variable: str | None = None
    auth: Auth = Bearer()
    base_url_variable: str | None = None
    """The environment variable that overrides the base URL."""
    settings: tuple[HeaderSetting, ...] = ()
    idempotency_header: str | None = None
    """Where the API takes an idempotency key: with it, an unknown outcome may be asked again."""
    credential_hint: str = ""
    """Where a key comes from, for the message that one is missing."""
    key_prefix: str = ""
    """What every key starts with, where the vendor's page says so: any other is refused before it is sent to them."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where the key may go: the base URL's host."""
        return _host_alone(self.base_url)

    def capabilities(self) -> ProviderCapabilities:
        """What the provider's models take."""
        raise NotImplementedError

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """The error that a response is, if it is one. Asked for every response, a 200 too, before any retry."""
        del call
        return read_error(response)


class HttpProvider(ProviderBase):
    """One call, one response: write :meth:`map_request` and :meth:`normalize`."""

    def map_request(self, call: Call) -> HttpRequest:
        """The call as the API wants it."""
        raise NotImplementedError

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        """What the response means."""
        raise NotImplementedError

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:  # noqa: ANN401 - a ServerEvent
        """What an event of a stream means: a frame, images that are done, or nothing."""
        raise NotImplementedError

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        """Send once; read the response, or the events until the stream ends."""
        response = yield from send(self.map_request(call))
        if not call.stream or response.json is not None or response.body is not None:
            return self.normalize(response, call)
        done: list[ImageResult] = []
        try:
            while (event := (yield from next_event())) is not None:
                said: object = self.normalize_event(event, call)
                if isinstance(said, Partial):
                    yield said
                elif isinstance(said, ImageResult):
                    done.append(said)
                elif said is not None:
                    msg = f"normalize_event returned {type(said).__name__}"
                    raise TypeError(msg)
        except LimnerError as error:  # a stream that breaks off later takes nothing back
            error.images = (*error.images, *(image for result in done for image in result.images))
            raise
        return _joined(done)


def _joined(results: Sequence[ImageResult]) -> ImageResult:
    """Several completed events are one result: relays send one per image."""
    usage = next((one.usage for one in reversed(results) if one.usage is not None), None)
    created = next((one.created for one in results if one.created is not None), None)
    return ImageResult(
        images=tuple(image for one in results for image in one.images),
        created=created,
        usage=usage,
        raw=tuple(reply for one in results for reply in one.raw),
    )
