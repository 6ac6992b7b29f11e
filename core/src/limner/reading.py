"""Reading what a provider says: errors, images, usage, times. Every provider survives every quirk through here.

The order is: transport status, empty, HTML; then the envelope (an error before data, even in a 200); list or object;
items (an empty string is absent); usage with the raw dict kept; the request id from headers or a message's suffix.

The quirks are those of OpenAI's API and of the gateways in front of it (one-api, new-api and their forks), as found
in public recordings, issues and source code.
"""

from __future__ import annotations

import json as jsonlib
import re
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from attrs import evolve, frozen

from limner.errors import (
    AuthError,
    BadImageError,
    BadRequestError,
    ConflictError,
    ContentPolicyError,
    DecodeError,
    LimnerError,
    ModelUnavailableError,
    NotFoundError,
    NotPermittedError,
    ProviderError,
    QuotaError,
    RateLimitError,
    SchemaError,
    ServerError,
)
from limner.media import Blob, Image
from limner.results import Usage

if TYPE_CHECKING:
    from limner.provider import HttpResponse

BY_CODE: Mapping[str, type[ProviderError]] = {
    "invalid_api_key": AuthError,
    "account_deactivated": AuthError,
    "model_not_found": ModelUnavailableError,
    "model_not_available": ModelUnavailableError,
    "model_deprecated": ModelUnavailableError,
    "moderation_blocked": ContentPolicyError,
    "content_policy_violation": ContentPolicyError,
    "content_filter": ContentPolicyError,
    "sensitive_words_detected": ContentPolicyError,
    "rate_limit_exceeded": RateLimitError,
    "insufficient_quota": QuotaError,
    "insufficient_user_quota": QuotaError,
    "pre_consume_token_quota_failed": QuotaError,
    "billing_hard_limit_reached": QuotaError,
    "billing_not_active": QuotaError,
    "unknown_parameter": BadRequestError,
    "invalid_value": BadRequestError,
    "invalid_size": BadRequestError,
    "invalid_image_file": BadRequestError,
    "missing_file_mimetype": BadRequestError,
    "channel:image_generation_failed": ServerError,
}
"""OpenAI's and the gateways' codes that decide alone, before the status."""

BY_STATUS: Mapping[int, type[ProviderError]] = {
    401: AuthError,
    402: QuotaError,
    403: NotPermittedError,
    404: NotFoundError,
    405: NotFoundError,
    408: ServerError,
    409: ConflictError,
    425: ServerError,
    429: RateLimitError,
}

BY_TYPE: Mapping[str, type[ProviderError]] = {
    "insufficient_quota": QuotaError,
    "authentication_error": AuthError,
    "permission_error": NotPermittedError,
    "rate_limit_error": RateLimitError,
    "not_found_error": NotFoundError,
    "image_generation_user_error": BadRequestError,
    "invalid_request_error": BadRequestError,
}
"""The last resort, for an error in a 200. ``invalid_request_error`` alone means little: it carries 401 and 403 too."""

REQUEST_ID_HEADERS = ("x-request-id", "x-oneapi-request-id", "x-api-request-id", "request-id", "x-amzn-requestid")
_SUFFIX = re.compile(r"\s*\(request id: ([^()]*)\)")
_MESSAGE_KEYS = ("message", "msg", "error_msg", "err", "detail", "error_description")
_ENVELOPE = frozenset({"error", "response", "header", "success", *_MESSAGE_KEYS})  # an error has one of them
_PICTURES = ("data", "images", "b64_json", "url", "image_url")
_EXCERPT = 300
_OBJECT = (dict, Mapping)  # of a dict it is known at once that it is one, of a Mapping it takes ten times as long


@frozen
class ErrorBody:
    """What an error envelope says, whatever its shape. Empty strings are ``None``."""

    message: str = ""
    type: str | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    moderation: Mapping[str, Any] | None = None


def text_or_none(value: object) -> str | None:
    """Text, or a number as text; what is empty is absent."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def read_error(response: HttpResponse, codes: Mapping[str, type[ProviderError]] | None = None) -> ProviderError | None:
    """The error that a response is, if it is one: an error status, or an error envelope in a 200.

    Args:
        response: Read to its end.
        codes: A provider's own codes, beside :data:`BY_CODE`.
    """
    said = find_error(response.json)
    succeeded = response.status < 400  # noqa: PLR2004 - HTTP's own border
    if succeeded and (said is None or (_says_nothing(said) and _has_pictures(response.json))):
        return None
    said = said or ErrorBody(message=_plain_text(response))
    cls = _class_of(said, response.status, codes or {})
    message = said.message or f"the server answered {response.status} without saying why"
    return cls(
        f"{message} (HTTP {response.status})" if not said.message else message,
        status=response.status,
        code=said.code,
        param=said.param,
        request_id=request_id(response.headers) or said.request_id,
        images=_beside(response) if succeeded else (),
        raw=without_blobs(response.json) if response.json is not None else None,
    )


def _beside(response: HttpResponse) -> tuple[Image, ...]:
    """The images that stand beside an error: it goes before them, and does not take them away."""
    try:
        return read_images(response)
    except LimnerError:
        return ()


def _class_of(said: ErrorBody, status: int, codes: Mapping[str, type[ProviderError]]) -> type[ProviderError]:
    """By the vendor's code first, then by status, then by type."""
    by_code = {**BY_CODE, **codes}.get(said.code or "")
    if by_code is not None:
        return by_code
    if status in BY_STATUS:
        return QuotaError if said.type == "insufficient_quota" else BY_STATUS[status]
    if status < 400:  # noqa: PLR2004 - HTTP's own border
        return BY_TYPE.get(said.type or "", ServerError)
    return BadRequestError if status < 500 else ServerError  # noqa: PLR2004 - HTTP's own border


def find_error(body: Any) -> ErrorBody | None:  # noqa: ANN401 - JSON
    """The error in a JSON body, flat or nested, or ``None`` where there is none."""
    if not isinstance(body, _OBJECT) or _ENVELOPE.isdisjoint(body):
        return None
    for path in (("error",), ("response", "error"), ("header",)):
        found = _at(body, path)
        if found and (path != ("header",) or (isinstance(found, _OBJECT) and "message" in found)):
            return _error_from(found, outer=body)
    # A flat envelope is an error only where nothing that looks like a success stands beside it.
    flat = any(text_or_none(body.get(key)) for key in _MESSAGE_KEYS) or body.get("success") is False
    return _error_from(body, outer={}) if flat and not _has_pictures(body) else None


def _has_pictures(body: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(body, _OBJECT) and any(body.get(key) for key in _PICTURES)


def _says_nothing(said: ErrorBody) -> bool:
    """An envelope that a program fills in all the same: empty, zero, or ``success``."""
    words = (said.message, said.code, said.type, said.param)
    return all((word or "").lower() in {"", "0", "none", "null", "ok", "success"} for word in words)


def _at(body: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    for key in path:
        body = body.get(key) if isinstance(body, _OBJECT) else None
    return body


def _error_from(found: Any, outer: Mapping[str, Any]) -> ErrorBody:  # noqa: ANN401 - JSON
    if not isinstance(found, _OBJECT):
        message = text_or_none(outer.get("message"))
        # {"error": "some_code", "message": "..."} keeps its sentence beside the code.
        code = text_or_none(outer.get("code")) or (str(found) if message else None)
        return _worded(ErrorBody(message=message or str(found), code=code))
    message = next((text for key in _MESSAGE_KEYS if (text := text_or_none(found.get(key)))), "")
    moderation = found.get("moderation_details")
    kind, code, param = (text_or_none(found.get(key)) for key in ("type", "code", "param"))
    details = moderation if isinstance(moderation, _OBJECT) else None
    return _worded(ErrorBody(message, kind, code, param, moderation=details))


def _worded(said: ErrorBody) -> ErrorBody:
    """Unwrap JSON inside the message, and take the request ids off its end: the last is the outermost relay's."""
    inner = _inner(said.message) or ErrorBody(said.message)
    ids = _SUFFIX.findall(inner.message)
    return ErrorBody(
        _SUFFIX.sub("", inner.message).strip(), said.type or inner.type, said.code or inner.code,
        said.param or inner.param, request_id=ids[-1] if ids else inner.request_id,
        moderation=said.moderation or inner.moderation,
    )  # fmt: skip


def _inner(message: str) -> ErrorBody | None:
    if not message.lstrip().startswith("{"):
        return None
    try:
        return find_error(jsonlib.loads(message))
    except (ValueError, RecursionError):
        return None


def _plain_text(response: HttpResponse) -> str:
    """A short text body in its own words; a page of HTML only by its title."""
    if response.body is None:
        return ""
    text = response.body.head(4096).decode(errors="replace").strip()
    title = re.search(r"<title[^>]*>([^<]*)</title>", text, re.IGNORECASE)
    if title or text.startswith("<"):
        titled = f" titled {title[1].strip()!r}" if title else ""
        return f"the server answered {response.status} with a page of HTML{titled}"
    return text[:_EXCERPT] if text.isprintable() else ""


def request_id(headers: Mapping[str, str]) -> str | None:
    """The request's id at the provider, from the headers that carry one."""
    return next((value for name in REQUEST_ID_HEADERS if (value := headers.get(name))), None)


def read_images(response: HttpResponse, *, lifetime: timedelta | None = None) -> tuple[Image, ...]:
    """The images of a reply: wrapped in ``data``, a bare list, a single object, or the body itself.

    Args:
        response: A success. Its ``created`` is the start of a URL's life where the URL does not tell its end.
        lifetime: How long URLs are documented to live.

    Raises:
        DecodeError: the body is not JSON and not an image.
        SchemaError: there is no image in it.
        BadImageError: what stands where an image should is not one.
    """
    if response.json is None:
        return (_body_image(response),)
    created = read_created(response.json)
    images: list[Image] = []
    broken: list[BadImageError] = []
    for index, item in enumerate(_items(response.json)):
        try:
            image = read_image(item, index=index, created=created, lifetime=lifetime)
        except BadImageError as error:  # told where the bytes are looked at: it takes no good image with it
            broken.append(error)
            image = Image.of(Blob(str(error).encode()))
        images += [image] if image is not None else []
    if broken and len(broken) == len(images):
        raise broken[0]
    if not images:
        raise SchemaError(
            f"The reply (HTTP {response.status}) holds no image.", status=response.status,
            request_id=request_id(response.headers), raw=without_blobs(response.json),
        )  # fmt: skip
    return tuple(image if image.index == at else evolve(image, index=at) for at, image in enumerate(images))


def _body_image(response: HttpResponse) -> Image:
    if response.body is None or not response.body.size:
        raise DecodeError(f"The server answered {response.status} with an empty body.", status=response.status)
    if response.body.info is None:
        what = _plain_text(response) or f"{response.body.size} bytes that are no image"
        raise DecodeError(f"The reply is neither JSON nor an image: {what}.", status=response.status)
    return Image.of(response.body)


def _items(body: Any) -> Sequence[Any]:  # noqa: ANN401 - JSON
    for key in ("data", "images"):
        if isinstance(body, _OBJECT) and isinstance(body.get(key), Sequence) and not isinstance(body[key], str):
            return list(body[key])
    if isinstance(body, _OBJECT) and isinstance(body.get("data"), _OBJECT):
        return [body["data"]]
    return body if isinstance(body, Sequence) and not isinstance(body, str) else [body]


def read_image(
    item: Any,  # noqa: ANN401 - JSON
    *,
    index: int = 0,
    created: datetime | None = None,
    lifetime: timedelta | None = None,
) -> Image | None:
    """One image object; ``None`` where there is neither data nor a URL. Both together are one image.

    Raises:
        BadImageError: base64 was promised and something else came.
    """
    if not isinstance(item, _OBJECT):
        return None
    said = [item.get(name) for name in ("b64_json", "url", "image_url")]
    data = next((each for each in said if isinstance(each, Blob)), None)
    url = text_or_none(said[1]) or text_or_none(said[2])
    revised = text_or_none(item.get("revised_prompt"))
    if url and url[:5].lower() == "data:":
        data, url = data or _data_url(url), None
    if data is not None and (data.info is not None or not url):
        return Image.of(data, revised_prompt=revised, index=index)
    if url:
        return Image(url=url, revised_prompt=revised, index=index, expires_at=expiry(url, created, lifetime))
    if text := text_or_none(said[0]):
        raise BadImageError(f"Image {index} of the reply is not base64 of an image: {text[:24]!r}.")
    return None


def _data_url(url: str) -> Blob:
    header, _, text = url.partition(",")
    if not header.lower().endswith(";base64"):
        return Blob(unquote_to_bytes(text))
    text = "".join(text.split()).rstrip("=")
    try:
        return Blob(b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
    except ValueError:
        raise BadImageError("A data: URL in the reply does not hold base64.") from None


def read_created(body: Any) -> datetime | None:  # noqa: ANN401 - JSON
    """``created`` (or an event's ``created_at``) in Unix seconds; missing or 0 is unknown."""
    if not isinstance(body, _OBJECT):
        return None
    return _moment(body.get("created")) or _moment(body.get("created_at"))


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not seconds > 0:
        return None
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(seconds, UTC)
    return None


def expiry(url: str, created: datetime | None, lifetime: timedelta | None) -> datetime | None:
    """When a URL stops working: what its signature says (``se``), else ``created`` plus the documented lifetime."""
    with suppress(ValueError, OverflowError):  # a moment before the first year, or after the last, is none
        moment = datetime.fromisoformat(parse_qs(urlsplit(url).query).get("se", [""])[0])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    with suppress(OverflowError):
        return created + lifetime if created and lifetime else None
    return None


USAGE_WORDS: Mapping[str, Sequence[str]] = {
    "input_tokens": ("input_tokens", "prompt_tokens", "input_text_tokens"),
    "input_text_tokens": ("input_tokens_details.text_tokens", "prompt_tokens_details.text_tokens", "input_text_tokens"),
    "input_image_tokens": ("input_tokens_details.image_tokens", "prompt_tokens_details.image_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens", "image_tokens", "output_image_tokens"),
    "output_text_tokens": ("output_tokens_details.text_tokens", "completion_tokens_details.text_tokens"),
    "output_image_tokens": ("output_tokens_details.image_tokens", "completion_tokens_details.image_tokens",
                            "image_tokens", "output_image_tokens"),
    "reasoning_tokens": ("reasoning_tokens", "output_tokens_details.reasoning_tokens"),
    "total_tokens": ("total_tokens",),
    "image_count": ("image_count",),
}  # fmt: skip
"""Our words, and where the dialects of usage keep them: OpenAI's, the chat style's, r9s' and Qwen's."""
_USAGE_PATHS = tuple((ours, word.split(".")) for ours, words in USAGE_WORDS.items() for word in words)


def read_usage(found: Any, svg: Any = None) -> Usage | None:  # noqa: ANN401 - JSON
    """Usage in any dialect, with the raw dict kept; ``None`` where the provider counted nothing."""
    if not isinstance(found, _OBJECT) or not found:
        author = read_usage(svg) if svg else None
        return Usage(svg=author) if author else None
    counts: dict[str, int | None] = dict.fromkeys(USAGE_WORDS)
    for ours, path in _USAGE_PATHS:
        count = _at(found, path) if counts[ours] is None and path[0] in found else None
        if type(count) is int and count >= 0:
            counts[ours] = count
    return Usage(**counts, svg=read_usage(svg), raw=dict(found))


def without_blobs(body: Any, note: Callable[[Any], str] = str) -> Any:  # noqa: ANN401 - JSON
    """JSON with a short note where image data stood: what ``raw`` keeps and, with ``repr`` for hashes, a plan shows."""
    if isinstance(body, str):
        return f"<data URL of {len(body)} characters>" if body[:5].lower() == "data:" else body
    if body is None or isinstance(body, (int, float)):
        return body
    if isinstance(body, _OBJECT):
        return {key: without_blobs(value, note) for key, value in body.items()}
    return [without_blobs(value, note) for value in body] if isinstance(body, (list, tuple)) else note(body)
