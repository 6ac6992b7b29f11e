"""Providers that are wrong in what they are, in what they declare, or in how they ask."""

from __future__ import annotations

import time
from itertools import count
from posixpath import normpath
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from attrs import evolve, frozen
from limner_tests_reference import CAPABILITIES, EDIT, GENERATE, Reference

from limner.capabilities import (
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Samples,
    Source,
)
from limner.media import Blob
from limner.provider import Call, HttpRequest, Part
from limner.testing.stage import PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable


BRUSH, CHALK, QUILL = CAPABILITIES.models


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


class OfAnyTime(Reference):
    api_version = None


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


def abroad(request: HttpRequest) -> HttpRequest:
    return evolve(request, url="https://elsewhere.example/v1/paintings")


class Abroad(Reference):
    """The reference, all of whose requests go to another host, and name the model there."""

    def map_request(self, call: Call) -> HttpRequest:
        return evolve(
            super().map_request(call), url=f"https://elsewhere.example/v1/{quote(call.model or '', safe='')}?v=2"
        )


class AtHome(Reference):
    """The reference, as a server that its users run themselves."""

    base_url = "http://localhost:8000/"


def with_its_own_key(request: HttpRequest) -> HttpRequest:
    return evolve(request, headers={"Authorization": "Bearer mine"})


def with_two_bodies(request: HttpRequest) -> HttpRequest:
    return evolve(request, content=b"and this")


def without_a_stream(request: HttpRequest) -> HttpRequest:
    return evolve(request, stream=False)


def other_file(request: HttpRequest) -> HttpRequest:
    files = (evolve(one, content=Blob(PICTURE)) if isinstance(one.content, Blob) else one for one in request.parts)
    return evolve(request, parts=tuple(files))


def untyped(request: HttpRequest) -> HttpRequest:
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


# More of them


class Resolving(Reference):
    """Works out where dots lead before anybody can refuse them."""

    def map_request(self, call: Call) -> HttpRequest:
        request = super().map_request(call)
        return evolve(request, url=normpath(f"{request.url}/{call.model}")) if call.model == ".." else request


class Mute(Reference):
    def capabilities(self) -> Any:
        return {"models": []}


class Speechless(Reference):
    def exchange(self, call: Call) -> Any:
        yield f"paint {call.operation}"


def without_size(request: HttpRequest) -> HttpRequest:
    return evolve(request, parts=tuple(one for one in request.parts if one.name != "size"))


def in_capitals(request: HttpRequest) -> HttpRequest:
    def louder(part: Part) -> Part:
        return evolve(part, content=part.content.upper()) if isinstance(part.content, str) else part

    return evolve(request, parts=tuple(map(louder, request.parts)))


def with_an_object(request: HttpRequest) -> HttpRequest:
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


class Rewinding(Reference):
    """What it does next depends on all calls."""

    turns: ClassVar[count[int]] = count()

    def map_request(self, call: Call) -> HttpRequest:
        return evolve(super().map_request(call), query={"turn": f"{next(self.turns)}"})


class Slow(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        until = time.process_time() + (0.06 if call.model == "quill" else 0)
        while time.process_time() < until:
            pass
        return super().map_request(call)


class Sleepy(Reference):
    def map_request(self, call: Call) -> HttpRequest:
        time.sleep(0.21 * (call.model == "quill"))
        return super().map_request(call)


class Unpicklable(Reference):
    def __reduce__(self) -> Any:
        raise TypeError("no")
