"""What is in git, and what is not."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

KIB = 1024


@pytest.fixture(scope="module")
def tracked(root: Path) -> list[Path]:
    """The files in git; the checkout may belong to somebody else."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed
    return [path for name in listed.split("\0") if name and (path := root / name).is_file()]


def test_no_file_is_larger_than_400_kib(tracked: list[Path]) -> None:
    assert [path for path in tracked if path.stat().st_size > 400 * KIB] == []


def test_no_lock_file_is_committed(tracked: list[Path]) -> None:
    """The pins are the lock: a lock file would name an index and tell them a third time."""
    assert [path for path in tracked if re.fullmatch(r"uv\.lock|pylock.*\.toml|.*-lock\..*", path.name)] == []


def test_no_file_names_a_package_index(tracked: list[Path]) -> None:
    """Which index to ask is the user's setting."""
    index = re.compile(rb"pypi\.org|pythonhosted\.org|--(?:extra-)?index-url|\[\[tool\.uv\.index\]\]")
    ours = "test_repository.py"
    assert [path for path in tracked if path.name != ours and index.search(path.read_bytes())] == []


def test_the_top_level_is_what_the_design_says(tracked: list[Path], root: Path) -> None:
    folders = {path.relative_to(root).parts[0] for path in tracked if path.parent != root}
    assert folders <= {".ci", "core", "docs", "providers", "tests"}


def shell_blocks(readme: str) -> list[str]:
    """The commands a reader would paste, in order."""
    return re.findall(r"^```(?:sh|shell|bash|console)\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)


def test_the_readmes_first_two_commands_are_one_line_each(root: Path) -> None:
    blocks = shell_blocks((root / "README.md").read_text(encoding="utf-8"))[:2]
    assert [block.count("\n") for block in blocks] == [1, 1]


def test_ci_runs_the_readmes_second_command(root: Path) -> None:
    command = shell_blocks((root / "README.md").read_text(encoding="utf-8"))[1]
    assert (root / ".ci/run").read_text(encoding="utf-8").endswith(f"\n{command}")


def test_ci_can_be_run(root: Path) -> None:
    assert (root / ".ci/run").stat().st_mode & 0o111
