"""What a configuration changes of providers: late, for the right one, and without hurting the others."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from limner.errors import ConfigError
from limner.provider import ProviderBase
from limner.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conftest import Site


class Patched:
    """A provider with other models, or with none that can be had."""

    def __init__(self, provider: Any, error: Exception | None) -> None:
        self._provider, self._error = provider, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def capabilities(self) -> Any:
        if self._error is not None:
            raise self._error
        return SimpleNamespace(models=("patched",))


class Patch:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def __call__(self, provider: Any) -> Any:
        return Patched(provider, self.error)

    def homeless(self, names: Iterable[str]) -> ConfigError:
        return ConfigError(f"not among {sorted(names)}")


class Own(ProviderBase):
    name = "own"

    def capabilities(self) -> Any:
        return SimpleNamespace(models=())

    def exchange(self, call: Any) -> Any:
        raise NotImplementedError


def registry(site: Site, error: Exception | None = None, **options: Any) -> Registry:
    """One in which ``acme`` is changed."""
    return Registry(entry_points=site.entries, patches={"acme": Patch(error)}, **options)


def test_a_patch_imports_nothing(site: Site) -> None:
    site.plugin("acme")
    assert registry(site).names() == ("acme",)
    assert site.imported() == set()


def test_a_provider_is_got_as_it_was_changed(site: Site) -> None:
    site.plugin("acme")
    provider = registry(site).get("acme")
    assert (provider.name, provider.capabilities().models) == ("acme", ("patched",))


def test_the_others_are_got_as_they_are(site: Site) -> None:
    site.plugin("acme")
    site.plugin("other")
    assert registry(site).get("other").capabilities().models == ()


def test_one_given_in_code_is_changed_too() -> None:
    given: Any = Own()
    changed = Registry(providers=[given], patches={"own": Patch()})
    assert changed.get("own").capabilities().models == ("patched",)  # type: ignore[comparison-overlap] - a stand-in


def test_a_change_that_does_not_fit_is_the_users_to_mend(site: Site) -> None:
    site.plugin("acme")
    wrong = registry(site, ConfigError("limner.toml: providers.acme is wrong."))
    assert [(one.status, one.reason) for one in wrong.entries(check=True)] == [
        ("bad-config", "limner.toml: providers.acme is wrong")
    ]
    with pytest.raises(ConfigError, match=r"^limner\.toml: providers\.acme is wrong\.$"):
        wrong.get("acme")


def test_a_change_of_nobody_is_an_error_at_the_first_use(site: Site) -> None:
    site.plugin("other")
    changed = registry(site)
    for _ in range(2):
        with pytest.raises(ConfigError, match=r"not among \['other'\]"):
            changed.names()


def test_one_that_is_blocked_is_somebody(site: Site) -> None:
    site.plugin("acme")
    assert registry(site, allow=()).names() == ()


def test_hooks_of_the_same_name_are_nobody(site: Site) -> None:
    site.hooks("acme", "@hookimpl\ndef limner_key(provider): return None\n")
    with pytest.raises(ConfigError, match=r"not among \[\]"):
        registry(site).names()


def test_one_known_besides_yields_to_one_given_in_code() -> None:
    given: Any = Own()
    besides: Any = Own()
    assert Registry(providers=[given], also=[besides]).get("own") is given
