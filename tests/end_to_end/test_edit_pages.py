"""Every example of the four pages that edits or varies, in limner's Python: sent as the page has it, or refused.

Each example stands here in the page's own text (read 2026-11-20). What arrives at a strict server is compared with what
that text says: method, address, and the JSON or the fields of the form.
"""

from __future__ import annotations

import ast
import json
import re
from base64 import b64encode
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from attrs import frozen

import limner
from limner.errors import UnsupportedError
from limner_sandbox import Sandbox
from limner_sandbox.painter import Commission, paint

if TYPE_CHECKING:
    from collections.abc import Iterator


def _png(prompt: str, *, clear: bool = False) -> bytes:
    """A picture of a cat, or a mask: all of it may change."""
    return paint(Commission(prompt=prompt, width=64, height=64, transparent=clear))


FILES = {
    "cat.png": _png("a cat"), "dog.png": _png("a dog"), "sunlit_lounge.png": _png("a lounge"),
    "corgi_and_cat_paw.png": _png("a corgi and a paw"), "mask.png": _png("a moon", clear=True),
    "image.png": _png("an image"),
}  # fmt: skip
"""The local files of the examples."""
NAMED = {"IMAGE": "cat.png", "IMAGE1": "cat.png", "IMAGE2": "dog.png", "MASK": "mask.png"}
"""What r9s's examples call them."""
ANNOUNCED, UNVERIFIED = {("announced", "operation")}, {("unverified", "stream"), ("unverified", "partial_images")}


@frozen(kw_only=True)
class Example:
    """One example of a page."""

    url: str
    said: str
    """The body in the page's words: JSON, or the arguments of the official SDK."""
    operation: str = "edit"
    python: dict[str, Any]
    """The same, said to the client's method."""
    warned: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset()
    """Code and parameter of what is warned of."""


R9S, ROCKAPI = "https://api.r9s.ai/v1/images/edits", "https://api.rockapi.ru/openai/v1/images"
EXAMPLES: dict[str, Example] = {
    "r9s, dall-e-2": Example(
        url=R9S,
        said='{ "image": "data:image/png;base64,<BASE64_IMAGE>", "prompt": "Add a red bow tie to the cat",'
        ' "model": "dall-e-2", "n": 1, "size": "1024x1024", "response_format": "url"}',
        python={
            "prompt": "Add a red bow tie to the cat", "images": Path("cat.png"), "model": "r9s/dall-e-2", "n": 1,
            "size": "1024x1024", "delivery": "url",
        },
    ),
    "r9s, mask": Example(
        url=R9S,
        said='{ "image": "data:image/png;base64,<BASE64_IMAGE>", "mask": "data:image/png;base64,<BASE64_MASK>",'
        ' "prompt": "Replace the sky with a sunset", "model": "dall-e-2", "size": "512x512"}',
        python={
            "prompt": "Replace the sky with a sunset", "images": Path("cat.png"), "mask": Path("mask.png"),
            "model": "r9s/dall-e-2", "size": "512x512",
        },
    ),
    "r9s, GPT image model": Example(
        url=R9S,
        said='{ "image": "data:image/png;base64,<BASE64_IMAGE>",'
        ' "prompt": "Make the background transparent and add autumn colors", "model": "gpt-image-1",'
        ' "background": "transparent", "output_format": "png", "quality": "high", "input_fidelity": "high", "n": 2}',
        python={
            "prompt": "Make the background transparent and add autumn colors", "images": Path("cat.png"),
            "model": "r9s/gpt-image-1", "background": "transparent", "output_format": "png", "quality": "high",
            "input_fidelity": "high", "n": 2,
        },
    ),
    "r9s, stream": Example(
        url=R9S,
        said='{ "image": "data:image/png;base64,<BASE64_IMAGE>", "prompt": "Convert to watercolor painting style",'
        ' "model": "gpt-image-1.5", "stream": true, "partial_images": 2, "output_format": "webp",'
        ' "output_compression": 85}',
        operation="stream_edit",
        python={
            "prompt": "Convert to watercolor painting style", "images": Path("cat.png"), "model": "r9s/gpt-image-1.5",
            "partial_images": 2, "output_format": "webp", "output_compression": 85,
        },
        warned=UNVERIFIED,
    ),
    "r9s, several": Example(
        url=R9S,
        said='{ "image": [ "data:image/png;base64,<BASE64_IMAGE1>", "data:image/png;base64,<BASE64_IMAGE2>" ],'
        ' "prompt": "Apply vintage filter to all images", "model": "gpt-image-1", "n": 1, "size": "1536x1024"}',
        python={
            "prompt": "Apply vintage filter to all images", "images": [Path("cat.png"), Path("dog.png")],
            "model": "r9s/gpt-image-1", "n": 1, "size": "1536x1024",
        },
    ),
    "rockapi, edit": Example(
        url=f"{ROCKAPI}/edits",
        said="""(
model="dall-e-2",
image=open("sunlit_lounge.png", "rb"),
mask=open("mask.png", "rb"),
prompt="A sunlit indoor lounge area with a pool containing a flamingo",
n=1,
size="1024x1024"
)""",
        python={
            "prompt": "A sunlit indoor lounge area with a pool containing a flamingo",
            "images": Path("sunlit_lounge.png"), "mask": Path("mask.png"), "model": "rockapi/dall-e-2", "n": 1,
            "size": "1024x1024", "allow": "announced",
        },
        warned=ANNOUNCED,
    ),
    "rockapi, variation": Example(
        url=f"{ROCKAPI}/variations",
        said="""(
model="dall-e-2",
image=open("corgi_and_cat_paw.png", "rb"),
n=1,
size="1024x1024"
)""",
        operation="vary",
        python={
            "image": Path("corgi_and_cat_paw.png"), "model": "rockapi/dall-e-2", "n": 1, "size": "1024x1024",
            "allow": "announced",
        },
        warned=ANNOUNCED,
    ),
    "rockapi, variation in Node.js, had it named the base URL": Example(
        url=f"{ROCKAPI}/variations",
        said='(model="dall-e-2", image=open("image.png", "rb"), n=1, size="1024x1024")',
        operation="vary",
        python={
            "image": Path("image.png"), "model": "rockapi/dall-e-2", "n": 1, "size": "1024x1024", "allow": "announced",
        },
        warned=ANNOUNCED,
    ),
}  # fmt: skip


def opened(name: str) -> tuple[str, str, bytes]:
    """A file as a form has it: name, type, bytes."""
    return name, "image/png", FILES[name]


def meant(said: str) -> dict[str, Any]:
    """What an example sends: its JSON, or the fields of its form, which are text or files."""
    if said.startswith("("):
        call = ast.parse(f"f{said}", mode="eval").body
        assert isinstance(call, ast.Call)
        return {str(one.arg): _argument(one.value) for one in call.keywords}
    encoded = re.sub(r"<BASE64_(\w+)>", lambda found: b64encode(FILES[NAMED[found[1]]]).decode(), said)
    read: dict[str, Any] = json.loads(encoded)
    return read


def _argument(value: ast.expr) -> Any:
    if isinstance(value, ast.Call):
        return opened(ast.literal_eval(value.args[0]))
    return str(ast.literal_eval(value))


def arrived(sandbox: Sandbox) -> Any:
    """Method, address as it is outside of the sandbox, and what the only request carried."""
    (one,) = (one for one in sandbox.requests if one.provider is not None)
    base = limner.Client(environ={}).installed().get(one.provider or "").base_url
    url = base + one.path.removeprefix(urlsplit(sandbox.base_url(one.provider or "")).path)
    if one.json is not None:
        return one.method, url, one.json
    head = f"Content-Type: {one.headers['content-type']}\r\n\r\n".encode()
    form = message_from_bytes(head + one.content, policy=HTTP)
    return one.method, url, dict(_field(part) for part in form.iter_parts())


def _field(part: Any) -> tuple[str, Any]:
    name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
    file = part.get_filename()
    return name, content.decode() if file is None else (file, part.get_content_type(), content)


@pytest.fixture(scope="module")
def _announced() -> Iterator[Sandbox]:
    with Sandbox(announced=True) as running:
        yield running


@pytest.fixture
def studio(_announced: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox in which RockAPI has what it announces, and a folder with the files of the examples."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    _announced.clear()
    return _announced


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_the_request_is_the_pages(studio: Sandbox, example: Example) -> None:
    with studio.client(environ={}) as client:
        result = getattr(client, example.operation)(**example.python)
        if example.operation == "stream_edit":
            frames = [event for event in result if isinstance(event, limner.PartialImage)]
            result = result.result
            assert len(frames) == example.python["partial_images"]
    assert arrived(studio) == ("POST", example.url, meant(example.said))
    assert {(warning.code, warning.parameter) for warning in result.warnings} == example.warned
    assert len(result.images) == example.python.get("n", 1)


# Where a page contradicts itself

NOTHING: dict[str, Any] = {"provider": "r9s"}


def test_r9s_code_samples_post_nothing_although_image_and_prompt_are_required(studio: Sandbox) -> None:
    """In JavaScript, Python and curl alike: ``{}``."""
    url, key = f"{studio.base_url('r9s')}/images/edits", studio.key_for("r9s")
    answer = httpx.post(url, json={}, headers={"Authorization": f"Bearer {key}"}, trust_env=False)
    assert answer.status_code == 400
    with studio.client(environ={}) as client:
        with pytest.raises(TypeError, match="prompt"):
            client.edit(**NOTHING)
        with pytest.raises(UnsupportedError, match=r"images is required.*According to r9s") as caught:
            client.edit("Add a red bow tie to the cat", provider="r9s")
    assert caught.value.param == "images"
    assert len(studio.requests) == 1


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("rockapi")])
def test_what_rockapi_announces_is_refused_as_coming_soon_unless_it_is_allowed(studio: Sandbox, name: str) -> None:
    example = EXAMPLES[name]
    said = {key: value for key, value in example.python.items() if key != "allow"}
    with studio.client(environ={}) as client, pytest.raises(UnsupportedError, match='"Coming Soon" on the page'):
        getattr(client, example.operation)(**said)
    assert studio.requests == ()


def test_rockapis_sample_in_typescript_names_no_model_and_none_is_assumed(studio: Sandbox) -> None:
    with (
        studio.client(environ={}) as client,
        pytest.raises(UnsupportedError, match="rockapi has no default model for vary"),
    ):
        client.vary(Path("image.png"), provider="rockapi", n=1, size="1024x1024", allow="announced")
    assert studio.requests == ()


@pytest.mark.parametrize("provider", ["fastapi.ai", "roboflow"])
def test_a_page_that_only_generates_edits_and_varies_nothing(studio: Sandbox, provider: str) -> None:
    model, picture = f"{provider}/dall-e-3", FILES["cat.png"]
    with studio.client(environ={}) as client:
        with pytest.raises(UnsupportedError, match="does not edit; it offers generate"):
            client.edit("a cat", images=picture, model=model)
        with pytest.raises(UnsupportedError, match="does not vary; it offers generate"):
            client.vary(picture, model=model)
    assert studio.requests == ()
