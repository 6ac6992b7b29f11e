"""Each gate closes before a wrong sample, and stays open for a right one."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[..., list[str]]

SCRIPT = Path(__file__).with_name("gates.py")


@pytest.fixture(scope="module")
def gates() -> Any:
    """The script as a module."""
    spec = spec_from_file_location("gates", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["gates"] = module  # dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def check(gates: Any, tmp_path: Path) -> Check:
    """Check one sample at its place in a workspace with the folders ``providers/acme`` and ``providers/sandbox``."""
    for name in ("acme", "sandbox"):
        (tmp_path / "providers" / name).mkdir(parents=True)

    def check(text: str, place: str = "core/src/limner/sample.py") -> list[str]:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return [finding.removeprefix(f"{path}:") for finding in gates.check(path)]

    return check


def function(lines: int, head: str = "def long():\n", indent: str = "    ") -> str:
    return head + f"{indent}pass\n" * (lines - head.count("\n"))


def test_a_module_of_400_lines_passes(check: Check) -> None:
    assert check("x = 1\n" * 400) == []


def test_a_module_of_401_lines_does_not(check: Check) -> None:
    assert check("x = 1\n" * 401) == ["401: the module has 401 lines, more than 400"]


def test_a_function_of_60_lines_passes(check: Check) -> None:
    assert check(function(60)) == []


@pytest.mark.parametrize(
    "sample",
    [
        function(61),
        function(61, "async def long():\n"),
        function(61, "@decorated\ndef long():\n"),
        "class Some:\n" + function(61, "    def long(self):\n", indent=" " * 8),
    ],
    ids=["function", "coroutine", "decorated", "method"],
)
def test_a_function_of_61_lines_does_not(check: Check, sample: str) -> None:
    assert "long has 61 lines, more than 60" in check(sample)[0]


def match(*patterns: str) -> str:
    return "match a:\n" + "".join(f"    case {pattern}:\n        x\n" for pattern in patterns)


@pytest.mark.parametrize(
    "sample",
    [
        "if a:\n    1\nelif b:\n    2\nelif c:\n    3\nelse:\n    4\n",
        "x = 1 if a else 2 if b else 3 if c else 4\n",
        "if a:\n    if b:\n        if c:\n            if d:\n                4\n",
        "if a:\n    1\nif b:\n    2\nif c:\n    3\nif d:\n    4\n",
        match("A()", "B()", "C()", "D()"),
        match("1", "2", "None", "_"),
    ],
    ids=["if", "expression", "nested", "separate", "classes", "literals"],
)
def test_three_branches_pass(check: Check, sample: str) -> None:
    assert check(sample) == []


@pytest.mark.parametrize(
    "sample",
    [
        "if a:\n    1\nelif b:\n    2\nelif c:\n    3\nelif d:\n    4\n",
        "if a:\n    1\nelse:\n    if b:\n        2\n    elif c:\n        3\n    elif d:\n        4\n",
        "x = 1 if a else 2 if b else 3 if c else 4 if d else 5\n",
        match("1", "2", "3 | 4", "None"),
    ],
    ids=["elif", "else", "expression", "match"],
)
def test_four_branches_do_not_and_are_reported_once(check: Check, sample: str) -> None:
    assert check(sample) == ["1: a chain of 4 branches, more than 3: make it a table"]


@pytest.mark.parametrize(
    ("sample", "name"),
    [
        ("x = 'openai'", "openai"),
        ("x = f'{y}/openai'", "openai"),
        ("x = b'r9s'", "r9s"),
        ("x = 'https://api.fastapi.ai/v1'", "fastapi.ai"),
        ("OPENAI_API_KEY = 1", "OPENAI"),
        ("class OpenAIImages: ...", "OpenAI"),
        ("class MyRoboflow: ...", "Roboflow"),
        ("def rockapi_default(): ...", "rockapi"),
        ("def f(openai): ...", "openai"),
        ("f(openai=1)", "openai"),
        ("x.openai", "openai"),
        ("import openai", "openai"),
        ("from limner_acme import y", "acme"),
        ("from a import b as openai", "openai"),
        ("x = 1  # as OpenAI does", "OpenAI"),
        ("x = 'acme'", "acme"),
    ],
)
def test_the_core_names_no_provider(check: Check, sample: str, name: str) -> None:
    assert f"1: {name!r} is a provider's name, which has no place in the core" in check(sample)


def test_a_module_of_the_core_is_not_named_after_a_provider(check: Check) -> None:
    assert check("", "core/src/limner/openai.py") != []


@pytest.mark.parametrize(
    "sample",
    [
        '"""As in openai/gpt-image-2."""',
        'def f():\n    """An OpenAI-compatible API."""',
        'x = 1\n"""OpenAI calls it y."""',
        "x = 'sandbox'",
        "x = 'acmex', 'xacme', 'fastapi'",
    ],
    ids=["module", "function", "attribute", "emulator", "other-words"],
)
def test_docstrings_the_emulator_and_other_words_pass(check: Check, sample: str) -> None:
    assert check(sample) == []


@pytest.mark.parametrize(
    "place",
    ["core/src/limner/dialects/openai_images.py", "providers/acme/src/limner_acme/provider.py", "tests/test_x.py"],
)
def test_provider_names_stand_in_dialects_plugins_and_tests(check: Check, place: str) -> None:
    assert check("NAME = 'openai'", place) == []


@pytest.mark.parametrize(
    ("place", "sample"),
    [
        ("providers/acme/src/limner_acme/provider.py", "import limner_sandbox"),
        ("providers/acme/src/limner_acme/provider.py", "def f():\n    from limner_sandbox.server import Sandbox"),
        ("providers/sandbox/src/limner_sandbox/painter.py", "import limner_acme"),
        ("core/src/limner/client.py", "import limner_sandbox"),
    ],
)
def test_nobody_imports_another_plugin(check: Check, place: str, sample: str) -> None:
    assert any("is another plugin" in finding for finding in check(sample, place))


@pytest.mark.parametrize(
    ("place", "sample"),
    [
        ("providers/acme/src/limner_acme/provider.py", "import limner\nfrom limner_acme import other"),
        ("core/src/limner/cli/sandbox.py", "from limner_sandbox import Sandbox"),
        ("tests/end_to_end/test_x.py", "import limner_acme, limner_sandbox"),
    ],
)
def test_own_modules_the_core_and_the_command_lines_emulator_pass(check: Check, place: str, sample: str) -> None:
    assert check(sample, place) == []


@pytest.mark.parametrize("sample", ["import httpx", "from httpx import Client", "import http.client", "import pluggy"])
def test_a_plugin_does_no_io(check: Check, sample: str) -> None:
    assert "is not for plugins: the core does the I/O" in check(sample, "providers/acme/src/limner_acme/x.py")[0]


@pytest.mark.parametrize(
    ("place", "sample"),
    [
        ("providers/acme/src/limner_acme/x.py", "from http import HTTPStatus\nimport sslish\nfrom . import ssl"),
        ("providers/sandbox/src/limner_sandbox/server.py", "import socket"),
    ],
)
def test_look_alikes_and_the_emulator_may(check: Check, place: str, sample: str) -> None:
    assert check(sample, place) == []


def run(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves


def test_the_script_lists_findings_by_place_and_fails(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = 1\n" * 401)
    finished = run(tmp_path)
    assert finished.stdout == f"{tmp_path}/long.py:401: the module has 401 lines, more than 400\n1 files, 1 findings\n"
    assert finished.returncode == 1


def test_the_script_passes_good_files(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    assert run(tmp_path / "good.py").returncode == 0


def test_the_script_fails_where_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert run(tmp_path).returncode == 1
