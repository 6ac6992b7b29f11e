"""The documents, the tools that build them, and a place to run what they say."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
# mkdocs puts the hook's folder on the path while it loads it; these tests do the same, and for as long as they run.
sys.path.append(str(ROOT / "docs/mkdocs"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """An empty folder, and an environment in which the provider's own variables lead to a sandbox."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    with Sandbox() as sandbox:
        monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url("openai"))
        monkeypatch.setenv("OPENAI_API_KEY", sandbox.key_for("openai"))
        yield sandbox
