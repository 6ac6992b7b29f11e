"""The contract with authors of plugins as a list of facts, and what a change of it asks of its version.

``uv run python tests/contract/contract.py`` writes the list of this version beside itself. A fact is a line: what it is
of, and what is the case::

    limner.provider.HeaderKey                 class
    limner.provider.HeaderKey(prefix)         2: str = ''
    limner.steps.poll()                       -> Exchange[HttpResponse]
    limner.steps.poll(every)                  keyword: float = 2.0
    limner.provider.Auth|Bearer               alternative
    limner.reading.BY_CODE[invalid_api_key]   AuthError

In parentheses stands what one hands over, with its place or ``keyword``. What starts with ``_`` is no part of it, nor
is what a docstring promises: that is for people to compare.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar, get_args

import attrs

from limner.provider import API_VERSION, ProviderBase

HERE = Path(__file__).parent
MODULES = (
    *("limner.hookspecs", "limner.provider", "limner.steps", "limner.capabilities", "limner.reading", "limner.results"),
    *("limner.media", "limner.errors", "limner.dialects.openai_images", "limner.dialects.openai_models"),
)
"""What authors import from. Requests are not among them: a new parameter is no news to who does not declare it."""
PLAIN = (str, int, float, timedelta, type(None))
EXTENDED = "class that authors extend"
"""The core calls its methods and authors write them: another argument would break theirs."""
COMMAND = "uv run python tests/contract/contract.py"
COLUMN = 56
"""Where facts begin, unless the path is longer: always the same, so that one line changes where one fact does."""

Facts: TypeAlias = Mapping[str, str]
Version: TypeAlias = tuple[int, int]


# What is the case


def facts() -> Facts:
    """The contract as it is."""
    return dict(fact for path in MODULES for fact in _of_module(import_module(path)))


def _of_module(module: ModuleType) -> Iterator[tuple[str, str]]:
    assigned = _written(module)
    for name in sorted(getattr(module, "__all__", None) or assigned):
        path, value = f"{module.__name__}.{name}", getattr(module, name)
        home = next((one for one in MODULES if one != module.__name__ and name in _written(import_module(one))), "")
        if name == "API_VERSION":  # the name of the list
            continue
        if name not in assigned and home:
            yield path, f"{home}.{name}"
        elif inspect.isclass(value) and value is not Any:
            yield from _of_class(path, value)
        elif inspect.isfunction(value):
            yield from _of_function(path, value)
        else:
            yield from _of_value(path, value, assigned.get(name))


@cache
def _written(module: ModuleType) -> Mapping[str, str]:
    """The public names that are written in a module, not imported, and what is assigned to them; no type variables."""
    found: dict[str, str] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found[node.name] = ""
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            if not isinstance(getattr(module, ast.unparse(target), None), TypeVar):
                found[ast.unparse(target)] = ast.unparse(node.value) if node.value else ""
    return {name: text for name, text in found.items() if not name.startswith("_")}


def _of_class(path: str, cls: type) -> Iterator[tuple[str, str]]:
    extended = getattr(cls, "_is_protocol", False) or issubclass(cls, ProviderBase)
    yield path, EXTENDED if extended else "class"
    bases = (base for base in cls.__bases__ if base not in {object, Protocol} and not base.__name__.startswith("_"))
    yield from ((f"{path}<{base.__name__}", "base") for base in bases)
    yield from _of_construction(path, cls)
    for part in cls.__mro__:
        if part is cls or (part.__module__.startswith("limner.") and part.__name__.startswith("_")):
            yield from _of_members(path, part)


def _of_construction(path: str, cls: type) -> Iterator[tuple[str, str]]:
    if not attrs.has(cls):
        if "__init__" in vars(cls) and not getattr(cls, "_is_protocol", False):
            yield from _of_parameters(path, inspect.signature(cls))
        return
    places = count(1)
    for item in attrs.fields(cls):
        if item.init:
            default = "" if item.default is attrs.NOTHING else f" = {_default(item.default)}"
            yield f"{path}({item.alias})", f"{'keyword' if item.kw_only else next(places)}: {item.type}{default}"


def _of_members(path: str, cls: type) -> Iterator[tuple[str, str]]:
    fields = {item.name for item in attrs.fields(cls) if item.init} if attrs.has(cls) else set()
    annotated = inspect.get_annotations(cls)
    for name in dict.fromkeys((*annotated, *vars(cls))):
        if not name.startswith("_") and name not in fields:
            yield from _of_member(cls, name, f"{path}.{name}", annotated.get(name))


def _of_member(cls: type, name: str, path: str, annotation: str | None) -> Iterator[tuple[str, str]]:
    value = vars(cls).get(name, inspect.Parameter.empty)
    if isinstance(value, property):
        yield path, f"property: {inspect.signature(value.fget).return_annotation}"
    if isinstance(value, (classmethod, staticmethod)):
        yield path, type(value).__name__
        yield from _of_function(path, getattr(cls, name))
    if inspect.isfunction(value):
        yield from _of_function(path, value, method=True)
    if annotation is not None or isinstance(value, (str, int, tuple)):
        unset = value is inspect.Parameter.empty or inspect.ismemberdescriptor(value)
        yield path, f"attribute: {annotation or type(value).__name__}" + ("" if unset else f" = {_default(value)}")


def _of_function(path: str, function: Any, *, method: bool = False) -> Iterator[tuple[str, str]]:
    signature = inspect.signature(function)
    word = "async " if inspect.iscoroutinefunction(function) else ""
    yield f"{path}()", f"{word}-> {_annotation(signature.return_annotation)}"
    yield from _of_parameters(path, signature, skip=int(method))


def _of_parameters(path: str, signature: inspect.Signature, skip: int = 0) -> Iterator[tuple[str, str]]:
    words = {inspect.Parameter.KEYWORD_ONLY: "keyword", inspect.Parameter.VAR_KEYWORD: "keywords"}
    for place, one in enumerate(list(signature.parameters.values())[skip:], start=1):
        default = "" if one.default is one.empty else f" = {_default(one.default)}"
        yield f"{path}({one.name})", f"{words.get(one.kind, place)}: {_annotation(one.annotation)}{default}"


def _of_value(path: str, value: Any, text: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(value, UnionType):
        yield path, "one of"
        yield from ((f"{path}|{one.__name__}", "alternative") for one in get_args(value))
    elif isinstance(value, Mapping):
        yield path, "mapping"
        yield from ((f"{path}[{key}]", _default(one)) for key, one in value.items())
    elif isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        yield path, "tuple"
        yield from ((f"{path}[{one}]", "member") for one in value)
    else:
        alias = type(value).__module__ in {"types", "typing"} or value is Any
        plain = repr(value) if isinstance(value, (str, int)) else f"value: {type(value).__name__}"
        yield path, f"alias of {text}" if alias else plain


def _annotation(annotation: Any) -> str:
    return "unsaid" if annotation is inspect.Signature.empty else str(annotation)


def _default(value: Any) -> str:
    """A default as it is, where it is plain; of what has fields of its own, only what it is."""
    if value is API_VERSION:
        return "API_VERSION"
    if isinstance(value, attrs.Factory):  # type: ignore[arg-type]
        return "made anew" if value.factory.__name__ == "<lambda>" else f"{value.factory.__name__}()"
    if inspect.isfunction(value) or inspect.isclass(value):
        return "a function" if value.__name__ == "<lambda>" else value.__name__
    parts = value if isinstance(value, tuple) else (value,)
    return repr(value) if all(isinstance(one, PLAIN) for one in parts) else f"a {type(value).__name__}"


# What a change asks for


class Change(NamedTuple):
    """One difference, and whether plugins that were fine may not be any more."""

    sentence: str
    breaks: bool


def changes(before: Facts, now: Facts) -> list[Change]:
    """What is different: what breaks first."""
    gone = [Change(f"gone: {path} ({before[path]})", breaks=True) for path in before.keys() - now.keys()]
    other = [
        Change(f"changed: {path} was {before[path]!r} and is {now[path]!r}", breaks=True)
        for path in before.keys() & now.keys()
        if before[path] != now[path]
    ]
    new = [Change(f"new: {path} ({now[path]})", _breaks(path, before, now)) for path in now.keys() - before.keys()]
    return sorted([*gone, *other, *new], key=lambda one: (not one.breaks, one.sentence))


def _breaks(path: str, before: Facts, now: Facts) -> bool:
    """Whether something new is in the way of who does not know it: an argument that has to be given, or be taken."""
    owner, bracket, _ = path.partition("(")
    if not bracket or not {owner, f"{owner}()"} & before.keys():
        return False
    written_by_authors = before.get(owner.rpartition(".")[0]) == EXTENDED and f"{owner}()" in before
    optional = " = " in now[path] or now[path].startswith("keywords")
    return written_by_authors or not optional


def wanted(version: Version, found: list[Change]) -> Version:
    """The version after these changes of one."""
    if any(one.breaks for one in found):
        return (version[0] + 1, 0)
    return (version[0], version[1] + 1) if found else version


# The lists in this folder


def written(version: Version, known: Facts) -> str:
    """A list as it stands in its file: a paragraph for each name."""
    lines = [f"# The contract with authors of plugins, version {dotted(version)}. Written by: {COMMAND}\n"]
    before = ""
    for path, fact in known.items():
        name = re.split(r"[(|<\[]", path)[0]
        if not name.startswith(f"{before}."):
            lines += ["\n"] * (name != before)
            before = name
        lines.append(f"{path:{COLUMN}}  {fact}\n")
    return "".join(lines)


def read(text: str) -> Facts:
    """The facts of a file."""
    lines = (line.split("  ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {path: fact.strip() for path, fact in lines}


def snapshots(folder: Path) -> dict[Version, Facts]:
    """Every list in a folder, the oldest first."""
    found: dict[Version, Facts] = {}
    for path in folder.glob("contract-*.txt"):
        major, minor = map(int, path.stem.removeprefix("contract-").split("."))
        found[major, minor] = read(path.read_text(encoding="utf-8"))
    return dict(sorted(found.items()))


def complaint(known: Mapping[Version, Facts], version: Version, now: Facts) -> str:
    """What is wrong with the version, for who changed the contract; nothing, if nothing is."""
    base = max((one for one in known if one <= version), default=None)
    found = [] if base is None else changes(known[base], now)
    least = version if base is None else wanted(base, found)
    if version >= least:
        return ""
    told = "\n".join(f"  {one.sentence}" for one in found)
    return (
        f"The contract with authors of plugins is not that of version {dotted(base)} any more:\n{told}\n"
        f"This asks for API_VERSION = {least} in core/src/limner/provider.py, and then for: {COMMAND}\n"
        f"If {dotted(version)} was never released, its list may be written anew: {COMMAND} --unreleased"
    )


def dotted(version: Version) -> str:
    """A version as people write it."""
    return ".".join(map(str, version))


def main(words: list[str] | None = None, folder: Path = HERE, version: Version = API_VERSION) -> int:
    """Write the list of this version, unless its number is too small for what has changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--unreleased", action="store_true", help="this version was never released: let it be another")
    unreleased = parser.parse_args(words).unreleased
    known = {one: old for one, old in snapshots(folder).items() if one != version or not unreleased}
    now = facts()
    said = complaint(known, version, now)
    if said:
        sys.stderr.write(f"{said}\n")
        return 1
    (folder / f"contract-{dotted(version)}.txt").write_text(written(version, now), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
