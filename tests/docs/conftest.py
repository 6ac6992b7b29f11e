"""The documents, the tools that build them, and a place to run what they say."""

from __future__ import annotations

import os
import sys
from copy import copy
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner.registry import Registry
from limner_sandbox import Sandbox
from limner_sandbox.openai_images import replies
from limner_sandbox.painter import paint

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
# mkdocs puts the hook's folder on the path while it loads it; these tests do the same, and for as long as they run.
sys.path.append(str(ROOT / "docs/mkdocs"))


paint_once = lru_cache(200)(paint)


@pytest.fixture(autouse=True, scope="module")
def _painted_once() -> Iterator[None]:
    """Documents ask for the same pictures: each is painted for the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies, "paint", paint_once)
        yield


@pytest.fixture
def desk(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """An empty folder, a key in every provider's variable, and a sandbox where the providers' requests arrive.

    Other processes import from one more folder, which is empty at first: what a document installs goes there.

    A provider whose base URL has a variable is led there by it, other processes included; one that has none, in this
    process alone: the object that its package hands out is replaced by one at the sandbox's address.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path_factory.mktemp("site")))
    with Sandbox() as sandbox:
        for package, provider in _providers():
            monkeypatch.setenv(provider.key_variable, sandbox.key_for(provider.name))
            variable = getattr(provider, "base_url_variable", None)
            if variable:
                monkeypatch.setenv(variable, sandbox.base_url(provider.name))
            else:
                moved = _moved(provider, sandbox.base_url(provider.name))
                monkeypatch.setattr(f"{package}.provider.PROVIDER", moved)
        yield sandbox


def _providers() -> Iterator[tuple[str, Any]]:
    """Every installed provider, with the package that brings it."""
    registry = Registry()
    for entry in registry.entries():
        yield entry.value, registry.get(entry.name)


def _moved(provider: Any, base_url: str) -> Any:
    """The same provider at another address of its own."""
    moved = copy(provider)
    object.__setattr__(moved, "base_url", base_url)
    return moved
