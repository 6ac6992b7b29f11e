"""``limner capabilities``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from limner.capabilities import (
    Count,
    Encoding,
    Found,
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Source,
    Text,
)
from limner.cli.describing import _facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


EDIT = OperationCapabilities(
    parameters={
        "prompt": Parameter(Text(), required=True),
        "images": Parameter(Count(1, 2)),
        "background": Parameter(OneOf(("transparent", "opaque")), default="opaque", note="A note on it."),
        "output_format": Parameter(OneOf(("png", "jpeg")), open=True, lifecycle=Lifecycle("deprecated")),
    },
    rules=(Needs("background", ("transparent",), "output_format", ("png",)),),
    encodings=(Encoding("multipart", inputs=("bytes",)),),
    streams=True,
    preconditions=("A workspace has to be made.",),
    source=Source("A page", "2026-11-20", note="Read twice."),
)


@pytest.fixture
def editing(painter: Any) -> None:
    generate = painter.declared.models[0].operations["generate"]
    operations = {"generate": evolve(generate, source=None), "edit": EDIT}
    painter.declared = ProviderCapabilities(
        models=(ModelCapabilities("brush", aliases=("brush-1",), operations=operations),),
        unknown={"generate": generate.opened()},
        source=Source("The provider's page", "2026-11-19"),
    )


@pytest.mark.usefixtures("editing")
def test_the_whole_declaration_is_told_operation_by_operation(run: Run) -> None:
    result = run("capabilities", "painter/brush")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    for part in (
        "painter/brush: generate ",
        "painter/brush: edit ",
        "prompt a text; required",
        "background one of transparent or opaque; default opaque. A note on it.",
        "(or others); deprecated",
        "Rules: - background transparent needs output_format png",
        "First: - A workspace has to be made.",
        "images per call 2; more become several calls",
        "image inputs bytes",
        "delivers bytes",
        "streams yes",
        "source A page, checked 2026-11-20. Read twice.",
        "source The provider's page, checked 2026-11-19",
    ):
        assert part in told


@pytest.mark.usefixtures("editing")
def test_it_fits_80_columns(run: Run) -> None:
    assert max(map(len, run("capabilities", "painter/brush").stdout.splitlines())) < 80


@pytest.mark.usefixtures("editing")
def test_an_alias_is_known(run: Run) -> None:
    assert "painter/brush-1: edit" in run("capabilities", "painter/brush-1").stdout


@pytest.mark.usefixtures("editing")
def test_of_a_model_that_is_not_listed_that_is_said(run: Run) -> None:
    result = run("capabilities", "painter/pen")
    assert result.exit_code == 0
    assert "is not among the models this provider lists" in " ".join(result.stdout.split())


@pytest.mark.usefixtures("editing")
def test_as_json_with_a_schema_for_each_operation(run: Run) -> None:
    data = json.loads(run("capabilities", "painter/brush", "--json").stdout)
    assert (data["model"], data["known"], data["listed"]["id"]) == ("painter/brush", True, "brush")
    assert data["operations"]["edit"]["rules"][0]["kind"] == "Needs"
    assert data["operations"]["edit"]["schema"]["required"] == ["prompt"]


@pytest.mark.usefixtures("editing")
def test_json_has_what_goes_without_saying(run: Run) -> None:
    data = json.loads(run("capabilities", "painter/brush", "--json").stdout)
    edit = data["operations"]["edit"]
    assert data["listed"] == {"id": "brush", "aliases": ["brush-1"], "lifecycle": {"status": "available"}}
    told = {name: edit[name] for name in ("images_per_call", "inputs", "delivers", "streams", "lifecycle")}
    assert told == {
        "images_per_call": 1, "inputs": ["bytes"], "delivers": ["bytes"], "streams": True,
        "lifecycle": {"status": "available"},
    }  # fmt: skip


def test_json_has_what_must_be_arranged_for_the_provider_and_for_the_operation(run: Run, painter: Any) -> None:
    model = ModelCapabilities("brush", operations={"edit": EDIT})
    source = painter.declared.source
    painter.declared = ProviderCapabilities((model,), None, source, preconditions=("A key has to be set.",))
    data = json.loads(run("capabilities", "painter/brush", "--json").stdout)
    assert data["operations"]["edit"]["preconditions"] == ["A key has to be set.", "A workspace has to be made."]


@pytest.mark.usefixtures("editing")
def test_json_of_a_model_that_is_not_listed_has_no_listing(run: Run) -> None:
    data = json.loads(run("capabilities", "painter/pen", "--json").stdout)
    assert data["known"] is False
    assert "listed" not in data


@pytest.mark.usefixtures("editing")
def test_the_schema_of_one_operation_is_all_that_is_printed(run: Run) -> None:
    schema = json.loads(run("capabilities", "painter/brush", "--schema", "edit").stdout)
    assert (schema["type"], schema["required"]) == ("object", ["prompt"])
    assert schema["properties"]["background"]["enum"] == ["transparent", "opaque"]


def test_the_schema_of_what_a_model_does_not_do_is_refused(run: Run) -> None:
    result = run("capabilities", "painter/brush", "--schema", "edit")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "it offers generate" in result.stderr


def test_a_retired_model_says_so(run: Run) -> None:
    assert "quill was retired" in run("capabilities", "painter/quill").stdout


@pytest.mark.parametrize("subject", ["painter", "painter/", "/brush"])
def test_what_names_no_model_is_refused(run: Run, subject: str) -> None:
    result = run("capabilities", subject)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is not PROVIDER/MODEL" in result.stderr


def test_an_unknown_model_gets_a_did_you_mean(run: Run) -> None:
    result = run("capabilities", "painter/bruch")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Did you mean 'brush'?" in result.stderr
    assert result.stderr.endswith("What there is: limner models painter\n")


def test_where_no_page_is_known_none_is_told() -> None:
    found = Found(None, OperationCapabilities(parameters={"prompt": Text()}), known=False, id="brush", name="generate")
    assert "source" not in dict(_facts(found))


def test_a_provider_without_models_says_so(run: Run, painter: Any) -> None:
    painter.declared = ProviderCapabilities(models=(), unknown=None, source=Source("A page", "2026-11-20"))
    assert "painter has no models." in run("capabilities", "painter/brush").stderr


def test_of_how_many_the_reader_learns_that_there_is_no_limit(run: Run) -> None:
    told = " ".join(run("capabilities", "painter/brush").stdout.split())
    assert " n any number from 1; 2 per call; default 1 " in told


def test_a_schema_of_no_operation_is_refused(run: Run) -> None:
    result = run("capabilities", "painter/brush", "--schema", "nosuch")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "limner: --schema takes generate, edit or vary; it was given 'nosuch'.\n"


@pytest.mark.parametrize("other", ["--json", "--markdown"])
def test_a_schema_and_something_else_are_refused(run: Run, other: str) -> None:
    result = run("capabilities", "painter/brush", "--schema", "generate", other)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--schema prints a JSON Schema and nothing else" in result.stderr


@pytest.mark.usefixtures("editing")
def test_markdown_has_a_table_the_rules_and_the_images_of_each_operation(run: Run) -> None:
    result = run("capabilities", "painter/brush", "--markdown")
    assert result.exit_code == 0
    generate, edit = result.stdout.split("\n### ")
    assert generate.startswith("### generate\n\n| parameter | takes | default | notes |\n| --- | --- | --- | --- |\n")
    assert edit == EDIT_IN_MARKDOWN


EDIT_IN_MARKDOWN = """edit

| parameter | takes | default | notes |
| --- | --- | --- | --- |
| `prompt` | a text |  | required |
| `images` | 1 to 2 images |  |  |
| `background` | one of transparent or opaque | `opaque` | A note on it |
| `output_format` | one of png or jpeg (or others) |  | deprecated |

Rules:

- background transparent needs output_format png

Images: 1 in one call; more become several calls; delivers bytes; takes images as bytes; sends them as \
multipart; streams.
"""
