"""OpenAI's Images API: generations, edits, variations, and what goes with them.

``POST /v1/images/generations``, ``/v1/images/edits`` (a form, or JSON) and ``/v1/images/variations`` (a form);
``GET /v1/models`` and ``/v1/models/{id}``; ``POST /v1/files`` and ``GET /v1/files/{id}``, for the ids of files.

Written from OpenAI's published schema, its official SDK's types and recorded answers - not from limner's capability
declarations, with which it may therefore disagree.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limner_sandbox.emulator import Emulator
from limner_sandbox.emulators.openai.edits import take as take_edit
from limner_sandbox.emulators.openai.edits import vary
from limner_sandbox.emulators.openai.models import ImageModel, served
from limner_sandbox.emulators.openai.orders import take
from limner_sandbox.emulators.openai.refusals import answered, bad_key, in_words
from limner_sandbox.emulators.openai.replies import WORDING
from limner_sandbox.emulators.openai.uploads import keep, referred, told
from limner_sandbox.openai_images.bodies import read_either, read_form, read_json
from limner_sandbox.openai_images.inputs import in_form
from limner_sandbox.openai_images.multipart import is_form
from limner_sandbox.openai_images.refusals import Refusal
from limner_sandbox.openai_images.replies import answer
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

    async def edits(request: Request) -> Response:
        body = await read_either(request)
        form = is_form(request.headers["content-type"])
        bring = in_form if form else partial(referred, studio=studio)
        order = await studio.work(take_edit, body, bring, form=form, retired=studio.retired)
        return await answer(request, order, studio, WORDING)

    async def variations(request: Request) -> Response:
        order = await studio.work(vary, await read_form(request), in_form, retired=studio.retired)
        return await answer(request, order, studio, WORDING)

    async def upload(request: Request) -> Response:
        return JSONResponse(keep(await read_form(request), studio.workspace))

    async def uploaded(request: Request) -> Response:
        return JSONResponse(told(request.path_params["file"], studio.workspace))

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
        Route("/images/edits", edits, methods=["POST"]),
        Route("/images/variations", variations, methods=["POST"]),
        Route("/files", upload, methods=["POST"]),
        Route("/files/{file}", uploaded, methods=["GET"]),
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
