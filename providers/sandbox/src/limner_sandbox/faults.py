"""Failures to order: what a sandbox can be told to do instead of answering well.

A fault is a value: made in code (``sandbox.fail("rate_limit", retry_after=1)``), on a command line or in a request's
``x-sandbox-fault`` header (``rate_limit; retry_after=1``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from attrs import evolve, field, fields_dict, frozen
from attrs.validators import ge, in_, le, lt, optional

from limner.errors import ConfigError
from limner_sandbox.twists import ERRORS, ITEMS, STREAMS, SUCCESSES, TWISTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEADER = "x-sandbox-fault"
"""The request header that orders a fault for that one request."""

Body = Literal["error", "html", "text", "empty"]


@frozen(kw_only=True)
class Fault:
    """One way for a request to go wrong. What is not set is left to happen as usual."""

    status: int | None = field(default=None, validator=optional([ge(200), le(599)]))
    """Answer with this status at once: no work is done, nothing is billed. 200 is an error in a success."""
    code: str | None = None
    """The vendor's code in the error body; where unset, the usual one for the status."""
    type: str | None = None
    message: str | None = None
    param: str | None = None
    retry_after: float | None = field(default=None, validator=optional(ge(0)))
    """Seconds, for the ``Retry-After`` header."""
    body: Body = field(default="error", validator=in_(get_args(Body)))
    """What the body is: the vendor's error, a proxy's HTML page or line of text, or nothing."""
    delay: float = field(default=0.0, validator=ge(0))
    """Seconds to wait before anything else."""
    cut: float | None = field(default=None, validator=optional([ge(0), lt(1)]))
    """Do the work, bill it, and close the connection after this share of the body; 0: before the first byte.

    A stream is cut within its second event.
    """
    extra: int = 0
    """Make so many images more than were asked for; fewer, if negative."""
    twist: str | None = field(default=None, validator=optional(in_(TWISTS)))
    """Change the answer, as one of :data:`limner_sandbox.twists.TWISTS` does."""
    times: int = field(default=1, validator=ge(1))
    """How many requests it befalls."""
    on: str = ""
    """Befall only requests whose path contains this text, such as ``generations`` or ``/files/``."""

    @classmethod
    def make(cls, kind: str | Fault | None = None, **changes: object) -> Fault:
        """A fault by its kind, with changes.

        Args:
            kind: A name in :data:`FAULTS`, a fault to start from, or nothing.
            **changes: Fields of a fault.

        Raises:
            ConfigError: There is no such kind or field, or a value is out of range.
        """
        if isinstance(kind, str) and kind not in FAULTS:
            raise ConfigError(f"There is no fault {kind!r}. There are: {', '.join(sorted(FAULTS))}.")
        fault = kind if isinstance(kind, Fault) else FAULTS[kind] if kind else cls()
        unknown = sorted(set(changes) - set(fields_dict(cls)))
        if unknown:
            raise ConfigError(f"A fault has no {unknown[0]!r}. It has: {', '.join(fields_dict(cls))}.")
        try:
            return evolve(fault, **changes)  # type: ignore[arg-type]  # checked above and by the validators
        except (TypeError, ValueError) as error:
            raise ConfigError(f"Not a fault: {error.args[0]}.") from None

    @classmethod
    def parse(cls, text: str) -> Fault:
        """A fault from text: ``kind``, ``field=value`` or several of them, separated by semicolons.

        Raises:
            ConfigError: The text is not of that form, or :meth:`make` refuses it.
        """
        parts = [part.strip() for part in text.split(";") if part.strip()]
        kind = parts.pop(0) if parts and "=" not in parts[0] else None
        changes: dict[str, object] = {}
        for part in parts:
            name, equals, value = (piece.strip() for piece in part.partition("="))
            if not equals:
                raise ConfigError(f"{part!r} is not of the form name=value.")
            try:
                changes[name] = _READERS.get(name, str)(value)
            except ValueError:
                raise ConfigError(f"{value!r} is not a number, and {name} is one.") from None
        return cls.make(kind, **changes)


_READERS: Mapping[str, Callable[[str], object]] = {
    "status": int,
    "retry_after": float,
    "delay": float,
    "cut": float,
    "extra": int,
    "times": int,
}

FAULTS: Mapping[str, Fault] = {
    "rate_limit": Fault(status=429, code="rate_limit_exceeded"),
    "quota": Fault(status=429, code="insufficient_quota", type="insufficient_quota"),
    "unauthorized": Fault(status=401),
    "forbidden": Fault(status=403),
    "moderation": Fault(status=400, code="moderation_blocked", type="image_generation_user_error"),
    "server_error": Fault(status=500),
    "overloaded": Fault(status=503),
    "bad_gateway": Fault(status=502, body="html"),
    "gateway_timeout": Fault(status=504, body="html"),
    "empty": Fault(status=200, body="empty"),
    "error_in_200": Fault(status=200),
    "timeout_524": Fault(status=524, body="text"),
    "html_as_json": Fault(status=502, body="html", twist="html_as_json"),
    "json_as_html": Fault(twist="json_as_html"),
    "created_201": Fault(twist="created_201"),
    "two_images": Fault(extra=1),
    "fewer_images": Fault(extra=-1),
    **{name: Fault(twist=name) for name in (*ITEMS, *SUCCESSES, *STREAMS)},
    **{name: Fault(status=500, twist=name) for name in ERRORS},
    "cut": Fault(cut=0.5),
    "hang_up": Fault(cut=0.0),
    "slow": Fault(delay=5.0),
}
"""The faults that have names."""
