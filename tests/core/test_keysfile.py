"""The user's file of keys: when it is read, what may stand in it, and how little it says when it is wrong."""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import limner
from limner.credentials import KeyRing, Secret
from limner.errors import ConfigError
from limner.keysfile import KeysFile

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "sk-canary"
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., KeysFile]:
    """``written(text)``: a file of keys that says so."""

    def write(text: str | bytes, mode: int = 0o600) -> KeysFile:
        path = tmp_path / "keys.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return KeysFile(str(path))

    return write


class TestWhatStandsInIt:
    @pytest.mark.parametrize("provider", ["acme", "ACME"])
    def test_a_key_by_its_provider(self, written: Any, provider: str) -> None:
        assert written(f'acme = "{CANARY}"').get(provider) == Secret(CANARY)

    def test_several_keys_by_their_names(self, written: Any) -> None:
        assert written('[acme]\nid = "i"\nsecret = "s"').get("acme") == {"id": Secret("i"), "secret": Secret("s")}

    @pytest.mark.parametrize("line", ['"acme.ai" = "k"', 'acme-ai = "k"'])
    def test_a_name_with_a_dot_in_quotes_or_with_a_hyphen(self, written: Any, line: str) -> None:
        assert written(line).get("acme.ai") == Secret("k")

    def test_a_name_with_a_dot_and_no_quotes_is_told_how_to_write_it(self, written: Any) -> None:
        """TOML takes it for a table."""
        with pytest.raises(ConfigError, match=r'write the name in quotes, as it has a dot: "acme\.ai" = \.\.\.\.$'):
            written('acme.ai = "k"').get("acme.ai")

    @pytest.mark.parametrize("provider", ["other", "acme.ai", "other.ai"])
    def test_another_provider_has_none(self, written: Any, provider: str) -> None:
        assert written('acme = "k"').get(provider) is None

    def test_a_table_is_no_home_for_others(self, written: Any) -> None:
        assert written('[acme]\nid = "k"').get("acme.ai") is None


WRONG = {
    "not TOML": (f"acme {CANARY}", r"it is not TOML \(at line 1, column 6\)"),
    "not UTF-8": (b'acme = "' + CANARY.encode() + b'\xff"', "it is not TOML"),
    "nested too deep for the parser": ("a = " + "[" * 10_000, "it is not TOML"),
    "a number": (f'acme = 5 # "{CANARY}"', "acme must be a key in quotes, or a table of them, not int"),
    "a list": (f'acme = ["{CANARY}"]', "acme must be a key in quotes, or a table of them, not list"),
    "a table in a table": (f'[acme.id]\nx = "{CANARY}"', r"acme\.id must be a key in quotes.*not dict"),
    "a provider twice": (f'my-acme = "{CANARY}"\nmy_acme = "{CANARY}"', "it names 'my_acme' twice"),
    "a name without quotes": (f'a.b.c = "{CANARY}"', "a provider's name with a dot is written in quotes"),
}


class TestWhatIsWrong:
    @pytest.mark.parametrize(("text", "fault"), WRONG.values(), ids=WRONG)
    def test_it_is_told_with_its_place_and_without_a_value(self, written: Any, text: str | bytes, fault: str) -> None:
        file = written(text)
        with pytest.raises(ConfigError, match=fault) as caught:
            file.get("acme")
        assert str(file.path) in str(caught.value)
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        ours = [line for line in told.format() if "limner/keysfile" in line]
        assert ours
        assert not [line for line in ours if CANARY in line]
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)

    @POSIX
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o601, 0o620, 0o602, 0o644])
    def test_one_that_others_may_use_is_refused_with_the_cure(self, written: Any, mode: int) -> None:
        file = written(f'acme = "{CANARY}"', mode)
        with pytest.raises(ConfigError, match=f"others may read it; make it yours alone: chmod 600 '{file.path}'"):
            file.get("acme")

    @POSIX
    @pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
    def test_one_that_is_the_users_alone_is_read(self, written: Any, mode: int) -> None:
        assert written('acme = "k"', mode).get("acme") == Secret("k")

    def test_elsewhere_modes_say_nothing(self, written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        file = written('acme = "k"', 0o644)
        assert file.path
        monkeypatch.setattr("limner.keysfile.os.name", "nt")
        assert file.get("acme") == Secret("k")

    def test_one_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="it cannot be read: Is a directory"):
            KeysFile(str(tmp_path)).get("acme")

    def test_one_that_was_asked_for_has_to_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"x\.toml cannot be used: there is no such file; LIMNER_KEYS names it"):
            KeysFile(str(tmp_path / "x.toml")).get("acme")

    def test_what_was_wrong_may_be_put_right(self, written: Any) -> None:
        file = written("no", 0o600)
        with pytest.raises(ConfigError):
            file.get("acme")
        file.path.write_text('acme = "k"')
        assert file.get("acme") == Secret("k")


class TestWhereItIs:
    @pytest.fixture
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The user's own folder for configuration."""
        monkeypatch.setattr("platformdirs.user_config_path", lambda name, **_: tmp_path / name)
        assert not (tmp_path / "limner").exists()
        return tmp_path / "limner"

    def test_the_users_own_need_not_be_there(self, home: Path) -> None:
        assert not home.exists()
        assert KeysFile().get("acme") is None

    def test_the_users_own_is_keys_toml(self, home: Path) -> None:
        home.mkdir()
        (home / "keys.toml").write_text('acme = "k"')
        (home / "keys.toml").chmod(0o600)
        assert KeysFile().get("acme") == Secret("k")

    def test_it_is_beside_the_configuration(self) -> None:
        from limner.config.loading import user_file  # noqa: PLC0415 - to be compared, no more

        assert KeysFile().path == user_file().with_name("keys.toml")

    def test_the_home_folder_may_be_abbreviated(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME" if os.name == "posix" else "USERPROFILE", "/home/me")
        assert KeysFile("~/k.toml").path == Path("/home/me/k.toml")

    @pytest.mark.parametrize(
        ("environ", "platform", "file"),
        [
            ({}, True, "KeysFile('keys.toml')"),
            ({"LIMNER_KEYS": ""}, True, "KeysFile('keys.toml')"),
            ({}, False, "None"),
            ({"LIMNER_KEYS": "off"}, True, "None"),
            ({"LIMNER_KEYS": "k.toml"}, True, "KeysFile('k.toml')"),
            ({"LIMNER_KEYS": "k.toml"}, False, "KeysFile('k.toml')"),
        ],
    )
    def test_a_variable_names_another_or_none(self, environ: dict[str, str], platform: bool, file: str) -> None:  # noqa: FBT001 - a table
        assert repr(KeysFile.surrounding(environ, platform=platform)) == file

    def test_it_does_not_pickle(self) -> None:
        with pytest.raises(TypeError, match="a KeysFile is not pickled"):
            pickle.dumps(KeysFile())


def found(ring: KeyRing, name: str | None = None) -> Any:
    key = ring.find("acme", name or "ACME_KEY", name)
    return key and (key.secret.reveal(), key.source, key.strength, key.renewable)


class TestAmongTheSources:
    def test_it_is_as_strong_as_the_environment(self, written: Any) -> None:
        """A configuration that travels with a project must not collect it."""
        file = written('acme = "k"')
        assert found(KeyRing(file=file)) == ("k", str(file.path), "environment", False)

    def test_it_comes_after_the_environment_and_before_hooks(self, written: Any) -> None:
        hooks = [lambda _provider, _name: "h"]
        assert found(KeyRing(environ={"ACME_KEY": "e"}, hooks=hooks, file=written('acme = "k"')))[0] == "e"
        assert found(KeyRing(environ={}, hooks=hooks, file=written('acme = "k"')))[0] == "k"
        assert found(KeyRing(environ={}, hooks=hooks, file=written('other = "k"')))[0] == "h"

    def test_it_is_not_read_where_another_source_has_the_key(self, tmp_path: Path) -> None:
        missing = KeysFile(str(tmp_path / "none"))
        assert found(KeyRing({"acme": "c"}, {}, file=missing))[0] == "c"
        assert found(KeyRing(None, {"ACME_KEY": "e"}, file=missing))[0] == "e"

    def test_several_keys_are_found_by_their_names(self, written: Any) -> None:
        ring = KeyRing(file=written('[acme]\nid = "i"'))
        assert found(ring, "id")[0] == "i"
        assert found(ring, "secret") is None

    def test_one_key_where_several_are_taken_is_an_error(self, written: Any) -> None:
        with pytest.raises(ConfigError, match=r"keys\.toml for 'acme' \(id\): this provider takes several"):
            found(KeyRing(file=written('acme = "k"')), "id")

    def test_an_unusable_key_is_told_by_its_place(self, written: Any) -> None:
        with pytest.raises(ConfigError, match=r"keys\.toml for 'acme' cannot be used: it holds white space"):
            found(KeyRing(file=written('acme = "sk-can ary"')))

    def test_it_is_named_among_the_ways_and_places(self, written: Any) -> None:
        file = written("")
        ring = KeyRing(None, {}, file=file)
        assert ring.sources(None) == ("the environment", str(file.path))
        message = str(ring.missing("acme", "ACME_KEY"))
        assert (
            f"set the environment variable ACME_KEY, pass keys={{'acme': ...}}, or write it to {file.path}." in message
        )
        assert CANARY not in repr(vars(written(f'acme = "{CANARY}"')))


class TestOfAClient:
    @pytest.fixture
    def here(self, written: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The process's environment names this file."""
        path: Path = written(f'plain = "{CANARY}"').path
        monkeypatch.setenv("LIMNER_KEYS", str(path))
        monkeypatch.delenv("PLAIN_API_KEY", raising=False)
        return path

    def test_its_key_source_is_the_file(self, here: Path, plain: Any) -> None:
        assert limner.Client(providers=[plain()]).key_source("plain") == str(here)

    def test_one_that_acts_for_strangers_reads_none(self, here: Path, plain: Any) -> None:
        environ = {"LIMNER_KEYS": str(here)}
        assert limner.Client(providers=[plain()], trust="server").key_source("plain") is None
        assert limner.Client(providers=[plain()], trust="server", environ=environ).key_source("plain") is None

    def test_an_environment_of_ones_own_has_to_name_it(self, here: Path, plain: Any) -> None:
        assert limner.Client(providers=[plain()], environ={}).key_source("plain") is None
        client = limner.Client(providers=[plain()], environ={"LIMNER_KEYS": str(here)})
        assert client.key_source("plain") == str(here)

    def test_making_a_client_reads_nothing(self, here: Path, plain: Any) -> None:
        here.unlink()
        limner.Client(providers=[plain()], keys={"plain": "k"}).key_source("plain")

    def test_making_a_client_does_not_load_platformdirs(self, monkeypatch: pytest.MonkeyPatch, plain: Any) -> None:
        monkeypatch.delenv("LIMNER_KEYS")
        monkeypatch.setitem(sys.modules, "platformdirs", None)  # to import it would be an error
        client = limner.Client(providers=[plain()], keys={"plain": "k"})
        assert client.key_source("plain") == "the keys= argument"

    def test_one_that_cannot_be_used_is_told_where_nothing_was_named(self, here: Path, plain: Any) -> None:
        """Else the answer would be that no provider has a key."""
        here.write_text("acme")
        with pytest.raises(ConfigError, match=r"cannot be used: it is not TOML"):
            limner.Client(providers=[plain()]).plan(limner.GenerateRequest("a cat"))

    def test_its_key_goes_out(self, here: Path, plain: Any, paint: Any, server: Any, png: Any) -> None:
        from base64 import b64encode  # noqa: PLC0415 - this test alone

        server.script(server.reply(json={"data": [{"b64_json": b64encode(png()).decode()}]}))
        provider = type("Here", (plain,), {"base_url": server.url})()
        paint(provider, client={"keys": None, "environ": {"LIMNER_KEYS": str(here)}, "base_urls": {}})
        assert server.asked[0].headers["authorization"] == f"Bearer {CANARY}"

    def test_its_key_does_not_follow_a_base_url_of_the_configuration(self, here: Path, plain: Any) -> None:
        config = {"providers": {"plain": {"base_url": "https://collector.example/v1"}}}
        client = limner.Client(providers=[plain()], config=config, environ={"LIMNER_KEYS": str(here)})
        with pytest.raises(ConfigError, match=r"is not sent to https://collector\.example"):
            client.generate("a cat", model="plain/brush")
