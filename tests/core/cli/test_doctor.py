"""``limner doctor``: what it tells."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from limner.cli import examining
from limner.provider import Bearer, Signed

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from conftest import Clinic

CANARY = "sk-canary-0123456789"


def _row(result: Result, name: str) -> str:
    return next(line for line in result.stdout.splitlines() if line.startswith(name))


# One that is fine


def test_a_plugin_is_told_with_all_that_is_known_of_it(clinic: Clinic) -> None:
    clinic.install("acme")
    one = clinic.one()
    assert 0 < one.pop("import_ms") < 5_000
    assert one == {
        "name": "acme", "group": "limner", "distribution": "limner-acme", "version": "1.2", "status": "ok",
        "reason": "", "cure": "", "origin": str(clinic.site), "remarks": [],
        "provider": {
            "contract": "1.0", "models": 2, "operations": {"generate": 1, "edit": 2},
            "key": {"needed": True, "variables": ["ACME_API_KEY"], "source": None},
            "base_url": {"url": "https://acme.example", "set_by": None},
            "checked": "2026-11-20", "age_days": 9,
        },
    }  # fmt: skip


def test_a_missing_key_is_not_wrong(clinic: Clinic) -> None:
    clinic.install("acme")
    result = clinic.examine()
    assert (result.exit_code, result.stderr) == (0, "limner: all is well.\n")
    assert _row(result, "acme").split()[:7] == ["acme", "ok", "limner-acme", "1.2", "1.0", "2", "3"]
    assert "\n    key: none; set ACME_API_KEY\n    declarations: checked 2026-11-20, 9 days ago\n" in result.stdout


def test_a_plugin_that_names_no_contract_is_for_any(clinic: Clinic) -> None:
    clinic.install("acme", clinic.works.replace("api_version = (1, 0)", "api_version = None"))
    assert clinic.one()["provider"]["contract"] is None
    assert _row(clinic.examine(), "acme").split()[4] == "any"


def test_a_key_is_told_by_its_source_and_never_shown(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.environ["ACME_API_KEY"] = CANARY
    assert clinic.one()["provider"]["key"]["source"] == "environment variable ACME_API_KEY"
    result = clinic.examine()
    assert "\n    key: environment variable ACME_API_KEY\n" in result.stdout
    assert CANARY not in result.output


def test_what_a_broken_plugin_says_is_told_without_what_a_variable_of_that_name_holds(clinic: Clinic) -> None:
    clinic.install("acme", f"raise OSError('no entry with {CANARY}')")
    clinic.environ["ACME_API_KEY"] = CANARY
    assert clinic.one()["reason"] == "OSError: no entry with ***"
    assert CANARY not in clinic.examine().output


def test_nor_with_a_key_that_was_found_elsewhere(clinic: Clinic) -> None:
    clinic.install("acme", clinic.works.replace("yield from ()", f"raise OSError('{CANARY}'); yield"))
    clinic.given["keys"] = {"acme": CANARY}
    assert clinic.one()["reason"] == "it broke while it made a request: OSError: ***"
    assert CANARY not in clinic.examine().output


def test_an_overridden_base_url_is_told_with_who_set_it_and_without_credentials(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.environ["ACME_BASE_URL"] = f"https://me:{CANARY}@relay.example/v1?key={CANARY}"
    result = clinic.examine()
    told = " ".join(result.stdout.split())
    assert "base URL: https://relay.example/v1?..., set by environment variable ACME_BASE_URL" in told
    assert CANARY not in result.output


def test_what_is_here_stands_above(clinic: Clinic) -> None:
    told = clinic.examine().stdout
    assert told.startswith("  limner         0.")
    assert ", contract 1.0, on Python 3." in told
    assert "\n  needs          attrs " in told
    assert "\n  configuration  off\n  keys file      off\n  plugins        off\n" in told


def test_which_plugins_may_be_imported_is_told(clinic: Clinic) -> None:
    clinic.install("acme")
    assert "\n  plugins        only of limner-acme\n" in clinic.examine().stdout
    assert clinic.data()["surroundings"]["plugins"] == ["limner-acme"]
    clinic.environ["LIMNER_PLUGINS"] = ""
    assert "\n  plugins        all may be imported\n" in clinic.examine().stdout


def test_no_plugin_at_all_is_said(clinic: Clinic) -> None:
    clinic.given["providers"] = []
    result = clinic.examine()
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "No plugin is installed.")
    told = "limner: nothing is wrong, but no provider is installed: pip install limner-NAME brings one.\n"
    assert result.stderr == told


def test_where_all_are_blocked_not_all_is_well(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.environ["LIMNER_PLUGINS"] = "off"
    result = clinic.examine()
    told = "limner: nothing is wrong, but no provider that is installed can be used: limner providers says why.\n"
    assert (result.exit_code, result.stderr) == (0, told)


def test_a_plugin_that_only_observes_has_no_provider(clinic: Clinic) -> None:
    clinic.install("trace", "import limner\n@limner.hookimpl\ndef limner_observe(event): ...", group="limner.hooks")
    one = clinic.one()
    assert (one["group"], one["status"], one["provider"], one["remarks"]) == ("limner.hooks", "ok", None, [])


def test_one_that_only_observes_under_a_providers_name_is_not_taken_for_it(clinic: Clinic) -> None:
    clinic.install("acme")
    hook = "import limner\n@limner.hookimpl\ndef limner_observe(event): ..."
    clinic.install("acme", hook, distribution="limner-trace", group="limner.hooks")
    assert [one["provider"] is None for one in clinic.data()["plugins"]] == [False, True]


def test_who_needs_no_key_is_told_so(clinic: Clinic, painter: Any) -> None:
    clinic.given["providers"] = [painter]
    result = clinic.examine()
    assert "\n    key: not needed\n" in result.stdout
    assert _row(result, "painter").split()[2] == "-"


@pytest.mark.parametrize(
    ("auth", "variables", "told"),
    [(Bearer(), [], "none"), (Signed(("A_ID", "A_KEY"), lambda *_: {}), ["A_ID", "A_KEY"], "none; set A_ID and A_KEY")],
)
def test_the_variables_of_its_keys_are_named(
    clinic: Clinic, painter: Any, auth: Any, variables: list[str], told: str
) -> None:
    painter.auth = auth
    clinic.given["providers"] = [painter]
    assert clinic.one()["provider"]["key"]["variables"] == variables
    assert f"\n    key: {told}\n" in clinic.examine().stdout


def test_files_that_are_there_are_named(clinic: Clinic, tmp_path: Path) -> None:
    del clinic.environ["LIMNER_CONFIG"], clinic.environ["LIMNER_KEYS"]
    assert "\n  configuration  none\n  keys file      none\n" in clinic.examine().stdout
    for name in ("limner.toml", "keys-of-the-user.toml"):
        (tmp_path / name).touch(mode=0o600)
    around = clinic.data()["surroundings"]
    assert around["configuration"] == str(tmp_path / "limner.toml")
    assert around["keys_file"] == str(tmp_path / "keys-of-the-user.toml")


# Remarks


def test_old_declarations_are_remarked_on(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic.install("acme")
    monkeypatch.setattr(examining, "today", lambda: dt.date(2026, 11, 20) + dt.timedelta(days=180))
    assert clinic.one()["remarks"] == []
    monkeypatch.setattr(examining, "today", lambda: dt.date(2026, 11, 20) + dt.timedelta(days=181))
    result = clinic.examine()
    assert result.exit_code == 0
    assert "\n    warning: its declarations were checked 181 days ago" in result.stdout


def test_a_distribution_of_another_name_is_remarked_on(clinic: Clinic) -> None:
    clinic.install("acme", distribution="limner-rival")
    assert clinic.one()["remarks"] == [
        "limner-rival is not called after the name acme: be sure that it is the one you mean"
    ]


def test_two_that_read_the_same_variable_are_remarked_on(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.install("zebra")
    assert [one["remarks"] for one in clinic.data()["plugins"]] == [
        ["ACME_API_KEY is read for zebra too: the same key goes to both"],
        ["ACME_API_KEY is read for acme too: the same key goes to both"],
    ]


def test_a_noisy_import_is_remarked_on_and_its_words_are_no_result(clinic: Clinic) -> None:
    clinic.install("acme", f"print('hello')\n{clinic.works}")
    result = clinic.run("doctor", "--json")
    assert json.loads(result.stdout)["wrong"] == []
    assert result.stderr == "hello\n"
    del sys.modules["limner_acme_clinic"]
    assert clinic.one()["remarks"] == ["it writes 6 characters to standard output"]


def test_a_slow_import_is_remarked_on(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "SLOW", 0.0)
    clinic.install("acme")
    [remark] = clinic.one()["remarks"]
    assert remark.startswith("its import takes 0.")


def test_what_a_plugin_says_while_it_is_looked_at_is_no_result(clinic: Clinic) -> None:
    clinic.install("acme", clinic.works.replace("yield from ()", "print('exchanging'); yield from ()"))
    result = clinic.run("doctor", "--json")
    assert json.loads(result.stdout)["wrong"] == []
    assert "exchanging" in result.stderr


def test_who_may_not_be_imported_is_told_with_the_way_to_let_them_and_nothing_is_wrong(clinic: Clinic) -> None:
    clinic.install("acme", "raise AssertionError('imported')")
    clinic.environ["LIMNER_PLUGINS"] = "limner-other"
    result = clinic.examine()
    assert result.exit_code == 0
    assert _row(result, "acme").split()[1] == "blocked"
    assert "\n    limner-acme is not among the allowed distributions\n" in result.stdout
    assert "\n    export LIMNER_PLUGINS=limner-other,limner-acme\n" in result.stdout


def test_ages_are_counted_up_to_this_day() -> None:
    """As the clock has it; the other tests set a day."""
    assert abs((dt.datetime.now(dt.UTC).date() - examining.today()).days) <= 1
