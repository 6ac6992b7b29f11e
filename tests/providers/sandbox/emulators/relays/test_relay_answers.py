"""What the relays' emulators have in common: keys, ids, errors of their own and errors passed on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from limner_sandbox.relay import request_id

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Ask = Callable[..., httpx.Response]

RELAYS = {"fastapi.ai": "one_api_error", "rockapi": "one_api_error", "r9s": "new_api_error"}
"""Each with the type of its own errors."""
TINY = {"prompt": "a cat", "model": "dall-e-2", "size": "256x256"}
SUFFIX = re.compile(r"^(.*) \(request id: ([0-9]{15,23}[0-9A-Za-z]{8})\)$", re.DOTALL)

relay = pytest.mark.parametrize("name", RELAYS)


def told(reply: httpx.Response) -> tuple[str, str]:
    """The message of an error, and the id behind it."""
    found = SUFFIX.match(reply.json()["error"]["message"])
    assert found is not None
    return found[1], found[2]


@relay
@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "未提供令牌"),
        ({"authorization": "Basic x"}, "未提供令牌"),
        ({"authorization": "Bearer sk-no"}, "无效的令牌"),
    ],
)
def test_a_wrong_or_missing_key_is_answered_without_code_and_param(
    sandbox: Sandbox, http: httpx.Client, name: str, headers: dict[str, str], message: str
) -> None:
    reply = http.post(sandbox.base_url(name) + "/images/generations", json=TINY, headers=headers)
    assert (reply.status_code, set(reply.json()["error"]), told(reply)[0]) == (401, {"message", "type"}, message)


@relay
def test_a_key_in_the_query_is_no_key(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    url = sandbox.base_url(name) + "/images/generations"
    assert http.post(url, json=TINY, params={"api_key": sandbox.key_for(name)}).status_code == 401


@relay
def test_every_answer_has_a_request_id(ask: Ask, name: str) -> None:
    ids = [ask(name, **TINY).headers["x-oneapi-request-id"] for _ in range(2)]
    assert len(set(ids)) == 2


@relay
def test_an_error_repeats_its_request_id_in_its_message(ask: Ask, name: str) -> None:
    reply = ask(name, n=11)
    assert told(reply)[1] == reply.headers["x-oneapi-request-id"]


def test_a_request_id_is_the_time_and_eight_characters() -> None:
    assert re.fullmatch(r"20[0-9]{12}[0-9]{1,9}[0-9A-Za-z]{8}", request_id())


OWN = [
    ({}, "prompt_missing", "prompt is required"),
    ({"prompt": ""}, "prompt_missing", "prompt is required"),
    ({"prompt": "ä" * 1001}, "prompt_too_long", "prompt is too long"),
    ({"prompt": "a cat", "size": "1x1"}, "size_not_supported", "size not supported for this image model"),
    ({"prompt": "a cat", "n": 0}, "n_not_within_range", "invalid value of n"),
    ({"prompt": "a cat", "n": 11}, "n_not_within_range", "invalid value of n"),
    ({"prompt": "a cat", "model": "dall-e-3", "n": 2}, "n_not_within_range", "invalid value of n"),
]


@pytest.mark.parametrize(("name", "kind"), RELAYS.items())
@pytest.mark.parametrize(("body", "code", "message"), OWN)
def test_what_a_relay_checks_itself_is_an_error_of_its_own(  # noqa: PLR0913, PLR0917 - a row of a table
    ask: Ask, name: str, kind: str, body: dict[str, Any], code: str, message: str
) -> None:
    reply = ask(name, **body)
    error = reply.json()["error"]
    shown = (reply.status_code, error["code"], error["type"], error["param"], told(reply)[0])
    assert shown == (400, code, kind, "", message)


@pytest.mark.parametrize(("name", "kind"), RELAYS.items())
@pytest.mark.parametrize("body", [{"prompt": 1}, {"prompt": "a cat", "n": "2"}, {"prompt": "a cat", "model": 7}])
def test_a_value_of_the_wrong_type_is_an_invalid_image_request(
    ask: Ask, name: str, kind: str, body: dict[str, Any]
) -> None:
    error = ask(name, **body).json()["error"]
    assert (error["code"], error["type"]) == ("invalid_image_request", kind)


@relay
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"prompt": "\\ud800"}'])
def test_a_body_that_is_no_object_is_an_invalid_image_request(
    sandbox: Sandbox, http: httpx.Client, name: str, content: bytes
) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for(name)}", "content-type": "application/json"}
    reply = http.post(sandbox.base_url(name) + "/images/generations", content=content, headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_image_request")


@relay
@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({"seed": 1}, "unknown_parameter", "seed"),
        ({"model": "dall-e-3", "quality": "best"}, "invalid_value", "quality"),
        ({"response_format": "png"}, "invalid_value", "response_format"),
    ],
)
def test_the_rest_is_passed_on_in_openais_words(
    ask: Ask, name: str, body: dict[str, Any], code: str, param: str
) -> None:
    error = ask(name, prompt="a cat", **body).json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)


@relay
def test_moderation_is_passed_on_with_four_members(ask: Ask, name: str) -> None:
    error = ask(name, prompt="forbidden-word").json()["error"]
    assert (set(error), error["type"]) == ({"message", "type", "param", "code"}, "image_generation_user_error")
    assert (error["code"], error["param"]) == ("moderation_blocked", "")


@pytest.mark.parametrize("name", ["fastapi.ai", "rockapi"])
def test_a_model_that_is_not_listed_has_no_channel(ask: Ask, name: str) -> None:
    reply = ask(name, prompt="a cat", model="gpt-image-2")
    assert (reply.status_code, set(reply.json()["error"])) == (503, {"message", "type"})
    assert told(reply)[0] == "当前分组 default 下对于模型 gpt-image-2 无可用渠道"


@relay
@pytest.mark.parametrize("path", ["/images", "/images/generations/", "/models"])
def test_a_path_that_is_not_there_is_an_invalid_url(sandbox: Sandbox, ask: Ask, name: str, path: str) -> None:
    reply = ask(name, path)
    real = sandbox.base_url(name).removeprefix(f"{sandbox.url}/{name}")
    assert reply.json()["error"] == {
        "message": f"Invalid URL (POST {real}{path})", "type": "invalid_request_error", "param": "", "code": ""
    }  # fmt: skip


@relay
def test_a_method_that_is_not_there_is_an_invalid_url_too(sandbox: Sandbox, http: httpx.Client, name: str) -> None:
    headers = {"authorization": f"Bearer {sandbox.key_for(name)}"}
    reply = http.get(sandbox.base_url(name) + "/images/generations", headers=headers)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "")


@pytest.mark.parametrize("path", ["/images/edits", "/images/variations"])
def test_what_rockapi_announces_is_not_implemented(ask: Ask, path: str) -> None:
    reply = ask("rockapi", path)
    error = {"message": "API not implemented", "type": "one_api_error", "param": "", "code": "api_not_implemented"}
    assert (reply.status_code, reply.json()["error"]) == (501, error)


PASSED_ON = [
    ("rate_limit", 429, "requests", "rate_limit_exceeded", "当前分组上游负载已饱和，请稍后再试"),  # noqa: RUF001 - theirs
    ("quota", 429, "insufficient_quota", "insufficient_quota", "当前分组上游负载已饱和，请稍后再试"),  # noqa: RUF001 - theirs
    ("error_in_200", 200, "ali_error", "InternalError", "InternalError.Algo"),
    ("status=502", 502, "upstream_error", "bad_response_status_code", ""),
    ("status=403; code=insufficient_user_quota", 403, None, "insufficient_user_quota", "user quota is not enough"),
    ("status=429; code=slow; type=t; message=Slow", 429, "t", "slow", "Slow"),
]


@relay
@pytest.mark.parametrize(("fault", "status", "kind", "code", "message"), PASSED_ON)
def test_a_fault_is_in_a_relays_words(  # noqa: PLR0913, PLR0917 - a row of a table
    ask: Ask, name: str, fault: str, status: int, kind: str | None, code: str, message: str
) -> None:
    reply = ask(name, headers={"x-sandbox-fault": fault})
    error = reply.json()["error"]
    shown = (reply.status_code, error["type"], error["code"], told(reply)[0])
    assert shown == (status, kind or RELAYS[name], code, message)


@relay
@pytest.mark.parametrize("fault", ["unauthorized", "forbidden", "overloaded"])
def test_a_fault_at_a_relays_gate_has_a_message_and_a_type(ask: Ask, name: str, fault: str) -> None:
    error = ask(name, headers={"x-sandbox-fault": fault}).json()["error"]
    assert (set(error), error["type"]) == ({"message", "type"}, RELAYS[name])


@relay
def test_a_failure_without_json_has_the_status_as_its_parameter(ask: Ask, name: str) -> None:
    assert ask(name, headers={"x-sandbox-fault": "status=524"}).json()["error"]["param"] == "524"


@relay
def test_a_relay_may_be_slow_to_say_when_to_come_back(ask: Ask, name: str) -> None:
    reply = ask(name, headers={"x-sandbox-fault": "rate_limit; retry_after=2"})
    assert reply.headers["retry-after"] == "2"


@relay
def test_images_are_billed_and_logged(sandbox: Sandbox, ask: Ask, name: str) -> None:
    ask(name, **TINY, n=2)
    assert (sandbox.billed, sandbox.requests[-1].provider, sandbox.requests[-1].json["n"]) == (2, name, 2)
