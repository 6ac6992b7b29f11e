"""Which plugins a client lets in, and what one that needs none never looks for."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

import limner
from limner.errors import ConfigError, PluginError
from limner.requests import GenerateRequest

CLIENTS = [limner.Client, limner.AsyncClient]


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("plugins", [["limner-openai"], ("Limner.OpenAI",), {"limner_openai"}, "limner-openai"])
def test_a_list_of_distributions_lets_in_no_others(make: Any, plugins: Any) -> None:
    assert make(plugins=plugins, environ={}).installed().names() == ("openai",)


@pytest.mark.parametrize("make", CLIENTS)
@pytest.mark.parametrize("plugins", [False, "off", [], "", " ", ", "])
def test_none_is_none(make: Any, plugins: Any) -> None:
    client = make(plugins=plugins, environ={})
    assert client.installed().names() == ()
    with pytest.raises(ConfigError, match=r"Provider 'openai' of limner-openai .* is blocked: plugins are off"):
        client.installed().get("openai")


@pytest.mark.parametrize(("plugins", "there"), [(True, True), (["limner-openai"], True), (False, False)])
def test_what_a_program_says_beats_the_environment(plugins: Any, there: bool) -> None:  # noqa: FBT001 - a table
    for said in ("off", "limner-other", "limner-openai"):
        client = limner.Client(plugins=plugins, environ={"LIMNER_PLUGINS": said})
        assert ("openai" in client.installed().names()) == there


@pytest.mark.parametrize(
    ("said", "there"), [("off", False), ("limner-openai", True), ("limner-other", False), ("", True)]
)
def test_unsaid_the_environment_says_it(said: str, there: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a table
    monkeypatch.setenv("LIMNER_PLUGINS", said)
    assert ("openai" in limner.Client().installed().names()) == there
    assert "openai" in limner.Client(trust="server").installed().names()


@pytest.mark.parametrize("make", CLIENTS)
def test_what_names_no_distributions_is_refused_when_the_client_is_made(make: Any) -> None:
    with pytest.raises(ConfigError, match="plugins takes names of distributions") as caught:
        make(plugins=[None])
    assert caught.value.param == "plugins"


def test_a_provider_whose_declaration_breaks_hurts_no_choice(plain: Any) -> None:
    broken = {
        "raising": lambda _: 1 / 0,
        "empty": lambda _: None,
        "odd": lambda _: {"models": []},
    }
    providers = [type("Broken", (plain,), {"name": name, "capabilities": way})() for name, way in broken.items()]
    client = limner.Client(providers=[*providers, plain()], keys=dict.fromkeys([*broken, "plain"], "key"), environ={})
    found = client.select(GenerateRequest("a cat"))
    assert [one.name for one in found.candidates] == ["plain/brush"]
    told = {one.provider: one.reasons[0].message for one in found.rejected}
    assert told == {
        "raising": "raising broke while it declared its capabilities: ZeroDivisionError: division by zero.",
        "empty": "empty declared NoneType where ProviderCapabilities are due.",
        "odd": "odd declared dict where ProviderCapabilities are due.",
    }
    assert client.plan(GenerateRequest("a cat")).name == "plain/brush"
    with pytest.raises(PluginError, match="empty declared NoneType"):
        client.schema("empty/brush")


PAINTING = """
import sys
import limner
from limner.capabilities import ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source, Text
from limner.provider import NoAuth, ProviderBase, blocking

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"></svg>'

class Own(ProviderBase):
    name = "own"
    auth = NoAuth()

    def capabilities(self):
        paints = OperationCapabilities({"prompt": Text(), "output_format": Text()}, default=True)
        models = [ModelCapabilities("brush", operations={"generate": paints})]
        return ProviderCapabilities(models, None, Source("A page", "2026-11-20"))

    def exchange(self, call):
        data = yield from blocking(lambda: SVG)
        return limner.ImageResult(images=(limner.Image.of(data),))

with limner.Client(providers=[Own()], observers=[lambda event: None]) as client:
    result = client.generate("a cat", output_format="svg")
    client.select(limner.GenerateRequest("a cat"))
    client.installed().entries(check=True)
print(len(result), result.provider, *sorted(name for name in sys.modules if name.startswith("importlib.metadata")))
"""


def test_with_providers_given_as_objects_nothing_ever_looks_at_what_is_installed() -> None:
    # A measuring of the tests would look for distributions itself.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-W", "error", "-c", PAINTING]
    done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603 - our own
    assert done.stdout == "1 own\n"
