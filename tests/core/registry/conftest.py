"""Distributions that importlib.metadata really finds: folders on ``sys.path``, gone after the test."""

from __future__ import annotations

import importlib
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from limner.registry import Entry, installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PROVIDER = """
from limner.capabilities import ProviderCapabilities, Source
from limner.hookspecs import hookimpl
from limner.provider import HttpProvider

class Acme(HttpProvider):
    name = "acme"
    base_url = "https://api.acme.example/v1"
    key_variable = "ACME_KEY"

    def capabilities(self):
        return ProviderCapabilities((), None, Source("A page", "2026-11-20"))

@hookimpl
def limner_provider():
    return Acme()
"""
"""A plugin's module that is as it should be."""


@frozen
class Site:
    """A folder on ``sys.path``."""

    path: Path

    def module(self, name: str, source: str) -> None:
        """Write a module."""
        (self.path / f"{name}.py").write_text(dedent(source), encoding="utf-8")
        importlib.invalidate_caches()

    def distribution(self, name: str, entry_points: str, version: str = "1.0", **files: str) -> Path:
        """Write the metadata of a distribution."""
        folder = self.path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        files = {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nName: no header\n", **files}
        for file, text in {**files, "entry_points.txt": dedent(entry_points)}.items():
            (folder / file).write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        return folder

    def plugin(self, name: str, source: str = PROVIDER, distribution: str | None = None) -> None:
        """Install a provider's plugin as ``limner-NAME``, its module being ``limner_NAME``."""
        distribution = distribution or f"limner-{name}"
        module = distribution.replace("-", "_")
        self.module(module, source.replace('name = "acme"', f'name = "{name}"'))
        self.distribution(distribution, f"[limner]\n{name} = {module}\n")

    def hooks(self, name: str, source: str) -> None:
        """Install a plugin with other hooks as ``limner-NAME``."""
        self.module(f"limner_{name}", f"from limner.hookspecs import hookimpl\n{dedent(source)}")
        self.distribution(f"limner-{name}", f"[limner.hooks]\n{name} = limner_{name}\n")

    def entries(self) -> list[Entry]:
        """Return what is installed here, and nothing that happens to be installed besides."""
        return [entry for entry in installed() if entry.origin == str(self.path)]

    def imported(self) -> set[str]:
        """Name the modules that were imported from here."""
        return {
            name for name, module in sys.modules.items() if str(self.path) in (getattr(module, "__file__", "") or "")
        }


@pytest.fixture(scope="session")
def site_at() -> Callable[[Path], Iterator[Site]]:
    """Make a site, and unmake it."""

    def made(path: Path) -> Iterator[Site]:
        site = Site(path)
        sys.path.insert(0, str(path))
        try:
            yield site
        finally:
            sys.path.remove(str(path))
            for name in site.imported():
                del sys.modules[name]
            importlib.invalidate_caches()

    return made


@pytest.fixture
def site(tmp_path: Path, site_at: Callable[[Path], Iterator[Site]]) -> Iterator[Site]:
    """One test's own site."""
    yield from site_at(tmp_path)
