"""Which provider and model serve a request."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from limner.errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limner.registry import Registry
    from limner.requests import Request


def choose(
    request: Request,
    registry: Registry,
    has_key: Callable[[str], bool],
    *,
    order: Sequence[str] = (),
    default: str | None = None,
) -> tuple[str, str | None]:
    """The provider's name, and the model's name at that provider (``None``: its default).

    ``model="provider/model"`` splits at the first slash, and not at all when ``provider=`` is given. With nothing
    named, the default model serves it; else the first of the user's order that has a key; else, where there is no
    order, the one provider that has a key.

    Args:
        request: What is asked for.
        registry: Who is there.
        has_key: Whether a provider has a key.
        order: The user's order of providers, the first preferred.
        default: The user's default, as ``provider/model``.

    Raises:
        BadInputError: nothing decides; the message lists who could.
    """
    if request.provider is not None:
        return request.provider, request.model
    named = default if request.model is None else request.model
    if named is not None:
        provider, slash, model = named.partition("/")
        if slash and provider and model:
            return provider, model
        raise BadInputError(
            f"model={named!r} names no provider: write it as provider/model, where provider is "
            f"{_either(registry.names())}.",
            param="model",
        )
    able = (name for name in order or registry.names() if has_key(name))
    # Of an order the first will do, and no plugin after it is imported.
    return _only_one(list(islice(able, 1) if order else able), registry.names()), None


def _only_one(able: Sequence[str], installed: Sequence[str]) -> str:
    if len(able) == 1:
        return able[0]
    if able:
        raise BadInputError(
            f"No model was named, and {' and '.join(able)} could each serve this: name one with model=.",
            param="model",
        )
    raise BadInputError(
        f"No model was named and no provider has a key; name one with model='provider/model', where provider is "
        f"{_either(installed)}.",
        param="model",
    )


def _either(names: Sequence[str]) -> str:
    return " or ".join(names) if names else "one that is installed (none is)"
