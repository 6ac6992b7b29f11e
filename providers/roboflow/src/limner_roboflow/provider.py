"""Roboflow's synthetic images: one address, an image described into the prompt, and many shapes of replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from limner.errors import AuthError, BadRequestError, ModelUnavailableError, NotPermittedError, QuotaError
from limner.provider import Embed, HttpProvider, HttpRequest, QueryKey
from limner.reading import read_created, read_error, read_images, read_usage, text_or_none, without_blobs
from limner.results import ImageResult
from limner_roboflow.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from limner.capabilities import ProviderCapabilities
    from limner.errors import ProviderError
    from limner.inputs import ImageInput
    from limner.provider import Call, HttpResponse

BLOBS = ("data.*.b64_json", "images.*.b64_json", "*.b64_json", "b64_json")
"""Where base64 may stand: the page says "a list of OpenAI image objects", not whether it is wrapped."""

OPENAI_ACCOUNT = (AuthError, NotPermittedError, QuotaError, ModelUnavailableError, BadRequestError)
"""The errors that may be about the workspace's OpenAI key: no page says how its absence is told."""


class Roboflow(HttpProvider):
    """``POST /synthetic-image``, with the key in the query."""

    name = "roboflow"
    api_version = (1, 0)
    base_url = "https://api.roboflow.com"
    key_variable = "ROBOFLOW_API_KEY"
    auth = QueryKey("api_key")

    def capabilities(self) -> ProviderCapabilities:
        """What its models take."""
        return CAPABILITIES

    def classify(self, response: HttpResponse, call: Call) -> ProviderError | None:
        """The error that a response is, with Roboflow's hint and what has to be arranged, as notes."""
        del call
        error = read_error(response)
        if error is not None:
            said = response.json.get("error") if isinstance(response.json, Mapping) else None
            hint = text_or_none(said.get("hint")) if isinstance(said, Mapping) else None
            arranged = CAPABILITIES.preconditions if isinstance(error, OPENAI_ACCOUNT) else ()
            for note in filter(None, (hint, *arranged)):
                error.add_note(note)
        return error

    def map_request(self, call: Call) -> HttpRequest:
        """What the caller set, and the one image that goes with it."""
        body = call.wire()
        for image in call.request.reference_images:
            body |= _wire(image)
        return HttpRequest("POST", "/synthetic-image", json=body, blobs=BLOBS)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        """The images of a bare list, of ``data``, or of a single object."""
        del call
        reply = response.json if isinstance(response.json, Mapping) else {}
        return ImageResult(
            images=read_images(response),
            created=read_created(reply),
            usage=read_usage(reply.get("usage")),
            raw=(without_blobs(response.json),) if response.json is not None else (),
        )


def _wire(image: ImageInput) -> dict[str, Any]:
    """An image and its type: base64 in one line and without a ``data:`` prefix, a URL, or Roboflow's own id."""
    if image.blob is not None:
        return {"image": Embed(image.blob), "image_type": "base64"}
    return {"image": image.url or image.id, "image_type": image.kind}


PROVIDER = Roboflow()
