"""Broken neighbours: what other distributions do wrong stays theirs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from limner.media import sniff

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]

HOOK = "import limner\n\n@limner.hookimpl\n"

BROKEN = {
    "limner-crash": ("crash", "raise RuntimeError('the weather is bad')\n"),
    "limner-quit": ("quit", "import sys\nsys.exit(7)\n"),
    "limner-absent": ("absent", "import a_module_that_nobody_has\n"),
    "limner-typing": ("typing", f"{HOOK}def limner_provider(colour):\n    return None\n"),
    "limner-nothing": ("nothing", f"{HOOK}def limner_provider():\n    return None\n"),
    "limner-raising": ("raising", f"{HOOK}def limner_provider():\n    raise OSError('no colours left')\n"),
    "limner-first": ("twice", f"{HOOK}def limner_provider():\n    return None\n"),
    "limner-second": ("twice", f"{HOOK}def limner_provider():\n    return None\n"),
    "limner-usurper": ("openai.", "raise RuntimeError('never imported')\n"),
}
"""By distribution: the name that it claims, and its module."""

ASKED = ("a cat", "--size", "16x16", "--sandbox", "-o", "cat.png")

EXPECTED = {
    "limner-crash": ("import-error", "RuntimeError"),
    "limner-quit": ("import-error", "SystemExit"),
    "limner-absent": ("import-error", "a_module_that_nobody_has"),
    "limner-typing": ("bad-signature", "colour"),
    "limner-nothing": ("not-a-plugin", "None"),
    "limner-raising": ("factory-error", "no colours left"),
    "limner-first": ("conflict", "limner-second"),
    "limner-second": ("conflict", "limner-first"),
    "limner-usurper": ("not-a-plugin", "name"),
}
"""By distribution: the verdict, and a word of its reason."""


def installed(site: Path, distributions: dict[str, tuple[str, str]]) -> dict[str, str]:
    """An environment in which these distributions are installed: metadata and a module on the path each."""
    for distribution, (name, source) in distributions.items():
        module = distribution.replace("-", "_")
        info = site / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[limner]\n{name} = {module}\n", encoding="utf-8")
        (site / f"{module}.py").write_text(source, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}


@pytest.fixture
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return installed(tmp_path_factory.mktemp("site"), BROKEN)


@pytest.fixture
def listed(command: Command, neighbours: dict[str, str]) -> list[dict[str, Any]]:
    done = command("providers", "--json", **neighbours)
    assert (done.returncode, done.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_picture_is_painted_all_the_same(command: Command, neighbours: dict[str, str], tmp_path: Path) -> None:
    done = command("generate", *ASKED, "-m", "openai/gpt-image-2", **neighbours)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cat.png\n", "")
    info = sniff((tmp_path / "cat.png").read_bytes())
    assert (info.media_type, info.width, info.height) == ("image/png", 16, 16)


def test_each_is_listed_with_what_is_wrong_with_it_and_the_good_one_is_fine(listed: list[dict[str, Any]]) -> None:
    verdicts = {one["distribution"]: one for one in listed}
    assert {name: verdicts[name]["status"] for name in EXPECTED} == {
        name: verdict for name, (verdict, _) in EXPECTED.items()
    }
    assert [name for name, (_, word) in EXPECTED.items() if word not in verdicts[name]["reason"]] == []
    assert (verdicts["limner-openai"]["status"], verdicts["limner-openai"]["reason"]) == ("ok", "")


@pytest.mark.parametrize(
    ("provider", "word"),
    [("crash", "import-error"), ("twice", "limner-first"), ("typing", "bad-signature"), ("raising", "factory-error")],
)
def test_who_asks_for_a_broken_one_is_told_so(
    command: Command, neighbours: dict[str, str], provider: str, word: str
) -> None:
    done = command("generate", "a cat", "-m", f"{provider}/any", **neighbours)
    assert (done.returncode, done.stdout) == (3, "")
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_takes_over_the_name_of_another(
    command: Command, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    rival = {"limner-rival": ("openai", "raise RuntimeError('never imported')\n")}
    environ = installed(tmp_path_factory.mktemp("site"), rival)
    done = command("generate", *ASKED, "-m", "openai/gpt-image-2", **environ)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, [])
    assert "limner-openai:openai or limner-rival:openai" in done.stderr
    done = command("generate", *ASKED, "--provider", "limner-openai:openai", "-m", "gpt-image-2", **environ)
    assert (done.returncode, done.stdout) == (0, "cat.png\n"), done.stderr
