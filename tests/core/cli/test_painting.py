"""``limner generate``, from what is typed to the exit code."""

from __future__ import annotations

import errno
import json
import sys
import threading
from io import StringIO
from typing import TYPE_CHECKING, Any, Never

import click
import pytest

from limner import _saving
from limner.cli.options import prompt
from limner.errors import RateLimitError, ServerError
from limner.media import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]
    from pathlib import Path

PAINT = ("generate", "a cat", "-m", "painter/brush")


def test_paths_are_all_that_goes_to_standard_output(run: Run) -> None:
    result = run(*PAINT, "-n", "2", "-o", "cat.png")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "cat-1.png\ncat-2.png\n", "")


def test_the_files_hold_the_pictures(run: Run, tmp_path: Path) -> None:
    run(*PAINT, "-o", "cat.png")
    assert (tmp_path / "cat.png").read_bytes().startswith(b"\x89PNG")


def test_without_an_output_the_current_folder_gets_them_by_hash(run: Run, tmp_path: Path) -> None:
    name = run(*PAINT).stdout.strip()
    assert (tmp_path / name).is_file()
    assert name.endswith("-0.png")


def test_painting_the_same_again_into_a_folder_is_no_conflict(run: Run) -> None:
    assert run(*PAINT).stdout == run(*PAINT).stdout


def test_what_is_typed_arrives(run: Run, painter: Any) -> None:
    run(*PAINT, "--quality", "high", "-n", "2")
    assert painter.calls[0].values() == {"prompt": "a cat", "quality": "high", "n": 2}


def test_what_is_not_typed_is_not_set(run: Run, painter: Any) -> None:
    run(*PAINT)
    assert painter.calls[0].values() == {"prompt": "a cat"}


def test_a_dash_reads_the_prompt_from_standard_input(run: Run, painter: Any) -> None:
    run("generate", "-", "-m", "painter/brush", input="a dog\nwith a hat\n")
    assert painter.calls[0].request.prompt == "a dog\nwith a hat"


def test_json_holds_the_result_and_the_paths(run: Run) -> None:
    data = json.loads(run(*PAINT, "-o", "cat.png", "--json").stdout)
    assert data["paths"] == ["cat.png"]
    assert data["images"][0]["data"]["bytes"] > 60
    assert (data["provider"], data["model"]) == ("painter", "brush")


def test_json_is_ascii(run: Run) -> None:
    """Whatever the terminal's encoding, a reader of JSON gets every character."""
    assert run(*PAINT[:1], "ねこ", *PAINT[2:], "--json").stdout.isascii()


def test_warnings_go_to_standard_error(run: Run) -> None:
    result = run(*PAINT, "--output-format", "jpeg", "-o", "cat.jpeg")
    assert "limner: warning: " in result.stderr
    assert "limner" not in result.stdout


def test_a_suffix_that_does_not_fit_the_bytes_is_corrected_with_a_warning(run: Run) -> None:
    result = run(*PAINT, "-o", "cat.webp")
    assert result.stdout == "cat.png\n"
    assert "'cat.png', not as 'cat.webp'" in result.stderr


# Failures


def fails_from_the_second_on(call: Any) -> None:
    if call.index:
        raise ServerError("out of paint", maybe_billed=True)


def test_partial_success_keeps_the_pictures_and_ends_with_4(run: Run, painter: Any) -> None:
    painter.outcome = fails_from_the_second_on
    result = run(*PAINT, "-n", "3", "-o", "cats/")
    assert result.exit_code == 4
    assert len(result.stdout.splitlines()) == 2
    assert "call 2 of 2 failed, for 1 picture: out of paint (it may have been billed all the same)" in result.stderr


def test_pictures_on_an_error_are_saved_before_it_is_told(run: Run, painter: Any, tmp_path: Path) -> None:
    painter.outcome = fails_from_the_second_on
    result = run(*PAINT, "-n", "3", "--on-partial", "raise", "-o", "cat.png")
    assert result.exit_code == 1
    assert [(tmp_path / line).is_file() for line in result.stdout.splitlines()] == [True, True]
    assert "2 pictures had come before it failed" in result.stderr
    assert "limner: out of paint\n  It may have been billed" in result.stderr


def test_pictures_on_an_error_are_told_as_json_too(run: Run, painter: Any) -> None:
    painter.outcome = fails_from_the_second_on
    data = json.loads(run(*PAINT, "-n", "3", "--on-partial", "raise", "-o", "cat.png", "--json").stdout)
    assert data["paths"] == ["cat-1.png", "cat-2.png"]
    assert data["error"]["kind"] == "server"


def test_an_error_without_pictures_prints_nothing_on_standard_output(run: Run, painter: Any) -> None:
    def refuse(_: object) -> Never:
        raise RateLimitError("slow down", retry_after=20, status=429, request_id="req_1", code="rate_limit_exceeded")

    painter.outcome = refuse
    result = run(*PAINT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "limner: slow down\n  The server asks to wait 20 s.\n" in result.stderr
    assert "(painter/brush, HTTP 429, code rate_limit_exceeded, request id req_1)" in result.stderr


def test_pictures_that_are_urls_are_printed_as_urls(run: Run, painter: Any) -> None:
    painter.outcome = lambda _: [Image(url="https://painter.example/1.png")]
    result = run(*PAINT, "--delivery", "url")
    assert result.stdout == "https://painter.example/1.png\n"


def test_a_url_cannot_command_the_terminal(run: Run, painter: Any) -> None:
    painter.outcome = lambda _: [Image(url="https://painter.example/\x1b[2J")]
    assert run(*PAINT, "--delivery", "url").stdout == "https://painter.example/\N{REPLACEMENT CHARACTER}[2J\n"


def test_an_error_whose_pictures_can_be_saved_nowhere_is_told_all_the_same(
    run: Run, painter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    painter.outcome = fails_from_the_second_on
    monkeypatch.setattr(_saving, "write", full)
    result = run(*PAINT, "-n", "3", "--on-partial", "raise", "-o", "cat.png")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("limner: The pictures could be saved neither to cat.png (No space left on device)")
    assert "limner: out of paint" in result.stderr


@pytest.fixture
def refused(run: Run, painter: Any, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run a command that is to be refused, before anything is sent or written."""

    def refused(*args: str) -> tuple[int, str]:
        result = run(*args)
        assert (result.stdout, painter.calls, list(tmp_path.iterdir())) == ("", [], [])
        return result.exit_code, result.stderr

    return refused


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("generate", " ", "-m", "painter/brush"), 2, "prompt takes a text that is not blank"),
        (("generate", "-m", "painter/brush"), 2, "Missing argument 'PROMPT'"),
        ((*PAINT, "-n", "0"), 2, "n is at least 1"),
        ((*PAINT, "-n", "many"), 2, "'many' is not a valid integer"),
        ((*PAINT, "--quality", "hd"), 2, "quality must be"),
        ((*PAINT, "--seed", "1"), 2, "seed is not a parameter that is taken here"),
        ((*PAINT, "--timeout", "-1"), 2, "timeout is a number of seconds above 0"),
        ((*PAINT, "--retry", "always"), 2, "'safe', 'at_least_once'"),
        ((*PAINT, "--allow", "everything"), 2, "allow"),
        ((*PAINT, "--svg", "[1]"), 2, "is not a JSON object"),
        ((*PAINT, "--extra", "{"), 2, "is not JSON"),
        ((*PAINT, "--extra", '{"a": NaN}'), 2, "it has no number NaN"),
        ((*PAINT, "--extra", "[" * 100_000), 2, "is not JSON"),
        ((*PAINT, "--extra", '{"model": "x"}'), 2, "extra holds model"),
        ((*PAINT, "--qualty", "low"), 2, "--quality"),
        (("generate", "a cat", "-m", "brush"), 2, "names no provider"),
        (("generate", "a cat", "-m", "painter/pen"), 2, "What there is: limner models painter"),
        (("generate", "a cat", "-m", "painter/quill"), 2, "It can be tried with --allow retired."),
        (("generate", "a cat", "-m", "nobody/brush"), 3, "nobody"),
        (("generate", "a cat", "-m", "poster/brush"), 3, "poster has no key"),
    ],
)
def test_bad_input_is_a_sentence_and_an_exit_code_and_sends_nothing(
    refused: Callable[..., tuple[int, str]], args: tuple[str, ...], code: int, sentence: str
) -> None:
    ended, stderr = refused(*args)
    assert ended == code
    assert stderr.startswith("limner: ")
    assert sentence in stderr
    assert "Traceback" not in stderr


def test_a_prompt_that_is_not_text_in_the_encoding_is_refused(run: Run, painter: Any) -> None:
    result = run("generate", "-", "-m", "painter/brush", input=b"\xff\xfe")
    assert (result.exit_code, painter.calls) == (2, [])
    assert "standard input is not text in utf-8" in result.stderr


def test_a_prompt_of_bytes_that_are_no_text_is_refused_as_that(run: Run, painter: Any) -> None:
    """Python keeps such bytes of an argument as half characters."""
    result = run("generate", "a c\udce4t", "-m", "painter/brush")
    assert (result.exit_code, painter.calls) == (2, [])
    assert "it is not text in UTF-8" in result.stderr


def test_in_a_locale_without_an_encoding_so_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO("a c\udce4t"))
    with pytest.raises(click.BadParameter, match="standard input is not text in UTF-8"):
        prompt("-")


def test_what_was_retired_can_be_allowed(run: Run, painter: Any) -> None:
    result = run("generate", "a cat", "-m", "painter/quill", "--allow", "retired", "--allow", "announced")
    assert result.exit_code == 0
    assert painter.calls[0].request.allow == ("retired", "announced")


# --dry-run


def test_a_dry_run_prints_the_plan_and_sends_nothing(run: Run, tmp_path: Path) -> None:
    """No key is needed either."""
    result = run("generate", "a cat", "-m", "poster/brush", "-n", "3", "--dry-run")
    assert (result.exit_code, result.stderr) == (0, "")
    first, post, kind, *body = result.stdout.splitlines()
    assert first == "generate with poster/brush, 2 calls of n=2 + 1"
    assert (post, kind) == ("POST https://poster.example/v1/paint?dpi=72", "x-kind: oil")
    assert '  "n": 1' in body
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_as_json_is_the_plan_as_data(run: Run) -> None:
    data = json.loads(run("generate", "a cat", "-m", "poster/brush", "-n", "3", "--dry-run", "--json").stdout)
    assert (data["provider"], data["model"], data["n"], data["warnings"]) == ("poster", "brush", [2, 1], [])
    assert data["calls"][0]["body"] == {"model": "brush", "prompt": "a cat", "n": 2}
    assert "fallback" not in data


def test_a_dry_run_tells_the_warnings_of_the_plan(run: Run) -> None:
    result = run("generate", "a cat", "-m", "painter/quill", "--allow", "retired", "--dry-run")
    assert "\n- quill was retired on 2026-05-12" in result.stdout


# --adapt


def test_what_is_not_taken_may_be_adapted_and_is_told_in_the_words_of_the_command_line(run: Run, painter: Any) -> None:
    result = run(*PAINT, "--partial-images", "2", "--quality", "low", "--adapt")
    assert result.exit_code == 0
    assert painter.calls[0].values() == {"prompt": "a cat", "quality": "low"}
    assert result.stderr == ("limner: warning: --partial-images 2 was left out: --partial-images needs --stream.\n")


def test_a_plan_that_adapts_says_so_in_the_same_words(run: Run) -> None:
    result = run(*PAINT, "--partial-images", "2", "--adapt", "--dry-run")
    assert "\n- --partial-images 2 was left out: --partial-images needs --stream.\n" in result.stdout


def test_a_dry_run_of_a_provider_without_http_names_its_first_step(run: Run, painter: Any) -> None:
    result = run(*PAINT, "--dry-run")
    assert '"step": "Run"' in result.stdout or '"step": "Blocking"' in result.stdout
    assert painter.calls == []


def test_ctrl_c_saves_the_pictures_that_had_come(run: Run, painter: Any, tmp_path: Path) -> None:
    painted = threading.Event()

    def stopped_at_the_second(call: Any) -> None:
        if call.index == 0:
            painted.set()
            return
        painted.wait(10)
        raise KeyboardInterrupt

    painter.outcome = stopped_at_the_second
    result = run(*PAINT, "-n", "4", "-o", "cat.png")
    assert result.stdout == "cat-1.png\ncat-2.png\n"
    assert "2 pictures had come before it was interrupted" in result.stderr
    assert (tmp_path / "cat-2.png").is_file()


def test_ctrl_c_before_any_picture_saves_none(run: Run, painter: Any) -> None:
    def stopped(_: Any) -> Never:
        raise KeyboardInterrupt

    painter.outcome = stopped
    result = run(*PAINT)
    assert (result.stdout, result.exit_code) == ("", 130)


def test_what_was_foreseen_stands_before_the_error_that_it_may_explain(run: Run, painter: Any) -> None:
    def refuse(_: object) -> Never:
        raise ServerError("out of paint")

    painter.outcome = refuse
    result = run("generate", "a cat", "-m", "painter/quill", "--allow", "retired")
    assert result.exit_code == 1
    assert [line.partition(" on ")[0] for line in result.stderr.splitlines()[:2]] == [
        "limner: warning: quill was retired",
        "limner: out of paint",
    ]


def test_what_the_error_notes_itself_is_not_said_before_it_too(run: Run, painter: Any) -> None:
    error = ServerError("out of paint")

    def refuse(_: object) -> Never:
        raise error

    painter.outcome = refuse
    asked = ("generate", "a cat", "-m", "painter/quill", "--allow", "retired")
    foreseen = run(*asked).stderr.splitlines()[0].removeprefix("limner: warning: ")
    error.add_note(foreseen)
    assert run(*asked).stderr.count(foreseen) == 1


@pytest.mark.parametrize("command", ["generate", "edit"])
def test_a_prompt_without_quotes_is_told_to_have_some(run: Run, command: str) -> None:
    result = run(command, "a", "cat", "-m", "painter/brush", *(("-i", "x.png") if command == "edit" else ()))
    assert (result.exit_code, result.stderr) == (
        2,
        f"limner: 'cat' is one word too many: PROMPT is one argument, in quotes. Try 'limner {command} --help'.\n",
    )


def test_what_takes_no_prompt_says_nothing_of_quotes(run: Run) -> None:
    assert "(cat.png). Try 'limner vary" in run("vary", "cat.png", "-i", "x.png").stderr
