"""The pins: one set of versions, told twice, covering everything that is installed."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def lines(root: Path) -> list[str]:
    return (root / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_constraints_txt_holds_the_pins_of_the_workspace(root: Path, workspace: dict[str, Any]) -> None:
    assert lines(root) == workspace["tool"]["uv"]["constraint-dependencies"]


def test_every_pin_is_exact(root: Path) -> None:
    assert [line for line in lines(root) if not re.match(r"[a-z0-9-]+==[0-9a-z.]+( ; |$)", line)] == []


def test_every_declared_dependency_is_pinned(root: Path, workspace: dict[str, Any], project: dict[str, Any]) -> None:
    groups = [word for group in workspace["dependency-groups"].values() for word in group if isinstance(word, str)]
    extras = [word for extra in project.get("optional-dependencies", {}).values() for word in extra]
    wanted = {name(word) for word in [*groups, *extras, *project["dependencies"]]}
    pinned = {name(line) for line in lines(root)}
    assert {name for name in wanted - pinned if not name.startswith("limner")} == set()


def test_what_is_installed_here_is_what_is_pinned(root: Path) -> None:
    pins = {line.partition(" ;")[0] for line in lines(root)}
    pinned = {pin.partition("==")[0] for pin in pins}
    installed = {f"{name(found.metadata['Name'])}=={found.version}" for found in distributions()}
    assert {here for here in installed if here.partition("==")[0] in pinned} - pins == set()


def name(requirement: str) -> str:
    """The normalized name of a distribution, from a requirement or from its metadata."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()
