"""Classes, functions and values, with their signatures and what is said of them in the code."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING, Any, is_typeddict

from attrs import has

from limner_docs.docstrings import bullets, fenced, markdown, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import ModuleType

WIDTH = 100
"""Characters of a signature in one line; a longer one has a line for each parameter."""


def described(module: ModuleType, name: str, level: int = 2) -> str:
    """One public name of a module, under a headline of its own."""
    module, value = home(module, name), getattr(module, name)
    parts = _class(value, name, level) if inspect.isclass(value) else _other(module, value, name)
    return "\n\n".join([f"{'#' * level} `{name}`", *filter(None, parts)])


def _class(cls: type, name: str, level: int) -> Iterator[str]:
    doc = read(cls.__doc__)
    if is_typeddict(cls):
        yield fenced(dedent(inspect.getsource(cls)).strip())
        return
    if has(cls) or ("__init__" in vars(cls) and not getattr(cls, "_is_protocol", False)):
        yield f"```python\nclass {signature(cls, name)}\n```"
    yield doc.body
    yield bullets(fields(cls))
    yield from _sections(doc.sections)
    for member, value in members(cls):
        yield "\n\n".join(filter(None, _member(name, member, value, level + 1)))


def _other(module: ModuleType, value: object, name: str) -> Iterator[str]:
    if inspect.isfunction(value):
        yield from _function(value, name)
        return
    yield _said_below(module).get(name, "")
    assigned = _assigned(module).get(name)
    if assigned is not None:
        yield fenced(assigned)


def _function(function: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - whatever is callable
    doc = read(function.__doc__)
    word = "async def" if inspect.iscoroutinefunction(function) else "def"
    yield f"```python\n{word} {signature(function, name)}\n```"
    yield doc.body
    request = inspect.unwrap(function).__annotations__.get("request") if hasattr(function, "__wrapped__") else None
    yield f"Its parameters are the fields of [`{request}`](#{request.lower()})." if request else bullets(doc.args)
    yield from _sections(doc.sections)


def _member(owner: str, name: str, value: Any, level: int) -> Iterator[str]:  # noqa: ANN401 - whatever a class holds
    yield f"{'#' * level} `{owner}.{name}`"
    if isinstance(value, property) and value.fget:
        yield f"Property: `{spelled(value.fget.__annotations__['return'])}`."
        yield read(value.__doc__).body
    else:
        yield from _function(value, name)


def _sections(sections: Mapping[str, str]) -> Iterator[str]:
    for headline, text in sections.items():
        yield f"**{headline}**"
        yield text


# What there is


def home(module: ModuleType, name: str) -> ModuleType:
    """The module in which a name is written, which need not be the one that hands it out."""
    value = getattr(module, name)
    if inspect.isclass(value) or inspect.isfunction(value):
        return sys.modules[value.__module__]
    ours = [one for path, one in sys.modules.items() if path.startswith("limner.") and name in vars(one)]
    return next((one for one in ours if name in _assigned(one)), module)


def members(cls: type) -> list[tuple[str, Any]]:
    """The methods and properties that a class adds to its public bases; a private base is part of the class."""
    bases = [base for base in reversed(cls.__mro__) if base.__module__.startswith("limner")]
    parts = [base for base in bases if base is cls or base.__name__.startswith("_")]
    told = {name for base in bases if base not in parts for name, _ in _public(base)}
    own = {name: value for part in parts for name, value in _public(part)}
    return [(name, value) for name, value in own.items() if name not in told]


def _public(cls: type) -> Iterator[tuple[str, Any]]:
    for name, value in vars(cls).items():
        held = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        own = isinstance(held, property) or (inspect.isfunction(held) and not held.__name__.startswith("_"))
        if own and not name.startswith("_"):
            yield name, held


def fields(cls: type) -> dict[str, str]:
    """What is said of a class's fields: below each, in a docstring's ``Args``, or in its metadata."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        if base.__module__.startswith("limner"):
            found |= read(base.__doc__).args | _said_below(base)
    attributes = {item.alias: item for item in getattr(cls, "__attrs_attrs__", ()) if item.init}
    renamed = {item.name: name for name, item in attributes.items()}
    found = {renamed.get(name, name): text for name, text in found.items()}
    found |= {name: markdown(item.metadata["doc"]) for name, item in attributes.items() if "doc" in item.metadata}
    order = sorted(attributes, key=lambda name: attributes[name].metadata.get("role") == "option")
    public = (name for name in found if not name.startswith("_"))
    return {name: found[name] for name in sorted(public, key=[*order, *found].index)}


def with_mentioned(module: ModuleType, names: Sequence[str]) -> list[str]:
    """Names of a module, each followed by the public names of the same module that its fields mention."""
    found: dict[str, None] = {}
    todo = list(names)
    while todo:
        name = todo.pop(0)
        if name not in found:
            found[name] = None
            words = re.findall(r"[A-Z]\w+", str(getattr(getattr(module, name), "__annotations__", "")))
            todo = [*(word for word in words if word in own(module)), *todo]
    return list(found)


def own(module: ModuleType) -> list[str]:
    """The public names that a module defines, classes and functions first."""
    defined = [name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    return [name for name in dict.fromkeys([*defined, *_assigned(module)]) if not name.startswith("_")]


@cache
def _said_below(owner: type | ModuleType) -> dict[str, str]:
    """The docstrings that stand below assignments, by the name that is assigned."""
    body = _body(owner)
    pairs = pairwise(body)
    return {
        _target(node): markdown(inspect.cleandoc(text.value.value))
        for node, text in pairs
        if isinstance(node, (ast.AnnAssign, ast.Assign))
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _assigned(owner: type | ModuleType) -> dict[str, str]:
    """The assignments as they are written, by the name that is assigned."""
    nodes = [node for node in _body(owner) if isinstance(node, (ast.AnnAssign, ast.Assign)) and node.value]
    return {_target(node): f"{_target(node)} = {ast.unparse(node.value)}" for node in nodes if node.value}


def _body(owner: type | ModuleType) -> Sequence[ast.stmt]:
    tree = ast.parse(dedent(inspect.getsource(owner)))
    return tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else tree.body


def _target(node: ast.AnnAssign | ast.Assign) -> str:
    return ast.unparse(node.target if isinstance(node, ast.AnnAssign) else node.targets[0])


# Signatures


class _Written:
    """Stands for an annotation or a default, as it is to be written."""

    def __init__(self, text: str) -> None:
        self.text = text.replace(", ", _COMMA)

    def __repr__(self) -> str:
        return self.text


_COMMA = ",\N{NO-BREAK SPACE}"
"""A comma that does not part two parameters."""


def signature(function: Any, name: str) -> str:  # noqa: ANN401 - whatever is callable
    """A signature as people write it; a long one has a line for each parameter."""
    wanted = inspect.signature(function)
    parameters = [_readable(item) for item in wanted.parameters.values() if item.name not in {"self", "cls"}]
    text = f"{inspect.Signature(parameters)}"[1:-1]
    returns = wanted.return_annotation
    arrow = "" if inspect.isclass(function) or returns is wanted.empty else f" -> {spelled(returns)}"
    if len(line := f"{name}({text}){arrow}") > WIDTH:
        line = "\n".join([f"{name}(", *(f"    {one}," for one in text.split(", ")), f"){arrow}"])
    return line.replace(_COMMA, ", ")


def _readable(item: inspect.Parameter) -> inspect.Parameter:
    annotation = item.empty if item.annotation is item.empty else _Written(spelled(item.annotation))
    default = item.empty if item.default is item.empty else _Written(_default(item.default))
    return item.replace(annotation=annotation, default=default)


def _default(value: object) -> str:
    """A default as people write it; one that is made for each call is an ellipsis."""
    return "..." if re.search(r"NOTHING|<|Factory", repr(value)) else repr(value)


def spelled(annotation: Any) -> str:  # noqa: ANN401 - a type, or its text
    """An annotation without the modules of its names."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("NoneType", "None")
