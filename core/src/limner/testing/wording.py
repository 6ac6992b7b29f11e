"""What requests say, whatever their bodies are written in: JSON, a form, bytes; a part of them, or their address."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, unquote_plus

from limner.media import Blob
from limner.provider import Embed
from limner.testing.stage import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from limner.provider import HttpRequest

URLENCODED = "application/x-www-form-urlencoded"
Texts = tuple[tuple[str, str], ...]
"""Names with texts, as forms and queries have them."""


def told(request: HttpRequest) -> str:
    """All that a request says, as text that two equal ones share."""
    parts = [(one.name, one.content, one.filename, one.media_type) for one in request.parts]
    said = [request.method, request.url, request.query, request.json, parts, request.content, request.headers]
    return json.dumps([*said, request.stream], default=_plain, sort_keys=True)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Embed):
        return [value.form, _plain(value.image)]
    return value.sha256 if isinstance(value, Blob) else repr(value)


def leaves(requests: Sequence[HttpRequest]) -> Iterator[Any]:
    """Every value that requests carry; addresses are :func:`texts`."""
    for request in requests:
        yield from walk(request.json)
        yield from (part.content for part in request.parts)
        yield from (request.content, *request.query.values(), *request.headers.values())


def texts(requests: Sequence[HttpRequest]) -> list[str]:
    """Every text among them, as whoever reads it has it: out of addresses, forms, and JSON inside of them."""
    found = [unquote(request.url) for request in requests]
    for one in leaves(requests):
        text = one.decode(errors="replace") if isinstance(one, bytes) else one
        if isinstance(text, str):
            inner = (leaf for leaf in walk(_json(text)) if isinstance(leaf, str))
            found += [text, *([unquote_plus(text)] if isinstance(one, bytes) else []), *inner]
    return found


def bodies(request: HttpRequest) -> Iterator[Any]:
    """Where a request says something by name: objects of JSON, and :data:`Texts`. Headers are not among it."""
    yield from (one for one in (request.json, _json(request.content)) if isinstance(one, dict))
    yield from (one for part in request.parts if isinstance(one := _json(part.content), dict))
    yield tuple((part.name, part.content) for part in request.parts if isinstance(part.content, str))
    yield tuple(request.query.items())
    types = [value for name, value in request.headers.items() if name.lower() == "content-type"]
    if request.content is not None and any(one.startswith(URLENCODED) for one in types):
        yield tuple(parse_qsl(request.content.decode(errors="replace"), keep_blank_values=True))


def _json(content: object) -> Any:  # noqa: ANN401 - JSON
    with suppress(ValueError):
        return json.loads(content) if isinstance(content, (str, bytes)) and content[:1] in _OPENING else None
    return None


_OPENING = ("{", "[", b"{", b"[")


def at(body: Any, path: Sequence[str]) -> list[Any]:  # noqa: ANN401 - JSON
    """What a body says at a place: of :data:`Texts`, all that stands under the name, however its parts are joined."""
    if isinstance(body, tuple):
        first, *rest = path
        names = {".".join(path), first + "".join(f"[{one}]" for one in rest)}
        flat = [text for name, text in body if name.removesuffix("[]") in names]
        return flat or [found for name, text in body if rest and name == first for found in at(_json(text), rest)]
    for name in path:
        if not isinstance(body, dict) or name not in body:
            return []
        body = body[name]
    return [body]


def says(body: Any, path: Sequence[str], value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a body says this value at a place; of texts, each of several."""
    found = at(body, path)
    if not isinstance(body, tuple):
        return any(_is_within(value, one) for one in found)
    if isinstance(value, (list, tuple)):
        return all(any(_spells(one, text) for text in found) for one in value)
    return any(_spells(value, text) for text in found)


def _spells(value: Any, text: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a text is how a form or a query says this value: ``True`` as ``true`` too. JSON in it is read already."""
    if isinstance(value, str) or not isinstance(text, str):
        return _is_within(value, text)
    return text.lower() in {str(value).lower(), json.dumps(value, default=str).lower()}


def _is_within(value: Any, said: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(value, dict) and isinstance(said, dict):
        return all(name in said and _is_within(one, said[name]) for name, one in value.items())
    return bool(value == said) or (isinstance(said, str) and isinstance(value, str) and value in said)


def mentions(requests: Sequence[HttpRequest], value: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether requests say this value anywhere; of a size, its numbers."""
    said = texts(requests)
    named = [body for request in requests for body in bodies(request)]
    typed = [leaf for body in named if isinstance(body, dict) for leaf in walk(body)]
    spelled = [text for body in named if isinstance(body, tuple) for _, text in body]
    numbers = {str(one) for one in (*typed, *spelled)}

    def mentioned(leaf: Any) -> bool:  # noqa: ANN401 - JSON
        if not isinstance(leaf, str):
            return leaf in typed or any(_spells(leaf, text) for text in spelled)
        return any(leaf in text for text in said) or numbers.issuperset(re.findall(r"\d+", leaf) or [leaf])

    return all(map(mentioned, walk(value)))
