"""The workspace as data: its root, its members, their metadata."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(path.parent for path in ROOT.glob("providers/*/pyproject.toml"))
PACKAGES = [ROOT / "core", *MEMBERS]


def metadata(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The workspace's root."""
    return ROOT


@pytest.fixture(scope="session")
def workspace() -> dict[str, Any]:
    """The root's pyproject.toml."""
    return metadata(ROOT)


@pytest.fixture(params=PACKAGES, ids=lambda folder: folder.name)
def package(request: pytest.FixtureRequest) -> Path:
    """Each package's folder in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture(params=MEMBERS, ids=lambda folder: folder.name)
def plugin(request: pytest.FixtureRequest) -> Path:
    """Each plugin's folder in turn."""
    folder: Path = request.param
    return folder


@pytest.fixture
def project(package: Path) -> dict[str, Any]:
    """The ``[project]`` table of each package in turn."""
    table: dict[str, Any] = metadata(package)["project"]
    return table
