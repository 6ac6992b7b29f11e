"""What holds for every emulator there is, and for those to come."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import limner_sandbox
from limner_sandbox.emulator import Emulator, discover
from limner_sandbox.faults import FAULTS

SOURCES = sorted(Path(limner_sandbox.__file__).parent.rglob("*.py"))
EMULATORS = discover()


def by_name(emulator: Emulator) -> str:
    return emulator.name


def imports_of(source: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(source.read_text("utf-8"))))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_the_sandbox_knows_nothing_of_limners_declarations(source: Path) -> None:
    """It is a second opinion: of limner it uses the errors, and a client where it is asked for one."""
    assert {name for name in imports_of(source) if name.split(".")[0].startswith("limner")} <= {
        "limner", "limner.errors", *(name for name in imports_of(source) if name.split(".")[0] == "limner_sandbox")
    }  # fmt: skip


def test_five_providers_are_emulated() -> None:
    assert {emulator.name: emulator.base_path for emulator in EMULATORS} == {
        "fastapi.ai": "/fastapi.ai/v1",
        "openai": "/openai/v1",
        "r9s": "/r9s/v1",
        "roboflow": "/roboflow",
        "rockapi": "/rockapi/openai/v1",
    }


@pytest.mark.parametrize("emulator", EMULATORS, ids=by_name)
def test_an_emulator_stays_below_its_own_name(emulator: Emulator) -> None:
    assert f"{emulator.base_path}/".startswith(f"/{emulator.name}/")


@pytest.mark.parametrize("emulator", EMULATORS, ids=by_name)
@pytest.mark.parametrize("kind", sorted(kind for kind, fault in FAULTS.items() if fault.status))
def test_an_emulator_has_words_for_every_named_fault(emulator: Emulator, kind: str) -> None:
    assert emulator.error(FAULTS[kind]).status_code == FAULTS[kind].status
