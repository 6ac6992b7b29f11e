"""``limner sandbox``, ``--sandbox``, and what they do without the package."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest

from limner.cli import clients
from limner.client import Client
from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A package in the emulator's place, which notes what it is told."""
    noted = SimpleNamespace(served=None, entered=0, allowed=None)
    running = SimpleNamespace(
        base_urls={
            "poster": "http://127.0.0.1:1/p",
            "painter": "http://127.0.0.1:1/q",
            "nobody": "http://127.0.0.1:1/n",
        },
        key_for=lambda name: f"key-of-{name}",
    )

    class Sandbox:
        def __init__(self, **allowed: bool) -> None:
            noted.allowed = [word for word in allowed if allowed[word]]

        def __enter__(self) -> Self:
            noted.entered += 1
            return self

        def __exit__(self, *_: object) -> None:
            noted.entered -= 1

        def client(self, **options: Any) -> Client:
            assert noted.entered == 1
            return clients.Client(base_urls={"painter": running.base_urls["painter"]}, **options)

    module = ModuleType("limner_sandbox")

    def serve(*, announce: Callable[..., None], **options: Any) -> None:
        noted.served = options
        announce(running)

    module.serve, module.Sandbox = serve, Sandbox
    monkeypatch.setitem(sys.modules, "limner_sandbox", module)
    return noted


def test_the_server_announces_lines_for_a_shell(run: Run, emulator: SimpleNamespace) -> None:
    result = run("sandbox")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "# poster",
        "export POSTER_BASE_URL=http://127.0.0.1:1/p",
        "export POSTER_API_KEY=key-of-poster",
        "# painter",
        "# base URL: http://127.0.0.1:1/q",
        "# key: key-of-painter",
        "# nobody",
        "# base URL: http://127.0.0.1:1/n",
        "# key: key-of-nobody",
    ]
    assert "until Ctrl-C" in result.stderr
    assert emulator.served == {"host": "127.0.0.1", "port": 8808, "retired": False, "announced": False}


def test_the_server_listens_where_it_is_told(run: Run, emulator: SimpleNamespace) -> None:
    run("sandbox", "--host", "::1", "--port", "0")
    assert (emulator.served["host"], emulator.served["port"]) == ("::1", 0)


@pytest.mark.parametrize("word", ["retired", "announced"])
def test_what_is_not_served_today_can_be(run: Run, emulator: SimpleNamespace, word: str) -> None:
    run("sandbox", f"--{word}")
    assert [name for name in ("retired", "announced") if emulator.served[name]] == [word]


def test_a_port_that_is_none_is_refused(run: Run, emulator: SimpleNamespace) -> None:
    assert run("sandbox", "--port", "65536").exit_code == 2
    assert emulator.served is None


def test_an_address_that_cannot_be_used_is_refused_like_a_port_that_is_none(
    run: Run, emulator: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(**_: object) -> None:
        raise ConfigError("'nosuch' is not an IP address.")

    monkeypatch.setattr(sys.modules["limner_sandbox"], "serve", serve)
    result = run("sandbox", "--host", "nosuch")
    assert (result.exit_code, emulator.served) == (2, None)
    assert result.stderr == "limner: 'nosuch' is not an IP address. Try 'limner sandbox --help'.\n"


@pytest.mark.usefixtures("emulator")
def test_a_configuration_that_cannot_be_used_is_no_wrong_address(run: Run, tmp_path: Path) -> None:
    result = run("--config", str(tmp_path / "gone.toml"), "sandbox")
    assert result.exit_code == 3
    assert "gone.toml" in result.stderr


def test_a_url_of_an_emulator_that_ends_with_the_command_is_refused(
    run: Run, emulator: SimpleNamespace, painter: Any
) -> None:
    result = run("generate", "a cat", "-m", "painter/brush", "--sandbox", "--delivery", "url")
    assert (result.exit_code, painter.calls, emulator.allowed) == (2, [], None)
    assert result.stderr.startswith("limner: --delivery url leaves the pictures at the emulator, which ends with")


@pytest.mark.parametrize("args", [("sandbox",), ("generate", "a cat", "--sandbox")])
def test_without_the_package_the_sentence_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "limner_sandbox", None)
    result = run(*args)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "limner: The sandbox is a package of its own: pip install limner-sandbox\n"


def test_a_package_that_lacks_something_itself_is_not_called_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "limner_sandbox.py").write_text("import there_is_no_such_module")
    monkeypatch.delitem(sys.modules, "limner_sandbox", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="there_is_no_such_module"):
        clients.emulators()


def test_a_call_with_sandbox_uses_its_client_while_it_runs(run: Run, emulator: SimpleNamespace, painter: Any) -> None:
    result = run("generate", "a cat", "-m", "painter/brush", "--sandbox")
    assert result.exit_code == 0
    assert len(painter.calls) == 1
    assert (emulator.entered, emulator.allowed) == (0, [])


def test_what_is_allowed_works_in_the_sandbox(run: Run, emulator: SimpleNamespace) -> None:
    assert run("generate", "a cat", "-m", "painter/quill", "--sandbox", "--allow", "retired").exit_code == 0
    assert emulator.allowed == ["retired"]


def test_the_sandbox_never_lets_a_provider_that_it_does_not_emulate_be_paid(
    run: Run, emulator: SimpleNamespace
) -> None:
    result = run("generate", "a cat", "-m", "poster/brush", "--sandbox")
    assert result.stderr == "limner: The sandbox does not emulate poster; it emulates painter.\n"
    assert (result.exit_code, emulator.entered) == (3, 0)


def test_the_ordinary_client_is_closed() -> None:
    with clients.opened() as client:
        assert isinstance(client, Client)
    assert client._wire is None
