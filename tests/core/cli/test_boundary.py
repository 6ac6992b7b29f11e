"""Whatever happens in a command, it ends with a sentence and an exit code."""

from __future__ import annotations

import sys
from io import StringIO
from typing import TYPE_CHECKING, Any, Never

import click
import pytest

from limner.cli import boundary
from limner.cli.exits import Exit, exit_for
from limner.errors import (
    AuthError,
    BadInputError,
    ConfigError,
    ConnectError,
    LimnerError,
    UnsupportedError,
    error_kinds,
)
from limner.results import Tried

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


def _raising(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


@pytest.fixture
def guarded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[BaseException], tuple[Exit, str]]:
    monkeypatch.delenv("LIMNER_DEBUG", raising=False)

    def guarded(error: BaseException) -> tuple[Exit, str]:
        code = boundary.guarded(_raising(error))
        out, err = capsys.readouterr()
        assert out == ""
        return code, err

    return guarded


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (Exit.PARTLY, 4), ("text", 0)])
def test_a_command_that_returns_ends_with_what_it_returned(returned: object, code: int) -> None:
    assert boundary.guarded(lambda: returned) == code


@pytest.mark.parametrize("cls", error_kinds().values())
def test_every_error_of_ours_is_its_sentence_and_a_code_of_its_family(
    guarded: Callable[[BaseException], tuple[Exit, str]], cls: type[LimnerError]
) -> None:
    code, err = guarded(cls("it went wrong"))
    assert err == "limner: it went wrong\n"
    assert code is exit_for(cls("")) is not Exit.FAULT
    assert code is not Exit.DONE


@pytest.mark.parametrize(
    ("cls", "code"), [(UnsupportedError, 2), (BadInputError, 2), (ConfigError, 3), (AuthError, 3), (ConnectError, 1)]
)
def test_the_family_decides(
    guarded: Callable[[BaseException], tuple[Exit, str]], cls: type[LimnerError], code: int
) -> None:
    assert guarded(cls("no"))[0] == code


def test_money_and_notes_are_told(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    error = LimnerError("gone", maybe_billed=True, provider="painter", status=502, request_id="req_1")
    error.add_note("Another call failed too.")
    assert guarded(error)[1] == (
        "limner: gone\n  Another call failed too.\n  It may have been billed all the same.\n"
        "  (painter, HTTP 502, request id req_1)\n"
    )


def test_what_was_tried_before_is_told_first(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    error = LimnerError("gone")
    first = Tried(model="acme/brush", error=UnsupportedError("acme/brush: style is no size=."))
    error.tried = (first, Tried(model="acme/pen", error=error))
    assert guarded(error)[1] == ("limner: warning: acme/brush was passed over: style is no --size.\nlimner: gone\n")


def test_facts_without_a_provider_stand_alone(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    assert guarded(LimnerError("gone", status=502))[1] == "limner: gone\n  (HTTP 502)\n"


def test_what_is_not_supported_points_to_what_is(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    error = UnsupportedError("no", provider="painter", model="brush", param="quality")
    assert guarded(error)[1].endswith("  What it takes: limner capabilities painter/brush\n")


def test_a_click_error_is_a_sentence_too(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    assert guarded(click.FileError("x", "gone")) == (
        Exit.WRONG,
        "limner: Could not open file 'x': gone. Try 'limner --help'.\n",
    )


def test_an_abort_is_silent(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    assert guarded(click.Abort()) == (Exit.INTERRUPTED, "")


def test_a_fault_of_ours_says_so_and_how_to_see_more(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    code, err = guarded(ZeroDivisionError("division by zero"))
    assert code is Exit.FAULT
    assert err == (
        "limner: this is a fault in limner: ZeroDivisionError: division by zero\n"
        "  LIMNER_DEBUG=1 shows where it happened.\n"
    )


@pytest.mark.parametrize("error", [LimnerError("gone"), ZeroDivisionError()])
def test_debug_adds_the_traceback(
    guarded: Callable[[BaseException], tuple[Exit, str]], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setenv("LIMNER_DEBUG", "1")
    err = guarded(error)[1]
    assert err.startswith("Traceback")
    assert "\nlimner: " in err


@pytest.mark.parametrize("value", ["", "0"])
def test_debug_can_be_off(
    guarded: Callable[[BaseException], tuple[Exit, str]], monkeypatch: pytest.MonkeyPatch, value: Any
) -> None:
    monkeypatch.setenv("LIMNER_DEBUG", value)
    assert "Traceback" not in guarded(LimnerError("gone"))[1]


def test_what_a_server_says_cannot_command_the_terminal(guarded: Callable[[BaseException], tuple[Exit, str]]) -> None:
    assert (
        guarded(LimnerError("a\x1b[2Jb\x07"))[1] == "limner: a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}\n"
    )


def test_an_interrupt_ends_with_130(run: Run, painter: Any) -> None:
    def interrupt(_: object) -> Never:
        raise KeyboardInterrupt

    painter.outcome = interrupt
    result = run("generate", "a cat", "-m", "painter/brush")
    assert result.stderr.strip() == "limner: interrupted; what was sent may have been billed all the same."
    assert (result.exit_code, len(painter.calls)) == (130, 1)


def test_an_interrupt_before_anything_is_sent_is_quiet(run: Run, painter: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: object) -> Never:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(painter), "capabilities", interrupt)
    result = run("generate", "a cat", "-m", "painter/brush")
    assert (result.exit_code, result.stderr.strip(), painter.calls) == (130, "", [])


def test_a_stream_that_somebody_put_in_the_place_of_standard_output_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", StringIO())
    assert boundary.guarded(lambda: None) is Exit.DONE


def test_a_character_that_the_terminal_does_not_have_is_escaped(run: Run) -> None:
    """After all, the prompt is somebody's, and the terminal is somebody else's."""
    result = run("generate", "ねこ", "-m", "poster/brush", "--dry-run", charset="latin-1")
    assert result.exit_code == 0
    assert r'"prompt": "\u306d\u3053"' in result.stdout
