"""Providers of odd kinds that do everything right, each with what was recorded of it, made of its page."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlencode

from attrs import evolve
from limner_tests_others import PROMPT, Local
from limner_tests_reference import SOURCE

from limner.capabilities import (
    Count,
    Encoding,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
)
from limner.errors import BadRequestError, ContentPolicyError, SchemaError
from limner.media import Blob, Image
from limner.provider import (
    HeaderKey,
    HttpProvider,
    HttpRequest,
    HttpResponse,
    Job,
    Part,
    Partial,
    Signed,
    blocking,
    poll,
    send,
)
from limner.reading import read_created, read_error, read_images, read_usage, without_blobs
from limner.results import ImageResult
from limner.testing.stage import PICTURE

if TYPE_CHECKING:
    from limner.provider import Call, Exchange

BASE64 = b64encode(PICTURE).decode()
Recording = list[dict[str, Any]]


def asked(method: str, path: str, status: int = 200, *, host: str = "api", **bodies: Any) -> dict[str, Any]:
    """One interaction: ``sends`` is the request's body and ``type`` its content type; the others are the answer's."""
    types = {"json": "application/json", "base64": "image/png", "events": "text/event-stream"}
    sends: dict[str, Any] = bodies.pop("sends", {})
    headers = {"content-type": bodies.pop("type")} if "type" in bodies else {}
    (form,) = bodies or ("json",)
    request = {"method": method, "url": f"https://{host}.odd.example{path}", "headers": headers, **sends}
    return {
        "request": request,
        "response": {"status": status, "headers": {"content-type": types[form]}, **bodies},
    }


def generating(**more: Any) -> OperationCapabilities:
    return OperationCapabilities(parameters={"prompt": PROMPT, **more})


def found(value: Any, *path: str | int) -> Any:
    """What stands there, if anything does."""
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name)
        else:
            value = value[name] if isinstance(value, list) and isinstance(name, int) and name < len(value) else None
    return value


def text(response: HttpResponse, name: str) -> str:
    said = found(response.json, name)
    if not isinstance(said, str) or not said:
        raise SchemaError(f"The reply has no {name!r}.", status=response.status)
    return said


class Odd(HttpProvider):
    name = "odd"
    api_version = (1, 0)
    base_url = "https://api.odd.example/v1"
    key_variable = "ODD_API_KEY"
    auth = HeaderKey("x-odd-key")
    models: ClassVar[tuple[ModelCapabilities, ...]]
    recordings: ClassVar[Mapping[str, Recording]]

    def capabilities(self) -> ProviderCapabilities:
        return ProviderCapabilities(self.models, None, SOURCE)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        raw = () if response.json is None else (without_blobs(response.json),)
        return ImageResult(images=read_images(response), raw=raw)


class Clerk(Odd):
    """Takes forms as web pages send them, and a size as two numbers."""

    models = (
        ModelCapabilities("ink", operations={"generate": generating(size=OneOf(("16x16", "32x16")), seed=Range(0, 9))}),
        ModelCapabilities("ash", operations={"generate": generating()}),
    )
    _sends: ClassVar[dict[str, Any]] = {
        "sends": {"text": "prompt=a+cat&model=ink&seed=5"}, "type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    _once = asked("POST", "/v1/draw", **_sends, json={"data": [{"b64_json": BASE64}]})
    recordings: ClassVar = {
        "in-the-end": [asked("POST", "/v1/draw", 429, **_sends, json={"error": {"message": "Not so fast"}}), _once],
        "twice": [_once, _once],
    }

    def map_request(self, call: Call) -> HttpRequest:
        said = call.wire()
        if "size" in said:
            said["width"], said["height"] = said.pop("size").split("x")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return HttpRequest("POST", "/draw", content=urlencode(said).encode(), headers=kind)


class Notary(Odd):
    """Signs what it asks for. One field of its form is JSON; the rest stands in the query and in a header."""

    key_variable = None
    key_prefix = "odd-"
    auth = Signed(("ODD_ID", "ODD_SECRET"), lambda _method, _url, body, _keys: {"x-signature": f"{len(body)}"})
    models = (
        ModelCapabilities(
            "ink",
            operations={
                "generate": generating(
                    seed=Range(0, 9),
                    quality=Parameter(OneOf(("low", "high")), wire="q"),
                    output_format=Parameter(OneOf(("png", "webp")), wire="accept"),
                )
            },
        ),
        ModelCapabilities("ash", operations={"generate": generating()}),
    )
    _form: ClassVar = {"form": [{"name": "request", "text": '{"model": "ink", "prompt": "a cat"}'}]}
    _multipart = "multipart/form-data; boundary=boundary"
    recordings: ClassVar = {
        "a-cat": [asked("POST", "/v1/draw?q=low", sends=_form, type=_multipart, base64=BASE64)],
        "no-cat": [
            asked("POST", "/v1/draw", 422, sends=_form, type=_multipart, json={"error": "E42", "why": "No cats here"})
        ],
    }

    def map_request(self, call: Call) -> HttpRequest:
        said = call.wire()
        query, headers = ({name: said.pop(name)} if name in said else {} for name in ("q", "accept"))
        parts = (Part("request", json.dumps(said)),)
        return HttpRequest("POST", "/draw", query=query, headers=headers, parts=parts)

    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        why = found(response.json, "why")
        refused = isinstance(why, str) and bool(why) and response.status >= 400
        return BadRequestError(f"{why}", status=response.status) if refused else read_error(response)


class Postcard(Odd):
    """The prompt is a part of the address, the answer is a picture, and a 403 refuses the prompt."""

    models = (
        ModelCapabilities("ink", operations={"generate": generating(seed=Range(0, 9))}),
        ModelCapabilities("ash", operations={"generate": generating()}),
    )
    recordings: ClassVar = {"a-cat": [asked("GET", "/v1/cards/a%20cat?model=ash", base64=BASE64)]}

    def map_request(self, call: Call) -> HttpRequest:
        said = {name: f"{value}" for name, value in call.wire().items()}
        return HttpRequest("GET", f"/cards/{quote(said.pop('prompt'), safe='')}", query=said, bills=True)

    def classify(self, response: HttpResponse, call: Call) -> Any:
        forbidden = response.status == 403 and not read_error(response).code
        return ContentPolicyError("Not this.", status=403) if forbidden else super().classify(response, call)


class Darkroom(Odd):
    """Takes pictures at another address, then an order, which takes its time; and has what came of it itself."""

    hosts = ("api.odd.example", "files.odd.example")  # type: ignore[assignment]
    _takes: ClassVar = {"prompt": PROMPT, "images": Parameter(Count(1, 3), required=True), "seed": Range(0, 9)}
    _edits: ClassVar = {"edit": OperationCapabilities(parameters=_takes, encodings=(Encoding("json", inputs="bytes"),))}
    models = (ModelCapabilities("odd/silver", operations=_edits), ModelCapabilities("odd/blue", operations=_edits))
    recordings: ClassVar = {
        "a-cat": [
            asked("PUT", "/in", host="files", sends={"base64": BASE64}, type="image/png", json={"id": "picture-1"}),
            asked("PUT", "/in", host="files", sends={"base64": BASE64}, type="image/png", json={"id": "picture-2"}),
            asked("POST", "/v1/odd%2Fsilver/orders?version=2", 202, json={"id": "order-1", "created": 1_764_000_000}),
            asked("GET", "/v1/orders/order-1", json={"state": "in the bath"}),
            asked("GET", "/v1/orders/order-1", json={"state": "done", "url": "https://api.odd.example/out/1.png"}),
            asked("GET", "/out/1.png", base64=BASE64),
        ]
    }

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        pictures = []
        for one in call.request.images:
            kind = {"content-type": one.media_type}
            put = HttpRequest("PUT", "https://files.odd.example/in", content=one.blob.read(), headers=kind)
            pictures.append(text((yield from send(put)), "id"))
        order = yield from send(self.order(call, pictures))
        path = f"/orders/{quote(text(order, 'id'), safe='')}"
        yield Job(path, "ordered", cancel=HttpRequest("DELETE", path))
        done = yield from poll(HttpRequest("GET", path), until=lambda reply: text(reply, "state") == "done")
        image = Image(url=text(done, "url"))
        return ImageResult(images=(image,), created=read_created(order.json), raw=(without_blobs(done.json),))

    def order(self, call: Call, pictures: list[str]) -> HttpRequest:
        body = {**call.wire(), "pictures": pictures}
        return HttpRequest("POST", f"/{quote(body.pop('model'), safe='')}/orders?version=2", json=body)


class Doll(Odd):
    """Everything stands inside of something else; each model has an address of its own."""

    addresses: ClassVar = {"big": "/dolls/1", "small": "/dolls/2"}
    models = (
        ModelCapabilities(
            "big",
            operations={
                "generate": generating(
                    seed=Parameter(Range(0, 9), wire="options.random.seed"), aspect_ratio=OneOf(("1:1", "2:1"))
                )
            },
        ),
        ModelCapabilities("small", operations={"generate": generating()}),
    )
    recordings: ClassVar = {
        "a-cat": [
            asked(
                "POST", "/v1/dolls/1",
                json={"dolls": [{"parts": [{"says": "Here:"}, {"inside": {"data": BASE64, "of": "a fine cat"}}]}],
                      "meta": {"time": 1_764_000_000, "counted": {"total_tokens": 5}}},
            )
        ]
    }  # fmt: skip

    def map_request(self, call: Call) -> HttpRequest:
        said = call.wire()
        options = {"kind": "picture", **said.pop("options", {})}
        address = self.addresses[said.pop("model")]
        body = {"contents": [{"parts": [said]}], "options": options, **(call.request.extra or {})}
        return HttpRequest("POST", address, json=body, blobs=("dolls.*.parts.*.inside.data",))

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        parts = found(response.json, "dolls", 0, "parts")
        inner = [found(one, "inside") for one in parts] if isinstance(parts, list) else []
        images = [Image.of(found(one, "data")) for one in inner if isinstance(found(one, "data"), Blob)]
        if not images:
            raise SchemaError("The reply holds no image.", status=response.status)
        said = [found(one, "of") for one in inner if isinstance(found(one, "of"), str)]
        return ImageResult(
            images=tuple(evolve(one, revised_prompt=of) for one, of in zip(images, said or [None], strict=False)),
            created=read_created({"created": found(response.json, "meta", "time")}),
            usage=read_usage(found(response.json, "meta", "counted")),
            raw=(without_blobs(response.json),),
        )


class Reel(Odd):
    """Shows its frames; of what was recorded all are the same blank picture."""

    models = (
        ModelCapabilities(
            "ink", operations={"generate": OperationCapabilities(parameters={"prompt": PROMPT}, streams=True)}
        ),
    )
    recordings: ClassVar = {
        "frames": [
            asked(
                "POST", "/v1/draw",
                events=[{"event": "frame", "data": {"b64_json": BASE64}}, {"lines": ": still there"},
                        {"event": "done", "data": {"data": [{"b64_json": BASE64}]}}],
            )
        ]
    }  # fmt: skip

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/draw", json=call.wire(), stream=call.stream, blobs=("b64_json", "data.*.b64_json"))

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        picture = found(event.json, "b64_json")
        if isinstance(picture, Blob):
            return Partial(Image.of(picture))
        return self.normalize(HttpResponse(200, {}, event.json), call) if event.event == "done" else None


class Dice(Local):
    """Paints on this machine, and nothing twice."""

    recordings: ClassVar[Mapping[str, Recording]] = {}
    thrown: ClassVar = count()

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        del call
        data = yield from blocking(lambda: PICTURE + f"{next(self.thrown)}".encode())
        return ImageResult(images=(Image.of(Blob(data)),))


ODD = (Clerk(), Notary(), Postcard(), Darkroom(), Doll(), Reel(), Dice())


# And some that are not right


class Careless(Darkroom):
    """Takes for granted that an order has an id."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        exchange = super().exchange(call)
        answer: Any = None
        try:
            while True:
                step = exchange.send(answer)
                answer = yield step
                if isinstance(step, HttpRequest) and step.method == "POST":
                    answer.json["id"].strip()
        except StopIteration as done:
            result: ImageResult = done.value
            return result


class Straying(Darkroom):
    """Lets the model's name lead its second request elsewhere."""

    def order(self, call: Call, pictures: list[str]) -> HttpRequest:
        request = super().order(call, pictures)
        return evolve(request, url=f"/{call.model}/orders?version=2") if f"{call.model}"[0] == "." else request


class Undecided(Doll):
    """Asks the same of every model."""

    addresses: ClassVar = {"big": "/dolls/1", "small": "/dolls/1"}


class Assuming(Doll):
    """Takes for granted that tokens are counted as they were when it was written."""

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        tokens = response.json["meta"]["counted"]["total_tokens"] if "meta" in response.json else None
        return result.but(usage=read_usage({"total_tokens": tokens}))


class Frank(Reel):
    """Takes for granted what an event has."""

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        if event.event == "frame":
            return Partial(Image.of(event.json["b64_json"]))
        return super().normalize_event(event, call)


class Deaf(Notary):
    """Does not look where the server says why."""

    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        error = read_error(response)
        return error and BadRequestError("Something was wrong.", status=response.status)


class Prefilled(Notary):
    """Sends a quality of its own in the query."""

    def map_request(self, call: Call) -> HttpRequest:
        request = super().map_request(call)
        return evolve(request, query={"q": "low", **request.query})


WRONG = ((304, Prefilled()), (305, Undecided()), (315, Straying()), (402, Deaf()), (408, Assuming()), (408, Careless()),
         (408, Frank()))  # fmt: skip
