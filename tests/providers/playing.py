"""What is played to every provider: what APIs, relays and proxies answer, and what limner makes of each.

The odd ones were seen at relays or follow from the source of their gateways; the sandbox plays them, none is a
recording of a provider. A provider's tests add what is its own, and change what it says in its own words.
"""

from __future__ import annotations

from base64 import b64decode
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from limner.errors import LimnerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


# Pictures to edit: to the byte those of the cassettes, whatever draws pictures elsewhere

SQUARE = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAHUlEQVR42mPcUmHzn4ECwMRAIRg1YNSAUQMGiwEAAcICh4hmf1MAAAAASUVORK5CYII="
)
"""A PNG of 16x16, opaque."""
MASK = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAHElEQVR42mNkIAz+45NkYqAQjBowasCoAYPFAAAtYAEfhiWmCAAAAABJRU5ErkJggg=="
)
"""As large, its left half transparent."""
WIDE = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP////////////////////////////////////////////////////////////////////////////////"
    "//////wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AIP/2Q=="
)
"""A JPEG of 16x8."""
HIGH = b64decode("UklGRjAAAABXRUJQVlA4ICQAAABwAQCdASoIABAADMDOJaACdAFAAAD+2ibyOwhutfxhNJHYAAA=")
"""A WebP of 8x16."""


@frozen(kw_only=True)
class Scene:
    """One request, how it is answered, and what comes of it."""

    facts: Mapping[str, Any]
    """What is to be found, by the names in :data:`READERS`."""
    given: Mapping[str, Any] = field(factory=dict)
    """Changes to the provider's usual request."""
    fault: Mapping[str, Any] = field(factory=dict)
    """What is ordered of the sandbox when it is recorded: ``kind`` and fields of a fault."""

    def found(self, outcome: Any) -> dict[str, Any]:
        """The same facts of a result or an error."""
        return {name: READERS[name](outcome) for name in self.facts}


def _form(image: Any) -> str:
    return f"{image.media_type} {image.width}x{image.height}" if image.data else "url"


def _usage(usage: Any) -> tuple[int | None, ...] | None:
    return usage and (usage.input_tokens, usage.output_tokens, usage.total_tokens)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": lambda outcome: outcome.kind if isinstance(outcome, LimnerError) else "success",
    # Of a result
    "forms": lambda result: [_form(image) for image in result],
    "indexes": lambda result: [image.index for image in result],
    "revised": lambda result: result.image.revised_prompt,
    "created": lambda result: result.created is not None,
    "expires": lambda result: result.image.expires_at is not None,
    "usage": lambda result: _usage(result.usage),
    "warnings": lambda result: [warning.code for warning in result.warnings],
    "attempts": lambda result: result.calls[0].attempts,
    "told_id": lambda result: result.calls[0].request_id is not None,
    # Of a stream
    "frames": lambda watched: [f"{one.index}: {_form(one.image)}" for one in watched.frames],
    "different": lambda watched: len({*(one.image.data for one in watched.frames), *(one.data for one in watched)}),
    # Of an error
    **{
        name: attrgetter(name)
        for name in ("status", "code", "param", "message", "retry_after", "maybe_billed", "phase", "request_id")
    },
    "has_id": lambda error: error.request_id is not None,
    "kept": lambda error: list(map(_form, error.images)),
    "notes": lambda error: error.__notes__,
}


# Ordinary answers

WRONG_KEY = {"keys": lambda _: "sk-canary-wrong-0001"}

ORDINARY: Mapping[str, Scene] = {
    "url": Scene(facts={"kind": "success", "forms": ["url"], "indexes": [0], "expires": True, "attempts": 1}),
    "wrong-key": Scene(given={"client": WRONG_KEY}, facts={"kind": "auth", "status": 401, "maybe_billed": False}),
    "bad-request": Scene(given={"extra": {"n": 11}}, facts={"kind": "bad_request", "status": 400}),
    "rate-limited": Scene(
        fault={"kind": "rate_limit", "retry_after": 3}, facts={"kind": "success", "forms": ["url"], "attempts": 2}
    ),
    "rate-limited-for-good": Scene(
        fault={"kind": "rate_limit", "retry_after": 3, "times": 3},
        facts={"kind": "rate_limit", "status": 429, "retry_after": 3, "phase": "rejected", "maybe_billed": False},
    ),
    "quota": Scene(
        fault={"kind": "quota"},
        facts={"kind": "quota", "status": 429, "code": "insufficient_quota", "maybe_billed": False},
    ),
    "moderation": Scene(
        given={"prompt": "a forbidden-word"},
        facts={"kind": "content_policy", "status": 400, "code": "moderation_blocked"},
    ),
    "forbidden": Scene(fault={"kind": "forbidden"}, facts={"kind": "permission", "status": 403}),
    "server-error": Scene(
        fault={"kind": "server_error"},
        facts={"kind": "server", "status": 500, "phase": "unknown", "maybe_billed": True},
    ),
    "overloaded": Scene(
        fault={"kind": "overloaded", "times": 3},
        facts={"kind": "server", "status": 503, "phase": "rejected", "maybe_billed": False},
    ),
}


# Odd answers: what a success looks like when it comes through a gateway


def _odd(kind: str, **facts: Any) -> Scene:
    return Scene(fault={"kind": kind}, facts={"kind": "success", "forms": ["url"], **facts})


NO_IMAGE = {"kind": "schema", "status": 200, "maybe_billed": True}

ODD_SUCCESSES: Mapping[str, Scene] = {
    "created-201": _odd("created_201"),
    "json-as-html": _odd("json_as_html"),
    "no-created": _odd("no_created", created=False),
    "zero-created": _odd("zero_created", created=False),
    "empty-strings": _odd("empty_strings"),
    "metadata": _odd("metadata"),
    "image-url": _odd("image_url"),
    "bare-list": _odd("bare_list"),
    "wrapped": _odd("wrapped"),
    "single-object": _odd("single_object"),
    "zero-usage": _odd("zero_usage", usage=(0, 0, 0)),
    "chat-usage": _odd("chat_usage", usage=(11, 272, 283)),
    "cost-usage": _odd("cost_usage", usage=(None, None, None)),
    "two-images": _odd("two_images", forms=["url", "url"], indexes=[0, 1], warnings=["count_differs"]),
    **{
        name: Scene(fault={"kind": name.replace("-", "_")}, facts=NO_IMAGE)
        for name in ("null-data", "no-data", "empty-data")
    },
}
BYTES = ("url_and_base64", "data_prefix", "data_url")
"""Odd successes with the bytes of the usual image in them, whatever the request says of delivery."""


# Odd answers: what a refusal looks like


def _flaw(kind: str, **facts: Any) -> Scene:
    """A refusal whose sentence is the same in whatever envelope it comes."""
    fault = {"kind": kind, "status": 400, "message": SENTENCE}
    return Scene(fault=fault, facts={"kind": "bad_request", "status": 400, "message": SENTENCE, **facts})


SENTENCE = "There is no such brush."
CHAINED = "2026010100000000000000ijklmnop"

PROXIES: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "html-500": (500, {"kind": None, "status": 500, "body": "html"}),
    "bad-gateway": (502, {"kind": "bad_gateway"}),
    "html-as-json": (502, {"kind": "html_as_json"}),
    "gateway-timeout": (504, {"kind": "gateway_timeout"}),
    "timeout-524": (524, {"kind": "timeout_524"}),
}
"""A proxy's page or line instead of an answer: status, and what is ordered of the sandbox."""


def _of_a_proxy(status: int, fault: Mapping[str, Any]) -> Scene:
    """A failure of which nobody knows whether the images were made."""
    facts = {"kind": "server", "status": status, "code": None, "phase": "unknown", "maybe_billed": True}
    return Scene(fault=fault, facts=facts)


ODD_ERRORS: Mapping[str, Scene] = {
    "error-flat": _flaw("error_flat", code="400"),
    **{
        f"error-{name}": _flaw(f"error_{name}")
        for name in ("message", "msg", "err", "text", "detail", "header", "response")
    },
    "error-code-message": _flaw("error_code_message"),
    "error-json-message": _flaw("error_json_message"),
    "error-number-code": _flaw("error_number_code", code="400"),
    "error-number-type": _flaw("error_number_type", code=None, param="400"),
    "error-empty-code": _flaw("error_empty_code", code=None, param=None),
    "error-no-code": _flaw("error_no_code", code=None, param=None),
    "error-chained-ids": _flaw("error_chained_ids"),
    "error-translated": _flaw("error_translated"),
    "error-no-message": _flaw("error_no_message", message="the server answered 400 without saying why (HTTP 400)"),
    "error-in-200": Scene(fault={"kind": "error_in_200"}, facts={"kind": "server", "status": 200}),
    "empty-429": Scene(
        fault={"kind": "rate_limit", "body": "empty", "times": 3},
        facts={"kind": "rate_limit", "status": 429, "code": None, "retry_after": None, "phase": "rejected"},
    ),
    "delay-in-message": Scene(
        fault={"kind": "rate_limit", "message": "Rate limit reached. Please try again in 467ms.", "times": 3},
        facts={"kind": "rate_limit", "status": 429, "retry_after": 0.467, "phase": "rejected"},
    ),
    "empty-200": Scene(fault={"kind": "empty"}, facts={"kind": "decode", "status": 200, "maybe_billed": True}),
    **{name: _of_a_proxy(status, fault) for name, (status, fault) in PROXIES.items()},
}  # fmt: skip

SCENES: Mapping[str, Scene] = {**ORDINARY, **ODD_SUCCESSES, **ODD_ERRORS}


def with_bytes(form: str) -> dict[str, Scene]:
    """The odd successes that hold the bytes of an image of this form, such as ``image/png 256x256``."""
    return {kind.replace("_", "-"): _odd(kind, forms=[form]) for kind in BYTES}


# What gateways of the kind of one-api and new-api say in their own words

BAD_TOKEN = "无效的令牌"


BY_HAND: Mapping[str, Scene] = {
    "id-in-message": Scene(
        facts={
            "kind": "bad_request", "code": "size_not_supported", "message": "size not supported for this image model",
            "request_id": CHAINED,
        },
    ),
    "no-such-path": Scene(facts={"kind": "not_found", "status": 404, "code": None, "param": None}),
}  # fmt: skip
"""Written after the gateways' source: an id that no header tells, and a path that is wrong."""


def of_relay(kind: str) -> dict[str, Scene]:
    """What a relay answers, by its own type of errors: ``one_api_error`` or ``new_api_error``."""
    told = {"has_id": True}
    worded: dict[str, dict[str, Any]] = {
        "wrong-key": {"message": BAD_TOKEN, "code": None, "param": None},
        "bad-request": {"code": "n_not_within_range", "param": None, "message": "invalid value of n"},
        "error-in-200": {"code": "InternalError", "message": "InternalError.Algo"},
    }
    changed = {name: also(SCENES[name], **facts, **told) for name, facts in worded.items()}
    return {
        **SCENES, **changed,
        "url": also(SCENES["url"], told_id=True),
        "empty-strings": also(SCENES["empty-strings"], revised=None),
        "user-quota": Scene(
            fault={"kind": "quota", "status": 403, "code": "insufficient_user_quota", "type": kind},
            facts={"kind": "quota", "status": 403, "code": "insufficient_user_quota", "maybe_billed": False, **told},
        ),
        **BY_HAND,
    }  # fmt: skip


def also(scene: Scene, **facts: Any) -> Scene:
    """A scene with more to be found in it."""
    return Scene(facts={**scene.facts, **facts}, given=scene.given, fault=scene.fault)


NAMES = {*SCENES, *(kind.replace("_", "-") for kind in BYTES)}
"""The cassettes that every provider but OpenAI has."""
RELAYS = {*NAMES, *of_relay("")}
"""Those of every relay."""
