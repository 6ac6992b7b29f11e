"""Cassettes: providers' answers as files that can be read, reviewed and trusted.

A cassette is JSON. Bodies stand in it as JSON too - forms as the list of their fields, streams as the list of their
events -, headers are those that mean something, images are tiny and real, keys are nowhere. ``origin`` says where the
answers come from: ``live`` (the provider itself), ``sandbox`` (an emulator), or ``documentation`` (written by hand
after the page that ``source`` names).

:func:`load` reads one; :class:`Serializer` and :func:`same_body` are what vcrpy is told. Neither needs vcrpy.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import field, frozen

from limner.testing.bodies import body_of, form_of, readable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORIGINS = ("live", "sandbox", "documentation")
"""Where answers come from: the provider itself, an emulator of it, its page."""
LARGEST = 64 * 1024
"""Bytes of a cassette."""


# What is read


@frozen
class Recorded:
    """A request, as it was sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(factory=dict)
    """Those that are kept, their names in lower case."""
    body: bytes = field(default=b"", repr=False)
    """As it was sent, but for the boundary of a form and the order and white space of JSON."""


@frozen
class Replied:
    """A response, as it came."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    """Those that are kept, their names in lower case."""
    body: bytes = field(default=b"", repr=False)
    """As it came, inflated, its large images made tiny."""


@frozen
class Interaction:
    """One request, and what came back."""

    request: Recorded
    response: Replied


@frozen
class Cassette:
    """What stands in a file."""

    origin: str
    """One of :data:`ORIGINS`."""
    source: str
    """What was asked, or the page it is written after."""
    interactions: tuple[Interaction, ...]


def load(path: Path) -> Cassette:
    """Read a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no cassette, or does not say where it comes from.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error


def parse(text: str) -> Cassette:
    """Read the text of a file.

    Raises:
        ValueError: it is no cassette, or does not say where it comes from.
    """
    page = json.loads(text)
    if not isinstance(page, dict) or not isinstance(page.get("interactions"), list):
        raise ValueError("a cassette is a JSON object with a list of interactions")  # noqa: TRY004 - a text's fault
    source = page.get("source")
    if page.get("origin") not in ORIGINS or not isinstance(source, str) or not source.strip():
        raise ValueError(f"a cassette states its origin ({', '.join(ORIGINS)}) and its source")
    interactions = (_interaction(one, index) for index, one in enumerate(page["interactions"], start=1))
    return Cassette(page["origin"], source, tuple(interactions))


def _interaction(one: Any, index: int) -> Interaction:  # noqa: ANN401 - JSON
    try:
        asked, came = one["request"], one["response"]
        return Interaction(
            Recorded(_text(asked["method"]), _url(asked["url"]), _headers(asked), body_of(asked)),
            Replied(int(came["status"]), _headers(came), body_of(came)),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"interaction {index} is not a request (method, url, headers) and a response (status, headers): {error!r}"
        ) from error


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(value) for name, value in message["headers"].items()}


def _url(value: object) -> str:
    if not urlsplit(text := _text(value)).hostname:
        raise ValueError(f"{text!r} is no URL")
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


# What vcrpy is told


@frozen
class Serializer:
    """vcrpy's view of a cassette to text, and back."""

    origin: str
    """Where what is recorded comes from."""
    source: str = ""

    def serialize(self, cassette: Mapping[str, Any]) -> str:
        """The text of a file."""
        return written(
            {
                "origin": self.origin,
                "source": self.source,
                "interactions": [
                    {"request": _request_out(one["request"]), "response": _response_out(one["response"])}
                    for one in cassette["interactions"]
                ],
            }
        )

    def deserialize(self, text: str) -> dict[str, Any]:
        """What vcrpy plays.

        Raises:
            ValueError: it is no cassette, or does not say where it comes from.
        """
        return {
            "interactions": [
                {"request": _request_in(one.request), "response": _response_in(one.response)}
                for one in parse(text).interactions
            ]
        }


def written(cassette: Mapping[str, Any]) -> str:
    """The one way in which cassettes are written: what differs between two of them differs in meaning."""
    return json.dumps(cassette, indent=2, ensure_ascii=False) + "\n"


def _request_out(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): values[0] for name, values in sorted(request["headers"].items())}
    body = readable(request["body"], headers.get("content-type", ""))
    return {"method": request["method"], "url": request["uri"], "headers": headers, **body}


def _request_in(request: Recorded) -> dict[str, Any]:
    headers = {name: [value] for name, value in request.headers.items()}
    return {"method": request.method, "uri": request.url, "headers": headers, "body": request.body}


def _response_out(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): ", ".join(values) for name, values in sorted(response["headers"].items())}
    body = readable(response["body"]["string"], headers.get("content-type", ""))
    return {"status": response["status"]["code"], "headers": headers, **body}


def _response_in(response: Replied) -> dict[str, Any]:
    headers = {name: [value] for name, value in response.headers.items()}
    status = {"code": response.status, "message": ""}
    return {"status": status, "headers": headers, "body": {"string": response.body}}


# What is compared


def same_body(one: Any, other: Any) -> None:  # noqa: ANN401 - vcrpy's requests
    """What vcrpy matches two requests with: the same fields of a form, or JSON down to its types; else the same bytes.

    Raises:
        AssertionError: they say different things.
    """
    asked, recorded = _comparable(one), _comparable(other)
    if asked != recorded:
        raise AssertionError(f"asked was {_short(asked)}, and recorded is {_short(recorded)}")


def _comparable(request: Any) -> Any:  # noqa: ANN401 - vcrpy's request, and JSON
    body = request.body or b""
    if (content_type := request.headers.get("content-type", "")).startswith("multipart/form-data"):
        return form_of(body, content_type)
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return body


def _short(said: object, length: int = 500) -> str:
    text = said if isinstance(said, str) else repr(said)
    return text if len(text) <= length else f"{text[:length]}..."
