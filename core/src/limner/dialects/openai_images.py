"""The OpenAI Images wire format: one frozen value makes a provider of any API that speaks it.

::

    PROVIDER = OpenAIImages(
        name="acme",
        base_url="https://api.acme.example/v1",
        key_variable="ACME_API_KEY",
        capabilities=CAPABILITIES,
    )

What differs is said in the value: other codes for errors, other headers, other auth. What a model takes, and under
which wire names, is said in the capabilities, and nowhere else; :mod:`limner.dialects.openai_models` has families of
models to start from.

Source of the format: the Images API reference of OpenAI, as its official SDK types it (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from limner.dialects.openai_inputs import with_images
from limner.errors import UnsupportedError
from limner.provider import Auth, Bearer, Call, HeaderSetting, HttpProvider, HttpRequest, Partial
from limner.reading import (
    read_created,
    read_error,
    read_image,
    read_images,
    read_usage,
    text_or_none,
    without_blobs,
)
from limner.results import ImageResult

if TYPE_CHECKING:
    from limner.capabilities import Encoding, OperationCapabilities, ProviderCapabilities
    from limner.errors import ProviderError
    from limner.media import Image
    from limner.provider import HttpResponse

CLAIMS = ("size", "output_format", "quality", "background", "safety_identifier")
"""What a response says about its images, beside the bytes: the resolved values."""

BLOBS = tuple(
    place + name
    for name in ("b64_json", "url=data:", "image_url=data:")
    for place in ("data.*.", "images.*.", "*.", "")
)
"""Where base64 stands: in the list, in a bare list or a single object under data, and in a bare object; some relays
write a data URL where the URL should be."""

PATHS: Mapping[str, str] = {
    "generate": "/images/generations",
    "edit": "/images/edits",
    "vary": "/images/variations",
}
"""Where each operation lives, for a provider that offers it: which it offers is said in its capabilities."""


def families() -> Mapping[str, Mapping[str, OperationCapabilities]]:
    """The families of models to start a declaration from, by name and operation."""
    from limner.dialects.openai_models import FAMILIES  # noqa: PLC0415 - a provider with a page of its own needs none

    return FAMILIES


def encodings() -> Mapping[str, Encoding]:
    """The ways to write an edit that servers of this dialect have, by name."""
    from limner.dialects.openai_models import JSON_DATA_URL, JSON_REFERENCES, MULTIPART  # noqa: PLC0415 - as above

    return {one.name: one for one in (MULTIPART, JSON_REFERENCES, JSON_DATA_URL)}


def provider(**declared: Any) -> OpenAIImages:  # noqa: ANN401 - the arguments of OpenAIImages
    """A provider that speaks it, for a configuration, which has no class to name."""
    return OpenAIImages(**declared)


def as_set(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a call as they were set: how most providers send them."""
    return values


@frozen(kw_only=True)
class OpenAIImages(HttpProvider):
    """A provider whose API speaks the OpenAI Images wire format.

    Args:
        name: The provider's name, as its entry point has it.
        base_url: Up to and without ``/images/...``.
        capabilities: What its models take.
        key_variable: The environment variable that holds its key.
        key_prefix: What every key starts with, where the vendor's page says so; any other is refused beforehand.
        auth: Where the key goes.
        base_url_variable: The environment variable that overrides the base URL.
        settings: Headers that the user's settings fill.
        idempotency_header: Where the API takes an idempotency key.
        more_hosts: Where the key may go beside the base URL's host.
        codes: Its own error codes, beside the common ones.
        url_lifetime: How long its image URLs live.
        paths: Where each operation lives.
        prepare: Makes of what was set, by the names of the declaration, what is to be sent; the caller has it from
            an option that says so, and from a rule that warns of it. It is a function of a module, so that the
            provider pickles.
    """

    name: str
    base_url: str
    _capabilities: ProviderCapabilities = field(alias="capabilities", repr=False)
    key_variable: str | None = None
    key_prefix: str = ""
    api_version: tuple[int, int] | None = None
    auth: Auth = field(factory=Bearer)
    base_url_variable: str | None = None
    settings: tuple[HeaderSetting, ...] = ()
    idempotency_header: str | None = None
    more_hosts: tuple[str, ...] = ()
    codes: Mapping[str, type[ProviderError]] = field(factory=dict)
    url_lifetime: timedelta | None = timedelta(minutes=60)
    paths: Mapping[str, str] = field(factory=lambda: PATHS)
    prepare: Callable[[dict[str, Any]], dict[str, Any]] = field(default=as_set, repr=False)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where the key may go."""
        return tuple(dict.fromkeys((*super().hosts, *self.more_hosts)))

    def capabilities(self) -> ProviderCapabilities:
        """What the provider's models take."""
        return self._capabilities

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """An error by its code first, then by status, then by type."""
        del call
        return read_error(response, self.codes)

    def map_request(self, call: Call) -> HttpRequest:
        """A POST of what the caller set, under the names of the wire, with the model, and with the images that go in.

        Raises:
            UnsupportedError: there is no address for the operation, or its images have no place in the body.
        """
        path = self.paths.get(call.operation)
        if path is None:
            raise UnsupportedError(f"{self.name} has no address for {call.operation}.", param="operation")
        values = self.prepare(call.values())
        request = HttpRequest("POST", path, json=call.wire(values), blobs=BLOBS, stream=call.stream)
        return with_images(request, call.capabilities, values)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        """The images of ``data``, with what the response says about them all."""
        del call
        reply = response.json if isinstance(response.json, Mapping) else {}
        images = read_images(response, lifetime=self.url_lifetime)
        return ImageResult(
            images=tuple(_claimed(image, reply) for image in _measured(images, reply.get("usage"))),
            created=read_created(reply),
            usage=read_usage(reply.get("usage"), reply.get("svg_usage")),
            raw=(without_blobs(response.json),) if response.json is not None else (),
        )

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:  # noqa: ANN401 - a ServerEvent
        """A frame, an image that is done, or nothing: events are told apart by the type inside their JSON."""
        del call
        said = event.json if isinstance(event.json, Mapping) else {}
        kind = text_or_none(said.get("type")) or event.event or ""
        image = read_image(said, created=read_created(said), lifetime=self.url_lifetime)
        if image is None:
            return None
        if kind.endswith(".partial_image"):
            index = said.get("partial_image_index")
            return Partial(_claimed(image, said), index if isinstance(index, int) else 0)
        if not kind.endswith(".completed"):
            return None
        return ImageResult(
            images=(_claimed(image, said),),
            created=read_created(said),
            usage=read_usage(said.get("usage"), said.get("svg_usage")),
            raw=(without_blobs(said),),
        )


def _measured(images: tuple[Image, ...], usage: object) -> tuple[Image, ...]:
    """The pixels that some usage tells of are one image's, and say of which only where it was the only one."""
    if not isinstance(usage, Mapping) or usage.get("image_count") != 1 or len(images) != 1 or images[0].width:
        return images
    width, height = usage.get("width"), usage.get("height")
    told = all(type(edge) is int and edge > 0 for edge in (width, height))
    return (evolve(images[0], width=width, height=height),) if told else images


def _claimed(image: Image, reply: Mapping[str, Any]) -> Image:
    """The image with the server's words about it."""
    claims = {name: text for name in CLAIMS if (text := text_or_none(reply.get(name))) is not None}
    return evolve(image, details={**claims, **image.details})
