"""Keys: where they come from, where they may go, and how they stay out of everything else.

A key is looked for in the ``keys=`` argument, then in the environment, then in the user's file of keys
(:mod:`limner.keysfile`), then with the ``limner_key`` hooks (:class:`KeyRing`). What is found travels as a
:class:`Secret`, which no log, traceback, pickle or ``asdict`` opens. It is sent only where :func:`may_send_key` lets
it, and a :class:`Redactor` takes it out of every error's text.
"""

from __future__ import annotations

import inspect
import re
import threading
import unicodedata
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import lru_cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from attrs import field, frozen

from limner._secrets import MASK, SHORTEST, Redactor, Secret, Unpicklable
from limner.errors import ConfigError

if TYPE_CHECKING:
    from limner.keysfile import KeysFile

__all__ = [
    "MASK", "SHORTEST", "Key", "KeyCallable", "KeyHook", "KeyRing", "KeySource", "KeyValue", "Redactor", "Secret",
    "Strength", "Unpicklable", "clean_key", "given_for", "is_loopback", "may_send_key", "normalized",
]  # fmt: skip

T = TypeVar("T")

Strength: TypeAlias = Literal["code", "config", "environment"]
"""Whose word it is, the strongest first: the program's, its configuration file's, its surroundings'."""

KeyValue: TypeAlias = str | Secret | Mapping[str, str | Secret] | None
"""A key; or, for a provider that takes several, a mapping from their names."""

KeyCallable: TypeAlias = Callable[..., KeyValue | Awaitable[KeyValue]]
KeySource: TypeAlias = Mapping[str, KeyValue | KeyCallable] | KeyCallable
"""The ``keys=`` argument: by provider, a key or a function without arguments that returns it; or one function of the
provider's name, which returns ``None`` for a provider it has no key for. Functions may be asynchronous."""

_RANK: Mapping[str, int] = {"environment": 1, "config": 2, "code": 3}


@lru_cache(maxsize=256)
def normalized(name: str) -> str:
    """Return the form in which names of providers and distributions are compared: NFKC, then PEP 503."""
    return re.sub(r"[-_.]+", "-", unicodedata.normalize("NFKC", name)).lower()


def given_for(provider: str, given: Mapping[str, T]) -> T | None:
    """Return what was given for a provider, however its name is written."""
    wanted = normalized(provider) if given else None
    return next((value for name, value in given.items() if normalized(name) == wanted), None)


@frozen
class Key:
    """A key that was found, and where."""

    secret: Secret
    source: str
    """For messages: ``the keys= argument``, ``environment variable ACME_API_KEY``."""
    strength: Strength
    renewable: bool = field(default=False, eq=False, kw_only=True)
    """Whether a function gave it, which may give another one by now."""


KeyHook: TypeAlias = Callable[[str, str | None], str | Key | None]
"""``(provider, name) -> key or None``: as text, or with the source it comes from."""


def clean_key(value: object, where: str) -> Secret:
    """Return a key without the white space around it.

    Args:
        value: The key, as text or as a :class:`Secret`.
        where: Where it stood, for the message: a variable or an argument.

    Raises:
        ConfigError: it cannot be a key. The message names ``where``, never the value.
    """
    value = _wrapped(value)  # at once, so that no traceback that shows variables shows it
    if not isinstance(value, Secret):
        raise ConfigError(f"The key in {where} is not text, but {type(value).__name__}.", param="keys")
    # The same one where it may be: those are compared by identity, and a key's own comparison takes long.
    secret = value if value.reveal() == value.reveal().strip() else Secret(value.reveal().strip())
    if not _FIT.fullmatch(secret.reveal()):
        fault = next(fault for pattern, fault in _FAULTS if re.search(pattern, secret.reveal()))
        raise ConfigError(f"The key in {where} cannot be used: it {fault}.", param="keys")
    return secret


_FIT = re.compile(r"[!-~]+")
_FAULTS = (
    (r"\A\Z", "is empty"),
    (r"[^\x00-\x7f]", "holds a character that is not ASCII"),
    (r"[\r\n\v\f]", "holds a line break"),
    (r"[ \t]", "holds white space"),
    (r"[\x00-\x1f\x7f]", "holds a control character"),
)


def _wrapped(value: Any) -> Any:  # noqa: ANN401 - whatever a caller's function returns
    """Wrap every key as soon as it is in our hands."""
    if isinstance(value, str):
        return Secret(value)
    if isinstance(value, Mapping):
        return {name: _wrapped(one) for name, one in value.items()}
    return value


class KeyRing(Unpicklable):
    """A client's sources of keys, in their order, and the keys that came from them.

    Args:
        keys: The ``keys=`` argument. Its word is final: a provider it names is looked for nowhere else.
        environ: The environment variables, where they may be read.
        hooks: ``limner_key`` implementations. Each is expected not to raise; the registry sees to that.
        file: The user's file of keys, where it may be read.
    """

    def __init__(
        self,
        keys: KeySource | None = None,
        environ: Mapping[str, str] | None = None,
        hooks: Iterable[KeyHook] = (),
        file: KeysFile | None = None,
    ) -> None:
        if keys is not None and not callable(keys) and not isinstance(keys, Mapping):
            raise ConfigError(
                f"keys= takes a mapping by provider or a function; it was given {type(keys).__name__}.", param="keys"
            )
        self._function = keys if callable(keys) else None
        self._named = _by_provider(keys) if isinstance(keys, Mapping) else {}
        self._environ = environ
        self._hooks = tuple(hooks)
        self._file = file
        self._found: tuple[Secret, ...] = ()
        self._redactor = Redactor(())
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.sources(None))})"

    def find(self, provider: str, variable: str | None, name: str | None = None) -> Key | None:
        """Look for a key.

        Args:
            provider: The provider's name.
            variable: The environment variable that holds the key.
            name: Which key, for a provider that takes several.

        Raises:
            ConfigError: a source has something that cannot be a key, or answers only to ``await``.
        """
        given = self._given(provider)
        if not isinstance(given, _HERE) and inspect.isawaitable(given):
            if inspect.iscoroutine(given):
                given.close()
            raise ConfigError(
                f"The keys= function for {provider!r} is asynchronous: use it with AsyncClient,"
                " or give Client a plain function.",
                provider=provider,
                param="keys",
            )
        return self._settle(given, provider, variable, name)

    async def find_async(self, provider: str, variable: str | None, name: str | None = None) -> Key | None:
        """Look for a key as :meth:`find` does, waiting for a ``keys=`` function that is asynchronous."""
        given = self._given(provider)
        if not isinstance(given, _HERE) and inspect.isawaitable(given):
            given = _wrapped(await given)
        return self._settle(given, provider, variable, name)

    def promises(self, provider: str) -> bool:
        """Whether the ``keys=`` function is asynchronous here: what it has is known when it can be awaited."""
        given = self._given(provider)
        if inspect.iscoroutine(given):
            given.close()
        return inspect.isawaitable(given)

    def _given(self, provider: str) -> Any:  # noqa: ANN401 - a wrapped KeyValue, or an awaitable of one
        if self._function is not None:
            return _wrapped(self._function(provider))
        given = self._named.get(normalized(provider))
        return _wrapped(given()) if callable(given) else given

    def _settle(self, given: object, provider: str, variable: str | None, name: str | None) -> Key | None:
        wanted = normalized(provider)
        own = self._named.get(wanted)
        if given is not None or wanted in self._named:
            where = f"{_ARGUMENT} for {provider!r}" + (f" ({name})" if name else "")
            secret = clean_key(_chosen(given, name, where), where)
            asked = self._function is not None or callable(own)
            return self._remember(Key(secret, _ARGUMENT, "code", renewable=asked))
        if self._environ is not None and variable is not None and variable in self._environ:
            where = f"environment variable {variable}"
            return self._remember(Key(clean_key(self._environ[variable], where), where, "environment"))
        return self._kept(provider, name) or self._brought(provider, name)

    def _kept(self, provider: str, name: str | None) -> Key | None:
        """The key of the user's file. A name that its table does not have may be found elsewhere."""
        kept = self._file.get(provider) if self._file is not None else None
        if self._file is None or kept is None:
            return None
        where = f"{self._file.path} for {provider!r}" + (f" ({name})" if name else "")
        chosen = _chosen(kept, name, where)
        if chosen is None:
            return None
        return self._remember(Key(clean_key(chosen, where), str(self._file.path), "environment"))

    def _brought(self, provider: str, name: str | None) -> Key | None:
        for hook in self._hooks:
            answer = hook(provider, name)
            if answer is not None:
                key = answer if isinstance(answer, Key) else Key(_wrapped(answer), _HOOKS, "environment")
                return self._remember(Key(clean_key(key.secret, key.source), key.source, key.strength, renewable=True))
        return None

    def _remember(self, key: Key) -> Key:
        """Keep it out of errors from now on; of keys that come and go, the last ones."""
        if self._found[-1:] != (key.secret,):  # which it is, where there is but one
            with self._lock:
                others = [one for one in self._found if one != key.secret]
                self._found = (*others[-_REMEMBERED + 1 :], key.secret)
        return key

    def redactor(self, held: Iterable[Secret] = ()) -> Redactor:
        """Return the redactor of the keys found so far.

        Args:
            held: Keys that are in use, however many others were found since.
        """
        redactor, secrets = self._redactor, frozenset((*self._found, *held))
        if redactor.secrets != secrets:
            redactor = self._redactor = Redactor(secrets, redactor)
        return redactor

    def sources(self, variable: str | None) -> tuple[str, ...]:
        """Name the places where a key is looked for, in their order, for messages."""
        argument = (_ARGUMENT,) if self._function or self._named else ()
        environment = f"environment variable {variable}" if variable else "the environment"
        hooks = (_HOOKS,) if self._hooks else ()
        file = (str(self._file.path),) if self._file is not None else ()
        return (*argument, *((environment,) if self._environ is not None else ()), *file, *hooks)

    def missing(self, provider: str, variable: str | None, hint: str = "") -> ConfigError:
        """Return the error that says a provider has no key, and every way to give it one."""
        ways = [f"pass keys={{{provider!r}: ...}}"]
        if variable is not None and self._environ is not None:
            ways.insert(0, f"set the environment variable {variable}")
        if variable is not None and self._environ is None:
            ways = [f"{ways[0]} (this client does not read {variable} or any other environment variable)"]
        if self._file is not None:
            ways.append(f"write it to {self._file.path}")
        ways[-1] = f"or {ways[-1]}" if len(ways) > 1 else ways[-1]
        return ConfigError(
            f"{provider} has no key: {', '.join(ways)}.{f' {hint}' if hint else ''}"
            " To try it without one, use --sandbox, or limner_sandbox.Sandbox() in Python.",
            provider=provider,
            param="keys",
        )


_HERE = (Secret, NoneType)
"""What a key that is there is, and one that is not: neither has to be awaited, which takes longer to find out."""
_ARGUMENT = "the keys= argument"
_HOOKS = "the limner_key hooks"
_REMEMBERED = 64
"""Keys that errors are searched for: functions may make a new one for every request."""


def _by_provider(keys: Mapping[str, KeyValue | KeyCallable]) -> dict[str, Any]:
    named = {normalized(provider): _wrapped(value) for provider, value in keys.items()}
    if len(named) < len(keys):
        raise ConfigError("The keys= argument names a provider twice.", param="keys")
    return named


def _chosen(given: object, name: str | None, where: str) -> object:
    """Pick the named key of a provider that takes several."""
    if name is None or given is None:
        return given
    if not isinstance(given, Mapping):
        raise ConfigError(f"Give names with the key in {where}: this provider takes several.", param="keys")
    return given.get(name)


def may_send_key(  # noqa: PLR0913 - a rule over what is known of a key and of an address
    key: Key,
    url_strength: Literal["declared"] | Strength,
    scheme: str,
    host: str,
    declared_hosts: Collection[str],
    *,
    plain_http: bool = False,
) -> None:
    """Let a key go to an address, or say why not.

    It may go to the hosts that its provider declares. To the host of an overridden base URL it may go if it comes from
    the same kind of source as that URL or from a stronger one: else whoever can set a variable could collect keys.

    Args:
        key: The key, with where it comes from.
        url_strength: Who chose this host: the provider (``declared``), or where its base URL was overridden.
        scheme: The URL's.
        host: The URL's, without a port.
        declared_hosts: The provider's own hosts.
        plain_http: Whether the user has allowed keys over http to other machines.

    Raises:
        ConfigError: it may not; the message says what to do.
    """
    why = _objection(key.strength, url_strength, scheme, host, declared_hosts, plain_http=plain_http)
    if why is not None:
        raise ConfigError(f"The key from {key.source} is not sent to {scheme}://{host}: {why}.", param="base_url")


def _objection(  # noqa: PLR0913 - as above
    own: Strength,
    url_strength: Literal["declared"] | Strength,
    scheme: str,
    host: str,
    declared_hosts: Collection[str],
    *,
    plain_http: bool,
) -> str | None:
    if scheme != "https" and not (scheme == "http" and (plain_http or is_loopback(host))):
        return "anyone on the way could read it; use https"
    if _host(host) in map(_host, declared_hosts):
        return None
    if url_strength == "declared":
        return f"it goes only to {', '.join(declared_hosts) or 'no host at all'}"
    if _RANK[own] < _RANK[url_strength]:
        return (
            f"that base URL was set in {_SET_IN[url_strength]}, and a key for it has to come from there or"
            f" from a stronger place (code over configuration over environment); {_CURE[url_strength]}"
        )
    return None


_SET_IN = {"code": "code", "config": "the configuration"}
_CURE = {
    "code": "pass the key in code as well, with keys=",
    "config": "pass the key with keys=, or set the base URL where the key is set",
}


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine by its very spelling: a loopback address, or ``localhost``."""
    from ipaddress import ip_address  # noqa: PLC0415 - only for plain http

    if _host(host) == "localhost" or _host(host).endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host(host: str) -> str:
    return host.lower().removesuffix(".")
