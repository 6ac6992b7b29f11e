"""What is here, what is wrong with it, and what mends it: ``limner doctor``."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from limner.cli.absence import absence
from limner.cli.examining import examined
from limner.cli.exits import Exit
from limner.cli.text import Row, counted, definitions, say, table, tell, wrapped
from limner.cli.words import translated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, Any]


def doctor(*, as_json: bool) -> Exit:
    """Examine everything, and tell.

    Returns:
        ``FAILED`` where something is wrong.
    """
    with redirect_stdout(sys.stderr):  # whatever a plugin says while it is looked at, it is none of the results
        found = examined()
    wrong = found["wrong"]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        say(*definitions(_here(found)), "")
        say(*(table(HEAD, list(map(_row, found["plugins"]))) if found["plugins"] else ["No plugin is installed."]))
        say(*_troubles(wrong))
        tell(_verdict(found))
    return Exit.FAILED if wrong else Exit.DONE


def _verdict(found: Facts) -> str:
    wrong = found["wrong"]
    lacking = absence((one["group"], one["status"]) for one in found["plugins"])
    if not wrong:
        return f"nothing is wrong, but {lacking}" if lacking else "all is well."
    return f"{counted(len(wrong), 'thing')} {'is' if len(wrong) == 1 else 'are'} wrong."


HEAD = ("PLUGIN", "STATUS", "FROM", "CONTRACT", "MODELS", "OPERATIONS", "IMPORT")


def _here(found: Facts) -> Iterator[tuple[str, str]]:
    """What does not depend on any plugin."""
    core, around = found["limner"], found["surroundings"]
    yield "limner", f"{core['version'] or '(no metadata)'}, contract {core['contract']}, on Python {core['python']}"
    for extra in dict.fromkeys(one["extra"] for one in found["dependencies"]):
        several = [_installed(one) for one in found["dependencies"] if one["extra"] == extra]
        yield f"extra {extra}" if extra else "needs", ", ".join(several)
    yield "configuration", around["configuration"] or "none"
    yield "keys file", around["keys_file"] or "none"
    allowed = around["plugins"]
    yield "plugins", "all may be imported" if allowed is None else f"only of {', '.join(allowed)}" if allowed else "off"


def _installed(one: Facts) -> str:
    return f"{one['name']} {one['version'] or 'is not installed'}"


def _row(one: Facts) -> Row:
    about = one["provider"]
    facts = ("-", "-", "-")
    if about is not None:
        facts = about["contract"] or "any", str(about["models"]), str(sum(about["operations"].values()))
    took = "-" if one["import_ms"] is None else f"{one['import_ms']:.0f} ms"
    source = f"{one['distribution']} {one['version']}".strip() or "-"
    return (one["name"], one["status"], source, *facts, took), list(_notes(one))


def _notes(one: Facts) -> Iterator[str]:
    about = one["provider"]
    if about is not None:
        yield f"key: {_key(about['key'])}"
        if about["base_url"]["set_by"] is not None:
            yield f"base URL: {about['base_url']['url']}, set by {about['base_url']['set_by']}"
        yield f"declarations: checked {about['checked']}, {counted(about['age_days'], 'day')} ago"
    yield from (f"warning: {remark}" for remark in one["remarks"])
    if one["status"] == "blocked":
        yield one["reason"]
        yield from filter(None, [one["cure"]])


def _key(key: Facts) -> str:
    if not key["needed"]:
        return "not needed"
    return key["source"] or (f"none; set {' and '.join(key['variables'])}" if key["variables"] else "none")


def _troubles(wrong: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Each with its cure on a line of its own, to be copied."""
    for one in wrong:
        yield from ("", *wrapped(f"{one['subject']}: {translated(one['problem'])}."))
        if one["cure"]:
            yield f"    {one['cure']}"
