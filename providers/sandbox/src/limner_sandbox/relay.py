"""A relay: an OpenAI-shaped API of a gateway that checks a little itself and passes the rest on.

That the relays run one-api, or new-api after it, is unproven; this is how those answer, by their public source
(songquanpeng/one-api: ``relay/controller/image.go``, ``relay/controller/error.go``, ``controller/relay.go``,
``middleware/utils.go``; read 2026-11) and by the bodies that users of relays quote in public issues:

* Every answer has an ``X-Oneapi-Request-Id``; an error repeats it at the end of its message.
* The relay's own errors have its own type. Those of keys and models have no ``code`` and no ``param``.
* What OpenAI refused arrives in OpenAI's words, with ``""`` for a ``param`` that is not known, and nothing else.
* What a parameter takes is the page's affair, and stands with each relay.
"""

from __future__ import annotations

import secrets
import string
import time
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from limner_sandbox.emulator import Emulator
from limner_sandbox.openai_images.bodies import read_json
from limner_sandbox.openai_images.orders import take
from limner_sandbox.openai_images.refusals import Refusal, Unreadable, refusal_of, wrong_type
from limner_sandbox.openai_images.replies import Wording, answer
from limner_sandbox.routing import api, bearer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from limner_sandbox.faults import Fault
    from limner_sandbox.openai_images.orders import Bring, Choose, Model, Order
    from limner_sandbox.studio import Studio

ID = "x-oneapi-request-id"
_LETTERS = string.ascii_letters + string.digits

OWN: Mapping[tuple[str | None, str | None], tuple[str, str]] = {
    ("missing_required_parameter", "prompt"): ("prompt_missing", "prompt is required"),
    ("empty_string", "prompt"): ("prompt_missing", "prompt is required"),
    ("string_above_max_length", "prompt"): ("prompt_too_long", "prompt is too long"),
    ("invalid_value", "size"): ("size_not_supported", "size not supported for this image model"),
    ("integer_below_min_value", "n"): ("n_not_within_range", "invalid value of n"),
    ("integer_above_max_value", "n"): ("n_not_within_range", "invalid value of n"),
}
"""What a relay checks before it asks anyone: OpenAI's code and parameter, and the relay's code and message."""
UNREADABLE = "invalid_image_request"
"""The relay's code for a body that does not fit its own types."""

NO_TOKEN = "未提供令牌"  # noqa: S105 - says that there is none
BAD_TOKEN = "无效的令牌"  # noqa: S105 - says that it is wrong
NO_ACCESS = "该令牌无权使用该模型"
NO_CHANNEL = "当前分组 default 下对于模型 {} 无可用渠道"
SATURATED = "当前分组上游负载已饱和，请稍后再试"  # noqa: RUF001 - as they write it

OWN_CODES: Mapping[str, str] = {
    **dict(OWN.values()),
    "insufficient_user_quota": "user quota is not enough",
    "pre_consume_token_quota_failed": "token quota is not enough",
}
"""Codes that are the relay's, and what it says with them."""
GATE: Mapping[int, str] = {401: BAD_TOKEN, 403: NO_ACCESS, 503: NO_CHANNEL.format("dall-e-3")}
"""What the relay says before it looks at the body, by status: a fault of these states no code."""
PASSED_ON: Mapping[int, Mapping[str, str]] = {
    200: {"type": "ali_error", "code": "InternalError", "message": "InternalError.Algo"},
    429: {"message": SATURATED},
}
"""What the relay changes in a failure that it passes on, by status."""


class Aborted(Refusal):
    """A request that got no further than the relay's gate: the answer has a message and a type only."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, None, message, type="")


@frozen(kw_only=True)
class Reworking:
    """A path of a relay that takes images: edits or variations."""

    path: str
    read: Callable[[Request], Awaitable[Any]]
    """Its body."""
    take: Callable[[Any, Choose, Bring], Order]
    choose: Choose
    """Its models, by what a body says."""
    bring: Bring
    announced: bool = False
    """Its page announces it, and it is not there yet: it works in a sandbox that is told so."""


@frozen(kw_only=True)
class Relay:
    """One relay: what is its own."""

    name: str
    base_path: str
    choose: Choose
    """Its models, by what a body says."""
    type: str = "one_api_error"
    """The type of its own errors: ``one_api_error`` or ``new_api_error``."""
    reworkings: tuple[Reworking, ...] = ()
    """Its paths that take images."""
    wording: Wording = field(factory=Wording)

    def emulator(self) -> Emulator:
        """The relay as an emulator."""
        return Emulator(
            name=self.name,
            base_path=self.base_path,
            key_prefix="sk-",
            build=self._build,
            presented=bearer,
            deny=lambda key: self._answered(Aborted(401, BAD_TOKEN if key else NO_TOKEN)),
            error=lambda fault: self._answered(self._in_words(fault)),
            headers=lambda _: {ID: request_id()},
        )

    def _build(self, studio: Studio) -> ASGIApp:
        async def generations(request: Request) -> Response:
            order = take(await read_json(request), self.choose)
            return await answer(request, order, studio, self.wording)

        routes = [
            Route("/images/generations", generations, methods=["POST"]),
            *(Route(each.path, self._reworked(each, studio), methods=["POST"]) for each in self.reworkings),
        ]
        return api(self.base_path, routes, refused=self._answered, misled=self._misled)

    def _reworked(self, way: Reworking, studio: Studio) -> Callable[[Request], Awaitable[Response]]:
        async def reworkings(request: Request) -> Response:
            order = await studio.work(way.take, await way.read(request), way.choose, way.bring)
            return await answer(request, order, studio, self.wording)

        return self._not_there if way.announced and not studio.announced else reworkings

    def _answered(self, refusal: Refusal) -> Response:
        """An error with an id."""
        identity = request_id()
        told = self._own(refusal)
        error = {"message": f"{told['message']} (request id: {identity})", "type": told["type"] or self.type}
        if not isinstance(refusal, Aborted):
            error |= {"param": told["param"] or "", "code": told["code"]}
        return JSONResponse({"error": error}, refusal.status, {ID: identity})

    def _own(self, refusal: Refusal) -> dict[str, Any]:
        """The relay's own words, where it checks itself what OpenAI would have refused."""
        told = refusal.error
        own = OWN.get((told["code"], told["param"]))
        if own is None and (isinstance(refusal, Unreadable) or told["code"] == "invalid_type"):
            own = UNREADABLE, told["message"]
        return {"code": own[0], "message": own[1], "type": self.type, "param": None} if own else told

    def _in_words(self, fault: Fault) -> Refusal:
        """A fault as a relay would put it: its own failures, or OpenAI's passed on."""
        status = fault.status or 500
        if status in GATE and not (fault.code or fault.type):
            return Aborted(status, fault.message or GATE[status])
        told = {**refusal_of(fault).error, **PASSED_ON.get(status, {}), **_no_json(status)}
        if fault.code and fault.code in OWN_CODES:
            told |= {"type": self.type, "message": OWN_CODES[fault.code]}
        stated = {"code": fault.code, "type": fault.type, "message": fault.message, "param": fault.param}
        return _refusal(status, told | {name: text for name, text in stated.items() if text is not None})

    def _misled(self, request: Request, _: int) -> Response:
        """A path or a method that it does not have: one answer for both, without an id in the message."""
        path = request.url.path.removeprefix(f"/{self.name}")
        return JSONResponse({"error": Refusal(404, "", f"Invalid URL ({request.method} {path})", param="").error}, 404)

    async def _not_there(self, _: Request) -> Response:
        error = {"message": "API not implemented", "type": self.type, "param": "", "code": "api_not_implemented"}
        return JSONResponse({"error": error}, 501)


def among(models: Mapping[str, Model], default: str) -> Choose:
    """A choice among listed models: for another there is no channel, and where none is named it is the default."""

    def choose(body: Mapping[str, Any]) -> Model:
        name = named(body, default)
        if name not in models:
            raise Aborted(503, NO_CHANNEL.format(name))
        return models[name]

    return choose


def named(body: Mapping[str, Any], default: str) -> str:
    """The name of the model that a body asks for."""
    name = body.get("model", default)
    if not isinstance(name, str):
        raise wrong_type("model", "a string", name)
    return name


def request_id() -> str:
    """An id as one-api makes them: the time, nanoseconds, eight letters or digits."""
    now = time.time_ns()
    moment = time.strftime("%Y%m%d%H%M%S", time.gmtime(now // 1_000_000_000))
    return f"{moment}{now % 1_000_000_000}{''.join(secrets.choice(_LETTERS) for _ in range(8))}"


def _no_json(status: int) -> dict[str, str]:
    """What a relay says of a failure whose body was no JSON: nothing, with the status as the parameter."""
    if status in {500, 503, 529} or status < 500:  # noqa: PLR2004 - HTTP: those that OpenAI has words for
        return {}
    return {"type": "upstream_error", "code": "bad_response_status_code", "param": str(status), "message": ""}


def _refusal(status: int, error: Mapping[str, Any]) -> Refusal:
    return Refusal(status, error["code"], error["message"], param=error["param"], type=error["type"])
