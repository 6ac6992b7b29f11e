"""Broken neighbours: what other distributions do wrong stays theirs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from limner.media import sniff

if TYPE_CHECKING:
    from pathlib import Path

Command = Callable[..., subprocess.CompletedProcess[str]]
Install = Callable[["Path", Mapping[str, tuple[str, str]]], dict[str, str]]

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


@pytest.fixture
def neighbours(tmp_path_factory: pytest.TempPathFactory, install: Install) -> dict[str, str]:
    return install(tmp_path_factory.mktemp("site"), BROKEN)


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
    command: Command, install: Install, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rival = {"limner-rival": ("openai", "raise RuntimeError('imported')\n")}
    environ = install(tmp_path_factory.mktemp("site"), rival)
    done = command("generate", *ASKED, "-m", "openai/gpt-image-2", **environ)
    assert (done.returncode, done.stdout, done.stderr) == (0, "cat.png\n", "")
    done = command("generate", *ASKED, "--provider", "limner-rival:openai", "-m", "gpt-image-2", **environ)
    assert (done.returncode, done.stdout) == (3, "")
    assert "RuntimeError: imported" in done.stderr


def test_of_two_strangers_neither_has_the_name(
    command: Command, install: Install, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    rivals = {f"limner-{who}": ("openai", "raise RuntimeError('imported')\n") for who in ("one", "two")}
    environ = install(tmp_path_factory.mktemp("site"), rivals) | {"LIMNER_PLUGINS": "limner-one,limner-two"}
    done = command("generate", *ASKED, "-m", "openai/gpt-image-2", **environ)
    assert (done.returncode, list(tmp_path.iterdir())) == (3, [])
    assert "limner-one:openai or limner-two:openai" in done.stderr
