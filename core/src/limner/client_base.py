"""What both clients are made of: keys, providers, settings and limits; and what all calls of a request share."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, SupportsIndex

from attrs import NOTHING, Factory, define, field, fields

from limner import config as configuration
from limner.arguments import check_limits, check_names, listeners
from limner.conversation import Conversation
from limner.credentials import KeyRing, Unpicklable, given_for, normalized
from limner.delivering import Delivery
from limner.errands import Errand, Work
from limner.errors import ConfigError, LimnerError
from limner.fanout import Outcome, carried, merge
from limner.foreseen import remind
from limner.keysfile import KeysFile
from limner.landing import Landing
from limner.lanes import Lanes
from limner.registry import Registry
from limner.registry.entries import GROUP
from limner.restoring import restored
from limner.signatures import explained
from limner.transport.deadline import Deadline
from limner.transport.endpoint import Endpoint
from limner.transport.http import check_lent
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from os import PathLike
    from typing import Self

    from attrs import NothingType

    from limner.config import Config
    from limner.credentials import KeySource, Strength
    from limner.events import Event
    from limner.planning import Plan
    from limner.provider import Call, HeaderSetting, Provider
    from limner.registry import Plugins
    from limner.results import ImageResult

TIMEOUT = 600.0
"""Seconds for one planned call: image models are slow. OpenAI's own SDK waits as long."""

MAX_CONCURRENCY = 4
"""Calls of one request that run at once."""


@define(eq=False, kw_only=True)
class ClientBase(Unpicklable):
    """What both clients are made of; :class:`limner.Client` says what each argument is.

    Making one opens no socket, starts no thread, reads no file but a configuration.
    """

    _asynchronous: ClassVar[bool]
    keys: KeySource | None = field(default=None, repr=False)
    providers: Sequence[str | Provider] | None = None
    plugins: Plugins = None
    base_urls: Mapping[str, str] = field(factory=dict, repr=False)
    settings: Mapping[str, Mapping[str, str]] = field(factory=dict, repr=False)
    trust: Literal["local", "server"] = "local"
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    config: str | PathLike[str] | Mapping[str, Any] | None = field(default=None, repr=False)
    _config: Config = field(default=Factory(lambda self: self._configured(), takes_self=True), init=False, repr=False)
    timeout: float = Factory(lambda self: self._config.defaults.timeout or TIMEOUT, takes_self=True)
    total_timeout: float | None = Factory(lambda self: self._config.defaults.total_timeout, takes_self=True)
    max_concurrency: int = Factory(
        lambda self: self._config.defaults.max_concurrency or MAX_CONCURRENCY, takes_self=True
    )
    observers: Iterable[Callable[[Event], None]] = field(default=(), converter=listeners)
    http: object | None = field(default=None, repr=False)
    _registry: Registry = field(init=False, repr=False)
    _ring: KeyRing = field(init=False, repr=False)
    _surrounded: bool = field(default=False, init=False, repr=False)
    """Whether the environment is the process's own."""
    _lanes: Lanes = field(factory=Lanes, init=False, repr=False)
    _resources: dict[tuple[str, str], Any] = field(factory=dict, init=False, repr=False)
    _loading: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False, repr=False)
    _wire: Any = field(default=None, init=False, repr=False)
    """The connections, of one kind or the other; made at the first request."""
    _root: Self | None = field(default=None, init=False, repr=False)
    """The client that this one is a view of: its connections serve."""
    _user: str | None = field(default=None, init=False, repr=False)
    """On whose behalf requests are made."""
    _foreign: bool = field(default=False, init=False, repr=False)
    """Whether the keys are somebody else's than the surroundings': a view's own."""

    def __attrs_post_init__(self) -> None:
        if self.trust not in {"local", "server"}:
            raise ConfigError(f"trust is 'local' or 'server'; it was given {self.trust!r}.", param="trust")
        self._surrounded = self.environ is None and self.trust == "local"
        if self._surrounded:
            self.environ = os.environ
        check_limits({"timeout": self.timeout, "total_timeout": self.total_timeout}, self.max_concurrency)
        given = self.plugins.strip() if isinstance(self.plugins, str) else self.plugins
        plugins = (self.environ or {}).get("LIMNER_PLUGINS") if given is None else given or False
        self._registry = Registry.for_client(self.providers, plugins, self._config.own, self._config.patches)
        self._ring = KeyRing(self.keys, self.environ, (self._registry.key,), self._keys_file())
        self._check_keys(self.keys)
        for param in ("base_urls", "settings"):
            check_names(param, getattr(self, param), self._registry)
        if self.http is not None:
            check_lent(self.http, asynchronous=self._asynchronous)

    def _check_keys(self, keys: object) -> None:
        """Find misspelt names, and hold no key meanwhile: a traceback may show what is held."""
        if isinstance(keys, Mapping):
            check_names("keys", dict.fromkeys(keys), self._registry)

    @classmethod
    def from_config(cls, config: str | PathLike[str] | Mapping[str, Any], **options: Any) -> Self:  # noqa: ANN401 - as above
        """A client of a configuration; ``Client(config=...)`` in other words.

        Raises:
            ConfigError: the configuration cannot be read, or something in it is wrong.
        """
        return cls(config=config, **options)

    def to_config(self) -> dict[str, Any]:
        """This client as a configuration: plain data, without a key, for TOML, JSON or another process.

        ``Client.from_config(client.to_config())`` asks the same providers in the same order, at the same addresses, by
        the same declarations, with the same settings and limits. What code has said the configuration says then, and
        it weighs as much as a configuration's word. What comes from the environment stays in the environment.

        Left out is what no configuration can say; give it again as arguments: ``keys``, ``plugins``, ``trust``,
        ``environ``, ``observers``, ``http``, and the ``user`` of a view; provider objects, of which the names remain;
        that ``providers`` in code are all there are, where a configuration has an order of preference; settings whose
        name speaks of a secret.

        Raises:
            ConfigError: something that cannot be left out without changing where requests go, or when they end, is
                nothing that a configuration takes: a base URL with a password in it, an endless ``timeout``, a provider
                of a distribution that is not called after it.
        """
        from limner.config.saying import said  # noqa: PLC0415 - seldom asked

        limits = {"timeout": TIMEOUT, "total_timeout": None, "max_concurrency": MAX_CONCURRENCY}
        chosen = self._chosen()
        for name in filter(self._of_a_stranger, chosen or ()):
            raise ConfigError(f"No configuration can say {name!r}: its name alone may be another's.", param="config")
        defaults = {
            "providers": self._config.order(chosen, self._config.defaults.providers),  # as it stands, there or not
            "model": self._config.default(chosen),
            **{name: getattr(self, name) for name, usual in limits.items() if getattr(self, name) != usual},
        }
        there = self._there() if self.base_urls or self.settings else ()
        return said(self._config, defaults, self.base_urls, self.settings, there)

    @explained
    def using(
        self,
        *,
        keys: KeySource | NothingType = NOTHING,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        user: str | None = None,
    ) -> Self:
        """A view of this client on behalf of somebody: made in microseconds, for one request or for many.

        It shares everything with this client but what is given here. Closing it does nothing, closing this client
        closes the connections of all its views, and either may be used again.

        Args:
            keys: The only source of keys: neither this client's own ``keys`` nor the environment, the user's file or
                plugins are asked for what it does not have. The settings of an account go with its keys, so of this
                client's none are sent. Unset, keys and settings come from where this client's come from.
            settings: In place of this client's ``settings``.
            user: A name for the end user, made anonymous, of whom requests then speak where they name nobody: as
                ``safety_identifier``, or else as ``user``, whichever the model takes. Where it takes neither, it is
                left out, with a warning on the result. Unset, it is this client's.

        Raises:
            ConfigError: ``keys`` is ``None``, which would be mistaken for this client's keys, or no source of keys;
                a provider is misspelt; or ``user`` is blank.
        """
        view = object.__new__(type(self))
        own = [item.name for item in fields(type(self))]
        for name in (*own, *getattr(self, "__dict__", ())):  # a host's own subclass may keep more
            object.__setattr__(view, name, getattr(self, name))
        view._root, view._wire = self._root or self, None
        if keys is not NOTHING:
            if keys is None:
                raise ConfigError(
                    "using(keys=None) names no keys: give those to use, or leave keys= out to use this client's own.",
                    param="keys",
                )
            self._check_keys(keys)
            view.keys, view._ring, view.settings, view._foreign = keys, KeyRing(keys=keys), {}, True
        if settings is not None:
            check_names("settings", settings, self._registry)
            view.settings = settings
        if user is not None:
            named: object = user
            if not isinstance(named, str) or not named.strip():
                raise ConfigError(f"user is a text that is not blank; it was given {user!r}.", param="user")
            view._user = user
        return view

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is not pickled, because it holds keys and connections: make one in each process,"
            " for instance with from_config(client.to_config())"
        )

    def _configured(self) -> Config:
        if self.config is not None:
            return configuration.load(self.config)
        if self.providers is not None and not any(isinstance(one, str) for one in self.providers):
            return configuration.EMPTY  # objects alone: whoever gives them has said it all
        local = self.trust == "local"
        own = os.environ if local and self.environ is None else self.environ or {}
        return configuration.surrounding(own, platform=local and self.environ is None)

    def _keys_file(self) -> KeysFile | None:
        """The user's keys, where they may be read: not on behalf of strangers."""
        if self.trust != "local" or self.environ is None:
            return None
        return KeysFile.surrounding(self.environ, platform=self._surrounded)

    def installed(self) -> Registry:
        """The providers this client can use, and what is wrong with those it cannot."""
        return self._registry

    def key_source(self, provider: str) -> str | None:
        """Where a provider's key comes from, or ``None`` where there is none; never the key."""
        endpoint = self.endpoint(provider)
        try:
            return endpoint.source()
        except ConfigError:
            if self._ring.promises(endpoint.provider.name):
                return self._ring.sources(None)[0]
            raise

    def _there(self) -> list[str]:
        """The names of all providers, the unusable ones too."""
        return [entry.name for entry in self._registry.entries() if entry.group == GROUP]

    def _chosen(self) -> list[str] | None:
        """The providers that were given in code, by name."""
        given = (self.providers,) if isinstance(self.providers, str) else self.providers
        return None if given is None else [one if isinstance(one, str) else one.name for one in given]

    def _of_a_stranger(self, name: str) -> bool:
        """Whether a provider was chosen by its distribution, and its name alone could mean that of another one."""
        if ":" not in name:
            return False
        given = [entry for entry in self._registry.entries() if normalized(entry.choice) == normalized(name)]
        return not any(entry.rightful for entry in given)

    def endpoint(self, provider: str) -> Endpoint:
        """Where a provider is reached from here, who says so, and with which keys it would be."""
        return self._endpoint(self._registry.get(provider))

    def _endpoint(self, provider: Provider) -> Endpoint:
        strength, base_url = self._address(provider)
        return Endpoint(provider, base_url, self._ring, strength, self._headers(provider))

    def _address(self, provider: Provider) -> tuple[Strength | None, str]:
        """A provider's base URL, and who says so where it is not its own."""
        for strength, url in self._overrides(provider):
            if url and url.strip():
                return strength, url.strip()
        return None, provider.base_url

    def _overrides(self, provider: Provider) -> Iterator[tuple[Strength, str | None]]:
        yield "code", given_for(provider.name, self.base_urls)
        yield "config", self._config.base_url(provider)
        yield "environment", (self.environ or {}).get(getattr(provider, "base_url_variable", None) or "")

    def _headers(self, provider: Provider) -> dict[str, str]:
        """The headers that the user's settings fill."""
        known: Sequence[HeaderSetting] = getattr(provider, "settings", ())
        given = self._own_settings(provider)
        environ = {} if self._foreign else self.environ or {}
        values = {
            setting.header: given.get(setting.name) or (setting.variable and environ.get(setting.variable))
            for setting in known
        }
        return {header: value for header, value in values.items() if value}

    def _own_settings(self, provider: Provider) -> Mapping[str, str]:
        """What code and configuration set.

        Raises:
            ConfigError: the provider has no such setting.
        """
        shared = {} if self._foreign else self._config.settings(provider)
        given = {**shared, **(given_for(provider.name, self.settings) or {})}
        known: Sequence[HeaderSetting] = getattr(provider, "settings", ())
        unknown = sorted(given.keys() - {setting.name for setting in known}) if given else ()
        if unknown:
            raise ConfigError(
                f"{provider.name} has no setting {unknown[0]!r};"
                f" it has {', '.join(setting.name for setting in known) or 'none'}.",
                param="settings",
            )
        return given

    def _work(self, planned: Plan) -> Work:
        """What all calls of a plan have in common. Nothing is sent yet, and what forbids sending is said here."""
        request, endpoint = planned.request, self._endpoint(planned.provider)
        landing = Landing(request.to)
        landing.prepare(request)
        keyed = getattr(planned.provider, "idempotency_header", None) is not None
        policy = Policy(at_least_once=request.retry == "at_least_once", idempotent=keyed)
        total = Deadline(request.total_timeout or self.total_timeout)
        return Work(
            request=request, endpoint=endpoint, timeout=request.timeout or self.timeout, total=total, landing=landing,
            policy=policy, origins=self._origins(endpoint),
        )  # fmt: skip

    def _talk(self, call: Call, work: Work) -> Conversation:
        return Conversation(
            call, work.endpoint, work.deadline(), self._notify if self._heard() else None, id=token_hex(16),
            deliver=work.request.delivery,
            shelf=work.landing.shelf(),
        )  # fmt: skip

    def _finish(self, planned: Plan, outcomes: Sequence[Outcome], landing: Landing) -> ImageResult:
        """One result of all calls, its pictures in place."""
        try:
            merged = merge(planned, outcomes)
            return landing.land(restored(merged, planned.request, landing.shelf().writer))
        except LimnerError as error:
            remind(error, planned)
            landing.rescue(error)
            raise
        except (KeyboardInterrupt, SystemExit) as stopped:  # to put pixels back takes a second
            stopped.images = carried(outcomes)  # type: ignore[union-attr]
            landing.rescue(stopped)
            raise

    def _delivery(self, result: ImageResult) -> Delivery:
        subject = {
            "call_id": token_hex(16), "provider": result.provider, "model": result.model, "operation": result.operation,
            "index": 0,
        }  # fmt: skip
        return Delivery(result, subject, Deadline(self.timeout), self._notify)

    def _errand(self, result: ImageResult) -> Errand:
        """Fetching what a result has at its provider."""
        names = {normalized(name): name for name in self._registry.names()}
        known = names.get(normalized(result.provider))
        return Errand(origins=self._origins(self._endpoint(self._registry.get(known))) if known is not None else ())

    def _origins(self, endpoint: Endpoint) -> tuple[str, ...]:
        """Where images may be downloaded from beside public addresses: an emulator serves its own."""
        return (endpoint.base_url,) if self.trust == "local" else ()

    def _heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self.observers) or self._registry.observed()

    def _notify(self, event: Event) -> None:
        self._registry.observe(event, self.observers)
