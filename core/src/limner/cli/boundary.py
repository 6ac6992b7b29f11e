"""Where every command ends: an error becomes a sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
import traceback
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from limner.cli.exits import Exit, exit_for
from limner.cli.text import tell, warn
from limner.cli.words import passed_over, spoken
from limner.errors import LimnerError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEBUG = "LIMNER_DEBUG"
"""The environment variable that adds the traceback."""


def guarded(run: Callable[[], object]) -> Exit:
    """Run a command to its exit code, whatever happens."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A prompt may hold what the terminal's encoding does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = run()
    except click.Abort as stopped:
        for note in getattr(stopped.__cause__, "__notes__", ()):
            tell(note)
        return Exit.INTERRUPTED
    except click.ClickException as error:
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "limner"
        tell(f"{_sentence(error.format_message())} Try '{command} --help'.")
        return Exit.WRONG
    except LimnerError as error:
        _trace(error)
        for one in error.tried[:-1]:
            warn(passed_over(one))
        tell(spoken(error), *_remarks(error))
        return exit_for(error)
    except Exception as error:  # noqa: BLE001 - nobody should meet a traceback who did not ask for one
        _trace(error)
        tell(f"this is a fault in limner: {type(error).__name__}: {error}", f"{DEBUG}=1 shows where it happened.")
        return Exit.FAULT
    return Exit(code) if isinstance(code, int) else Exit.DONE


def _sentence(message: str) -> str:
    """What click says, with a full stop, which it leaves out here and there."""
    return message if message.endswith((".", "?", "!")) else f"{message}."


def _trace(error: Exception) -> None:
    if os.environ.get(DEBUG, "0") not in {"", "0"}:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)


def _remarks(error: LimnerError) -> Iterator[str]:
    """What else is known, in the order in which somebody asks for it."""
    yield from getattr(error, "__notes__", ())
    if error.maybe_billed:
        yield "It may have been billed all the same."
    if error.retry_after is not None:
        yield f"The server asks to wait {error.retry_after:g} s."
    subject = "/".join(filter(None, (error.provider, error.model)))
    if isinstance(error, UnsupportedError):
        yield from _advice(error, subject)
        return
    known = {"HTTP": error.status, "code": error.code, "request id": error.request_id}
    facts = [f"{name} {value}" for name, value in known.items() if value is not None]
    if facts:
        yield f"({', '.join([subject, *facts] if subject else facts)})"


def _advice(error: UnsupportedError, subject: str) -> Iterator[str]:
    if error.provider and error.param in {"model", "operation"}:
        yield f"What there is: limner models {error.provider}"
    elif error.provider and error.model:
        yield f"What it takes: limner capabilities {subject}"
