"""OpenAI's errors as answers: ``{"error": {message, type, param, code}}``. What they rest on stands with the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from limner_sandbox.openai_images.refusals import Refusal, refusal_of

if TYPE_CHECKING:
    from limner_sandbox.faults import Fault


def answered(refusal: Refusal) -> JSONResponse:
    """The answer to a request that is refused."""
    headers = {"www-authenticate": 'Bearer realm="OpenAI API"'} if refusal.status == 401 else None  # noqa: PLR2004 - HTTP
    return JSONResponse({"error": refusal.error}, refusal.status, headers)


def bad_key(key: str | None) -> JSONResponse:
    """The answer to a wrong key, or to none."""
    if key is None:
        message = (
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        )
    else:
        hidden = f"{key[:3]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)  # noqa: PLR2004 - short keys whole
        message = f"Incorrect API key provided: {hidden}. You can find your API key at https://platform.openai.com/account/api-keys."
    return answered(Refusal(401, "invalid_api_key", message))


def in_words(fault: Fault) -> JSONResponse:
    """A fault as OpenAI would put it."""
    return answered(refusal_of(fault))
