"""A web service that paints with any provider, on the keys of those who ask.

``POST /pictures`` takes a JSON object with ``model`` (``provider/model``), ``prompt`` and any other parameter of the
model, and the asker's own key for that provider in the header ``X-Provider-Key``. It answers with the picture.
``GET /models`` lists what can be asked for, with what each model takes as JSON Schema.

::

    uvicorn --factory picture_service:app
"""

from __future__ import annotations

import hashlib
import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import limner
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

KEY, USER = "x-provider-key", "x-end-user"

OURS = {"n", "reference_images", "partial_images", "safety_identifier", "user"}
"""Parameters that strangers do not set: one picture per request, no images that go in, and who asks is told by us."""

TAKEN = {"model"} | {item.name for item in limner.GenerateRequest.parameters()} - OURS
"""What a body may hold. Call options are not among it: ``to=`` would write to our disk, ``extra=`` past our checks."""

LARGEST = 64 * 1024
"""Bytes of a body."""

STATUS = {
    "auth": HTTPStatus.UNAUTHORIZED,
    "permission": HTTPStatus.FORBIDDEN,
    "quota": HTTPStatus.PAYMENT_REQUIRED,
    "rate_limit": HTTPStatus.TOO_MANY_REQUESTS,
    "not_found": HTTPStatus.NOT_FOUND,
    "model_unavailable": HTTPStatus.NOT_FOUND,
    "conflict": HTTPStatus.CONFLICT,
    "timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "config": HTTPStatus.INTERNAL_SERVER_ERROR,
    "plugin": HTTPStatus.INTERNAL_SERVER_ERROR,
    "cancelled": HTTPStatus.SERVICE_UNAVAILABLE,
    **dict.fromkeys(
        ("bad_input", "bad_request", "bad_image", "content_policy", "unsupported"), HTTPStatus.UNPROCESSABLE_ENTITY
    ),
}
"""The status of each kind of error. All others are the provider's or the network's: a bad gateway."""

BY_PARAMETER = {
    "keys": (HTTPStatus.UNAUTHORIZED, "X-Provider-Key holds no key for this provider that can be used."),
    "provider": (HTTPStatus.NOT_FOUND, "There is no such provider here; GET /models lists what there is."),
}
"""Of configuration errors, those that are the asker's; limner's own words are advice for whoever runs this service."""


def app(**options: Any) -> Starlette:
    """The service; ``options`` as for :class:`limner.AsyncClient`."""

    @asynccontextmanager
    async def lifespan(service: Starlette) -> AsyncIterator[None]:
        # One client for all: it reads no environment, keeps one pool of connections, and has no key of its own.
        async with limner.AsyncClient(**{"trust": "server", "total_timeout": 300, **options}) as client:
            service.state.client = client
            yield

    routes = [Route("/pictures", paint, methods=["POST"]), Route("/models", models)]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={limner.LimnerError: refuse, Unfit: unfit})


async def paint(request: Request) -> Response:
    """Paint one picture on the asker's key."""
    asked = await fields(request)
    key, user = request.headers.get(KEY), request.headers.get(USER)
    provider = asked["model"].partition("/")[0]
    # A view costs microseconds, and what it has no key for is paid by nobody.
    client = request.app.state.client.using(
        keys={provider: key} if key else {},
        user=hashlib.sha256(user.encode()).hexdigest() if user else None,
    )
    result = await client.generate(**asked)
    told = {"X-Request-Id": result.calls[0].request_id or "", "X-Warnings": str(len(result.warnings))}
    return Response(result.image.read(), media_type=result.image.media_type, headers=told)


async def models(request: Request) -> Response:
    """Everything that can be asked for."""
    client = request.app.state.client
    names = [
        f"{provider.name}/{model.id}"
        for provider in client.installed().providers()
        for model in provider.capabilities().models
        if "generate" in model.operations
    ]
    return JSONResponse({name: client.schema(name) for name in names})


class Unfit(Exception):
    """A body that is not what this service takes."""


async def fields(request: Request) -> dict[str, Any]:
    """The parameters that were asked for."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Unfit(f"The body is larger than {LARGEST} bytes.")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise Unfit("The body is not JSON.") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("model"), str) or "prompt" not in asked:
        raise Unfit("The body is an object with model, as provider/model, and prompt.")
    if strangers := sorted(asked.keys() - TAKEN):
        raise Unfit(f"{strangers[0]!r} is not taken here; what is taken: {', '.join(sorted(TAKEN))}.")
    return asked


async def refuse(_: Request, error: Exception) -> Response:
    """An error of limner's, whose words never hold a key."""
    assert isinstance(error, limner.LimnerError)
    status, words = STATUS.get(error.kind, HTTPStatus.BAD_GATEWAY), error.message
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        ours = (status, "This service is not set up well; its operator can see why.")
        status, words = BY_PARAMETER.get(error.param or "", ours)
    told = {"kind": error.kind, "message": words, "maybe_billed": error.maybe_billed}
    headers = {"Retry-After": str(int(error.retry_after) + 1)} if error.retry_after else None
    return JSONResponse({"error": told}, status, headers)


async def unfit(_: Request, error: Exception) -> Response:
    """An error of the body."""
    return JSONResponse({"error": {"kind": "bad_input", "message": str(error)}}, HTTPStatus.UNPROCESSABLE_ENTITY)
