"""For every check of the conformance suite a provider that is wrong in that one thing, and right in all others."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve, field, frozen
from limner_tests_reference import CAPABILITIES, COMMON, EDIT, GENERATE, VARY, Reference
from PIL import Image as Pillow

from limner.capabilities import (
    Forbids,
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Samples,
    Source,
)
from limner.errors import BadRequestError, ProtocolError, SchemaError, ServerError
from limner.media import Blob, Image
from limner.provider import Call, HttpRequest, HttpResponse, Job, Part, Partial, Wait
from limner.reading import read_error
from limner.results import ImageResult, Usage
from limner.testing.cassettes import written
from limner.testing.stage import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from limner.provider import Exchange

BRUSH, CHALK, QUILL = CAPABILITIES.models


@frozen
class Wrong:
    """What is wrong, and what follows from it by necessity."""

    provider: Any = field(factory=Reference)
    implied: frozenset[int] = field(default=frozenset(), converter=frozenset)
    """Other checks that cannot hold then."""
    recordings: Callable[[Path], None] = lambda _: None
    """What is done to the recordings."""
    module: str = "limner_tests_reference"
    """What its entry point imports."""
    installed: bool = True
    entry: Any = None
    """What its entry point leads to; ``None``: to itself."""
    status: str = "ok"


@frozen
class Declaring(Reference):
    """The reference, with something else to say of itself."""

    says: ProviderCapabilities

    def capabilities(self) -> ProviderCapabilities:
        return self.says


def with_model(model: ModelCapabilities) -> Any:
    return Declaring(evolve(CAPABILITIES, models=(*CAPABILITIES.models, model)))


def with_generate(operation: OperationCapabilities) -> Any:
    return with_model(ModelCapabilities("crayon", operations={"generate": operation}))


PLAIN = GENERATE.but(default=False)


# Registration


class HostsInAList(Reference):
    hosts = ["api.reference.example"]  # type: ignore[assignment]  # noqa: RUF012 - that is what is wrong


class Changeling(Reference):
    base_url = "https://eu.reference.example/v1"

    @property
    def hosts(self) -> tuple[str, ...]:
        return ("api.reference.example", "eu.reference.example")

    def __reduce__(self) -> Any:
        return Reference, ()


class StarHost(Reference):
    @property
    def hosts(self) -> tuple[str, ...]:
        return ("api.reference.example", "*.example")


class NamelessKey(Reference):
    key_variable = "the key of reference"


# Declarations


class Fickle(Reference):
    times: ClassVar[count[int]] = count()

    def capabilities(self) -> ProviderCapabilities:
        return evolve(
            CAPABILITIES, source=Source("https://docs.reference.example", "2026-11-01", f"{next(self.times)}")
        )


class Boaster(OneOf):
    def samples(self) -> Samples:
        return Samples((*self.values, "?"), ("!",))


class Liar(OneOf):
    def samples(self) -> Samples:
        return Samples(self.values, (*self.values, "?"))


# Mapping


class Picky(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        if call.values().get("output_format") == "webp":
            raise KeyError("webp")
        return super().map_request(call)


class Toneless(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        body = super().body(call)
        body.pop("mood", None)
        return body


class Stringy(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        body = super().body(call)
        return {**body, "random": {"seed": f"{body['random']['seed']}"}} if "random" in body else body


class Eager(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        return {"background": "opaque", **super().body(call)}


class Stubborn(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        return {**super().body(call), "model": "best"}


class Tidy(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        body = super().body(call)
        return {**body, "prompt": " ".join(body["prompt"].split())} if "prompt" in body else body


class Closed(Reference):
    def body(self, call: Call) -> dict[str, Any]:
        return super().body(evolve(call, request=call.request.but(extra=None)))


@frozen
class ForChalk(Reference):
    """The reference, wrong for a model of which there is no recording."""

    change: Callable[[HttpRequest], HttpRequest]

    def map_request(self, call: Call) -> HttpRequest:
        request = super().map_request(call)
        return self.change(request) if call.model == "chalk" else request


def _abroad(request: HttpRequest) -> HttpRequest:
    return evolve(request, url="https://elsewhere.example/v1/paintings")


def _with_its_own_key(request: HttpRequest) -> HttpRequest:
    return evolve(request, headers={"Authorization": "Bearer mine"})


def _with_two_bodies(request: HttpRequest) -> HttpRequest:
    return evolve(request, content=b"and this")


def _without_a_stream(request: HttpRequest) -> HttpRequest:
    return evolve(request, stream=False)


def _other_file(request: HttpRequest) -> HttpRequest:
    files = (evolve(one, content=Blob(PICTURE)) if isinstance(one.content, Blob) else one for one in request.parts)
    return evolve(request, parts=tuple(files))


def _untyped(request: HttpRequest) -> HttpRequest:
    def untyped(part: Part) -> Part:
        return evolve(part, media_type="application/octet-stream") if isinstance(part.content, Blob) else part

    return evolve(request, parts=tuple(map(untyped, request.parts)))


class Counting(Reference):
    times: ClassVar[count[int]] = count()

    def map_request(self, call: Call) -> HttpRequest:
        return evolve(super().map_request(call), headers={"x-count": f"{next(self.times)}"})


class Unquoting(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        request = super().map_request(call)
        return evolve(request, url=f"{request.url}/{call.model}") if "/" in (call.model or "") else request


# Responses


class Fragile(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if "oddity" in (response.json or ()):
            raise KeyError("oddity")
        return super().normalize(response, call)


class Taciturn(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        error = read_error(response)
        silent = error is not None and response.status >= 400 and response.json
        return BadRequestError("No.", status=response.status) if silent else error


class Placeholder(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        try:
            return super().normalize(response, call)
        except SchemaError:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))


class Trusting(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del call
        return read_error(response) if response.status >= 400 else None


class Pretender(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if response.json is None and response.body is not None:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))
        return super().normalize(response, call)


class Hasty(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        if response.status == 429:
            return ServerError("Too many.", status=429)
        return super().classify(response, call)


class Literal(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        created = (response.json if isinstance(response.json, dict) else {}).get("created")
        return result.but(created=datetime.fromtimestamp(created, UTC) if created else None)


class Trustful(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        if isinstance(response.json, dict) and "b64_json" not in response.json:
            response.json["data"][0].keys()
        return super().normalize(response, call)


class Inventive(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(usage=result.usage or Usage(total_tokens=0))


class Forgetful(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        return super().normalize(response, call).but(raw=())


class Numbering(Reference):
    times: ClassVar[count[int]] = count()

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(images=tuple(evolve(one, details={"no": next(self.times)}) for one in result.images))


class SelfDecoding(Reference):
    """Decodes base64 by itself, and knows one dress of it."""

    blobs = ()

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        reply = response.json
        if isinstance(reply, dict) and isinstance(reply.get("data"), list):
            reply = {**reply, "data": [_decoded(one) for one in reply["data"]]}
        return super().normalize(evolve(response, json=_decoded(reply)), call)

    def normalize_event(self, event: Any, call: Call) -> Partial | ImageResult | None:
        return super().normalize_event(evolve(event, json=_decoded(event.json)), call)


def _decoded(item: Any) -> Any:
    text = item.get("b64_json") if isinstance(item, dict) else None
    return {**item, "b64_json": Blob(b64decode(text, validate=True))} if _is_base64(text) else item


def _is_base64(text: object) -> bool:
    try:
        return isinstance(text, str) and bool(b64decode(text, validate=True))
    except ValueError:
        return False


class LastFrame(Reference):
    """Takes the last sketch for the picture where the stream ends."""

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        last: list[Image] = []
        exchange = super().exchange(call)
        answer: Any = None
        try:
            while True:
                step = exchange.send(answer)
                last += [step.image] if isinstance(step, Partial) else []
                answer = yield step
        except StopIteration as done:
            return done.value if done.value.images or not last else ImageResult(images=(last[-1],))


# Behaviour


class Insistent(Reference):
    def map_and_send(self, call: Call) -> Exchange[Any]:
        request = self.map_request(call)
        try:
            return (yield request)
        except ProtocolError:
            return (yield request)

    def exchange(self, call: Call) -> Exchange[ImageResult]:
        if call.operation == "vary" or call.stream:
            return (yield from super().exchange(call))
        return self.normalize((yield from self.map_and_send(call)), call)


class Soothing(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        if call.operation == "vary" or call.stream:
            return (yield from super().exchange(call))
        try:
            response = yield self.map_request(call)
        except ProtocolError:
            return ImageResult(images=(Image.of(Blob(PICTURE)),))
        return self.normalize(response, call)


class Clinging(Reference):
    def order(self, call: Call) -> Exchange[ImageResult]:
        ordering = super().order(call)
        answer = yield next(ordering)
        try:
            while True:
                answer = yield ordering.send(answer)
        except StopIteration as done:
            result: ImageResult = done.value
            return result
        except GeneratorExit:
            yield Wait(1)
            raise


@frozen
class Counted(Reference):
    calls: Counter[str] = field(factory=Counter)

    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        self.calls[call.operation] += 1
        return super().normalize(response, call)


class Generous(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), _free))


def _free(step: Any) -> Any:
    return evolve(step, bills=False) if isinstance(step, HttpRequest) else step


def _changed(exchange: Exchange[ImageResult], change: Callable[[Any], Any]) -> Exchange[ImageResult]:
    """An exchange with each step changed; one that becomes ``None`` is left out."""
    answer: Any = None
    error: Exception | None = None
    while True:
        try:
            step = exchange.send(answer) if error is None else exchange.throw(error)
        except StopIteration as done:
            result: ImageResult = done.value
            return result
        answer = error = None
        if (told := change(step)) is not None:
            try:
                answer = yield told
            except Exception as raised:  # noqa: BLE001 - handed on
                error = raised


class Secretive(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), lambda step: None if isinstance(step, Job) else step))


class Talkative(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        print("mapping")  # noqa: T201 - that is what is wrong
        return super().map_request(call)


# Recordings


def edited(name: str, change: Callable[[Any], Any], copy: str | None = None, indent: int = 0) -> Callable[[Path], None]:
    """Change a recording, or a copy of it."""

    def change_it(folder: Path) -> None:
        page = change(json.loads((folder / f"{name}.json").read_bytes()))
        text = written(page) if not indent else json.dumps(page, indent=indent)
        (folder / f"{copy or name}.json").write_text(text, encoding="utf-8")

    return change_it


def said(**more: Any) -> Callable[[Any], Any]:
    """Put something into the answer."""

    def change(page: Any) -> Any:
        page["interactions"][0]["response"]["json"] |= more
        return page

    return change


def _without_origin(page: Any) -> Any:
    return {name: value for name, value in page.items() if name != "origin"}


def _with_header(page: Any) -> Any:
    page["interactions"][0]["response"]["headers"]["server"] = "nginx"
    return page


def _elsewhere(page: Any) -> Any:
    page["interactions"][0]["request"]["url"] = "https://api.reference.example/v2/pictures"
    return page


def _with_large_image(page: Any) -> Any:
    buffer = BytesIO()
    Pillow.effect_noise((120, 120), 90).save(buffer, "PNG")
    page["interactions"][0]["response"]["json"]["data"][0]["b64_json"] = b64encode(buffer.getvalue()).decode()
    return page


WRONG: Mapping[int, Wrong] = {
    101: Wrong(HostsInAList()),
    102: Wrong(installed=False),
    103: Wrong(Changeling(), implied={607, 601}),
    104: Wrong(module="limner_tests_noisy"),
    105: Wrong(StarHost()),
    106: Wrong(NamelessKey()),
    201: Wrong(Fickle(), implied={102, 103}),
    202: Wrong(Declaring(evolve(CAPABILITIES, source=Source(" ", "2026-11-01")))),
    203: Wrong(with_model(ModelCapabilities("film", operations={"animate": GENERATE.but(default=False)}))),
    204: Wrong(with_generate(PLAIN.but(parameters={"promt": Parameter(OneOf("x"))}))),
    205: Wrong(with_generate(PLAIN.but(parameters={"size": Parameter(Liar(("16x16", "32x16")))}))),
    206: Wrong(with_generate(PLAIN.but(defaults={"size": "huge"}))),
    207: Wrong(with_generate(PLAIN.but(parameters={"user": Parameter(OneOf(("a", "b")), wire="size")}))),
    208: Wrong(
        with_model(
            ModelCapabilities(
                "wax", operations={"vary": VARY.but(without=("image",), open_parameters=True, encodings=VARY.encodings)}
            )
        )
    ),
    209: Wrong(with_model(evolve(QUILL, id="feather", lifecycle=Lifecycle("retired")))),
    210: Wrong(with_generate(PLAIN.but(images_per_call=5))),
    211: Wrong(
        with_model(
            ModelCapabilities(
                "wax", operations={"edit": EDIT.but(encodings=(evolve(EDIT.encodings[0], without=("mask",)),))}
            )
        ),
        implied={215},
    ),
    212: Wrong(with_generate(PLAIN.but(delivers=("bytes", "post")))),
    213: Wrong(with_generate(PLAIN.but(parameters={"size": COMMON["size"].but(note=b"pixels")}))),
    214: Wrong(
        with_generate(
            PLAIN.but(
                parameters={"style": Parameter(OneOf("grand"), required=True)},
                rules=(Forbids("prompt", None, ("style",)),),
            )
        )
    ),
    215: Wrong(with_generate(PLAIN.but(rules=(Forbids("prompt", None, ("seed",)),)))),
    301: Wrong(Picky()),
    302: Wrong(Toneless()),
    303: Wrong(Stringy()),
    304: Wrong(Eager()),
    305: Wrong(Stubborn()),
    306: Wrong(Tidy()),
    307: Wrong(Closed()),
    308: Wrong(ForChalk(_abroad)),
    309: Wrong(ForChalk(_with_its_own_key)),
    310: Wrong(ForChalk(_with_two_bodies)),
    311: Wrong(ForChalk(_other_file)),
    312: Wrong(ForChalk(_untyped)),
    313: Wrong(Counting(), implied={504}),
    314: Wrong(ForChalk(_without_a_stream)),
    315: Wrong(Unquoting()),
    401: Wrong(Fragile(), recordings=edited("painting", said(oddity=1), copy="zz-odd")),
    402: Wrong(Taciturn()),
    403: Wrong(Placeholder(), implied={408}),
    404: Wrong(Trusting()),
    405: Wrong(Pretender(), implied={408}),
    406: Wrong(Hasty()),
    407: Wrong(Literal()),
    408: Wrong(Trustful()),
    409: Wrong(Inventive()),
    410: Wrong(Forgetful()),
    411: Wrong(Numbering()),
    412: Wrong(SelfDecoding()),
    413: Wrong(LastFrame()),
    501: Wrong(Insistent()),
    502: Wrong(Soothing()),
    503: Wrong(Clinging()),
    504: Wrong(Counted()),
    505: Wrong(Generous()),
    506: Wrong(Secretive()),
    507: Wrong(Talkative()),
    601: Wrong(recordings=lambda folder: (folder / "edit.json").unlink()),
    602: Wrong(recordings=edited("painting", _without_origin, copy="zz-unlabelled")),
    603: Wrong(recordings=edited("painting", said(note="blah " * 20_000), copy="zz-long")),
    604: Wrong(recordings=edited("painting", lambda page: page, indent=4)),
    605: Wrong(recordings=edited("painting", _with_header)),
    606: Wrong(recordings=edited("painting", said(note="sk-proj-0123456789abcdef"))),
    607: Wrong(recordings=edited("painting", _elsewhere, copy="zz-elsewhere")),
    608: Wrong(recordings=edited("painting", said(note="http://127.0.0.1:8080/"))),
    609: Wrong(recordings=edited("painting", _with_large_image)),
}
"""By the number of the check."""


# More ways to be wrong


class Mute(Reference):
    def capabilities(self) -> Any:
        return {"models": []}


class Speechless(Reference):
    def exchange(self, call: Call) -> Any:
        yield f"paint {call.operation}"


def _without_size(request: HttpRequest) -> HttpRequest:
    return evolve(request, parts=tuple(one for one in request.parts if one.name != "size"))


def _with_an_object(request: HttpRequest) -> HttpRequest:
    return evolve(request, json={**request.json, "of": object()} if request.json else None)


class Blind(Reference):
    """Takes an image by its URL, and sends none."""

    def capabilities(self) -> ProviderCapabilities:
        edit = EDIT.but(encodings=(evolve(EDIT.encodings[0], inputs=("url",)),))
        return evolve(CAPABILITIES, models=(ModelCapabilities("brush", operations={"edit": edit}),))

    def form(self, call: Call) -> tuple[Part, ...]:
        return (Part("prompt", call.request.prompt),)


class Styleless(Reference):
    """Has a style, its only one, and does not send it."""

    def capabilities(self) -> ProviderCapabilities:
        takes = PLAIN.but(parameters={"style": Parameter(OneOf("grand"))})
        return evolve(CAPABILITIES, models=(ModelCapabilities("brush", operations={"generate": takes}),))

    def body(self, call: Call) -> dict[str, Any]:
        return {name: value for name, value in super().body(call).items() if name != "style"}


class Homeless(Reference):
    base_url = ""
    hosts = ()


class Stranded(Reference):
    @property
    def hosts(self) -> tuple[str, ...]:
        return ("elsewhere.example",)


class InTheOpen(Reference):
    base_url = "http://api.reference.example/v1"


class Sightless(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        del call
        raise SchemaError("Nothing here.", status=response.status)


class Forgiving(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        del response, call


class Renumbering(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        error = super().classify(response, call)
        return error and type(error)(error.message, status=418)


class Vague(Reference):
    def classify(self, response: HttpResponse, call: Call) -> Any:
        error = super().classify(response, call)
        return error and type(error)("Something went wrong.", status=response.status)


class Poet(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(images=tuple(evolve(one, revised_prompt="a cat, or so") for one in result.images))


class Hoarder(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        result = super().normalize(response, call)
        return result.but(raw=tuple(b64encode(one.read()).decode() for one in result.images if one.data))


class Uncounting(Reference):
    def normalize(self, response: HttpResponse, call: Call) -> ImageResult:
        return super().normalize(response, call).but(usage=None)


class Rewinding(Reference):
    """What it does next depends on all calls."""

    turns: ClassVar[count[int]] = count()

    def map_request(self, call: Call) -> HttpRequest:
        return evolve(super().map_request(call), query={"turn": f"{next(self.turns)}"})


class Impatient(Reference):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        return (yield from _changed(super().exchange(call), lambda step: None if isinstance(step, Wait) else step))


class Slow(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        until = time.process_time() + 0.06
        while time.process_time() < until:
            pass
        return super().map_request(call)


class Unpicklable(Reference):
    def __reduce__(self) -> Any:
        raise TypeError("no")


def _empty(page: Any) -> Any:
    return {**page, "interactions": []}


FAXED = EDIT.but(encodings=(evolve(EDIT.encodings[0], inputs=("bytes", "fax")),))
MORE: tuple[tuple[int, Wrong], ...] = (
    (102, Wrong(status="blocked")),
    (102, Wrong(entry=Changeling())),
    (103, Wrong(Unpicklable())),
    (104, Wrong(module="limner_tests_missing")),
    (104, Wrong(module="limner_tests_networked")),
    (105, Wrong(Homeless())),
    (105, Wrong(Stranded())),
    (105, Wrong(InTheOpen())),
    (201, Wrong(Mute())),
    (201, Wrong(Declaring(evolve(CAPABILITIES, models=(), unknown=None)))),
    (
        202,
        Wrong(with_model(evolve(QUILL, id="feather", source=Source("https://docs.reference.example", "2999-01-01")))),
    ),
    (205, Wrong(with_generate(PLAIN.but(parameters={"size": Parameter(Boaster("16x16"))})))),
    (209, Wrong(with_model(evolve(QUILL, id="feather", lifecycle=Lifecycle("retired", successor="pen"))))),
    (210, Wrong(with_generate(PLAIN.but(without=("n",))))),
    (211, Wrong(with_model(ModelCapabilities("wax", operations={"edit": FAXED})))),
    (301, Wrong(Speechless())),
    (302, Wrong(Styleless())),
    (303, Wrong(ForChalk(_without_size))),
    (310, Wrong(ForChalk(_with_an_object))),
    (311, Wrong(Blind())),
    (401, Wrong(Sightless())),
    (402, Wrong(Forgiving())),
    (402, Wrong(Renumbering())),
    (404, Wrong(Vague())),
    (409, Wrong(Poet())),
    (410, Wrong(Hoarder())),
    (410, Wrong(Uncounting())),
    (504, Wrong(Rewinding())),
    (506, Wrong(Impatient())),
    (507, Wrong(Slow())),
    (602, Wrong(recordings=edited("painting", _empty, copy="zz-empty"))),
)
"""Other faults that the same checks find; what else they make fail is not looked at."""
