"""What a person at a terminal sees, and a pipe does not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Never

import pytest

from limner.cli import painting, progress
from limner.errors import RateLimitError
from limner.events import CallFinished, CallRetried, CallStarted
from limner.results import ImageResult, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


PAINT = ("generate", "a cat", "-m", "painter/brush")
CALL = {"provider": "painter", "model": "brush", "operation": "generate"}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painting, "at_terminal", lambda: True)


@pytest.fixture
def no_rich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)


def test_a_pipe_sees_nothing(run: Run) -> None:
    assert run(*PAINT, "-n", "3").stderr == ""


@pytest.mark.usefixtures("terminal", "no_rich")
def test_without_rich_it_is_lines(run: Run) -> None:
    lines = run(*PAINT, "-n", "3").stderr.splitlines()
    assert lines[0] == "limner: painting with painter/brush, 0 of 2 calls ..."
    assert lines[2] == "limner: painting with painter/brush, 2 of 2 calls (0 s so far) ..."
    assert lines[3].startswith("limner: 3 pictures, ")


@pytest.mark.usefixtures("terminal")
def test_with_rich_it_is_a_line_that_moves(run: Run) -> None:
    result = run(*PAINT, env={"FORCE_COLOR": "1", "TERM": "xterm"})
    assert "painting with painter/brush" in result.stderr
    assert "0:00:0" in result.stderr
    assert "\x1b[2K" in result.stderr


@pytest.mark.usefixtures("terminal")
def test_an_error_is_told_after_the_line_is_gone(run: Run, painter: Any) -> None:
    def refuse(_: object) -> Never:
        raise RateLimitError("slow down")

    painter.outcome = refuse
    stderr = run(*PAINT, env={"FORCE_COLOR": "1", "TERM": "xterm"}).stderr
    assert stderr.rpartition("\x1b[2K")[2].startswith("limner: slow down\n")


def test_what_is_shown_is_no_markup(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A model's name is a stranger's text."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress._line("painting with [red]a/b[/red]"):
        pass
    assert "painting with [red]a/b[/red]" in capsys.readouterr().err


@pytest.mark.usefixtures("terminal", "no_rich")
def test_a_retry_says_why_and_when(capsys: pytest.CaptureFixture[str]) -> None:
    line = progress.Progress(watched=True)
    with progress._line("painting") as show:
        line._show = show
        line(CallRetried(**CALL, call_id="1", index=0, phase="rejected", kind="rate_limit", attempt=1, wait=2.6))
    assert capsys.readouterr().err.splitlines()[1].endswith("; rate_limit, trying again in 3 s (0 s so far) ...")


def test_only_what_changes_the_line_is_shown() -> None:
    shown = []
    line = progress.Progress(watched=True)
    line._show = shown.append
    line(CallStarted(**CALL, call_id="1", index=0))
    assert shown == []


@pytest.mark.usefixtures("terminal", "no_rich")
def test_frames_and_calls_are_counted_while_they_come(run: Run, painter: Any) -> None:
    painter.frames = 2
    lines = run(*PAINT, "-n", "3", "--stream").stderr.splitlines()
    assert lines[1] == "limner: painting with painter/brush, 0 of 2 calls, 1 frame (0 s so far) ..."
    assert lines[3] == "limner: painting with painter/brush, 1 of 2 calls, 2 frames (0 s so far) ..."
    assert lines[-1].startswith("limner: 3 pictures, 4 frames, ")


@pytest.mark.usefixtures("no_rich")
def test_the_time_that_has_passed_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([100.0, 161.7])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    with progress._line("painting") as show:
        show("painting, 1 of 2 calls")
    assert capsys.readouterr().err.endswith("limner: painting, 1 of 2 calls (62 s so far) ...\n")


def test_a_call_that_ends_is_counted_once() -> None:
    line = progress.Progress(watched=True)
    done = CallFinished(
        **CALL, call_id="1", index=0, kind=None, elapsed=1.0, status=200, request_id=None, maybe_billed=False, images=1
    )
    line(done)
    line(done)
    line._calls = 2
    assert line._state().endswith("1 of 2 calls")


def test_the_sum_has_the_tokens_where_they_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    progress.Progress(watched=True).finish(ImageResult(images=(), usage=Usage(total_tokens=1_234)))
    assert capsys.readouterr().err.endswith(" s, 1,234 tokens\n")


def test_whether_it_is_a_terminal_is_asked_of_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    assert progress.at_terminal()
