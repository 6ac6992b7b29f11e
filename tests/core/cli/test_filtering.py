"""``limner models --can ... --size ... --retired``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import (
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Sizes,
    Text,
)
from limner.cli import clients
from limner.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

SOON = Lifecycle("announced", "2027-01-01")
PROMPT = Parameter(Text(), required=True)


def takes(**more: Any) -> OperationCapabilities:
    own = {name: more.pop(name) for name in ("streams", "lifecycle", "delivers") if name in more}
    return OperationCapabilities({"prompt": PROMPT, **more}, **own)


MODELS = (
    ModelCapabilities("brush", operations={"generate": takes(streams=True, size=Sizes(exact=("8x8", "12x8")))}),
    ModelCapabilities(
        "knife",
        operations={
            "generate": takes(size=Sizes(exact=("8x8",))),
            "edit": takes(mask=Text(), background=OneOf(("transparent", "opaque")), size=Sizes(exact=("12x8",))),
        },
    ),
    ModelCapabilities("pen", operations={"edit": takes(), "vary": takes(lifecycle=SOON)}),
    ModelCapabilities("open", operations={"generate": takes(size=Parameter(Sizes(exact=("8x8",)), open=True))}),
    ModelCapabilities("old", (), Lifecycle("deprecated", "2027-05-12", "brush"), {"generate": takes(seed=Text())}),
    ModelCapabilities("quill", (), Lifecycle("retired", "2026-05-12", "brush"), {"generate": takes(seed=Text())}),
    ModelCapabilities("soon", (), Lifecycle("announced", "2027-02-01"), {"generate": takes(seed=Text())}),
)  # fmt: skip


@pytest.fixture
def run(run: Run, painter: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line with the painter alone, who has these models, and no key."""
    painter.declared = ProviderCapabilities(models=MODELS, unknown=None, source=painter.declared.source)
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[painter], environ={}, **more))
    return run


def listed(result: Result) -> list[str]:
    assert result.exit_code == 0, result.stderr
    head = "painter/"
    return [line.split()[0].removeprefix(head) for line in result.stdout.splitlines() if line.startswith(head)]


@pytest.mark.parametrize(
    ("question", "who"),
    [
        (("--can", "edit"), ["knife", "pen"]),
        (("--can", "vary"), []),
        (("--can", "generate,edit"), ["knife"]),
        (("--can", "stream"), ["brush"]),
        (("--can", "mask"), ["knife"]),
        (("--can", "edit, mask,transparent", "--size", "12x8"), ["knife"]),
        (("--can", "generate,edit,mask"), ["knife"]),
        (("--can", "edit", "--can", "mask"), ["knife"]),
        (("--can", "generate,mask"), []),
        (("--can", "mask", "--size", "8x8"), []),
        (("--can", "seed"), ["old"]),
        (("--can", "seed", "--retired"), ["old", "quill"]),
        (("--can", "--size"), ["brush", "knife", "open"]),
        (("--can", "output-format"), []),
        (("--can", "url"), []),
        (("--size", "12x8"), ["brush", "knife", "open"]),
        (("--size", "12×8"), ["brush", "knife", "open"]),  # noqa: RUF001 - as people write it
        (("--size", "landscape"), ["brush", "knife"]),
        (("--size", "3:2"), ["brush", "knife"]),
        (("--can", "options.wet"), []),
    ],
)
def test_only_those_are_listed_that_can_all_of_it(run: Run, question: tuple[str, ...], who: list[str]) -> None:
    assert listed(run("models", *question)) == who


def test_without_a_question_all_are_listed_that_were_not_shut_down(run: Run) -> None:
    result = run("models")
    assert listed(result) == ["brush", "knife", "pen", "open", "old", "soon"]
    assert result.stderr == "limner: 1 retired model not shown: --retired shows them.\n"


def test_those_that_were_shut_down_are_shown_when_asked_for_with_date_and_successor(run: Run) -> None:
    result = run("models", "--retired")
    assert listed(result) == [model.id for model in MODELS]
    assert result.stderr == ""
    for line in (
        "painter/old    generate        deprecated 2027-05-12",
        "    deprecated, to be retired on 2027-05-12; use brush instead",
        "painter/quill  generate        retired 2026-05-12",
        "    retired on 2026-05-12; use brush instead",
        "painter/soon   generate        announced 2027-02-01",
        "    vary is announced for 2027-01-01, not available yet",
    ):
        assert line in result.stdout.splitlines()


def test_what_cannot_be_promised_is_said(run: Run) -> None:
    assert "size must be 8x8, not '12x8'; it is sent as it is" in run("models", "--size", "12x8").stdout


def test_who_has_no_answer_is_not_spoken_of(run: Run) -> None:
    result = run("models", "--can", "vary")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "limner: no known model can do all of that.\n"


@pytest.mark.parametrize("size", ["huge", "12x", "0x8", "0:1"])
def test_what_is_no_size_at_all_is_refused(run: Run, size: str) -> None:
    result = run("models", "--size", size)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "limner: --size takes WIDTHxHEIGHT, landscape, portrait, square, a ratio such as 16:9, or auto;"
        f" it was given {size!r}.\n"
    )


def test_to_leave_the_size_to_the_model_is_a_size(run: Run) -> None:
    assert run("models", "--size", "auto").exit_code == 0


def test_the_answer_as_json(run: Run) -> None:
    (knife,) = json.loads(run("models", "--can", "mask", "--json").stdout)
    assert knife["model"] == "painter/knife"


def test_a_word_that_nobody_understands_is_told(run: Run) -> None:
    result = run("models", "--can", "wings")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("limner: --can takes names of parameters and generate, edit, vary, stream,")
