"""The gates no linter has: lengths, ladders, vendors' names in the core, and what a plugin may import.

``python tests/gates/gates.py PATH...`` prints one line for each finding and fails if there is one.
Which rules hold for a file follows from its place: ``core/src/limner/...`` is the core, ``providers/<name>/src/...``
a plugin. Layers and the homes of third-party libraries in the core are import-linter's (see ``pyproject.toml``).
"""

from __future__ import annotations

import ast
import re
import sys
import tokenize
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULE_LINES = 400
FUNCTION_LINES = 60
BRANCHES = 3

EMULATOR = "sandbox"
"""The one folder of ``providers/`` that is no vendor: it serves HTTP, and the command line may start it."""

VENDORS = {"fastapi.ai", "fastapiai", "openai", "r9s", "roboflow", "rockapi"}
"""Names that stay out of the core even where their plugin is not in the tree."""

DOORS = (
    *(
        "aiohttp",
        "ftplib",
        "http.client",
        "httpcore",
        "httpx",
        "requests",
        "smtplib",
        "socket",
        "ssl",
        "urllib.request",
    ),
    *("urllib3", "websockets", "pluggy", "stamina"),
)
"""What a plugin has no use for, because it does no I/O: the core sends, retries and registers."""

Finding = tuple[int, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Chain = ast.If | ast.IfExp | ast.Match


@dataclass(frozen=True)
class Module:
    """One Python file: its text, its tree and its place."""

    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @cached_property
    def place(self) -> str:
        """The path from the workspace's root on, for a file of a package: ``core/src/limner/cli/main.py``."""
        found = re.fullmatch(r".*/((?:core|providers/[^/]+)/src/.*)", self.path.resolve().as_posix())
        return found[1] if found else ""

    @property
    def in_core(self) -> bool:
        """Whether this is a module of the core."""
        return self.place.startswith("core/")

    def is_in_core(self, name: str) -> bool:
        """Whether this is the core's module of that name, or inside its package of that name."""
        return self.place.startswith((f"core/src/limner/{name}.", f"core/src/limner/{name}/"))

    @property
    def plugin(self) -> str | None:
        """The import name of the plugin to which this module belongs."""
        found = re.fullmatch(r"providers/[^/]+/src/([^/.]+).*", self.place)
        return found[1] if found else None


def module_length(module: Module) -> Iterator[Finding]:
    """No module over 400 lines."""
    lines = len(module.text.splitlines())
    if lines > MODULE_LINES:
        yield lines, f"the module has {lines} lines, more than {MODULE_LINES}"


def function_length(module: Module) -> Iterator[Finding]:
    """No function over 60 lines, its decorators and docstring included."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines = (node.end_lineno or node.lineno) - first + 1
            if lines > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {lines} lines, more than {FUNCTION_LINES}"


def ladders(module: Module) -> Iterator[Finding]:
    """No if/elif chain, chained conditional expression or match over literals with more than 3 branches.

    A ``match`` over classes is left alone: a type checker proves it complete, which no table can offer.
    """
    seen: set[ast.AST] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, Chain) and node not in seen:
            links = _links(node)
            seen.update(links)
            if len(links) > BRANCHES:
                yield node.lineno, f"a chain of {len(links)} branches, more than {BRANCHES}: make it a table"


def _links(node: ast.AST | None) -> list[ast.AST]:
    """Return the branches that carry a condition, from here on."""
    if isinstance(node, ast.Match):
        return [case.pattern for case in node.cases if _is_literal(case.pattern)]
    links: list[ast.AST] = []
    while isinstance(node, ast.If | ast.IfExp):
        links.append(node)
        node = _next_link(node)
    return links


def _next_link(node: ast.If | ast.IfExp) -> ast.AST | None:
    """Return what ``elif`` hides: an ``if`` that is all of the ``else``."""
    if isinstance(node, ast.IfExp):
        return node.orelse
    return node.orelse[0] if len(node.orelse) == 1 else None


def _is_literal(pattern: ast.pattern) -> bool:
    patterns = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
    return all(isinstance(one, ast.MatchValue | ast.MatchSingleton) for one in patterns)


def vendor_names(module: Module) -> Iterator[Finding]:
    """No vendor's name in the core's code and comments; docstrings may give examples, a dialect is named after one."""
    if not module.in_core or module.is_in_core("dialects"):
        return
    name = re.compile(_any_of(VENDORS | _neighbours(module.path)))
    for line, text in [(1, module.place), *_comments(module.text), *_words(module.tree)]:
        found = name.search(text)
        if found:
            yield line, f"{found[0]!r} is a provider's name, which has no place in the core"


def _any_of(names: set[str]) -> str:
    """Match a name as a word or as part of an identifier: openai_key, OpenAIKey; but not "fal" in "false"."""
    choice = "|".join(map(re.escape, sorted(names)))
    return rf"(?:(?<![A-Za-z0-9])|(?<=[a-z0-9])(?=[A-Z]))(?i:{choice})(?![a-z0-9])"


def _neighbours(path: Path) -> set[str]:
    """Name the folders of the workspace's ``providers/``, so that a new vendor is known at once."""
    root = next(parent.parent for parent in path.resolve().parents if parent.name == "core")
    return {folder.name for folder in root.glob("providers/*") if folder.is_dir()} - {EMULATOR}


def _comments(text: str) -> list[Finding]:
    tokens = tokenize.generate_tokens(StringIO(text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


def _words(tree: ast.Module) -> Iterator[Finding]:
    """Yield every identifier and every string that is no docstring."""
    docs = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    line = 1
    for node in ast.walk(tree):
        line = getattr(node, "lineno", line)
        if isinstance(node, ast.Constant) and node not in docs:
            yield line, str(node.value)
        for _, value in ast.iter_fields(node):
            names = value if isinstance(value, list) else [value]
            yield from ((line, name) for name in names if isinstance(name, str) and not isinstance(node, ast.Constant))


def neighbours(module: Module) -> Iterator[Finding]:
    """A plugin imports the core and never another plugin; the core's command line alone may import the emulator."""
    if not module.place:
        return
    allowed = {module.plugin, f"limner_{EMULATOR}" if module.is_in_core("cli") else None}
    for line, name in _imports(module.tree):
        top = name.partition(".")[0]
        if top.startswith("limner_") and top not in allowed:
            yield line, f"{top} is another plugin"


def doors(module: Module) -> Iterator[Finding]:
    """A plugin does no I/O of its own."""
    if module.plugin in {None, f"limner_{EMULATOR}"}:
        return
    for line, name in _imports(module.tree):
        if any(name == door or name.startswith(f"{door}.") for door in DOORS):
            yield line, f"{name} is not for plugins: the core does the I/O"


def _imports(tree: ast.Module) -> Iterator[Finding]:
    """Yield everything imported, ``from a import b`` as ``a.b``: b may be a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


GATES: tuple[Callable[[Module], Iterator[Finding]], ...] = (
    module_length,
    function_length,
    ladders,
    vendor_names,
    neighbours,
    doors,
)


def check(path: Path) -> list[str]:
    """Return what is wrong with one file, as ``path:line: sentence``, in the order of its lines."""
    module = Module(path, path.read_text(encoding="utf-8"))
    findings = sorted({finding for gate in GATES for finding in gate(module)})
    return [f"{path}:{line}: {sentence}" for line, sentence in findings]


def main(paths: list[str]) -> int:
    """Check every Python file at and under the paths; return the exit status."""
    files = [file for path in map(Path, paths) for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])]
    findings = [finding for file in files for finding in check(file)]
    print(*findings, f"{len(files)} files, {len(findings)} findings", sep="\n")  # noqa: T201 - its output
    return bool(findings) or not files


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
