"""Single values of a configuration: what each must be, and what it means. Nothing is coerced."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, get_args
from urllib.parse import urlsplit

from limner.capabilities.reasons import Lifecycle, Status, did_you_mean, listed, shown
from limner.config.places import Place, Reader, Table

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LARGEST = 2**53
_LONGEST = 1_000_000_000
_PREFIX = re.compile(r"[\x20-\x7e]{0,64}")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")


def text(value: object, place: Place) -> str:
    """A text that is not blank."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise place.wrong("a text", value)
    return value


def flag(value: object, place: Place) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise place.wrong("true or false", value)
    return value


def number(value: object, place: Place) -> float:
    """A number, neither infinite nor absurd."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST <= value <= _LARGEST:
        raise place.wrong("a number", value)
    return value


def seconds(value: object, place: Place) -> float:
    """A number of seconds: some, and fewer than overflow a clock."""
    if not 0 < number(value, place) <= _LONGEST:
        raise place.wrong(f"a number of seconds, more than 0 and at most {_LONGEST:,}", value)
    return number(value, place)


def whole(value: object, place: Place) -> int:
    """A whole number, not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise place.wrong("a whole number", value)
    return value


def positive(value: object, place: Place) -> int:
    """A whole number of at least 1."""
    if whole(value, place) < 1:
        raise place.wrong("a whole number of at least 1", value)
    return whole(value, place)


def list_of(item: Callable[[Any, Place], T]) -> Callable[[Any, Place], tuple[T, ...]]:
    """A reader of lists, by a reader of their items."""

    def read(value: object, place: Place) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)):
            raise place.wrong("a list", value)
        return tuple(item(one, place.at(index)) for index, one in enumerate(value))

    return read


def one_of(*words: str) -> Reader:
    """A reader of one of a few words."""

    def read(value: object, place: Place) -> str:
        if not isinstance(value, str) or value not in words:
            raise place.error(f"must be {listed(words) or 'left out'}, not {shown(value)}", did_you_mean(value, words))
        return value

    return read


def scalar(value: object, place: Place) -> str | float | bool:
    """A text, a number, or true or false."""
    if not isinstance(value, (str, int, float)):
        raise place.wrong("a text, a number, or true or false", value)
    if isinstance(value, bool):
        return value
    return text(value, place) if isinstance(value, str) else number(value, place)


def spellings(value: object, place: Place) -> Mapping[str, str | float | bool]:
    """A table from words to what stands for them."""
    return {key: scalar(item, place.at(key)) for key, item in Table.of(value, place).values.items()}


def variable(value: object, place: Place) -> str:
    """The name of an environment variable. What is none is not repeated: it may be the key itself."""
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise place.error(
            "must be the name of an environment variable, in capitals, such as ACME_API_KEY; what stands there is none,"
            " and is not repeated here, as it may be a key"
        )
    return value


def base_url(value: object, place: Place) -> str:
    """An http(s) address that paths can be added to, without a secret in it."""
    wanted = "an http(s) address"
    if not isinstance(value, str):
        raise place.wrong(wanted, value)
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:  # a port or an IPv6 address that is none
        fits, parts = None, urlsplit("")
    if parts.username is not None or parts.query or parts.fragment or ("@" in value and not fits):
        raise place.error(f"must be {wanted} without a user, a query or a fragment: those may hold a key")
    if not fits or not value.isprintable() or " " in value:
        raise place.wrong(wanted, value)
    return value


def host(value: object, place: Place) -> str:
    """A host's name, without scheme, port or path."""
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        raise place.wrong("a host's name, such as images.acme.example", value)
    return value.lower()


def header(value: object, place: Place) -> str:
    """A header's name."""
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise place.wrong("a header's name", value)
    return value


def prefix(value: object, place: Place) -> str:
    """What stands before the key in a header: ASCII, and perhaps nothing."""
    if not isinstance(value, str) or not _PREFIX.fullmatch(value):
        raise place.wrong("ASCII without line breaks", value)
    return value


def day(value: object, place: Place) -> dt.date:
    """A date: TOML's own, or ``"2026-11-20"``."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(text(value, place))
    except ValueError:
        raise place.wrong("a date, such as 2026-11-20", value) from None


def words(value: object, place: Place) -> tuple[str, ...]:
    """A list of texts."""
    return list_of(text)(value, place)


def _successors(value: object, place: Place) -> tuple[str, ...]:
    return (text(value, place),) if isinstance(value, str) else words(value, place)


def lifecycle(value: object, place: Place) -> Lifecycle:
    """``"deprecated"``, or a table that also has ``date``, ``successor`` and ``note``."""
    status = one_of(*get_args(Status))
    if not isinstance(value, Mapping):
        return Lifecycle(status(value, place))
    table = Table.of(value, place)
    return Lifecycle(**table.read({"status": status, "date": day, "successor": _successors, "note": text}))
