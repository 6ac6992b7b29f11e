"""How keys stay out of everything else: :class:`Secret` holds one, :class:`Redactor` takes them out of text.

Both are part of :mod:`limner.credentials`.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from contextlib import suppress
from functools import cached_property
from types import GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, NoReturn, Self, SupportsIndex, final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MASK = "***"
"""What stands where a key stood."""

SHORTEST = 4
"""Shorter keys are not redacted: they would take ordinary words out of every message."""


class Unpicklable:
    """Holds keys: not pickled, and shared rather than copied. No attrs class, or ``asdict`` would open it."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is not pickled, because keys would be in the pickle:"
            " let each process take its keys from their source"
        )


@final
class Secret(Unpicklable):
    """A key that shows itself to nobody who does not ask with :meth:`reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the key itself. Keep it out of variables that outlive the line."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def _bytes(self) -> bytes:
        return self._value.encode("utf-8", "surrogatepass")


class Redactor(Unpicklable):
    """Takes keys out of whatever leaves the library.

    Each key is found plain, percent-encoded (also twice), escaped in JSON (also inside a JSON string), in HTML or as
    Python shows text, and in base64 of either alphabet, alone or inside something longer such as ``user:key``. Keys
    shorter than :data:`SHORTEST` are left alone. Redact before you truncate: half a key is not found.

    Args:
        secrets: The keys.
        earlier: A redactor that may know some of them already.
    """

    def __init__(self, secrets: Iterable[Secret], earlier: Redactor | None = None) -> None:
        self.secrets: frozenset[Secret] = frozenset(secrets)
        known: Mapping[Secret, _Finder] = earlier._finders if earlier is not None else {}  # noqa: SLF001 - our own
        long = [one for one in self.secrets if len(one.reveal()) >= SHORTEST]
        # The longest first: one key may be the beginning of another.
        long.sort(key=lambda one: len(one.reveal()), reverse=True)
        self._finders: Mapping[Secret, _Finder] = {one: known.get(one) or _Finder(one) for one in long}

    def __repr__(self) -> str:
        return f"Redactor({len(self._finders)} keys)"

    def __bool__(self) -> bool:
        return bool(self._finders)

    def text(self, text: str) -> str:
        """Return the text with every key masked."""
        for finder in self._finders.values():
            text = finder.masked(text)
        return text

    def may_be_in(self, value: Any) -> bool:  # noqa: ANN401 - JSON
        """Whether a key may stand in a text or in JSON: quick, and right whenever the answer is no."""
        texts = "\n".join(_texts(value))
        return any(finder.may_be_in(texts) for finder in self._finders.values())

    def json(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a JSON value with every key masked, in names too; anything else comes back as it is.

        Where a value that may hold a key holds itself, the mask stands in its place.
        """
        return self._cured(value) if self.may_be_in(value) else value

    def _cured(self, value: Any, within: tuple[int, ...] = ()) -> Any:  # noqa: ANN401 - JSON
        cure = self._cures.get(type(value))
        if cure is None:
            return value
        return MASK if id(value) in within else cure(value, (*within, id(value)))

    @cached_property
    def _cures(self) -> Mapping[type, Callable[[Any, tuple[int, ...]], Any]]:
        cured = self._cured
        return {
            str: lambda value, _: self.text(value),
            bytes: lambda value, _: self.text(value.decode("latin-1")).encode("latin-1"),
            list: lambda value, within: [cured(one, within) for one in value],
            tuple: lambda value, within: tuple(cured(one, within) for one in value),
            dict: lambda value, within: {cured(name, within): cured(one, within) for name, one in value.items()},
        }

    def exception(self, error: BaseException) -> None:
        """Mask every key in an error and in all that led to it, in place: arguments, notes and attributes.

        Only text (and JSON) is rewritten. An object that holds a key in its own way, such as another library's request
        on its exception, is not: cut such an exception off with ``raise ... from None``.
        """
        for link in _linked(error):
            for name in _fields(type(link)):
                with suppress(AttributeError, TypeError):  # not set, or read-only
                    value = getattr(link, name)
                    if type(value) in self._cures:
                        setattr(link, name, self.json(value))


class _Finder:
    """Finds one key. A text that cannot hold it costs a few searches; the pattern is made for the first that may."""

    __slots__ = ("_secret", "_signs", "_sub")

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self._signs: tuple[str, ...] = ()
        self._sub: Callable[[str, str], str] | None = None  # the bound method: its repr does not show the pattern

    def may_be_in(self, text: str) -> bool:
        self._signs = self._signs or ("%", "\\", "&", *_literally(self._secret.reveal()))
        for sign in self._signs:  # noqa: SIM110 - any() of a generator takes three times as long
            if sign in text:
                return True
        return False

    def masked(self, text: str) -> str:
        if not self.may_be_in(text):
            return text
        if self._sub is None:
            self._sub = re.compile("|".join(_spellings(self._secret.reveal()))).sub
        return self._sub(MASK, text)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    """Return every text in a value. Its ``repr`` would do, if that of an image did not take a hash."""
    texts: list[str] = []
    seen: set[int] = set()
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, str):
            texts.append(one)
        elif isinstance(one, _NESTED):
            if id(one) not in seen:  # it may hold itself
                seen.add(id(one))
                todo += [*one, *one.values()] if isinstance(one, dict) else one
        elif isinstance(one, bytes):
            texts.append(one.decode("latin-1"))
    return texts


_NESTED = (list, tuple, dict)


def _linked(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, its causes, contexts and members, each once."""
    seen: set[int] = set()
    todo = [error]
    while todo:
        link = todo.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        todo += [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]


def _fields(cls: type) -> Iterator[str]:
    """Yield what an exception stores: ``args``, ``__dict__`` (with the notes), and the like of ``OSError.filename``."""
    for base in cls.__mro__:
        for name, member in vars(base).items():
            if isinstance(member, GetSetDescriptorType | MemberDescriptorType):
                yield name


def _spellings(key: str) -> Iterator[str]:
    """Yield regular expressions for the forms of one key."""
    yield "".join(f"(?:{re.escape(char)}|{_percent(char)}{_html(char)})" for char in key)
    for backslash in ("\\" * 2, "\\" * 4) if "\\" in key else ("",):  # alone, and in a JSON string
        yield "".join(f"(?:{_json_escaped(char, backslash)}|{_percent(char)})" for char in key)
    for whole in _base64_cores(key):
        yield "".join(_BASE64.get(char, char) for char in whole) + r"(?:[A-Za-z0-9+/_-]=+)?"


def _literally(key: str) -> Iterator[str]:
    """Yield what stands in every text that holds the key and no escape."""
    yield key
    for whole in _base64_cores(key):
        yield max(re.split("[+/]", whole), key=len)


def _base64_cores(key: str) -> Iterator[str]:
    raw = key.encode("utf-8", "surrogatepass")
    for offset in range(3):
        # A key at this offset in three-byte groups: the sextets that are its alone.
        coded = base64.b64encode(bytes(offset) + raw).decode()
        yield coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]


_BASE64 = {"+": r"(?:[+-]|%(?:25)*2[bB])", "/": r"(?:\\{0,8}/|_|%(?:25)*2[fF])"}


def _percent(char: str) -> str:
    return "".join(f"%(?:25)*(?i:{byte:02x})" for byte in char.encode("utf-8", "surrogatepass"))


def _json_escaped(char: str, backslash: str) -> str:
    """As JSON and Python write it, also inside another text: a few backslashes more do no harm."""
    units = char.encode("utf-16-be", "surrogatepass").hex()
    code = "".join(rf"\\{{1,8}}u(?i:{units[i : i + 4]})" for i in range(0, len(units), 4))
    quoted = rf"\\{{0,8}}{char}"
    escaped = backslash if char == "\\" else json.dumps(char, ensure_ascii=False)[1:-1]
    plain = quoted if char in "/\"'" else re.escape(escaped)
    return f"(?:{plain}|{code})"


def _html(char: str) -> str:
    """A further alternative, for what pages escape."""
    if char.isalnum():
        return ""
    name = f"|{_ENTITIES[char]}" if char in _ENTITIES else ""
    return f"|&(?:#0{{0,7}}{ord(char)}|#(?i:x0{{0,7}}{ord(char):x}){name});"


_ENTITIES = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
