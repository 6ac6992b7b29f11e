"""The OpenAI Images wire format: one frozen value makes a provider of any API that speaks it.

::

    PROVIDER = OpenAIImages(
        name="acme",
        base_url="https://api.acme.example/v1",
        key_variable="ACME_API_KEY",
        capabilities=CAPABILITIES,
    )

What differs is said in the value: other codes for errors, other headers, other auth. What a model takes, and under
which wire names, is said in the capabilities, and nowhere else.

Source of the format: the Images API reference of OpenAI, as its official SDK types it (read 2026-11-20).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from limner.errors import UnsupportedError
from limner.provider import API_VERSION, Auth, Bearer, Call, HeaderSetting, HttpProvider, HttpRequest, Partial
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
    from limner.capabilities import ProviderCapabilities
    from limner.errors import ProviderError
    from limner.media import Image
    from limner.provider import HttpResponse

CLAIMS = ("size", "output_format", "quality", "background", "safety_identifier")
"""What a response says about its images, beside the bytes: the resolved values."""

BLOBS = ("data.*.b64_json", "*.b64_json", "b64_json")
"""Where base64 stands: in the list, in a bare list or a single object under data, and in a bare object."""


@frozen(kw_only=True)
class OpenAIImages(HttpProvider):
    """A provider whose API speaks the OpenAI Images wire format.

    Args:
        name: The provider's name, as its entry point has it.
        base_url: Up to and without ``/images/...``.
        capabilities: What its models take.
        key_variable: The environment variable that holds its key.
        auth: Where the key goes.
        base_url_variable: The environment variable that overrides the base URL.
        settings: Headers that the user's settings fill.
        idempotency_header: Where the API takes an idempotency key.
        codes: Its own error codes, beside the common ones.
        url_lifetime: How long its image URLs live.
        paths: Where each operation lives.
    """

    name: str
    base_url: str
    _capabilities: ProviderCapabilities = field(alias="capabilities", repr=False)
    key_variable: str | None = None
    api_version: tuple[int, int] = API_VERSION
    auth: Auth = field(factory=Bearer)
    base_url_variable: str | None = None
    settings: tuple[HeaderSetting, ...] = ()
    idempotency_header: str | None = None
    codes: Mapping[str, type[ProviderError]] = field(factory=dict)
    url_lifetime: timedelta | None = timedelta(minutes=60)
    paths: Mapping[str, str] = field(factory=lambda: {"generate": "/images/generations"})

    def capabilities(self) -> ProviderCapabilities:
        """What the provider's models take."""
        return self._capabilities

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """An error by its code first, then by status, then by type."""
        del call
        return read_error(response, self.codes)

    def map_request(self, call: Call) -> HttpRequest:
        """A POST of what the caller set, under the names of the wire, with the model."""
        path = self.paths.get(call.operation)
        if path is None:
            raise UnsupportedError(f"{self.name} has no address for {call.operation}.", param="operation")
        return HttpRequest("POST", path, json=call.wire(), blobs=BLOBS, stream=call.stream)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        """The images of ``data``, with what the response says about them all."""
        del call
        reply = response.json if isinstance(response.json, Mapping) else {}
        images = read_images(response, lifetime=self.url_lifetime)
        return ImageResult(
            images=tuple(_claimed(image, reply) for image in images),
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


def _claimed(image: Image, reply: Mapping[str, Any]) -> Image:
    """The image with the server's words about it."""
    claims = {name: text for name in CLAIMS if (text := text_or_none(reply.get(name))) is not None}
    return evolve(image, details={**claims, **image.details})
