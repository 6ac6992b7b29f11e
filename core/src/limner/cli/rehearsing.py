"""One call of a provider without a network: what it asks for is looked at, and it is answered with nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, get_args

from limner.errors import LimnerError, PluginError, ProviderError
from limner.planning import declared, plan
from limner.requests import GenerateRequest
from limner.results import ImageResult
from limner.steps import HttpRequest, HttpResponse, Step
from limner.verification import misfits

if TYPE_CHECKING:
    from limner.provider import Call, Provider
    from limner.transport.endpoint import Endpoint

NOTHING = HttpResponse(200, {}, json={})
"""What a server may well answer: whoever can make nothing of it has to say so with an error of limner's."""

STEPS: tuple[type, ...] = get_args(Step)


def rehearse(provider: Provider, endpoint: Endpoint) -> str:
    """Say what a provider does wrong between a request and an answer; nothing, where nothing shows.

    Nothing is sent, and a step that blocks is not run. What does not generate, or takes more than words, is let be.
    """
    doing = "made a request"
    try:
        call = _call(provider)
        if call is None:
            return ""
        with closing(_generator(provider.exchange(call))) as exchange:
            step = next(exchange)
            if isinstance(step, HttpRequest):
                endpoint.prepare(step)
                doing = "read an answer without pictures"
                step = _answered(provider, call, exchange)
            return "" if isinstance(step, STEPS) else f"it yielded {type(step).__name__}, which is no step"
    except StopIteration as stop:
        return _faults(stop.value)
    except PluginError as error:
        return error.message.removesuffix(".")
    except LimnerError:
        return ""  # it knows what it cannot do, and says so
    except KeyboardInterrupt:
        raise
    except BaseException as broken:  # noqa: BLE001 - a plugin's code, which may even want to end the process
        return f"it broke while it {doing}: {type(broken).__name__}: {broken}"


def _call(provider: Provider) -> Call | None:
    """The smallest request for the first model that generates."""
    offer = declared(provider)
    for model in offer.models:
        if "generate" in model.operations:
            request = GenerateRequest("a picture", allow=("announced", "retired"))
            return plan(request, provider, model.id).calls[0]
    return None


def _generator(exchange: Any) -> Any:  # noqa: ANN401 - what a provider returned
    if not hasattr(exchange, "send"):
        msg = f"exchange() returned {type(exchange).__name__}, which is no generator"
        raise TypeError(msg)
    return exchange


def _answered(provider: Provider, call: Call, exchange: Any) -> object:  # noqa: ANN401 - a generator, we hope
    """The step after the answer."""
    judged: object = provider.classify(NOTHING, call)
    if isinstance(judged, ProviderError):
        raise judged
    if judged is not None:
        msg = f"classify() returned {type(judged).__name__}"
        raise TypeError(msg)
    return exchange.send(NOTHING)


def _faults(result: object) -> str:
    """What is wrong with the outcome."""
    if not isinstance(result, ImageResult):
        return f"it returned {type(result).__name__} where an ImageResult is due"
    return "".join(f"it returned an ImageResult whose {fault}" for fault in list(misfits(result))[:1])
