"""``--config FILE``: the command line with somebody else's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

ACME = """\
[providers.acme]
base_url = "https://api.acme.example/v1"
key_variable = "ACME_API_KEY"
[providers.acme.models]
"acme-1" = { family = "gpt-image" }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "acme.toml"
    path.write_text(ACME, encoding="utf-8")
    return path


def test_a_relay_is_listed(run: Callable[..., Result], file: Path) -> None:
    result = run("--config", str(file), "models", "acme")
    assert result.stdout.startswith("MODEL        OPERATIONS      STATUS\nacme/acme-1  generate, edit  available\n")
    assert "acme.toml, checked" in " ".join(result.stdout.split())


def test_without_it_there_is_no_relay(run: Callable[..., Result]) -> None:
    assert run("models", "acme").exit_code == 3


@pytest.mark.usefixtures("file")
def test_a_relays_request_can_be_looked_at(run: Callable[..., Result]) -> None:
    result = run("--config", "acme.toml", "generate", "a cat", "-m", "acme/acme-1", "--size", "1024x1024", "--dry-run")
    assert result.stdout == (
        "generate with acme/acme-1, 1 call\nPOST https://api.acme.example/v1/images/generations\n"
        '{\n  "model": "acme-1",\n  "prompt": "a cat",\n  "size": "1024x1024"\n}\n'
    )


def test_a_file_that_is_wrong_is_a_sentence(run: Callable[..., Result], file: Path) -> None:
    file.write_text(ACME.replace("family", "famliy"), encoding="utf-8")
    result = run("--config", "acme.toml", "models")
    assert result.exit_code == 3
    assert result.stderr == (
        "limner: acme.toml: providers.acme.models.acme-1.famliy is not a key that is known here; these are: aliases,"
        " edit, family, generate, lifecycle, like, operations and vary. Did you mean 'family'?\n"
    )


@pytest.mark.parametrize("option", [("--config", "acme.toml"), ("--config=acme.toml",)])
def test_behind_the_command_it_is_told_where_it_stands(run: Callable[..., Result], option: tuple[str, ...]) -> None:
    result = run("generate", "a cat", *option)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "limner: --config stands before the command: limner --config FILE generate ... Try 'limner generate --help'.\n"
    )


def test_so_it_is_with_every_option_of_the_group(run: Callable[..., Result]) -> None:
    assert "limner --version models ..." in run("models", "--version").stderr


def test_an_option_of_nobodys_is_just_unknown(run: Callable[..., Result]) -> None:
    result = run("models", "--frobnicate")
    assert (result.exit_code, "before the command" in result.stderr) == (2, False)
