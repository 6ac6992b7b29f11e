"""The reference provider, and what is wrong with the others, importable here and in other processes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner.registry import Entry, Registry
from limner.testing.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
PLUGINS = str(HERE / "plugins")
if PLUGINS not in sys.path:  # other processes import the plugins too
    sys.path.append(PLUGINS)


class Installed(Registry):
    """A registry in which one provider is installed."""

    def __init__(self, wrong: Any) -> None:
        super().__init__(providers=())
        name, reason = wrong.provider.name, "" if wrong.status == "ok" else "it is not allowed"
        self._entry = Entry(name, "limner", "limner-reference", "1.0", wrong.module, wrong.status, reason)
        self._provider = wrong.entry or wrong.provider

    def entries(self, *, check: bool = False) -> tuple[Entry, ...]:
        del check
        return (self._entry,)

    def check(self, name: str) -> Entry:
        del name
        return self._entry

    def get(self, name: str) -> Any:
        del name
        return self._provider


@pytest.fixture
def examined(tmp_path: Path) -> Callable[[Any], Subject]:
    """``examined(wrong)``: what the suite sees of a wrong provider and its recordings."""

    def examined(wrong: Any) -> Subject:
        folder = Path(shutil.copytree(HERE / "cassettes", tmp_path / "cassettes"))
        wrong.recordings(folder)
        nothing = Registry(providers=None, entry_points=lambda: ())
        return Subject(wrong.provider, folder, Installed(wrong) if wrong.installed else nothing)

    return examined
