"""What the pages claim in prose and tables, compared with what is so."""

from __future__ import annotations

import re
import tomllib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import openai
import pytest
import stamina
from PIL import Image, ImageChops, ImageStat

import limner
from limner_sandbox.painter import Commission, paint

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PROSE = sorted(path for path in DOCS.rglob("*.md") if "mkdocs" not in path.parts)
PICTURE = DOCS / "images/lighthouse.webp"


# The table of errors in "From the OpenAI SDK"

ROW = re.compile(r"(?m)^\| `?(?P<answer>[^|`]+)`? \| `(?P<sdk>\w+)` \| `(?P<ours>\w+)` \|$")
ROWS = [found.groups() for found in ROW.finditer((DOCS / "how-to/from-the-openai-sdk.md").read_text(encoding="utf-8"))]
IN_WORDS: dict[str, dict[str, object]] = {"the connection broke": {"cut": 0.0}, "too late": {"delay": 1.0}}


def test_the_table_of_errors_is_read() -> None:
    assert len(ROWS) > 10


@pytest.mark.parametrize(("answer", "sdk", "ours"), ROWS, ids=lambda word: word)
def test_an_error_becomes_what_the_table_says(limner_sandbox: Sandbox, answer: str, sdk: str, ours: str) -> None:
    timeout = 0.5 if answer == "too late" else 20.0
    clients = (
        openai.OpenAI(
            api_key=limner_sandbox.key_for("openai"),
            base_url=limner_sandbox.base_url("openai"),
            max_retries=0,
            timeout=timeout,
        ),
        limner_sandbox.client(timeout=timeout),
    )
    if answer == "no connection":
        limner_sandbox.__exit__(None, None, None)
    for _ in clients:
        status, _, code = answer.partition(" ")
        known = IN_WORDS.get(answer, {"status": status, "code": code or None} if status.isdigit() else {})
        limner_sandbox.fail(**{name: int(value) if name == "status" else value for name, value in known.items()})
    with clients[0] as theirs, pytest.raises(getattr(openai, sdk)):
        theirs.images.generate(model="gpt-image-2", prompt="a cat")
    with stamina.set_testing(True, attempts=1), clients[1] as mine, pytest.raises(getattr(limner, ours)):
        mine.generate("a cat", model="openai/gpt-image-2")


# The picture


def test_the_picture_is_what_the_sandbox_paints() -> None:
    """The README's first command, line for line; WebP keeps it under the repository's limit of size."""
    painted = Image.open(BytesIO(paint(Commission(prompt="a lighthouse at dawn", width=1536, height=1024))))
    difference = ImageStat.Stat(ImageChops.difference(painted, Image.open(PICTURE).convert("RGB")))
    assert max(difference.mean) < 3


def test_the_readme_shows_the_picture() -> None:
    assert f"({PICTURE.relative_to(ROOT)})" in (ROOT / "README.md").read_text(encoding="utf-8")


# The prose


@pytest.mark.parametrize("page", PROSE, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_line_of_prose_holds_one_sentence(page: Path) -> None:
    """A stop, a space and a capital letter are two sentences; code and tables are not prose."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    prose = [line for line in text.splitlines() if line and not line.startswith(("|", "#"))]
    assert [line for line in prose if re.search(r"[.?!]\W* [A-Z]", re.sub(r"`[^`]*`|\*\*.*?\*\*", "", line))] == []


def test_the_promises_name_tests_that_exist() -> None:
    page = (DOCS / "explanation/promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:core|docs|providers)/[\w/.]*)`", page)
    assert named
    assert [name for name in named if not (ROOT / "tests" / name).exists()] == []


def test_the_architecture_shows_the_layers_that_are_checked() -> None:
    """As the linter has them, without what is private or planned."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    names = [[name for name in re.split(r"\s*[|:]\s*", layer) if name[0] not in "_("] for layer in layers]
    shown = "\n".join(", ".join(layer) for layer in names if layer)
    assert f"```text\n{shown}\n```" in (DOCS / "explanation/architecture.md").read_text(encoding="utf-8")
