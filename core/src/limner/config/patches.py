"""What a configuration changes of a provider that it did not make: models, parameters, its default.

A plugin is not imported because there is a patch for it: the patch waits until somebody asks for the provider.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve, field, frozen

from limner.capabilities.reasons import did_you_mean, listed
from limner.config import own
from limner.config.declarations import find_start, model
from limner.config.places import Place, Table, table
from limner.config.readers import base_url, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from limner.capabilities import ModelCapabilities, ProviderCapabilities, Source
    from limner.config.places import Reader
    from limner.errors import ConfigError
    from limner.provider import Provider


def _setting(value: object, place: Place) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise place.error("must be a text; what stands there is not repeated here, as it may be a secret")
    return value


def _settings(value: object, place: Place) -> Mapping[str, str]:
    return {key: _setting(item, place.at(key)) for key, item in Table.of(value, place).values.items()}


READERS: Mapping[str, Reader] = {
    "base_url": base_url,
    "settings": _settings,
    "models": table,
    "default_model": text,
}
"""The keys of a table about an installed provider."""


@frozen(kw_only=True)
class Patch:
    """What a configuration says of a provider that it did not make. Called with the provider, it returns it changed."""

    name: str
    place: Place
    source: Source
    base_url: str | None = None
    settings: Mapping[str, str] = field(factory=dict, repr=False)
    models: Table | None = None
    default_model: str | None = None

    @classmethod
    def of(cls, name: str, told: Table, source: Source) -> Patch:
        """The patch that a table describes; what depends on the provider's declaration is read with that.

        Raises:
            ConfigError: something is unknown or wrong.
        """
        for key in told.values:
            if key in own.READERS and key not in READERS:
                raise told.at(key).error(f"is for a provider of its own, which has {listed(own.MARKS)} too")
        return cls(name=name, place=told.place, source=source, **told.read(READERS))

    def __call__(self, provider: Provider) -> Provider:
        """The provider with its declaration changed; nothing is asked of it yet."""
        if self.models is None and self.default_model is None:
            return provider
        return cast("Provider", Patched(provider, self))

    def homeless(self, names: Iterable[str]) -> ConfigError:
        """The error for a patch of a provider that is not there."""
        names = sorted(names)
        return self.place.error(
            f"is about no provider that is installed ({listed(names, 'and') or 'none is'}); to describe one of its own,"
            f" it needs {listed(own.MARKS)}",
            did_you_mean(self.name, names),
        )

    def checked_settings(self, provider: Provider) -> Mapping[str, str]:
        """The settings, where the provider has them.

        Raises:
            ConfigError: it has not.
        """
        known = [setting.name for setting in getattr(provider, "settings", ())]
        table = Table(self.place.at("settings"), self.settings)
        for name in self.settings:
            if name not in known:
                raise table.stranger(name, known)
        return self.settings

    def apply(self, capabilities: ProviderCapabilities) -> ProviderCapabilities:
        """A declaration as the configuration has it.

        Raises:
            ConfigError: the two do not go together.
        """
        models = {one.id: one for one in capabilities.models}
        for name, told in (self.models.tables() if self.models is not None else {}).items():
            models[name] = self._model(name, told, models)
        listed_models = own.with_default(models, self.default_model, self.place.at("default_model"))
        return own.declared(
            place=self.place.at("models"),
            models=listed_models,
            unknown=capabilities.unknown,
            source=capabilities.source,
            preconditions=capabilities.preconditions,
        )

    def _model(self, name: str, told: Table, models: Mapping[str, ModelCapabilities]) -> ModelCapabilities:
        start, like = models.get(name), find_start(told, models)
        if start is not None and like is not None:
            raise told.at("like").error("is for new models, and this one is declared already")
        start = start or (like and _new(like, name, self.source))
        if start is None:
            raise told.place.error(
                'is not a model that is declared; a new one starts from another: like = "..."',
                did_you_mean(name, models),
            )
        return model(start, told, self.source, {"like": text})


def _new(like: ModelCapabilities, name: str, source: Source) -> ModelCapabilities:
    """A model like another, and nobody's default."""
    operations = {key: evolve(item, default=False) for key, item in like.operations.items()}
    return like.but(name, operations=operations, source=source)


@frozen(eq=False, slots=False)
class Patched:
    """A provider whose declaration is the configuration's; all else is its own."""

    _provider: Provider
    _patch: Patch

    @cached_property
    def _capabilities(self) -> ProviderCapabilities:
        return self._patch.apply(self._provider.capabilities())

    def capabilities(self) -> ProviderCapabilities:
        """What its models take, according to the provider and to the configuration."""
        return self._capabilities

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the provider has
        if name.startswith("_"):  # while it is being unpickled, there is no provider yet
            raise AttributeError(name)
        return getattr(self._provider, name)
