"""A provider that does everything right: an answer at once, a stream, a form with files, and a job that takes its time.

The wrong ones differ from it in one thing each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from attrs import frozen

from limner.capabilities import (
    Count,
    Encoding,
    Length,
    Lifecycle,
    MaskFits,
    MediaTypes,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    Source,
)
from limner.errors import SchemaError
from limner.media import Blob, Image
from limner.provider import Embed, HeaderKey, HttpProvider, HttpRequest, Job, Part, Partial, poll, send
from limner.reading import read_created, read_images, read_usage, without_blobs
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.provider import Call, Exchange, HttpResponse

SOURCE = Source("https://docs.reference.example/images", "2026-11-01")
COMMON: dict[str, Any] = {
    "prompt": Parameter(Length(1000), required=True),
    "size": Parameter(OneOf(("16x16", "32x16")), default="16x16", source=SOURCE),
    "seed": Parameter(Range(0, 99), wire="random.seed"),
    "options.tone": Parameter(OneOf(("warm", "cold"))),
    "output_format": Parameter(OneOf(("png", "webp", "jpeg")), default="png"),
    "background": Parameter(OneOf(("transparent", "opaque")), default="opaque"),
}
CLEAR = Needs("background", ("transparent",), "output_format", ("png", "webp"))
GENERATE = OperationCapabilities(
    parameters={**COMMON, "n": Range(1, 2), "partial_images": Range(0, 3)},
    rules=(CLEAR, Needs("partial_images", None, "stream", (True,))),
    images_per_call=2,
    streams=True,
    default=True,
)
EDIT = OperationCapabilities(
    parameters={
        **COMMON,
        "images": Parameter(Count(1, 2), wire="image", required=True),
        "mask": MediaTypes("png"),
    },
    rules=(CLEAR, MaskFits()),
    encodings=(Encoding("multipart", inputs=("bytes",)),),
)
VARY = OperationCapabilities(
    parameters={"image": Parameter(MediaTypes(("png", "jpeg")), required=True)},
    encodings=(Encoding("json", inputs=("bytes",)),),
)
BRUSH = {"generate": GENERATE, "edit": EDIT, "vary": VARY}
CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("brush", aliases=("brush-2026",), operations=BRUSH),
        ModelCapabilities("chalk", operations={"generate": GENERATE.but(default=False), "edit": EDIT}),
        ModelCapabilities(
            "quill",
            lifecycle=Lifecycle("retired", date="2026-01-01", successor="brush"),
            operations={"generate": GENERATE.but(default=False)},
        ),
    ),
    unknown={"generate": GENERATE.opened()},
    source=SOURCE,
)


@frozen
class Reference(HttpProvider):
    """Everything as it should be."""

    name = "reference"
    api_version = (1, 0)
    base_url = "https://api.reference.example/v1"
    key_variable = "REFERENCE_API_KEY"
    auth = HeaderKey("x-reference-key")
    blobs = ("data.*.b64_json", "b64_json")
    declared = CAPABILITIES

    def capabilities(self) -> ProviderCapabilities:
        return self.declared

    def body(self, call: Call) -> dict[str, Any]:
        """What the caller set; the tone is said in the style of the house."""
        values = call.values()
        tone = values.pop("options.tone", None)
        body = call.wire(values)
        return body if tone is None else {**body, "mood": {"tone": tone}}

    def map_request(self, call: Call) -> HttpRequest:
        if call.operation == "edit":
            return HttpRequest("POST", "/edits", parts=self.form(call), blobs=self.blobs)
        return HttpRequest("POST", "/paintings", json=self.body(call), blobs=self.blobs, stream=call.stream)

    def form(self, call: Call) -> tuple[Part, ...]:
        """The fields of an edit, and its files."""
        fields = _fields(self.body(call))
        given = call.request.given()
        files = [*(("image", one) for one in given["images"]), *([("mask", given["mask"])] if "mask" in given else [])]
        return (
            *(Part(name, text) for name, text in fields),
            *(Part(name, image.blob, f"{name}.png", image.media_type) for name, image in files),
        )

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        reply = response.json if isinstance(response.json, dict) else {}
        return ImageResult(
            images=read_images(response),
            created=read_created(reply),
            usage=read_usage(reply.get("usage")),
            raw=(without_blobs(response.json),),
        )

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        if event.event == "sketch":
            return _sketch(event.json)
        return self.normalize(_as_response(event), call) if event.event == "painting.completed" else None

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from (self.order(call) if call.operation == "vary" else HttpProvider.exchange(self, call)))

    def order(self, call: Call) -> Exchange[ImageResult]:
        """A job: ordered, asked after, and fetched."""
        body = {**call.wire(), "picture": Embed(call.request.image.blob)}
        path = f"/orders/{quote(_id_of((yield from send(HttpRequest('POST', '/orders', json=body)))), safe='')}"
        yield Job(path, "ordered", cancel=HttpRequest("DELETE", path))
        done = yield from poll(HttpRequest("GET", path, blobs=self.blobs), until=_is_over)
        return self.normalize(done, call)


def _fields(body: dict[str, Any], place: str = "{}") -> Iterator[tuple[str, str]]:
    """JSON as the fields of a form: ``random[seed]``."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from _fields(value, place.format(name) + "[{}]")
        else:
            yield place.format(name), f"{value}"


def _sketch(said: Any) -> Partial | None:
    picture, step = (said.get(name) if isinstance(said, dict) else None for name in ("b64_json", "step"))
    return Partial(Image.of(picture), step if isinstance(step, int) else 0) if isinstance(picture, Blob) else None


def _id_of(response: HttpResponse) -> str:
    said = response.json.get("id") if isinstance(response.json, dict) else None
    if not isinstance(said, str) or not said:
        raise SchemaError("The order has no id.", status=response.status)
    return said


def _is_over(response: HttpResponse) -> bool:
    return not isinstance(response.json, dict) or response.json.get("state") != "painting"


def _as_response(event: Any) -> HttpResponse:
    from limner.provider import HttpResponse  # noqa: PLC0415 - for types elsewhere

    return HttpResponse(200, {}, event.json)


PROVIDER = Reference()
