"""Odd answers: what relays and proxies make of a right one. Each was seen, or follows from a gateway's source.

A twist is named in a fault (``fail("null_data")``, ``fail("server_error", twist="error_flat")``). It changes what was
about to be sent; where it does not fit - a twist of errors and a success, say - nothing is changed.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

if TYPE_CHECKING:
    from limner_sandbox.studio import Studio

OK = range(200, 300)
JSON, HTML, EVENTS = "application/json", "text/html", "text/event-stream"

OfItem: TypeAlias = Callable[[dict[str, Any], "Studio"], dict[str, Any]]
"""From one image of a reply, and the sandbox, to another."""
OfSuccess: TypeAlias = Callable[[dict[str, Any]], Any]
"""From the object around the images to the body; a bare list is put into one."""
OfError: TypeAlias = Callable[[dict[str, Any], int], Any]
"""From message, type, param and code, and the status, to the body."""
OfStream: TypeAlias = Callable[[str, "Studio"], str]
"""From a stream's text, and the sandbox, to another."""


@frozen(kw_only=True)
class Reply:
    """An answer as it is about to be sent."""

    status: int
    media_type: str
    """With its parameters, as in the header."""
    content: bytes


def twist(name: str, reply: Reply, studio: Studio, *, mishap: bool) -> Reply:
    """An answer, changed.

    Args:
        name: One of :data:`TWISTS`.
        reply: The answer.
        studio: The sandbox: it has the images behind the URLs.
        mishap: Whether the answer is an error whatever its status says.
    """
    if name in LABELS:
        return evolve(reply, **LABELS[name])
    if name in STREAMS:
        if not reply.media_type.startswith(EVENTS):
            return reply
        return evolve(reply, content=STREAMS[name](reply.content.decode(), studio).encode())
    if not reply.media_type.startswith(JSON) or (name in ERRORS) != (mishap or reply.status not in OK):
        return reply
    body = json.loads(reply.content)
    changed = ERRORS[name](_error(body), reply.status) if name in ERRORS else _of_success(name, body, studio)
    return evolve(reply, content=json.dumps(changed, ensure_ascii=False).encode())


def _of_success(name: str, body: Any, studio: Studio) -> Any:  # noqa: ANN401 - JSON
    wrapped = body if isinstance(body, dict) else {"created": int(time.time()), "data": body}
    if "data" not in wrapped:
        return body
    if name in SUCCESSES:
        return SUCCESSES[name](wrapped)
    items = [_of_item(name, item, studio) for item in wrapped["data"]]
    return {**body, "data": items} if isinstance(body, dict) else items


def _of_item(name: str, item: dict[str, Any], studio: Studio) -> dict[str, Any]:
    try:
        return ITEMS[name](item, studio)
    except LookupError:  # it is no image, or its URL has expired
        return item


def _without(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def _with_usage(**usage: int) -> OfSuccess:
    return lambda body: {**body, "usage": usage}


def _both(item: dict[str, Any], studio: Studio) -> dict[str, Any]:
    content, kind = _image(item, studio)
    url = item.get("url") or studio.url + studio.files.offer(content, kind, int(time.time()))
    return {**item, "b64_json": b64encode(content).decode(), "url": url}


def _data_url(item: dict[str, Any], studio: Studio) -> str:
    content, kind = _image(item, studio)
    return f"data:{kind};base64,{b64encode(content).decode()}"


def _image(item: Mapping[str, Any], studio: Studio) -> tuple[bytes, str]:
    """The bytes of an item, wherever they are, and their type."""
    if item.get("b64_json"):
        content = b64decode(item["b64_json"])
        return content, next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), "image/svg+xml")
    file = studio.file(item["url"])
    return file.content, file.media_type


MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}
METADATA = {"output": {"task_status": "SUCCEEDED"}, "usage": {"image_count": 1}, "request_id": "sandbox"}

ITEMS: Mapping[str, OfItem] = {
    "empty_strings": lambda item, _: {"url": "", "b64_json": "", "revised_prompt": "", **item},
    "url_and_base64": _both,
    "data_prefix": lambda item, studio: {**_without(item, "url"), "b64_json": _data_url(item, studio)},
    "data_url": lambda item, studio: {**_without(item, "b64_json"), "url": _data_url(item, studio)},
    "image_url": lambda item, _: {"image_url" if name == "url" else name: value for name, value in item.items()},
}
"""Of each image of a success."""

SUCCESSES: Mapping[str, OfSuccess] = {
    "null_data": lambda body: {**body, "data": None},
    "no_data": lambda body: _without(body, "data"),
    "empty_data": lambda body: {**body, "data": []},
    "no_created": lambda body: _without(body, "created"),
    "zero_created": lambda body: {**body, "created": 0},
    "metadata": lambda body: {**body, "metadata": METADATA, "model": "sandbox", "mime_type": "image/png"},
    "bare_list": lambda body: body["data"],
    "wrapped": lambda body: body,
    "single_object": lambda body: next(iter(body["data"]), None),
    "zero_usage": _with_usage(prompt_tokens=0, completion_tokens=0, total_tokens=0),
    "chat_usage": _with_usage(prompt_tokens=11, completion_tokens=272, total_tokens=283),
    "cost_usage": _with_usage(cost_in_usd_ticks=400_000_000),
}
"""Of a success: the work is done and billed."""


def _error(body: Mapping[str, Any]) -> dict[str, Any]:
    """Message, type, param and code, whatever the envelope."""
    error = body["error"]
    told = error if isinstance(error, dict) else {"message": body.get("message", error), "code": error}
    return {"type": "server_error", "param": "", "code": None, **told}


def _nested(error: dict[str, Any], _: int) -> dict[str, Any]:
    """The whole error as the text of another's message, and that once more."""
    inner = json.dumps({"error": error}, ensure_ascii=False)
    outer = json.dumps({"error": {**error, "message": inner}}, ensure_ascii=False)
    return {"error": {**error, "message": outer}}


def _changed(**changes: Any) -> OfError:  # noqa: ANN401 - JSON
    return lambda error, _: {"error": {**error, **changes}}


CHAINED = " (request id: 2026010100000000000000abcdefgh) (request id: 2026010100000000000000ijklmnop)"

ERRORS: Mapping[str, OfError] = {
    "error_flat": lambda error, status: {"code": status, "msg": error["message"], "success": False},
    "error_message": lambda error, _: {"message": error["message"]},
    "error_msg": lambda error, _: {"error_msg": error["message"]},
    "error_err": lambda error, _: {"err": error["message"]},
    "error_text": lambda error, _: {"error": error["message"]},
    "error_code_message": lambda error, _: {"error": error["code"] or error["type"], "message": error["message"]},
    "error_detail": lambda error, _: {"detail": error["message"]},
    "error_header": lambda error, _: {"header": {"message": error["message"]}},
    "error_response": lambda error, _: {"response": {"error": {"message": error["message"]}}},
    "error_json_message": _nested,
    "error_number_code": lambda error, status: {"error": {**error, "code": status}},
    "error_number_type": lambda error, status: {
        "error": {**error, "type": str(status), "param": str(status), "code": None}
    },
    "error_empty_code": _changed(code="", param=""),
    "error_no_code": lambda error, _: {"error": _without(error, "code", "param")},
    "error_no_message": _changed(message=" (request id: 2026010100000000000000abcdefgh)"),
    "error_chained_ids": lambda error, _: {"error": {**error, "message": f"{error['message']}{CHAINED}"}},
    "error_translated": _changed(message_zh="请求失败"),
}
"""Of an error: other envelopes, and other words in the usual one."""


def _events(change: Callable[[list[str], Studio], list[str]]) -> OfStream:
    """A twist of the events, each without the empty line at its end."""
    return lambda text, studio: "".join(f"{event}\n\n" for event in change(text.split("\n\n")[:-1], studio))


def _is_last(event: str) -> bool:
    return ".completed" in event.partition("\n")[0] or event == DONE


def _by_url(event: str, studio: Studio) -> str:
    """A whole image's event with a URL instead of its bytes."""
    name, _, data = event.partition("\n")
    if not _is_last(event) or event == DONE:
        return event
    told = json.loads(data.removeprefix("data: "))
    return f"{name}\ndata: {json.dumps(_without(_both(told, studio), 'b64_json'))}"


DONE = "data: [DONE]"
KEEPALIVE = 'event: keepalive\ndata: {"type": "keepalive", "sequence_number": 0}'
FAILED = "event: error\ndata: " + json.dumps(
    {
        "type": "error",
        "error": {"message": "unsafe prompt", "type": "image_generation_user_error", "code": "moderation_blocked"},
    }
)

STREAMS: Mapping[str, OfStream] = {
    "stream_crlf": lambda text, _: text.replace("\n", "\r\n"),
    "stream_pings": _events(lambda events, _: [part for event in events for part in (": ping", KEEPALIVE, event)]),
    "stream_unnamed": _events(lambda events, _: [event[event.index("data: ") :] for event in events]),
    "stream_done": lambda text, _: f"{text}{DONE}\n\n",
    "stream_unfinished": _events(lambda events, _: [event for event in events if not _is_last(event)]),
    "stream_error": _events(lambda events, _: [*(event for event in events if not _is_last(event)), FAILED]),
    "stream_urls": _events(lambda events, studio: [_by_url(event, studio) for event in events]),
}
"""Of a stream of events."""

LABELS: Mapping[str, Mapping[str, Any]] = {
    "created_201": {"status": 201},
    "json_as_html": {"media_type": HTML},
    "html_as_json": {"media_type": JSON},
}
"""Of any answer: its status or its type, wrong."""

TWISTS = frozenset((*ITEMS, *SUCCESSES, *ERRORS, *STREAMS, *LABELS))
