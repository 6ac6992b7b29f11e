"""What has no place in a cassette, and how it is taken out: keys, accounts, machines, and large pictures.

Headers are kept by an allow-list. Keys are masked wherever they stand, by their live value and by what they look like.
Large images become tiny real ones of the same format, pixels, alpha and frames.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from attrs import Factory, field, frozen

from limner.credentials import MASK, Redactor, Secret
from limner.media import sniff
from limner.testing.bodies import BOUNDARY, FORM

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

LARGEST_IMAGE = 4 * 1024
"""Bytes of an image that is recorded as it came."""

KEPT = (
    *("content-type", "location", "request-id", "retry-after", "retry-after-ms"),
    *("x-oneapi-request-id", "x-request-id", "x-should-retry"),
)
"""The headers that are kept, of requests and of responses. Keys, cookies, accounts and machines are not among them."""
KEY_QUERY = frozenset({
    *("access_token", "api-key", "api_key", "apikey", "key", "token"),
    *("awsaccesskeyid", "googleaccessid", "hmac", "key-pair-id", "policy", "sig", "signature"),
    *(f"x-{cloud}-{name}" for cloud in ("amz", "goog") for name in ("credential", "security-token", "signature")),
})  # fmt: skip
"""The parameters of a query that hold keys, or sign a URL; in lower case."""
KEY_LIKE = re.compile(r"\b(?:sk-[\w*-]{4,}|(?:org|proj)[-_][A-Za-z0-9]{12,})")
"""What looks like a key, also where the server has masked most of it; and what looks like an account."""
SIGNATURE = re.compile(rf"(?i)([?&](?:{'|'.join(sorted(KEY_QUERY))})=)([^&\s\"'<>\\]+)")
"""What opens a signed URL, wherever that stands: the parameter, and its value."""

_DATA = re.compile(rb"(?m)^(data: )(\{.*\})$")
"""What a stream says in JSON."""


@frozen
class Scrubber:
    """Takes out of a conversation what has no place in a file.

    Args:
        keys: The live keys: masked wherever they stand, in whatever spelling.
        moved: Base URLs that were used, and those that the file shall show.
        also: Headers to keep besides, in lower case: those that a provider reads.
    """

    keys: tuple[str, ...] = field(default=(), repr=False)
    moved: Mapping[str, str] = field(factory=dict)
    also: Collection[str] = ()
    _redactor: Redactor = field(
        default=Factory(lambda self: Redactor(map(Secret, self.keys)), takes_self=True), init=False, repr=False
    )

    def request(self, request: Any) -> Any:  # noqa: ANN401 - vcrpy's request
        """A request without keys, random boundaries and traces of where it was recorded. Changed in place."""
        request.uri = self._masked(_without_keys(self._moved(request.uri)))
        request.headers = {name: self._masked(value) for name, value in request.headers.items() if self._keeps(name)}
        if request.body:
            request.body = self._body(request.body)
        boundary = re.search(r"boundary=([^;\s]+)", request.headers.get("content-type", ""))
        if boundary:
            request.headers = {**request.headers, "content-type": FORM}
            request.body = request.body.replace(boundary[1].encode(), BOUNDARY.encode())
        return request

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """A response, the same way, with its images made tiny."""
        headers = {name: values for name, values in response["headers"].items() if self._keeps(name)}
        headers = {name: [self._masked(self._moved(value)) for value in values] for name, values in headers.items()}
        return {**response, "headers": headers, "body": {"string": self._body(_shrunk(response["body"]["string"]))}}

    def _keeps(self, name: str) -> bool:
        return name.lower() in KEPT or name.lower() in self.also

    def _body(self, body: bytes) -> bytes:
        return self._masked(self._moved(body.decode("latin-1"))).encode("latin-1")  # any byte is a character of it

    def _moved(self, text: str) -> str:
        for used, shown in self.moved.items():
            text = text.replace(used, shown)
        return text

    def _masked(self, text: str) -> str:
        return SIGNATURE.sub(rf"\1{MASK}", KEY_LIKE.sub(MASK, self._redactor.text(text)))


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
        return _DATA.sub(lambda found: found[1] + _shrunk(found[2]), body)


def _with_tiny(value: Any) -> Any:  # noqa: ANN401 - JSON
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


_RECURSE: Mapping[type, Callable[[Any], Any]] = {
    dict: lambda value: {name: _with_tiny(one) for name, one in value.items()},
    list: lambda value: [_with_tiny(one) for one in value],
    str: _tiny_text,
}


def tiny(data: bytes) -> bytes:
    """An image as it is if it is small; else a blank one with the same format, pixels, alpha and frames.

    What is no image is returned as it is. Needs Pillow, which the extra ``testing`` brings.
    """
    info = sniff(data)
    if info is None or len(data) <= LARGEST_IMAGE:
        return data
    size = (info.width or 1, info.height or 1)
    if info.media_type == "image/svg+xml":
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}"/>'.encode()
    from PIL import Image  # noqa: PLC0415 - an extra, and only for what is recorded

    shades = list(_shades(data, info.frames or 1))
    buffer = BytesIO()
    if info.media_type == "image/png" and len(shades) == 1:  # a bit for each pixel: a third of the bytes
        blank = Image.new("P", size)
        blank.putpalette(bytes(shades[0]))
        blank.save(buffer, "PNG", bits=1, optimize=True, **({"transparency": b"\xff"} if info.alpha else {}))
        return buffer.getvalue()
    frames = [Image.new("RGBA" if info.alpha else "RGB", size, shade) for shade in shades]
    more: dict[str, Any] = {"save_all": True, "append_images": frames[1:]} if frames[1:] else {}
    frames[0].save(buffer, info.media_type.partition("/")[2].upper(), optimize=True, quality=1, **more)
    return buffer.getvalue()


def _shades(data: bytes, count: int) -> Iterator[tuple[int, ...]]:
    """A colour for each frame, unlike the one before, as equal frames would become one; of other images, others."""
    red, green, blue = sha256(data).digest()[:3]
    return ((red, green, (blue + index % 2 * 128) % 256) for index in range(count))
