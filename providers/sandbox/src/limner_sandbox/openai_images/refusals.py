"""Requests that are answered with an error, in OpenAI's words: relays pass them on.

What each rests on:

* The shape: OpenAI's published schema. ``invalid_api_key``, ``unknown_parameter``, ``invalid_value``: recorded answers.
* ``invalid_size``, ``moderation_blocked``, ``model_not_found``, ``rate_limit_exceeded``, ``insufficient_quota``,
  ``integer_above_max_value``, ``integer_below_min_value``, ``string_above_max_length``, ``invalid_type`` and
  ``missing_required_parameter``: public reports, some of them of OpenAI's other endpoints.
* ``empty_string``, ``unsupported_content_type``, ``method_not_supported``, ``server_error``, ``server_overloaded``,
  ``conflict``, and the parameter of a value that does not go with another: our assumptions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limner_sandbox.faults import Fault

REQUEST = "invalid_request_error"
USER = "image_generation_user_error"
MODERATED = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com."
)
MODERATION = {"moderation_details": {"moderation_stage": "input", "categories": ["sandbox"]}}

FAULT_WORDS: Mapping[int, tuple[str | None, str, str]] = {
    200: ("server_error", "server_error", "The server had an error while processing your request. Sorry about that!"),
    400: ("invalid_value", REQUEST, "Invalid value."),
    401: ("invalid_api_key", REQUEST, "Incorrect API key provided."),
    403: (None, REQUEST, "You are not allowed to sample from this model"),
    404: ("model_not_found", REQUEST, "The model does not exist or you do not have access to it."),
    409: ("conflict", REQUEST, "The resource was changed by another request."),
    429: ("rate_limit_exceeded", "requests", "Rate limit reached for requests. Please try again later."),
    500: ("server_error", "server_error", "The server had an error while processing your request. Sorry about that!"),
    503: ("server_overloaded", "server_error", "The engine is currently overloaded, please try again later."),
}
"""Code, type and message of a fault that states none, by its status."""
CODE_WORDS: Mapping[str, str] = {
    "insufficient_quota": "You exceeded your current quota, please check your plan and billing details.",
    "moderation_blocked": MODERATED,
}


class Refusal(Exception):  # noqa: N818 - it is an answer, not a mistake of ours
    """A request that is answered with an error."""

    def __init__(  # noqa: PLR0913 - an OpenAI error has this many parts
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        type: str = REQUEST,  # noqa: A002 - OpenAI's own name
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": type, "param": param, "code": code, **(details or {})}


class Unreadable(Refusal):
    """A body of which nothing can be said: no JSON, or no object."""


def unknown_parameter(name: str) -> Refusal:
    """A parameter that the model, or the endpoint, does not have."""
    return Refusal(400, "unknown_parameter", f"Unknown parameter: '{name}'.", param=name)


def missing_parameter(name: str) -> Refusal:
    """A required parameter that is not there."""
    return Refusal(400, "missing_required_parameter", f"Missing required parameter: '{name}'.", param=name)


def wrong_type(name: str, expected: str, value: object) -> Refusal:
    """A value of the wrong JSON type."""
    got = _KINDS.get(type(value), "an object")
    message = f"Invalid type for '{name}': expected {expected}, but got {got} instead."
    return Refusal(400, "invalid_type", message, param=name)


def not_among(name: str, value: str, allowed: Sequence[str]) -> Refusal:
    """A value outside a closed set."""
    listed = ", ".join(f"'{each}'" for each in allowed[:-1])
    listed = f"{listed} and '{allowed[-1]}'" if listed else f"'{allowed[-1]}'"
    message = f"Invalid value: '{value}'. Supported values are: {listed}."
    return Refusal(400, "invalid_value", message, param=name)


def not_together(name: str, message: str) -> Refusal:
    """A value that another parameter rules out."""
    return Refusal(400, "invalid_value", message, param=name)


def moderated() -> Refusal:
    """A prompt that the safety system does not let through."""
    return Refusal(400, "moderation_blocked", MODERATED, type=USER, details=MODERATION)


def refusal_of(fault: Fault) -> Refusal:
    """A fault as OpenAI would put it; what the fault states itself comes first."""
    status = fault.status or 500
    code, kind, message = FAULT_WORDS.get(status, FAULT_WORDS[500 if status >= 500 else 400])  # noqa: PLR2004 - HTTP
    code = fault.code or code
    return Refusal(
        status,
        code,
        fault.message or CODE_WORDS.get(code or "", message),
        param=fault.param,
        type=fault.type or kind,
        details=MODERATION if code == "moderation_blocked" else None,
    )


_KINDS: Mapping[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a decimal number",
    list: "an array",
    type(None): "null",
}
