"""Clients that are answered from cassettes: recorded from a server on loopback, and played without one."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from limner.errors import AuthError
from limner.provider import NoAuth
from limner.testing import cassettes, hygiene
from limner.testing.recording import CANARY, Cassettes, Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import limner

KEY = "live-Xk29/qqP+7z"
TEST = "tests/test_plain.py::test_a_cat"
Failed = pytest.fail.Exception


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PLAIN_API_KEY", "DARKROOM_KEY", "ATELIER_CLIENT", "ATELIER_SECRET"):
        monkeypatch.setenv(variable, f"{KEY}\n")


@pytest.fixture
def provider(plain: Any) -> Any:
    return plain()


@pytest.fixture
def recording(server: Any) -> Recording:
    """From the server on loopback."""
    return Recording(missing=True, base_url=f"{server.url}/v1", source="a test")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Cassettes]]:
    """``opened(recording)``: the cassettes of a test."""

    def opened(recording: Recording | None = None, **given: Any) -> Cassettes:
        return Cassettes(tmp_path / "cassettes", TEST, recording or Recording(), **given)

    return opened


@pytest.fixture
def answer(server: Any, png: Callable[..., bytes]) -> dict[str, Any]:
    """What the server says: a picture, and the key it was asked with."""
    said = {
        "data": [{"b64_json": b64encode(png(8, 8)).decode()}],
        "note": f"you are {KEY}",
        "see": f"{server.url}/help",
    }
    server.script(server.reply(json=said, headers={"x-request-id": "r-1", "set-cookie": "a=b"}))
    return said


def paint(client: limner.Client, prompt: str = "a cat") -> limner.ImageResult:
    return client.generate(prompt, provider="plain")


def path_of(cassettes: Cassettes, name: str = "a-cat") -> Path:
    return cassettes.folder / f"{name}.json"


@pytest.fixture
def recorded(opened: Callable[..., Cassettes], recording: Recording, provider: Any, answer: Any) -> Path:
    """A cassette with one interaction."""
    assert answer
    with opened(recording) as tapes:
        paint(tapes.client("a-cat", provider))
    return path_of(tapes)


# Recording


def test_what_is_recorded_holds_no_key_and_no_trace_of_where(recorded: Path) -> None:
    assert list(hygiene.faults(recorded)) == []
    (one,) = cassettes.load(recorded).interactions
    assert one.request.url == "https://plain.example/v1/paint"
    assert one.response.headers == {"content-type": "application/json", "x-request-id": "r-1"}
    told = json.loads(one.response.body)
    assert (told["note"], told["see"]) == ("you are ***", "https://images.example/help")


def test_a_live_key_goes_to_the_server_without_the_white_space_around_it(recorded: Path, server: Any) -> None:
    assert recorded.exists()
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_what_answers_on_loopback_is_called_a_sandbox(recorded: Path) -> None:
    tape = cassettes.load(recorded)
    assert (tape.origin, tape.source) == ("sandbox", "a test")


@pytest.mark.usefixtures("answer")
def test_what_is_recorded_is_played_from_then_on(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, server: Any
) -> None:
    with opened(evolve(recording, again=True)) as tapes:
        first = paint(tapes.client("a-cat", provider))
        again = paint(tapes.client("a-cat", provider))
    assert first.images == again.images
    assert len(server.asked) == 1


def test_a_missing_key_is_named(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAIN_API_KEY", " ")
    with pytest.raises(Failed, match="to record it takes a key: set PLAIN_API_KEY"), opened(recording) as tapes:
        tapes.client("a-cat", provider)


def test_an_emulator_is_to_be_named(opened: Callable[..., Cassettes], recording: Recording, provider: Any) -> None:
    with pytest.raises(Failed, match="--limner-source="), opened(evolve(recording, source=None)) as tapes:
        tapes.client("a-cat", provider)


def test_what_asks_for_nothing_records_nothing(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any
) -> None:
    tapes = opened(recording)
    tapes.client("a-cat", provider)
    with pytest.raises(Failed, match=r"Nothing was asked for, so .*a-cat\.json was not recorded"):
        tapes.close()
    assert not path_of(tapes).exists()


def test_what_is_not_fit_to_be_kept_fails(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, server: Any, png: Callable[..., bytes]
) -> None:
    said = {"data": [{"b64_json": b64encode(png()).decode()}], "folder": "/home/painter"}
    server.script(server.reply(json=said))
    tapes = opened(recording)
    paint(tapes.client("a-cat", provider))
    with pytest.raises(Failed, match=r"not fit to be kept.*a folder of somebody's machine"):
        tapes.close()


def test_nothing_is_recorded_over_what_comes_from_elsewhere(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, recorded: Path, server: Any
) -> None:
    recorded.write_text(recorded.read_text().replace('"sandbox"', '"documentation"'))
    with opened(evolve(recording, again=True)) as tapes:
        paint(tapes.client("a-cat", provider))
    assert len(server.asked) == 1
    assert cassettes.load(recorded).origin == "documentation"


def test_what_is_there_is_recorded_again_where_that_is_asked_for(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, recorded: Path, server: Any
) -> None:
    with opened(evolve(recording, missing=False, again=True, source="another test")) as tapes:
        paint(tapes.client("a-cat", provider), "a dog")
    tape = cassettes.load(recorded)
    assert (tape.source, len(tape.interactions), len(server.asked)) == ("another test", 1, 2)


def test_what_is_there_is_played_where_only_what_is_missing_is_recorded(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, recorded: Path, server: Any
) -> None:
    with opened(recording) as tapes:
        paint(tapes.client("a-cat", provider))
    assert recorded.exists()
    assert len(server.asked) == 1


def test_a_header_that_a_provider_reads_can_be_kept(
    opened: Callable[..., Cassettes], recording: Recording, shape: Callable[[str], Any], server: Any,
    png: Callable[..., bytes],
) -> None:  # fmt: skip
    server.script(server.reply(png(), headers={"Content-Type": "image/png", "X-Seed": "7"}))
    for each in (evolve(recording, headers=("x-seed",)), Recording(headers=("x-seed",))):
        with opened(each) as tapes:
            result = tapes.client("seeded", shape("darkroom")).generate("a cat", provider="darkroom")
        assert result.image.seed == 7
    assert list(hygiene.faults(path_of(tapes, "seeded"), also=["x-seed"])) == []


# What is recorded from where


def test_a_providers_own_answer_is_live(provider: Any) -> None:
    origin, source = Recording().label(provider)
    assert origin == "live"
    assert source.startswith("plain.example on 20")
    assert Recording().moved(provider) == {}


@pytest.mark.parametrize("origin", ["live", "sandbox"])
def test_of_another_address_it_is_to_be_said(provider: Any, origin: str) -> None:
    elsewhere = Recording(base_url="https://staging.plain.example/v1/", source="x")
    with pytest.raises(ValueError, match=r"say what https://staging\.plain\.example/v1 is"):
        elsewhere.label(provider)
    assert evolve(elsewhere, origin=origin).label(provider) == (origin, "x")


def test_what_answers_on_loopback_is_never_called_live(provider: Any) -> None:
    with pytest.raises(ValueError, match=r"what 127\.0\.0\.1 answers is not live"):
        Recording(base_url="http://127.0.0.1:9", origin="live", source="x").label(provider)


def test_a_providers_variable_for_its_address_leads_there(provider: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.base_url_variable = "PLAIN_BASE_URL"
    monkeypatch.setenv("PLAIN_BASE_URL", "http://localhost:9/v1/")
    assert Recording().address(provider) == "http://localhost:9/v1"


# Playing


def test_it_is_played_without_a_key_and_without_a_network(
    opened: Callable[..., Cassettes], provider: Any, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLAIN_API_KEY")
    with opened() as tapes:
        client = tapes.client("a-cat", provider)
        assert paint(client).image.width == 8
        assert client.key_source("plain") == "the keys= argument"
    assert recorded.exists()


def test_it_is_played_to_an_async_client(opened: Callable[..., Cassettes], provider: Any, recorded: Path) -> None:
    async def main(tapes: Cassettes) -> limner.ImageResult:
        async with tapes.async_client("a-cat", provider) as client:
            return await client.generate("a cat", provider="plain")

    with opened() as tapes:
        assert asyncio.run(main(tapes)).image.width == 8
    assert recorded.exists()


def test_a_missing_cassette_fails_with_the_command_that_records_it(
    opened: Callable[..., Cassettes], provider: Any
) -> None:
    with pytest.raises(Failed, match=rf"no cassette .*a-cat\.json\. Record it: pytest --limner-record '{TEST}'"):
        opened().client("a-cat", provider)


def test_a_cassette_without_an_origin_fails(opened: Callable[..., Cassettes], provider: Any, recorded: Path) -> None:
    recorded.write_text(recorded.read_text().replace('"sandbox"', '"hearsay"'))
    with pytest.raises(Failed, match=r"a-cat\.json cannot be used: .*states its origin"):
        opened().client("a-cat", provider)


def test_a_cassette_that_is_played_in_part_fails(
    opened: Callable[..., Cassettes], provider: Any, recorded: Path
) -> None:
    tapes = opened()
    tapes.client("a-cat", provider)
    with pytest.raises(Failed, match=r"a-cat\.json is only partly played: 0 of 1 interactions"):
        tapes.close()
    assert recorded.exists()


def test_what_was_not_recorded_is_not_answered(opened: Callable[..., Cassettes], provider: Any, recorded: Path) -> None:
    tapes = opened()
    with pytest.raises(Exception, match=r"same_body"):
        paint(tapes.client("a-cat", provider), "a dog")
    with pytest.raises(Failed, match="only partly played"):
        tapes.close()
    assert recorded.exists()


def test_the_next_client_wants_the_cassette_before_it_played_whole(
    opened: Callable[..., Cassettes], provider: Any, recorded: Path
) -> None:
    tapes = opened()
    tapes.client("a-cat", provider)
    with pytest.raises(Failed, match="only partly played"):
        tapes.client("a-cat", provider)
    assert recorded.exists()


def _connect_ex(address: tuple[str, int]) -> int:
    with socket.socket() as opened:
        return opened.connect_ex(address)


@pytest.mark.parametrize(("host", "call"), [
    ("192.0.2.1", lambda: socket.create_connection(("192.0.2.1", 9), timeout=0.1)),
    ("192.0.2.1", lambda: _connect_ex(("192.0.2.1", 9))),
    ("plain.example", lambda: socket.getaddrinfo("plain.example", 443)),
])  # fmt: skip
def test_while_one_is_played_the_network_is_blocked(
    opened: Callable[..., Cassettes], provider: Any, recorded: Path, host: str, call: Callable[[], object]
) -> None:
    with opened() as tapes:
        client = tapes.client("a-cat", provider)
        with pytest.raises(RuntimeError, match=rf"{host} was to be reached: the network is blocked"):
            call()
        paint(client)
    assert recorded.exists()


@pytest.mark.block_network(allowed_hosts=[".*"])  # the kit's own guard is what stands in the way here
def test_while_one_is_played_this_machine_can_be_reached(
    opened: Callable[..., Cassettes], provider: Any, recorded: Path, tmp_path: Path
) -> None:
    with opened() as tapes, socket.create_server(("127.0.0.1", 0)) as listener:
        client = tapes.client("a-cat", provider)
        socket.create_connection(listener.getsockname()).close()
        assert socket.getaddrinfo(None, 80)
        with socket.socket(socket.AF_UNIX) as unix, pytest.raises(FileNotFoundError):
            unix.connect(str(tmp_path / "nobody"))
        paint(client)
    assert recorded.exists()


# Providers of other kinds


def test_orders_are_signed_polled_and_fetched_and_played_without_waiting(
    opened: Callable[..., Cassettes], recording: Recording, shape: Callable[[str], Any], server: Any,
    png: Callable[..., bytes],
) -> None:  # fmt: skip
    server.script(
        server.reply(json={"id": "7"}),
        server.reply(json={"state": "open"}, headers={"retry-after": "20"}),
        server.reply(json={"state": "done", "hours": 2, "url": f"{server.url}/7.png"}),
        server.reply(png(8, 8), headers={"Content-Type": "image/png"}),
    )
    provider = shape("atelier")
    for each in (recording, Recording()):
        begun = time.monotonic()
        with opened(each) as tapes:
            result = tapes.client("an-order", provider).generate("a cat", provider="atelier")
        assert result.image.read() == png(8, 8)
        assert time.monotonic() - begun < 10
    assert len(server.asked) == 4
    assert cassettes.load(path_of(tapes, "an-order")).interactions[-1].request.url == "https://images.example/7.png"


@pytest.mark.usefixtures("answer")
def test_who_takes_no_key_needs_none(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, server: Any
) -> None:
    provider.auth = NoAuth()
    for each in (recording, Recording()):
        with opened(each) as tapes:
            paint(tapes.client("a-cat", provider))
    (asked,) = server.asked
    assert "authorization" not in asked.headers


def test_a_key_that_is_refused_can_be_given(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any, server: Any
) -> None:
    server.script(server.reply(status=401, json={"error": {"message": "not wrong-key-31"}}))
    for each in (recording, Recording()):
        with opened(each) as tapes, pytest.raises(AuthError):
            paint(tapes.client("refused", provider, key="wrong-key-31"))
    assert "wrong-key-31" not in path_of(tapes, "refused").read_text()
    assert server.asked[0].headers["authorization"] == "Bearer wrong-key-31"


@pytest.mark.usefixtures("answer")
def test_a_key_that_is_played_begins_as_the_providers_do(
    opened: Callable[..., Cassettes], recording: Recording, provider: Any
) -> None:
    provider.key_prefix = "pl-"
    with opened(recording) as tapes:
        paint(tapes.client("a-cat", provider))
    with opened() as tapes:
        client = tapes.client("a-cat", provider)
        assert client.keys == {"plain": f"pl-{CANARY}"}
        paint(client)
