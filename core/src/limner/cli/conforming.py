"""Whether a provider keeps what it declares: ``limner conformance``."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

import limner
from limner.cli import clients
from limner.cli.exits import Exit
from limner.cli.text import counted, say, wrapped
from limner.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from limner.testing.conformance import Verdict


LIMNER = Path(limner.__file__).parent
_RAISED = re.compile(r'File "([^<].*)", line (\d+)')
"""A place in a traceback's text."""


def conformance(name: str, cassettes: Path | None, *, as_json: bool) -> Exit:
    """Run every check over an installed provider.

    Args:
        name: The provider.
        cassettes: The folder of its recordings.
        as_json: Print data rather than sentences.

    Raises:
        ConfigError: there is no such provider, or what the checks need is not installed.
        PluginError: it is broken.
    """
    if find_spec("PIL") is None:
        raise ConfigError("The checks make pictures: pip install 'limner[testing]'")
    from limner.testing.conformance import examine  # noqa: PLC0415 - no other command needs it
    from limner.testing.subject import Subject  # noqa: PLC0415 - the same

    with clients.opened() as client:
        installed = client.installed()
        try:
            provider = installed.get(name)
        except PluginError as error:
            places = _RAISED.findall(installed.check(name).detail)
            for file, line in [place for place in places if not Path(place[0]).is_relative_to(LIMNER)][-1:]:
                error.add_note(f"See {file}, line {line}.")
            raise
        subject = Subject(provider, cassettes, installed)
        found = examine(subject)
    failed = [verdict for verdict in found if not verdict.passed]
    if as_json:
        click.echo(json.dumps([_as_data(verdict) for verdict in found], indent=2))
    else:
        _show(failed)
        passed = counted(len(found) - len(failed), "check")
        say(f"{name}: {passed} passed, {len(failed) or 'none'} failed.")
        if failed and not subject.paths:
            say(f"No recording was played: {_whereabouts(cassettes)}.")
    return Exit.FAILED if failed else Exit.DONE


def _whereabouts(cassettes: Path | None) -> str:
    return "--cassettes FOLDER says where they are" if cassettes is None else f"there is none in {cassettes}"


def _show(failed: list[Verdict]) -> None:
    for verdict in failed:
        say(*wrapped(f"{verdict.check.sentence} {verdict.check.why}", 5, f"{verdict.check.number} "))
        for fault in verdict.faults:
            say(*wrapped(fault, 7, "     - "))
        say("")


def _as_data(verdict: Verdict) -> dict[str, object]:
    check = verdict.check
    return {
        "number": check.number, "group": check.group, "sentence": check.sentence, "passed": verdict.passed,
        "faults": list(verdict.faults),
    }  # fmt: skip
