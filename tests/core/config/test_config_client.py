"""A client and its configuration: providers without code over real HTTP, corrections, strengths and defaults."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from limner.client import AsyncClient, Client
from limner.client_base import MAX_CONCURRENCY, TIMEOUT
from limner.errors import BadInputError, ConfigError, UnsupportedError
from limner.requests import GenerateRequest
from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import limner

SIX_LINES = """\
[providers.acme]
base_url = "{url}"
key_variable = "ACME_API_KEY"
[providers.acme.models]
"gpt-image-2" = {{ family = "gpt-image" }}
"""
RELAY = {
    "base_url": "https://api.acme.example/v1", "key_variable": "ACME_API_KEY", "models": {"acme-1": {"family": "open"}}
}  # fmt: skip
NEW_SIZE = {"providers": {"openai": {"models": {"gpt-image-1.5": {"generate": {"size": {"add": ["2048x2048"]}}}}}}}
KEYS = {"OPENAI_API_KEY": "sk-openai", "ACME_API_KEY": "sk-acme"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def relay(tmp_path: Path, sandbox: Sandbox) -> Path:
    """Six lines of TOML."""
    path = tmp_path / "limner.toml"
    path.write_text(SIX_LINES.format(url=sandbox.base_url("openai")), encoding="utf-8")
    return path


@pytest.fixture
def environ(sandbox: Sandbox) -> dict[str, str]:
    return {"ACME_API_KEY": sandbox.key_for("openai")}


def planned(client: Client, prompt: str = "a cat", **options: Any) -> str:
    """Who would paint."""
    plan = client.plan(GenerateRequest(prompt, **options))
    return f"{plan.provider.name}/{plan.model}"


# Over HTTP


def test_six_lines_paint(relay: Path, environ: dict[str, str]) -> None:
    with Client(config=relay, environ=environ) as client:
        result = client.generate("a white Siamese cat", model="acme/gpt-image-2", size="1024x1024")
    assert (result.provider, result.model) == ("acme", "gpt-image-2")
    assert result.images[0].read().startswith(b"\x89PNG")


async def painted(relay: Path, environ: dict[str, str]) -> limner.ImageResult:
    async with AsyncClient.from_config(relay, environ=environ) as client:
        return await client.generate("a cat", provider="acme")


def test_six_lines_paint_async(relay: Path, environ: dict[str, str]) -> None:
    import asyncio  # noqa: PLC0415 - for one test

    assert asyncio.run(painted(relay, environ)).provider == "acme"


def test_six_lines_paint_without_a_word_about_who_shall(relay: Path, environ: dict[str, str]) -> None:
    with Client(environ={**environ, "LIMNER_CONFIG": str(relay)}) as client:
        assert client.generate("a cat").provider == "acme"


def test_six_lines_paint_on_the_command_line(relay: Path, environ: dict[str, str], tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "limner.cli",
        "--config",
        str(relay),
        "generate",
        "a cat",
        "-m",
        "acme/gpt-image-2",
    ]
    done = subprocess.run(  # noqa: S603 - our own
        [*command, "-o", "cat.png"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "cat.png\n"), done.stderr
    assert (tmp_path / "cat.png").read_bytes().startswith(b"\x89PNG")


# Where a client looks


def test_a_mapping_in_code_is_a_configuration() -> None:
    client = Client(config={"providers": {"acme": RELAY}}, environ={})
    assert "acme" in client.installed().names()
    assert (
        Client.from_config({"providers": {"acme": RELAY}}, environ={}).installed().names() == client.installed().names()
    )


def test_what_was_asked_for_is_read_whatever_the_trust(relay: Path) -> None:
    assert "acme" in Client(config=relay, trust="server").installed().names()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The user's own file, with a relay in it."""
    monkeypatch.delenv("LIMNER_CONFIG", raising=False)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    (tmp_path / "limner.toml").write_text(SIX_LINES.format(url="https://api.acme.example/v1"), encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("home")
def test_the_users_own_file_is_read() -> None:
    assert "acme" in Client().installed().names()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("options", [{"trust": "server"}, {"environ": {}}, {"config": {}}])
def test_the_users_own_file_is_not_read_by_a_client_that(options: Any) -> None:
    assert "acme" not in Client(**options).installed().names()


@pytest.mark.usefixtures("home")
def test_the_users_own_file_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMNER_CONFIG", "off")
    assert "acme" not in Client().installed().names()


def test_objects_alone_read_nothing(home: Path) -> None:
    (home / "limner.toml").write_text("not TOML", encoding="utf-8")
    (acme,) = Client(config={"providers": {"acme": RELAY}}, environ={})._config.own
    assert Client(providers=[acme]).installed().names() == ("acme",)
    with pytest.raises(ConfigError, match="is not TOML"):
        Client(providers=["openai", acme])


def test_objects_in_code_take_their_name_from_the_configuration() -> None:
    (mine,) = Client(config={"providers": {"acme": RELAY}}, environ={})._config.own
    client = Client(providers=[mine], config={"providers": {"acme": RELAY, "other": RELAY}})
    assert client.installed().get("acme") is mine
    assert client.installed().names() == ("acme", "other")


# Corrections


def test_a_corrected_declaration_lets_a_new_size_through() -> None:
    request = GenerateRequest("a cat", model="openai/gpt-image-1.5", size="2048x2048")
    with pytest.raises(UnsupportedError, match="size must be one of 1024x1024"):
        Client(environ={}).plan(request)
    assert Client(config=NEW_SIZE, environ={}).plan(request).calls[0].wire()["size"] == "2048x2048"


def test_a_correction_imports_no_plugin() -> None:
    script = (
        "import sys, limner\n"
        f"client = limner.Client(config={NEW_SIZE}, environ={{}})\n"
        "client.installed().names()\n"
        "assert not [name for name in sys.modules if name == 'limner_openai.capabilities']\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)  # noqa: S603 - our own


def test_a_correction_that_does_not_fit_hurts_its_own_provider_only() -> None:
    wrong = {"providers": {"openai": {"models": {"gpt-image-9": {}}}, "acme": RELAY}}
    client = Client(config=wrong, environ={})
    assert planned(client, model="acme/acme-1") == "acme/acme-1"
    with pytest.raises(
        ConfigError, match=r"^the config= mapping: providers\.openai\.models\.gpt-image-9 is not a model"
    ):
        planned(client, model="openai/gpt-image-2")


def test_a_correction_of_nobody_is_an_error_at_the_first_use() -> None:
    client = Client(config={"providers": {"opnai": {"base_url": "https://gateway.example"}}}, environ={})
    with pytest.raises(
        ConfigError, match=r"providers\.opnai is about no provider that is installed .*Did you mean 'openai'"
    ):
        planned(client, model="openai/gpt-image-2")


def test_a_corrected_provider_paints(sandbox: Sandbox) -> None:
    config = {"providers": {"openai": {"models": {"gpt-image-2": {"generate": {"size": ["1536x1024"]}}}}}}
    with sandbox.client(config=config, environ={}) as client:
        result = client.generate("a cat", model="openai/gpt-image-2", size="1536x1024")
        with pytest.raises(UnsupportedError, match="size must be 1536x1024"):
            client.generate("a cat", model="openai/gpt-image-2", size="1024x1024")
    assert (result.images[0].width, result.images[0].height) == (1536, 1024)


# Strengths


def test_an_environments_key_does_not_go_to_a_base_url_of_the_configuration() -> None:
    config = {"providers": {"openai": {"base_url": "https://gateway.example/v1"}}}
    with pytest.raises(
        ConfigError, match=r"is not sent to https://gateway.example: that base URL was set in the config"
    ):
        Client(config=config, environ=KEYS).generate("a cat", model="openai/gpt-image-2")


def test_a_key_in_code_does() -> None:
    config = {"providers": {"openai": {"base_url": "https://gateway.example/v1"}}}
    client = Client(config=config, environ=KEYS, keys={"openai": "sk-mine"})
    endpoint = client._endpoint(client.installed().get("openai"))
    endpoint.check()
    assert endpoint.base_url == "https://gateway.example/v1"


def test_the_key_that_a_provider_of_its_own_names_goes_to_its_own_host() -> None:
    client = Client(config={"providers": {"acme": RELAY}}, environ=KEYS)
    endpoint = client._endpoint(client.installed().get("acme"))
    endpoint.check()
    assert endpoint.strength is None


@pytest.mark.parametrize(
    ("options", "url"),
    [
        ({}, "https://config.example"),
        ({"base_urls": {"openai": "https://code.example"}}, "https://code.example"),
        ({"environ": {"OPENAI_BASE_URL": "https://environ.example"}}, "https://config.example"),
    ],
)
def test_a_base_url_is_codes_then_the_configurations_then_the_environments(options: Any, url: str) -> None:
    config = {"providers": {"openai": {"base_url": "https://config.example"}}}
    client = Client(**{"config": config, "environ": {}, **options})
    assert client._endpoint(client.installed().get("openai")).base_url == url


def test_settings_are_codes_then_the_configurations() -> None:
    config = {"providers": {"openai": {"settings": {"organization": "org-config", "project": "proj-config"}}}}
    client = Client(config=config, environ={}, settings={"openai": {"project": "proj-code"}})
    headers = client._endpoint(client.installed().get("openai")).headers
    assert headers == {"OpenAI-Organization": "org-config", "OpenAI-Project": "proj-code"}


# Defaults


def test_limits_are_codes_then_the_configurations_then_limners() -> None:
    def limits(**options: Any) -> tuple[Any, ...]:
        client = Client(environ={}, **options)
        return client.timeout, client.total_timeout, client.max_concurrency

    defaults = {"timeout": 60, "total_timeout": 120, "max_concurrency": 2}
    assert limits() == (TIMEOUT, None, MAX_CONCURRENCY)
    assert limits(config={"defaults": defaults}) == (60, 120, 2)
    assert limits(config={"defaults": defaults}, timeout=5, total_timeout=6, max_concurrency=7) == (5, 6, 7)


def test_the_default_model_paints_where_nothing_is_named() -> None:
    config = {"defaults": {"model": "acme/acme-1"}, "providers": {"acme": RELAY}}
    assert planned(Client(config=config, environ=KEYS)) == "acme/acme-1"
    assert planned(Client(config=config, environ=KEYS), provider="openai") == "openai/gpt-image-2"


@pytest.mark.parametrize(
    ("order", "first"), [(["acme", "openai"], "acme/acme-1"), (["openai", "acme"], "openai/gpt-image-2")]
)
def test_the_first_of_the_order_that_has_a_key_paints(order: list[str], first: str) -> None:
    config = {"defaults": {"providers": order}, "providers": {"acme": RELAY}}
    assert planned(Client(config=config, environ=KEYS)) == first
    without = {name: key for name, key in KEYS.items() if first.partition("/")[0].upper() not in name}
    assert planned(Client(config=config, environ=without)) != first


@pytest.mark.parametrize("providers", [["openai"], "openai"])
def test_providers_in_code_are_stronger_than_the_configurations_preferences(providers: Any) -> None:
    config = {"defaults": {"providers": ["acme"], "model": "acme/acme-1"}, "providers": {"acme": RELAY}}
    client = Client(config=config, environ={"OPENAI_API_KEY": "sk-openai"}, providers=providers)
    assert planned(client) == "openai/gpt-image-2"


def test_who_is_not_in_the_order_is_not_asked() -> None:
    config = {"defaults": {"providers": ["openai"]}, "providers": {"acme": RELAY}}
    with pytest.raises(BadInputError, match="no provider has a key"):
        planned(Client(config=config, environ={"ACME_API_KEY": "sk-acme"}))


def test_an_order_of_nobody_is_an_error_with_its_path() -> None:
    with pytest.raises(
        ConfigError, match=r"defaults\.providers\[0\] must be a provider that is there .*Did you mean 'openai'"
    ):
        planned(Client(config={"defaults": {"providers": ["opnai"]}}, environ=KEYS))
