"""OpenAI's Images API: ``POST /v1/images/generations``, ``GET /v1/models``, ``GET /v1/models/{id}``.

Written from OpenAI's published schema, its official SDK's types and recorded answers - not from limner's capability
declarations, with which it may therefore disagree.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from limner_sandbox.emulator import Emulator
from limner_sandbox.emulators.openai.images import generate
from limner_sandbox.emulators.openai.models import ImageModel, served
from limner_sandbox.emulators.openai.refusals import Refusal, bad_key, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from limner_sandbox.studio import Studio

BASE_PATH = "/openai/v1"


def build(studio: Studio) -> ASGIApp:
    """The API of one sandbox."""

    async def generations(request: Request) -> Response:
        return await generate(request, studio)

    async def models(_: Request) -> Response:
        listed = [_shown(model) for model in served(retired=studio.retired)]
        return JSONResponse({"object": "list", "data": listed})

    async def model(request: Request) -> Response:
        name = request.path_params["model"]
        for each in served(retired=studio.retired):
            if each.id == name:
                return JSONResponse(_shown(each))
        raise Refusal(404, "model_not_found", f"The model '{name}' does not exist", param="model")

    routes = [
        Route("/images/generations", generations, methods=["POST"]),
        Route("/models", models, methods=["GET"]),
        Route("/models/{model}", model, methods=["GET"]),
    ]
    api = Starlette(
        routes=[Mount(BASE_PATH, Router(routes, redirect_slashes=False))],
        exception_handlers={Refusal: _refused, HTTPException: _misled},
    )
    api.router.redirect_slashes = False
    return api


def _shown(model: ImageModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": "system",
        "shutdown_date": model.shutdown,
    }


def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - the only class it is registered for
    return refusal.response()


def _misled(request: Request, error: Exception) -> Response:
    """A path or a method that the API does not have."""
    assert isinstance(error, HTTPException)  # noqa: S101 - the only class it is registered for
    path = request.url.path.removeprefix(BASE_PATH.removesuffix("/v1"))
    if error.status_code == 405:  # noqa: PLR2004 - HTTP
        message = f"Not allowed to {request.method} on {path}."
        return Refusal(405, "method_not_supported", message).response()
    return Refusal(404, None, f"Invalid URL ({request.method} {path})").response()


def _presented(headers: Mapping[str, str], _: Mapping[str, str]) -> str | None:
    scheme, _space, key = headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def _headers(milliseconds: float) -> dict[str, str]:
    return {
        "openai-organization": "org-sandbox",
        "openai-processing-ms": str(max(round(milliseconds), 1)),
        "openai-version": "2020-10-01",
        "x-request-id": f"req_{uuid.uuid4().hex}",
    }


EMULATOR = Emulator(
    name="openai",
    base_path=BASE_PATH,
    key_prefix="sk-sandbox-",
    build=build,
    presented=_presented,
    deny=bad_key,
    error=in_words,
    headers=_headers,
)
