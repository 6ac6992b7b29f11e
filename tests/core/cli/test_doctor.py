"""``limner doctor``."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from limner.cli import clients, doctoring, examining
from limner.cli.installation import Need
from limner.client import Client
from limner.provider import Bearer, Signed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

CANARY = "sk-canary-0123456789"

WORKS = """
import limner
from limner.provider import ProviderBase
from limner.capabilities import ModelCapabilities, OperationCapabilities, ProviderCapabilities, Source, Text

TAKES = OperationCapabilities({"prompt": Text()})

class Acme(ProviderBase):
    name = "NAME"
    base_url = "https://acme.example"
    key_variable = "ACME_API_KEY"
    base_url_variable = "ACME_BASE_URL"

    def capabilities(self):
        models = [
            ModelCapabilities("a", operations={"generate": TAKES, "edit": TAKES}),
            ModelCapabilities("b", operations={"edit": TAKES}),
        ]
        return ProviderCapabilities(models, None, Source("A page", "2026-11-20"))

    def exchange(self, call):
        yield from ()
        return limner.ImageResult(images=())

@limner.hookimpl
def limner_provider():
    return Acme()
"""


class Clinic:
    """Real distributions on the path, an environment of their own, and a doctor for them alone."""

    def __init__(self, run: Run, folder: Path) -> None:
        self.run = run
        self.site = folder / "site"
        self.config = folder / "own.toml"
        self.keys = folder / "keys.toml"
        self.environ = {"LIMNER_CONFIG": "off", "LIMNER_KEYS": "off"}
        self.distributions: list[str] = []
        self.given: dict[str, Any] = {}

    def install(self, name: str, code: str = WORKS, distribution: str = "", group: str = "limner") -> None:
        distribution = distribution or f"limner-{name}"
        module = f"{distribution.replace('-', '_')}_clinic"
        info = self.site / f"{distribution}-1.2.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}\n")
        (self.site / f"{module}.py").write_text(code.replace("NAME", name))
        self.distributions.append(distribution)

    def client(self, **options: Any) -> Client:
        allowed = {"LIMNER_PLUGINS": ",".join(self.distributions) or "off"}
        return Client(**{"environ": {**allowed, **self.environ}, **options, **self.given})

    def examine(self, *args: str) -> Result:
        return self.run(*args, "doctor")

    def data(self, *args: str) -> dict[str, Any]:
        result = self.run(*args, "doctor", "--json")
        found: dict[str, Any] = json.loads(result.stdout)
        assert result.exit_code == (1 if found["wrong"] else 0)
        found["plugins"] = [one for one in found["plugins"] if one["distribution"] in {*self.distributions, ""}]
        return found

    def one(self) -> dict[str, Any]:
        [one] = self.data()["plugins"]
        return one  # type: ignore[no-any-return]


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Any:
    clinic = Clinic(run, tmp_path)
    clinic.site.mkdir()
    monkeypatch.syspath_prepend(clinic.site)
    monkeypatch.setattr(clients, "Client", clinic.client)
    monkeypatch.setattr(examining, "today", lambda: dt.date(2026, 11, 29))
    monkeypatch.setattr(examining, "user_file", lambda: tmp_path / "limner.toml")
    monkeypatch.setattr(examining.KeysFile, "path", tmp_path / "keys-of-the-user.toml")
    yield clinic
    for name in [name for name in sys.modules if name.endswith("_clinic")]:
        del sys.modules[name]


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


def test_a_key_is_told_by_its_source_and_never_shown(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.environ["ACME_API_KEY"] = CANARY
    assert clinic.one()["provider"]["key"]["source"] == "environment variable ACME_API_KEY"
    result = clinic.examine()
    assert "\n    key: environment variable ACME_API_KEY\n" in result.stdout
    assert CANARY not in result.output


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


def test_a_plugin_that_only_observes_has_no_provider(clinic: Clinic) -> None:
    clinic.install("trace", "import limner\n@limner.hookimpl\ndef limner_observe(event): ...", group="limner.hooks")
    one = clinic.one()
    assert (one["group"], one["status"], one["provider"], one["remarks"]) == ("limner.hooks", "ok", None, [])


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
    clinic.install("acme", f"print('hello')\n{WORKS}")
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
    clinic.install("acme", WORKS.replace("yield from ()", "print('exchanging'); yield from ()"))
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


# What is wrong


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
    clinic.install("acme", WORKS.replace("yield from ()", "raise OSError('no brush'); yield"))
    one = clinic.one()
    assert (one["status"], one["reason"]) == ("bad-exchange", "it broke while it made a request: OSError: no brush")


def test_one_with_values_that_break_hurts_nobody(clinic: Clinic) -> None:
    clinic.install("acme")
    clinic.install("odd", WORKS.replace('Source("A page", "2026-11-20")', "None"))
    found = clinic.data()
    assert [one["status"] for one in found["plugins"]] == ["ok", "bad-exchange"]
    [trouble] = found["wrong"]
    assert trouble["problem"].startswith("it cannot be looked at: AttributeError: 'NoneType'")


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
        clinic.install("plain", WORKS.replace("https://acme.example", address))
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


def test_ages_are_counted_up_to_this_day() -> None:
    """As the clock has it; the other tests set a day."""
    assert abs((dt.datetime.now(dt.UTC).date() - examining.today()).days) <= 1


def test_several_things_are_counted(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"subject": "it", "problem": "hurts", "cure": ""}
    found = examining.examined() | {"wrong": [wrong, wrong]}
    monkeypatch.setattr(doctoring, "examined", lambda: found)
    result = clinic.examine()
    assert (result.exit_code, result.stderr) == (1, "limner: 2 things are wrong.\n")
    assert result.stdout.endswith("\n\nit: hurts.\n\nit: hurts.\n")
