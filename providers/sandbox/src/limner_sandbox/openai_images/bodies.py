"""Bodies of requests: JSON, or a form with files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limner_sandbox.openai_images.multipart import FORM, fields_of, is_form, parts_of
from limner_sandbox.openai_images.refusals import Unreadable

if TYPE_CHECKING:
    from starlette.requests import Request

JSON = "application/json"


def is_json(content_type: str) -> bool:
    """Whether a ``Content-Type`` announces JSON."""
    return content_type.partition(";")[0].strip().lower() == JSON


async def read_json(request: Request) -> Any:  # noqa: ANN401 - JSON
    """The JSON body of a request.

    Raises:
        Unreadable: It says it is something else, or it is.
    """
    kind = request.headers.get("content-type", "")
    if not is_json(kind):
        raise _unsupported(kind, JSON)
    return _parsed(await _content(request))


async def read_form(request: Request) -> dict[str, Any]:
    """The fields of a form, as the JSON body they stand for.

    Raises:
        Refusal: It says it is something else, or it is, or a field stands there twice.
    """
    kind = request.headers.get("content-type", "")
    if not is_form(kind):
        raise _unsupported(kind, FORM)
    return fields_of(parts_of(await _content(request), kind))


async def read_either(request: Request) -> Any:  # noqa: ANN401 - JSON
    """The body of a request that may be JSON or a form.

    Raises:
        Refusal: It says it is something else, or it is, or a field stands there twice.
    """
    kind = request.headers.get("content-type", "")
    if is_form(kind):
        return await read_form(request)
    if is_json(kind):
        return await read_json(request)
    raise _unsupported(kind, JSON, FORM)


async def _content(request: Request) -> bytes:
    """The body, without a copy where it came in one piece, as it does from the front."""
    return b"".join([piece async for piece in request.stream() if piece])


def _parsed(content: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        body = json.loads(content, parse_constant=_no_constant)
        if b"\\" in content or not content.isascii():
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is JSON, and no text
    except (ValueError, RecursionError):
        message = "We could not parse the JSON body of your request. The OpenAI API expects a JSON payload."
        raise Unreadable(400, None, message) from None
    return body


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _unsupported(kind: str, *accepted: str) -> Unreadable:
    listed = " or ".join(f"'{each}'" for each in accepted)
    message = (
        f"Unsupported content type: '{kind}'. This API method only accepts {listed} requests, "
        f"but you specified the header 'Content-Type: {kind}'."
    )
    return Unreadable(400, "unsupported_content_type", message)
