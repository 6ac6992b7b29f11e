"""What mends a plugin, by how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from attrs import evolve

from limner.cli.cures import CURES, FINE, Surroundings, cure
from limner.registry import Entry, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

ACME = Entry("acme", "limner", "limner-acme", "1.0", "limner_acme", origin="/opt/site packages")


def around(allowed: Sequence[str] | None = None) -> Surroundings:
    return Surroundings(allowed, "/home/me/my limner.toml")


EDIT = "${EDITOR:-vi} '/home/me/my limner.toml'"
EXPECTED: dict[Status, str] = {
    "found": "",
    "ok": "",
    "blocked": "",
    "conflict": "pip uninstall limner-acme",
    "import-error": "pip install -U limner-acme",
    "not-a-plugin": "pip install -U limner-acme",
    "unknown-hook": "pip install -U limner limner-acme",
    "bad-signature": "pip install -U limner limner-acme",
    "api-version": "pip install -U limner limner-acme",
    "factory-error": "pip install -U limner-acme",
    "bad-capabilities": "pip install -U limner-acme",
    "bad-config": EDIT,
    "bad-exchange": "pip install -U limner-acme",
}


@pytest.mark.parametrize("status", get_args(Status))
def test_every_way_to_be_broken_has_a_cure(status: Status) -> None:
    assert cure(evolve(ACME, status=status), around()) == EXPECTED[status]
    assert bool(EXPECTED[status]) == (status not in FINE)


def test_no_cure_is_for_a_way_to_stand_that_there_is_not() -> None:
    assert CURES.keys() <= set(get_args(Status))


@pytest.mark.parametrize(
    ("allowed", "mend"),
    [
        ([], "export LIMNER_PLUGINS=limner-acme"),
        (["limner-a", "limner-b"], "export LIMNER_PLUGINS=limner-a,limner-b,limner-acme"),
        (["Limner_Acme"], ""),
        (None, ""),
    ],
)
def test_who_is_not_on_the_list_can_be_put_there(allowed: Sequence[str] | None, mend: str) -> None:
    assert cure(evolve(ACME, status="blocked"), around(allowed)) == mend


@pytest.mark.parametrize(
    ("value", "mend"),
    [
        ("limner_acme:plugin [local, fast]", "pip install -U 'limner-acme[local,fast]'"),
        ("limner_acme:plugin", "pip install -U limner-acme"),
        ("limner_acme[; rm -rf /]", "pip install -U limner-acme"),
    ],
)
def test_extras_that_a_plugin_needs_are_installed_with_it(value: str, mend: str) -> None:
    assert cure(evolve(ACME, value=value, status="import-error"), around()) == mend


@pytest.mark.parametrize("name", ["", "x;rm", "--target=/usr", "-r", "$(rm)", "a b", "acme\n", "\u0430cme"])
@pytest.mark.parametrize("status", ["conflict", "import-error", "api-version"])
def test_what_is_no_name_is_not_handed_to_pip_and_is_found_by_its_folder(name: str, status: Status) -> None:
    assert cure(evolve(ACME, distribution=name, status=status), around()) == "pip list --path '/opt/site packages'"


def test_what_a_stranger_named_is_quoted() -> None:
    evil = evolve(ACME, distribution="x;rm", status="blocked")
    assert cure(evil, around([])) == "export LIMNER_PLUGINS='x;rm'"


def test_a_provider_of_the_configuration_is_mended_there() -> None:
    own = evolve(ACME, distribution="", origin="", status="bad-capabilities")
    assert cure(own, around()) == EDIT
