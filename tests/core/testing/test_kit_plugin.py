"""The fixture ``limner_cassettes``, in the tests of a stranger."""

from __future__ import annotations

import sys
from base64 import b64encode
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from limner.testing import cassettes

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]
for name in ("httpcore", "limner.client", "limner.dialects.openai_images", "limner.testing.recording", "vcr"):
    # A session in this process forgets what it was the first to import, and there would be two of each afterwards.
    import_module(name)

TESTS = """
import asyncio
import limner
from limner.capabilities import OperationCapabilities, ProviderCapabilities, ModelCapabilities, Parameter, Source, Text
from limner.dialects.openai_images import OpenAIImages

BRUSH = OperationCapabilities(parameters={"prompt": Parameter(Text(), required=True)}, default=True)
PROVIDER = OpenAIImages(
    name="acme",
    base_url="https://api.acme.example/v1",
    key_variable="ACME_API_KEY",
    capabilities=ProviderCapabilities(
        (ModelCapabilities("brush", operations={"generate": BRUSH}),),
        unknown=None,
        source=Source("https://acme.example", "2026-11-29"),
    ),
)

def test_a_cat(limner_cassettes):
    client = limner_cassettes.client("a-cat", PROVIDER)
    assert client.generate("a cat", model="acme/brush").image.width == 8

def test_a_cat_async(limner_cassettes):
    async def main():
        async with limner_cassettes.async_client("a-cat", PROVIDER) as client:
            return await client.generate("a cat", model="acme/brush")

    assert asyncio.run(main()).image.width == 8
"""


@pytest.fixture
def stranger(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """The folder of somebody who writes a provider."""
    monkeypatch.setenv("ACME_API_KEY", "ac-Qx7zz9Lk20Pv")
    pytester.makeini("[pytest]")  # wherever temporary folders are, this one is a project of its own
    (pytester.path / "tests").mkdir()
    (pytester.path / "tests" / "test_acme.py").write_text(TESTS, encoding="utf-8")
    return pytester


def told(stranger: pytest.Pytester, *options: str) -> tuple[dict[str, int], str]:
    """How the tests end, and what is said of them."""
    result = stranger.runpytest_inprocess("-q", "-p", "no:cacheprovider", *options)
    return result.parseoutcomes(), result.stdout.str()


def test_without_a_cassette_the_command_is_told_that_records_it(stranger: pytest.Pytester) -> None:
    outcomes, said = told(stranger)
    assert outcomes == {"failed": 2}
    assert "Record it: pytest --limner-record 'tests/test_acme.py::test_a_cat'" in said


def test_what_is_recorded_once_is_played_to_both_clients(
    stranger: pytest.Pytester, server: Any, png: Callable[..., bytes]
) -> None:
    server.script(server.reply(json={"data": [{"b64_json": b64encode(png(8, 8)).decode()}]}))
    where = (f"--limner-base-url={server.url}", "--limner-source=an emulator")
    assert told(stranger, "--limner-record", *where)[0] == {"passed": 2}
    assert told(stranger)[0] == {"passed": 2}
    assert told(stranger, "--limner-record-again", *where)[0] == {"passed": 2}
    assert len(server.asked) == 2
    tape = cassettes.load(stranger.path / "tests" / "cassettes" / "a-cat.json")
    assert (tape.origin, tape.source, len(tape.interactions)) == ("sandbox", "an emulator", 1)


def test_without_the_extra_its_name_is_told(stranger: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vcr", None)
    monkeypatch.delitem(sys.modules, "limner.testing.recording", raising=False)
    outcomes, said = told(stranger)
    assert outcomes == {"errors": 2}
    assert "limner_cassettes needs 'limner[testing]'" in said
