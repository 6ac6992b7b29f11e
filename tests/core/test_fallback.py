"""When one model is not available: whether another is asked, and that nobody is paid twice."""

from __future__ import annotations

from base64 import b64encode
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import pytest

import limner
from limner.errors import (
    AuthError,
    BadImageError,
    BadInputError,
    BadRequestError,
    ConfigError,
    ConnectError,
    ContentPolicyError,
    DeadlineError,
    LimnerError,
    ModelUnavailableError,
    PluginError,
    QuotaError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from limner.fallback import goes_on
from limner.media import Image
from limner.requests import EditRequest, GenerateRequest


@pytest.mark.parametrize(
    ("error", "goes"),
    [
        (ConnectError("x", phase="not_sent"), True),
        (DeadlineError("x", phase="not_sent"), True),
        (RateLimitError("x", phase="rejected"), True),
        (QuotaError("x", phase="final"), True),
        (ModelUnavailableError("x", phase="final"), True),
        (ServerError("x", status=503, phase="rejected"), True),
        (UnsupportedError("x"), True),
        (ConfigError("x", param="keys"), True),
        (ConfigError("x", param="provider"), False),
        (ContentPolicyError("x", phase="final"), False),
        (ContentPolicyError("x", phase="rejected"), False),
        (BadRequestError("x", phase="final"), False),
        (BadInputError("x"), False),
        (AuthError("x", phase="final"), False),
        (PluginError("x"), False),
        (ServerError("x", status=500, phase="unknown", maybe_billed=True), False),
        (RateLimitError("x", phase="rejected", images=(Image.of(b""),)), False),
    ],
)
def test_another_is_asked_where_nothing_was_paid_and_another_may_do_it(error: LimnerError, *, goes: bool) -> None:
    assert goes_on(error) is goes


def test_who_accepts_to_pay_twice_may_go_on_after_what_may_have_been_paid() -> None:
    assert goes_on(ServerError("x", maybe_billed=True), pay_twice=True)
    assert not goes_on(BadImageError("x", maybe_billed=True), pay_twice=True)


@pytest.fixture
def two(server: Any, plain: Any) -> dict[str, Any]:
    """A client's arguments: two providers, told apart by the path of their base URL."""
    providers = [type(name.title(), (plain,), {"name": name})() for name in ("first", "second")]
    return {
        "providers": providers, "keys": {"first": "a", "second": "b"}, "environ": {},
        "base_urls": {name: f"{server.url}/{name}" for name in ("first", "second")},
    }  # fmt: skip


@pytest.fixture
def good(server: Any, png: Any) -> Any:
    return server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]})


BOTH = ["first/brush", "second/brush"]


def paths(server: Any) -> list[str]:
    return [asked.path.split("/")[1] for asked in server.asked]


@pytest.mark.usefixtures("at_once")
def test_the_next_is_asked_and_the_result_says_so(server: Any, plain: Any, two: Any, good: Any, paint: Any) -> None:
    quota = server.reply(status=429, json={"error": {"code": "insufficient_quota", "message": "No money."}})
    server.script(quota, good)
    result = paint(plain(), client=two, provider=None, model=BOTH)
    assert paths(server) == ["first", "second"]
    assert (result.provider, [one.model for one in result.tried]) == ("second", ["first/brush"])
    assert isinstance(result.tried[0].error, QuotaError)
    (warning,) = result.warnings
    assert (warning.code, warning.requested, warning.sent) == ("fallback", "first/brush", "second/brush")
    assert "No money" in str(warning)


def test_a_request_that_another_would_refuse_too_stays_refused(server: Any, plain: Any, two: Any, paint: Any) -> None:
    refusal = {"error": {"code": "moderation_blocked", "message": "Not that."}}
    server.script(server.reply(status=400, json=refusal))
    with pytest.raises(ContentPolicyError) as caught:
        paint(plain(), client=two, provider=None, model=BOTH)
    assert paths(server) == ["first"]
    assert [one.model for one in caught.value.tried] == ["first/brush"]


def test_nobody_is_paid_twice_unless_asked(server: Any, plain: Any, two: Any, good: Any, paint: Any) -> None:
    server.script(server.reply(status=500), good)
    with pytest.raises(ServerError) as caught:
        paint(plain(), client=two, provider=None, model="first/brush", fallback="second/brush")
    assert caught.value.maybe_billed
    assert server.posts == 1


def test_the_last_error_tells_of_all(server: Any, plain: Any, two: Any, paint: Any) -> None:
    gone = server.reply(status=404, json={"error": {"code": "model_not_found", "message": "Gone."}})
    server.script(gone)
    with pytest.raises(ModelUnavailableError) as caught:
        paint(plain(), client=two, provider=None, model=BOTH)
    assert [one.model for one in caught.value.tried] == BOTH
    assert server.posts == 2


def test_one_without_a_key_and_one_that_cannot_are_passed_over(
    server: Any, plain: Any, two: Any, good: Any, paint: Any
) -> None:
    server.script(good)
    two["keys"] = {"second": "b"}
    result = paint(plain(), client=two, provider=None, model=["first/brush", "second/gone", "second/brush"])
    assert [one.error.kind for one in result.tried] == ["config", "unsupported"]
    assert paths(server) == ["second"]


def test_a_selection_is_a_fallback(server: Any, plain: Any, two: Any, good: Any, paint: Any) -> None:
    server.script(good)
    with limner.Client(**two) as client:
        selection = client.select(GenerateRequest("a cat", size="8x8"))
    assert paint(plain(), client=two, provider=None, fallback=selection).provider == "first"


@pytest.mark.usefixtures("at_once")
def test_the_total_deadline_holds_over_all_of_them(server: Any, plain: Any, two: Any, paint: Any) -> None:
    server.api = lambda _: [0.3, *server.reply(status=503)]
    with pytest.raises(LimnerError) as caught:
        paint(plain(), client=two, provider=None, model=[*BOTH, "first/brush"], total_timeout=0.4)
    assert len(caught.value.tried) <= 2


def test_models_of_a_named_provider_are_told_with_its_name(server: Any, plain: Any, paint: Any) -> None:
    server.script(server.reply(status=503))
    with pytest.raises(LimnerError) as caught:
        paint(plain(), model=["brush", "pen"], retry="safe", total_timeout=0.2)
    assert caught.value.tried[0].model == "plain/brush"


def test_no_time_at_all_is_a_deadline_that_has_passed(server: Any, plain: Any, two: Any, paint: Any) -> None:
    with pytest.raises(DeadlineError):
        paint(plain(), client=two, provider=None, model=BOTH, total_timeout=1e-12)
    assert server.posts == 0


def test_a_stream_has_no_fallback(two: Any) -> None:
    with limner.Client(**two) as client, pytest.raises(BadInputError, match="one model, and here are 2"):
        client.stream_generate("a cat", model=BOTH)


def test_models_are_named_by_texts() -> None:
    with pytest.raises(BadInputError, match="model takes str"):
        GenerateRequest("a cat", model=[3])  # type: ignore[list-item]
    with pytest.raises(BadInputError, match="model names nothing"):
        GenerateRequest("a cat", model=[])
    assert GenerateRequest("a cat", model=["a/b"]).model == "a/b"
    assert GenerateRequest("a cat", model=["a/b", "c/d"], fallback=["c/d", "e/f"]).models == ("a/b", "c/d", "e/f")


# Fingerprints


def test_equal_requests_have_equal_fingerprints_and_others_have_others(png: Any, tmp_path: Any) -> None:
    (tmp_path / "a.png").write_bytes(png(3))
    by_bytes, by_path = (EditRequest("a cat", images=[one]) for one in (png(3), tmp_path / "a.png"))
    assert by_bytes.fingerprint == by_path.fingerprint
    assert len(by_bytes.fingerprint) == 64
    others = [
        EditRequest("a cat", images=[png(4)]), EditRequest("a dog", images=[png(3)]), GenerateRequest("a cat"),
        EditRequest("a cat", images=["https://cats.example/a.png"]), EditRequest("a cat", images=[png(3)], model="a/b"),
        EditRequest("a cat", images=[png(3)], extra={"x": 1}), EditRequest("a cat", images=[png(3)], n=2),
    ]  # fmt: skip
    assert len({one.fingerprint for one in [by_bytes, *others]}) == 1 + len(others)
    assert EditRequest("a cat", images=[png(3)], timeout=3, to="x").fingerprint == by_bytes.fingerprint


def test_files_that_are_named_by_texts_are_not_all_the_same() -> None:
    """They are looked at when it is planned, and told apart before."""
    a, b = (EditRequest("a cat", images=f"{name}.png") for name in "ab")
    assert a.fingerprint != b.fingerprint
    kept = [EditRequest("a cat", images=limner.ProviderImage("x", provider=name)).fingerprint for name in "ab"]
    assert kept[0] != kept[1]


def test_what_is_no_json_counts_in_a_fingerprint_too() -> None:
    author = MappingProxyType({"model": "pen"})
    frozen, plain = (GenerateRequest("a cat", svg=one) for one in (author, dict(author)))  # type: ignore[arg-type]
    assert frozen.fingerprint == plain.fingerprint
    here, there = (GenerateRequest("a cat", extra={"at": PurePosixPath(place)}) for place in ("/a", "/b"))
    assert here.fingerprint != there.fingerprint


def test_size_and_aspect_ratio_say_the_same_thing() -> None:
    with pytest.raises(BadInputError, match="give one of them"):
        GenerateRequest("a cat", size="8x8", aspect_ratio="1:1")
    with pytest.raises(BadInputError, match="written as WIDTH:HEIGHT"):
        GenerateRequest("a cat", aspect_ratio="wide")
