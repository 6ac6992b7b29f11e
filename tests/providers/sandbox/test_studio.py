"""The log of a sandbox, and what it lets go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner_sandbox import studio as studios
from limner_sandbox.files import Files
from limner_sandbox.studio import Received, Studio

if TYPE_CHECKING:
    import pytest


def received(content: bytes, kind: str = "application/json") -> Received:
    return Received(provider="openai", method="POST", path="/x", headers={"content-type": kind}, content=content)


def test_the_log_lets_go_of_the_oldest_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studios, "MOST_BYTES", 10)
    studio = Studio(url="http://127.0.0.1:1", keys={}, files=Files(3600))
    for content in (b"1234", b"5678", b"90", b"abcdef"):
        studio.record(received(content))
    assert [each.content for each in studio.requests] == [b"", b"", b"90", b"abcdef"]


def test_the_log_keeps_the_latest_body_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studios, "MOST_BYTES", 10)
    studio = Studio(url="http://127.0.0.1:1", keys={}, files=Files(3600))
    for content in (b"1", b"x" * 20):
        studio.record(received(content))
    assert [len(each.content) for each in studio.requests] == [0, 20]


def test_json_is_read_where_it_is_json() -> None:
    assert received(b'{"n": 1}').json == {"n": 1}
    assert received(b"{").json is None
    assert received(b"[" * 100_000).json is None
    assert received(b'{"n": 1}', "text/plain").json is None
