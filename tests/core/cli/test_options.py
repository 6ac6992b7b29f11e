"""A request class as options: each field once, and none spelled here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - options are made from the types of fields
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import click
import pytest
from attrs import field, frozen

from limner import requests
from limner.cli.operation import OperationCommand, own_options
from limner.cli.options import DOCS, SWITCHES, flag, from_request, from_requests
from limner.requests import EditRequest, GenerateRequest, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


class Author(TypedDict):
    model: str


PARAMETER = {"doc": "What it is.", "role": "parameter"}


@frozen(kw_only=True)
class Sketch(Request):
    """A request with a field of every kind."""

    subject: str = field(kw_only=False, metadata=PARAMETER)
    k: int | None = field(default=None, metadata=PARAMETER)
    line_width: float | None = field(default=None, metadata=PARAMETER)
    mood: Literal["calm", "wild"] | None = field(default=None, metadata=PARAMETER)
    author: Author | None = field(default=None, metadata=PARAMETER)
    marks: Mapping[str, Any] | None = field(default=None, metadata=PARAMETER)
    layers: tuple[str, ...] = field(default=(), metadata=PARAMETER)
    paths: Sequence[int | str] | None = field(default=None, metadata=PARAMETER)
    pencil: bytes | str | None = field(default=None, metadata=PARAMETER)


@pytest.fixture
def sketch() -> dict[str | None, click.Parameter]:
    return {item.name: item for item in from_request(Sketch)}


FIELDS = [
    item
    for item in (*GenerateRequest.parameters(), *GenerateRequest.call_options())
    if item.name not in {"prompt", "to", "fallback", *SWITCHES}
]


@pytest.mark.parametrize("item", FIELDS, ids=lambda item: item.name)
def test_every_field_of_the_request_is_in_the_help(run: Run, item: Any) -> None:
    words = " ".join(run("generate", "--help").stdout.split())
    several = item.name in {"reference_images", "options"}
    assert f"{flag(item.name, several=several)} " in words
    assert DOCS.get(item.name, item.metadata["doc"]) in words


def test_the_prompt_is_the_only_argument(run: Run) -> None:
    assert run("generate", "--help").stdout.startswith("Usage: limner generate [OPTIONS] PROMPT\n")


def test_nothing_of_the_request_has_a_name_that_the_command_uses(recwarn: pytest.WarningsRecorder) -> None:
    command = OperationCommand("generate", "")
    params = command.get_params(click.Context(command))
    names = [name for item in params for name in (item.name, *item.opts) if isinstance(item, click.Option)]
    assert len(names) == len(set(names))
    assert not recwarn


def test_what_python_takes_by_position_is_an_argument(sketch: dict[str, Any]) -> None:
    assert isinstance(sketch["subject"], click.Argument)


@pytest.mark.parametrize(
    ("name", "opts", "text", "value"),
    [
        ("k", ["-k"], "3", 3),
        ("line_width", ["--line-width"], "0.5", 0.5),
        ("mood", ["--mood"], "wild", "wild"),
        ("author", ["--author"], '{"model": "x"}', {"model": "x"}),
        ("marks", ["--marks"], "{}", {}),
        ("pencil", ["--pencil"], "hb", "hb"),
    ],
)
def test_a_type_is_read_as_it_is_annotated(
    sketch: dict[str, Any], name: str, opts: list[str], text: str, value: Any
) -> None:
    assert sorted(sketch[name].opts) == sorted(opts)
    assert sketch[name].type_cast_value(click.Context(click.Command("x")), text) == value


@pytest.mark.parametrize("name", ["layers", "paths", "allow", "model"])
def test_what_is_a_sequence_may_be_said_again(sketch: dict[str, Any], name: str) -> None:
    assert sketch[name].multiple


def test_one_or_several_is_several(sketch: dict[str, Any]) -> None:
    assert sorted(sketch["model"].opts) == ["--model", "-m"]
    assert sketch["model"].type_cast_value(click.Context(click.Command("x")), ["a/b", "c/d"]) == ("a/b", "c/d")


def test_a_choice_of_which_one_happens_anyway_is_a_flag(sketch: dict[str, Any]) -> None:
    command = click.Command("x", params=[sketch["on_unsupported"]])
    assert command.make_context("x", ["--adapt"]).params == {"on_unsupported": "adapt"}
    assert command.make_context("x", []).params == {"on_unsupported": None}


def test_of_several_requests_each_field_is_there_once_and_each_short_form_too() -> None:
    params = from_requests([EditRequest, GenerateRequest], needed=False)
    names = [name for item in params for name in (item.name, *item.opts) if isinstance(item, click.Option)]
    assert len(names) == len(set(names))
    short = {item.name: "-i" in item.opts for item in params}
    assert (short["images"], short["reference_images"]) == (True, False)
    assert not any(item.required for item in params)


def test_a_default_in_words_is_shown(sketch: dict[str, Any]) -> None:
    assert sketch["retry"].default == "safe"
    assert sketch["retry"].show_default


def test_a_type_without_a_form_is_refused_when_the_command_is_built() -> None:
    @frozen(kw_only=True)
    class Odd(Request):
        weight: complex | None = field(default=None, metadata=PARAMETER)

    Odd.__annotations__["weight"] = complex | None
    with pytest.raises(TypeError, match="weight is of a type that has no form on the command line"):
        from_request(Odd)


def test_another_operation_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request class is found by its operation."""

    @frozen(kw_only=True)
    class DoodleRequest(Sketch):
        operation = "doodle"

    monkeypatch.setattr(requests, "DoodleRequest", DoodleRequest, raising=False)
    command = OperationCommand("doodle", "Draw without thinking.")
    assert command.request_class is DoodleRequest
    names = {item.name for item in command.get_params(click.Context(command))}
    assert {"subject", "mood", "timeout", *(option.name for option in own_options())} <= names
