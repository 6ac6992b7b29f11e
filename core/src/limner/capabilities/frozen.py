"""A mapping that cannot be changed, and the small converters by which declarations become plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(dict[K, V]):
    """A dict that refuses every change.

    It is a dict because lookups then cost nothing extra, and because :class:`types.MappingProxyType` cannot be pickled.
    """

    __slots__ = ()

    def _refuse(*_: Any, **__: Any) -> NoReturn:  # noqa: ANN401 - whatever a dict's methods take
        msg = "a frozen mapping cannot be changed; build a new one"
        raise TypeError(msg)

    if not TYPE_CHECKING:  # declared as a Mapping everywhere, which has none of these
        __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __repr__(self) -> str:
        return dict.__repr__(self)


def freeze(mapping: Mapping[K, V]) -> FrozenMapping[K, V]:
    """A frozen copy of a mapping."""
    if isinstance(mapping, FrozenMapping):
        same: FrozenMapping[K, V] = mapping
        return same
    return FrozenMapping(mapping)


def as_words(value: str | Iterable[str]) -> tuple[str, ...]:
    """Words as a tuple: a single one stands for itself, not for its letters."""
    return (value,) if isinstance(value, str) else tuple(value)


def as_values(value: object) -> tuple[Any, ...]:
    """Plain values of any type as a tuple: a single one stands for itself."""
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def as_some_values(value: object) -> tuple[Any, ...] | None:
    """Like :func:`as_values`; ``None`` stays ``None``."""
    return None if value is None else as_values(value)
