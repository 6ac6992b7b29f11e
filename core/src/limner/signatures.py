"""A parameter is spelled once, in its request class: functions and methods take their signature from there."""

from __future__ import annotations

import difflib
import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limner.requests import Request

P = ParamSpec("P")
R = TypeVar("R", bound="Request")
S = TypeVar("S")
T = TypeVar("T")

ELSEWHERE: Mapping[str, str] = {
    "api_key": "keys belong to a client: limner.Client(keys={'provider': '...'})",
    "base_url": "a base URL belongs to a client: limner.Client(base_urls={'provider': '...'})",
    "extra_body": "its name here is extra",
    "extra_headers": "headers belong to a client: limner.Client(settings={'provider': {...}})",
    "format": "its name here is output_format",
    "height": "size= takes WIDTHxHEIGHT",
    "max_retries": "retry= says what may be repeated",
    "num_images": "its name here is n",
    "response_format": "its name here is delivery: 'bytes' or 'url'",
    "stream": "use stream_generate() or stream_edit() of a client",
    "width": "size= takes WIDTHxHEIGHT",
}
"""The words of other libraries, and what to write instead."""

CONSTRUCTORS: Mapping[str, str] = {
    "api_key": "its name here is keys: keys={'provider': '...'}",
    "base_url": "its name here is base_urls: base_urls={'provider': '...'}",
    "default_headers": "headers that a provider takes are settings={'provider': {...}}",
    "http_client": "its name here is http",
    "max_retries": "retry= of a call says what may be repeated",
    "organization": "it is one of a provider's settings: settings={'provider': {'organization': '...'}}",
    "project": "it is one of a provider's settings: settings={'provider': {'project': '...'}}",
}
"""The same for making a client."""

IMAGES = ("image", "images", "reference_images", "input_image", "init_image", "source_image")
"""What images that go in are called, here by one operation or another, and elsewhere."""


def takes(make: Callable[P, R]) -> Callable[[Callable[[S, R], T]], Callable[Concatenate[S, P], T]]:
    """A method written for a request, called with the request's parameters."""

    def decorate(method: Callable[[S, R], T]) -> Callable[Concatenate[S, P], T]:
        return cast("Callable[Concatenate[S, P], T]", _spelled(make, method, skip=1))

    return decorate


def function_takes(make: Callable[P, R]) -> Callable[[Callable[[R], T]], Callable[P, T]]:
    """A function written for a request, called with the request's parameters."""

    def decorate(function: Callable[[R], T]) -> Callable[P, T]:
        return cast("Callable[P, T]", _spelled(make, function, skip=0))

    return decorate


def explained(function: Callable[P, T]) -> Callable[P, T]:
    """A method that answers a name it does not know with the one that was meant."""
    return cast("Callable[P, T]", _answering(function, function.__name__))


def constructed(*, like: type | None = None) -> Callable[[type[T]], type[T]]:
    """A class whose constructor does so, and is documented as the class is.

    Args:
        like: A class with the same arguments, whose documentation has them.
    """

    def decorate(cls: type[T]) -> type[T]:
        if like is not None:
            listed = inspect.cleandoc(like.__doc__ or "").partition("\n\nArgs:\n")[2]
            cls.__doc__ = f"{inspect.cleandoc(cls.__doc__ or '')}\n\nArgs:\n{listed}"
        constructor = _answering(vars(cls)["__init__"], cls.__name__)
        constructor.__doc__ = cls.__doc__
        cls.__init__ = constructor  # type: ignore[method-assign]
        return cls

    return decorate


def _answering(function: Callable[..., Any], called: str) -> Callable[..., Any]:
    known = frozenset(inspect.signature(function).parameters) - {"self"}
    words = {**ELSEWHERE, **CONSTRUCTORS}

    @wraps(function)
    def answering(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - what the function returns
        for name in given:
            if name not in known:
                raise TypeError(_explained(called, name, known, words))
        return function(*args, **given)

    return answering


def _spelled(make: Callable[..., Any], function: Callable[..., Any], skip: int) -> Callable[..., Any]:
    wanted = inspect.signature(make)
    known = frozenset(wanted.parameters)

    def request(args: tuple[Any, ...], given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a Request
        for name in given:
            if name not in known:
                raise TypeError(_explained(function.__name__, name, known))
        try:
            return make(*args, **given)
        except TypeError:
            _check_bound(function.__name__, wanted, args, given)
            raise

    @wraps(function)
    def plain(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - what the function returns
        return function(*args[:skip], request(args[skip:], given))

    @wraps(function)
    async def awaited(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - what the function returns
        return await function(*args[:skip], request(args[skip:], given))

    called: Callable[..., Any] = awaited if inspect.iscoroutinefunction(function) else plain

    # Parameters before call options, as people read them; all but the first are keyword-only, so the order is free.
    order = [item.name for item in (*make.parameters(), *make.call_options())]  # type: ignore[attr-defined]
    spelled = sorted(wanted.parameters.values(), key=lambda one: order.index(one.name))
    own = list(inspect.signature(function).parameters.values())[:skip]
    returns = inspect.signature(function).return_annotation
    signature = wanted.replace(parameters=[*own, *spelled], return_annotation=returns)
    called.__signature__ = signature  # type: ignore[attr-defined]
    called.__annotations__ = {
        **{name: parameter.annotation for name, parameter in wanted.parameters.items()}, "return": returns
    }  # fmt: skip
    called.__doc__ = _documented(function.__doc__ or "", make)
    return called


def _explained(function: str, name: str, known: frozenset[str], words: Mapping[str, str] = ELSEWHERE) -> str:
    message = f"{function}() takes no parameter {name!r}"
    if name in IMAGES and (own := known.intersection(IMAGES)):
        return f"{message}: its name here is {min(own)}."
    if name in words:
        return f"{message}: {words[name]}."
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"{message}. Did you mean {near[0]!r}?" if near else f"{message}; it takes {', '.join(sorted(known))}."


def _check_bound(function: str, wanted: inspect.Signature, args: tuple[Any, ...], given: Mapping[str, Any]) -> None:
    """Say what is missing or too much of the function that was called, not of the class behind it."""
    try:
        wanted.bind(*args, **given)
    except TypeError as error:
        raise TypeError(f"{function}(): {error}; only {next(iter(wanted.parameters))} goes without its name.") from None


def _documented(doc: str, make: Any) -> str:  # noqa: ANN401 - a request class
    """The function's sentence, its parameters from the request class, then the rest of what it says."""
    head, gap, rest = inspect.cleandoc(doc).partition("\n\n")
    lines = [f"    {item.name}: {item.metadata['doc']}" for item in (*make.parameters(), *make.call_options())]
    return "\n".join([head, "", "Args:", *lines]) + (gap + rest)
