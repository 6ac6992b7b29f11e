"""The service as its askers see it, against the emulated providers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

import picture_service
from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = {"model": "openai/gpt-image-2", "prompt": "a lighthouse", "output_format": "svg"}
CANARY = "sk-canary-of-a-tenant-1234"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def service(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The service, on a machine whose own keys are there to be taken."""
    sandbox.clear()
    for provider, key in sandbox.keys.items():
        monkeypatch.setenv(f"{provider.upper()}_API_KEY", key)
    with TestClient(picture_service.app(base_urls=sandbox.base_urls)) as asking:
        yield asking


def ask(service: TestClient, key: str | None, body: Any = BODY, **headers: str) -> Any:
    given = {"X-Provider-Key": key} if key is not None else {}
    return service.post("/pictures", json=body, headers={**given, **headers})


@pytest.mark.parametrize(
    ("body", "magic"),
    [
        (BODY, b"<svg"),
        ({"model": "r9s/gpt-image-1-mini", "prompt": "a cat"}, b"\x89PNG"),
    ],
)
def test_a_picture_is_painted_by_whichever_provider(
    service: TestClient, sandbox: Sandbox, body: dict[str, str], magic: bytes
) -> None:
    answer = ask(service, sandbox.key_for(body["model"].partition("/")[0]), body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("image/")
    assert magic in answer.content[:200]
    assert answer.headers["x-request-id"]


def test_the_end_user_is_named_as_a_hash(service: TestClient, sandbox: Sandbox) -> None:
    assert ask(service, sandbox.key_for("openai"), **{"X-End-User": "ada@example.com"}).status_code == 200
    (received,) = sandbox.requests
    assert b"ada@example.com" not in received.content
    assert len(received.json["safety_identifier"]) == 64


@pytest.mark.parametrize(
    ("key", "body", "status", "kind"),
    [
        (None, BODY, 401, "config"),
        ("", BODY, 401, "config"),
        (CANARY, BODY, 401, "auth"),
        (f"{CANARY} and-more", BODY, 401, "config"),
        (CANARY, BODY | {"model": "acme/acme-1"}, 404, "config"),
        (CANARY, BODY | {"model": "openai/gpt-image-2", "size": "7x7"}, 422, "unsupported"),
        (CANARY, BODY | {"to": "/tmp"}, 422, "bad_input"),
        (CANARY, BODY | {"extra": {"n": 10}}, 422, "bad_input"),
        (CANARY, BODY | {"n": 10}, 422, "bad_input"),
        (CANARY, BODY | {"prompt": ""}, 422, "bad_input"),
        (CANARY, BODY | {"prompt": 7}, 422, "bad_input"),
        (CANARY, BODY | {"model": "gpt-image-2"}, 422, "bad_input"),
        (CANARY, [], 422, "bad_input"),
        (CANARY, BODY | {"prompt": "x" * 70_000}, 422, "bad_input"),
    ],
)
def test_what_cannot_be_painted_is_told_without_the_key(
    service: TestClient, sandbox: Sandbox, caplog: Any, key: str, body: Any, status: int, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = ask(service, key, body)
    assert (answer.status_code, answer.json()["error"]["kind"]) == (status, kind), answer.text
    assert CANARY not in f"{answer.text}{answer.headers}"
    assert CANARY not in "".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    assert sandbox.billed == 0


@pytest.mark.parametrize(
    ("key", "model", "words"),
    [(None, "openai/gpt-image-2", "X-Provider-Key holds no key"), (CANARY, "acme/acme-1", "GET /models lists")],
)
def test_advice_is_for_the_asker(service: TestClient, key: str | None, model: str, words: str) -> None:
    message = ask(service, key, BODY | {"model": model}).json()["error"]["message"]
    assert words in message
    assert not any(operators in message for operators in ("keys=", "pip install", "--sandbox"))


@pytest.mark.parametrize(
    ("fault", "status", "billed"),
    [("quota", 402, False), ("server_error", 502, True), ("cut", 502, True), ("moderation", 422, False)],
)
def test_what_a_provider_does_wrong_has_a_status(
    service: TestClient, sandbox: Sandbox, fault: str, status: int, billed: bool
) -> None:
    sandbox.fail(fault)
    answer = ask(service, sandbox.key_for("openai"))
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["maybe_billed"] is billed


def test_a_wait_is_handed_on(service: TestClient, sandbox: Sandbox) -> None:
    sandbox.fail("rate_limit", retry_after=900, times=3)
    answer = ask(service, sandbox.key_for("openai"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "901")


def test_what_is_not_json_is_refused(service: TestClient) -> None:
    for body in (b"{", b"[" * 60_000):
        assert service.post("/pictures", content=body).json()["error"]["message"] == "The body is not JSON."


def test_the_models_are_listed_with_what_they_take(service: TestClient) -> None:
    listed = service.get("/models").json()
    assert "prompt" in listed["openai/gpt-image-2"]["properties"]
    assert "r9s/gpt-image-1.5" in listed
