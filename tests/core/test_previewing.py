"""What a plan shows of what it would send, and what tells it from another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import (
    Count,
    Length,
    ModelCapabilities,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
)
from limner.errors import BadInputError, PluginError
from limner.media import Blob
from limner.planning import Plan, plan
from limner.provider import Call, Exchange, HttpProvider, HttpRequest, Part, blocking, send, wait
from limner.requests import GenerateRequest
from limner.results import ImageResult

if TYPE_CHECKING:
    from collections.abc import Callable

TAKES = OperationCapabilities(
    parameters={"prompt": Parameter(Length(100), required=True), "reference_images": Count(0, 2)}, default=True
)
CAPABILITIES = ProviderCapabilities(
    models=(ModelCapabilities("brush-2", operations={"generate": TAKES}),),
    unknown={"generate": TAKES.opened()},
    source=Source("the brush page", "2026-11-20"),
)


class Acme(HttpProvider):
    name = "acme"
    base_url = "https://acme.example/v1"

    def capabilities(self) -> ProviderCapabilities:
        return CAPABILITIES

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/paint?v=2", json=call.wire(), query={"w": "3"})


class Bytes(Acme):
    content = b""

    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", "/paint", content=self.content or str(call.wire()).encode())


class Upload(Acme):
    def map_request(self, call: Call) -> HttpRequest:
        del call
        return HttpRequest("POST", "/paint", parts=[Part("image", Blob(b"12345"), "a.png", "image/png")])


class Local(Acme):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        yield from blocking(call.wire)
        return ImageResult(images=())


class Token(Acme):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        yield from send(HttpRequest("GET", "/token"))
        yield from send(HttpRequest("POST", "/paint", json=call.wire()))
        return ImageResult(images=())


class ByName(Acme):
    def map_request(self, call: Call) -> HttpRequest:
        return HttpRequest("POST", f"/models/{call.model}/paint", json=call.wire())


class Idle(Acme):
    def exchange(self, call: Call) -> Exchange[ImageResult]:
        del call
        yield from ()
        return ImageResult(images=())


def planned(provider: Any, prompt: str = "a cat", model: str = "brush-2", **given: Any) -> Plan:
    return plan(GenerateRequest(prompt, **given), provider, model)


def shown(provider: Any, **given: Any) -> dict[str, Any]:
    (preview,) = planned(provider, **given).preview()
    return preview


def exchanging(exchange: Callable[..., Any]) -> Any:
    return type("Odd", (Acme,), {"exchange": exchange})()


# What is shown


def test_the_query_is_joined_as_it_is_sent() -> None:
    assert shown(Acme())["url"] == "https://acme.example/v1/paint?v=2&w=3"


def test_the_preview_of_a_form_shows_image_data_as_size_and_hash() -> None:
    (part,) = shown(Upload())["parts"]
    assert (part["name"], part["filename"], part["media_type"]) == ("image", "a.png", "image/png")
    assert part["content"].startswith("<Blob 5 B")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a=1&b=\xc3\xa4", "a=1&b=ä"),
        (b"data:image/png;base64,AAAA", "<data URL of 26 characters>"),
        (b"\xff\xfe", "<Blob 2 B"),
        (b"x" * 3000, "<Blob 3"),
    ],
)
def test_a_body_of_bytes_is_shown_as_text_where_it_is_a_short_one(content: bytes, told: str) -> None:
    provider = Bytes()
    provider.content = content
    assert shown(provider)["content"].startswith(told)
    assert told in str(planned(provider))


def test_an_exchange_without_http_names_its_first_step() -> None:
    assert shown(Local()) == {"step": "Blocking"}
    assert '"step": "Blocking"' in str(planned(Local()))


def test_an_exchange_without_a_step_says_so() -> None:
    assert shown(Idle()) == {"step": None}


def test_a_model_that_climbs_out_of_its_path_is_refused() -> None:
    assert shown(ByName(), model="x")["url"] == "https://acme.example/v1/models/x/paint"
    with pytest.raises(BadInputError, match="neither a model nor anything else that stands in an address"):
        shown(ByName(), model="..")


# A provider that breaks


def breaks(*_: Any) -> Any:
    raise KeyError("boom")


def breaks_later(*_: Any) -> Any:
    yield from breaks()


@pytest.mark.parametrize(
    ("exchange", "fault"),
    [
        (breaks, "KeyError: 'boom'"),
        (breaks_later, "KeyError: 'boom'"),
        (lambda *_: ImageResult(images=()), "TypeError: 'ImageResult' object is not an iterator"),
    ],
)
def test_a_provider_that_breaks_while_it_is_looked_at_is_named(exchange: Any, fault: str) -> None:
    broken = planned(exchanging(exchange))
    for look in (broken.preview, broken.to_dict, lambda: broken.fingerprint, lambda: str(broken)):
        with pytest.raises(PluginError, match=f"^acme broke while it was asked for its first step: {fault}") as caught:
            look()
        assert caught.value.provider == "acme"


def test_an_error_of_ours_is_handed_on() -> None:
    def refuses(*_: Any) -> Any:
        raise BadInputError("Not so.")

    with pytest.raises(BadInputError, match=r"Not so\."):
        shown(exchanging(refuses))


@pytest.mark.parametrize("clings", [False, True])
def test_an_exchange_that_is_looked_at_is_closed(clings: bool) -> None:  # noqa: FBT001 - parametrized
    closed = []

    def exchange(*_: Any) -> Any:
        try:
            yield from wait(1)
        finally:
            closed.append(True)
            if clings:
                yield from wait(1)

    assert shown(exchanging(exchange)) == {"step": "Wait"}
    assert closed


# What a fingerprint tells apart


@pytest.mark.parametrize("provider", [Acme(), Bytes(), Local(), Token(), Idle()], ids=lambda one: type(one).__name__)
def test_plans_of_other_prompts_pictures_or_extras_have_other_fingerprints(provider: Any) -> None:
    plans = [
        planned(provider),
        planned(provider, "a dog"),
        planned(provider, extra={"mood": "grand"}),
        planned(provider, reference_images=b"GIF89a\x02\x00\x01\x00\x00\x00\x00;"),
        planned(provider, reference_images=b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
    ]
    assert len({each.fingerprint for each in plans}) == len(plans)
    assert planned(provider).fingerprint == plans[0].fingerprint
