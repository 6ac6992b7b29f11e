"""The examples are as small as they are said to be, and complete; ``nox -s examples`` runs their own tests."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"
PLUGINS = sorted(path.parents[2] for path in EXAMPLES.glob("*/src/*/provider.py"))
LIMITS = {"openai-compatible": 25, "submit-poll-download": 120, "local-pipeline": 60}
"""Lines of code, with the little server where there is one."""


def code_lines(text: str) -> int:
    """Lines that are neither blank, nor a comment, nor a docstring."""
    told = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") and at not in told for at, line in lines)


def test_every_plugin_has_a_limit() -> None:
    assert {path.name for path in PLUGINS} == set(LIMITS)


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_an_example_is_as_short_as_it_is_said_to_be(name: str, limit: int) -> None:
    files = [*EXAMPLES.glob(f"{name}/src/*/*.py"), *EXAMPLES.glob(f"{name}/tests/*_server.py")]
    assert 10 < sum(code_lines(path.read_text(encoding="utf-8")) for path in files) <= limit


def test_a_line_of_code_is_no_blank_comment_or_docstring() -> None:
    text = '"""A\n\nB"""\n\n# c\nx = 1  # d\n"""E"""\n\n\ndef f():\n    """G"""\n    return """h\n    i"""\n'
    assert code_lines(text) == len(["x = 1", "def f():", "return", "i"])


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.name)
def test_an_example_is_a_plugin_with_the_suite_and_tests_of_its_own(plugin: Path) -> None:
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (package,) = (path.parent.name for path in plugin.glob("src/*/provider.py"))
    assert project["entry-points"]["limner"] == {package.removeprefix("limner_"): package}
    assert "limner[testing]" in project["optional-dependencies"]["test"]
    assert (plugin / f"src/{package}/py.typed").is_file()
    assert (plugin / "README.md").read_text(encoding="utf-8").startswith(f"# {project['name']}\n")
    names = list(defined_in_tests(plugin))
    assert "ProviderConformance" in names
    assert any(name.startswith("test_") for name in names)


def defined_in_tests(plugin: Path) -> Iterator[str]:
    """The functions of the tests, and what their classes are made of."""
    for path in plugin.glob("tests/test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            yield from [ast.unparse(base) for base in node.bases] if isinstance(node, ast.ClassDef) else ()
            yield from [node.name] if isinstance(node, ast.FunctionDef) else ()


def test_the_examples_that_the_tutorial_names_are_there() -> None:
    page = (ROOT / "docs/tutorial/write-a-provider.md").read_text(encoding="utf-8")
    named = re.findall(r"`docs/examples/([\w-]+)`", page)
    assert set(named) == set(LIMITS)
