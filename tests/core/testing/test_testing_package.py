"""The kit as a package: a table of contents, a plugin that costs nothing, and nothing that the library itself loads."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from limner import testing

CODE = """
import json, sys
import pytest
before = set(sys.modules)
import limner.testing.plugin
plugin = set(sys.modules) - before
import limner
with limner.Client(environ={}) as client:
    client.installed()
print(json.dumps([sorted(plugin), sorted(set(sys.modules) - before)]))
"""


def visible() -> dict[str, str]:
    """The names that type checkers see, and where: imports under TYPE_CHECKING."""
    tree = ast.parse(Path(testing.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: f"{node.module}" for node in imports for alias in node.names}


def test_what_is_declared_is_what_type_checkers_see_and_what_there_is() -> None:
    assert set(testing.__all__) == set(visible())
    assert dir(testing) == sorted(testing.__all__)
    for name, module in visible().items():
        assert getattr(testing, name) is getattr(import_module(module), name)
        assert testing._CONTENTS[name] == module.removeprefix("limner.testing.")


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"module 'limner\.testing' has no attribute 'Casette'"):
        testing.Casette  # type: ignore[attr-defined] # noqa: B018


def test_pytest_finds_the_plugin() -> None:
    (entry,) = entry_points(group="pytest11", name="limner")
    assert entry.value == "limner.testing.plugin"


@pytest.fixture(scope="module")
def loaded() -> tuple[list[str], list[str]]:
    """What the plugin loads beside pytest, and what a client loads of it."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", CODE], check=True, capture_output=True, text=True, timeout=60
    )
    plugin, client = json.loads(done.stdout)
    return plugin, client


def test_the_plugin_loads_nothing_but_itself(loaded: tuple[list[str], list[str]]) -> None:
    assert set(loaded[0]) <= {"limner", "limner.testing", "limner.testing.plugin"}


def test_the_library_loads_nothing_of_the_kit(loaded: tuple[list[str], list[str]]) -> None:
    kit = {name for name in loaded[1] if name.startswith("limner.testing")}
    assert kit == {"limner.testing", "limner.testing.plugin"}
    assert "limner.client" in loaded[1]
