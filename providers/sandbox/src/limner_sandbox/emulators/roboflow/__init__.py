"""Roboflow: ``POST /synthetic-image?api_key=KEY``, as its page documents it.

It captions the image it is given, if any, puts the caption, the prompt and words that make for a photograph together,
and asks OpenAI with the workspace's own OpenAI key. Behind it is therefore the sandbox's OpenAI, with every model it
ever had: the page's default is dall-e-3.

What no page or recording tells, and is assumed: the words of the captions and of the suffix, the status of its own
errors, that ``revised_prompt`` is the whole prompt, and that the default of ``style`` is left out for models without
one. The default of ``quality`` is not: with another model than dall-e-3 it has to be set.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limner_sandbox.emulator import Emulator
from limner_sandbox.emulators.openai.orders import take
from limner_sandbox.emulators.roboflow.captions import caption_of
from limner_sandbox.emulators.roboflow.refusals import answered, in_words, misled, no_openai_key, unauthorized
from limner_sandbox.emulators.roboflow.wishes import read
from limner_sandbox.openai_images.bodies import read_json
from limner_sandbox.openai_images.replies import item, paintings_of
from limner_sandbox.routing import api

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from limner_sandbox.studio import Studio

BASE_PATH = "/roboflow"
KEY = "api_key"


def build(studio: Studio) -> ASGIApp:
    """The API of one sandbox."""

    async def synthetic_image(request: Request) -> Response:
        wish = read(await read_json(request))
        if not studio.openai_key:
            raise no_openai_key()
        prompt = wish.prompt_after(await caption_of(wish, studio))
        order = take(wish.for_openai(prompt), retired=True)
        paintings = await paintings_of(request, order, studio)
        if wish.project:
            for painting in paintings:
                studio.workspace.add(wish.project, painting, f"image/{order.output_format}", prompt)
        created = int(time.time())
        items = [item(order, painting, studio, created) for painting in paintings]
        return JSONResponse([{**each, "revised_prompt": prompt} for each in items])

    routes = [Route("/synthetic-image", synthetic_image, methods=["POST"])]
    return api(BASE_PATH, routes, refused=answered, misled=misled)


def _presented(_: Mapping[str, str], query: Mapping[str, str]) -> str | None:
    return query.get(KEY)


EMULATOR = Emulator(
    name="roboflow",
    base_path=BASE_PATH,
    key_prefix="",
    build=build,
    presented=_presented,
    deny=unauthorized,
    error=in_words,
    headers=lambda _: {},
    key_query=(KEY,),
)
