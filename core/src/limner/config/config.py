"""A configuration that was read, and what a client asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from limner.capabilities.reasons import did_you_mean, listed, shown
from limner.config.places import Place
from limner.credentials import normalized

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from limner.config.patches import Patch
    from limner.provider import Provider


@frozen(kw_only=True)
class Defaults:
    """What holds where neither a client's arguments nor a request say otherwise.

    Args:
        providers: Who is asked where nothing is named, in this order, and nobody else.
        model: ``provider/model``: what paints where nothing is named.
        timeout: Seconds for one planned call.
        total_timeout: Seconds for a whole request.
        max_concurrency: Calls of one request that run at once.
    """

    providers: tuple[str, ...] = ()
    model: str | None = None
    timeout: float | None = None
    total_timeout: float | None = None
    max_concurrency: int | None = None


@frozen(eq=False)
class Config:
    """A configuration.

    Args:
        defaults: Its defaults.
        own: The providers that it describes.
        patches: What it says of others, by their normalized names.
        place: Where it stands, for errors.
        told: What was read, as it stands there.
    """

    defaults: Defaults = Defaults()
    own: tuple[Provider, ...] = ()
    patches: Mapping[str, Patch] = field(factory=dict)
    place: Place = field(default=Place(""))
    told: Mapping[str, Any] = field(factory=dict, repr=False)

    def base_url(self, provider: Provider) -> str | None:
        """The base URL that it sets for a provider that it did not make."""
        patch = self.patches.get(normalized(provider.name))
        return patch.base_url if patch is not None else None

    def settings(self, provider: Provider) -> Mapping[str, str]:
        """The settings that it fills for a provider that it did not make.

        Raises:
            ConfigError: the provider has no setting of that name.
        """
        patch = self.patches.get(normalized(provider.name))
        return patch.checked_settings(provider) if patch is not None else {}

    def default(self, chosen: Sequence[str] | None) -> str | None:
        """The model that serves where none is named, as ``provider/model``.

        Args:
            chosen: The providers that were given in code, among which it must be; ``None``: none were.
        """
        if chosen is None or self.defaults.model is None:
            return self.defaults.model
        ours = {normalized(name.rpartition(":")[2]) for name in chosen}
        return self.defaults.model if normalized(self.defaults.model.partition("/")[0]) in ours else None

    def order(self, chosen: Sequence[str] | None, known: Collection[str]) -> tuple[str, ...]:
        """The user's order of providers, the first preferred.

        Args:
            chosen: The providers that were given in code, whose order then goes before this one; ``None``: none were.
            known: The names of all that are there.

        Raises:
            ConfigError: the order names one that is not there.
        """
        if chosen is not None:
            return tuple(name.rpartition(":")[2] for name in chosen)
        names = {normalized(name) for name in known}
        for index, name in enumerate(self.defaults.providers):
            if normalized(name) not in names:
                place = self.place.at("defaults").at("providers").at(index)
                told = f"must be a provider that is there ({listed(sorted(known)) or 'none is'}), not {shown(name)}"
                raise place.error(told, did_you_mean(name, known))
        return self.defaults.providers


EMPTY = Config()
"""No configuration."""
