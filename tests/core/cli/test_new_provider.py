"""``limner new-provider``: a package that is complete and true, or a sentence and nothing on disk."""

from __future__ import annotations

import ast
import base64
import json
import pickle
import sys
import tomllib
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.cli import scaffolding
from limner.cli.commands.new_provider import KINDS
from limner.media import sniff
from limner.provider import HttpResponse
from limner.registry import Entry
from limner.registry.shape import conforming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from click.testing import Result

    Run = Callable[..., Result]

URL = "https://api.acme.example/v1"
FOLDER = Path("limner-acme")
COMPATIBLE = ("--openai-compatible", "--base-url", URL)
ARGUMENTS = {"openai-compatible": COMPATIBLE, "custom": ("--custom",)}


@pytest.fixture(params=ARGUMENTS)
def package(run: Run, request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new package of each kind, importable."""
    result = run("new-provider", "acme", *ARGUMENTS[request.param])
    assert (result.exit_code, result.stderr) == (0, "")
    monkeypatch.syspath_prepend(str(FOLDER / "src"))
    yield FOLDER
    for name in [name for name in sys.modules if name.partition(".")[0] == "limner_acme"]:
        del sys.modules[name]


@pytest.fixture
def provider(package: Path) -> Any:  # noqa: ARG001 - to be importable
    return import_module("limner_acme").limner_provider()


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS) == set(ARGUMENTS)


# What is written


def test_the_files_are_those_of_a_plugin(package: Path) -> None:
    files = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert files - {path for path in files if "__pycache__" in path} == {
        ".github/workflows/ci.yml", ".gitignore", "LICENSE", "README.md", "pyproject.toml",
        "src/limner_acme/__init__.py", "src/limner_acme/capabilities.py", "src/limner_acme/provider.py",
        "src/limner_acme/py.typed",
        "tests/cassettes/first-picture.json", "tests/test_acme.py",
    }  # fmt: skip


def test_no_placeholder_is_left(package: Path) -> None:
    texts = {
        path.name: path.read_text(encoding="utf-8")
        for path in package.rglob("*")
        if path.suffix != ".pyc" and path.is_file()
    }
    assert {name: text.count("$") for name, text in texts.items() if "$" in text} == {"ci.yml": 1}
    assert "${{ matrix.python }}" in texts["ci.yml"]


def test_the_entry_point_names_the_provider_and_the_tests_ask_for_the_suite(package: Path) -> None:
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["limner"] == {"acme": "limner_acme"}
    assert project["optional-dependencies"]["test"] == ["limner[testing]"]
    major, minor, _ = metadata.version("limner").split(".")
    assert project["dependencies"][0].startswith(f"limner>={major}.{minor},<")


def test_it_is_a_provider_of_this_contract(provider: Any) -> None:
    assert conforming(provider, limner.provider.API_VERSION) is provider
    assert (provider.name, provider.base_url, provider.key_variable) == ("acme", URL, "ACME_API_KEY")
    assert pickle.loads(pickle.dumps(provider)).name == "acme"  # noqa: S301 - our own


def test_listing_it_loads_nothing_of_it(package: Path) -> None:  # noqa: ARG001 - to be importable
    import_module("limner_acme")
    assert "limner_acme.provider" not in sys.modules


def test_the_first_cassette_is_what_the_provider_asks_and_holds_a_real_picture(package: Path, provider: Any) -> None:
    cassette = json.loads((package / "tests/cassettes/first-picture.json").read_text(encoding="utf-8"))
    assert cassette["origin"] == "documentation"
    (one,) = cassette["interactions"]
    with limner.Client(providers=[provider]) as client:
        seed = {"seed": 7} if "seed" in one["request"]["json"] else {}
        plan = client.plan(limner.GenerateRequest("a lighthouse at dawn", model="acme/acme-1", **seed))
    (planned,) = plan.preview()
    assert (planned["url"], planned["body"]) == (one["request"]["url"], one["request"]["json"])
    reply = one["response"]["json"]
    picture = sniff(base64.b64decode(reply["picture"] if "picture" in reply else reply["data"][0]["b64_json"]))
    assert picture is not None
    assert (picture.media_type, picture.width, picture.height) == ("image/png", 16, 16)


def test_the_readmes_table_is_what_the_command_prints(package: Path, provider: Any, run: Run, painter: Any) -> None:
    painter.name, painter.declared = "acme", provider.capabilities()
    printed = run("capabilities", "acme/acme-1", "--markdown").stdout
    assert printed.startswith("### generate\n\n| parameter | takes | default | notes |\n| --- | --- | --- | --- |\n")
    assert printed in (package / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reply", [None, [], {}, {"picture": None}, {"picture": "not base64"}])
def test_a_reply_without_a_picture_is_a_schema_error(run: Run, monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    run("new-provider", "bare", "--custom")
    monkeypatch.syspath_prepend("limner-bare/src")
    provider = import_module("limner_bare").limner_provider()
    with pytest.raises(limner.SchemaError, match="holds no picture"):
        provider.normalize(HttpResponse(200, {}, reply), None)


def test_what_was_written_is_said_with_three_commands_that_come_next(run: Run) -> None:
    said = run("new-provider", "acme", *COMPATIBLE).stdout
    assert said.startswith(
        f"limner-acme: 11 files, which make the provider acme of {URL}\n  .github/workflows/ci.yml\n"
    )
    assert '\n  cd limner-acme\n  python -m pip install -e ".[test]"\n  python -m pytest\n' in said
    assert said.endswith("\nThen write down what the API's page says: src/limner_acme/capabilities.py\n")


def test_a_folder_with_a_blank_in_its_name_can_be_pasted(run: Run) -> None:
    assert '\n  cd "my plugin"\n' in run("new-provider", "acme", "--custom", "--into", "my plugin").stdout
    assert Path("my plugin/pyproject.toml").is_file()


def test_an_empty_folder_will_do(run: Run) -> None:
    FOLDER.mkdir()
    assert run("new-provider", "acme", "--custom", "--into", "limner-acme").exit_code == 0


def test_the_current_folder_will_do(run: Run) -> None:
    assert run("new-provider", "acme", "--custom", "--into", ".").exit_code == 0
    assert Path("src/limner_acme/py.typed").is_file()


def test_a_server_on_this_machine_needs_no_https(run: Run) -> None:
    url = "http://127.0.0.1:8000/v1"
    assert run("new-provider", "acme", "--openai-compatible", "--base-url", f"{url}/").exit_code == 0
    assert f'base_url="{url}",' in Path("limner-acme/src/limner_acme/provider.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "package", "cls", "variable"),
    [
        ("acme", "limner_acme", "Acme", "ACME_API_KEY"),
        ("acme.ai", "limner_acme_ai", "AcmeAi", "ACME_AI_API_KEY"),
        ("a--b_c", "limner_a_b_c", "ABC", "A_B_C_API_KEY"),
        ("302ai", "limner_302ai", "Api302ai", "LIMNER_302AI_API_KEY"),
        ("call", "limner_call", "ApiCall", "CALL_API_KEY"),
        ("none", "limner_none", "ApiNone", "NONE_API_KEY"),
        ("bearer", "limner_bearer", "ApiBearer", "BEARER_API_KEY"),
    ],
)
def test_names_are_made_of_the_providers(name: str, package: str, cls: str, variable: str) -> None:
    names = scaffolding.Names(name)
    assert (names.package, names.cls, names.key_variable) == (package, cls, variable)


@pytest.mark.parametrize("name", ["acme.ai", "302ai", "http-request", "none", "x"])
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_it_is_called_it_is_python(name: str, kind: str) -> None:
    for path, text in scaffolding.rendered(scaffolding.Names(name), kind, URL):
        if path.endswith(".py"):
            compile(text, path, "exec")


def test_no_class_hides_what_its_module_imports(package: Path) -> None:
    tree = ast.parse((package / "src/limner_acme/provider.py").read_text(encoding="utf-8"))
    imported = {one.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names}
    assert {name for name in imported if name == scaffolding.Names(name.lower()).cls} == set()
    camels = {name for name in imported if not name.isupper() and not name[0].islower()}
    assert camels - {"OpenAIImages"} <= scaffolding.TAKEN


@pytest.mark.parametrize(
    ("version", "wanted"), [("0.1.0", ">=0.1,<0.2"), ("0.12.3", ">=0.12,<0.13"), ("1.4.0.dev1", ">=1.4,<2")]
)
def test_the_core_is_wanted_in_the_versions_that_keep_the_contract(version: str, wanted: str) -> None:
    assert scaffolding._compatible(version) == wanted


# What is refused, before anything is written


def refused(run: Run, *args: str) -> str:
    before = sorted(Path().rglob("*"))
    result = run("new-provider", *args)
    assert result.exit_code == 2
    assert sorted(Path().rglob("*")) == before
    return result.stderr


@pytest.mark.parametrize("name", ["Acme", "../acme", "acme-", ".acme", "a b", "a\nb", "\N{CYRILLIC SMALL LETTER A}cme"])
def test_a_name_that_no_provider_can_have(run: Run, name: str) -> None:
    assert "is not a provider's name: up to 64 of a-z, 0-9" in refused(run, name, *COMPATIBLE)


def test_a_name_that_is_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry("Ac.me", "limner", "limner-ac-me", "1.0", "limner_ac_me")
    monkeypatch.setattr(scaffolding.registry, "installed", lambda: iter([entry]))
    assert "There is a provider Ac.me already, installed by limner-ac-me." in refused(run, "ac-me", "--custom")


def test_a_name_whose_package_is_something_else(run: Run) -> None:
    assert "There is a package limner-sandbox already" in refused(run, "sandbox", "--custom")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://api.acme.example/v1", "must begin with https: whoever is on the way to api.acme.example"),
        ("ftp://api.acme.example", "must be an https address"),
        ("api.acme.example/v1", "must be an https address"),
        ("https://", "must be an https address"),
        ("https://api.acme.example:port", "must be an https address"),
        ("https://api.acme.example/$v1", "must be an https address"),
        ('https://api.acme.example/"+x+"', "must be an https address"),
        ("https://user:word@api.acme.example", "no user, query or fragment"),
        ("https://user:sesame@api.acme.example:port", "must be an https address"),
        ("https://api.acme.example?key=sesame", "no user, query or fragment"),
        ("https://api.acme.example/v1/images/generations", "the API's paths start: leave out /images/generations."),
    ],
)
def test_an_address_where_no_key_should_go(run: Run, url: str, said: str) -> None:
    stderr = refused(run, "acme", "--openai-compatible", "--base-url", url)
    assert said in stderr
    assert "sesame" not in stderr


def test_an_address_that_is_missing(run: Run) -> None:
    assert "--openai-compatible needs --base-url" in refused(run, "acme", "--openai-compatible")


@pytest.mark.parametrize("kinds", [(), ("--custom", "--openai-compatible")])
def test_a_kind_that_is_not_said_or_said_twice(run: Run, kinds: tuple[str, ...]) -> None:
    assert "Say of which kind it is: --custom or --openai-compatible." in refused(run, "acme", *kinds)


def test_a_folder_with_something_in_it(run: Run) -> None:
    FOLDER.mkdir()
    (FOLDER / "thesis.txt").touch()
    assert "limner-acme exists and is not empty: --into names another folder." in refused(run, "acme", "--custom")


def test_a_folder_that_is_a_file(run: Run) -> None:
    FOLDER.touch()
    assert "limner-acme is no folder to write to" in refused(run, "acme", "--custom")


def test_a_folder_that_cannot_be_made(run: Run) -> None:
    Path("dangling").symlink_to("nowhere")
    assert "dangling" in refused(run, "acme", "--custom", "--into", "dangling")
