"""Forms with files (RFC 7578), read without copying them: a file's bytes are a view of the body.

Names with brackets are arrays (``image[]``, ``image[0]``) and objects (``svg[model]``), as OpenAI has them.
"""

from __future__ import annotations

import re
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from attrs import evolve, field, frozen

from limner_sandbox.openai_images.refusals import Refusal, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORM = "multipart/form-data"
MOST_PARTS = 100
LONGEST_HEAD = 16 * 1024
INTEGERS = frozenset(("n", "output_compression", "partial_images", "frame_count", "frame_duration_ms"))
"""Fields whose text is a whole number."""
BOOLEANS = {"true": True, "false": False}
TRUTHS = frozenset(("stream",))
"""Fields whose text is true or false."""

_PARAMETER = re.compile(r';\s*([a-z]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))', re.IGNORECASE)
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")


@frozen
class Upload:
    """A file as it arrived."""

    label: str
    """What errors call it: ``image``, ``image[1]``, ``mask``."""
    content: bytes | memoryview = field(repr=False)
    media_type: str | None
    """As its part says, without parameters; ``None`` where it says nothing."""
    file_name: str = ""


@frozen
class Part:
    """One part of a form."""

    name: str
    content: memoryview = field(repr=False)
    file_name: str | None
    """``None``: it is no file, but a text."""
    media_type: str | None


def is_form(content_type: str) -> bool:
    """Whether a ``Content-Type`` announces a form."""
    return content_type.partition(";")[0].strip().lower() == FORM


def parts_of(content: bytes, content_type: str) -> list[Part]:
    """The parts of a form, in the order sent.

    Args:
        content: The body.
        content_type: The header, which has the boundary.

    Raises:
        Unreadable: It is no such form, or it is cut off.
    """
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary()
    if not boundary:
        raise _broken("no boundary is stated")
    parts = []
    for head, body in _split(content, b"--" + boundary.encode("latin-1", "replace")):
        parts.append(_part(head, body))
        if len(parts) > MOST_PARTS:
            raise _broken("too many parts")
    return parts


def fields_of(parts: Sequence[Part]) -> dict[str, Any]:
    """A form as the JSON body that it stands for: numbers and truths read, files as :class:`Upload`.

    Raises:
        Refusal: A name stands there twice, or is none, or a text is no UTF-8.
    """
    body: dict[str, Any] = {}
    for part in parts:
        found = _NAME.fullmatch(part.name)
        if not found:
            raise _broken(f"{part.name!r} is no name")
        name, keys = found[1], re.findall(r"\[([^\]]*)\]", found[2])
        value = _value(name if not keys else part.name, part)
        if not keys:
            if name in body:
                raise _twice(name)
            body[name] = value
        elif keys == [""] or keys[0].isdecimal():
            listed = body.setdefault(name, [])
            if not isinstance(listed, list):
                raise _twice(name)
            label = f"{name}[{len(listed)}]"
            listed.append(evolve(value, label=label) if isinstance(value, Upload) else value)
        else:
            _nest(body, [name, *keys], value)
    return body


def _nest(body: dict[str, Any], path: list[str], value: object) -> None:
    *outer, last = path
    for key in outer:
        body = body.setdefault(key, {})
        if not isinstance(body, dict):
            raise _twice(path[0])
    if last in body:
        raise _twice("".join([path[0], *(f"[{key}]" for key in path[1:])]))
    body[last] = value


def _value(name: str, part: Part) -> Any:  # noqa: ANN401 - JSON
    if part.file_name is not None:
        return Upload(name, part.content, part.media_type, part.file_name)
    try:
        text = bytes(part.content).decode()
    except UnicodeDecodeError:
        raise _broken(f"'{name}' is no UTF-8") from None
    if name in INTEGERS and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    return BOOLEANS.get(text, text) if name in TRUTHS else text


def _split(content: bytes, delimiter: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """The head and the body of each part."""
    view = memoryview(content)
    at = 0 if content.startswith(delimiter) else content.find(b"\r\n" + delimiter) + 2
    if at == 1:
        raise _broken("there is no part")
    at += len(delimiter)
    while content[at : at + 2] != b"--":
        start = content.find(b"\r\n", at)
        if start < 0 or content[at:start].strip(b" \t"):
            raise _broken("a delimiter has no end")
        gap = content.find(b"\r\n\r\n", start, start + LONGEST_HEAD)
        end = _next(content, b"\r\n" + delimiter, gap)
        if gap < 0 or end < 0:
            raise _broken("it is cut off")
        yield content[start + 2 : gap + 2], view[min(gap + 4, end) : end]
        at = end + 2 + len(delimiter)


def _next(content: bytes, delimiter: bytes, at: int) -> int:
    """Where the next delimiter line begins: not where its text merely occurs in a file."""
    at = content.find(delimiter, at)
    while at >= 0 and not content.startswith((b"--", b"\r\n", b" ", b"\t"), at + len(delimiter)):
        at = content.find(delimiter, at + 1)
    return at


def _part(head: bytes, body: memoryview) -> Part:
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    kind, semicolon, rest = headers.get("content-disposition", "").partition(";")
    told = {
        match[1].lower(): _unescaped(match[2]) if match[2] is not None else match[3].strip()
        for match in _PARAMETER.finditer(semicolon + rest)
    }
    if kind.strip().lower() != "form-data" or "name" not in told:
        raise _broken("a part has no name")
    extended = told.get("filename*")
    file_name = unquote(extended.rpartition("'")[2]) if extended else told.get("filename")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Part(told["name"], body, file_name, media_type or None)


def _unescaped(text: str) -> str:
    """A quoted string as browsers and as mail programs escape it."""
    text = re.sub(r'\\(["\\])', r"\1", text)
    return re.sub(r"%(22|0D|0A)", lambda found: unquote(found[0]), text, flags=re.IGNORECASE)


def _broken(why: str) -> Unreadable:
    return Unreadable(400, None, f"Could not parse multipart form: {why}.")


def _twice(name: str) -> Refusal:
    message = (
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one is allowed. "
        f"If you are trying to provide a list of values, use the array syntax instead e.g. '{name}[]=<value>'."
    )
    return Refusal(400, "duplicate_parameter", message, param=name)
