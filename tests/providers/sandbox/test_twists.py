"""Odd answers, ordered as faults, as they arrive."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from limner_sandbox import Sandbox
from limner_sandbox.faults import FAULTS
from limner_sandbox.twists import ERRORS, ITEMS, LABELS, STREAMS, SUCCESSES, TWISTS, Reply, twist

Post = Callable[..., httpx.Response]
Ask = Callable[..., httpx.Response]

PROVIDERS = ("fastapi.ai", "openai", "r9s", "roboflow", "rockapi")
SMALL: dict[str, dict[str, Any]] = {
    "openai": {"model": "gpt-image-2", "size": "16x16"},
    "roboflow": {"model": "gpt-image-2", "size": "16x16", "quality": "low"},
}
"""The tiniest request of each provider, where it is not dall-e-2's."""


@pytest.fixture
def reply(sandbox: Sandbox, ask: Ask) -> Callable[..., httpx.Response]:
    """The answer to a small request while a fault is ordered."""

    def answered(provider: str, fault: str, **body: Any) -> httpx.Response:
        sandbox.fail(fault)
        return ask(provider, prompt="a cat", **{**SMALL.get(provider, {"size": "256x256"}), **body})

    return answered


def test_every_twist_is_a_fault_of_its_own_name() -> None:
    assert {name for name in TWISTS if FAULTS[name].twist != name} == set()


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", sorted({*ITEMS, *SUCCESSES}))
def test_every_provider_can_be_made_to_answer_so(
    sandbox: Sandbox, reply: Callable[..., httpx.Response], provider: str, name: str
) -> None:
    """It is billed, and it is JSON of another shape than usual."""
    answer = reply(provider, name)
    assert (answer.status_code, sandbox.billed) == (200, 1)
    assert int(answer.headers["content-length"]) == len(answer.content)
    json.loads(answer.content)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("null_data", {"data": None}), ("empty_data", {"data": []}), ("zero_created", {"created": 0})],
)
def test_members_of_a_reply_may_be_empty(
    reply: Callable[..., httpx.Response], name: str, expected: dict[str, Any]
) -> None:
    assert reply("rockapi", name).json().items() >= expected.items()


@pytest.mark.parametrize(("name", "left"), [("no_data", {"created"}), ("no_created", {"data"})])
def test_members_of_a_reply_may_be_missing(reply: Callable[..., httpx.Response], name: str, left: set[str]) -> None:
    assert set(reply("rockapi", name).json()) == left


def test_absent_values_may_be_empty_strings(reply: Callable[..., httpx.Response]) -> None:
    (item,) = reply("rockapi", "empty_strings").json()["data"]
    assert (item["b64_json"], item["revised_prompt"], item["url"] != "") == ("", "", True)


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
def test_one_image_may_come_twice(
    http: httpx.Client, reply: Callable[..., httpx.Response], response_format: str
) -> None:
    (item,) = reply("rockapi", "url_and_base64", response_format=response_format).json()["data"]
    assert http.get(item["url"]).content == b64decode(item["b64_json"])


@pytest.mark.parametrize("response_format", ["url", "b64_json"])
@pytest.mark.parametrize(("name", "member"), [("data_prefix", "b64_json"), ("data_url", "url")])
def test_an_image_may_be_a_data_url(
    reply: Callable[..., httpx.Response], name: str, member: str, response_format: str
) -> None:
    (item,) = reply("rockapi", name, response_format=response_format).json()["data"]
    head, _, data = item[member].partition(",")
    assert (set(item), head, b64decode(data)[:4]) == ({member}, "data:image/png;base64", b"\x89PNG")


@pytest.mark.parametrize(
    ("output_format", "kind"),
    [("jpeg", "image/jpeg"), ("webp", "image/webp"), ("gif", "image/gif"), ("svg", "image/svg+xml")],
)
def test_a_data_url_names_the_type_of_its_bytes(
    reply: Callable[..., httpx.Response], output_format: str, kind: str
) -> None:
    (item,) = reply("openai", "data_url", output_format=output_format).json()["data"]
    assert item["url"].startswith(f"data:{kind};base64,")


def test_a_url_may_have_another_name(reply: Callable[..., httpx.Response]) -> None:
    (item,) = reply("rockapi", "image_url").json()["data"]
    assert set(item) == {"image_url"}


def test_the_changed_items_of_a_bare_list_are_a_bare_list(reply: Callable[..., httpx.Response]) -> None:
    (item,) = reply("roboflow", "empty_strings").json()
    assert item["url"] == ""


@pytest.mark.parametrize("provider", ["rockapi", "roboflow"])
@pytest.mark.parametrize(("name", "shape"), [("bare_list", list), ("wrapped", dict), ("single_object", dict)])
def test_the_images_may_stand_in_any_shape(
    reply: Callable[..., httpx.Response], provider: str, name: str, shape: type
) -> None:
    assert isinstance(reply(provider, name).json(), shape)


def test_a_single_object_of_no_image_is_null(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("single_object", extra=-1)
    assert post(sandbox).json() is None


@pytest.mark.parametrize(
    ("name", "member"),
    [("zero_usage", "prompt_tokens"), ("chat_usage", "completion_tokens"), ("cost_usage", "cost_in_usd_ticks")],
)
def test_usage_may_be_in_other_words(reply: Callable[..., httpx.Response], name: str, member: str) -> None:
    assert member in reply("openai", name).json()["usage"]


def test_a_success_may_be_created(reply: Callable[..., httpx.Response]) -> None:
    answer = reply("rockapi", "created_201")
    assert (answer.status_code, len(answer.json()["data"])) == (201, 1)


def test_json_may_be_said_to_be_html(reply: Callable[..., httpx.Response]) -> None:
    answer = reply("rockapi", "json_as_html")
    assert (answer.headers["content-type"], len(answer.json()["data"])) == ("text/html; charset=utf-8", 1)


def test_html_may_be_said_to_be_json(reply: Callable[..., httpx.Response]) -> None:
    answer = reply("rockapi", "html_as_json")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "application/json")
    assert answer.text.startswith("<html>")


def test_a_proxy_may_answer_with_a_line_of_text(reply: Callable[..., httpx.Response]) -> None:
    answer = reply("rockapi", "timeout_524")
    assert (answer.status_code, answer.text) == (524, "error code: 524")


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", sorted(ERRORS))
def test_every_provider_can_be_made_to_fail_so(
    sandbox: Sandbox, reply: Callable[..., httpx.Response], provider: str, name: str
) -> None:
    answer = reply(provider, name)
    assert (answer.status_code, sandbox.billed, bool(answer.json())) == (500, 0, True)


TOLD = {"message": "Too bad.", "type": "t", "param": None, "code": "c"}
ENVELOPES: list[tuple[str, Any]] = [
    ("error_flat", {"code": 400, "msg": "Too bad.", "success": False}),
    ("error_message", {"message": "Too bad."}),
    ("error_msg", {"error_msg": "Too bad."}),
    ("error_err", {"err": "Too bad."}),
    ("error_text", {"error": "Too bad."}),
    ("error_code_message", {"error": "c", "message": "Too bad."}),
    ("error_detail", {"detail": "Too bad."}),
    ("error_header", {"header": {"message": "Too bad."}}),
    ("error_response", {"response": {"error": {"message": "Too bad."}}}),
    ("error_number_code", {"error": {**TOLD, "code": 400}}),
    ("error_number_type", {"error": {**TOLD, "type": "400", "param": "400", "code": None}}),
    ("error_empty_code", {"error": {**TOLD, "code": "", "param": ""}}),
    ("error_no_code", {"error": {"message": "Too bad.", "type": "t"}}),
    ("error_translated", {"error": {**TOLD, "message_zh": "请求失败"}}),
]


@pytest.mark.parametrize(("name", "body"), ENVELOPES)
def test_an_error_may_come_in_any_envelope(sandbox: Sandbox, post: Post, name: str, body: object) -> None:
    sandbox.fail(status=400, code="c", type="t", message="Too bad.", twist=name)
    assert post(sandbox).json() == body


def test_a_message_may_be_json_of_an_error_twice(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(status=400, code="c", type="t", message="Too bad.", twist="error_json_message")
    outer = json.loads(post(sandbox).json()["error"]["message"])
    assert json.loads(outer["error"]["message"]) == {"error": TOLD}


@pytest.mark.parametrize(("name", "ids"), [("error_no_message", 1), ("error_chained_ids", 2)])
def test_a_message_may_be_ids_or_have_several(sandbox: Sandbox, post: Post, name: str, ids: int) -> None:
    sandbox.fail(name, message="Too bad.")
    message = post(sandbox).json()["error"]["message"]
    assert (message.count("(request id: "), message.startswith(" (")) == (ids, ids == 1)


def test_an_error_in_a_200_may_come_in_any_envelope(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("error_in_200", twist="error_detail")
    answer = post(sandbox)
    assert (answer.status_code, set(answer.json())) == (200, {"detail"})


def test_a_real_refusal_may_come_in_any_envelope(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail(twist="error_flat")
    answer = post(sandbox, n=0)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize("name", ["error_flat", "stream_crlf", "null_data"])
def test_what_does_not_fit_is_left_alone(sandbox: Sandbox, post: Post, name: str) -> None:
    """A twist of errors or of streams leaves a plain success as it is; one of successes an error."""
    sandbox.fail(twist=name)
    answer = post(sandbox, n=0 if name in SUCCESSES else 1)
    assert ("error" in answer.json(), "data" in answer.json()) == (name in SUCCESSES, name not in SUCCESSES)


@pytest.mark.parametrize("path", ["/models", "/models/gpt-image-2"])
@pytest.mark.parametrize("name", ["url_and_base64", "data_url"])
def test_what_holds_no_images_is_left_alone(
    sandbox: Sandbox, get: Callable[..., httpx.Response], path: str, name: str
) -> None:
    usual = get(sandbox, path).json()
    sandbox.fail(name)
    assert get(sandbox, path).json() == usual


def test_an_image_whose_url_has_expired_is_left_alone(http: httpx.Client) -> None:
    with Sandbox(url_lifetime=0) as sandbox:
        sandbox.fail("data_prefix")
        headers = {"authorization": f"Bearer {sandbox.key_for('r9s')}"}
        body = {"prompt": "a cat", "size": "256x256"}
        answer = http.post(sandbox.base_url("r9s") + "/images/generations", json=body, headers=headers)
    assert set(answer.json()["data"][0]) == {"url"}


def test_a_twisted_answer_can_be_cut(sandbox: Sandbox, post: Post) -> None:
    sandbox.fail("url_and_base64", cut=0.5)
    with pytest.raises(httpx.RemoteProtocolError):
        post(sandbox)


def test_a_twisted_answer_keeps_its_other_headers(reply: Callable[..., httpx.Response]) -> None:
    answer = reply("rockapi", "error_flat")
    assert answer.headers["x-oneapi-request-id"] in answer.json()["msg"]


@pytest.fixture
def events(sandbox: Sandbox, ask: Ask) -> Callable[[str], list[str]]:
    """The events of an r9s stream with one partial image, while a fault is ordered."""

    def streamed(fault: str) -> list[str]:
        sandbox.fail(fault)
        body = {"model": "gpt-image-1", "prompt": "a cat", "stream": True, "partial_images": 1}
        return ask("r9s", **body, output_format="jpeg").text.removesuffix("\n\n").split("\n\n")

    return streamed


def test_events_may_end_as_on_windows(events: Callable[[str], list[str]]) -> None:
    text = "\n\n".join(events("stream_crlf"))
    assert (text.count("\r\n\r\n"), "\n" in text.replace("\r\n", "")) == (3, False)


def test_events_may_be_mixed_with_comments_and_signs_of_life(events: Callable[[str], list[str]]) -> None:
    assert [block.partition("\n")[0] for block in events("stream_pings")[:3]] == [
        ": ping", "event: keepalive", "event: image_generation.partial_image"
    ]  # fmt: skip


def test_events_may_have_no_name(events: Callable[[str], list[str]]) -> None:
    assert {block[:6] for block in events("stream_unnamed")} == {"data: "}


def test_a_stream_may_be_done_twice(events: Callable[[str], list[str]]) -> None:
    assert events("stream_done")[-2:] == ["data: [DONE]"] * 2


def test_a_stream_may_end_too_early(events: Callable[[str], list[str]]) -> None:
    assert [block.partition("\n")[0] for block in events("stream_unfinished")] == [
        "event: image_generation.partial_image"
    ]


def test_a_stream_may_end_with_an_error(events: Callable[[str], list[str]]) -> None:
    names = [block.partition("\n")[0] for block in events("stream_error")]
    assert names == ["event: image_generation.partial_image", "event: error"]


def test_a_whole_image_may_come_as_a_url(http: httpx.Client, events: Callable[[str], list[str]]) -> None:
    partial, completed, _ = (block.partition("data: ")[2] for block in events("stream_urls"))
    assert ("b64_json" in json.loads(partial), "b64_json" in json.loads(completed)) == (True, False)
    assert http.get(json.loads(completed)["url"]).headers["content-type"] == "image/jpeg"


def test_a_label_fits_any_answer(sandbox: Sandbox) -> None:
    answer = Reply(status=200, media_type="image/png", content=b"png")
    names = {twist(name, answer, sandbox._running, mishap=False).content for name in LABELS}
    assert (names, set(STREAMS) & set(LABELS)) == ({b"png"}, set())
