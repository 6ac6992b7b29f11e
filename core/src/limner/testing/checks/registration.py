"""How a provider is found, and what it is."""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from limner.errors import LimnerError
from limner.provider import API_VERSION, NoAuth, Signed
from limner.registry.shape import RejectedError, conforming
from limner.testing.checks import check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limner.testing.subject import Subject

QUICK = 2.0
"""Seconds that an import may take, core included: a host's first picture waits for it."""
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@check(101, "It has everything that the contract asks for.")
def complete(subject: Subject) -> Iterator[str]:
    """The registry refuses it otherwise, and says the same."""
    try:
        conforming(subject.provider, API_VERSION)
    except RejectedError as rejected:
        yield rejected.reason


@check(102, "Its entry point is installed under its name, and leads to it.")
def installed(subject: Subject) -> Iterator[str]:
    """``model="acme/..."`` finds it by no other way."""
    name = subject.provider.name
    try:
        entry = subject.registry.check(name)
    except LimnerError as error:
        said = error.message.removesuffix(".")
        yield f"{said}. Is its package installed here, with an entry point {name!r} in the group 'limner'?"
        return
    if entry.status != "ok":
        yield f"{entry.reason} ({entry.status})"
    elif (found := subject.registry.get(name)).capabilities() != subject.declared or type(found) is not type(
        subject.provider
    ):
        yield f"the entry point {name!r} leads to another provider: {found!r}"


@check(103, "It is a value: the same when it comes back from a pickle.")
def is_a_value(subject: Subject) -> Iterator[str]:
    """Requests, plans and clients of other processes carry it."""
    back = pickle.loads(pickle.dumps(subject.provider))  # noqa: S301 - our own, a moment ago
    if (back.name, back.base_url, back.capabilities()) != (
        subject.provider.name, subject.provider.base_url, subject.declared,
    ):  # fmt: skip
        yield "it comes back from a pickle as another one"


@check(104, "Importing it is quick and quiet, and changes nothing.")
def imported_quietly(subject: Subject) -> Iterator[str]:
    """It happens inside a stranger's program, in the middle of a call."""
    yield from _import_faults(_module_of(subject))


def _module_of(subject: Subject) -> str:
    """What its entry point imports; else where its class stands."""
    names = {entry.name: entry.value for entry in subject.registry.entries() if entry.distribution}
    return names.get(subject.provider.name, type(subject.provider).__module__).partition(":")[0]


_IMPORT = """
import contextlib, io, json, logging, os, signal, sys, threading, time, warnings
def state():
    handlers = {name: loud for name, logger in logging.root.manager.loggerDict.items()
                if isinstance(logger, logging.Logger) and name != "concurrent.futures"
                and (loud := [one for one in logger.handlers if not isinstance(one, logging.NullHandler)])}
    return {"handlers of loggers": (list(logging.root.handlers), handlers), "the environment": dict(os.environ),
            "the threads": threading.active_count(), "sys.path": list(sys.path), "the hooks of sys":
            (sys.excepthook, sys.displayhook), "the handlers of signals": [signal.getsignal(n) for n in (2, 15)],
            "the working folder": os.getcwd()}
import limner.provider, limner.hookspecs, limner.capabilities
before, said, began = state(), io.StringIO(), time.perf_counter()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    __import__(sys.argv[1])
took, after = time.perf_counter() - began, state()
network = sorted({"httpx", "requests", "aiohttp", "urllib3", "httpcore"} & set(sys.modules))
print("\\n" + json.dumps({"seconds": took, "said": said.getvalue()[:80], "network": network,
                  "changed": [name for name in before if before[name] != after[name]]}))
"""


@lru_cache(64)
def _import_faults(module: str) -> tuple[str, ...]:
    done = subprocess.run(  # noqa: S603 - our own words, in this very Python
        [sys.executable, "-c", _IMPORT, module], capture_output=True, text=True, check=False, timeout=60,
        env=_with_our_path(),
    )  # fmt: skip
    if done.returncode:
        return (f"importing {module} failed: {done.stderr.strip().splitlines()[-1]}",)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    faults = [f"importing {module} changed {name}" for name in found["changed"]]
    if found["said"]:
        faults.append(f"importing {module} printed {found['said']!r}")
    if found["network"]:
        faults.append(f"importing {module} loads {', '.join(found['network'])}: the core does the network")
    if found["seconds"] > QUICK:
        faults.append(f"importing {module} took {found['seconds']:.1f} s; at most {QUICK:.0f} s")
    return tuple(faults)


def _with_our_path() -> dict[str, str]:
    import os  # noqa: PLC0415 - for this one

    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@check(105, "It says where its key may go: over TLS, to hosts that it names, its own among them.")
def hosts_are_named(subject: Subject) -> Iterator[str]:
    """The core sends the key to these hosts and to no other; one that is missing makes every call fail."""
    provider = subject.provider
    if not provider.base_url:
        if not isinstance(provider.auth, NoAuth):
            yield "it has a key and no base_url"
        return
    parts = urlsplit(provider.base_url)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
        yield f"base_url is {provider.base_url!r}; a key goes over https:// only, or to this machine"
    if parts.hostname not in provider.hosts:
        yield f"hosts is {provider.hosts}, without the base_url's own {parts.hostname!r}"
    for host in provider.hosts:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.:-]*[a-z0-9])?", host):
            yield f"{host!r} among its hosts is no bare host name in small letters"


@check(106, "It says under which name its key is looked for.")
def key_is_named(subject: Subject) -> Iterator[str]:
    """Nobody could set it otherwise, and no message could name it."""
    auth, variable = subject.provider.auth, subject.provider.key_variable
    if isinstance(auth, NoAuth):
        return
    for name in auth.key_names if isinstance(auth, Signed) else (variable,):
        if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name or ""):
            yield f"{name!r} is no environment variable's name such as 'ACME_API_KEY'"


@check(107, "It says which version of the contract it was written for.")
def contract_is_named(subject: Subject) -> Iterator[str]:
    """Otherwise it is used by any later limner too, and breaks there where a sentence would have said what to do."""
    if subject.provider.api_version is None:
        yield f"api_version is not set; this limner's is {API_VERSION}"
