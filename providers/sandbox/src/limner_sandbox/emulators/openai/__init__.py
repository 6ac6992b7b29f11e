"""OpenAI's Images API: ``POST /v1/images/generations``, ``GET /v1/models``, ``GET /v1/models/{id}``.

Written from OpenAI's published schema, its official SDK's types and recorded answers - not from limner's capability
declarations, with which it may therefore disagree.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limner_sandbox.emulator import Emulator
from limner_sandbox.emulators.openai.models import ImageModel, served
from limner_sandbox.emulators.openai.orders import take
from limner_sandbox.emulators.openai.refusals import answered, bad_key, in_words
from limner_sandbox.emulators.openai.replies import WORDING
from limner_sandbox.openai_images.refusals import Refusal
from limner_sandbox.openai_images.replies import answer, read_json
from limner_sandbox.routing import api, bearer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from limner_sandbox.studio import Studio

BASE_PATH = "/openai/v1"


def build(studio: Studio) -> ASGIApp:
    """The API of one sandbox."""

    async def generations(request: Request) -> Response:
        order = take(await read_json(request), retired=studio.retired)
        return await answer(request, order, studio, WORDING)

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
    return api(BASE_PATH, routes, refused=answered, misled=_misled)


def _shown(model: ImageModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": model.created,
        "owned_by": "system",
        "shutdown_date": model.shutdown,
    }


def _misled(request: Request, status: int) -> Response:
    """A path or a method that the API does not have."""
    path = request.url.path.removeprefix(BASE_PATH.removesuffix("/v1"))
    if status == 405:  # noqa: PLR2004 - HTTP
        message = f"Not allowed to {request.method} on {path}."
        return answered(Refusal(405, "method_not_supported", message))
    return answered(Refusal(404, None, f"Invalid URL ({request.method} {path})"))


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
    presented=bearer,
    deny=bad_key,
    error=in_words,
    headers=_headers,
)
