"""What a doctor looks at: versions, files, plugins. It looks on where something is broken, and says what."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections import defaultdict
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict, define, evolve, field

from limner.cli import clients
from limner.cli.cures import FINE, Surroundings, Trouble, cure, edit
from limner.cli.installation import needs, versions
from limner.cli.rehearsing import rehearse
from limner.config.loading import VARIABLE as CONFIG
from limner.config.loading import user_file
from limner.credentials import Redactor, Secret
from limner.errors import LimnerError
from limner.keysfile import VARIABLE as KEYS
from limner.keysfile import KeysFile
from limner.planning import declared
from limner.provider import NoAuth, Signed
from limner.registry import GROUP, parse_allow
from limner.transport.http import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from limner.client import Client
    from limner.provider import Provider
    from limner.registry import Entry
    from limner.transport.endpoint import Endpoint

OLD = 180
"""Days after which a declaration is worth a new look at its page."""

LONG = 12
"""Characters from which on what a variable holds may be a key, and is no word."""

_NAMES_A_SECRET = re.compile(r"(?i)(KEY|TOKEN|SECRET|PASSWORD)\Z")

SLOW = 0.5
"""Seconds of an import that are worth a word."""


def today() -> dt.date:
    """The day up to which ages are counted."""
    return dt.datetime.now(dt.UTC).date()


def examined() -> dict[str, Any]:
    """All that was found, as data for JSON: what is here, every plugin, and what is wrong."""
    found = needs()
    troubles = [*filter(None, (need.trouble() for need in found))]
    try:
        with clients.opened() as client:
            examination = Examination(client)
            plugins = examination.plugins()
    except LimnerError as error:
        with clients.opened(config={}) as client:
            examination = Examination(client)
            plugins = examination.plugins()
        problem = error.message.removesuffix(".")
        troubles.append(Trouble("configuration", problem, edit(examination.around.config)))
    environ = examination.environ
    here: dict[str, Any] = {
        "limner": versions(),
        "dependencies": [asdict(need) for need in found],
        "surroundings": {
            "configuration": _configuration(environ),
            "keys_file": _keys_file(environ),
            "plugins": examination.around.allowed,
        },
        "plugins": plugins,
        "wrong": [asdict(trouble) for trouble in (*troubles, *examination.troubles)],
    }
    return examination.redacted(here)


def _configuration(environ: Mapping[str, str]) -> str | None:
    """The configuration file that counts, if any does; ``off``, where none is to."""
    context = click.get_current_context(silent=True)
    named: str | None = context.find_root().obj if context is not None else None
    return named or environ.get(CONFIG) or _existing(user_file())


def _keys_file(environ: Mapping[str, str]) -> str | None:
    """The file of keys, likewise."""
    return environ.get(KEYS) or _existing(KeysFile().path)


def _existing(path: Path) -> str | None:
    return str(path) if path.is_file() else None


@define(eq=False)
class Examination:
    """The plugins of a client, looked at one by one."""

    client: Client
    environ: Mapping[str, str] = field(init=False)
    around: Surroundings = field(init=False)
    troubles: list[Trouble] = field(factory=list, init=False)
    """What was found to be wrong so far."""
    _secrets: frozenset[Secret] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.environ = self.client.environ or {}
        allowed = parse_allow(self.environ.get("LIMNER_PLUGINS"))
        self.around = Surroundings(allowed, _configuration(self.environ) or str(user_file()))
        said = (value for name, value in self.environ.items() if _NAMES_A_SECRET.search(name))
        self._secrets = frozenset(Secret(value) for value in said if len(value) >= LONG)

    def redacted(self, found: dict[str, Any]) -> dict[str, Any]:
        """What was found, without a key: much of it is said by strangers' code, which may say anything."""
        told: dict[str, Any] = Redactor(self._secrets).json(found)
        return told

    def plugins(self) -> list[dict[str, Any]]:
        """Import, rehearse and describe every plugin.

        Raises:
            ConfigError: the configuration is about a provider that is not there.
        """
        entries = self.client.installed().entries(check=True, watched=True)
        providers = {
            entry.name: self.client.installed().get(entry.name)
            for entry in entries
            if entry.group == GROUP and entry.status == "ok"
        }
        shared = _shared(providers.values())
        return [
            self._plugin(entry, providers.get(entry.name) if entry.group == GROUP else None, shared)
            for entry in entries
        ]

    def _plugin(self, entry: Entry, provider: Provider | None, shared: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        about, remarks = None, [*_remarks(entry)]
        if provider is not None and entry.status == "ok":
            try:
                about = self._about(entry, provider)
                remarks += [*_remarks_on(provider, about, shared)]
                fault = rehearse(provider, self.client.endpoint(entry.name))
            except LimnerError as error:
                self._complain(entry, provider, None, error)
                fault = ""
            except KeyboardInterrupt:
                raise
            except BaseException as broken:  # noqa: BLE001 - a plugin's own values, at which it may even want to exit
                fault = f"it cannot be looked at: {type(broken).__name__}: {broken}"
            entry = evolve(entry, status="bad-exchange", reason=fault) if fault else entry
        mend = cure(entry, self.around)
        if entry.status not in FINE:
            self.troubles.append(Trouble(_who(entry), entry.reason, mend))
        facts = {
            name: getattr(entry, name) for name in ("name", "group", "distribution", "version", "status", "reason")
        }
        took = None if entry.seconds is None else round(entry.seconds * 1e3, 1)
        return {**facts, "cure": mend, "origin": entry.origin, "import_ms": took, "provider": about, "remarks": remarks}

    def _about(self, entry: Entry, provider: Provider) -> dict[str, Any]:
        offer, endpoint = declared(provider), self.client.endpoint(entry.name)
        operations: dict[str, int] = defaultdict(int)
        for model in offer.models:
            for name in model.operations:
                operations[name] += 1
        variable = getattr(provider, "base_url_variable", None)
        whose = {"environment": f"environment variable {variable}", "config": "the configuration", "code": "code"}
        return {
            "contract": ".".join(map(str, provider.api_version or ())) or None,
            "models": len(offer.models),
            "operations": dict(operations),
            "key": {
                "needed": not isinstance(provider.auth, NoAuth),
                "variables": list(_variables(provider)),
                "source": self._key_source(entry, provider, endpoint),
            },
            "base_url": {
                "url": shown(endpoint.base_url),
                "set_by": whose[endpoint.strength] if endpoint.strength else None,
            },
            "checked": offer.source.checked.isoformat(),
            "age_days": (today() - offer.source.checked).days,
        }

    def _key_source(self, entry: Entry, provider: Provider, endpoint: Endpoint) -> str | None:
        """Where the key comes from; a key that cannot be used is a trouble, and one that is not there is none."""
        source = None
        try:
            source = endpoint.source()
            self._secrets |= endpoint.redactor().secrets
            if source is not None or isinstance(provider.auth, NoAuth):
                endpoint.check()
        except LimnerError as error:
            self._complain(entry, provider, endpoint, error)
        return source

    def _complain(self, entry: Entry, provider: Provider, endpoint: Endpoint | None, error: LimnerError) -> None:
        problem = error.message.removesuffix(".")
        if error.param == KEYS:
            trouble = Trouble("keys file", problem, _opening(Path(_keys_file(self.environ) or "").expanduser()))
        else:
            trouble = Trouble(_who(entry), problem, self._mending(entry, provider, endpoint, error.param))
        if trouble not in self.troubles:  # the file of keys is every provider's
            self.troubles.append(trouble)

    def _mending(self, entry: Entry, provider: Provider, endpoint: Endpoint | None, param: str | None) -> str:
        """The command against what stands in the way of a key or an address."""
        if param == "keys":
            return "; ".join(f"export {quote(variable)}=YOUR-KEY" for variable in _variables(provider))
        strength = endpoint.strength if endpoint is not None else "config"
        if strength == "environment":
            return f"unset {quote(getattr(provider, 'base_url_variable', None) or '')}"
        return cure(evolve(entry, status="bad-config" if strength else "bad-exchange"), self.around)


def _opening(path: Path) -> str:
    """The command that makes a file of keys usable; one that is not there has to be done without."""
    if not path.is_file():
        return f"export {KEYS}=off"
    open_to_others = os.name == "posix" and path.stat().st_mode & 0o077
    return f"chmod 600 {quote(str(path))}" if open_to_others else edit(str(path))


def _who(entry: Entry) -> str:
    return f"{entry.name} of {entry.distribution} {entry.version}" if entry.distribution else entry.name


def _variables(provider: Provider) -> tuple[str, ...]:
    """The environment variables of a provider's keys."""
    if isinstance(provider.auth, Signed):
        return provider.auth.key_names
    return (provider.key_variable,) if provider.key_variable and not isinstance(provider.auth, NoAuth) else ()


def _shared(providers: Iterable[Provider]) -> dict[str, list[str]]:
    """Who reads each variable."""
    readers: dict[str, list[str]] = defaultdict(list)
    for provider in providers:
        for variable in _variables(provider):
            readers[variable].append(provider.name)
    return readers


def _remarks(entry: Entry) -> Iterator[str]:
    """What is not wrong, and worth a word, of any plugin."""
    yield from entry.noise
    if entry.seconds is not None and entry.seconds > SLOW:
        yield f"its import takes {entry.seconds:.1f} s"
    if entry.group == GROUP and entry.distribution and entry.status == "ok" and not entry.rightful:
        yield f"{entry.distribution} is not called after the name {entry.name}: be sure that it is the one you mean"


def _remarks_on(provider: Provider, about: Mapping[str, Any], shared: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The same, of a provider."""
    if about["age_days"] > OLD:
        yield f"its declarations were checked {about['age_days']} days ago: a newer version may know more"
    for variable in _variables(provider):
        others = [name for name in shared[variable] if name != provider.name]
        if others:
            yield f"{variable} is read for {', '.join(others)} too: the same key goes to both"
