"""Who serves a request, and whether it can be served: all that is known before anything is sent."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import define, evolve

from limner import keysfile
from limner.arguments import REQUEST, check_given
from limner.capabilities import Reason
from limner.capabilities.reasons import did_you_mean, listed
from limner.client_base import ClientBase
from limner.errors import BadInputError, ConfigError, LimnerError, PluginError
from limner.fallback import Chain
from limner.planning import Plan, check_files, declared, find, opened, plan
from limner.requests import Request
from limner.requirements import OPERATIONS
from limner.selection import Offer, decide, keyless, named, select, split
from limner.transport.deadline import Deadline
from limner.transport.http import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from limner.provider import Provider
    from limner.selection import Preference, Selection


@define(eq=False, kw_only=True)
class Chooser(ClientBase):
    """What both clients know of who serves a request."""

    def plan(self, request: Request, *, stream: bool = False) -> Plan:
        """What would be done for a request, checked, with no network and no key needed.

        Raises:
            BadInputError: nothing names a provider, or the request is wrong for every one.
            UnsupportedError: this provider and model do not take it.
        """
        check_given("plan", request, Request, REQUEST)
        self._check_named(request, request.models[1:])
        name, model = self._choose(request, ("stream",) if stream else ())
        provider = self._registry.get(name)
        self._own_settings(provider)  # a misspelt one is said here, and not paid for
        try:
            return plan(
                request, provider, model, stream=stream, base_url=self._address(provider)[1],
                resource=partial(self._resource, provider.name), trust=self.trust, user=self._user,
            )  # fmt: skip
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
            ConfigError: a provider that the request names is not there.
        """
        check_given("select", request, Request, REQUEST)
        self._check_named(request, request.models)
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
            BadInputError: there is no such operation.
        """
        if operation not in OPERATIONS:
            told = f"operation is one of {listed(OPERATIONS)}; it was given {operation!r}."
            raise BadInputError(" ".join(filter(None, (told, did_you_mean(operation, OPERATIONS)))), param="operation")
        provider, _, name = model.partition("/")
        return find(self._registry.get(provider), name or None, operation)[0].operation.json_schema()

    def _check_named(self, request: Request, models: Iterable[str]) -> None:
        """Find out before anything is asked of anybody whether the providers that a request names are there.

        Raises:
            BadInputError: a model names none.
            ConfigError: one is not there.
        """
        for model in models if request.provider is None else ():
            param = "fallback" if model in request.fallback else "model"
            name = split(model, self._registry.names, param)[0]
            with suppress(PluginError):  # a broken one is there, and told of when it is its turn
                try:
                    self._registry.entry(name)
                except ConfigError as error:
                    raise ConfigError(f"{param}={model!r}: {error.message}", param=param) from None
        if request.provider is not None:
            with suppress(PluginError):
                self._registry.entry(request.provider)

    def _choose(self, request: Request, require: Sequence[str]) -> tuple[str, str | None]:
        """The provider, and the model's name there (``None``: its default)."""
        found = named(request, self._config.default(self._chosen()), self._registry.names)
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

    def _order(self) -> tuple[str, ...]:
        """The user's order of providers."""
        return self._config.order(self._chosen(), self._there())

    def _has_key(self, provider: Provider) -> bool:
        try:
            self._endpoint(provider).check()
        except LimnerError as error:
            if error.param == keysfile.VARIABLE:
                raise  # a keys file that cannot be used is no provider's fault, and nobody else would hear of it
            return self._ring.promises(provider.name)
        return True

    def _chain(self, request: Request | Plan) -> Chain:
        """What is tried, one after the other."""
        check_given("run", request, (Request, Plan), f"{REQUEST}, or a plan")
        if not isinstance(request, Plan):
            self._check_named(request, request.models[1:])
        total = Deadline(None if isinstance(request, Plan) else request.total_timeout or self.total_timeout)
        return Chain(request, total)

    def _streamed(self, request: Request | Plan) -> Plan:
        check_given("stream", request, (Request, Plan), f"{REQUEST}, or a plan")
        if isinstance(request, Plan):
            if not all(call.stream for call in request.calls):
                raise BadInputError(
                    "This plan is of no stream: make it with plan(request, stream=True).", param="request"
                )
            return self._planned(request)
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
        _, here = self._address(request.provider)
        if request.base_url not in {"", here}:
            raise ConfigError(
                f"This plan is for {shown(request.base_url)}, and this client has {shown(here)}.", param="base_urls"
            )
        # It may have been planned by another client, in another process: what is loaded here is used here.
        resource = partial(self._resource, request.provider.name)
        return evolve(request, calls=tuple(evolve(call, resource=resource) for call in request.calls))

    def _resource(self, provider: str, key: str, factory: Callable[[], Any]) -> Any:  # noqa: ANN401 - what it loads
        """What a provider loads once per client."""
        with self._loading:
            if (provider, key) not in self._resources:
                self._resources[provider, key] = factory()
            return self._resources[provider, key]
