from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from limner_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TINY = {"model": "gpt-image-2", "prompt": "a cat", "size": "16x16"}


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """One server for a module; :func:`sandbox` clears it for each test."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    shared.clear()
    return shared


@pytest.fixture(scope="module")
def shared_revived() -> Iterator[Sandbox]:
    with Sandbox(retired=True) as running:
        yield running


@pytest.fixture
def revived(shared_revived: Sandbox) -> Sandbox:
    """A sandbox in which models that were shut down work."""
    shared_revived.clear()
    return shared_revived


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def post(http: httpx.Client) -> Callable[..., httpx.Response]:
    """Ask a sandbox for images: the tiniest request, with changes to its body (``None`` leaves a name out)."""

    def ask(target: Sandbox, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        sent = {name: value for name, value in {**TINY, **body}.items() if value is not None}
        return http.post(
            target.base_url("openai") + "/images/generations",
            json=sent,
            headers={"authorization": f"Bearer {target.key_for('openai')}", **(headers or {})},
        )

    return ask


@pytest.fixture
def get(http: httpx.Client) -> Callable[..., httpx.Response]:
    """Ask a sandbox's OpenAI API for a path."""

    def ask(target: Sandbox, path: str, method: str = "GET") -> httpx.Response:
        headers = {"authorization": f"Bearer {target.key_for('openai')}"}
        return http.request(method, target.base_url("openai") + path, headers=headers)

    return ask


@pytest.fixture
def ask(sandbox: Sandbox, http: httpx.Client) -> Callable[..., httpx.Response]:
    """Ask a provider's emulator for what a body says, with an accepted key where that provider wants it."""

    def post(provider: str, path: str = "/images/generations", *, headers: Any = None, **body: Any) -> httpx.Response:
        key = sandbox.key_for(provider)
        if provider == "roboflow":
            url = f"{sandbox.base_url(provider)}/synthetic-image"
            return http.post(url, params={"api_key": key}, json=body, headers=headers)
        headers = {"authorization": f"Bearer {key}", **(headers or {})}
        return http.post(sandbox.base_url(provider) + path, json=body, headers=headers)

    return post


@pytest.fixture(scope="session")
def png() -> Callable[..., bytes]:
    """A PNG file: a gradient, or with ``hole`` a mask that is transparent in that box."""

    def draw(size: tuple[int, int] = (32, 32), *, mode: str = "RGB", hole: Any = None, kind: str = "PNG") -> bytes:
        picture = Image.merge("RGB", [Image.linear_gradient("L").rotate(90 * turn).resize(size) for turn in range(3)])
        picture = picture.convert(mode)
        if hole:
            picture.paste((0, 0, 0, 0), hole)
        buffer = BytesIO()
        picture.save(buffer, kind)
        return buffer.getvalue()

    return draw


@pytest.fixture
def form(http: httpx.Client) -> Callable[..., httpx.Response]:
    """Send a form: a file for each ``(field, content, type)``, and a text for each other name."""

    def send(
        target: Sandbox, path: str, *files: tuple[str, bytes, str | None], provider: str = "openai", **fields: str
    ) -> httpx.Response:
        parts: list[Any] = [(name, (f"{at}.png", content, kind)) for at, (name, content, kind) in enumerate(files)]
        parts += [(name, (None, text)) for name, text in fields.items()]
        return http.post(
            target.base_url(provider) + path,
            files=parts,
            headers={"authorization": f"Bearer {target.key_for(provider)}"},
        )

    return send
