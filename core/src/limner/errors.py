"""Every error limner raises, and what it knows.

The tree, with the stable ``kind`` of each class and the built-in a naive caller would catch::

    LimnerError
    ├── ConfigError             config             ValueError
    ├── BadInputError           bad_input          ValueError
    │   └── UnsupportedError    unsupported        ValueError
    │       └── NoProviderError  (the same: nobody who is there can)
    ├── PluginError             plugin             RuntimeError
    ├── CancelledError          cancelled          RuntimeError
    ├── TransportError
    │   ├── ConnectError        connect            ConnectionError
    │   ├── TLSError            tls                ConnectionError
    │   ├── DeadlineError       timeout            TimeoutError
    │   ├── ProtocolError       protocol           ConnectionError
    │   ├── RedirectError       redirect           ConnectionError
    │   └── SSRFBlockedError    ssrf_blocked       PermissionError
    ├── ResponseError
    │   ├── DecodeError         decode             ValueError
    │   ├── SchemaError         schema             ValueError
    │   ├── BadImageError       bad_image          ValueError
    │   └── TooLargeError       too_large          ValueError
    └── ProviderError
        ├── AuthError             auth               PermissionError
        ├── NotPermittedError     permission         PermissionError
        ├── NotFoundError         not_found          LookupError
        ├── ModelUnavailableError model_unavailable  LookupError
        ├── BadRequestError       bad_request        ValueError
        ├── ContentPolicyError    content_policy     ValueError
        ├── ConflictError         conflict           RuntimeError
        ├── RateLimitError        rate_limit         RuntimeError
        ├── QuotaError            quota              RuntimeError
        ├── ServerError           server             RuntimeError
        └── ExpiredError          expired            LookupError

``TransportError``: the bytes did not travel. ``ResponseError``: they arrived and were not what was promised.
``ProviderError``: the provider answered, and the answer is no.

All of them pickle, and none of them ever holds a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limner.media import Image

Phase = Literal["not_sent", "rejected", "unknown", "final"]
"""How far a request came: never sent, turned away unworked, of unknown outcome, or answered for good."""


class LimnerError(Exception):
    """The root. The context below stands on every error; what is not known is ``None``."""

    kind: ClassVar[str] = "error"

    provider: str | None = None
    """The provider's name."""
    model: str | None = None
    """The model as it was sent, or asked for."""
    status: int | None = None
    """The HTTP status, where there was a response."""
    code: str | None = None
    """The vendor's own code, as sent."""
    param: str | None = None
    """The parameter at fault: ours before a call, the vendor's after one."""
    request_id: str | None = None
    """The request's id at the provider, to name in a complaint."""
    retry_after: float | None = None
    """Seconds the server asked us to wait."""
    maybe_billed: bool = False
    """True where the provider may have done, and charged for, work whose outcome did not arrive."""
    phase: Phase | None = None
    """How far the request came."""
    images: tuple[Image, ...] = ()
    """Images already paid for when this was raised."""
    job: Any = None
    """The submitted job (:class:`limner.provider.Job`), where there was one."""
    raw: Any = None
    """The provider's reply, bounded and without image data."""
    tried: tuple[Any, ...] = ()
    """Every :class:`limner.results.Tried` model, this one the last, where a fallback was given."""

    def __init__(  # noqa: PLR0913 - an error's context is wide, and spelling it out gives it types
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        maybe_billed: bool = False,
        phase: Phase | None = None,
        images: Sequence[Image] = (),
        job: Any = None,  # noqa: ANN401 - a Job; typed Any to keep this module a leaf
        raw: Any = None,  # noqa: ANN401 - JSON
    ) -> None:
        super().__init__(message)
        given = {**locals(), "images": tuple(images)}
        self.__dict__.update({name: given[name] for name in CONTEXT if given[name] != getattr(LimnerError, name)})

    @property
    def message(self) -> str:
        """The sentence, without the notes."""
        return str(self.args[0]) if self.args else ""

    def with_context(self, **context: Any) -> Self:  # noqa: ANN401 - the fields above
        """Fill what is not known yet (in place, and returned): nobody's knowledge is overwritten."""
        for name, value in context.items():
            if name not in CONTEXT:
                msg = f"{type(self).__name__} has no {name!r}"
                raise TypeError(msg)
            if name not in self.__dict__ and value != getattr(LimnerError, name):
                self.__dict__[name] = value
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


CONTEXT = (
    "provider", "model", "status", "code", "param", "request_id", "retry_after",
    "maybe_billed", "phase", "images", "job", "raw",
)  # fmt: skip
"""The names of an error's context, in the order in which they are shown."""


def _rebuild(cls: type[LimnerError], args: tuple[Any, ...], state: Mapping[str, Any]) -> LimnerError:
    error = cls.__new__(cls, *args)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class ConfigError(LimnerError, ValueError):
    """A key, a base URL or a setting is missing or cannot be used. Nothing was sent."""

    kind = "config"


class BadInputError(LimnerError, ValueError):
    """The request itself is wrong, for every provider. Nothing was sent."""

    kind = "bad_input"


class UnsupportedError(BadInputError):
    """This provider and model do not take this request. Nothing was sent."""

    kind = "unsupported"
    reasons: tuple[Any, ...] = ()
    """Every :class:`limner.capabilities.Reason` against it."""


class NoProviderError(UnsupportedError):
    """Nobody who is there serves this request. Nothing was sent."""

    selection: Any = None
    """The :class:`limner.selection.Selection`: everybody who cannot, with every reason."""


class PluginError(LimnerError, RuntimeError):
    """A provider plugin is broken, or broke its contract."""

    kind = "plugin"


class CancelledError(LimnerError, RuntimeError):
    """The call was given up from outside."""

    kind = "cancelled"


class TransportError(LimnerError):
    """The bytes did not travel."""

    kind = "transport"


class ConnectError(TransportError, ConnectionError):
    """No connection: DNS, refused, unreachable. Nothing was sent."""

    kind = "connect"


class TLSError(TransportError, ConnectionError):
    """The server's certificate or handshake was not acceptable. Nothing was sent."""

    kind = "tls"


class DeadlineError(TransportError, TimeoutError):
    """The deadline passed."""

    kind = "timeout"


class ProtocolError(TransportError, ConnectionError):
    """The connection broke, or what came over it is not HTTP."""

    kind = "protocol"


class RedirectError(TransportError, ConnectionError):
    """An API answered with a redirect; limner never follows one with a key in hand."""

    kind = "redirect"


class SSRFBlockedError(TransportError, PermissionError):
    """A download was refused: its address is not one that may be fetched."""

    kind = "ssrf_blocked"


class ResponseError(LimnerError):
    """A response arrived and is not what was promised."""

    kind = "response"


class DecodeError(ResponseError, ValueError):
    """The body is not what its headers say: broken JSON, HTML, a bad content encoding."""

    kind = "decode"


class SchemaError(ResponseError, ValueError):
    """The body is well formed, and there is no image in it."""

    kind = "schema"


class BadImageError(ResponseError, ValueError):
    """What should be an image is not one."""

    kind = "bad_image"


class TooLargeError(ResponseError, ValueError):
    """A limit of size, depth or digits was passed."""

    kind = "too_large"


class ProviderError(LimnerError):
    """The provider answered, and the answer is no."""

    kind = "provider"


class AuthError(ProviderError, PermissionError):
    """The key is missing, wrong or revoked."""

    kind = "auth"


class NotPermittedError(ProviderError, PermissionError):
    """The key is good, and may not do this."""

    kind = "permission"


class NotFoundError(ProviderError, LookupError):
    """There is no such address or object at the provider."""

    kind = "not_found"


class ModelUnavailableError(ProviderError, LookupError):
    """The provider does not serve this model, or not now."""

    kind = "model_unavailable"


class BadRequestError(ProviderError, ValueError):
    """The provider refused the request as it stands; sending it again will not help."""

    kind = "bad_request"


class ContentPolicyError(ProviderError, ValueError):
    """The provider's safety system refused the prompt, an input or the output."""

    kind = "content_policy"


class ConflictError(ProviderError, RuntimeError):
    """The request conflicts with another one in progress."""

    kind = "conflict"


class RateLimitError(ProviderError, RuntimeError):
    """Too many requests; ``retry_after`` says for how long, where the provider says so."""

    kind = "rate_limit"


class QuotaError(ProviderError, RuntimeError):
    """The account's credit or quota is used up; waiting does not help."""

    kind = "quota"


class ServerError(ProviderError, RuntimeError):
    """The provider failed on its side."""

    kind = "server"


class ExpiredError(ProviderError, LookupError):
    """A URL or an object has passed its day."""

    kind = "expired"


def error_kinds() -> dict[str, type[LimnerError]]:
    """Each leaf ``kind`` and the class that bears it."""
    found: dict[str, type[LimnerError]] = {}
    todo: list[type[LimnerError]] = [LimnerError]
    while todo:
        cls = todo.pop()
        todo.extend(cls.__subclasses__())
        found.setdefault(cls.kind, cls)
    return {kind: cls for kind, cls in found.items() if kind not in _GROUPS}


_GROUPS = frozenset({"error", "transport", "response", "provider"})
