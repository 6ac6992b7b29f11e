"""limner as it is installed."""

from __future__ import annotations

import platform
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from limner.cli import installation
from limner.cli.cures import Trouble
from limner.cli.installation import Need, needs, versions
from limner.provider import API_VERSION

PROJECT = Path(__file__).parents[3] / "core" / "pyproject.toml"


def test_what_it_needs_is_what_its_project_says() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = {("", installation._NAME.findall(one)[0][0]) for one in project["dependencies"]}
    for extra, several in project["optional-dependencies"].items():
        wanted |= {(extra, installation._NAME.findall(one)[0][0]) for one in several}
    assert {(need.extra, need.name) for need in needs()} == wanted


def test_each_is_told_with_the_version_that_is_here() -> None:
    attrs = next(need for need in needs() if need.name == "attrs")
    assert attrs == Need("attrs", ">=25.4", metadata.version("attrs"), "")
    assert attrs.trouble() is None


@pytest.mark.parametrize(
    ("told", "need"),
    [
        ("httpx<1,>=0.28", Need("httpx", "<1,>=0.28", None, "")),
        ("httpx (>=0.28)", Need("httpx", ">=0.28", None, "")),
        ("httpx", Need("httpx", "", None, "")),
        ("httpx[http2] >=0.28 ; python_version < '4'", Need("httpx", ">=0.28", None, "")),
        ('a.b-c_d>=1; extra == "fast"', Need("a.b-c_d", ">=1", None, "fast")),
        ("limner-sandbox; (os_name == 'posix') and extra == 'sandbox'", Need("limner-sandbox", "", None, "sandbox")),
    ],
)
def test_a_requirement_is_read(told: str, need: Need, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _: [told])
    monkeypatch.setattr(metadata, "version", missing)
    assert needs() == [need]


def missing(name: str) -> str:
    raise metadata.PackageNotFoundError(name)


def test_without_metadata_there_is_nothing_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", missing)
    monkeypatch.setattr(metadata, "version", missing)
    assert needs() == []
    assert versions()["version"] is None


def test_a_distribution_that_needs_nothing_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _: None)
    assert needs() == []


def test_versions_are_limners_the_contracts_and_pythons() -> None:
    contract = ".".join(map(str, API_VERSION))
    assert versions() == {
        "version": metadata.version("limner"), "contract": contract, "python": platform.python_version(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        (">=0.28,<1", "0.28.1", True),
        (">=0.28,<1", "0.28", True),
        (">=0.28.0,<1", "0.28", True),
        (">=0.28,<1", "0.27.9", False),
        (">=0.28,<1", "1.0.0", False),
        (">=0.9", "0.10", True),
        (">=2", "2.0", True),
        (">=2", "10.1rc1+local.3", True),
        ("", "0.1", True),
        (">=1", None, False),
        ("", None, False),
    ],
)
def test_a_version_out_of_bounds_or_none_at_all_is_a_trouble(wanted: str, version: str | None, fits: bool) -> None:  # noqa: FBT001 - a table
    trouble = Need("acme", wanted, version, "").trouble()
    assert (trouble is None) == fits


def test_a_trouble_says_what_is_wanted_what_is_there_and_what_to_do() -> None:
    assert Need("acme", "<2,>=1", "0.9", "").trouble() == Trouble(
        "acme", "limner needs acme<2,>=1, and 0.9 is installed", "pip install -U 'acme<2,>=1'"
    )
    missing = Need("acme", "", None, "").trouble()
    assert missing is not None
    assert missing.problem == "limner needs acme, and none is installed"


@pytest.mark.parametrize("version", [None, "0.1"])
def test_what_an_extra_brings_may_be_missing(version: str | None) -> None:
    assert Need("acme", ">=1", version, "fast").trouble() is None
