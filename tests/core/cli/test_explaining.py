"""``limner explain``."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

import pytest
from attrs import evolve

from limner.capabilities import (
    Boolean,
    Count,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Sizes,
    Text,
)
from limner.cli import clients
from limner.cli.commands import explain as command_module
from limner.cli.commands.explain import OPERATIONS, command
from limner.cli.operation import own_options
from limner.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

PROMPT = Parameter(Text(), required=True)
QUALITY = OneOf(("low", "high"), near={"hd": "high"})
GENERATE = OperationCapabilities(
    {"prompt": PROMPT, "quality": QUALITY, "size": Sizes(exact=("8x8", "12x8")), "options.wet": Boolean()},
    images_per_call=2,
)
EDIT = OperationCapabilities({"prompt": PROMPT, "images": Parameter(Count(1, 2), required=True)})
VARY = OperationCapabilities({"image": Parameter(Count(1, 1), required=True)})
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"


@pytest.fixture
def cat(tmp_path: Path) -> str:
    (tmp_path / "cat.png").write_bytes(PNG)
    return "cat.png"


@pytest.fixture
def painter(painter: Any) -> Any:
    """One with brushes alike, a pen that takes nothing, and a knife for edits and variations."""
    brush = ModelCapabilities("brush", operations={"generate": GENERATE})
    painter.declared = ProviderCapabilities(
        models=(
            ModelCapabilities("pen", operations={"generate": OperationCapabilities({"prompt": PROMPT})}),
            brush,
            brush.but("broom"),
            ModelCapabilities("knife", operations={"edit": EDIT, "vary": VARY}),
        ),
        unknown=None,
        source=painter.declared.source,
    )
    return painter


@pytest.fixture
def run(run: Run, painter: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line with the painter alone."""
    monkeypatch.setattr(clients, "Client", lambda **more: Client(**{"providers": [painter], "environ": {}, **more}))
    return run


def test_who_can_comes_first_then_near_misses_each_with_all_reasons_and_what_would_help(run: Run) -> None:
    result = run("explain", "a cat", "--quality", "hd", "--size", "12x8", "-n", "3")
    assert result.stdout.splitlines() == [
        "PROVIDER/MODEL  CAN  CALLS",
        "painter/pen     no   3",
        "    - --size is not a parameter that is taken here; these are: prompt.",
        "    - --quality is not a parameter that is taken here; these are: prompt.",
        "    - It could without --size and without --quality.",
        "painter/brush   no   2",
        "painter/broom   no   2",
        "    - quality must be one of low or high, not 'hd'. The nearest is high.",
        "    - It could with --quality high.",
    ]  # fmt: skip
    assert result.stderr == "limner: 0 of 3 models can generate this.\n"
    assert result.exit_code == 2


def test_where_somebody_can_the_exit_code_says_so(run: Run) -> None:
    result = run("explain", "--quality", "high")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:3] == ["painter/brush   yes  1", "painter/broom   yes  1"]
    assert result.stderr == "limner: 2 of 3 models can generate this.\n"


def test_what_would_be_adapted_is_told(run: Run) -> None:
    result = run("explain", "--quality", "hd", "--adapt", "-m", "painter/brush")
    assert result.stdout.splitlines()[1:] == [
        "painter/brush   warn  1",
        "    - quality 'hd' became high: quality must be one of low or high, not 'hd'.",
    ]


def test_a_shape_in_words_is_a_size_here(run: Run) -> None:
    assert run("explain", "--size", "landscape", "-m", "painter/brush").stdout.endswith("painter/brush   yes  1\n")
    assert run("explain", "--aspect-ratio", "3:2", "-m", "painter/brush").stdout.endswith("brush   yes  1\n")


def test_of_models_that_are_named_only_those_are_told(run: Run) -> None:
    rows = run("explain", "-m", "painter/broom", "-m", "painter/pen").stdout.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["painter/broom", "painter/pen"]


def test_a_providers_own_options_are_told_one_by_one(run: Run) -> None:
    brush = ("explain", "-m", "painter/brush", "--quality", "hd", "--option", "dry=1")
    result = run(*brush, "--option", "wet=true")
    assert "    - It could with --quality high and without --option dry.\n" in result.stdout
    assert "    - It could with --quality high and without --option.\n" in run(*brush).stdout


# The operation


def test_with_an_image_it_is_about_edits(run: Run, cat: str) -> None:
    result = run("explain", "a hat", "-i", cat)
    assert result.stdout.splitlines()[1:] == ["painter/knife   yes  1"]
    assert result.stderr.endswith("can edit this.\n")


def test_the_operation_may_stand_before_everything_else(run: Run, cat: str) -> None:
    assert run("explain", "generate", "a cat").stderr.endswith("can generate this.\n")
    assert run("explain", "edit", "a hat", "-i", cat).stderr.endswith("can edit this.\n")
    assert run("explain", "vary", "-i", cat).stdout.splitlines()[1:] == ["painter/knife   yes  1"]


def test_after_the_word_generate_i_is_an_image_to_go_by_as_in_generate(run: Run, cat: str, painter: Any) -> None:
    going_by = GENERATE.but(parameters={"reference_images": Parameter(Count(0, 2))})
    painter.declared = ProviderCapabilities(
        (ModelCapabilities("brush", operations={"generate": going_by}),), None, painter.declared.source
    )
    result = run("explain", "generate", "a cat", "-i", cat, "--reference-image", cat)
    assert result.stdout.splitlines()[1:] == ["painter/brush   yes  1"]
    assert "reference image" in run("explain", "generate", "a cat", "-i", cat, "-i", cat, "-i", cat).stdout.replace(
        "--reference-image", "reference image"
    )


def test_without_an_image_there_is_nothing_to_edit(run: Run) -> None:
    result = run("explain", "edit")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[1] == "painter/knife   no   1"
    assert "images" in result.stdout


def test_a_prompt_from_standard_input_is_read(run: Run) -> None:
    assert run("explain", "-", input=" \n").stderr.startswith("limner: prompt takes a text that is not blank")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("a", "cat"), "'cat' is one word too many: PROMPT is one argument, in quotes."),
        (("vary",), "vary takes one image: -i FILE|URL."),
        (("vary", "-i", "a.png", "-i", "b.png"), "vary takes one image: -i FILE|URL."),
        (("generate", "-i", "gone.png"), "reference image 1 ('gone.png') is neither"),
        (("generate", "--mask", "a.png"), "generate does not take '--mask'."),
        (("edit", "--reference-image", "a.png"), "edit does not take '--reference-image'."),
        (("--restore",), "--restore needs --mask."),
        (("-i", "gone.png"), "image 1 ('gone.png') is neither"),
        (("-m", "brush"), "names no provider"),
    ],
)
def test_what_makes_no_request_is_a_sentence(run: Run, args: tuple[str, ...], sentence: str) -> None:
    result = run("explain", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_every_option_of_a_command_that_paints_is_let_pass(run: Run, tmp_path: Path) -> None:
    passed = ("-o", "cats/", "--force", "--sidecar", "--dry-run", "--timeout", "3", "--retry", "safe")
    assert run("explain", "a cat", *passed).exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_what_makes_no_difference_is_not_in_the_help(run: Run) -> None:
    told = run("explain", "--help").stdout
    assert [word for word in ("--timeout", "--extra", "--retry", "--output ", "--dry-run") if word in told] == []
    assert [word for word in ("--adapt", "--quality", "--mask", "--sandbox", "-m, ") if word not in told] == []


def test_it_has_every_option_of_those_that_paint() -> None:
    own = {name for item in command.own() for name in item.opts}
    assert {name for item in own_options() for name in item.opts} <= own
    assert set(OPERATIONS) == {"generate", "edit", "vary"}
    assert command_module.ANY.strip()


# Keys and streams


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch, run: Run, poster: Any) -> None:  # noqa: ARG001 - run first
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[poster], environ={}, **more))


@pytest.mark.usefixtures("keyless")
def test_a_missing_key_is_one_reason_of_several(run: Run) -> None:
    result = run("explain", "--quality", "hd", "-m", "poster/brush")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[1:] == [
        "poster/brush    no   1",
        "    - there is no key for poster. Set POSTER_API_KEY.",
        "    - quality must be one of low or high, not 'hd'.",
    ]


@pytest.mark.usefixtures("keyless")
def test_who_shows_no_frames_is_rejected_where_frames_are_wanted(run: Run, painter: Any) -> None:
    streams = evolve(GENERATE, streams=True)
    painter.declared = ProviderCapabilities(
        (ModelCapabilities("brush", operations={"generate": streams}),
         ModelCapabilities("pen", operations={"generate": GENERATE})),
        None, painter.declared.source,
    )  # fmt: skip
    clients_made = Client(providers=[painter], environ={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "Client", lambda **_: clients_made)
        result = run("explain", "--stream")
    assert result.stdout.splitlines()[1:] == [
        "painter/brush   yes  1", "painter/pen     no   1", "    - pen does not take --stream."
    ]  # fmt: skip


def test_in_the_sandbox_only_those_it_emulates_are_told(run: Run, painter: Any, poster: Any) -> None:
    made: list[dict[str, Any]] = []

    class Emulator:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def client(self, **more: Any) -> Client:
            base_urls = {"poster": "http://127.0.0.1:1"}
            return Client(providers=[painter, poster], environ={}, keys={"poster": "k"}, base_urls=base_urls, **more)

    with pytest.MonkeyPatch.context() as patch:
        package = SimpleNamespace(Sandbox=lambda **allowed: made.append(allowed) or Emulator())
        patch.setattr(clients, "emulators", lambda: package)
        result = run("explain", "--sandbox", "--allow", "retired")
    assert made == [{"retired": True, "announced": False}]
    assert [row.split()[:2] for row in result.stdout.splitlines()[1:] if row[0] != " "] == [
        ["poster/brush", "yes"], ["poster/quill", "warn"]
    ]  # fmt: skip


def test_nobody_there_is_nobody_who_can(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[], environ={}, **more))
    result = run("explain")
    said = "limner: no provider is installed: pip install limner-NAME brings one.\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said)


@pytest.mark.parametrize(
    "args",
    [
        ("-m", "pianter/brush"),
        ("--provider", "pianter"),
        ("--provider", "pianter", "-m", "brush"),
        ("-m", "painter/brush", "-m", "pianter/brush"),
        ("-m", "pianter/brush", "-m", "painter/brush"),
    ],
)
def test_a_provider_that_is_named_and_not_there_is_an_error_as_it_is_where_it_is_to_paint(
    run: Run, args: tuple[str, ...]
) -> None:
    result = run("explain", "a cat", *args)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "limner: There is no provider 'pianter'; did you mean painter?\n"
    assert run("generate", "a cat", *args).stderr == result.stderr


def test_a_provider_that_is_named_and_there_is_looked_at(run: Run) -> None:
    result = run("explain", "--provider", "painter", "-m", "brush")
    assert result.stdout.splitlines()[1:] == ["painter/brush   yes  1"]


# --json


def test_json_is_the_selection_as_data(run: Run) -> None:
    result = run("explain", "--quality", "hd", "--json")
    data = json.loads(result.stdout)
    assert (result.exit_code, result.stderr, data["operation"], data["candidates"]) == (2, "", "generate", [])
    brush = next(one for one in data["rejected"] if one["model"] == "brush")
    (reason,) = brush.pop("reasons")
    assert brush == {
        "provider": "painter", "model": "brush", "verdict": "no", "calls": 1, "changes": [],
        "change": {"quality": "high"},
    }  # fmt: skip
    told = {name: reason[name] for name in ("code", "parameter", "got", "allowed", "message", "hint")}
    assert told == {
        "code": "unsupported_value", "parameter": "quality", "got": "'hd'", "allowed": "one of low or high",
        "message": "quality must be one of low or high, not 'hd'.", "hint": "The nearest is high.",
    }  # fmt: skip


def test_json_of_a_candidate_has_what_would_be_adapted(run: Run) -> None:
    data = json.loads(run("explain", "--quality", "hd", "--adapt", "-m", "painter/brush", "--json").stdout)
    (brush,) = data["candidates"]
    assert (brush["verdict"], brush["change"], brush["changes"][0]["sent"]) == ("warn", None, "high")


def test_a_provider_as_a_whole_has_no_model(run: Run, painter: Any) -> None:
    painter.declared = ProviderCapabilities((), None, painter.declared.source)
    (one,) = json.loads(run("explain", "--json").stdout)["rejected"]
    assert (one["provider"], one["model"], one["calls"]) == ("painter", None, 0)
    assert run("explain").stdout.splitlines()[1] == "painter         no   -"
