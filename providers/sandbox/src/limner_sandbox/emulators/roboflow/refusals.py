"""Roboflow's errors: a text of its own, OpenAI's passed on as an object, and a code beside a message.

The three shapes are those that Roboflow's own Python package reads; no answer of this endpoint was ever recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from limner_sandbox.openai_images.refusals import Refusal, Unreadable, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from limner_sandbox.faults import Fault

OPENAIS = ("message", "type", "code")
"""What is passed on of an error of OpenAI's."""
OWN: Mapping[int, Any] = {
    401: "Unauthorized",
    500: "Internal server error",
    503: "The service is unavailable. Please try again later.",
}
"""Roboflow's own texts, by status."""


class Complaint(Refusal):
    """A request that Roboflow itself refuses: ``{"error": text}``; with a code ``{"error": code, "message": text}``."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None) -> None:
        super().__init__(status, code, message)

    def response(self) -> JSONResponse:
        """The answer."""
        code, message = self.error["code"], self.error["message"]
        return JSONResponse({"error": code, "message": message} if code else {"error": message}, self.status)


def no_openai_key() -> Complaint:
    """The precondition that its page states is not met."""
    message = "No OpenAI API key is configured. Add your OpenAI API key in Workspace Settings to use this endpoint."
    return Complaint(message, status=403, code="openai_key_missing")


def answered(refusal: Refusal) -> JSONResponse:
    """The answer to a request that is refused."""
    if isinstance(refusal, Complaint):
        return refusal.response()
    if isinstance(refusal, Unreadable):
        return Complaint(str(refusal).replace("OpenAI", "Roboflow")).response()
    error = {name: refusal.error[name] for name in OPENAIS}
    return JSONResponse({"error": error}, refusal.status)


def unauthorized(_: str | None) -> JSONResponse:
    """The answer to a wrong key, or to none."""
    return Complaint(OWN[401], status=401).response()


def in_words(fault: Fault) -> JSONResponse:
    """A fault as Roboflow would put it: its own, unless it has a code or a type, which are OpenAI's."""
    status = fault.status or 500
    if fault.code or fault.type or status not in OWN:
        return answered(refusal_of(fault))
    return Complaint(fault.message or OWN[status], status=status).response()


def misled(request: Request, status: int) -> JSONResponse:
    """A path or a method that the API does not have."""
    return Complaint(f"Cannot {request.method} {request.url.path.removeprefix('/roboflow')}", status=status).response()
