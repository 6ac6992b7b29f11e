"""``limner conformance``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limner.cli import clients
from limner.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]

CASSETTES = Path(__file__).parent.parent / "testing" / "cassettes"


@pytest.fixture
def reference(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with the suite's reference provider, given in code."""
    monkeypatch.syspath_prepend(str(CASSETTES.parent / "plugins"))
    from limner_tests_reference import PROVIDER  # noqa: PLC0415 - there now

    def client(**options: Any) -> Client:
        return Client(**{"providers": [PROVIDER], "environ": {}, **options})

    monkeypatch.setattr(clients, "Client", client)
    return run


def test_a_good_provider_passes(reference: Run) -> None:
    done = reference("conformance", "reference", "--cassettes", str(CASSETTES))
    assert (done.exit_code, done.stdout) == (0, "reference: 67 checks passed, none failed.\n")


def test_what_fails_is_told_with_its_number_its_reason_and_its_faults(reference: Run) -> None:
    done = reference("conformance", "reference")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "601  Every operation has a recorded success, and so has every stream. What was",
        "     never seen to work is a guess.",
        "     - generate has no recording that comes to images",
        "     - edit has no recording that comes to images",
        "     - vary has no recording that comes to images",
        "",
        "reference: 66 checks passed, 1 failed.",
        "No recording was played: --cassettes FOLDER says where they are.",
    ]


def test_a_folder_without_a_recording_is_told(reference: Run, tmp_path: Path) -> None:
    done = reference("conformance", "reference", "--cassettes", str(tmp_path))
    assert done.stdout.endswith(f"No recording was played: there is none in {tmp_path}.\n")


def test_all_of_it_is_data_too(reference: Run) -> None:
    done = reference("conformance", "reference", "--json")
    found = {one["number"]: one for one in json.loads(done.stdout)}
    assert found[302] == {
        "number": 302, "group": "mapping", "sentence": "What is asked for reaches the wire.", "passed": True,
        "faults": [],
    }  # fmt: skip
    assert found[601]["passed"] is False


def test_who_is_not_there_is_not_examined(reference: Run) -> None:
    done = reference("conformance", "acme")
    assert done.exit_code == 3
    assert "There is no provider" in done.stderr or "not installed" in done.stderr


def test_without_pillow_it_says_what_to_install(reference: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    done = reference("conformance", "reference")
    assert (done.exit_code, "pip install 'limner[testing]'" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import limner\n\nlimner.hookimp", "  See {module}, line 3.\n"),
        ("class Acme:\n    pass\n", "(not-a-plugin).\n"),
    ],
)
def test_an_author_is_told_where_a_plugin_breaks(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, told: str
) -> None:
    module = tmp_path / "limner_fallen.py"
    module.write_text(code)
    info = tmp_path / "limner_fallen-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: limner-fallen\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[limner]\nfallen = limner_fallen\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "limner_fallen", raising=False)
    monkeypatch.setattr(clients, "Client", lambda **options: Client(**{"environ": {}, **options}))
    done = run("conformance", "fallen")
    assert (done.exit_code, done.stderr.endswith(told.format(module=module))) == (3, True), done.stderr
