"""What it loads to start; what that takes is measured by ``nox -s bench -- start``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from limner import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


HEAVY = ("attr", "httpx", "httpcore", "cattrs", "stamina", "pluggy", "rich", "asyncio", "ssl", "limner.client")


def _run(*args: str, code: str = "from limner.cli import main; main()") -> subprocess.CompletedProcess[str]:
    # A measuring of the tests would be measured with it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", code, *args]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own


def _loaded(*args: str) -> set[str]:
    code = "import sys, atexit; from limner.cli import main; atexit.register(lambda: print(*sys.modules)); main()"
    return set(_run(*args, code=code).stdout.split())


def test_the_version_needs_no_click() -> None:
    assert not _loaded("--version") & {"click", *HEAVY}


@pytest.mark.parametrize("args", [["--help"], [], ["providers", "--help"], ["sandbox", "--help"]])
def test_the_help_needs_click_alone(args: tuple[str, ...]) -> None:
    loaded = _loaded(*args)
    assert "click" in loaded
    assert not loaded & set(HEAVY)


def test_the_help_of_an_operation_needs_its_request_class_and_no_client() -> None:
    assert not _loaded("generate", "--help") & (set(HEAVY) - {"attr"})


def test_both_ways_to_the_version_say_the_same(run: Run) -> None:
    assert run("--version").stdout == _run("--version").stdout == f"{cli.version()}\n"


@pytest.mark.parametrize("module", ["limner", "limner.cli"])
def test_it_runs_as_a_module_too(module: str) -> None:
    command = [sys.executable, "-m", module, "genrate"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'generate'?" in done.stderr


def test_the_console_script_is_declared_with_this_main() -> None:
    declared = Path(__file__).parents[3] / "core" / "pyproject.toml"
    assert 'limner = "limner.cli:main"' in declared.read_text(encoding="utf-8")


def test_main_takes_the_processs_arguments(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["limner", "--version"])
    cli.main()
    assert capsys.readouterr().out == f"{cli.version()}\n"


def test_an_interrupt_while_loading_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["limner", "--version"])
    monkeypatch.setattr(cli, "version", interrupt)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")
