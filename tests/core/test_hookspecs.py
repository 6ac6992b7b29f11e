"""The hooks, as a plugin meets them."""

from __future__ import annotations

import inspect
import sys
import types
from subprocess import run

import pluggy
import pytest

from limner import hookspecs


def specified() -> dict[str, list[str]]:
    manager = pluggy.PluginManager("limner")
    manager.add_hookspecs(hookspecs)
    return {name: list(caller.spec.argnames) for name, caller in vars(manager.hook).items() if caller.spec is not None}


def test_there_are_three_hooks_and_these_are_their_arguments() -> None:
    assert specified() == {
        "limner_provider": [],
        "limner_observe": ["event"],
        "limner_key": ["provider", "name"],
    }


def test_hookimpl_marks_what_a_manager_of_limner_finds() -> None:
    module = types.ModuleType("acme")
    module.limner_key = hookspecs.hookimpl(lambda provider: f"key of {provider}")  # type: ignore[attr-defined]  # a module
    manager = pluggy.PluginManager("limner")
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    assert manager.hook.limner_key(provider="acme", name=None) == ["key of acme"]


@pytest.mark.parametrize("name", ["limner_provider", "limner_observe", "limner_key"])
def test_a_hook_says_what_it_is_for(name: str) -> None:
    assert inspect.getdoc(getattr(hookspecs, name))


def test_the_module_is_short_enough_to_read_whole() -> None:
    assert len(inspect.getsource(hookspecs).splitlines()) <= 60


def test_a_plugin_that_only_marks_its_hooks_does_not_import_the_machinery() -> None:
    heavy = "{'httpx', 'cattrs', 'stamina', 'click', 'rich', 'limner.provider'}"
    code = f"import sys; from limner.hookspecs import hookimpl; print(*{heavy} & sys.modules.keys())"
    done = run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - our own line
    assert done.stdout.strip() == ""
