"""``--option NAME=VALUE``: what only one provider takes, checked by that provider's declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.capabilities import Boolean, Text
from limner.cli.options import _own_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

PAINT = ("generate", "a cat", "-m", "painter/brush", "-o", "cat.png")


@pytest.fixture
def painter(painter: Any) -> Any:
    """The painter, who has options of his own."""
    (model, *_) = painter.declared.models
    takes = model.operations["generate"].but(parameters={"options.wet": Boolean(), "options.album": Text()})
    painter.declared = type(painter.declared)(
        models=(model.but("brush", operations={"generate": takes}),), unknown=None, source=painter.declared.source
    )
    return painter


def test_an_option_arrives_under_its_declared_name(run: Run, painter: Any) -> None:
    assert run(*PAINT, "--option", "wet=true", "--option", "album=cats=all").exit_code == 0
    values = painter.calls[0].values()
    assert (values["options.wet"], values["options.album"]) == (True, "cats=all")


def test_without_one_there_are_none(run: Run, painter: Any) -> None:
    assert run(*PAINT).exit_code == 0
    assert painter.calls[0].request.options is None


def test_null_is_not_set(run: Run, painter: Any) -> None:
    assert run(*PAINT, "--option", "wet=null").exit_code == 0
    assert painter.calls[0].values() == {"prompt": "a cat"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("wte=true",), "--option wte is not a parameter that is taken here"),
        (("wet=yes",), "--option wet must be true or false"),
        (("wet",), "'wet' is not NAME=VALUE."),
        (("=1",), "is not NAME=VALUE."),
        (("a-b=1",), "is not NAME=VALUE."),
        (("class=1",), "is not NAME=VALUE."),
        (("wet=true", "wet=false"), "one of them is given twice."),
    ],
)
def test_what_the_provider_does_not_take_is_refused(
    run: Run, painter: Any, given: tuple[str, ...], sentence: str
) -> None:
    result = run(*PAINT, *(word for one in given for word in ("--option", one)))
    assert (result.exit_code, painter.calls) == (2, [])
    assert sentence in result.stderr


@given(st.text())
def test_every_value_is_json_or_else_the_text_itself(value: str) -> None:
    name, read = _own_option(f"x={value}")
    assert name == "x"
    assert not isinstance(read, str) or read == value or value.strip().startswith('"')


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("1.5", 1.5), ('"1"', "1"), ("[1]", [1]), ("NaN", "NaN"), ("leaves", "leaves"), ("", "")],
)
def test_a_value_is_read_as_json_where_it_is_that(text: str, value: object) -> None:
    assert _own_option(f"x={text}") == ("x", value)
