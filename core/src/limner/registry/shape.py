"""Whether an object is a provider, as this version of the contract draws one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from limner.credentials import normalized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from limner.errors import LimnerError
    from limner.provider import Provider
    from limner.registry.entries import Status

Version: TypeAlias = tuple[int, int]
"""Major and minor of the contract."""

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")
"""What a provider may be called."""


class Patch(Protocol):
    """What a configuration changes of a provider that it did not make."""

    def __call__(self, provider: Provider) -> Provider:
        """The provider, changed; called when the provider is first asked for, and it raises nothing."""
        ...

    def homeless(self, names: Iterable[str]) -> LimnerError:
        """The error for there being no such provider, but these."""
        ...


class RejectedError(Exception):
    """Why a plugin cannot be used. It does not leave the registry."""

    def __init__(self, status: Status, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.status: Status = status
        self.reason: str = reason
        self.detail: str = detail


def conforming(provider: Any, api: Version, distribution: str = "") -> Provider:  # noqa: ANN401 - whatever a plugin returns
    """Return a provider that has everything the contract asks for.

    Args:
        provider: What a plugin returned.
        api: The contract's version.
        distribution: What brought it, for the command that mends it; ``""``: nobody knows.

    Raises:
        RejectedError: it has not.
    """
    from limner.provider import HeaderSetting  # noqa: PLC0415 - a listing does not need the contract

    if provider is None or isinstance(provider, type):
        raise RejectedError("not-a-plugin", f"a provider is wanted, an instance, and this is {provider!r}")
    _check_version(getattr(provider, "api_version", _MISSING), api, distribution or "the package that it comes from")
    shape: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
        "name": ("a name such as 'acme'", lambda value: _is_text(value) and NAME.fullmatch(value) is not None),
        "base_url": ("text", _is_text),
        "hosts": ("a tuple of text", lambda value: isinstance(value, tuple) and all(map(_is_text, value))),
        "auth": ("one of the auth kinds of limner.provider, its names text", _is_auth),
        "key_variable": ("text or None", _may_be_text),
        "capabilities": ("a method", callable),
        "classify": ("a method", callable),
        "exchange": ("a method", callable),
    }
    may_be_left_out: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
        "base_url_variable": ("text or None", _may_be_text),
        "idempotency_header": ("text or None", _may_be_text),
        "credential_hint": ("text", _is_text),
        "key_prefix": ("text", _is_text),
        "settings": (
            "a tuple of HeaderSetting",
            lambda value: isinstance(value, tuple) and all(isinstance(one, HeaderSetting) for one in value),
        ),
    }
    has = {name: rule for name, rule in may_be_left_out.items() if hasattr(provider, name)}
    for attribute, (wanted, fits) in {**shape, **has}.items():
        if not fits(getattr(provider, attribute, _MISSING)):
            raise RejectedError("not-a-plugin", f"{type(provider).__name__}.{attribute} is not {wanted}")
    conforms: Provider = provider
    return conforms


_MISSING = object()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _may_be_text(value: object) -> bool:
    return value is None or _is_text(value)


def _is_auth(value: object) -> bool:
    from limner.provider import Auth  # noqa: PLC0415 - a listing does not need the contract

    names: object = getattr(value, "key_names", ())
    more = (getattr(value, name, "") for name in ("name", "prefix"))
    return isinstance(value, Auth) and isinstance(names, tuple) and all(map(_is_text, (*names, *more)))


def _check_version(version: object, api: Version, distribution: str) -> None:
    if version is None:
        return
    if not (isinstance(version, tuple) and len(version) == len(api) and all(map(_is_count, version))):
        raise RejectedError("api-version", "its api_version is not a pair of numbers such as (1, 0)")
    if version[0] == api[0] and version <= api:
        return
    cure = "limner" if version > api else distribution
    command = f"run python -m pip install --upgrade {cure}" if " " not in cure else f"upgrade {cure}"
    raise RejectedError(
        "api-version",
        f"it is made for version {version[0]}.{version[1]} of the contract, and this limner has {api[0]}.{api[1]}:"
        f" {command}",
    )


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def check_name(provider: Provider, name: str) -> None:
    """Check that a provider calls itself what its entry point calls it.

    Raises:
        RejectedError: it does not.
    """
    if normalized(provider.name) != normalized(name):
        raise RejectedError("not-a-plugin", f"its entry point says {name!r}, and it calls itself {provider.name!r}")
