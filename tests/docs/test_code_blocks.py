"""What the documents show is run, in their order, against the sandbox; what they say it prints is what it prints.

A document is run in one folder and one session of Python, as a reader would.
Of ``sh`` blocks the ``limner`` commands are run and ``python -m pytest``; an editable installation is made without pip.
A block with a title, whatever its language, is a file of that name.
An ``output`` block is the whole output of the block above it; without one, a command has to succeed.
A block that cannot be run says why, in a comment above it: ``<!-- not run: the reason -->``.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve, frozen

from limner.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from limner_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("providers/*/README.md"),
                    *ROOT.glob("docs/**/*.md")])  # fmt: skip
BLOCK = re.compile(
    r"(?m)^(?:<!-- not run: (?P<excuse>.+) -->\n+)?"
    r'```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<code>(?s:.*?))^```$'
)
COMMAND = re.compile(r"(?m)(?:^|\buv run )(limner .*|python -m (?:pytest|pip install -e) .*)$")
EDITABLE = re.compile(r'python -m pip install -e "?(?P<folder>[\w./-]+)(?:\[\w+\])?"?')

AS_A_READER = {
    "COVERAGE_PROCESS_START": "",
    "COVERAGE_PROCESS_CONFIG": "",
    "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:recording -p no:xdist",
}
"""A suite that a document runs is not measured with this one, and has no use for this one's plugins."""

ADDRESSES = {provider.name: provider.base_url for provider in Registry().providers()}
"""Where the providers are when nothing leads them to a sandbox."""


@frozen
class Block:
    """A block of code, and what it is said to print."""

    line: int
    language: str
    code: str
    excuse: str | None = None
    output: str | None = None
    title: str | None = None


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a document that mean something to be run, in order."""
    last: Block | None = None
    for found in BLOCK.finditer(text):
        if found["language"] == "output" and last is not None:
            last = evolve(last, output=found["code"])
            continue
        if last is not None:
            yield last
        line = text.count("\n", 0, found.start("code")) + 1
        last = Block(line, found["language"], found["code"], found["excuse"], title=found["title"])
    if last is not None:
        yield last


def python(block: Block, where: Path, session: dict[str, Any]) -> str:
    """Run Python; tests in it are run by pytest."""
    if re.search(r"(?m)^(?:async )?def test_", block.code):
        Path("test_block.py").write_text(block.code, encoding="utf-8")
        shell(f"{sys.executable} -m pytest -q -p no:cacheprovider test_block.py", succeed=True)
        return ""
    said = io.StringIO()
    with redirect_stdout(said):
        # Blank lines in front, so that a traceback shows the document's own line.
        exec(compile("\n" * (block.line - 1) + block.code, str(where), "exec"), session)  # noqa: S102 - our own documents
    return said.getvalue()


def commands(block: Block, _: Path, __: Mapping[str, Any]) -> str:
    """Run the commands that can be run here."""
    return "".join(command(line, succeed=block.output is None) for line in COMMAND.findall(block.code))


def command(line: str, *, succeed: bool) -> str:
    """Run one; pip is not asked: it would change the tests' own environment, and look for its tools elsewhere."""
    editable = EDITABLE.fullmatch(line)
    if editable is None:
        return shell(line, succeed=succeed)
    install(Path(editable["folder"]))
    return ""


def install(folder: Path) -> None:
    """What an editable installation comes to: the package can be imported, and its metadata tells the entry points."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = Path(os.environ["PYTHONPATH"])
    for package in folder.glob("src/*"):
        (site / package.name).symlink_to(package.resolve(), target_is_directory=True)
    metadata = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8")
    names = (f"{name} = {module}" for name, module in project["entry-points"]["limner"].items())
    (metadata / "entry_points.txt").write_text("\n".join(["[limner]", *names]), encoding="utf-8")


def write(block: Block) -> None:
    """Write a file that a document shows."""
    path = Path(block.title or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.code, encoding="utf-8")


def shell(command: str, *, succeed: bool) -> str:
    """Run a command; what it prints, and what it complains of."""
    environ = {**os.environ, **(AS_A_READER if "pytest" in command else {})}
    done = subprocess.run(  # noqa: S602 - our own documents
        command, shell=True, text=True, capture_output=True, timeout=60, check=False, env=environ
    )
    assert done.returncode == 0 or not succeed, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


RUN: Mapping[str, Callable[[Block, Path, dict[str, Any]], str]] = {"python": python, "sh": commands}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_document_does_what_it_says(document: Path, desk: Sandbox) -> None:
    session: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks(document.read_text(encoding="utf-8")):
        if block.title:
            write(block)
        if block.language not in RUN or block.excuse or block.title:
            continue
        output = RUN[block.language](block, document, session)
        output = as_read(output, desk)
        assert block.output in {None, output}, f"{document.relative_to(ROOT)}:{block.line}"


def as_read(output: str, desk: Sandbox) -> str:
    """An output as a reader without a sandbox sees it: with the providers' own addresses."""
    for provider, address in ADDRESSES.items():
        output = output.replace(desk.base_url(provider), address)
    return output


# The collector itself


def test_an_output_block_belongs_to_the_block_above_it() -> None:
    (block,) = blocks("```sh\nlimner models\n```\n\nprints\n\n```output\nnothing\n```\n")
    assert (block.code, block.output) == ("limner models\n", "nothing\n")


def test_a_block_knows_its_line() -> None:
    assert [block.line for block in blocks("# Title\n\n```python\n1\n```\n\n```python\n2\n```\n")] == [4, 8]


def test_a_block_may_be_excused() -> None:
    (block,) = blocks("<!-- not run: it never ends -->\n```sh\nlimner sandbox\n```\n")
    assert block.excuse == "it never ends"


def test_the_readmes_first_line_is_run_without_its_installation(desk: object) -> None:  # noqa: ARG001 - its folder
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = next(blocks(readme))
    assert COMMAND.findall(first.code) == [first.code.partition("uv run ")[2].strip()]
    assert commands(first, ROOT, {}) == "lighthouse.png\n"
    assert Path("lighthouse.png").read_bytes().startswith(b"\x89PNG")


def test_a_titled_block_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks('```toml title="acme/pyproject.toml"\n[project]\n```\n')
    write(block)
    assert Path("acme/pyproject.toml").read_text(encoding="utf-8") == "[project]\n"
