"""Every example of the four pages that generates, in limner's Python and on its command line: the wire has the page's.

Each example stands here in the page's own text (read 2026-11-20). What arrives at a strict server is compared with
what that text says: method, address, query and JSON. The key and its place are the affair of other tests. The pages'
examples of edits and variations are in ``test_edit_pages.py``.
"""

from __future__ import annotations

import ast
import json
import re
from base64 import b64encode, encodebytes
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from attrs import frozen
from click.testing import CliRunner

import limner
from limner.cli import clients
from limner.cli.app import app
from limner.errors import BadInputError
from limner.media import sniff
from limner_roboflow import RoboflowOptions
from limner_sandbox.painter import Commission, paint

if TYPE_CHECKING:
    from limner_sandbox import Sandbox

Command = Callable[..., Any]

TREES = paint(Commission(prompt="trees", width=64, height=64))
"""The local file ``trees.png``."""
RED = "All trees have red leaves."
FALL = (
    "Image of a residential setting during fall with dominant maple trees showcasing intense orange leaves,"
    " the only color of tree leaf."
)
CAT = "A cute cat sitting on a windowsill"
MAPLE, FALL_LEAVES = "62MYRuqqWCRZ02q52vsY", {"project_url": "fall-leaves"}
UNKNOWN, UNVERIFIED = {("unknown_model", "model")}, {("unverified", "model")}


@frozen(kw_only=True)
class Example:
    """One example of a page."""

    page: str
    said: str
    """The body in the page's words, whatever the language: JSON, an object of JavaScript, arguments of Python."""
    python: dict[str, Any]
    """The same, said to ``limner.generate``."""
    command: list[str]
    """The same, said to ``limner generate``."""
    warned: frozenset[tuple[str, str]] | set[tuple[str, str]] = frozenset()
    """Code and parameter of what is warned of."""


SIMPLE_CAT = '{ "model": "gpt-4o-mini", "prompt": "A cute cat sitting on a windowsill", "n": 1, "size": "1024x1024"}'
CAT_IN_PYTHON = {"prompt": CAT, "model": "r9s/gpt-4o-mini", "n": 1, "size": "1024x1024"}
CAT_IN_SHELL = [CAT, "-m", "r9s/gpt-4o-mini", "-n", "1", "--size", "1024x1024"]
BY_ID: dict[str, Any] = {
    "python": {
        "prompt": RED, "provider": "roboflow", "reference_images": limner.ProviderImage(MAPLE, provider="roboflow"),
        "options": RoboflowOptions(project_url="fall-leaves"),
    },
    "command": [
        *(RED, "--provider", "roboflow"),
        *("--extra", json.dumps({"image": MAPLE, "image_type": "id", **FALL_LEAVES})),
    ],
    "warned": UNVERIFIED,
}  # fmt: skip
BY_PROMPT: dict[str, Any] = {
    "python": {"prompt": FALL, "provider": "roboflow", "options": RoboflowOptions(project_url="fall-leaves")},
    "command": [FALL, "--provider", "roboflow", "--extra", json.dumps(FALL_LEAVES)],
    "warned": UNVERIFIED,
}
BY_FILE: dict[str, Any] = {
    "python": {
        "prompt": RED, "provider": "roboflow", "reference_images": Path("trees.png"),
        "options": RoboflowOptions(project_url="fall-leaves"),
    },
    "command": [
        RED, "--provider", "roboflow", "--reference-image", "trees.png", "--extra", json.dumps(FALL_LEAVES),
    ],
    "warned": UNVERIFIED,
}  # fmt: skip

EXAMPLES: dict[str, Example] = {
    "fastapi.ai curl": Example(
        page="fastapi.ai",
        said="""{
    "model": "dall-e-3",
    "prompt": "A cute baby sea otter",
    "n": 1,
    "size": "1024x1024"
  }""",
        python={"prompt": "A cute baby sea otter", "model": "fastapi.ai/dall-e-3", "n": 1, "size": "1024x1024"},
        command=["A cute baby sea otter", "-m", "fastapi.ai/dall-e-3", "-n", "1", "--size", "1024x1024"],
    ),
    "rockapi Python": Example(
        page="rockapi",
        said="""(
model="dall-e-3",
prompt="a white Siamese cat",
size="1024x1024",
quality="standard",
n=1,
)""",
        python={
            "prompt": "a white Siamese cat", "model": "rockapi/dall-e-3", "size": "1024x1024", "quality": "standard",
            "n": 1,
        },
        command=[
            *("a white Siamese cat", "-m", "rockapi/dall-e-3", "--size", "1024x1024", "--quality", "standard"),
            *("-n", "1"),
        ],
    ),
    **{
        f"r9s {language}": Example(
            page="r9s", said=said, python=CAT_IN_PYTHON, command=CAT_IN_SHELL, warned=UNKNOWN,
        )
        for language, said in {
            "JSON, simple": SIMPLE_CAT, "JavaScript": SIMPLE_CAT, "Python": SIMPLE_CAT,
            "curl": '{"model":"gpt-4o-mini","prompt":"A cute cat sitting on a windowsill","n":1,"size":"1024x1024"}',
        }.items()
    },
    "r9s JSON, detailed": Example(
        page="r9s",
        said='{ "model": "gpt-4o-mini", "prompt": "A futuristic city with flying cars at sunset", "n": 1,'
        ' "quality": "hd", "size": "1792x1024", "style": "vivid"}',
        python={
            "prompt": "A futuristic city with flying cars at sunset", "model": "r9s/gpt-4o-mini", "n": 1,
            "quality": "hd", "size": "1792x1024", "style": "vivid",
        },
        command=[
            *("A futuristic city with flying cars at sunset", "-m", "r9s/gpt-4o-mini", "-n", "1", "--quality", "hd"),
            *("--size", "1792x1024", "--style", "vivid"),
        ],
        warned=UNKNOWN,
    ),
    "r9s JSON, base64": Example(
        page="r9s",
        said='{ "model": "gpt-4o-mini", "prompt": "Minimalist logo of a cloud with a lightning bolt", "n": 1,'
        ' "response_format": "b64_json", "size": "512x512"}',
        python={
            "prompt": "Minimalist logo of a cloud with a lightning bolt", "model": "r9s/gpt-4o-mini", "n": 1,
            "delivery": "bytes", "size": "512x512",
        },
        command=[
            *("Minimalist logo of a cloud with a lightning bolt", "-m", "r9s/gpt-4o-mini", "-n", "1"),
            *("--delivery", "bytes", "--size", "512x512"),
        ],
        warned=UNKNOWN,
    ),
    "roboflow curl, image": Example(
        page="roboflow",
        said="""{
"image": "62MYRuqqWCRZ02q52vsY",
"image_type": "id",
"project_url": "fall-leaves",
"prompt": "All trees have red leaves."
}""",
        **BY_ID,
    ),
    "roboflow curl, prompt": Example(
        page="roboflow",
        said=f"""{{
"project_url": "fall-leaves",
"prompt": "{FALL}"
}}""",
        **BY_PROMPT,
    ),
    "roboflow JavaScript, image": Example(
        page="roboflow",
        said="""{
image: "62MYRuqqWCRZ02q52vsY",
image_type: "id",
project_url: "fall-leaves",
prompt: "All trees have red leaves."
}""",
        **BY_ID,
    ),
    "roboflow JavaScript, prompt": Example(
        page="roboflow",
        said=f"""{{
project_url: "fall-leaves",
prompt: "{FALL}"
}}""",
        **BY_PROMPT,
    ),
    "roboflow JavaScript, file": Example(
        page="roboflow",
        said="""{
image: imageBase64,
image_type: "base64",
project_url: "fall-leaves",
prompt: "All trees have red leaves."
}""",
        **BY_FILE,
    ),
}  # fmt: skip
"""All but one: Roboflow's shell example with a file is further below, as no JSON comes of it."""

ADDRESSES = {
    "fastapi.ai": "https://api.fastapi.ai/v1/images/generations",
    "rockapi": "https://api.rockapi.ru/openai/v1/images/generations",
    "r9s": "https://api.r9s.ai/v1/images/generations",
    "roboflow": "https://api.roboflow.com/synthetic-image",
}
QUERIES: dict[str, tuple[tuple[str, str], ...]] = {"roboflow": (("api_key", "***"),)}
"""What stands in the query, with the key masked."""


def meant(said: str) -> dict[str, Any]:
    """The JSON that an example sends: read from it as its language reads it."""
    if said.startswith("("):
        call = ast.parse(f"f{said}", mode="eval").body
        assert isinstance(call, ast.Call)
        return {str(one.arg): ast.literal_eval(one.value) for one in call.keywords}
    variables = said.replace("imageBase64", json.dumps(b64encode(TREES).decode()))
    named = re.sub(r"(?m)^(\w+):", r'"\1":', variables)
    read: dict[str, Any] = json.loads(named)
    return read


def arrived(sandbox: Sandbox, page: str) -> list[tuple[str, str, tuple[tuple[str, str], ...], Any]]:
    """Method, address as it is outside of the sandbox, query and JSON of what the page's server was asked."""
    base = limner.Client(environ={}).installed().get(page).base_url
    below = urlsplit(sandbox.base_url(page)).path
    return [
        (one.method, base + one.path.removeprefix(below), one.query, one.json)
        for one in sandbox.requests
        if one.provider is not None
    ]


def pages(example: Example) -> list[tuple[str, str, tuple[tuple[str, str], ...], Any]]:
    """The same of the page."""
    return [("POST", ADDRESSES[example.page], QUERIES.get(example.page, ()), meant(example.said))]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the file of the examples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trees.png").write_bytes(TREES)


@pytest.fixture
def shell(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line in this process, whose ``--sandbox`` is the sandbox of the test."""
    emulators = SimpleNamespace(Sandbox=lambda **_: nullcontext(sandbox))
    monkeypatch.setattr(clients, "emulators", lambda: emulators)
    monkeypatch.setenv("LIMNER_CONFIG", "off")
    return lambda *args: CliRunner().invoke(app, [*args, "--sandbox"])


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_in_python_the_request_is_the_pages(sandbox: Sandbox, example: Example) -> None:
    with sandbox.client(environ={}) as client:
        result = client.generate(**example.python)
    assert arrived(sandbox, example.page) == pages(example)
    assert {(warning.code, warning.parameter) for warning in result.warnings} == example.warned
    assert (len(result.images), result.image.media_type) == (1, "image/png")


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_on_the_command_line_the_request_is_the_pages(
    sandbox: Sandbox, shell: Callable[..., Any], example: Example
) -> None:
    done = shell("generate", *example.command, "-o", "painted.png")
    assert (done.exit_code, done.stdout) == (0, "painted.png\n"), done.stderr
    assert arrived(sandbox, example.page) == pages(example)
    info = sniff(Path("painted.png").read_bytes())
    assert info is not None
    assert f"{info.width}x{info.height}" == meant(example.said).get("size", "1024x1024")


# Where a page contradicts itself

FOLDED = encodebytes(TREES).decode()
"""What ``openssl base64`` makes of a file: lines, as of old mail."""
WITH_A_FILE = f"""{{
"image": "{FOLDED}",
"image_type": "base64",
"project_url": "fall-leaves",
"prompt": "All trees have red leaves."
}}
"""
"""What the page's shell script writes into its temporary file."""


def test_the_shell_script_of_roboflow_sends_no_json(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="Invalid control character"):
        json.loads(WITH_A_FILE)
    url = f"{sandbox.base_url('roboflow')}/synthetic-image?api_key={sandbox.key_for('roboflow')}"
    kind = {"content-type": "application/json"}
    answer = httpx.post(url, content=WITH_A_FILE, headers=kind, trust_env=False)
    assert (answer.status_code, "JSON" in answer.text) == (400, True)


def test_limner_sends_of_that_file_what_the_script_means(sandbox: Sandbox) -> None:
    with sandbox.client(environ={}) as client:
        client.generate(**BY_FILE["python"])
    ((*_, sent),) = arrived(sandbox, "roboflow")
    assert sent == json.loads(WITH_A_FILE.replace(FOLDED, "".join(FOLDED.split())))


def test_folded_base64_is_refused_before_it_is_sent(sandbox: Sandbox) -> None:
    with (
        sandbox.client(environ={}) as client,
        pytest.raises(BadInputError, match="nor a data URL, nor a file that exists"),
    ):
        client.generate(RED, provider="roboflow", reference_images=FOLDED)
    assert sandbox.requests == ()


def test_two_images_where_fastapi_ai_was_asked_for_one_are_kept_with_a_warning(sandbox: Sandbox) -> None:
    """As the page's own sample response has it."""
    sandbox.fail("two_images")
    with sandbox.client(environ={}) as client:
        result = client.generate(**EXAMPLES["fastapi.ai curl"].python)
    assert [(warning.code, warning.parameter) for warning in result.warnings] == [("count_differs", "n")]
    assert (len(result.images), sandbox.billed) == (2, 2)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"provider": "fastapi.ai", "quality": "hd"}, "quality"),
        ({"provider": "r9s", "background": "transparent"}, "background"),
        ({"provider": "rockapi"}, "no default model"),
        ({"model": "rockapi/dall-e-3", "style": "vivid"}, "style"),
    ],
    ids=["default for another model", "parameter of another default", "no default", "unsaid"],
)
def test_what_a_page_says_of_another_model_is_refused_before_it_is_sent(
    sandbox: Sandbox, said: dict[str, Any], reason: str
) -> None:
    with sandbox.client(environ={}) as client, pytest.raises(limner.UnsupportedError, match=reason):
        client.generate("a cat", **said)
    assert sandbox.requests == ()


# The sandbox as users start it

MODELS = {
    "openai/gpt-image-2": "16x16", "fastapi.ai/dall-e-2": "256x256", "rockapi/dall-e-2": "1024x1024",
    "r9s/gpt-image-1.5": "1024x1024", "roboflow/dall-e-3": "1024x1024",
}  # fmt: skip


@pytest.mark.parametrize(("model", "size"), MODELS.items())
def test_every_provider_paints_in_the_sandbox(command: Command, tmp_path: Path, model: str, size: str) -> None:
    done = command("generate", "a cat", "-m", model, "--size", size, "--sandbox", "-o", "cat.png")
    assert (done.returncode, done.stdout) == (0, "cat.png\n"), done.stderr
    info = sniff((tmp_path / "cat.png").read_bytes())
    assert info is not None
    assert f"{info.width}x{info.height}" == size
