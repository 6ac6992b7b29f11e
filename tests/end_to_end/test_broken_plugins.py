"""Twelve ways in which a plugin may be broken: its neighbours work, the doctor names it, and who uses it is told."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.errors import ConfigError, LimnerError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from limner_sandbox import Sandbox

    Install = Callable[[Path, Mapping[str, tuple[str, str]]], dict[str, str]]

CANARY = "sk-canary-0123456789"

PROVIDER = """
import limner
from limner.capabilities import (
    ModelCapabilities, OperationCapabilities, Parameter, ProviderCapabilities, Source, Text,
)
from limner.provider import HttpProvider, HttpRequest
from limner.reading import read_images

PAINTS = OperationCapabilities({{"prompt": Parameter(Text(), required=True), "size": Text()}}, default=True)

class Acme(HttpProvider):
    name = "{name}"
    api_version = (1, 0)
    base_url = "https://{name}.example/v1"
    key_variable = "{name}_API_KEY"

    def capabilities(self):
        models = [ModelCapabilities("gpt-image-2", operations={{"generate": PAINTS}})]
        return ProviderCapabilities(models, None, Source("A page", "2026-11-20"))

    def map_request(self, call):
        return HttpRequest("POST", "/images/generations", json=call.wire())

    def normalize(self, response, call):
        return limner.ImageResult(images=read_images(response))
{more}
@limner.hookimpl
def limner_provider():
    return Acme()
"""


def provider(name: str, more: str = "") -> tuple[str, str]:
    """A provider that is as it should be, but for what comes last."""
    return name, PROVIDER.format(name=name, more=more)


HOOK = "import limner\n\n@limner.hookimpl\n"

PLUGINS: dict[str, tuple[str, str]] = {
    "limner-crash": ("crash", "raise RuntimeError('the weather is bad')\n"),
    "limner-quit": ("quit", "import sys\nsys.exit(7)\n"),
    "limner-slow": ("slow", f"import time\nprint('hello')\ntime.sleep(0.6)\n{provider('slow')[1]}"),
    "limner-wrong": ("wrong", f"{HOOK}def limner_provider():\n    return None\n"),
    "limner-hooked": ("hooked", f"{provider('hooked')[1]}\n{HOOK}def limner_repaint():\n    return None\n"),
    "limner-typing": ("typing", f"{HOOK}def limner_provider(colour):\n    return None\n"),
    "limner-future": provider("future", "    api_version = (9, 0)"),
    "limner-one": provider("twice"),
    "limner-two": provider("twice"),
    "limner-usurper": provider("openai"),
    "limner-mute": provider("mute", "    def capabilities(self):\n        raise OSError('no colours left')"),
    "limner-handless": provider("handless", "    def map_request(self, call):\n        raise KeyError('brush')"),
    "limner-blind": provider("blind", "    def normalize(self, response, call):\n        raise KeyError('data')"),
    "limner-good": provider("good"),
}
"""By distribution: the name that it claims, and its module. The last is as it should be."""

VERDICTS = {
    "limner-crash": ("import-error", "RuntimeError: the weather is bad", "pip install -U limner-crash"),
    "limner-quit": ("import-error", "SystemExit: 7", "pip install -U limner-quit"),
    "limner-wrong": ("not-a-plugin", "None", "pip install -U limner-wrong"),
    "limner-hooked": ("unknown-hook", "limner_repaint", "pip install -U limner limner-hooked"),
    "limner-typing": ("bad-signature", "colour", "pip install -U limner limner-typing"),
    "limner-future": ("api-version", "9.0", "pip install -U limner limner-future"),
    "limner-one": ("conflict", "limner-two:twice", "pip uninstall limner-one"),
    "limner-two": ("conflict", "limner-one:twice", "pip uninstall limner-two"),
    "limner-usurper": ("conflict", "limner-usurper:openai alone", "pip uninstall limner-usurper"),
    "limner-mute": ("bad-capabilities", "OSError: no colours left", "pip install -U limner-mute"),
    "limner-handless": ("bad-exchange", "made a request: KeyError: 'brush'", "pip install -U limner-handless"),
    "limner-blind": ("bad-exchange", "without pictures: KeyError: 'data'", "pip install -U limner-blind"),
}
"""By distribution: the doctor's verdict, a word of the reason, and the cure."""


@pytest.fixture(scope="session")
def environ(tmp_path_factory: pytest.TempPathFactory, install: Install) -> dict[str, str]:
    return install(tmp_path_factory.mktemp("site"), PLUGINS)


@pytest.fixture(scope="session")
def examined(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the doctor says of them all, once."""
    done = subprocess.run(
        [sys.executable, "-m", "limner.cli", "doctor", "--json"],
        cwd=tmp_path_factory.mktemp("cwd"), env={**os.environ, **environ, "good_API_KEY": CANARY},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "hello\n")
    assert CANARY not in done.stdout
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="session")
def by_distribution(examined: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["distribution"]: one for one in examined["plugins"]}


@pytest.mark.parametrize(("distribution", "verdict"), VERDICTS.items(), ids=VERDICTS)
def test_the_doctor_names_it_with_the_reason_and_the_cure(
    examined: dict[str, Any], by_distribution: dict[str, dict[str, Any]], distribution: str, verdict: tuple[str, ...]
) -> None:
    status, word, cure = verdict
    one = by_distribution[distribution]
    assert (one["status"], one["cure"], one["version"]) == (status, cure, "1.0")
    assert word in one["reason"]
    [trouble] = [trouble for trouble in examined["wrong"] if f" of {distribution} 1.0" in trouble["subject"]]
    assert (trouble["problem"], trouble["cure"]) == (one["reason"], cure)


def test_nothing_else_is_wrong(examined: dict[str, Any]) -> None:
    assert len(examined["wrong"]) == len(VERDICTS)


def test_a_slow_and_noisy_import_is_remarked_on_and_no_fault(by_distribution: dict[str, dict[str, Any]]) -> None:
    slow = by_distribution["limner-slow"]
    assert slow["status"] == "ok"
    assert slow["import_ms"] >= 600
    assert slow["remarks"] == [
        "it writes 6 characters to standard output",
        f"its import takes {slow['import_ms'] / 1e3:.1f} s",
    ]


@pytest.mark.parametrize("distribution", ["limner-good", "limner-openai"])
def test_the_others_are_fine(by_distribution: dict[str, dict[str, Any]], distribution: str) -> None:
    one = by_distribution[distribution]
    assert (one["status"], one["reason"], one["cure"], one["remarks"]) == ("ok", "", "", [])
    assert one["provider"]["contract"] == "1.0"


def test_a_key_is_told_by_its_source(by_distribution: dict[str, dict[str, Any]]) -> None:
    assert by_distribution["limner-good"]["provider"]["key"] == {
        "needed": True, "variables": ["good_API_KEY"], "source": "environment variable good_API_KEY",
    }  # fmt: skip


# In a program


@pytest.fixture
def client(environ: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[limner.Client]:
    """A client that has all of them beside the installed ones; every address is the sandbox's."""
    monkeypatch.syspath_prepend(environ["PYTHONPATH"].partition(os.pathsep)[0])
    modules = {name.replace("-", "_") for name in PLUGINS}
    names = {"openai", *(name for name, _ in PLUGINS.values())}
    with limner.Client(
        keys=dict.fromkeys(names, sandbox.key_for("openai")),
        base_urls=dict.fromkeys(names, sandbox.base_url("openai")),
        environ={},
        plugins=["limner-openai", *PLUGINS],
    ) as opened:
        yield opened
    for module in modules & sys.modules.keys():
        del sys.modules[module]
    importlib.invalidate_caches()


@pytest.mark.parametrize("name", ["openai", "good", "slow"])
def test_pictures_are_painted_among_them_all(client: limner.Client, sandbox: Sandbox, name: str) -> None:
    assert len(client.generate("a cat", model=f"{name}/gpt-image-2", size="16x16")) == 1
    assert len(sandbox.requests) == 1


def test_a_listing_and_a_choice_are_made_among_them_all(client: limner.Client) -> None:
    found = client.select(limner.GenerateRequest("a cat", size="16x16"))
    assert {"openai/gpt-image-2", "good/gpt-image-2", "slow/gpt-image-2"} <= {one.name for one in found.candidates}
    assert {"mute", "crash", "quit", "future"} <= {one.provider for one in found.rejected}
    assert [entry.distribution for entry in client.installed().entries(check=True) if entry.status == "ok"]


USED: dict[str, tuple[type[LimnerError], str]] = {
    "crash": (PluginError, "Provider 'crash' of limner-crash 1.0 .*: the weather is bad"),
    "quit": (PluginError, "Provider 'quit' of limner-quit 1.0 .*: SystemExit: 7"),
    "wrong": (PluginError, "Provider 'wrong' of limner-wrong 1.0 .*: a provider is wanted"),
    "hooked": (PluginError, "Provider 'hooked' of limner-hooked 1.0 .*: there is no hook limner_repaint"),
    "typing": (PluginError, "Provider 'typing' of limner-typing 1.0 .*colour"),
    "future": (PluginError, "Provider 'future' of limner-future 1.0 .*version 9.0 of the contract"),
    "twice": (ConfigError, "Provider 'twice': limner-one and limner-two claim the same name"),
    "mute": (PluginError, "mute broke while it declared its capabilities: OSError: no colours left"),
    "handless": (PluginError, "handless broke while it handled a call: KeyError: 'brush'"),
    "blind": (PluginError, "blind broke while it handled a call: KeyError: 'data'"),
}


@pytest.mark.parametrize(("name", "told"), USED.items(), ids=USED)
def test_who_uses_it_is_told(client: limner.Client, name: str, told: tuple[type[LimnerError], str]) -> None:
    kind, message = told
    with pytest.raises(kind, match=f"^{message}") as caught:
        client.generate("a cat", model=f"{name}/gpt-image-2", size="16x16")
    assert caught.value.maybe_billed == (name == "blind")


def test_a_reserved_name_is_its_owners_and_the_other_is_there_for_who_says_so(client: limner.Client) -> None:
    assert type(client.installed().get("openai")).__module__ != "limner_usurper"
    assert type(client.installed().get("limner-usurper:openai")).__module__ == "limner_usurper"
