"""Where a configuration is found, and what is said of a file that cannot be read."""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import TYPE_CHECKING

import pytest

from limner import config
from limner.config import loading
from limner.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

ACME = '[providers.acme]\nbase_url = "https://api.acme.example/v1"\nkey_variable = "ACME_API_KEY"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "limner.toml"
    path.write_text(ACME, encoding="utf-8")
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's own folder for configuration, wherever this platform has it."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda name, appauthor: tmp_path / f"{name}-{appauthor}")
    folder = tmp_path / "limner-False"
    folder.mkdir()
    return folder


def complaint(path: object) -> str:
    with pytest.raises(ConfigError) as raised:
        config.load(path)  # type: ignore[arg-type] - also what is none
    assert raised.value.param == "config"
    return raised.value.message


# A file that was asked for


def test_a_path_may_be_text(file: Path) -> None:
    assert [one.name for one in config.load(str(file)).own] == ["acme"]


def test_its_source_is_the_file_and_its_date(file: Path) -> None:
    noon = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp()
    os.utime(file, (noon, noon))
    (acme,) = config.load(file).own
    source = acme.capabilities().source
    assert (source.page, source.checked) == (str(file), dt.date(2026, 11, 20))


def test_a_tilde_is_the_users_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(file.parent))
    assert config.load("~/limner.toml").own


def test_an_error_names_the_file_and_the_path(file: Path) -> None:
    file.write_text(f"{ACME}dialekt = 5\n", encoding="utf-8")
    assert complaint(file).startswith(f"{file}: providers.acme.dialekt is not a key that is known here;")


def test_an_error_about_the_top_names_the_file(file: Path) -> None:
    file.write_text("limit = 5\n", encoding="utf-8")
    assert complaint(file).startswith(f"{file}: limit is not a key")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert complaint(tmp_path / "x.toml") == f"{tmp_path / 'x.toml'}: there is no such file."
    assert complaint(tmp_path / "x" / "y.toml").endswith("y.toml: there is no such file.")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    assert complaint(tmp_path).startswith(f"{tmp_path}: cannot be read: ")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"[providers", "is not TOML: "),
        (b"a = 1\na = 2\n", "is not TOML: Cannot overwrite a value"),
        (b"a = '\xff'", "is not TOML: 'utf-8' codec can't decode byte 0xff"),
        (b"a = " + b"9" * 5_000, "is not TOML: "),
    ],
)
def test_what_is_not_toml_is_an_error(file: Path, data: bytes, said: str) -> None:
    file.write_bytes(data)
    assert complaint(file).startswith(f"{file}: {said}")


def test_a_file_of_any_depth_is_an_error_at_worst(file: Path) -> None:
    file.write_text(f"a = {'[' * sys.getrecursionlimit()}", encoding="utf-8")
    assert complaint(file).startswith(f"{file}: ")


def test_what_is_neither_a_path_nor_a_mapping_is_an_error() -> None:
    assert complaint(5) == "config= is a path or a mapping, not int."


# The surroundings


def test_the_variable_names_a_file(file: Path) -> None:
    assert config.surrounding({"LIMNER_CONFIG": str(file)}, platform=False).own


def test_the_file_that_the_variable_names_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        config.surrounding({"LIMNER_CONFIG": str(tmp_path / "x.toml")}, platform=True)


def test_the_users_own_file_is_read_if_it_is_there(home: Path) -> None:
    assert config.surrounding({}, platform=True) is config.EMPTY
    (home / "limner.toml").write_text(ACME, encoding="utf-8")
    assert config.surrounding({}, platform=True).own
    assert config.surrounding({"LIMNER_CONFIG": ""}, platform=True).own


def test_the_users_own_file_is_not_read_unasked(home: Path) -> None:
    (home / "limner.toml").write_text("not TOML", encoding="utf-8")
    assert config.surrounding({}, platform=False) is config.EMPTY


def test_the_variable_turns_the_users_own_file_off(home: Path) -> None:
    (home / "limner.toml").write_text("not TOML", encoding="utf-8")
    assert config.surrounding({"LIMNER_CONFIG": "off"}, platform=True) is config.EMPTY


def test_a_users_own_file_that_is_wrong_is_an_error(home: Path) -> None:
    (home / "limner.toml").write_text("not TOML", encoding="utf-8")
    with pytest.raises(ConfigError, match="is not TOML"):
        config.surrounding({}, platform=True)


def test_the_users_own_file_has_limners_name() -> None:
    assert loading.user_file().name == "limner.toml"
    assert "limner" in loading.user_file().parent.parts[-1].lower()
