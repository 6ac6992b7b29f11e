"""What is wrong with a cassette, in sentences. None of them quotes what may be a key.

:func:`faults` has them all; :data:`CHECKS` has the checks one by one, for :func:`opened` files.
"""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from attrs import frozen

from limner.credentials import MASK
from limner.media import sniff
from limner.testing.bodies import FORM
from limner.testing.cassettes import LARGEST, Cassette, parse, written
from limner.testing.scrubbing import KEPT, LARGEST_IMAGE, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

KEYS: Mapping[str, re.Pattern[str]] = {
    prefix: re.compile(rf"(?<![A-Za-z0-9+/]){re.escape(prefix)}{rest}")
    for prefix, rest in {
        "AIza": r"[\w-]{30,}",
        "AKIA": r"[A-Z0-9]{16}",
        "ASIA": r"[A-Z0-9]{16}",
        "eyJ": r"[\w-]{8,}\.eyJ[\w-]{8,}\.",
        "ghp_": r"\w{20,}",
        "gsk_": r"\w{20,}",
        "hf_": r"[A-Za-z]{20,}",
        "key-": r"(?=[\w-]*\d)[\w-]{16,}",
        "r8_": r"\w{20,}",
        "rf_": r"\w{12,}",
        "sk-": r"",
        "xai-": r"\w{20,}",
    }.items()
}
"""What keys begin with, and what such a key looks like. Inside base64 such a beginning is chance."""

_CANARY = re.compile(r"(?i)canary[-_/]?\w*\d")
"""The key of clients that are played to; a bird is none."""
_BEARER = re.compile(r"(?i)\bbearer\s+(?=\S*\d)[\w.~+/=-]{8,}")
_NAMED = re.compile(r'(?i)"(?:proxy-)?authorization"\s*:')
_TRACES = {
    "the address 127.0.0.1": re.compile(r"\b127\.0\.0\.1\b"),
    "the address ::1": re.compile(r"//\[::1\]"),
    "the name localhost": re.compile(r"(?i)\blocalhost\b"),
    "an address of a local network": re.compile(r"\b192\.168\.\d{1,3}\.\d{1,3}\b"),
    "a folder of somebody's machine": re.compile(r"(?<![A-Za-z0-9+/])/(?:home|root|tmp|Users)/\w|[A-Z]:\\\\Users\\\\"),
}
_IDS = re.compile(r"(?:^|[-_])(?:cursor|id|job|order|task)$|Id$")
"""Headers and parameters that hold an id: as random as a key, and none."""
_NO_KEYS = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-?\d\d-?\d\d[T\d:.Z+-]*")
"""UUIDs and dates."""


@frozen
class File:
    """A cassette, its text beside what it says."""

    name: str
    size: int
    text: str
    page: Mapping[str, Any]
    """The JSON, as it stands there."""
    cassette: Cassette
    also: Collection[str] = ()
    """Headers that are kept besides, as the provider reads them."""

    def messages(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each request and each response, after its place in words: ``the request of interaction 1``."""
        for index, one in enumerate(self.page["interactions"], start=1):
            for side in ("request", "response"):
                yield f"the {side} of interaction {index}", one[side]


def opened(path: Path, also: Collection[str] = ()) -> File:
    """Read a cassette for the checks.

    Args:
        path: The file.
        also: Headers that are kept besides :data:`~limner.testing.scrubbing.KEPT`, in lower case.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none, or does not say where it comes from; the sentence says which.
    """
    data = path.read_bytes()
    try:
        text = data.decode()
        return File(path.name, len(data), text, json.loads(text), parse(text), also)
    except ValueError as error:
        raise ValueError(f"{path.name} cannot be read as a cassette: {error}.") from error


def faults(path: Path, also: Collection[str] = ()) -> Iterator[str]:
    """Yield everything that is wrong with a cassette, a sentence each; of a file that is none, only that.

    Args:
        path: The file.
        also: Headers that are kept besides, as for :func:`opened`.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        file = opened(path, also)
    except ValueError as error:
        yield str(error)
        return
    for check in CHECKS.values():
        yield from check(file)


def _size(file: File) -> Iterator[str]:
    if file.size > LARGEST:
        yield f"{file.name} has {file.size:,} bytes, and a cassette at most {LARGEST:,}."


def _interactions(file: File) -> Iterator[str]:
    if not file.cassette.interactions:
        yield f"{file.name} holds no interaction."


def _form(file: File) -> Iterator[str]:
    if file.text != written(file.page):
        yield (
            f"{file.name} is not written as all cassettes are:"
            " write it with limner.testing.cassettes.written(json.loads(text))."
        )
    for where, message in file.messages():
        if "form" in message and message["headers"].get("content-type") != FORM:
            yield f"In {file.name}, {where} is a form, and its content-type is not {FORM!r}."


def _headers(file: File) -> Iterator[str]:
    for where, message in file.messages():
        for name in sorted(set(message["headers"]) - {*KEPT, *file.also}):
            yield f"In {file.name}, {where} has the header {name}, which is not among those that are kept."


def _keys(file: File) -> Iterator[str]:
    if _CANARY.search(file.text):
        yield f"{file.name} holds the canary, a key that is there to be found."
    if _BEARER.search(file.text) or _NAMED.search(file.text):
        yield f"{file.name} holds an Authorization."
    for prefix, pattern in KEYS.items():
        if pattern.search(file.text):
            yield f"{file.name} holds what looks like a key, beginning with {prefix}."
    if any(value != MASK for _, value in SIGNATURE.findall(file.text)):
        yield f"{file.name} holds a URL with a key or a signature in its query."
    for where, message in file.messages():
        yield from (f"In {file.name}, {where} has {fault}." for fault in _random(message))


def _random(message: Mapping[str, Any]) -> Iterator[str]:
    """What stands in a query or a header and was drawn by lot, as keys are; so are ids, hence paths are left alone."""
    headers = message["headers"]
    for url in (message.get("url", ""), headers.get("location", "")):
        for name, value in parse_qsl(url.partition("?")[2]):
            if not _IDS.search(name) and drawn(value):
                yield f"what looks like a key in a query, as {name}"
    for name, value in headers.items():
        if name != "location" and not _IDS.search(name) and any(map(drawn, re.split(r"[\s;,=/?&]+", value))):
            yield f"what looks like a key in its header {name}"


def drawn(text: str) -> bool:
    """Tell whether a text looks as if it had been drawn by lot: a long word with digits, and few characters twice.

    Words, dates, sizes, media types and UUIDs do not; keys and signatures do.
    """
    if len(text) < _SHORTEST or not re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])\S+", text):
        return False
    if _NO_KEYS.fullmatch(text):
        return False
    counts = Counter(text).values()
    entropy = -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
    return entropy >= (_HEX if re.fullmatch(r"[0-9a-fA-F]+", text) else _ANY)


_SHORTEST = 20
_HEX, _ANY = 3.0, 3.6
"""Bits a character: of random hexadecimal digits up to 4, of 20 random letters and digits about 4."""


def _machines(file: File) -> Iterator[str]:
    for what, pattern in _TRACES.items():
        if pattern.search(file.text):
            yield f"{file.name} holds {what}."


def _images(file: File) -> Iterator[str]:
    for where, message in file.messages():
        for text in _texts(message):
            if size := _large_image(text):
                yield f"In {file.name}, {where} has an image of {size:,} bytes: a tiny one says as much."


def _large_image(text: str) -> int:
    """The bytes of a large image in a text - base64, a data: URL, or the text itself -, or 0."""
    if len(text) <= LARGEST_IMAGE:
        return 0
    try:
        data = b64decode(text.rpartition(",")[2], validate=True)
    except ValueError:
        data = text.encode()
    info = sniff(data)
    if info is None:
        return 0
    blank = (info.width or 1) * (info.height or 1) * (info.frames or 1) // _PIXELS
    return len(data) if len(data) > LARGEST_IMAGE + blank else 0


_PIXELS = 128
"""Pixels that a blank image needs a byte for; of a JPEG, 160 make one, of the others more."""


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Every text in a value."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list | dict):
            todo += one.values() if isinstance(one, dict) else one


CHECKS: Mapping[str, Callable[[File], Iterator[str]]] = {
    "size": _size,
    "interactions": _interactions,
    "form": _form,
    "headers": _headers,
    "keys": _keys,
    "machines": _machines,
    "images": _images,
}
"""The checks by name, each a sentence for everything it finds. That a file says its origin is :func:`opened`'s."""
