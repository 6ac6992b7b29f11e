"""Every package of the workspace is complete, and agrees with its neighbours."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def version(root: Path) -> str:
    """The core's version."""
    return str(tomllib.loads((root / "core/pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def test_the_workspace_depends_on_every_package(workspace: dict[str, Any], project: dict[str, Any]) -> None:
    """Otherwise `uv run limner` would not know a provider that stands in the tree."""
    assert project["name"] in {Requirement(line).name for line in workspace["project"]["dependencies"]}


def test_the_workspace_takes_every_package_from_the_tree(workspace: dict[str, Any], project: dict[str, Any]) -> None:
    assert workspace["tool"]["uv"]["sources"].get(project["name"]) == {"workspace": True}


def test_a_plugin_is_named_after_its_folder(plugin: Path) -> None:
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == f"limner-{plugin.name}"


def test_a_package_imports_under_its_distributions_name(package: Path, project: dict[str, Any]) -> None:
    assert [path.parent.name for path in package.glob("src/*/__init__.py")] == [project["name"].replace("-", "_")]


def test_versions_agree(project: dict[str, Any], version: str) -> None:
    assert project["version"] == version


def test_a_plugin_wants_the_core_of_this_version(plugin: Path, version: str) -> None:
    project = tomllib.loads((plugin / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {found.name: found for found in map(Requirement, project["dependencies"])}
    assert version in wanted["limner"].specifier


def test_every_package_runs_on_the_same_pythons(project: dict[str, Any], workspace: dict[str, Any]) -> None:
    assert project["requires-python"] == workspace["project"]["requires-python"]


def test_a_package_says_that_it_is_typed(package: Path, project: dict[str, Any]) -> None:
    assert len(list(package.glob("src/*/py.typed"))) == 1
    assert "Typing :: Typed" in project["classifiers"]


def test_a_package_has_a_readme(package: Path, project: dict[str, Any]) -> None:
    assert (package / project["readme"]).read_text(encoding="utf-8").startswith(f"# {project['name']}\n")


def test_a_package_carries_the_licence(package: Path, project: dict[str, Any], root: Path) -> None:
    assert (package / "LICENSE").read_bytes() == (root / "LICENSE").read_bytes()
    assert project["license"] == "MIT"
