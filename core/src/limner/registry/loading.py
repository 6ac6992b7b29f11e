"""One plugin: importing it, and finding out what it is without letting it do harm."""

from __future__ import annotations

import inspect
import threading
import traceback
from typing import TYPE_CHECKING, TypeVar

import pluggy
from attrs import define, evolve, field

from limner import _log, hookspecs
from limner.errors import ConfigError, PluginError
from limner.registry.entries import GROUP, Entry, Status
from limner.registry.shape import RejectedError, Version, check_name, conforming
from limner.registry.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.provider import Provider
    from limner.registry.shape import Patch

T = TypeVar("T")

SLOW = 1.0
"""Seconds for an import that are told in the log."""

_HOOKS = ("limner_provider", "limner_observe", "limner_key")


def _isolated(status: Status, work: Callable[[], T]) -> T:
    """Run a plugin's code; what it raises is its own affair, except the user's Ctrl-C."""
    try:
        return work()
    except (KeyboardInterrupt, RejectedError):
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin's SystemExit must not end its host
        raise RejectedError(status, _sentence(error), "".join(traceback.format_exception(error))) from None


def _sentence(error: BaseException) -> str:
    try:
        text = str(error).partition("\n")[0][:300]
    except Exception:  # noqa: BLE001 - even this may be a plugin's code
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _imported(entry: Entry) -> object:
    from importlib.metadata import EntryPoint  # noqa: PLC0415 - slow to import

    point = EntryPoint(entry.name, entry.value, entry.group)
    if point.pattern.match(entry.value) is None:
        raise RejectedError("import-error", f"{entry.value!r} is not the name of a module")
    try:
        return _isolated("import-error", point.load)
    except RejectedError as rejected:
        if point.extras:
            rejected.reason += f" (it needs pip install '{entry.distribution}[{','.join(point.extras)}]')"
        raise


def _implementations(plugin: object, entry: Entry) -> Mapping[str, pluggy.HookImpl]:
    """Hold a plugin against the specification: in a manager of its own, so that it hides nobody else's faults."""
    manager = pluggy.PluginManager("limner")
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, entry.choice)
    except pluggy.PluginValidationError as error:
        raise RejectedError("bad-signature", " ".join(str(error).split())) from None
    callers = manager.get_hookcallers(plugin) or ()
    found = {caller.name: impl for caller in callers for impl in caller.get_hookimpls()}
    for name, impl in found.items():
        if name not in _HOOKS and not impl.optionalhook:
            raise RejectedError("unknown-hook", f"there is no hook {name}; there are {', '.join(_HOOKS)}")
        if inspect.iscoroutinefunction(impl.function) or inspect.isgeneratorfunction(impl.function):
            raise RejectedError("bad-signature", f"{name} has to be a plain function: not async, and no generator")
    return found


@define(eq=False)
class Plugin:
    """One plugin, from found to ok. Loading happens once, in whichever thread comes first."""

    entry: Entry
    provider: Provider | None = None
    patch: Patch | None = None
    """What the configuration changes of it."""
    _hooks: Mapping[str, pluggy.HookImpl] = field(factory=dict, init=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False)

    def load(self, api: Version, *, watched: bool = False) -> None:
        """Import the plugin, unless it was, and see what it is.

        Args:
            api: The contract's version.
            watched: Whether to look for what the import does beside.
        """
        with self._lock:
            if self.entry.status != "found":
                return
            with Watch(around=watched) as watch:
                self._record(lambda: self._load(api))
            self.entry = evolve(self.entry, seconds=watch.seconds, noise=watch.noise)
            if watch.seconds > SLOW:
                who = self.entry.distribution
                _log.say(_log.INFO, "the import of %s of %s took %.1f s", self.entry.value, who, watch.seconds)

    def check(self, api: Version, *, watched: bool = False) -> None:
        """Load the plugin, and have it declare its capabilities."""
        with self._lock:
            self.load(api, watched=watched)
            provider = self.provider
            if provider is not None:
                self._record(lambda: _declare(provider))

    def choose(self) -> None:
        """Let it be loaded in spite of a conflict."""
        with self._lock:
            if self.entry.status == "conflict":
                self.entry = evolve(self.entry, status="found", reason="")

    def change(self, patch: Patch | None) -> None:
        """Let the configuration have its say about the provider, where it has any."""
        if patch is not None and self.provider is not None:
            self.provider = patch(self.provider)

    def implementations(self) -> list[Hook]:
        """Return its hooks, ready to be called."""
        who = self.entry.distribution
        return [Hook(name, f"the {name} hook of {who}", _by_name(impl)) for name, impl in self._hooks.items()]

    def _record(self, step: Callable[[], None]) -> None:
        try:
            step()
        except RejectedError as rejected:
            self.provider, self._hooks = None, {}
            self.entry = evolve(self.entry, status=rejected.status, reason=rejected.reason, detail=rejected.detail)

    def _load(self, api: Version) -> None:
        plugin = _imported(self.entry)
        hooks = _isolated("not-a-plugin", lambda: _implementations(plugin, self.entry))
        needed = _HOOKS[:1] if self.entry.group == GROUP else _HOOKS[1:]
        if not set(needed) & set(hooks):
            raise RejectedError("not-a-plugin", f"it has no function {' or '.join(needed)} under @limner.hookimpl")
        if self.entry.group == GROUP:
            made = _isolated("factory-error", hooks["limner_provider"].function)
            provider = _isolated("not-a-plugin", lambda: conforming(made, api, self.entry.distribution))
            check_name(provider, self.entry.name)
            self.provider = provider
            self.change(self.patch)
        self._hooks = hooks
        self.entry = evolve(self.entry, status="ok")


def _declare(provider: Provider) -> None:
    def declare() -> object:
        try:
            return provider.capabilities()
        except ConfigError as error:
            raise RejectedError("bad-config", error.message.removesuffix(".")) from None

    from limner.capabilities import ProviderCapabilities  # noqa: PLC0415 - a listing does not need the contract

    declared = _isolated("bad-capabilities", declare)
    if not isinstance(declared, ProviderCapabilities):
        raise RejectedError("bad-capabilities", f"capabilities() returned {type(declared).__name__}")


def handed_over(provider: Provider, api: Version) -> Plugin:
    """Take a provider that was handed over in code: a fault in it is raised at once, at who made it."""
    try:
        _isolated("not-a-plugin", lambda: conforming(provider, api))
    except RejectedError as rejected:
        raise PluginError(f"This provider cannot be used: {rejected.reason}.") from None
    kind = f"{type(provider).__module__}:{type(provider).__qualname__}"
    return Plugin(Entry(provider.name, GROUP, "", "", kind, "ok"), provider)


@define(eq=False)
class Hook:
    """A bystander's function, called alone; complained of once."""

    name: str
    source: str
    """Who it is, for messages."""
    _function: Callable[..., object]
    _failed: bool = field(default=False, init=False)

    def __call__(self, **arguments: object) -> object:
        """Return what it returns; ``None`` if it raises."""
        try:
            return self._function(**arguments)
        except Exception as error:  # noqa: BLE001 - the work goes on, whatever a bystander does
            frame = traceback.extract_tb(error.__traceback__)[-1]
            # Without the message, which is a stranger's: it may hold a key.
            self.complain(f"raised {type(error).__name__} at {frame.filename}:{frame.lineno}")
            return None

    def complain(self, what: str) -> None:
        """Log what is wrong with it, the first time."""
        if not self._failed:
            self._failed = True
            _log.say(_log.WARNING, "%s %s; it is passed over", self.source, what)


def _by_name(impl: pluggy.HookImpl) -> Callable[..., object]:
    """Call a function with those arguments that it names; unlike pluggy, also where it gives them defaults."""

    def call(**arguments: object) -> object:
        named = {name: arguments[name] for name in impl.kwargnames if name in arguments}
        return impl.function(*(arguments[name] for name in impl.argnames), **named)

    return call
