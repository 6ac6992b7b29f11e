"""The package: a table of contents that loads nothing until it is used."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import pytest

import limner


def visible() -> dict[str, str]:
    """The names that type checkers see, and where: imports under TYPE_CHECKING."""
    tree = ast.parse(Path(limner.__file__).read_text())
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f"{node.module}" for node in imports for alias in node.names}


def run(code: str) -> str:
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_what_is_declared_is_what_type_checkers_see_and_what_there_is() -> None:
    assert set(limner.__all__) == visible().keys() | {"__version__"}
    assert dir(limner) == sorted(limner.__all__)
    for name in limner.__all__:
        assert getattr(limner, name) is not None


def test_names_come_from_where_type_checkers_look_for_them() -> None:
    for name, module in visible().items():
        assert getattr(limner, name) is getattr(import_module(module), name)
        assert limner._CONTENTS[name] == module.removeprefix("limner.")


def test_the_version_is_the_distributions() -> None:
    assert limner.__version__ == version("limner")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'limner' has no attribute 'generat'"):
        limner.generat  # type: ignore[attr-defined] # noqa: B018


def test_importing_limner_loads_next_to_nothing() -> None:
    heavy = {"httpx", "httpcore", "cattrs", "stamina", "click", "rich", "pluggy", "attrs", "attr", "asyncio", "ssl"}
    loaded = run("import sys; before = set(sys.modules); import limner; print(*(set(sys.modules) - before))").split()
    assert heavy.isdisjoint(loaded)
    assert {name for name in loaded if name.startswith("limner")} == {"limner"}


def test_a_client_is_made_without_sockets_threads_handlers_or_a_loop() -> None:
    code = """
import logging, os, socket, threading
environment, handlers = dict(os.environ), list(logging.getLogger().handlers)
def forbidden(*_, **__):
    raise AssertionError("a socket at construction")
socket.socket.__init__ = forbidden
import limner
with limner.Client() as client:
    assert threading.active_count() == 1
    assert (dict(os.environ), logging.getLogger().handlers) == (environment, handlers)
    assert not logging.getLogger("limner").handlers or all(
        isinstance(one, logging.NullHandler) for one in logging.getLogger("limner").handlers)
print("quiet")
"""
    assert run(code) == "quiet\n"


@pytest.mark.parametrize("function", [limner.generate, limner.Client.generate, limner.agenerate])
def test_inspect_sees_every_parameter(function: object) -> None:
    names = set(inspect.signature(function).parameters)  # type: ignore[arg-type]
    fields = {item.name for item in (*limner.GenerateRequest.parameters(), *limner.GenerateRequest.call_options())}
    assert names - {"self"} == fields
