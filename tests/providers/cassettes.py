"""Cassettes: providers' answers as files that can be read, reviewed and trusted. What vcrpy is told, once for all.

A cassette is JSON. Bodies stand in it as JSON too - forms as the list of their fields, streams as the list of their
events -, headers are those that mean something, images are tiny and real, keys are nowhere. ``origin`` says where the
answers come from: ``live`` (the provider itself), ``sandbox`` (limner-sandbox), or ``documentation`` (written by hand
after the page that ``source`` names).
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from email import message_from_bytes
from email.policy import HTTP
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from attrs import Factory, field, frozen
from PIL import Image

from limner.credentials import MASK, Redactor, Secret
from limner.media import sniff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ORIGINS = ("live", "sandbox", "documentation")
LARGEST = 64 * 1024
"""Bytes of a cassette."""
LARGEST_IMAGE = 4 * 1024
"""Bytes of an image that is recorded as it came."""

KEPT = (
    *("content-type", "location", "request-id", "retry-after", "retry-after-ms"),
    *("x-oneapi-request-id", "x-request-id", "x-should-retry"),
)
"""The headers that are kept, of requests and of responses. Keys, cookies, accounts and machines are not among them."""
KEY_QUERY = frozenset({"access_token", "api-key", "api_key", "apikey", "key", "sig", "token"})
KEY_LIKE = re.compile(r"\bsk-[\w*-]{4,}")
"""What looks like a key, also where the server has masked most of it."""
SIGNATURE = re.compile(r"(?<=[?&]sig=)[^&\s\"]+")
"""What opens a signed URL, wherever that stands."""


DATA = re.compile(rb"(?m)^(data: )(\{.*\})$")
"""What a stream says in JSON."""


# Files


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
            ValueError: the file does not say where it comes from.
        """
        cassette = json.loads(text)
        if cassette.get("origin") not in ORIGINS or not cassette.get("source"):
            msg = f"a cassette states its origin ({', '.join(ORIGINS)}) and its source"
            raise ValueError(msg)
        return {
            "interactions": [
                {"request": _request_in(one["request"]), "response": _response_in(one["response"])}
                for one in cassette["interactions"]
            ]
        }


def written(cassette: Mapping[str, Any]) -> str:
    """The one way in which cassettes are written: what differs between two of them differs in meaning."""
    return json.dumps(cassette, indent=2, ensure_ascii=False) + "\n"


def _request_out(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): values[0] for name, values in sorted(request["headers"].items())}
    body = _body_out(request["body"], headers.get("content-type", ""))
    return {"method": request["method"], "url": request["uri"], "headers": headers, **body}


def _request_in(request: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: [value] for name, value in request["headers"].items()}
    return {"method": request["method"], "uri": request["url"], "headers": headers, "body": body_of(request)}


def _response_out(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): ", ".join(values) for name, values in sorted(response["headers"].items())}
    body = _body_out(response["body"]["string"], headers.get("content-type", ""))
    return {"status": response["status"]["code"], "headers": headers, **body}


def _response_in(response: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name: [value] for name, value in response["headers"].items()}
    status = {"code": response["status"], "message": ""}
    return {"status": status, "headers": headers, "body": {"string": body_of(response)}}


def _body_out(body: bytes | str | None, content_type: str) -> dict[str, Any]:
    """A body by its type; else as JSON where it is some, as text where it is some, and in base64."""
    raw = body.encode() if isinstance(body, str) else body or b""
    if not raw:
        return {}
    if content_type.startswith("multipart/form-data"):
        return {"form": form_of(raw, content_type)}
    if content_type.startswith("text/event-stream"):
        return {"events": _events_of(raw.decode())}
    try:
        return {"json": json.loads(raw)}
    except ValueError:
        pass
    try:
        return {"text": raw.decode()}
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def body_of(message: Mapping[str, Any]) -> bytes:
    """The body of a request or a response of a file."""
    return next((read(message[form]) for form, read in _BODIES.items() if form in message), b"")


BOUNDARY = "boundary"
"""Between the fields of a form in a file; every client makes its own."""


def form_of(body: bytes, content_type: str) -> list[dict[str, str]]:
    """The fields of a form: of text its name and its text, of a file its names, its type and its bytes in base64."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    return [_field_of(part) for part in message.iter_parts()]


def _field_of(part: Any) -> dict[str, str]:
    name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    file = part.get_filename()
    if file is None:
        return {"name": name, "text": content.decode()}
    return {"name": name, "file": file, "type": part.get_content_type(), "base64": b64encode(content).decode()}


def _form(fields: Sequence[Mapping[str, str]]) -> bytes:
    parts = [f"--{BOUNDARY}\r\n".encode() + _field(field) + b"\r\n" for field in fields]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


def _field(field: Mapping[str, str]) -> bytes:
    head = f'Content-Disposition: form-data; name="{field["name"]}"'
    if "text" in field:
        return f"{head}\r\n\r\n{field['text']}".encode()
    head += f'; filename="{field["file"]}"\r\nContent-Type: {field["type"]}\r\n\r\n'
    return head.encode() + b64decode(field["base64"])


def _events_of(text: str) -> list[dict[str, Any]]:
    """The events of a stream: name and data where the data is JSON, else the lines as they are."""
    return [_event_of(lines) for lines in text.replace("\r\n", "\n").split("\n\n") if lines]


def _event_of(lines: str) -> dict[str, Any]:
    found = re.fullmatch(r"(?:event: (?P<event>.*)\n)?data: (?P<data>\{.*\})", lines)
    if found is None:
        return {"lines": lines}
    named = {"event": found["event"]} if found["event"] is not None else {}
    return {**named, "data": json.loads(found["data"])}


def _stream(events: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(f"{_event(event)}\n\n" for event in events).encode()


def _event(event: Mapping[str, Any]) -> str:
    if "lines" in event:
        return str(event["lines"])
    name = f"event: {event['event']}\n" if "event" in event else ""
    return f"{name}data: {json.dumps(event['data'], ensure_ascii=False)}"


_BODIES: Mapping[str, Any] = {
    "json": lambda value: json.dumps(value, ensure_ascii=False).encode(),
    "form": _form,
    "events": _stream,
    "text": str.encode,
    "base64": b64decode,
}


# What is compared


def same_body(one: Any, other: Any) -> None:
    """vcrpy's matcher for two requests: the same fields of a form, or JSON down to its types; else the same bytes."""
    assert _comparable(one) == _comparable(other)


def _comparable(request: Any) -> Any:
    body = request.body or b""
    if (content_type := request.headers.get("content-type", "")).startswith("multipart/form-data"):
        return form_of(body, content_type)
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return body


# What is kept


@frozen
class Scrubber:
    """Takes out of a conversation what has no place in a file.

    Args:
        keys: The live keys: masked wherever they stand, in whatever spelling.
        moved: Base URLs that were used, and those that the file shall show.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    moved: Mapping[str, str] = field(factory=dict)
    _redactor: Redactor = field(
        default=Factory(lambda self: Redactor(map(Secret, self.keys)), takes_self=True), init=False, repr=False
    )

    def request(self, request: Any) -> Any:
        """A request without keys, random boundaries and traces of where it was recorded. Changed in place."""
        request.uri = self._masked(_without_keys(self._moved(request.uri)))
        request.headers = {name: self._masked(value) for name, value in request.headers.items() if name.lower() in KEPT}
        if request.body:
            request.body = self._body(request.body)
        boundary = re.search(r"boundary=([^;\s]+)", request.headers.get("content-type", ""))
        if boundary:
            request.headers = {**request.headers, "content-type": f"multipart/form-data; boundary={BOUNDARY}"}
            request.body = request.body.replace(boundary[1].encode(), BOUNDARY.encode())
        return request

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """A response, the same way, with its images made tiny."""
        headers = {name: values for name, values in response["headers"].items() if name.lower() in KEPT}
        headers = {name: [self._masked(self._moved(value)) for value in values] for name, values in headers.items()}
        return {**response, "headers": headers, "body": {"string": self._body(_shrunk(response["body"]["string"]))}}

    def _body(self, body: bytes) -> bytes:
        return self._masked(self._moved(body.decode("latin-1"))).encode("latin-1")  # any byte is a character of it

    def _moved(self, text: str) -> str:
        for used, shown in self.moved.items():
            text = text.replace(used, shown)
        return text

    def _masked(self, text: str) -> str:
        return SIGNATURE.sub(MASK, KEY_LIKE.sub(MASK, self._redactor.text(text)))


def _without_keys(url: str) -> str:
    parts = urlsplit(url)
    query = [(name, MASK if name.lower() in KEY_QUERY else value) for name, value in parse_qsl(parts.query, True)]  # noqa: FBT003 - parse_qsl's own
    return urlunsplit(parts._replace(query=urlencode(query, safe="*")))


def _shrunk(body: bytes) -> bytes:
    """A body whose large images are replaced: an image itself, JSON with images in base64, or events of such JSON."""
    if sniff(body) is not None:
        return tiny(body)
    try:
        return json.dumps(_with_tiny(json.loads(body)), ensure_ascii=False).encode()
    except ValueError:
        return DATA.sub(lambda found: found[1] + _shrunk(found[2]), body)


def _with_tiny(value: Any) -> Any:
    return _RECURSE.get(type(value), lambda leaf: leaf)(value)


def _tiny_text(text: str) -> str:
    if len(text) <= LARGEST_IMAGE:
        return text
    head, comma, encoded = text.rpartition(",")  # of a data: URL; base64 itself has no comma
    try:
        data = b64decode(encoded, validate=True)
    except ValueError:
        return text
    return f"{head}{comma}{b64encode(tiny(data)).decode()}"


_RECURSE: Mapping[type, Any] = {
    dict: lambda value: {name: _with_tiny(one) for name, one in value.items()},
    list: lambda value: [_with_tiny(one) for one in value],
    str: _tiny_text,
}


def tiny(data: bytes) -> bytes:
    """An image as it is if it is small; else a blank one with the same format, pixels, alpha and frames."""
    info = sniff(data)
    if info is None or len(data) <= LARGEST_IMAGE:
        return data
    size = (info.width or 1, info.height or 1)
    if info.media_type == "image/svg+xml":
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"/>'.encode()
    frames = [Image.new("RGBA" if info.alpha else "RGB", size, shade) for shade in _shades(data, info.frames or 1)]
    buffer = BytesIO()
    more = {"save_all": True, "append_images": frames[1:]} if frames[1:] else {}
    frames[0].save(buffer, info.media_type.partition("/")[2].upper(), optimize=True, quality=1, **more)
    return buffer.getvalue()


def _shades(data: bytes, count: int) -> Iterator[tuple[int, ...]]:
    """A colour for each frame, unlike the one before, as equal frames would become one; of other images, others."""
    red, green, blue = sha256(data).digest()[:3]
    return ((red, green, (blue + index % 2 * 128) % 256) for index in range(count))
