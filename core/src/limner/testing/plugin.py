"""The pytest plugin, for tests of providers: the fixture ``limner_cassettes``, and the options that record.

pytest loads it wherever limner is installed: it imports nothing else before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from limner.testing.recording import Cassettes

_DONE: pytest.StashKey[set[Path]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that record cassettes."""
    group = parser.getgroup("limner", "cassettes of image providers")
    group.addoption(
        "--limner-record", action="store_true", help="record the cassettes that are missing: this may cost money"
    )
    group.addoption(
        "--limner-record-again", action="store_true", help="record also those that are there and have the same origin"
    )
    group.addoption("--limner-base-url", metavar="URL", help="record from there: an emulator of the provider")
    group.addoption("--limner-origin", choices=("live", "sandbox"), help="what answers, where its address does not say")
    group.addoption("--limner-source", metavar="TEXT", help="the emulator that answers, and its version")
    parser.addini("limner_headers", "headers to keep in cassettes besides the usual, as a provider reads them", "args")


@pytest.fixture
def limner_cassettes(request: pytest.FixtureRequest) -> Iterator[Cassettes]:
    """Clients that are answered from the cassettes beside the test; with ``--limner-record`` these are recorded.

    ::

        def test_a_cat(limner_cassettes):
            client = limner_cassettes.client("a-cat", PROVIDER)
            assert client.generate("a cat").image.width == 1024
    """
    try:
        from limner.testing.recording import Cassettes, Recording  # noqa: PLC0415 - only who asks for it pays for it
    except ImportError as error:
        pytest.fail(f"limner_cassettes needs 'limner[testing]': {error}.", pytrace=False)
    option = request.config.getoption
    recording = Recording(
        missing=bool(option("--limner-record")),
        again=bool(option("--limner-record-again")),
        base_url=option("--limner-base-url"),
        origin=option("--limner-origin"),
        source=option("--limner-source"),
        headers=tuple(map(str.lower, request.config.getini("limner_headers"))),
    )
    done = request.config.stash.setdefault(_DONE, set())
    with Cassettes(request.path.parent / "cassettes", request.node.nodeid, recording, done) as cassettes:
        yield cassettes
