"""The cassettes of all providers, and what makes a cassette worth trusting."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from base64 import b64decode
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from limner.media import sniff
from limner.testing import hygiene

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(HERE.glob("*/cassettes/*.json"))
NAMES = [f"{path.parent.parent.name}/{path.stem}" for path in FILES]

playing: Any = sys.modules["limner_tests_playing"]


# Every file


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_nothing_is_wrong_with_a_cassette(path: Path) -> None:
    assert list(hygiene.faults(path)) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_does_not_even_speak_of_keys(path: Path) -> None:
    """A vendor's answer may; of ours, none has to."""
    assert re.findall(r"(?i)authorization|bearer|canary", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_is_named_by_a_test_beside_it_or_is_a_scene_of_all_providers(path: Path) -> None:
    assert path.stem in constants(path.parent.parent) | playing.RELAYS


@cache
def constants(folder: Path) -> set[Any]:
    """What stands literally in the tests of a folder."""
    trees = [ast.parse(module.read_text(encoding="utf-8")) for module in folder.glob("test_*.py")]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


ALIKE = {"roboflow": playing.NAMES, **dict.fromkeys(("fastapiai", "r9s", "rockapi"), playing.RELAYS)}


@pytest.mark.parametrize(("provider", "names"), ALIKE.items(), ids=ALIKE)
def test_every_scene_of_all_providers_is_there(provider: str, names: set[str]) -> None:
    """OpenAI's are its own: no gateway stands before it."""
    assert sorted(name for name in names if f"{provider}/{name}" not in NAMES) == []


# What fails

SCENARIOS = """
import pytest
pytestmark = pytest.mark.vcr
USUAL = {"prompt": "a white Siamese cat", "model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}

@pytest.mark.default_cassette("png")
def test_whole(generate):
    assert generate(**USUAL)

@pytest.mark.default_cassette("png")
def test_not_at_all(generate):
    pass

@pytest.mark.default_cassette("rate-limited")
def test_in_part(generate, vcr):
    with pytest.raises(Exception, match="429|rate|Rate"):
        generate(**USUAL, retry="safe", total_timeout=1)

@pytest.mark.default_cassette("png")
def test_another_prompt(generate):
    generate(**{**USUAL, "prompt": "a black cat"})

@pytest.mark.default_cassette("unlabelled")
def test_without_an_origin(generate):
    generate(**USUAL)

@pytest.mark.default_cassette("missing")
def test_without_a_file(generate):
    generate(**USUAL)
"""


def inner(folder: Path, *options: str) -> str:
    """What pytest says of the tests in a folder."""
    config = (f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={folder}", "-p", "no:cacheprovider")
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", *config, "-q", "-rA", "--tb=line", *options, str(folder)],
        capture_output=True, check=False, text=True, cwd=folder, timeout=100,
    )  # fmt: skip
    return done.stdout + done.stderr


def copied(folder: Path, provider: str) -> Path:
    """The tests of one provider's cassettes, in another place."""
    for module in HERE.glob("*.py"):
        if not module.name.startswith("test_"):
            shutil.copy(module, folder)
    kept = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(HERE / provider, folder / provider, ignore=kept))


def test_a_cassette_fails_that_is_unlabelled_absent_asked_otherwise_or_partly_played(tmp_path: Path) -> None:
    openai = copied(tmp_path, "openai")
    for module in openai.glob("test_*.py"):
        module.unlink()
    (openai / "test_scenarios.py").write_text(SCENARIOS, encoding="utf-8")
    unlabelled = json.loads((openai / "cassettes/png.json").read_bytes())
    del unlabelled["origin"]
    (openai / "cassettes/unlabelled.json").write_text(json.dumps(unlabelled), encoding="utf-8")
    told = inner(tmp_path)
    found = {line.split(" - ")[0].replace("openai/test_scenarios.py::test_", "") for line in told.splitlines()}
    assert found >= {
        *("PASSED whole[sync]", "PASSED whole[async]"),
        *("ERROR not_at_all[sync]", "ERROR not_at_all[async]"),
        *("ERROR in_part[sync]", "ERROR in_part[async]"),
        *("FAILED another_prompt[sync]", "FAILED another_prompt[async]"),
        *("ERROR without_an_origin[sync]", "ERROR without_an_origin[async]"),
        *("FAILED without_a_file[sync]", "FAILED without_a_file[async]"),
    }, told


PASSING = {
    r'"(x-request-id|x-oneapi-request-id|source)": "(?:[^"\\]|\\.)*"': r'"\1": ""',
    r'"(created|created_at)": \d+': r'"\1": 0',
    r"\(request id: [^()]*\)": "(request id)",
    r"https://images\.example/[^\"]*": "https://images.example/",
}
"""What no two recordings share, and what to put there."""


def essence(text: str) -> Any:
    """A cassette without that; of images, what they are."""
    for passing, instead in PASSING.items():
        text = re.sub(passing, instead, text)
    image = re.compile(r'"(?:b64_json|url)": "(?:data:[^,"]*,)?([^":]+)"')
    return json.loads(image.sub(lambda found: f'"image": "{sniff(b64decode(found[1]))}"', text))


@pytest.mark.parametrize("provider", sorted({path.parent.parent.name for path in FILES}))
def test_the_sandbox_still_answers_as_it_was_recorded(provider: str, tmp_path: Path) -> None:
    copied(tmp_path, provider)
    told = inner(tmp_path, "--record-mode=rewrite", "-k", "cassettes and not async")
    assert "failed" not in told, told
    kept = {path.name: path.read_text(encoding="utf-8") for path in FILES if path.is_relative_to(HERE / provider)}
    anew = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*/cassettes/*.json")}
    assert sorted(anew) == sorted(kept)
    assert [name for name in kept if essence(anew[name]) != essence(kept[name])] == []
    changed = {json.loads(kept[name])["origin"] for name in kept if anew[name] != kept[name]}
    assert changed == {"sandbox"}
