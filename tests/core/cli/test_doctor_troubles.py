"""``limner doctor``: what it tells of what is wrong."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from limner.cli import doctoring, examining
from limner.cli.installation import Need

if TYPE_CHECKING:
    from click.testing import Result
    from conftest import Clinic

CANARY = "sk-canary-0123456789"


def _row(result: Result, name: str) -> str:
    return next(line for line in result.stdout.splitlines() if line.startswith(name))


def test_a_broken_plugin_is_wrong_and_its_cure_stands_on_a_line_of_its_own(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.install("broken", "import there_is_no_such_module")
    result = clinic.examine()
    assert (result.exit_code, result.stderr) == (1, "limner: 1 thing is wrong.\n")
    assert _row(result, "broken").split()[1] == "import-error"
    assert result.stdout.endswith(
        "\nbroken of limner-broken 1.2: ModuleNotFoundError: No module named\n'there_is_no_such_module'.\n"
        "    pip install -U limner-broken\n"
    )
    assert clinic.data()["wrong"] == [
        {
            "subject": "broken of limner-broken 1.2",
            "problem": "ModuleNotFoundError: No module named 'there_is_no_such_module'",
            "cure": "pip install -U limner-broken",
        }
    ]


def test_one_that_breaks_over_a_call_is_wrong(clinic: Clinic) -> None:
    clinic.install("acme", clinic.works.replace("yield from ()", "raise OSError('no brush'); yield"))
    one = clinic.one()
    assert (one["status"], one["reason"]) == ("bad-exchange", "it broke while it made a request: OSError: no brush")


def test_one_with_values_that_break_hurts_nobody(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.install("odd", clinic.works.replace('Source("A page", "2026-11-20")', "None"))
    found = clinic.data()
    assert [one["status"] for one in found["plugins"]] == ["ok", "bad-exchange"]
    [trouble] = found["wrong"]
    assert trouble["problem"].startswith("it cannot be looked at: AttributeError: 'NoneType'")


def test_one_that_wants_to_exit_while_it_is_looked_at_hurts_nobody(clinic: Clinic) -> None:
    clinic.install("acme")
    asked = "self.asked = getattr(self, 'asked', 0) + 1\n        if self.asked > 1: raise SystemExit(5)\n"
    clinic.install("odd", clinic.works.replace("        models = [", f"        {asked}        models = ["))
    found = clinic.data()
    assert [one["status"] for one in found["plugins"]] == ["ok", "bad-exchange"]
    assert found["wrong"][0]["problem"] == "it cannot be looked at: SystemExit: 5"


def test_ctrl_c_while_one_is_looked_at_is_no_fault_of_its(clinic: Clinic) -> None:
    asked = "self.asked = getattr(self, 'asked', 0) + 1\n        if self.asked > 1: raise KeyboardInterrupt\n"
    clinic.install("odd", clinic.works.replace("        models = [", f"        {asked}        models = ["))
    assert clinic.examine().exit_code == 130


def test_a_dependency_out_of_bounds_is_wrong(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "needs", lambda: [Need("acme", "<2,>=1", "0.9", ""), Need("ace", "", None, "fast")])
    result = clinic.examine()
    assert result.exit_code == 1
    assert "\n  extra fast     ace is not installed\n" in result.stdout
    assert "\nacme: limner needs acme<2,>=1, and 0.9 is installed.\n    pip install -U 'acme<2,>=1'\n" in result.stdout


@pytest.mark.parametrize("text", ["[providers", "[providers.acmee]\n[providers.acmee.settings]\na = 'b'\n", "x = 1"])
def test_a_broken_configuration_is_wrong_and_the_rest_is_looked_at(clinic: Clinic, text: str) -> None:
    clinic.install("acme")
    clinic.config.write_text(text)
    clinic.environ["LIMNER_CONFIG"] = str(clinic.config)
    found = clinic.data()
    [trouble] = found["wrong"]
    assert (trouble["subject"], trouble["cure"]) == ("configuration", f"${{EDITOR:-vi}} {clinic.config}")
    assert str(clinic.config) in trouble["problem"]
    assert [one["status"] for one in found["plugins"]] == ["ok"]
    assert found["surroundings"]["configuration"] == str(clinic.config)


def test_a_configuration_that_was_named_is_the_one_that_is_told_of(clinic: Clinic) -> None:
    clinic.config.write_text("nonsense")
    [trouble] = clinic.data("--config", str(clinic.config))["wrong"]
    assert trouble["cure"].endswith(str(clinic.config))


def test_words_of_the_configuration_that_do_not_fit_a_provider_are_mended_there(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.config.write_text("[providers.acme.models.nosuch.generate]\nsize = ['1x1']\n")
    clinic.environ["LIMNER_CONFIG"] = str(clinic.config)
    one = clinic.one()
    assert (one["status"], one["cure"]) == ("bad-config", f"${{EDITOR:-vi}} {clinic.config}")


def test_a_setting_that_a_provider_does_not_have_is_mended_in_the_configuration(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.config.write_text("[providers.acme]\nsettings = { organization = 'org-1' }\n")
    clinic.environ["LIMNER_CONFIG"] = str(clinic.config)
    [trouble] = clinic.data()["wrong"]
    assert "setting" in trouble["problem"]
    assert trouble["cure"] == f"${{EDITOR:-vi}} {clinic.config}"


def test_a_key_that_cannot_be_one_is_wrong(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.environ["ACME_API_KEY"] = f"{CANARY} {CANARY}"
    found = clinic.data()
    assert found["wrong"] == [
        {
            "subject": "acme of limner-acme 1.2",
            "problem": "The key in environment variable ACME_API_KEY cannot be used: it holds white space",
            "cure": "export ACME_API_KEY=YOUR-KEY",
        }
    ]
    assert CANARY not in json.dumps(found)


@pytest.mark.parametrize(
    ("where", "mend"), [("environment", "unset ACME_BASE_URL"), ("config", "${EDITOR:-vi} %s"), ("code", "")]
)
def test_a_base_url_that_gets_no_key_is_wrong_and_mended_where_it_was_set(
    clinic: Clinic, where: str, mend: str
) -> None:
    clinic.install("acme")
    clinic.environ["ACME_API_KEY"] = CANARY
    address = "http://relay.example"
    if where == "environment":
        clinic.environ["ACME_BASE_URL"] = address
    elif where == "config":
        clinic.config.write_text(f"[providers.acme]\nbase_url = '{address}'\n")
        clinic.environ["LIMNER_CONFIG"] = str(clinic.config)
    else:
        clinic.install("plain", clinic.works.replace("https://acme.example", address))
    found = clinic.data()
    [trouble] = found["wrong"]
    assert "The key from environment variable ACME_API_KEY is not sent to http://relay.example" in trouble["problem"]
    expected = "pip install -U limner-plain" if where == "code" else mend.replace("%s", str(clinic.config))
    assert trouble["cure"] == expected


def test_an_address_of_one_that_needs_no_key_is_looked_at_too(clinic: Clinic, painter: Any) -> None:
    clinic.given = {"providers": [painter], "base_urls": {"painter": "ftp://painter.example"}}
    [trouble] = clinic.data()["wrong"]
    assert "base URL is not an http(s) address" in trouble["problem"]
    assert clinic.one()["provider"]["base_url"]["set_by"] == "code"


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
@pytest.mark.parametrize(
    ("mode", "text", "mend"),
    [
        (0o644, f"acme = '{CANARY}'", "chmod 600 "),
        (0o600, f"acme = [{CANARY}", "${EDITOR:-vi} "),
        (None, "", "export LIMNER_KEYS=off"),
    ],
)
def test_a_file_of_keys_that_cannot_be_used_is_wrong_once(
    clinic: Clinic, mode: int | None, text: str, mend: str
) -> None:
    clinic.install("acme")
    clinic.install("zebra")
    clinic.environ["LIMNER_KEYS"] = str(clinic.keys)
    if mode is not None:
        clinic.keys.write_text(text)
        clinic.keys.chmod(mode)
    found = clinic.data()
    [trouble] = found["wrong"]
    assert trouble["subject"] == "keys file"
    assert trouble["cure"] == (mend if mode is None else f"{mend}{clinic.keys}")
    assert CANARY not in json.dumps(found)


def test_several_things_are_counted(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"subject": "it", "problem": "hurts", "cure": ""}
    found = examining.examined() | {"wrong": [wrong, wrong]}
    monkeypatch.setattr(doctoring, "examined", lambda: found)
    result = clinic.examine()
    assert (result.exit_code, result.stderr) == (1, "limner: 2 things are wrong.\n")
    assert result.stdout.endswith("\n\nit: hurts.\n\nit: hurts.\n")
