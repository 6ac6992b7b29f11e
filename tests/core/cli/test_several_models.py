"""``-m`` again: another model where one is not available."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Never

import pytest

from limner.capabilities import ProviderCapabilities
from limner.cli import clients, painting, progress
from limner.client import Client
from limner.errors import ModelUnavailableError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    from limner.planning import Plan

    Run = Callable[..., Result]
    from pathlib import Path

BOTH = ("generate", "a cat", "-m", "painter/brush", "-m", "etcher/brush", "-o", "cat.png")


@pytest.fixture
def etcher(run: Run, painter: Any, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ARG001 - run first
    """A second painter, beside the first."""

    class Etcher(type(painter)):  # type: ignore[misc]
        name = "etcher"

    made = Etcher()
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[painter, made], environ={}, **more))
    return made


def gone(_: object) -> Never:
    raise ModelUnavailableError("no such brush", status=404)


def test_the_first_paints_where_it_can(run: Run, painter: Any, etcher: Any) -> None:
    result = run(*BOTH)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "cat.png\n", "")
    assert (len(painter.calls), len(etcher.calls)) == (1, 0)


def test_the_next_paints_where_it_is_not_available_and_that_is_told_first(
    run: Run, painter: Any, etcher: Any, tmp_path: Path
) -> None:
    painter.outcome = gone
    result = run(*BOTH)
    assert (result.exit_code, result.stdout) == (0, "cat.png\n")
    assert result.stderr == "limner: warning: painter/brush was passed over: no such brush\n"
    assert result.output.index("passed over") < result.output.index("cat.png")
    assert (len(etcher.calls), (tmp_path / "cat.png").is_file()) == (1, True)


def test_what_was_tried_is_in_the_json(run: Run, painter: Any, etcher: Any) -> None:  # noqa: ARG001 - is there
    painter.outcome = gone
    data = json.loads(run(*BOTH, "--json").stdout)
    assert data["provider"] == "etcher"
    assert [(one["model"], one["error"]["kind"]) for one in data["tried"]] == [("painter/brush", "model_unavailable")]


def test_where_no_other_can_help_the_error_is_the_last_ones(run: Run, painter: Any, etcher: Any) -> None:
    painter.outcome = etcher.outcome = gone
    result = run(*BOTH)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(
        "limner: warning: painter/brush was passed over: no such brush\nlimner: no such brush\n"
    )


def test_after_what_may_have_been_billed_nobody_else_is_asked(run: Run, painter: Any, etcher: Any) -> None:
    def broke(_: object) -> Never:
        raise ServerError("out of paint", maybe_billed=True)

    painter.outcome = broke
    result = run(*BOTH)
    assert (result.exit_code, etcher.calls) == (1, [])
    assert "passed over" not in result.stderr


@pytest.fixture
def narrow(painter: Any) -> None:
    """The first painter takes no quality."""
    (model, *_) = painter.declared.models
    takes = model.operations["generate"]
    kept = {name: one for name, one in takes.parameters.items() if name != "quality"}
    operations = {"generate": type(takes)(parameters=kept, source=takes.source)}
    painter.declared = ProviderCapabilities((model.but("brush", operations=operations),), None, takes.source)


@pytest.mark.usefixtures("narrow")
def test_whoever_does_not_take_it_is_passed_over_in_the_words_of_the_command_line(run: Run, etcher: Any) -> None:
    result = run(*BOTH, "--quality", "high")
    assert (result.exit_code, len(etcher.calls)) == (0, 1)
    assert result.stderr.startswith("limner: warning: painter/brush was passed over: --quality is not a parameter")


@pytest.mark.usefixtures("narrow", "etcher")
def test_where_nobody_takes_it_all_is_told(run: Run) -> None:
    result = run(*BOTH, "--quality", "hd")
    assert (result.exit_code, result.stdout) == (2, "")
    first, last, *_ = result.stderr.splitlines()
    assert first.startswith("limner: warning: painter/brush was passed over: --quality is not")
    assert last.startswith("limner: etcher/brush: quality must be")


@pytest.mark.usefixtures("etcher")
def test_what_is_wrong_with_the_second_is_told_before_the_first_is_paid(run: Run, painter: Any) -> None:
    result = run("generate", "a cat", "-m", "painter/brush", "-m", "nobody/brush")
    assert (result.exit_code, painter.calls) == (3, [])
    assert "nobody" in result.stderr


@pytest.mark.usefixtures("etcher")
def test_a_dry_run_says_who_comes_after_the_first(run: Run) -> None:
    result = run(*BOTH, "--dry-run")
    assert result.stdout.startswith("generate with painter/brush, 1 call\n")
    assert result.stderr == "limner: when painter/brush is not available: etcher/brush\n"
    assert json.loads(run(*BOTH, "--dry-run", "--json").stdout)["fallback"] == ["etcher/brush"]


@pytest.mark.usefixtures("etcher", "narrow")
def test_a_dry_run_says_who_would_be_passed_over(run: Run) -> None:
    result = run(*BOTH, "--quality", "high", "--dry-run")
    assert result.stdout.startswith("generate with etcher/brush, 1 call\n")
    assert result.stderr.startswith("limner: warning: painter/brush was passed over: --quality")


@pytest.mark.usefixtures("etcher")
def test_a_stream_is_of_one(run: Run, painter: Any) -> None:
    result = run(*BOTH, "--stream")
    assert (result.exit_code, painter.calls) == (2, [])
    assert result.stderr == "limner: --stream shows the frames of one model: name one with -m.\n"


@pytest.mark.usefixtures("etcher")
def test_the_output_is_looked_at_for_every_one_of_them(run: Run, monkeypatch: pytest.MonkeyPatch, painter: Any) -> None:
    looked: list[Plan] = []
    monkeypatch.setattr(painting.Output, "check", lambda _, plan: looked.append(plan))
    run(*BOTH)
    assert [plan.name for plan in looked] == ["painter/brush", "etcher/brush"]
    assert len(painter.calls) == 1


def test_whoever_watches_sees_who_is_painting_now(
    run: Run, painter: Any, etcher: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(painting, "at_terminal", lambda: True)
    monkeypatch.setattr(progress, "_bar", lambda: (_ for _ in ()).throw(ImportError))
    painter.outcome = gone
    lines = run(*BOTH, "-n", "3").stderr.splitlines()
    assert lines[0] == "limner: painting with painter/brush, 0 of 2 calls ..."
    assert "limner: painting with etcher/brush, 0 of 2 calls (0 s so far) ..." in lines
    assert "limner: painting with etcher/brush, 2 of 2 calls (0 s so far) ..." in lines
    assert len(etcher.calls) == 2
