"""A server that misbehaves as each row of the table says, a provider that is asked, and a witness of what comes of it.

The table is data: the modules of ``table/``, by group. Tests are no package, so it is made importable here by its name.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from limner.transport.retry import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent


def _package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def _load(path: Path) -> ModuleType:
    name = f"limner_tests_{path.stem}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


loopback = _load(HERE.parent / "core" / "loopback.py")
Stopwatch = _load(HERE.parent / "core" / "stopwatch.py").Stopwatch
_package("fault_table", HERE / "table")


@pytest.fixture(autouse=True, scope="session")
def _loaded() -> None:
    """The first request of a process loads httpx, aiohttp and certificates; that is no part of what is measured."""
    importlib.import_module("limner.transport._backend")
    for environment in (False, True):
        importlib.import_module("limner.transport._connections")._default_tls(environment=environment)
    with contextlib.suppress(ImportError):
        importlib.import_module("limner.transport._aiohttp")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat without waiting, unless the server says when: how long waits are is told by the tests of the decision."""
    quick = Policy(shortest=0.0, longest=0.0)
    monkeypatch.setattr("limner.transport._fetching._POLICY", quick)
    monkeypatch.setattr("limner.client_base.Policy", lambda **given: Policy(shortest=0.0, longest=0.0, **given))


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asynchronous requests go over httpcore, though aiohttp is installed."""
    monkeypatch.setattr("limner.transport._connections._fast", lambda: None)


@pytest.fixture
def timed() -> type[Any]:
    """See ``tests/core/stopwatch.py``."""
    return Stopwatch


@pytest.fixture
def server() -> Iterator[Any]:
    """A server on loopback: see ``tests/core/loopback.py``."""
    server = loopback.Loopback()
    yield server
    server.close()
    assert not server.faults, server.faults


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """All that was logged, at DEBUG."""
    caplog.set_level(logging.DEBUG)
    return lambda: caplog.text
