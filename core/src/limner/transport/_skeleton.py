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
from typing import TYPE_CHECKING, ClassVar

from attrs import define

from limner.errors import DecodeError, TooLargeError
from limner.media import BlobWriter, human_size
from limner.transport._base64 import Base64Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.media import Blob
    from limner.steps import JSON
    from limner.transport.limits import Limits

_STRING_RUN = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_WHOLE_ESCAPES_RUN = re.compile(rb'(?:[^"\\]++|\\[^u]|\\u[0-9a-fA-F]{4})*+', re.DOTALL)
_DEEPER = {**dict.fromkeys(b"[{", 1), **dict.fromkeys(b"]}", -1)}
_LONGEST_ESCAPE = len(rb"\u0000")
_IN_OBJECT = re.compile(rb'["{}\[\],]')
_IN_LIST = re.compile(rb'["{}\[\]]')
_DULL_RUN = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_DEAD_TOKEN = re.compile(rb'[\[{\]}]|"(?:[^"\\]++|\\.)*+("?)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"f": b"\f", b"b": b"\b"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_OPAQUE = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_KEPT_TEXT = 200

Pattern = tuple[str, ...]


def parse_pattern(pattern: str) -> Pattern:
    """A place such as ``data.*.b64_json`` as its segments; ``*`` is any key or index."""
    return tuple(pattern.split("."))


@define
class _Frame:
    """An open object or list, and the patterns that can still match inside it."""

    is_object: bool
    live: tuple[Pattern, ...]
    key: str | None = None
    key_next: bool = False
    punctuation: re.Pattern[bytes] = _IN_LIST
    dull: bool = False

    def matching(self) -> list[Pattern]:
        """What is left of each pattern that fits the value that starts now."""
        key, self.key = self.key, None  # a key has one value, in broken JSON too
        if self.is_object and key is None:
            return []
        return [pattern[1:] for pattern in self.live if pattern[0] == "*" or (self.is_object and pattern[0] == key)]

    def child(self, *, is_object: bool) -> _Frame:
        live = tuple(pattern for pattern in self.matching() if pattern)
        if is_object and live:
            return _Frame(is_object, live, None, key_next=True, punctuation=_IN_OBJECT)
        return _Frame(is_object, live, dull=all(len(pattern) > 1 for pattern in live))


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
        self._carry = b""
        self._key_start = 0
        self._image = _ImageString(self._sink)
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
        try:
            found = json.loads(
                text, strict=False, parse_int=self._integer, parse_float=_number, parse_constant=_nothing
            )
        except json.JSONDecodeError as error:
            raise DecodeError(f"the response is not JSON ({error.msg}): {self._excerpt(text, error.pos)}") from None
        return self._settle(found)

    def _between(self, data: bytes, at: int) -> int:
        frame = self._stack[-1]
        if not frame.live:
            return self._dead(data, at)
        if frame.dull:
            start, at = at, _run(_DULL_RUN, data, at)
            self._keep(data[start:at])
        found = frame.punctuation.search(data, at)
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
        elif () in frame.matching():
            self._image = _ImageString(self._sink)
            self._state = SkeletonReader._base64
            self.whole = False
        else:
            self._state = SkeletonReader._string
        self._keep(b'"')

    def _comma(self, frame: _Frame) -> None:
        frame.key_next = True
        self._keep(b",")

    def _open_object(self, frame: _Frame) -> None:
        self._push(b"{", frame.child(is_object=True))

    def _open_list(self, frame: _Frame) -> None:
        self._push(b"[", frame.child(is_object=False))

    def _push(self, bracket: bytes, frame: _Frame) -> None:
        self._check_depth(len(self._stack))
        self._keep(bracket)
        self._stack.append(frame)

    def _check_depth(self, depth: int) -> None:
        if depth > self._limits.depth:
            msg = f"the JSON of the response is nested deeper than {self._limits.depth} levels, which is the limit"
            raise TooLargeError(msg)

    def _close_object(self, _frame: _Frame) -> None:
        self._pop(b"}")

    def _close_list(self, _frame: _Frame) -> None:
        self._pop(b"]")

    def _pop(self, bracket: bytes) -> None:
        self._keep(bracket)
        if len(self._stack) > 1:
            self._stack.pop()

    def _string(self, data: bytes, at: int) -> int:
        end = _run(_STRING_RUN, data, at)
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

    def _base64(self, data: bytes, at: int) -> int:
        end = data.find(b'"', at) % (len(data) + 1)  # -1 becomes the end
        if data.find(b"\\", at, end) >= 0:
            end = _run(_WHOLE_ESCAPES_RUN, data, at)
        self._image.feed(data[at:end])
        if data[end : end + 1] == b'"':
            self._keep(self._image_text() + b'"')
            self._state = SkeletonReader._between
        elif len(data) - end < _LONGEST_ESCAPE:
            self._carry = data[end:]
            return len(data)
        else:
            self._image.feed(data[end : end + 1])  # a backslash that escapes nothing
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

    def _integer(self, text: str) -> int | str:
        return int(text) if len(text.lstrip("-")) <= self._limits.digits else text

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


class _ImageString:
    """The string at a declared place: base64, or else text of which the beginning is kept."""

    def __init__(self, sink: Callable[[], BlobWriter]) -> None:
        self._reader = Base64Reader(sink)
        self._is_base64 = True
        self._start = b""
        self._size = 0

    def feed(self, raw: bytes) -> None:
        """Take more of the string, as it stands in the JSON; escapes are whole."""
        self._size += len(raw)
        self._start += raw[: _KEPT_TEXT - len(self._start)]
        if self._is_base64:
            self._is_base64 = self._reader.feed(_unescaped(raw) if b"\\" in raw else raw)

    def finish(self) -> Blob | bytes:
        """The image, or what to keep of the text, as it stands in the JSON."""
        blob = self._reader.finish() if self._is_base64 else None
        if blob is not None:
            return blob
        kept = self._start[: _run(_WHOLE_ESCAPES_RUN, self._start, 0)]
        return kept if len(kept) == self._size else kept + "…".encode()


def _run(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


def _unescaped(raw: bytes) -> bytes:
    # PHP and others escape every slash, which is one byte in 64 of base64.
    raw = raw if b"\\\\" in raw else raw.replace(b"\\/", b"/")
    return _ESCAPE.sub(_character, raw)


def _character(escape: re.Match[bytes]) -> bytes:
    number, letter = escape.groups()
    if number is None:
        return _PLAIN_ESCAPES.get(letter, letter)
    return chr(int(number, 16)).encode("utf-8", "replace")


def _key_text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    try:
        return str(json.loads(f'"{text}"', strict=False)) if "\\" in text else text
    except ValueError:
        return text


def _text(text: str) -> str:
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def _number(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _nothing(_text: str) -> None:
    """What NaN and the infinities say: they are not JSON, and no reason to lose a picture."""
