"""Whether the words in a success speak of an error: many a program wraps what it accepted in an envelope too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limner.provider import HttpResponse
    from limner.reading import ErrorBody

_NOTHING = frozenset({"", "0", "none", "null", "ok", "success"})
_WELL = _NOTHING | {
    "accepted", "completed", "created", "in_progress", "pending", "processing", "queued", "running", "starting",
    "submitted", "succeeded", "successful",
}  # fmt: skip
"""What is said of a job that goes well."""
_FAILED = frozenset({"error", "fail", "failed", "failure"})
_ERRORS_ALONE = ("err", "error_msg", "error_description")
"""What stands in no success, unless it is empty."""
_BORDER = 400  # HTTP's own: below it nothing has failed


def is_event(response: HttpResponse) -> bool:
    """Whether it is one event of a stream: of those, only what is called an error comes here at all."""
    return response.headers.get("content-type", "").lower().startswith("text/event-stream")


def says_nothing(said: ErrorBody) -> bool:
    """An envelope that a program fills in all the same: empty, zero, or ``success``."""
    return all((word or "").lower() in _NOTHING for word in (said.message, said.code, said.type, said.param))


def speaks_of_error(said: ErrorBody, body: Mapping[str, Any]) -> bool:
    """Whether what was found in a success is an error, and not what is told of a job that was accepted.

    Args:
        said: What the envelope says.
        body: The JSON that it stands in.
    """
    if body.get("success") is False:
        return True
    if says_nothing(said):
        return False
    response = body.get("response")
    nested = body.get("error") or (isinstance(response, Mapping) and response.get("error"))
    return bool(nested) or _flat_fails(said, body)


def _flat_fails(said: ErrorBody, body: Mapping[str, Any]) -> bool:
    """Of words beside everything else: a message alone may say anything."""
    if body.get("success") is True or said.message.lower() in _WELL - {""}:
        return False
    named = any(_word(body.get(key)) not in _NOTHING for key in _ERRORS_ALONE)
    state = _word(body.get("status"))
    failed = state in _FAILED or (state.isdecimal() and int(state[:9]) >= _BORDER)
    return named or failed or "error" in (said.type or "").lower() or not _is_fine(said.code or "")


def _is_fine(code: str) -> bool:
    """Whether a code says that nothing went wrong: zero, however it is written, HTTP's own, or a word of a job."""
    return code.lower() in _WELL or not code.strip("0") or (len(code) == len("200") and code.startswith("2"))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, (str, int)) else ""
