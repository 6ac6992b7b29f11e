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

    Each key is found plain, percent-encoded (also twice), escaped in JSON, and in base64 of either alphabet, alone or
    inside something longer such as ``user:key``. Keys shorter than :data:`SHORTEST` are left alone.
    Redact before you truncate: half a key is not found.
    """

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._secrets = tuple(secrets)

    @cached_property
    def _mask(self) -> Callable[[str, str], str] | None:
        """Made on the first error: a call that goes well does not pay for it."""
        keys = [one.reveal() for one in self._secrets if len(one.reveal()) >= SHORTEST]
        spellings = [spelling for key in sorted(keys, key=len, reverse=True) for spelling in _spellings(key)]
        # The bound method, because its repr does not show the pattern.
        return re.compile("|".join(spellings)).sub if spellings else None

    def __repr__(self) -> str:
        return f"Redactor({len(self._secrets)} keys)"

    def text(self, text: str) -> str:
        """Return the text with every key masked."""
        return self._mask(MASK, text) if self._mask is not None else text

    def json(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a copy of a JSON value with every key masked, in names too; anything else comes back as it is."""
        cure = self._cures.get(type(value))
        return value if cure is None else cure(value)

    @cached_property
    def _cures(self) -> Mapping[type, Callable[[Any], Any]]:
        return {
            str: self.text,
            bytes: lambda value: self.text(value.decode("latin-1")).encode("latin-1"),
            list: lambda value: [self.json(one) for one in value],
            tuple: lambda value: tuple(self.json(one) for one in value),
            dict: lambda value: {self.json(name): self.json(one) for name, one in value.items()},
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
    yield "".join(f"(?:{re.escape(char)}|{_percent(char)})" for char in key)
    yield "".join(f"(?:{_json_escaped(char)}|{_percent(char)})" for char in key)
    raw = key.encode("utf-8", "surrogatepass")
    for offset in range(3):
        # A key at this offset in three-byte groups: the sextets that are its alone, then what is left of its last one.
        coded = base64.b64encode(bytes(offset) + raw).decode()
        whole = coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
        yield "".join(_BASE64.get(char, char) for char in whole) + r"(?:[A-Za-z0-9+/_-]=+)?"


_BASE64 = {"+": r"(?:[+-]|%(?:25)*2[bB])", "/": r"(?:\\?/|_|%(?:25)*2[fF])"}


def _percent(char: str) -> str:
    return "".join(f"%(?:25)*(?i:{byte:02x})" for byte in char.encode("utf-8", "surrogatepass"))


def _json_escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    code = "".join(rf"\\u(?i:{units[i : i + 4]})" for i in range(0, len(units), 4))
    plain = r"\\?/" if char == "/" else re.escape(json.dumps(char, ensure_ascii=False)[1:-1])
    return f"(?:{plain}|{code})"
