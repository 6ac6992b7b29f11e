"""The how-to page about configurations: what it shows as TOML is one, and fits the installed provider it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from limner.client import Client

PAGE = Path(__file__).parents[3] / "docs/how-to/use-an-openai-compatible-api.md"
BLOCKS = re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))


def test_the_page_shows_some() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.splitlines()[0])
def test_what_it_shows_is_a_configuration(block: str, tmp_path: Path) -> None:
    file = tmp_path / "limner.toml"
    file.write_text(block, encoding="utf-8")
    installed = Client(config=file, environ={}).installed()
    for name in re.findall(r"(?m)^\[providers\.(\w+)\]$", block):
        assert installed.check(name).status == "ok"
