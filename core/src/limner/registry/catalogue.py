"""Which plugins count: the snapshot of what is installed, judged by the metadata alone, and the finding of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from limner.credentials import normalized
from limner.errors import ConfigError, LimnerError, PluginError
from limner.registry.entries import GROUP, HOOK_GROUP, Entry
from limner.registry.loading import Plugin
from limner.registry.shape import NAME

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from limner.registry.shape import Patch


@frozen(eq=False)
class Catalogue:
    """A snapshot: what is installed does not change while a client lives."""

    everything: Sequence[Plugin]
    """The unusable ones too, sorted."""
    providers: Mapping[str, Sequence[Plugin]]
    """By normalized name, in the order of preference. Where there are several, :func:`_holder` has the name."""

    @property
    def hooks(self) -> Sequence[Plugin]:
        """What was announced in the group ``limner.hooks`` and may be imported."""
        return [one for one in self.everything if one.entry.group == HOOK_GROUP and one.entry.status in USABLE]

    @property
    def usable(self) -> Sequence[Plugin]:
        """The providers that a name without a distribution can mean."""
        holders = map(_holder, self.providers.values())
        return [plugin for plugin in holders if plugin is not None and plugin.entry.status in USABLE]

    def find(self, name: str) -> Plugin:
        """Find the plugin that a name means, be it with its distribution: ``limner-acme:acme``.

        Raises:
            ConfigError: there is none, it is blocked, or several claim the name.
            PluginError: there is one, and its metadata is unusable.
        """
        rivals = [plugin for plugin in self.providers.get(_key(name), ()) if _means(name, plugin.entry)]
        if not rivals:
            raise self._unknown(name)
        meant = _holder(rivals)
        if meant is None:
            raise ConfigError(f"Provider {name!r}: {_contest(rivals)}.", param="provider")
        if ":" in name:
            meant.choose()
        return meant

    def preferring(self, names: Iterable[str]) -> Catalogue:
        """Return the catalogue of these providers only, in this order.

        Raises:
            ConfigError: a name is unknown.
        """
        chosen = {_key(name): [self.find(name)] for name in names}
        return evolve(self, providers=chosen)

    def _unknown(self, name: str) -> LimnerError:
        from difflib import get_close_matches  # noqa: PLC0415 - for this message only

        for plugin in self.everything:
            if plugin.entry.group == GROUP and _means(name, plugin.entry):
                return unusable(plugin.entry)
        shown = repr(name) if len(name) <= _SHOWN else f"{name[:_SHOWN]!r}..."
        near = get_close_matches(_key(name), self.providers, 3, 0.7)
        if near:
            names = " or ".join(self.providers[key][0].entry.name for key in near)
            return ConfigError(f"There is no provider {shown}; did you mean {names}?", param="provider")
        if not NAME.fullmatch(_key(name)):
            return ConfigError(f"{shown} is not a provider's name.", param="provider")
        return ConfigError(
            f"Provider {shown} is not installed; the package that brings it would be: pip install limner-{_key(name)}",
            param="provider",
        )


USABLE = frozenset({"found", "ok"})
_SHOWN = 80
"""Characters of an unknown name that a message repeats."""


def _key(name: str) -> str:
    return normalized(name.rpartition(":")[2])


def _means(name: str, entry: Entry) -> bool:
    distribution = name.rpartition(":")[0]
    return normalized(entry.name) == _key(name) and normalized(distribution) in {"", normalized(entry.distribution)}


def unusable(entry: Entry) -> LimnerError:
    """Return the error that says why a plugin cannot be used: the user's to settle, or its author's."""
    who = f"Provider {entry.name!r}" + (f" of {entry.distribution} {entry.version}" if entry.distribution else "")
    if entry.status == "blocked":
        return ConfigError(f"{who} is blocked: {entry.reason}.", provider=entry.name, param="provider")
    if entry.status == "bad-config":
        return ConfigError(f"{entry.reason}.", provider=entry.name, param="config")
    if entry.status in {*USABLE, "conflict"}:
        return ConfigError(f"{who} is installed, and not among this client's.", provider=entry.name, param="provider")
    return PluginError(f"{who} cannot be used: {entry.reason} ({entry.status}).", provider=entry.name)


def catalogue(
    found: Iterable[Entry],
    own: Mapping[str, Plugin],
    allow: Collection[str] | None,
    patches: Mapping[str, Patch] | None = None,
) -> Catalogue:
    """Judge what was found by its metadata.

    Args:
        found: What is installed.
        own: The providers given in code, by normalized name: they keep their names.
        allow: The normalized names of the distributions that may be imported; ``None``: all.
        patches: What the configuration changes of them, by normalized name.

    Raises:
        ConfigError: a patch is about none of them.
    """
    entries = sorted(found, key=lambda entry: (entry.group, normalized(entry.name), normalized(entry.distribution)))
    patches = patches or {}
    plugins = [Plugin(_judged(entry, own, allow), patch=patches.get(normalized(entry.name))) for entry in entries]
    names = {one.entry.name for one in (*own.values(), *plugins) if one.entry.group == GROUP}
    for name in patches.keys() - set(map(normalized, names)):
        raise patches[name].homeless(names)
    providers = {name: [plugin] for name, plugin in own.items()}
    for plugin in plugins:
        if plugin.entry.group == GROUP and plugin.entry.status == "found":
            providers.setdefault(normalized(plugin.entry.name), []).append(plugin)
    for rivals in providers.values():
        holder = _holder(rivals)
        for plugin in rivals:
            if plugin is not holder:
                reason = _contest(rivals) if holder is None else _usurped(plugin.entry, holder.entry)
                plugin.entry = evolve(plugin.entry, status="conflict", reason=reason)
    return Catalogue([*own.values(), *plugins], providers)


def _judged(entry: Entry, own: Collection[str], allow: Collection[str] | None) -> Entry:
    """Let an entry be, or say from its metadata why it is not imported."""
    if entry.status != "found":
        return entry
    if allow is not None and normalized(entry.distribution) not in allow:
        reason = f"{entry.distribution} is not among the allowed distributions" if allow else "plugins are off"
        return evolve(entry, status="blocked", reason=reason)
    if entry.group == GROUP and not NAME.fullmatch(entry.name):
        reason = "its name is not a provider's: up to 64 of a-z, 0-9, '.', '_' and '-', no sign at either end"
        return evolve(entry, status="not-a-plugin", reason=reason)
    if entry.group == GROUP and normalized(entry.name) in own:
        return evolve(entry, status="blocked", reason="a provider of this name was given in code")
    return entry


def _holder(rivals: Sequence[Plugin]) -> Plugin | None:
    """Whom a name means that several claim: whose distribution is called after it. Else it is refused to all."""
    rightful = [plugin for plugin in rivals if plugin.entry.rightful] if len(rivals) > 1 else rivals
    return rightful[0] if len(rightful) == 1 else None


def _usurped(entry: Entry, holder: Entry) -> str:
    """Why a name is refused to a stranger."""
    return f"the name {holder.name} is {holder.distribution}'s; this one answers to {entry.choice} alone"


def _contest(rivals: Sequence[Plugin]) -> str:
    """Why a name is refused to all who claim it: whichever came first would be luck, or somebody's design."""
    distributions = sorted({plugin.entry.distribution for plugin in rivals})
    if len(distributions) == 1:
        return f"{distributions[0]} gives the name to two plugins; its author has to rename one"
    choices = " or ".join(sorted({plugin.entry.choice for plugin in rivals}))
    return f"{' and '.join(distributions)} claim the same name; say which with {choices}"
