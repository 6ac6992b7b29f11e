"""What both clients are made of: keys, providers and choices, and what is known before anything is sent."""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Mapping
from difflib import get_close_matches
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal

from attrs import Factory, define, field

from limner import config as configuration
from limner import keysfile
from limner.capabilities import Reason
from limner.conversation import Conversation
from limner.credentials import KeyRing, given_for, normalized
from limner.delivering import Delivery
from limner.errands import Errand, Work
from limner.errors import BadInputError, ConfigError, LimnerError, PluginError
from limner.fallback import Chain
from limner.fanout import Outcome, merge
from limner.keysfile import KeysFile
from limner.landing import Landing
from limner.planning import Plan, check_files, declared, find, opened, plan
from limner.registry import Registry
from limner.restoring import restored
from limner.selection import Offer, decide, keyless, named, select, split
from limner.threads import Lanes
from limner.transport.deadline import Deadline
from limner.transport.endpoint import Endpoint
from limner.transport.http import shown
from limner.transport.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from os import PathLike
    from typing import Self

    from limner.config import Config
    from limner.credentials import KeySource, Strength
    from limner.events import Event
    from limner.provider import Call, HeaderSetting, Provider
    from limner.registry import Plugins
    from limner.requests import Request
    from limner.results import ImageResult
    from limner.selection import Preference, Selection

TIMEOUT = 600.0
"""Seconds for one planned call: image models are slow. OpenAI's own SDK waits as long."""

MAX_CONCURRENCY = 4
"""Calls of one request that run at once."""


def _told(observers: Iterable[Callable[[Event], None]]) -> tuple[Callable[[Event], None], ...]:
    return tuple(observers)


@define(eq=False, kw_only=True)
class ClientBase:
    """What both clients are made of. Making one opens no socket, starts no thread, reads no file but a configuration.

    Args:
        keys: Keys by provider, or a callable that finds one; otherwise the environment is asked, then the user's keys
            file (see :mod:`limner.keysfile`), then plugins.
        providers: Names of installed providers or provider objects, in the order of preference; unset, all that
            are installed. Objects alone mean that nothing is scanned.
        plugins: The distributions whose plugins may be imported: their names, ``True`` for all or ``False`` for none.
            Unset, it is for ``LIMNER_PLUGINS`` to say, where the environment may be read; and then all.
        base_urls: Other base URLs by provider: a relay, the sandbox.
        settings: Headers that a provider lets the user fill, by provider and name: an organization, a project.
        trust: ``local`` reads keys, base URLs and proxies from the environment, and the user's files of configuration
            and of keys, and may download from the given base URLs' loopback; ``server`` does none of it.
        environ: The environment to read, where it is not the process's own; of keys files, only the one that its
            ``LIMNER_KEYS`` names.
        config: A configuration (see :mod:`limner.config`): a file, or a mapping of the same shape. Unset, with trust
            ``local`` and unless all ``providers`` are objects, it is the file that ``LIMNER_CONFIG`` names, or the
            user's own, if there is one; with an ``environ`` of your own, only what ``LIMNER_CONFIG`` names there.
        timeout: Seconds for one planned call, all its retries and downloads included; unset, as the configuration has
            it, or 600.
        total_timeout: Seconds for a whole request; unset, as the configuration has it, or as long as it takes.
        max_concurrency: Calls of one request that run at once; unset, as the configuration has it, or 4.
        observers: Called with every :mod:`limner.events` value; what they raise changes nothing.
    """

    keys: KeySource | None = field(default=None, repr=False)
    providers: Sequence[str | Provider] | None = None
    plugins: Plugins = None
    base_urls: Mapping[str, str] = field(factory=dict)
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
    observers: Iterable[Callable[[Event], None]] = field(default=(), converter=_told)
    _registry: Registry = field(init=False, repr=False)
    _ring: KeyRing = field(init=False, repr=False)
    _surrounded: bool = field(default=False, init=False, repr=False)
    """Whether the environment is the process's own."""
    _lanes: Lanes = field(factory=Lanes, init=False, repr=False)
    _resources: dict[tuple[str, str], Any] = field(factory=dict, init=False, repr=False)
    _loading: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.trust not in {"local", "server"}:
            raise ConfigError(f"trust is 'local' or 'server'; it was given {self.trust!r}.", param="trust")
        self._surrounded = self.environ is None and self.trust == "local"
        if self._surrounded:
            self.environ = os.environ
        at_once: object = self.max_concurrency
        if not isinstance(at_once, int) or at_once < 1:
            raise ConfigError(
                f"max_concurrency is a whole number of at least 1; it was given {self.max_concurrency!r}.",
                param="max_concurrency",
            )
        for param in ("timeout", "total_timeout"):
            seconds = getattr(self, param)
            if seconds is not None and not (isinstance(seconds, (int, float)) and seconds > 0):
                raise ConfigError(f"{param} is a number of seconds above 0; it was given {seconds!r}.", param=param)
        plugins = (self.environ or {}).get("LIMNER_PLUGINS") if self.plugins is None else self.plugins or False
        self._registry = Registry.for_client(self.providers, plugins, self._config.own, self._config.patches)
        self._ring = KeyRing(self.keys, self.environ, (self._registry.key,), self._keys_file())
        for param in ("base_urls", "settings"):
            self._check_names(param, getattr(self, param))

    def _check_names(self, param: str, given: object) -> None:
        """A misspelt provider would go unheard, and the call to another address than the one meant."""
        if not isinstance(given, Mapping):
            raise ConfigError(f"{param} is a mapping by provider; it was given {type(given).__name__}.", param=param)
        known = {normalized(name): name for name in self._registry.names()} if given else {}
        for name in given:
            near = get_close_matches(normalized(str(name)), known, 1, 0.75)
            if near and normalized(str(name)) not in known:
                raise ConfigError(
                    f"{param} names {name!r}, which is no provider here; did you mean {known[near[0]]!r}?", param=param
                )

    @classmethod
    def from_config(cls, config: str | PathLike[str] | Mapping[str, Any], **options: Any) -> Self:  # noqa: ANN401 - as above
        """A client of a configuration; ``Client(config=...)`` in other words.

        Raises:
            ConfigError: the configuration cannot be read, or something in it is wrong.
        """
        return cls(config=config, **options)

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

    def plan(self, request: Request, *, stream: bool = False) -> Plan:
        """What would be done for a request, checked, with no network and no key needed.

        Raises:
            BadInputError: nothing names a provider, or the request is wrong for every one.
            UnsupportedError: this provider and model do not take it.
        """
        name, model = self._choose(request, ("stream",) if stream else ())
        provider = self._registry.get(name)

        def resource(key: str, factory: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the provider loads
            with self._loading:
                if (provider.name, key) not in self._resources:
                    self._resources[provider.name, key] = factory()
                return self._resources[provider.name, key]

        try:
            base_url = self._endpoint(provider).base_url
            return plan(request, provider, model, stream=stream, base_url=base_url, resource=resource, trust=self.trust)
        except LimnerError:
            raise
        except Exception as broken:
            raise PluginError(
                f"{name} broke while a request was checked against its declarations: {type(broken).__name__}: {broken}",
                provider=name,
            ) from broken

    def select(
        self,
        request: Request,
        *,
        require: str | Collection[str] = (),
        prefer: Preference | Sequence[Preference] = (),
    ) -> Selection:
        """Who can serve a request, and why the others cannot: offline, from the declarations.

        Where there is an order of providers (``Client(providers=[...])``, or the configuration's), only those count.

        Args:
            request: What is asked for; where it names models, only those are looked at.
            require: What the model must take besides: names of parameters, operations, ``stream``, ``transparent``,
                ``url``, ``bytes``.
            prefer: ``fewest_calls`` or ``fewest_adaptations``, or both in turn: what counts before the order of
                providers.

        Raises:
            BadInputError: a requirement or a preference is not a word that is known here.
        """
        for model in request.models if request.provider is None else ():
            split(model, self._registry.names())
        request, order = opened(request, self.trust), self._order()
        names = (request.provider,) if request.provider is not None else order or self._registry.names()
        return select(request, map(self._offer, names), order=order, require=require, prefer=prefer)

    def schema(self, model: str, operation: str = "generate") -> dict[str, Any]:
        """What a model takes, as JSON Schema: for a form, a tool definition, an OpenAPI page.

        Args:
            model: As ``provider/model``.
            operation: ``generate``, ``edit`` or ``vary``.

        Raises:
            ConfigError: there is no such provider.
            UnsupportedError: the provider has no such model, or the model no such operation.
        """
        provider, _, name = model.partition("/")
        return find(self._registry.get(provider), name or None, operation)[0].operation.json_schema()

    def _choose(self, request: Request, require: Sequence[str]) -> tuple[str, str | None]:
        """The provider, and the model's name there (``None``: its default)."""
        found = named(request, self._config.default(self._chosen()), self._registry.names())
        if found is not None:
            return found
        request, order = opened(request, self.trust), self._order()
        for name in order:  # of an order the first that can will do, and no plugin after it is imported
            able = select(request, [self._offer(name)], require=require).candidates
            if able:
                return able[0].choice
        offers = map(self._offer, order or self._registry.names())
        everybody = select(request, offers, order=order, require=require)
        return decide(everybody, order=order, installed=self._registry.names()).choice

    def _offer(self, name: str) -> Offer:
        """How one provider stands here. A broken one hurts no other."""
        try:
            provider = self._registry.get(name)
            offer = declared(provider)
        except LimnerError as broken:
            reason = Reason("no", "unusable", "provider", name, "", broken.message)
            return Offer(name, None, (reason,))
        return Offer(name, offer, () if self._has_key(provider) else (keyless(provider),))

    def installed(self) -> Registry:
        """The providers this client can use, and what is wrong with those it cannot."""
        return self._registry

    def key_source(self, provider: str) -> str | None:
        """Where a provider's key comes from, or ``None`` where there is none; never the key."""
        return self.endpoint(provider).source()

    def _chosen(self) -> list[str] | None:
        """The providers that were given in code, by name."""
        given = (self.providers,) if isinstance(self.providers, str) else self.providers
        return None if given is None else [one if isinstance(one, str) else one.name for one in given]

    def _order(self) -> tuple[str, ...]:
        """The user's order of providers."""
        return self._config.order(self._chosen(), [entry.name for entry in self._registry.entries()])

    def _has_key(self, provider: Provider) -> bool:
        if inspect.iscoroutinefunction(self.keys):
            return True  # it can only be asked where it can be awaited: when the call is made
        try:
            self._endpoint(provider).check()
        except LimnerError as error:
            if error.param == keysfile.VARIABLE:
                raise  # a keys file that cannot be used is no provider's fault, and nobody else would hear of it
            return False
        return True

    def endpoint(self, provider: str) -> Endpoint:
        """Where a provider is reached from here, who says so, and with which keys it would be."""
        return self._endpoint(self._registry.get(provider))

    def _endpoint(self, provider: Provider) -> Endpoint:
        environ = self.environ or {}
        overrides: tuple[tuple[Strength, str | None], ...] = (
            ("code", given_for(provider.name, self.base_urls)),
            ("config", self._config.base_url(provider)),
            ("environment", environ.get(getattr(provider, "base_url_variable", None) or "")),
        )
        given: list[tuple[Strength | None, str]] = [(who, url.strip()) for who, url in overrides if url and url.strip()]
        strength, base_url = (*given, (None, provider.base_url))[0]
        return Endpoint(provider, base_url, self._ring, strength, self._headers(provider, environ))

    def _headers(self, provider: Provider, environ: Mapping[str, str]) -> dict[str, str]:
        """The headers that the user's settings fill."""
        given = {**self._config.settings(provider), **(given_for(provider.name, self.settings) or {})}
        known: Sequence[HeaderSetting] = getattr(provider, "settings", ())
        unknown = sorted(given.keys() - {setting.name for setting in known})
        if unknown:
            raise ConfigError(
                f"{provider.name} has no setting {unknown[0]!r};"
                f" it has {', '.join(setting.name for setting in known) or 'none'}.",
                param="settings",
            )
        values = {setting.header: given.get(setting.name) or environ.get(setting.variable or "") for setting in known}
        return {header: value for header, value in values.items() if value}

    def _chain(self, request: Request | Plan) -> Chain:
        """What is tried, one after the other."""
        total = Deadline(None if isinstance(request, Plan) else request.total_timeout or self.total_timeout)
        return Chain(request, total)

    def _streamed(self, request: Request) -> Plan:
        if len(request.models) > 1:
            raise BadInputError(
                f"A stream is asked of one model, and here are {len(request.models)}: what has been shown cannot be"
                " taken back, so there is no fallback.",
                param="model",
            )
        return self.plan(request, stream=True)

    def _planned(self, request: Request | Plan) -> Plan:
        if not isinstance(request, Plan):
            return self.plan(request)
        check_files(request.request)  # it may be long since they were looked at
        here = self._endpoint(request.provider).base_url
        if request.base_url not in {"", here}:
            raise ConfigError(
                f"This plan is for {shown(request.base_url)}, and this client has {shown(here)}.", param="base_urls"
            )
        return request

    def _work(self, planned: Plan) -> Work:
        """What all calls of a plan have in common. Nothing is sent yet, and what forbids sending is said here."""
        request, endpoint = planned.request, self._endpoint(planned.provider)
        landing = Landing(request.to)
        landing.prepare(request)
        keyed = getattr(planned.provider, "idempotency_header", None) is not None
        policy = Policy(at_least_once=request.retry == "at_least_once", idempotent=keyed)
        total = Deadline(request.total_timeout or self.total_timeout)
        return Work(
            request=request, endpoint=endpoint, total=total, landing=landing, policy=policy,
            origins=self._origins(endpoint),
        )  # fmt: skip

    def _talk(self, call: Call, work: Work) -> Conversation:
        deadline = Deadline(work.request.timeout or self.timeout).sooner(work.total)
        return Conversation(
            call, work.endpoint, deadline, self._notify if self._heard() else None, id=token_hex(16),
            deliver=work.request.delivery,
            shelf=work.landing.shelf(),
        )  # fmt: skip

    def _finish(self, planned: Plan, outcomes: Sequence[Outcome]) -> ImageResult:
        """One result of all calls, its pictures in place."""
        landing = Landing(planned.request.to)
        try:
            merged = merge(planned, outcomes)
            return landing.land(restored(merged, planned.request, landing.shelf().writer))
        except LimnerError as error:
            landing.rescue(error)
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
