"""What the library says is said at a command line in the words of the command line."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

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
        ("Set ACME_API_KEY, or give keys={'acme': ...}. Go.", "Set ACME_API_KEY. Go."),
        ("give an order of providers with Client(providers=[...]).",
         "give an order of providers with [defaults] providers in limner.toml."),
        ("pen does not have what is required: stream.", "pen does not take --stream."),
        ("require takes names", "--can takes names"),
        ("and 3 more: see .selection of this error, or limner explain", "and 3 more: see limner explain"),
        ("try on_unsupported='adapt'", "try --adapt"),
        ("So. It would with size=2880x2880 and without background.",
         "So. It could with --size 2880x2880 and without --background."),
        ("It would without options.wet and with options.dry='a b'.",
         "It could without --option wet and with --option dry='a b'."),
        ("It would with frames=3.\nwith size", "It could with frames 3.\nwith size"),
        ("style is not a parameter that is taken here; these are: prompt, n, size, user and images. So is n.",
         "--style is not a parameter that is taken here; these are: prompt, -n, --size, --user and --image. So is n."),
        ("wings is not a parameter that is taken here; these are: options.size and quality.",
         "wings is not a parameter that is taken here; these are: --option size and --quality."),
        ("wings is not a parameter that is taken here", "wings is not a parameter that is taken here"),
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
    assert result.stderr.endswith("\n  With --sandbox no key is needed; limner models lists what there is.\n")
    assert len(result.stderr.splitlines()) == 2


def test_where_somebody_has_a_key_and_nobody_can_the_way_to_all_of_it_is_told(run: Run) -> None:
    result = run("generate", "a cat", "--quality", "hd")
    assert result.exit_code == 2
    assert "\n- painter/brush: quality must be one of low or high" in result.stderr
    assert "It could without --quality.\n" in result.stderr
    assert result.stderr.endswith("\n  limner explain, with the same options, tells all of it.\n")


def test_where_nobody_is_installed_that_is_the_way_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "Client", lambda **more: Client(providers=[], environ={}, **more))
    result = run("generate", "a cat")
    assert result.exit_code == 2
    assert result.stderr.endswith("\n  No provider is installed: pip install limner-NAME brings one.\n")
    assert len(result.stderr.splitlines()) == 2


def test_in_the_sandbox_no_way_out_is_told_that_leads_there(
    nobody_has_a_key: None,  # noqa: ARG001 - as it says
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    poster: Any,
) -> None:
    class Emulator:
        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def client(self, **more: Any) -> Client:
            return Client(providers=[poster], environ={}, **more)

    monkeypatch.setattr(clients, "emulators", lambda: SimpleNamespace(Sandbox=lambda **_: Emulator()))
    result = run("generate", "a cat", "--sandbox")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


def test_several_that_could_are_an_error_without_a_way_out_of_keys(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "_order", lambda _: ())
    poster_has_one = {"poster": "a-key"}
    made = clients.Client
    monkeypatch.setattr(clients, "Client", lambda **more: made(keys=poster_has_one, **more))
    result = run("generate", "a cat")
    assert result.exit_code == 2
    assert "could each serve this: name one with -m, or give" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("nobody_has_a_key")
def test_whoever_named_a_model_is_not_told(run: Run) -> None:
    result = run("generate", "a cat", "-m", "brush")
    assert (result.exit_code, "--sandbox" in result.stderr) == (2, False)


def test_a_missing_key_is_told_without_python(run: Run) -> None:
    result = run("generate", "a cat", "-m", "poster/brush")
    assert result.exit_code == 3
    assert "set the environment variable POSTER_API_KEY" in result.stderr
    assert not [word for word in ("keys=", "Sandbox()") if word in result.stderr]
