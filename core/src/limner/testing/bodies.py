"""Bodies in cassettes: JSON as JSON, forms as the list of their fields, streams as the list of their events.

What is none of it stands there as text, and in base64 where it is no text either.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BOUNDARY = "boundary"
"""Between the fields of a form in a file; every client makes its own."""
FORM = f"multipart/form-data; boundary={BOUNDARY}"
"""The content type of such a form."""


def readable(body: bytes | str | None, content_type: str) -> dict[str, Any]:
    """A body as it stands in a file: one entry, named by its form; none where there is no body.

    Args:
        body: The bytes that went over the wire, inflated.
        content_type: The header, as far as there is one.
    """
    raw = body.encode() if isinstance(body, str) else body or b""
    try:
        return _as_text(raw, content_type) if raw else {}
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}


def _as_text(raw: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith("multipart/form-data"):
        return {"form": form_of(raw, content_type)}
    if content_type.startswith("text/event-stream"):
        return {"events": _events_of(raw.decode())}
    try:
        return {"json": json.loads(raw)}
    except ValueError:
        return {"text": raw.decode()}


def body_of(message: Mapping[str, Any]) -> bytes:
    """The body of a request or a response as it stands in a file: :func:`readable`, undone."""
    return next((read(message[form]) for form, read in _BODIES.items() if form in message), b"")


def form_of(body: bytes, content_type: str) -> list[dict[str, str]]:
    """The fields of a form: of text its name and its text, of a file its names, its type and its bytes in base64."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
    return [_field_of(part) for part in message.iter_parts()]


def _field_of(part: Any) -> dict[str, str]:  # noqa: ANN401 - email's types say less than is so
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


_BODIES: Mapping[str, Callable[[Any], bytes]] = {
    "json": lambda value: json.dumps(value, ensure_ascii=False).encode(),
    "form": _form,
    "events": _stream,
    "text": str.encode,
    "base64": b64decode,
}
