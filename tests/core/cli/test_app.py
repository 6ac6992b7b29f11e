"""The root of the command line, and what its help promises."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import click
import pytest

from limner.cli import app as app_module
from limner.cli import commands
from limner.cli.app import app
from limner.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


NAMES = [module.name.replace("_", "-") for module in iter_modules(commands.__path__)]


@pytest.mark.parametrize("name", NAMES)
def test_every_module_of_commands_is_a_command_of_its_name(run: Run, name: str) -> None:
    assert import_module(f"{commands.__name__}.{name.replace('-', '_')}").command.name == name
    assert f"\n  {name} " in run("--help").stdout


@pytest.mark.parametrize("args", [[], *([name] for name in NAMES)])
def test_help_fits_80_columns_and_is_plain(run: Run, args: tuple[str, ...]) -> None:
    for option in ("-h", "--help"):
        result = run(*args, option, env={"COLUMNS": "200"})
        assert result.exit_code == 0
        assert max(map(len, result.stdout.splitlines())) <= 80
        assert result.stdout.isascii()
        assert result.stdout.replace("\n", "").isprintable()


def test_no_sentence_of_the_list_of_commands_is_cut_off(run: Run) -> None:
    assert "..." not in run("--help").stdout.partition("To paint")[2]


def test_commands_for_authors_stand_in_a_place_of_their_own(run: Run) -> None:
    listed = run("--help").stdout.partition("To write a provider:\n")[2].partition("\n\n")[0]
    assert [line.split()[0] for line in listed.splitlines()] == ["conformance", "new-provider"]


def test_no_argument_at_all_shows_the_help(run: Run) -> None:
    assert run().stdout == run("--help").stdout


@pytest.mark.parametrize("code", Exit)
def test_every_exit_code_is_documented(run: Run, code: int) -> None:
    assert f"\n  {code.value:<3}  {code.meaning}\n" in run("--help").stdout


@pytest.mark.parametrize("args", [[], ["generate"]])
def test_help_begins_with_two_examples_that_stand_as_they_are_written(run: Run, args: tuple[str, ...]) -> None:
    lines = run(*args, "--help").stdout.splitlines()
    examples = [line.strip() for line in lines if line.startswith("      limner generate ")]
    assert len(examples) == 2
    assert all(" -m openai/gpt-image-2" in line for line in examples)


def test_an_unknown_command_gets_a_did_you_mean(run: Run) -> None:
    result = run("provider")
    assert result.exit_code == 2
    assert result.stderr.endswith("Did you mean 'providers'? Try 'limner --help'.\n")


def test_a_command_like_no_other_gets_none(run: Run) -> None:
    result = run("xyzzy")
    assert result.exit_code == 2
    assert "xyzzy" in result.stderr
    assert "Did you mean" not in result.stderr


def test_an_unknown_option_of_the_root_is_a_sentence(run: Run) -> None:
    result = run("--frobnicate")
    assert result.exit_code == 2
    assert "Try 'limner --help'." in result.stderr


def test_the_shell_completes_commands(run: Run) -> None:
    completed = run(env={"_LIMNER_COMPLETE": "bash_complete", "COMP_WORDS": "limner gen", "COMP_CWORD": "1"})
    assert "generate" in completed.stdout


def test_the_group_knows_no_name_but_those_of_modules() -> None:
    assert app.get_command(click.Context(app), "app") is None
    assert app_module.app is app
