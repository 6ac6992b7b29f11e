"""The pages of the reference, by path. They are made when the site is built, and nowhere else."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, get_args

import attrs
import click

import limner
import limner_sandbox
from limner import capabilities, errors, events, hookspecs, provider, reading
from limner import steps as steps_module
from limner.cli.app import app
from limner.cli.markdown import table
from limner.dialects import openai_images
from limner.errors import PluginError
from limner.registry import GROUP, Registry
from limner.testing import ProviderConformance
from limner.testing.checks import GROUPS, Check, checks
from limner_docs import declarations, matrix
from limner_docs.docstrings import bullets, fenced, markdown, read
from limner_docs.objects import described, fields, home, own, with_mentioned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

MADE = "*Made from the code when this site was built.*"


@cache
def pages() -> dict[str, str]:
    """Every page as Markdown, by its path below the documentation's folder."""
    return {
        "reference/command-line.md": command_line(),
        "reference/python.md": python(),
        "reference/errors.md": error_kinds(),
        "reference/events.md": _module("Events", events, [cls.__name__ for cls in get_args(events.Event)]),
        "reference/which-provider.md": matrix.page(_installed().values()),
        **{f"reference/providers/{one.name}.md": _provider(one, package) for package, one in _installed().items()},
        "reference/sandbox.md": sandbox(),
        "reference/writing-a-provider.md": writing_a_provider(),
        "reference/conformance.md": conformance(),
        "reference/capabilities.md": _module("Capabilities", capabilities, capabilities.__all__),
    }


@cache
def _installed() -> dict[str, provider.Provider]:
    """Every installed provider, by the package that brings it; a broken one breaks the build."""
    registry = Registry()
    for entry in registry.entries(check=True):
        if entry.status != "ok":
            raise PluginError(f"{entry.name} cannot be documented: {entry.reason}.")
    entries = sorted(registry.entries(), key=lambda entry: entry.name)
    return {entry.value: registry.get(entry.name) for entry in entries if entry.group == GROUP}


def _provider(one: provider.Provider, brought_by: str) -> str:
    """What a provider declares, how its package reads the vendor's pages, and options of its own."""
    package = import_module(brought_by)
    reading = markdown(inspect.cleandoc(import_module(f"{brought_by}.capabilities").__doc__ or ""))
    options = [name for name in package.__all__ if inspect.isclass(getattr(package, name))]
    beside = {each: home(package, name) for name in options for each in own(home(package, name))}
    return declarations.provider(
        one,
        *(["## How the sources are read", reading] if reading else ()),
        *(["## Options of its own", fenced(f"from {brought_by} import {', '.join(options)}")] if options else ()),
        *(described(module, name, 3) for name, module in beside.items()),
    )


def python() -> str:
    """What ``import limner`` gives a user; errors and the authors' half have pages of their own."""
    homes: dict[ModuleType, list[str]] = {}
    for name in limner.__all__:
        homes.setdefault(home(limner, name), []).append(name)
    elsewhere = (limner, errors, provider, hookspecs)
    ours = [(one, name) for one, names in homes.items() if one not in elsewhere for name in with_mentioned(one, names)]
    return _joined(["# Python", MADE, markdown(limner.__doc__ or ""), *(described(one, name) for one, name in ours)])


def error_kinds() -> str:
    """The kinds of errors, and what every error knows."""
    rows = [
        (f"`{kind}`", f"`{cls.__name__}`", f"`{_builtin(cls)}`", f"`{_group(cls)}`", read(cls.__doc__).body)
        for kind, first in sorted(errors.error_kinds().items())
        # Those that say the same more exactly stand below it.
        for cls in (first, *(one for one in first.__subclasses__() if one.kind == kind))
    ]
    parents = [cls for cls in limner.LimnerError.__subclasses__() if cls.__subclasses__()]
    context = {name: fields(limner.LimnerError).get(name, "") for name in errors.CONTEXT}
    return _joined([
        "# Errors", MADE, markdown(errors.__doc__ or ""),
        "## Kinds", "Each class can also be caught as the built-in beside it.",
        table(("kind", "class", "built-in", "group", "what happened"), rows),
        "## Groups", bullets({cls.__name__: read(cls.__doc__).body for cls in parents}),
        "## What an error knows", "What is not known is `None`.",
        "\n".join(f"- `{name}`" + (f": {text}" if text else "") for name, text in context.items()),
    ])  # fmt: skip


def _builtin(cls: type) -> str:
    return next(base.__name__ for base in cls.__mro__ if base.__module__ == "builtins")


def _group(cls: type) -> str:
    return next(base.__name__ for base in cls.__mro__[1:] if base.__module__ == errors.__name__)


def command_line() -> str:
    """Each command's help, as it is printed."""
    # With its own settings: a command keeps the help option that its first context gave it.
    root = click.Context(app, info_name="limner", **app.context_settings)
    parts = ["# Command line", MADE, _help(app, root)]
    for name in app.list_commands(root):
        command = app.get_command(root, name)
        if command is not None:
            context = click.Context(command, info_name=name, parent=root, max_content_width=80)
            parts += [f"## limner {name}", _help(command, context)]
    return _joined(parts)


def _help(command: click.Command, context: click.Context) -> str:
    return f"```text\n{command.get_help(context)}\n```"


def sandbox() -> str:
    """The sandbox's options, and what it can be told to do wrong."""
    usual = limner_sandbox.Fault()
    rows = [
        (f"`{name}`", ", ".join(f"`{field}={value!r}`" for field, value in _changed(fault, usual)))
        for name, fault in sorted(limner_sandbox.FAULTS.items())
    ]
    names = [name for name in limner_sandbox.__all__ if name != "FAULTS"]
    return _joined([
        "# Sandbox", MADE, markdown(limner_sandbox.__doc__ or ""),
        "## Faults by name", table(("name", "what it sets"), rows),
        *(described(limner_sandbox, name) for name in names),
    ])  # fmt: skip


def _changed(fault: Any, usual: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - attrs values
    for item in attrs.fields(type(fault)):
        value = getattr(fault, item.name)
        if value != getattr(usual, item.name):
            yield item.name, value


def writing_a_provider() -> str:
    """The contract on one page: what authors of plugins write, what they are given, and what may change when."""
    hooks = [name for name, value in vars(hookspecs).items() if inspect.isfunction(value)]
    auths = [cls.__name__ for cls in get_args(provider.Auth)]
    said = [cls.__name__ for cls in get_args(provider.Step)]
    extended = ["Provider", "ProviderBase", "HttpProvider", "Call", "HeaderSetting"]
    version = [name for name in provider.__all__ if name.isupper()]
    steps = [name for name in provider.__all__ if name not in {*auths, *extended, *version, "Auth"}]
    return _joined([
        "# Writing a provider", MADE, markdown(provider.__doc__ or ""),
        "## What a provider is", *(described(provider, name, 3) for name in extended),
        "## Where the key goes", *(described(provider, name, 3) for name in ("Auth", *auths)),
        "## Steps", markdown(inspect.cleandoc(steps_module.__doc__ or "")),
        *(described(provider, name, 3) for name in sorted(steps, key=lambda name: (name not in said, name.islower()))),
        "## Hooks", markdown(hookspecs.__doc__ or ""),
        *(described(hookspecs, name, 3) for name in ("hookimpl", *hooks)),
        "## Reading responses", markdown(reading.__doc__ or ""), *_functions(reading),
        "## What a declaration is made of", "Each is described on the page of [capabilities](capabilities.md).",
        "\n".join(_parts_of_declarations()),
        "## The OpenAI Images dialect", markdown(openai_images.__doc__ or ""),
        described(openai_images, "OpenAIImages", 3),
        "## What may change, and when", *(described(provider, name, 3) for name in version), _versions(),
    ])  # fmt: skip


def conformance() -> str:
    """What the conformance suite asks of a provider: every check with its number, its sentence and its reason."""
    module = import_module(ProviderConformance.__module__)
    groups = [(group, [one for one in checks().values() if one.group == group]) for group in GROUPS]
    tables = [
        (f"## {group.capitalize()}", table(("number", "what holds", "why"), map(_check, found)))
        for group, found in groups
    ]
    return _joined([
        "# Conformance", MADE, markdown(module.__doc__ or ""), "## What a suite says",
        markdown(inspect.cleandoc(ProviderConformance.__doc__ or "")), bullets(fields(ProviderConformance)),
        *(part for both in tables for part in both),
    ])  # fmt: skip


def _check(check: Check) -> tuple[str, str, str]:
    return f"{check.number}", markdown(check.sentence), markdown(check.why)


def _versions() -> str:
    """What the tests of the contract hold its version to."""
    new = "a class, a method, a field or an argument with a default, a kind of auth, a step, a hook or its argument"
    rows = [
        (f"Something new that nobody has to know: {new}.", "the next minor"),
        ("Something is gone, or means another thing.", "the next major"),
        ("An argument has to be given, or has to be taken by a method that authors write.", "the next major"),
    ]
    said = (
        "A plugin of another major, or of a newer minor, is not used; its status is `api-version`, and its reason names"
        " the command that mends it.\n"
        "A provider that says nothing is taken to be of the version of the limner that it runs with, so say yours:"
        f" `api_version = {provider.API_VERSION}`.\n"
        "The file `tests/contract/contract-*.txt` of limner's source is the whole contract as a list, a fact a line."
    )
    return f"{table(('what changes', 'the version becomes'), rows)}\n\n{said}"


def _functions(module: ModuleType) -> Iterator[str]:
    return (described(module, name, 3) for name in own(module) if inspect.isfunction(getattr(module, name)))


def _parts_of_declarations() -> Iterator[str]:
    """The classes of declarations, each with the first sentence of what is said of it."""
    for name in capabilities.__all__:
        value = getattr(capabilities, name)
        if inspect.isclass(value):
            first = read(value.__doc__).body.partition("\n\n")[0].replace("\n", " ")
            yield f"- [`{name}`](capabilities.md#{name.lower()}): {first}"


def _module(title: str, module: ModuleType, names: Sequence[str]) -> str:
    parts = [described(module, name) for name in names]
    return _joined([f"# {title}", MADE, markdown(module.__doc__ or ""), *parts])


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(filter(None, parts)) + "\n"
