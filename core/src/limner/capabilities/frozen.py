"""A mapping that cannot be changed, and the small converters by which declarations become plain frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(dict[K, V]):
    """A dict that refuses every change.

    It is a dict because lookups then cost nothing extra, and because :class:`types.MappingProxyType` cannot be pickled.
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        msg = f"a {type(self).__name__} cannot be changed; build a new one"
        raise TypeError(msg)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __repr__(self) -> str:
        return dict.__repr__(self)


def freeze(pairs: Mapping[K, V] | Iterable[tuple[K, V]]) -> FrozenMapping[K, V]:
    """A frozen copy of a mapping, or of its pairs."""
    return pairs if isinstance(pairs, FrozenMapping) else FrozenMapping(pairs)


def as_tuple(value: object) -> tuple[Any, ...]:
    """A tuple of what came: a single word stands for itself, not for its letters."""
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def as_optional_tuple(value: object) -> tuple[Any, ...] | None:
    """Like :func:`as_tuple`; ``None`` stays ``None``."""
    return None if value is None else as_tuple(value)
