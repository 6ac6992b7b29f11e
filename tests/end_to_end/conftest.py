"""What whole journeys share: sandboxes, and pictures of the smallest size there is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner_sandbox import Sandbox
from limner_sandbox.openai_images import replies
from limner_sandbox.painter import paint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

KEY_VARIABLES = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "LIMNER_PLUGINS"),
    *("FAST_API_KEY", "ROCKAPI_API_KEY", "R9S_API_KEY", "ROBOFLOW_API_KEY"),
)


paint_once = lru_cache(200)(paint)


@pytest.fixture(autouse=True, scope="module")
def _painted_once() -> Iterator[None]:
    """Journeys differ and ask for the same pictures: each is painted for the first of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replies, "paint", paint_once)
        yield


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="session")
def _revived() -> Iterator[Sandbox]:
    with Sandbox(retired=True) as running:
        yield running


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Sandbox:
    """A sandbox with an empty log."""
    _sandbox.clear()
    return _sandbox


@pytest.fixture
def revived(_revived: Sandbox) -> Sandbox:
    """A sandbox in which models that were shut down work as they once did."""
    _revived.clear()
    return _revived


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's real key takes part."""
    for name in KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sandbox], None]:
    """Point OpenAI's own variables at a sandbox: whoever reads them, talks to it."""

    def point(sandbox: Sandbox) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", sandbox.key_for("openai"))
        monkeypatch.setenv("OPENAI_BASE_URL", sandbox.base_url("openai"))

    return point


@pytest.fixture(params=["sync", "async"])
def generate(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """``limner.generate`` and ``limner.agenerate``, called alike."""
    if request.param == "sync":
        return limner.generate
    return lambda prompt, **given: asyncio.run(limner.agenerate(prompt, **given))


def _install(site: Path, distributions: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    for distribution, (name, source) in distributions.items():
        module = distribution.replace("-", "_")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[limner]\n{name} = {module}\n", encoding="utf-8")
        (site / f"{module}.py").write_text(source, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}


@pytest.fixture(scope="session")
def install() -> Callable[[Path, Mapping[str, tuple[str, str]]], dict[str, str]]:
    """``install(site, {distribution: (name, source)})``: the environment in which these plugins are installed."""
    return _install


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``limner`` in a process of its own, in an empty folder."""

    def run(*args: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own
            [sys.executable, "-m", "limner.cli", *args],
            cwd=tmp_path, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run
