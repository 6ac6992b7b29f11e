"""``limner providers`` and ``limner models``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from limner.capabilities import Lifecycle, ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source, Text
from limner.cli import clients
from limner.client import Client
from limner.provider import Bearer

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]
    Installed = tuple[Run, dict[str, str]]
    from pathlib import Path

CANARY = "sk-canary-0123456789"

WORKS = """
import limner
from limner.provider import ProviderBase
from limner.capabilities import ProviderCapabilities, Source

class Acme(ProviderBase):
    name = "acme"
    base_url = "https://acme.example"
    key_variable = "ACME_API_KEY"

    def capabilities(self):
        return ProviderCapabilities(models=(), unknown=None, source=Source("A page", "2026-11-20"))

    def exchange(self, call):
        yield

@limner.hookimpl
def limner_provider():
    return Acme()
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Installed:
    """Three real distributions: one that works, one that raises when it is imported, one that only observes."""
    site = tmp_path / "site"
    for name, group, code in (
        ("acme", "limner", WORKS),
        ("broken", "limner", "import there_is_no_such_module"),
        ("trace", "limner.hooks", "import limner\n@limner.hookimpl\ndef limner_observe(event): ..."),
    ):
        info = site / f"limner_{name}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: limner-{name}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = limner_{name}_plugin\n")
        (site / f"limner_{name}_plugin.py").write_text(code)
        monkeypatch.setitem(sys.modules, f"limner_{name}_plugin", None)
        del sys.modules[f"limner_{name}_plugin"]
    monkeypatch.syspath_prepend(site)
    environ = {"LIMNER_PLUGINS": "limner-acme, limner-broken, limner-trace"}
    monkeypatch.setattr(clients, "Client", lambda **options: Client(environ=environ, **options))
    return run, environ


def _row(result: Result, name: str) -> str:
    return next(line for line in result.stdout.splitlines() if line.startswith(name))


def test_each_plugin_is_told_with_its_state_and_its_distribution(
    installed: Installed,
) -> None:
    run, _ = installed
    result = run("providers")
    assert result.exit_code == 0
    assert _row(result, "acme").split()[:4] == ["acme", "ok", "limner-acme", "1.2"]
    assert _row(result, "broken").split()[:2] == ["broken", "import-error"]
    assert "\n    ModuleNotFoundError: No module named 'there_is_no_such_module'" in result.stdout
    assert _row(result, "trace").endswith(" -")


def test_what_may_not_be_imported_is_listed_and_not_imported(
    installed: Installed,
) -> None:
    run, environ = installed
    environ["LIMNER_PLUGINS"] = "limner-acme"
    assert _row(run("providers"), "broken").split()[1] == "blocked"
    assert "limner_broken_plugin" not in sys.modules


def test_without_a_key_the_variable_is_named(installed: Installed) -> None:
    run, _ = installed
    assert _row(run("providers"), "acme").endswith("none; set ACME_API_KEY")


def test_of_a_key_the_source_is_told_and_never_the_key(installed: Installed) -> None:
    run, environ = installed
    environ["ACME_API_KEY"] = CANARY
    for args in ([], ["--json"]):
        result = run("providers", *args)
        assert "environment variable ACME_API_KEY" in result.stdout
        assert CANARY not in result.output


def test_a_key_that_cannot_be_one_says_why(installed: Installed) -> None:
    run, environ = installed
    environ["ACME_API_KEY"] = " "
    result = run("providers")
    assert _row(result, "acme").endswith(" unusable")
    assert "ACME_API_KEY cannot be used" in result.stdout


def test_providers_as_json(installed: Installed) -> None:
    run, _ = installed
    found = {one["name"]: one for one in json.loads(run("providers", "--json").stdout)}
    assert found["acme"] == {
        "name": "acme", "status": "ok", "distribution": "limner-acme", "version": "1.2",
        "key": "none; set ACME_API_KEY", "reason": "",
    }  # fmt: skip
    assert found["broken"]["key"] == "-"


def test_a_provider_that_takes_no_key_needs_none(run: Run) -> None:
    assert _row(run("providers"), "painter").split()[-3:] == ["-", "not", "needed"]


def test_a_provider_that_names_no_variable_has_just_none(run: Run, painter: Any) -> None:
    painter.auth = Bearer()
    assert _row(run("providers"), "painter").endswith("-     none")


def test_nothing_installed_is_said_beside_the_result(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "Client", lambda **options: Client(providers=[], environ={}, **options))
    result = run("providers")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "limner: no provider is installed: pip install limner-NAME brings one.\n"


def test_that_nothing_is_installed_is_said_where_models_are_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "Client", lambda **options: Client(providers=[], environ={}, **options))
    for question in ((), ("--can", "edit")):
        result = run("models", *question)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == "limner: no provider is installed: pip install limner-NAME brings one.\n"


# limner models


def test_models_are_told_with_what_they_do_and_where_they_stand(run: Run) -> None:
    result = run("models", "painter", "--retired")
    assert _row(result, "painter/brush").split() == ["painter/brush", "generate", "available"]
    assert _row(result, "painter/quill").split() == ["painter/quill", "generate", "retired", "2026-05-12"]
    assert "\n    also brush-1\n    the default for generate\n" in result.stdout
    assert "use brush instead" in result.stdout
    assert result.stdout.endswith("painter: according to The painter's page, checked 2026-11-20.\n")


def test_without_a_provider_all_models_are_listed(run: Run) -> None:
    result = run("models")
    assert _row(result, "painter/brush")
    assert _row(result, "poster/brush")


def test_an_operation_that_is_to_come_is_told(run: Run, painter: Any) -> None:
    takes = OperationCapabilities(parameters={"prompt": Text()}, lifecycle=Lifecycle("announced"))
    painter.declared = ProviderCapabilities(
        models=(ModelCapabilities("brush", operations={"edit": takes}),),
        unknown={"edit": takes},
        source=Source("A page", "2026-11-20"),
    )
    result = run("models", "painter")
    assert "\n    edit is announced" in result.stdout
    assert "It takes others too, for edit, with a warning." in " ".join(result.stdout.split())


def test_models_as_json(run: Run) -> None:
    brush, quill = json.loads(run("models", "painter", "--retired", "--json").stdout)
    assert brush == {
        "model": "painter/brush", "aliases": ["brush-1"], "operations": ["generate"],
        "lifecycle": {"status": "available"},
    }  # fmt: skip
    assert quill["lifecycle"] == {"status": "retired", "date": "2026-05-12", "successor": ["brush"]}


def test_a_broken_provider_is_left_out_with_a_warning(installed: Installed) -> None:
    run, _ = installed
    result = run("models")
    assert result.exit_code == 0
    assert "limner: warning: broken is left out, as its plugin is broken: ModuleNotFoundError" in result.stderr


def test_a_broken_provider_that_was_asked_for_is_an_error(
    installed: Installed,
) -> None:
    run, _ = installed
    result = run("models", "broken")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "ModuleNotFoundError" in result.stderr


def test_a_provider_without_models_has_no_table(installed: Installed) -> None:
    run, _ = installed
    assert run("models", "acme").stdout == "\nacme: according to A page, checked 2026-11-20.\n"


def test_an_unknown_provider_is_an_error(run: Run) -> None:
    result = run("models", "paintr")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "painter" in result.stderr


def test_a_model_in_place_of_a_provider_is_told_where_to_ask(run: Run) -> None:
    result = run("models", "painter/brush")
    assert (result.exit_code, result.stderr) == (
        2, "limner: 'painter/brush' is not PROVIDER; 'limner capabilities painter/brush' says what a model takes.\n"
    )  # fmt: skip
