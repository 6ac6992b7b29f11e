"""The providers a client has, by name."""

from __future__ import annotations

import threading
from inspect import isasyncgen, iscoroutine, isgenerator
from typing import TYPE_CHECKING, Self

from attrs import define, field
from attrs.converters import optional

from limner.credentials import Key, Secret, normalized
from limner.errors import ConfigError
from limner.registry.catalogue import Catalogue, catalogue, unusable
from limner.registry.entries import Entry, Plugins, installed, parse_allow
from limner.registry.loading import Hook, Plugin, handed_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from limner.events import Event
    from limner.provider import Provider
    from limner.registry.shape import Patch, Version


def _telling(observer: Callable[[Event], object]) -> Callable[..., object]:
    """Hold on to the observer itself: two bound methods of one object are equal, and not identical."""

    def tell(*, event: Event) -> object:
        return observer(event)

    return tell


def _tell(hook: Hook, event: Event) -> None:
    answer = hook(event=event)
    if _undone(answer):
        hook.complain(f"returned {type(answer).__name__}, which nobody runs: an observer is a plain function")


def _undone(answer: object) -> bool:
    """Whether a hook, where it should have done something, returned what would do it."""
    if iscoroutine(answer):
        answer.close()  # else Python warns of it, in the host's name
    return iscoroutine(answer) or isgenerator(answer) or isasyncgen(answer)


def _chosen(providers: Iterable[Provider | str]) -> tuple[Provider | str, ...]:
    return (providers,) if isinstance(providers, str) else tuple(providers)


def _besides(providers: Iterable[Provider]) -> tuple[Provider, ...]:
    return tuple(providers)


def _normalized(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(normalized, (names,) if isinstance(names, str) else names))


@define(eq=False, kw_only=True)
class Registry:
    """The providers a client has, by name, and the hooks that observe it or bring keys.

    Args:
        providers: Which ones, in the order of preference: names of installed ones (``acme``, or ``limner-acme:acme``
            where two distributions claim the name) and providers themselves. ``None``: all that are installed.
            With nothing but providers themselves, nothing is scanned and no plugin is imported.
        also: Providers known besides, such as those of a configuration file. An installed one of the same name yields,
            and one of these yields to one among ``providers``.
        patches: What a configuration file changes of all others, by normalized name.
        allow: The distributions whose plugins may be imported. ``None``: all; empty: none.
        entry_points: What reads the metadata.
        api_version: The contract's version; ``None``: this limner's.

    Raises:
        PluginError: an object among ``providers`` or ``also`` is not a provider.
        ConfigError: two of these objects have the same name. An unknown name is raised at the first use.
    """

    _providers: tuple[Provider | str, ...] | None = field(alias="providers", default=None, converter=optional(_chosen))
    _also: tuple[Provider, ...] = field(alias="also", default=(), converter=_besides)
    _patches: Mapping[str, Patch] = field(alias="patches", factory=dict)
    _allow: frozenset[str] | None = field(alias="allow", default=None, converter=optional(_normalized))
    _entry_points: Callable[[], Iterable[Entry]] = installed
    _api_version: Version | None = None
    _own: Mapping[str, Plugin] = field(init=False)
    _catalogue: Catalogue | None = field(default=None, init=False)
    _hooks: tuple[Hook, ...] | None = field(default=None, init=False)
    _observers: dict[int, Hook] = field(factory=dict, init=False)
    """By identity, for as long as this registry lives: each is complained of once."""
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        given = [handed_over(one, self._api()) for one in self._providers or () if not isinstance(one, str)]
        taken = {normalized(plugin.entry.name) for plugin in given}
        besides = [handed_over(one, self._api()) for one in self._also]
        own = [*given, *(plugin for plugin in besides if normalized(plugin.entry.name) not in taken)]
        for plugin in own:
            plugin.change(self._patches.get(normalized(plugin.entry.name)))
        self._own = {normalized(plugin.entry.name): plugin for plugin in own}
        if len(self._own) < len(own):
            names = ", ".join(plugin.entry.name for plugin in own)
            raise ConfigError(f"Two of the providers given in code have the same name: {names}.", param="providers")

    @classmethod
    def for_client(
        cls,
        providers: Iterable[Provider | str] | None,
        plugins: Plugins,
        also: Iterable[Provider] = (),
        patches: Mapping[str, Patch] | None = None,
    ) -> Self:
        """Return a client's registry: its own choice, its configuration's, and which plugins it lets in."""
        return cls(providers=providers, also=also, patches=patches or {}, allow=parse_allow(plugins))

    def names(self) -> tuple[str, ...]:
        """Name the providers that :meth:`get` may return; one not imported yet may still turn out to be broken."""
        return tuple(plugin.entry.name for plugin in self._known().usable)

    def get(self, name: str) -> Provider:
        """Return a provider, importing its plugin if need be.

        Args:
            name: The provider's name; with its distribution (``limner-acme:acme``) where two claim it.

        Raises:
            ConfigError: there is none of this name, it is blocked, or two distributions claim the name.
            PluginError: its plugin is broken; the message says how.
        """
        plugin = self._known().find(name)
        if plugin.entry.status == "found":
            plugin.load(self._api())
        if plugin.provider is None:
            raise unusable(plugin.entry)
        return plugin.provider

    def entry(self, name: str) -> Entry:
        """Say how it stands with a provider, importing nothing.

        Raises:
            ConfigError: there is none of this name, it is blocked, or two distributions claim the name.
            PluginError: its metadata is unusable.
        """
        return self._known().find(name).entry

    def check(self, name: str) -> Entry:
        """Import a provider's plugin, have it declare its capabilities, and say how it stands.

        Raises:
            ConfigError: as :meth:`get`.
        """
        plugin = self._known().find(name)
        plugin.check(self._api())
        return plugin.entry

    def entries(self, *, check: bool = False, watched: bool = False) -> tuple[Entry, ...]:
        """Say how it stands with every plugin, the unusable ones included.

        Args:
            check: Whether to import those that may be used, and have them declare their capabilities.
            watched: Whether to look for what imports do beside: see :attr:`Entry.noise`.
        """
        known = self._known()
        for plugin in (*known.usable, *known.hooks) if check else ():
            plugin.check(self._api(), watched=watched)
        return tuple(plugin.entry for plugin in known.everything)

    def providers(self) -> tuple[Provider, ...]:
        """Return every provider that can be loaded; :meth:`entries` tells of those that cannot."""
        usable = self._known().usable
        for plugin in usable:
            plugin.load(self._api())
        return tuple(plugin.provider for plugin in usable if plugin.provider is not None)

    def observed(self) -> bool:
        """Whether a plugin observes."""
        return bool(self._implementing("limner_observe"))

    def observe(self, event: Event, observers: Iterable[Callable[[Event], object]] = ()) -> None:
        """Tell every ``limner_observe`` hook, and the observers given; one that raises changes nothing."""
        for observer in observers:
            if id(observer) not in self._observers:
                self._observers[id(observer)] = Hook("limner_observe", f"observer {observer!r}", _telling(observer))
            _tell(self._observers[id(observer)], event)
        for hook in self._implementing("limner_observe"):
            _tell(hook, event)

    def key(self, provider: str, name: str | None = None) -> Key | None:
        """Ask the ``limner_key`` hooks for a key; one that raises, or returns no text, is passed over."""
        for hook in self._implementing("limner_key"):
            answer = hook(provider=provider, name=name)
            if isinstance(answer, str):
                return Key(Secret(answer), hook.source, "environment")
            if answer is not None:
                _undone(answer)
                hook.complain(f"returned {type(answer).__name__} for a key")
        return None

    def _implementing(self, name: str) -> list[Hook]:
        """The plugins with hooks are imported at the first use of any."""
        if self._hooks is None:
            plugins = self._known().hooks
            for plugin in plugins:
                plugin.load(self._api())
            self._hooks = tuple(hook for plugin in plugins for hook in plugin.implementations())
        return [hook for hook in self._hooks if hook.name == name]

    def _known(self) -> Catalogue:
        with self._lock:
            if self._catalogue is None:
                self._catalogue = self._read()
            return self._catalogue

    def _read(self) -> Catalogue:
        chosen = self._providers
        named = chosen is None or any(isinstance(one, str) for one in chosen)
        found = catalogue(self._entry_points() if named else (), self._own, self._allow, self._patches)
        if chosen is None:
            return found
        return found.preferring(one if isinstance(one, str) else one.name for one in (*chosen, *self._also))

    def _api(self) -> Version:
        from limner.provider import API_VERSION  # noqa: PLC0415 - a listing does not need the contract

        return self._api_version or API_VERSION
