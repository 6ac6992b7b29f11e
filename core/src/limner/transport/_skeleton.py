"""JSON as it arrives: images leave it on the way, and what is left is small.

At declared places a string is decoded from base64 into a blob, and a mark takes its place. The rest - the skeleton -
is kept as bytes and parsed when it is whole. The reader only follows strings and brackets; judging the grammar is left
to :mod:`json`.
"""

from __future__ import annotations

import json
import math
import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from attrs import define

from limner.errors import DecodeError, TooLargeError
from limner.media import BlobWriter, human_size
from limner.transport._image_string import WHOLE_ESCAPES_RUN, ImageString, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.media import Blob
    from limner.steps import JSON
    from limner.transport.limits import Limits

_STRING_RUN = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_DEEPER = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_LONGEST_ESCAPE = len(rb"\u0000")
_IN_OBJECT = re.compile(rb'["{}\[\],]')
_IN_LIST = re.compile(rb'["{}\[\]]')
_KEY = re.compile(rb'\s*+"([^"\\]*+)"\s*+:\s*+')
_DULL_RUN = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_DEAD_TOKEN = re.compile(rb'[\[{\]}]|"(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{24,}")

Pattern = tuple[str, ...]

IF_DATA_URL = "=data:"
_ENDS: frozenset[Pattern] = frozenset({(), (IF_DATA_URL,)})
"""What is left of a pattern at its place: base64 whatever the text, or only where it is a data URL."""
_DATA_URL = b"data:"
_MAX_DATA_HEADER = 256


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> Pattern:
    """A place such as ``data.*.b64_json`` as its segments; ``*`` is any key or index.

    One that ends in ``=data:``, such as ``data.*.url=data:``, holds base64 only where its text is a data URL.
    """
    place, mark, _ = pattern.partition(IF_DATA_URL)
    return (*place.split("."), mark) if mark else tuple(place.split("."))


@lru_cache(maxsize=256)
def _dull(live: tuple[Pattern, ...], *, is_object: bool) -> re.Pattern[bytes] | None:
    """What can be passed over in one go inside an object or list: a small response is mostly that."""
    ends = {pattern[0] for pattern in live if pattern[1:] in _ENDS}
    if not is_object or not live or "*" in ends:
        return _DULL_RUN if not is_object and not ends else None
    # Members under other names with values that have no inside, and their commas.
    names = b"|".join(re.escape(name.encode()) for name in ends)
    return re.compile(rb'(?:\s*"(?!(?:%b)")[^"\\]*"\s*:\s*(?:"[^"\\]*"|[^\s"{}\[\],:]+)\s*(?:,|(?=})))*' % names)


@define
class _Frame:
    """An open object or list, and the patterns that can still match inside it."""

    is_object: bool
    live: tuple[Pattern, ...]
    key: str | None = None
    key_next: bool = False
    punctuation: re.Pattern[bytes] = _IN_LIST
    dull: re.Pattern[bytes] | None = None

    def matching(self) -> list[Pattern]:
        """What is left of each pattern that fits the value that starts now."""
        key, self.key = self.key, None  # a key has one value, in broken JSON too
        if self.is_object and key is None:
            return []
        return [pattern[1:] for pattern in self.live if pattern[0] == "*" or (self.is_object and pattern[0] == key)]

    def child(self, *, is_object: bool) -> _Frame:
        live = tuple(pattern for pattern in self.matching() if pattern not in _ENDS)
        dull = _dull(live, is_object=is_object)
        if is_object and live:
            return _Frame(is_object, live, None, key_next=True, punctuation=_IN_OBJECT, dull=dull)
        return _Frame(is_object, live, dull=dull)


class SkeletonReader:
    """Parses one JSON object or list as it arrives.

    Args:
        patterns: Where base64 stands.
        limits: What one document may be.
        sink: Makes the writer of each image; ``None`` keeps images in memory.
    """

    def __init__(
        self, patterns: tuple[Pattern, ...], limits: Limits, sink: Callable[[], BlobWriter] | None = None
    ) -> None:
        self.blobs: list[Blob] = []
        """Every image that is complete."""
        self.skeleton = bytearray()
        self.whole = True
        """Whether the skeleton is all that arrived: no string at a declared place was taken out."""
        self._limits = limits
        self._sink = sink or (lambda: BlobWriter(limits.image))
        # The document is the only item of a list, so that its root needs no rule of its own.
        self._stack = [_Frame(is_object=False, live=tuple(("*", *pattern) for pattern in patterns))]
        self._state = SkeletonReader._between
        self._deeper = 0
        """Brackets open inside a frame that no pattern reaches; they get no frames."""
        self._frames = 0
        self._carry = b""
        self._key_start = 0
        self._image = ImageString(self._sink)
        self._mark = os.urandom(12).hex() + ":"

    @property
    def complete(self) -> bool:
        """Whether every bracket and string that was opened is closed."""
        closed = len(self._stack) == 1 and not self._deeper and self._state is SkeletonReader._between
        return closed and bool(self.skeleton)

    @property
    def text(self) -> str:
        """The skeleton as text, images cut out."""
        return self._without_marks(self.skeleton.decode("utf-8", "replace"))

    def feed(self, chunk: bytes) -> None:
        """Take more of the document.

        Raises:
            TooLargeError: A limit is passed.
        """
        data, self._carry = self._carry + chunk, b""
        at = 0
        while at < len(data):
            at = self._state(self, data, at)

    def finish(self) -> JSON:
        """The document, with blobs in it.

        Raises:
            DecodeError: It is not whole, or not JSON.
        """
        text = self.skeleton.decode("utf-8", "replace")
        if not self.complete:
            raise DecodeError(f"the response ended inside its JSON: {self._excerpt(text, len(text))}")
        # As values take far more room than their text: a comma or a bracket goes before each.
        self._check_values(sum(map(self.skeleton.count, (b",", b"[", b"{"))))
        try:
            found = decoder(self._limits.digits).decode(text)
        except json.JSONDecodeError as error:
            raise DecodeError(f"the response is not JSON ({error.msg}): {self._excerpt(text, error.pos)}") from None
        return self._settle(found)

    def _between(self, data: bytes, at: int) -> int:
        frame = self._stack[-1]
        if not frame.live:
            return self._dead(data, at)
        end = at if frame.dull is None else run(frame.dull, data, at)
        if frame.key_next and (member := _KEY.match(data, end)) is not None:
            frame.key, frame.key_next, end = member[1].decode("utf-8", "replace"), False, member.end()
        found = frame.punctuation.search(data, end)
        if found is None:
            self._keep(data[at:])
            return len(data)
        self._keep(data[at : found.start()])
        self._punctuation[found[0]](self, frame)
        return found.end()

    def _dead(self, data: bytes, at: int) -> int:
        """Pass over what no pattern reaches, counting brackets: fast, for it can be long."""
        for token in _DEAD_TOKEN.finditer(data, at):
            end = token.start() + 1
            if token[1] == b"":  # a string that goes on in the next piece
                self._state = SkeletonReader._string
                self._keep(data[at:end])
                return end
            self._deeper += _DEEPER.get(data[end - 1], 0)
            if self._deeper < 0:
                self._deeper = 0
                self._keep(data[at : end - 1])
                self._pop(data[end - 1 : end])
                return end
            self._check_depth(len(self._stack) - 1 + self._deeper)
        self._keep(data[at:])
        return len(data)

    def _quote(self, frame: _Frame) -> None:
        if frame.key_next:
            self._key_start = len(self.skeleton) + 1
            self._state = SkeletonReader._key
        elif ends := _ENDS.intersection(frame.matching()):
            self._state = SkeletonReader._perhaps
            if () in ends:
                self._begin_image()
        else:
            self._state = SkeletonReader._string
        self._keep(b'"')

    def _begin_image(self) -> None:
        self._image = ImageString(self._sink)
        self._state = SkeletonReader._base64
        self.whole = False

    def _comma(self, frame: _Frame) -> None:
        frame.key_next = True
        self._keep(b",")

    def _open_object(self, frame: _Frame) -> None:
        self._push(b"{", frame.child(is_object=True))

    def _open_list(self, frame: _Frame) -> None:
        self._push(b"[", frame.child(is_object=False))

    def _push(self, bracket: bytes, frame: _Frame) -> None:
        self._check_depth(len(self._stack))
        self._frames += 1
        self._check_values(self._frames)
        self._keep(bracket)
        self._stack.append(frame)

    def _check_depth(self, depth: int) -> None:
        if depth > self._limits.depth:
            msg = f"the JSON of the response is nested deeper than {self._limits.depth} levels, which is the limit"
            raise TooLargeError(msg)

    def _check_values(self, count: int) -> None:
        if count > self._limits.values:
            raise TooLargeError(f"the JSON of the response has more than {self._limits.values} values")

    def _close_object(self, _frame: _Frame) -> None:
        self._pop(b"}")

    def _close_list(self, _frame: _Frame) -> None:
        self._pop(b"]")

    def _pop(self, bracket: bytes) -> None:
        self._keep(bracket)
        if len(self._stack) > 1:
            self._stack.pop()

    def _string(self, data: bytes, at: int) -> int:
        end = run(_STRING_RUN, data, at)
        if data[end : end + 1] == b"\\":
            self._keep(data[at:end])
            self._carry = data[end:]
            return len(data)
        if end < len(data):
            end += 1
            self._state = SkeletonReader._between
        self._keep(data[at:end])
        return end

    def _key(self, data: bytes, at: int) -> int:
        at = self._string(data, at)
        if self._state is SkeletonReader._between:
            frame = self._stack[-1]
            frame.key = _key_text(bytes(self.skeleton[self._key_start : -1]))
            frame.key_next = False
        return at

    def _perhaps(self, data: bytes, at: int) -> int:
        """The beginning of a text that is an image only where it is a data URL."""
        start, ended, _ = data[at : at + _MAX_DATA_HEADER].partition(b'"')
        header, comma, _ = start.lower().partition(b",")
        may_be = _DATA_URL.startswith(header[: len(_DATA_URL)])
        if may_be and not (ended or comma or len(start) == _MAX_DATA_HEADER):
            self._carry = data[at:]
            return len(data)
        self._state = SkeletonReader._string
        if may_be and comma and header.endswith(b";base64"):
            self._begin_image()
        return at

    def _base64(self, data: bytes, at: int) -> int:
        end = data.find(b'"', at) % (len(data) + 1)  # -1 becomes the end
        if escaped := data.find(b"\\", at, end) >= 0:
            end = run(WHOLE_ESCAPES_RUN, data, at)
        self._image.feed(data[at:end], escaped=escaped)
        if data[end : end + 1] == b'"':
            self._keep(self._image_text() + b'"')
            self._state = SkeletonReader._between
        elif len(data) - end < _LONGEST_ESCAPE:
            self._carry = data[end:]
            return len(data)
        else:
            self._image.feed(data[end : end + 1], escaped=False)  # a backslash that escapes nothing
        return end + 1

    def _image_text(self) -> bytes:
        found = self._image.finish()
        if isinstance(found, bytes):
            return found
        self.blobs.append(found)
        return f"{self._mark}{len(self.blobs) - 1}".encode()

    _punctuation: ClassVar[dict[bytes, Callable[[SkeletonReader, _Frame], None]]] = {
        b'"': _quote,
        b",": _comma,
        b"{": _open_object,
        b"}": _close_object,
        b"[": _open_list,
        b"]": _close_list,
    }

    def _keep(self, data: bytes) -> None:
        self.skeleton += data
        if len(self.skeleton) > self._limits.json:
            limit = self._limits.json
            msg = (
                f"there is more than {human_size(limit)} ({limit} bytes) of JSON around the images, which is the limit"
            )
            raise TooLargeError(msg)

    def _settle(self, value: JSON) -> JSON:
        """Put blobs where their marks are, and nothing where half a character is."""
        if isinstance(value, dict):
            return {_text(key): self._settle(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._settle(item) for item in value]
        if isinstance(value, str):
            return self.blobs[int(value[len(self._mark) :])] if value.startswith(self._mark) else _text(value)
        return value

    def _excerpt(self, text: str, at: int) -> str:
        before, after = (self._shown(part) for part in (text[max(at - 2000, 0) : at], text[at : at + 2000]))
        return f"…{before[-60:]}{after[:20]}…"

    def _shown(self, text: str) -> str:
        return " ".join(_OPAQUE.sub("…", self._without_marks(text)).split())

    def _without_marks(self, text: str) -> str:
        return re.sub(re.escape(self._mark) + r"\d*", "<image>", text)


def _key_text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{text}"', strict=False)) if "\\" in text else text
    except ValueError:
        return text


def _text(text: str) -> str:
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


@lru_cache(maxsize=8)
def decoder(digits: int) -> json.JSONDecoder:
    """What reads a skeleton: an integer of more digits stays text, and what is no number in JSON is nothing."""

    def integer(text: str) -> int | str:
        return int(text) if len(text.lstrip("-")) <= digits else text

    return json.JSONDecoder(strict=False, parse_int=integer, parse_float=_number, parse_constant=_nothing)


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _nothing(_text: str) -> None:
    """What NaN and the infinities say: they are not JSON, and no reason to lose a picture."""
