"""Who can serve a request, and why the others cannot: from the declarations, without the network.

Everything here is worked out when it is looked at: to choose costs a verdict for each model, and only who asks for
the reasons has them put into words.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from attrs import define, field, frozen

from limner.capabilities import Reason, refuses
from limner.capabilities.reasons import listed, word
from limner.capabilities.shapes import WORDS
from limner.errors import BadInputError, NoProviderError
from limner.fitting import Change, Fit, as_fields, changes_of, fit, replaced, successor
from limner.planning import foreign, inputs_of
from limner.requirements import unmet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from limner.capabilities import Found, ProviderCapabilities
    from limner.planning import Input
    from limner.provider import Provider
    from limner.requests import Request

Preference = Literal["fewest_calls", "fewest_adaptations"]
Verdict: TypeAlias = Literal["yes", "warn", "no"]

NO_KEY = "no_key"
"""The code of the reason that a provider has no key."""

LINES = 12
"""Lines of an explanation that an error prints at most."""


@define(eq=False, slots=False)
class Standing:
    """How a request stands with one model of one provider."""

    provider: str
    model: str
    """The model's name at that provider; empty where the provider as a whole is spoken of."""
    found: Found | None = field(repr=False)
    _asked: Mapping[str, Any] = field(repr=False)
    _request: Request = field(repr=False)
    _besides: tuple[Reason, ...] = field(default=(), repr=False)
    """What speaks against it beside the declaration: no key, a requirement that is not met."""
    _became: tuple[Change, ...] = field(default=(), repr=False)
    """That it stands in for a retired model, where it does."""
    verdict: Verdict = field(init=False)
    """``yes``; ``warn``, where something cannot be told or promised; ``no``."""

    def __attrs_post_init__(self) -> None:
        self.verdict = self._judged()

    def _judged(self) -> Verdict:
        if self.found is None or any(map(refuses, self._besides)):
            return "no"
        shaped = "aspect_ratio" in self._asked or self._asked.get("size") in WORDS
        if not (shaped or self._adapting):
            return self.found.verdict(self._asked, allow=self._request.allow)
        if not self.fit.fits:
            return "no"
        return "warn" if self.fit.reasons or self.changes else "yes"

    @property
    def name(self) -> str:
        """As ``model=`` takes it: ``provider/model``."""
        return f"{self.provider}/{self.model}" if self.model else self.provider

    @property
    def choice(self) -> tuple[str, str | None]:
        """The provider, and the model's name there; ``None`` for its own default."""
        default = self.found is not None and self.found.operation.default
        return self.provider, None if default else self.model

    @cached_property
    def fit(self) -> Fit:
        """What would be sent, and everything that is to be said of it."""
        assert self.found is not None  # noqa: S101 - asked of those only that a declaration speaks of
        return fit(self.found, self._asked, allow=self._request.allow, adapt=self._adapting)

    @property
    def calls(self) -> int:
        """How many calls it would take."""
        if self.found is None:
            return 0
        values = self.fit.values
        wanted: int = values.get("n", 1)
        return -(-wanted // self.found.operation.per_call(values))

    @property
    def changes(self) -> tuple[Change, ...]:
        """What would be changed, with ``on_unsupported="adapt"``."""
        return (*self._became, *self.fit.changes) if self.found is not None else ()

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """All that speaks against it; of a candidate, the warnings."""
        own = self.fit.reasons if self.found is not None else ()
        return (*self._besides, *own)

    @cached_property
    def change(self) -> Mapping[str, Any] | None:
        """The smallest change of the request that would make it serve, by field (``None``: leave it out).

        ``request.but(**change)`` is that request. ``None`` where no such change would help: a key is missing, or what
        it cannot do is what was asked for.
        """
        if self.found is None or any(map(refuses, self._besides)):
            return None
        change = changes_of(self.found, self._asked, self._request.allow)
        # Whether it streams is no field of a request: who requires it does not want it left out.
        return None if change is None or "stream" in change else as_fields(self._request, change)

    @property
    def _adapting(self) -> bool:
        return self._request.on_unsupported == "adapt"


@frozen(eq=False)
class Selection:
    """Who can serve a request, best first, and who cannot."""

    candidates: tuple[Standing, ...]
    """Those who can; with a verdict of ``warn`` the server may still refuse."""
    rejected: tuple[Standing, ...]
    """Those who cannot, each with all its reasons."""
    operation: str = "generate"

    def __bool__(self) -> bool:
        return bool(self.candidates)

    def explain(self, lines: int | None = None) -> str:
        """Why nobody else can, one line for all models of a provider that say the same; near misses first.

        Args:
            lines: How many at most; the last says how many are left out.
        """
        grouped: dict[tuple[str, str], list[Standing]] = {}
        for one in sorted(self.rejected, key=lambda one: not one.change):
            grouped.setdefault((one.provider, _why(one)), []).append(one)
        told = [f"- {_who(group)}: {why}" for (_, why), group in grouped.items()]
        if lines is not None and len(told) > lines:
            left = len(told) - lines + 1
            told = [*told[: lines - 1], f"- and {left} more: see .selection of this error, or limner explain"]
        return "\n".join(told)

    def __repr__(self) -> str:
        names = ", ".join(one.name for one in self.candidates) or "nobody"
        return f"<Selection {self.operation}: {names}; {len(self.rejected)} rejected>"


def keyless(provider: Provider) -> Reason:
    """The reason that a provider has no key."""
    variable = provider.key_variable
    hint = f"Set {variable}, or give keys={{{provider.name!r}: ...}}." if variable else None
    return Reason("no", NO_KEY, "keys", "nothing", variable or "a key", f"there is no key for {provider.name}.", hint)


def named(
    request: Request, default: str | None, installed: Callable[[], Sequence[str]]
) -> tuple[str, str | None] | None:
    """The provider and model that a request names, or that the user has for a default; ``None`` where nothing does.

    ``model="provider/model"`` splits at the first slash, and not at all when ``provider=`` is given.

    Args:
        request: What is asked for; of several models, the first counts.
        default: The user's default, as ``provider/model``.
        installed: Tells who is there, for the message.

    Raises:
        BadInputError: a model names no provider.
    """
    models = request.models
    if request.provider is not None:
        return request.provider, models[0] if models else None
    if not models and default is None:
        return None
    param = "fallback" if models and request.model is None else "model"
    return split(models[0] if models else str(default), installed, param)


def split(model: str, installed: Callable[[], Sequence[str]], param: str = "model") -> tuple[str, str]:
    """Provider and model of ``provider/model``.

    Args:
        model: As people write it.
        installed: Tells who is there, for the message.
        param: What it was given as, for the message.

    Raises:
        BadInputError: it names no provider, or no model.
    """
    provider, slash, name = model.partition("/")
    if slash and provider and name:
        return provider, name
    if slash and provider:
        raise BadInputError(
            f"{param}={model!r} names no model: write it as {provider}/model, or give provider={provider!r} alone for"
            " its default.",
            param=param,
        )
    names = installed()
    there = listed(names) if names else "one that is installed (none is)"
    raise BadInputError(
        f"{param}={model!r} names no provider: write it as provider/model, where provider is {there}.", param=param
    )


@frozen
class Offer:
    """One provider, as it stands with the caller.

    Args:
        provider: Its name.
        capabilities: What it declares; ``None`` where it could not be asked.
        trouble: What speaks against all its models: no key, a broken plugin.
    """

    provider: str
    capabilities: ProviderCapabilities | None
    trouble: tuple[Reason, ...] = ()


def select(
    request: Request,
    offers: Iterable[Offer],
    *,
    order: Sequence[str] = (),
    require: str | Collection[str] = (),
    prefer: Preference | Sequence[Preference] = (),
) -> Selection:
    """Who can serve a request.

    Args:
        request: What is asked for. Where it names models, only those are looked at.
        offers: Who is there.
        order: The user's order of providers, the first preferred.
        require: What the model must take beside the request: names of parameters, ``stream``, ``transparent``,
            ``url``, operations.
        prefer: What counts before the order.

    Raises:
        BadInputError: a requirement or a preference is not a word that is known here.
    """
    needs = (require,) if isinstance(require, str) else tuple(require)
    wishes = (prefer,) if isinstance(prefer, str) else tuple(prefer)
    unknown = [wish for wish in wishes if wish not in _METRICS]
    if unknown:
        raise BadInputError(f"prefer takes {listed(_METRICS)}; it was given {unknown[0]!r}.", param="prefer")
    asked, inputs = request.given(), tuple(inputs_of(request))
    everybody = [one for offer in offers for one in _standings(request, asked, inputs, offer, needs)]
    ranks = {name: place for place, name in enumerate(order)}

    def key(one: Standing) -> tuple[Any, ...]:
        default = one.found is not None and bool(one.found.operation.default)
        rank = ranks.get(one.provider, len(ranks))
        return (*(_METRICS[wish](one) for wish in wishes), rank, one.verdict == "warn", not default)

    able = sorted((one for one in everybody if one.verdict != "no"), key=key)
    return Selection(tuple(able), tuple(one for one in everybody if one.verdict == "no"), request.operation)


def decide(selection: Selection, *, order: Sequence[str] = (), installed: Sequence[str] = ()) -> Standing:
    """The one that serves, where nothing was named.

    Raises:
        NoProviderError: nobody can; it says why, in a few lines.
        BadInputError: several are equally good, and no order was given.
    """
    if not selection.candidates:
        raise nobody(selection, installed)
    first = selection.candidates[0]
    equal = [one for one in selection.candidates if one.verdict == first.verdict]
    rivals = {one.provider: one for one in reversed(equal)}
    if not order and len(rivals) > 1:
        names = listed(dict.fromkeys(one.name for one in reversed(rivals.values())), "and")
        raise BadInputError(
            f"No model was named, and {names} could each serve this: name one with model=, or give an order of"
            " providers with Client(providers=[...]).",
            param="model",
        )
    return first


def nobody(selection: Selection, installed: Sequence[str] = ()) -> NoProviderError:
    """The error that explains why nobody serves a request."""
    # Who has no key at all has no use for the rest of it yet.
    if all(any(reason.code == NO_KEY for reason in one.reasons) for one in selection.rejected):
        there = listed(installed) if installed else "one that is installed (none is)"
        text = (
            "No model was named and no provider has a key; name one with model='provider/model', where provider is"
            f" {there}."
        )
    else:
        text = f"Nobody here can serve this ({selection.operation}):\n{selection.explain(LINES - 1)}"
    error = NoProviderError(text, param="model")
    error.selection = selection
    error.reasons = tuple(reason for one in selection.rejected for reason in one.reasons)
    return error


def _standings(
    request: Request, asked: Mapping[str, Any], inputs: Sequence[Input], offer: Offer, needs: Sequence[str]
) -> Iterator[Standing]:
    declared = offer.capabilities
    if declared is None:
        yield Standing(offer.provider, "", None, asked, request, offer.trouble)
        return
    trouble = (*offer.trouble, *foreign(inputs, offer.provider))
    adapted = bool(request.models) and request.on_unsupported == "adapt"
    for name, listed_as, why_not in _models(request, offer.provider, declared):
        found, became = _served(request, declared, listed_as) if adapted else (listed_as, ())
        lacking = unmet(needs, found, declared) if needs and found is not None else ()
        besides = (*trouble, *((why_not,) if why_not is not None else ()), *lacking)
        model = found.id if found is not None and became else name
        # Some parameters depend on it; whoever shows no frames has been told so by now.
        streams = "stream" in needs and found is not None and found.operation.streams
        wanted = {**asked, "stream": True} if streams else asked
        yield Standing(offer.provider, model, found, wanted, request, besides, became)


def _served(
    request: Request, declared: ProviderCapabilities, found: Found | None
) -> tuple[Found | None, tuple[Change, ...]]:
    """What serves in place of a retired model that was named, as a plan has it; where none was, all are looked at."""
    heir = successor(declared, found, request.allow) if found is not None else None
    return (found, ()) if found is None or heir is None else (heir, (replaced(found, heir),))


def _models(
    request: Request, provider: str, declared: ProviderCapabilities
) -> Iterator[tuple[str, Found | None, Reason | None]]:
    """The models to look at: those that are named, or all that the provider lists for the operation."""
    if models := request.models:
        for name in filter(None, (_at(provider, model, request.provider) for model in models)):
            yield name, declared.find(name, request.operation), declared.why_not(name, request.operation)
        return
    offered = declared.offers(request.operation)
    for found in offered:
        yield found.id, found, None
    if not offered:
        names = listed(declared.operations(), "and") or "nothing"
        reason = Reason(
            "no", "unsupported_operation", "operation", request.operation, names,
            f"{provider} has no model to {request.operation}; it offers {names}.", None, declared.source,
        )  # fmt: skip
        yield "", None, reason


def _at(provider: str, name: str, given: str | None) -> str | None:
    """The model's name at this provider; ``None`` where it is another provider's."""
    if given is not None:
        return name
    head, slash, model = name.partition("/")
    return model if slash and head == provider else None


_METRICS: Mapping[str, Callable[[Standing], int]] = {
    "fewest_calls": lambda one: one.calls,
    "fewest_adaptations": lambda one: len(one.changes),
}


def _who(group: Sequence[Standing]) -> str:
    first = group[0]
    if len(group) == 1:
        return first.name
    names = [one.model for one in group]
    return f"{first.provider} ({listed(names, 'and') if len(names) <= _FEW else f'{len(names)} models'})"


def _why(one: Standing) -> str:
    """All reasons in a line, and the change that would help."""
    text = " ".join(str(reason) for reason in one.reasons if refuses(reason))
    text = text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
    if not one.change:
        return text
    changes = (f"without {name}" if to is None else f"with {name}={word(to)}" for name, to in one.change.items())
    return f"{text} It could {' and '.join(changes)}."


_FEW = 3
_LONG = 240
