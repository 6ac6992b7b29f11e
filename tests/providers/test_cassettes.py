"""The cassettes of all providers, and what makes a cassette worth trusting."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from vcr.request import Request
from vcr.serialize import deserialize, serialize

from limner.media import sniff

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(HERE.glob("*/cassettes/*.json"))
NAMES = [f"{path.parent.parent.name}/{path.stem}" for path in FILES]

cassettes: Any = sys.modules["limner_tests_cassettes"]  # loaded by conftest.py
playing: Any = sys.modules["limner_tests_playing"]


# Every file


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_is_small(path: Path) -> None:
    assert path.stat().st_size <= cassettes.LARGEST


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_says_where_it_comes_from_and_is_written_as_all_are(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert cassettes.Serializer("sandbox").deserialize(text)["interactions"]
    assert text == cassettes.written(json.loads(text))


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_holds_no_key_and_no_trace_of_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"\bsk-|canary|(?i:authorization|bearer)|127\.0\.0\.1|localhost", text) == []


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_has_only_headers_that_mean_something(path: Path) -> None:
    messages = [one[side] for one in json.loads(path.read_bytes())["interactions"] for side in ("request", "response")]
    assert {name for message in messages for name in message["headers"]} <= {*cassettes.KEPT}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_cassette_is_named_by_a_test_beside_it_or_is_a_scene_of_all_providers(path: Path) -> None:
    assert path.stem in constants(path.parent.parent) | playing.RELAYS


@cache
def constants(folder: Path) -> set[Any]:
    """What stands literally in the tests of a folder."""
    trees = [ast.parse(module.read_text(encoding="utf-8")) for module in folder.glob("test_*.py")]
    return {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}


ALIKE = {"roboflow": playing.NAMES, **dict.fromkeys(("fastapiai", "r9s", "rockapi"), playing.RELAYS)}


@pytest.mark.parametrize(("provider", "names"), ALIKE.items(), ids=ALIKE)
def test_every_scene_of_all_providers_is_there(provider: str, names: set[str]) -> None:
    """OpenAI's are its own: no gateway stands before it."""
    assert sorted(name for name in names if f"{provider}/{name}" not in NAMES) == []


# What is written


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def asked(body: bytes | None) -> Request:
    return Request("POST", "https://api.example.com/v1/paint", body, {"Content-Type": "application/json"})


def through_a_file(body: bytes) -> tuple[Any, bytes]:
    """A request's body and a response's, after a cassette was written and read."""
    serializer = cassettes.Serializer("sandbox", "a test")
    request = Request("POST", "https://api.example.com/v1/paint?size=1", body, {"Content-Type": "x/y"})
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["x/y"]},
        "body": {"string": body},
    }
    text = serialize({"requests": [request], "responses": [response]}, serializer)
    (read,), (answer,) = deserialize(text, serializer)
    assert (read.method, read.uri, dict(read.headers)) == (request.method, request.uri, {"content-type": "x/y"})
    return read, answer["body"]["string"]


@given(value=JSON)
def test_json_survives_a_cassette(value: Any) -> None:
    request, answer = through_a_file(json.dumps(value).encode())
    cassettes.same_body(request, asked(json.dumps(value).encode()))
    assert json.loads(answer) == value


@given(body=st.binary())
def test_what_is_no_json_survives_a_cassette_byte_by_byte(body: bytes) -> None:
    body = b"<" + body  # nothing that JSON begins with
    request, answer = through_a_file(body)
    assert (request.body, answer) == (body, body)


def test_json_stands_in_a_cassette_as_json() -> None:
    response = {"status": {"code": 200}, "headers": {}, "body": {"string": b'{"a":[1]}'}}
    request = {"method": "GET", "uri": "https://a.example/", "headers": {}, "body": None}
    text = cassettes.Serializer("live", "x").serialize({"interactions": [{"request": request, "response": response}]})
    assert json.loads(text)["interactions"][0]["response"]["json"] == {"a": [1]}


@pytest.mark.parametrize("label", [{}, {"origin": "live"}, {"source": "x"}, {"origin": "memory", "source": "x"}])
def test_a_cassette_without_an_origin_is_not_played(label: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="states its origin"):
        cassettes.Serializer("sandbox").deserialize(json.dumps({**label, "interactions": []}))


# What is compared


@pytest.mark.parametrize(("one", "other"), [(b'{"a":1,"b":2}', b'{"b": 2, "a": 1}'), (b"text", b"text"), (None, b"")])
def test_requests_are_the_same_if_their_bodies_say_the_same(one: bytes | None, other: bytes) -> None:
    cassettes.same_body(asked(one), asked(other))


@pytest.mark.parametrize(
    "other", [b'{"n":2}', b'{"n":1.0}', b'{"n":true}', b'{"n":"1"}', b'{"n":1,"m":null}', b"", None]
)
def test_requests_are_different_if_a_value_or_its_type_is(other: bytes | None) -> None:
    with pytest.raises(AssertionError):
        cassettes.same_body(asked(b'{"n":1}'), asked(other))


# What is taken out

KEY = "rf_Qx7/zz+9=canary"


def scrubbed(url: str = "https://a.example/", body: bytes = b"", **headers: str) -> Any:
    scrubber = cassettes.Scrubber(keys=(KEY,), moved={"http://127.0.0.1:9/acme": "https://api.acme.example"})
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return scrubber.request(Request("POST", url, body, named))


def test_a_header_that_is_not_listed_is_dropped() -> None:
    assert dict(scrubbed(Authorization=f"Bearer {KEY}", X_Api_Key=KEY, Content_Type="a/b").headers) == {
        "Content-Type": "a/b"
    }


@pytest.mark.parametrize("name", ["api_key", "key", "token", "sig"])
def test_a_key_in_the_query_is_masked_by_its_name(name: str) -> None:
    assert scrubbed(f"https://a.example/x?size=1&{name}=unknown").uri == f"https://a.example/x?size=1&{name}=***"


@pytest.mark.parametrize(
    "spelled", [KEY, b64encode(KEY.encode()).decode(), KEY.replace("/", "%2F"), KEY.replace("/", r"\/")]
)
def test_a_live_key_is_masked_wherever_it_stands(spelled: str) -> None:
    assert spelled not in str(scrubbed(body=f'{{"note": "{spelled}"}}'.encode()).body)


def test_a_key_that_a_server_has_masked_in_part_is_masked_whole() -> None:
    assert scrubbed(body=b"Incorrect API key provided: sk-proj-***9f2A.").body == b"Incorrect API key provided: ***."


def test_the_signature_of_a_url_in_a_body_is_masked() -> None:
    body = scrubbed(body=b'{"url": "https://a.example/i.png?se=2026-01-01&sig=9f%2F2A&sr=b"}').body
    assert body == b'{"url": "https://a.example/i.png?se=2026-01-01&sig=***&sr=b"}'


def test_a_large_image_in_a_data_url_becomes_tiny_too() -> None:
    text = f"data:image/png;base64,{b64encode(LARGE[0]).decode()}"
    response = {"headers": {}, "body": {"string": json.dumps({"url": text}).encode()}}
    head, _, kept = json.loads(cassettes.Scrubber().response(response)["body"]["string"])["url"].partition(",")
    assert (head, sniff(b64decode(kept))) == ("data:image/png;base64", sniff(LARGE[0]))
    assert len(kept) < cassettes.LARGEST_IMAGE


def test_the_address_that_was_recorded_becomes_the_providers() -> None:
    assert scrubbed("http://127.0.0.1:9/acme/v1/x").uri == "https://api.acme.example/v1/x"


def test_a_random_boundary_becomes_always_the_same() -> None:
    form = scrubbed(
        body=b"--limner-1f\r\n\xff\r\n--limner-1f--", Content_Type="multipart/form-data; boundary=limner-1f"
    )
    assert form.body == b"--boundary\r\n\xff\r\n--boundary--"
    assert form.headers["content-type"] == "multipart/form-data; boundary=boundary"


def noise(kind: str, frames: int = 1, mode: str = "RGB") -> bytes:
    pictures = [Image.effect_noise((96, 80), 90).convert(mode) for _ in range(frames)]
    buffer = BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(buffer, kind, **more)
    return buffer.getvalue()


LARGE = [
    noise("PNG"),
    noise("PNG", mode="RGBA"),
    noise("JPEG"),
    noise("WEBP"),
    noise("GIF", 3),
    b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="80">' + b"<g/>" * 2000 + b"</svg>",
]


@pytest.mark.parametrize("data", LARGE, ids=["png", "alpha", "jpeg", "webp", "gif", "svg"])
def test_a_large_image_becomes_a_tiny_one_of_its_kind(data: bytes) -> None:
    assert len(data) > cassettes.LARGEST_IMAGE
    response = {
        "headers": {},
        "body": {"string": json.dumps({"data": [{"b64_json": b64encode(data).decode()}]}).encode()},
    }
    kept = json.loads(cassettes.Scrubber().response(response)["body"]["string"])["data"][0]["b64_json"]
    assert len(kept) < cassettes.LARGEST_IMAGE
    assert sniff(b64decode(kept)) == sniff(data)


def test_an_image_that_is_the_whole_body_becomes_tiny_too() -> None:
    response = {"headers": {"Content-Type": ["image/png"]}, "body": {"string": LARGE[0]}}
    kept = cassettes.Scrubber().response(response)["body"]["string"]
    assert (len(kept) < cassettes.LARGEST_IMAGE, sniff(kept)) == (True, sniff(LARGE[0]))


# What fails

SCENARIOS = """
import pytest
pytestmark = pytest.mark.vcr
USUAL = {"prompt": "a white Siamese cat", "model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}

@pytest.mark.default_cassette("png")
def test_whole(generate):
    assert generate(**USUAL)

@pytest.mark.default_cassette("png")
def test_not_at_all(generate):
    pass

@pytest.mark.default_cassette("rate-limited")
def test_in_part(generate, vcr):
    with pytest.raises(Exception, match="429|rate|Rate"):
        generate(**USUAL, retry="safe", total_timeout=1)

@pytest.mark.default_cassette("png")
def test_another_prompt(generate):
    generate(**{**USUAL, "prompt": "a black cat"})

@pytest.mark.default_cassette("unlabelled")
def test_without_an_origin(generate):
    generate(**USUAL)

@pytest.mark.default_cassette("missing")
def test_without_a_file(generate):
    generate(**USUAL)
"""


def inner(folder: Path, *options: str) -> str:
    """What pytest says of the tests in a folder."""
    config = (f"--config-file={ROOT / 'pyproject.toml'}", f"--rootdir={folder}", "-p", "no:cacheprovider")
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", *config, "-q", "-rA", "--tb=line", *options, str(folder)],
        capture_output=True, check=False, text=True, cwd=folder, timeout=100,
    )  # fmt: skip
    return done.stdout + done.stderr


def copied(folder: Path, provider: str) -> Path:
    """The tests of one provider's cassettes, in another place."""
    for module in HERE.glob("*.py"):
        if not module.name.startswith("test_"):
            shutil.copy(module, folder)
    kept = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(HERE / provider, folder / provider, ignore=kept))


def test_a_cassette_fails_that_is_unlabelled_absent_asked_otherwise_or_partly_played(tmp_path: Path) -> None:
    openai = copied(tmp_path, "openai")
    for module in openai.glob("test_*.py"):
        module.unlink()
    (openai / "test_scenarios.py").write_text(SCENARIOS, encoding="utf-8")
    unlabelled = json.loads((openai / "cassettes/png.json").read_bytes())
    del unlabelled["origin"]
    (openai / "cassettes/unlabelled.json").write_text(json.dumps(unlabelled), encoding="utf-8")
    told = inner(tmp_path)
    found = {line.split(" - ")[0].replace("openai/test_scenarios.py::test_", "") for line in told.splitlines()}
    assert found >= {
        *("PASSED whole[sync]", "PASSED whole[async]"),
        *("ERROR not_at_all[sync]", "ERROR not_at_all[async]"),
        *("ERROR in_part[sync]", "ERROR in_part[async]"),
        *("FAILED another_prompt[sync]", "FAILED another_prompt[async]"),
        *("ERROR without_an_origin[sync]", "ERROR without_an_origin[async]"),
        *("FAILED without_a_file[sync]", "FAILED without_a_file[async]"),
    }, told


PASSING = {
    r'"(x-request-id|x-oneapi-request-id|source)": "(?:[^"\\]|\\.)*"': r'"\1": ""',
    r'"(created|created_at)": \d+': r'"\1": 0',
    r"\(request id: [^()]*\)": "(request id)",
    r"https://images\.example/[^\"]*": "https://images.example/",
}
"""What no two recordings share, and what to put there."""


def essence(text: str) -> Any:
    """A cassette without that; of images, what they are."""
    for passing, instead in PASSING.items():
        text = re.sub(passing, instead, text)
    image = re.compile(r'"(?:b64_json|url)": "(?:data:[^,"]*,)?([^":]+)"')
    return json.loads(image.sub(lambda found: f'"image": "{sniff(b64decode(found[1]))}"', text))


def test_the_sandbox_still_answers_as_it_was_recorded(tmp_path: Path) -> None:
    for provider in {path.parent.parent.name for path in FILES}:
        copied(tmp_path, provider)
    told = inner(tmp_path, "--record-mode=rewrite", "-k", "cassettes and not async")
    assert "failed" not in told, told
    files = dict(zip(NAMES, FILES, strict=True))
    kept = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    anew = {name: (tmp_path / path.relative_to(HERE)).read_text(encoding="utf-8") for name, path in files.items()}
    assert [name for name in kept if essence(anew[name]) != essence(kept[name])] == []
    changed = {json.loads(kept[name])["origin"] for name in kept if anew[name] != kept[name]}
    assert changed == {"sandbox"}
