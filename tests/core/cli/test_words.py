"""What the library says is said at a command line in the words of the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from limner.cli import clients
from limner.cli.options import DOCS, NEEDED, SHORT
from limner.cli.words import PICTURES, spoken, translated
from limner.client import Client
from limner.errors import BadInputError, ConfigError, ServerError
from limner.requests import EditRequest, GenerateRequest, VaryRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

FIELDS = {
    item.name
    for cls in (GenerateRequest, EditRequest, VaryRequest)
    for item in (*cls.parameters(), *cls.call_options())
}


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("name one with model='provider/model', where", "name one with -m provider/model, where"),
        ("could each serve this: name one with model=.", "could each serve this: name one with -m."),
        ("with model='acme/...'.", "with -m acme/...."),
        ("It can be tried with allow=('retired',).", "It can be tried with --allow retired."),
        ("and delivery='url' leaves", "and --delivery url leaves"),
        ("to= needs the pictures", "-o needs the pictures"),
        ("images[0] ('a.png') is empty.", "image 1 ('a.png') is empty."),
        ("reference_images[11] is no image", "reference image 12 is no image"),
        ("output_format must be png", "--output-format must be png"),
        ("partial_images needs stream, and stream is False by default", "--partial-images needs --stream"),
        ("partial_images needs stream, and stream is not set", "--partial-images needs --stream"),
        ("stream must be false, not True", "--stream is not taken here"),
        ("options.project_url must be a text", "--option project_url must be a text"),
        ("acme has no key: set the environment variable ACME_API_KEY, or pass keys={'acme': ...}. Go.",
         "acme has no key: set the environment variable ACME_API_KEY. Go."),
        ("Mask(restore=True) needs", "--restore needs"),
        ("Mask(edit='black') needs", "--mask-polarity black needs"),
        # What is no parameter, or is quoted, stands as it is.
        ("quality must be low", "quality must be low"),
        ("must be one of 'output_format'", "must be one of 'output_format'"),
        ("see https://acme.example/output_format/x", "see https://acme.example/output_format/x"),
        ("colour=red is not known", "colour=red is not known"),
    ],
)  # fmt: skip
def test_a_parameter_becomes_its_option(python: str, said: str) -> None:
    assert translated(python) == said


@pytest.mark.parametrize("cls", [BadInputError, ConfigError])
def test_what_is_said_before_anything_is_sent_is_translated(cls: type[Any]) -> None:
    assert spoken(cls("model= is missing")) == "-m is missing"


def test_what_a_server_says_is_its_own() -> None:
    assert spoken(ServerError("output_format: model= is missing")) == "output_format: model= is missing"


def test_the_tables_tell_of_fields_that_exist() -> None:
    assert {*DOCS, *NEEDED, *SHORT, *PICTURES} <= FIELDS


# The real messages


@pytest.fixture
def nobody_has_a_key(run: Run, monkeypatch: pytest.MonkeyPatch, poster: Any) -> None:  # noqa: ARG001 - run first
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[poster], environ={}, **more))


@pytest.mark.usefixtures("nobody_has_a_key")
def test_without_a_model_and_a_key_both_ways_out_are_told(run: Run) -> None:
    result = run("generate", "a cat")
    assert result.exit_code == 2
    assert "name one with -m provider/model, where provider is poster." in result.stderr
    assert "\n  With --sandbox no key is needed; limner models lists what there is.\n" in result.stderr


@pytest.mark.usefixtures("nobody_has_a_key")
def test_whoever_named_a_model_is_not_told(run: Run) -> None:
    result = run("generate", "a cat", "-m", "brush")
    assert (result.exit_code, "--sandbox" in result.stderr) == (2, False)


def test_a_missing_key_is_told_without_python(run: Run) -> None:
    result = run("generate", "a cat", "-m", "poster/brush")
    assert result.exit_code == 3
    assert "set the environment variable POSTER_API_KEY" in result.stderr
    assert not [word for word in ("keys=", "Sandbox()") if word in result.stderr]
