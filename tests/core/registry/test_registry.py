"""What a client gets from its registry."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from limner.capabilities import ProviderCapabilities, Source
from limner.credentials import Key, KeyRing, Secret
from limner.errors import ConfigError, PluginError
from limner.events import CallStarted
from limner.provider import HttpProvider
from limner.registry import Entry, Registry

if TYPE_CHECKING:
    from conftest import Site

EVENT = CallStarted(call_id="c", provider="acme", model=None, operation="generate", index=0)


class Own(HttpProvider):
    """A provider given in code."""

    base_url = "https://own.example"

    def __init__(self, name: str = "own") -> None:
        self.name = name

    def capabilities(self) -> Any:
        return ProviderCapabilities((), None, Source("A page", "2026-11-20"))


def never() -> NoReturn:
    raise AssertionError("scanned")


class TestInstalled:
    def test_a_listing_imports_nothing(self, site: Site) -> None:
        site.plugin("acme")
        registry = Registry(entry_points=site.entries)
        assert registry.names() == ("acme",)
        assert [entry.status for entry in registry.entries()] == ["found"]
        assert site.imported() == set()

    def test_only_the_plugin_that_is_asked_for_is_imported(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("other")
        assert Registry(entry_points=site.entries).get("acme").name == "acme"
        assert site.imported() == {"limner_acme"}

    @pytest.mark.parametrize("name", ["my-relay", "My_Relay", "my.relay"])
    def test_a_provider_is_found_under_every_spelling_of_its_name(self, site: Site, name: str) -> None:
        site.plugin("my-relay")
        assert Registry(entry_points=site.entries).get(name).name == "my-relay"

    def test_a_provider_is_made_once(self, site: Site) -> None:
        site.plugin("acme")
        registry = Registry(entry_points=site.entries)
        assert registry.get("acme") is registry.get("ACME")

    def test_a_check_declares_it_ok(self, site: Site) -> None:
        site.plugin("acme")
        assert Registry(entry_points=site.entries).check("acme").status == "ok"

    def test_checked_entries_have_all_been_tried(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("broken", "1 / 0")
        site.hooks("log", "")
        registry = Registry(entry_points=site.entries)
        assert [(entry.name, entry.status) for entry in registry.entries(check=True)] == [
            ("acme", "ok"),
            ("broken", "import-error"),
            ("log", "not-a-plugin"),
        ]

    def test_one_found_broken_is_named_no_more(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("broken", "1 / 0")
        registry = Registry(entry_points=site.entries)
        assert registry.names() == ("acme", "broken")
        assert [provider.name for provider in registry.providers()] == ["acme"]
        assert registry.names() == ("acme",)

    def test_one_with_broken_metadata_is_listed_and_hurts_nobody(self, site: Site) -> None:
        site.plugin("acme")
        site.distribution("limner-broken", "[limner]\nno equals sign\n")
        registry = Registry(entry_points=site.entries)
        assert [provider.name for provider in registry.providers()] == ["acme"]
        assert [entry.status for entry in registry.entries()] == ["ok", "not-a-plugin"]

    def test_what_is_installed_is_read_once(self, site: Site) -> None:
        site.plugin("acme")
        registry = Registry(entry_points=site.entries)
        registry.names()
        site.plugin("later")
        assert registry.names() == ("acme",)

    def test_without_a_word_it_is_what_importlib_finds(self, site: Site) -> None:
        site.plugin("acme")
        assert Registry().get("acme").name == "acme"

    def test_making_one_reads_nothing(self) -> None:
        Registry(entry_points=never)


class TestGivenInCode:
    def test_a_provider_given_is_the_one_got(self) -> None:
        own = Own()
        registry = Registry(providers=[own])
        assert registry.get("own") is own
        assert registry.names() == ("own",)

    def test_providers_alone_mean_no_scan(self) -> None:
        registry = Registry(providers=[Own()], also=[Own("more")], entry_points=never)
        registry.observe(EVENT)
        assert [entry.name for entry in registry.entries(check=True)] == ["own", "more"]

    def test_it_is_listed_with_where_it_is_from(self) -> None:
        [entry] = Registry(providers=[Own()]).entries()
        assert entry == Entry("own", "limner", "", "", f"{__name__}:Own", "ok")

    def test_it_is_checked_like_others(self) -> None:
        class Broken(Own):
            def capabilities(self) -> Any:
                return None

        registry = Registry(providers=[Broken()])
        assert registry.check("own").reason == "capabilities() returned NoneType"
        with pytest.raises(PluginError, match=r"^Provider 'own' cannot be used"):
            registry.get("own")

    @pytest.mark.parametrize("wrong", [None, Own, object(), Own("Not A Name")])
    def test_what_is_no_provider_is_refused_at_once(self, wrong: Any) -> None:
        with pytest.raises(PluginError, match="This provider cannot be used: "):
            Registry(providers=[wrong])

    def test_what_raises_when_looked_at_is_refused_at_once(self) -> None:
        class Odd(Own):
            @property
            def hosts(self) -> tuple[str, ...]:
                raise OSError("a bug")

        with pytest.raises(PluginError, match="This provider cannot be used: OSError: a bug"):
            Registry(providers=[Odd()])

    def test_two_of_one_name_are_refused_at_once(self) -> None:
        with pytest.raises(ConfigError, match="Two of the providers given in code have the same name: own-1, own_1"):
            Registry(providers=[Own("own-1"), Own("own_1")])

    def test_one_known_besides_takes_its_name_from_an_installed_one(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("other")
        own = Own("acme")
        registry = Registry(also=[own], entry_points=site.entries)
        assert registry.get("acme") is own
        assert registry.names() == ("acme", "other")
        assert [(one.status, one.reason) for one in registry.entries() if one.name == "acme"] == [
            ("ok", ""),
            ("blocked", "a provider of this name was given in code"),
        ]


class TestChosen:
    def test_names_are_in_the_order_of_preference(self, site: Site) -> None:
        for name in ("a", "b", "c"):
            site.plugin(name)
        own = Own()
        registry = Registry(providers=["c", own, "a"], also=[Own("more")], entry_points=site.entries)
        assert registry.names() == ("c", "own", "a", "more")
        assert registry.get("own") is own

    def test_one_that_was_not_chosen_is_told_of_as_such(self, site: Site) -> None:
        site.plugin("a")
        site.plugin("b")
        registry = Registry(providers=["b"], entry_points=site.entries)
        with pytest.raises(ConfigError, match=r"^Provider 'a' of limner-a 1\.0 is installed, and not among this"):
            registry.get("a")
        assert [entry.name for entry in registry.entries()] == ["a", "b"]

    def test_one_that_was_not_chosen_is_not_imported_by_a_check(self, site: Site) -> None:
        site.plugin("a")
        site.plugin("b")
        Registry(providers=["b"], entry_points=site.entries).entries(check=True)
        assert site.imported() == {"limner_b"}

    def test_an_unknown_choice_is_an_error_at_the_first_use(self, site: Site) -> None:
        site.plugin("acme")
        registry = Registry(providers=["acmee"], entry_points=site.entries)
        with pytest.raises(ConfigError, match="did you mean acme"):
            registry.names()

    def test_one_name_alone_is_a_choice_of_one(self, site: Site) -> None:
        site.plugin("a")
        site.plugin("acme")
        assert Registry(providers="acme", allow="limner-acme", entry_points=site.entries).names() == ("acme",)

    def test_no_choice_at_all_is_no_provider(self) -> None:
        assert Registry(providers=[], entry_points=never).names() == ()


class TestForClient:
    def test_it_reads_what_the_variable_says(self, site: Site) -> None:
        site.plugin("acme")
        assert "acme" in Registry.for_client(None, None).names()
        assert Registry.for_client(None, "off").names() == ()
        assert Registry.for_client(["acme"], "limner-acme").names() == ("acme",)

    def test_it_takes_what_a_program_says(self, site: Site) -> None:
        site.plugin("acme")
        assert Registry.for_client(None, plugins=False).names() == ()
        assert "acme" in Registry.for_client(None, plugins=True).names()
        assert Registry.for_client(None, ["limner-acme"]).names() == ("acme",)


class TestObservers:
    SEEN = "import sys\nseen = sys.modules[__name__].seen = []\n"

    def test_every_hook_is_told(self, site: Site) -> None:
        for name in ("one", "two"):
            site.hooks(name, self.SEEN + "@hookimpl\ndef limner_observe(event): seen.append(event)")
        Registry(entry_points=site.entries).observe(EVENT)
        assert [sys.modules[f"limner_{name}"].seen for name in ("one", "two")] == [[EVENT], [EVENT]]

    @pytest.mark.parametrize("arguments", ["event", "event=None", "", "event, /"])
    def test_a_hook_gets_the_arguments_that_it_names(self, site: Site, arguments: str) -> None:
        value = "event" if arguments else "'called'"
        site.hooks("log", f"{self.SEEN}@hookimpl\ndef limner_observe({arguments}): seen.append({value})")
        Registry(entry_points=site.entries).observe(EVENT)
        assert sys.modules["limner_log"].seen == [EVENT if arguments else "called"]

    def test_one_that_raises_changes_nothing_and_is_logged_once(
        self, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        site.hooks("a", "@hookimpl\ndef limner_observe(event): raise ValueError('sk-canary')")
        site.hooks("b", self.SEEN + "@hookimpl\ndef limner_observe(event): seen.append(event)")
        registry = Registry(entry_points=site.entries)
        registry.observe(EVENT)
        registry.observe(EVENT)
        assert sys.modules["limner_b"].seen == [EVENT, EVENT]
        place = f"{site.path / 'limner_a.py'}:3"
        assert caplog.record_tuples == [
            (
                "limner",
                logging.WARNING,
                f"the limner_observe hook of limner-a raised ValueError at {place}; it is passed over",
            )
        ]

    def test_ctrl_c_in_an_observer_is_the_users(self, site: Site) -> None:
        site.hooks("log", "@hookimpl\ndef limner_observe(event): raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            Registry(entry_points=site.entries).observe(EVENT)

    def test_a_broken_plugin_observes_nothing_and_is_listed(self, site: Site) -> None:
        site.hooks("log", "1 / 0")
        registry = Registry(entry_points=site.entries)
        registry.observe(EVENT)
        assert [(entry.status, entry.reason) for entry in registry.entries()] == [
            ("import-error", "ZeroDivisionError: division by zero")
        ]

    def test_a_plugin_with_hooks_has_to_have_one_of_them(self, site: Site) -> None:
        site.hooks("log", "@hookimpl\ndef limner_provider(): ...")
        [entry] = Registry(entry_points=site.entries).entries(check=True)
        assert (entry.status, entry.reason) == (
            "not-a-plugin",
            "it has no function limner_observe or limner_key under @limner.hookimpl",
        )

    @pytest.mark.parametrize(
        ("made", "kind"),
        [("(one for one in [event])", "generator"), ("later(event)", "coroutine"), ("each(event)", "async_generator")],
    )
    def test_one_that_returns_what_nobody_runs_is_logged_once(
        self, site: Site, caplog: pytest.LogCaptureFixture, made: str, kind: str
    ) -> None:
        later = "async def later(event): ...\nasync def each(event): yield event\n"
        site.hooks("log", f"{later}@hookimpl\ndef limner_observe(event): return {made}")
        registry = Registry(entry_points=site.entries)
        for _ in range(2):
            registry.observe(EVENT)
        [record] = caplog.records
        assert f"returned {kind}, which nobody runs: an observer is a plain function" in record.getMessage()

    def test_a_blocked_plugin_observes_nothing(self, site: Site) -> None:
        site.hooks("log", "@hookimpl\ndef limner_observe(event): raise SystemExit")
        Registry(entry_points=site.entries, allow=()).observe(EVENT)
        assert site.imported() == set()

    def test_observers_of_the_client_are_told_and_isolated_too(self, caplog: pytest.LogCaptureFixture) -> None:
        seen: list[object] = []

        def broken(event: object) -> None:
            raise ValueError(event)

        registry = Registry(providers=[])
        for _ in range(2):
            registry.observe(EVENT, (broken, seen.append, broken))
        assert seen == [EVENT, EVENT]
        [record] = caplog.records
        assert "broken" in record.getMessage()
        assert "raised ValueError at " in record.getMessage()


class TestKeys:
    def test_the_first_hook_that_has_the_key_gives_it_and_its_source(self, site: Site) -> None:
        site.hooks("a", "@hookimpl\ndef limner_key(provider): return None")
        site.hooks("b", "@hookimpl\ndef limner_key(provider, name): return f'{provider}-{name}'")
        key = Registry(entry_points=site.entries).key("acme", "id")
        assert key == Key(Secret("acme-id"), "the limner_key hook of limner-b", "environment")

    def test_a_default_does_not_hide_an_argument(self, site: Site) -> None:
        """pluggy would never fill it."""
        site.hooks("a", "@hookimpl\ndef limner_key(provider='nobody', name=None, more=1): return f'{provider}-{name}'")
        key = Registry(entry_points=site.entries).key("acme", "id")
        assert key is not None
        assert key.secret.reveal() == "acme-id"

    @pytest.mark.parametrize(
        ("answer", "complaint"),
        [
            ("1 / 0", "raised ZeroDivisionError at "),
            ("b'sk-canary'", "returned bytes for a key; it is passed over"),
            ("(one for one in 'sk-canary')", "returned generator for a key; it is passed over"),
            ("later()", "returned coroutine for a key; it is passed over"),
        ],
    )
    def test_one_that_fails_is_passed_over_and_logged_once(
        self, site: Site, caplog: pytest.LogCaptureFixture, answer: str, complaint: str
    ) -> None:
        later = "async def later(): return 'sk-canary'\n"
        site.hooks("a", f"{later}@hookimpl\ndef limner_key(provider): return {answer}")
        site.hooks("b", "@hookimpl\ndef limner_key(): return 'k'")
        registry = Registry(entry_points=site.entries)
        for _ in range(2):
            key = registry.key("acme")
            assert key is not None
            assert key.secret == Secret("k")
        [record] = caplog.records
        assert f"the limner_key hook of limner-a {complaint}" in record.getMessage()
        assert "canary" not in caplog.text

    def test_without_hooks_there_is_no_key(self) -> None:
        assert Registry(providers=[]).key("acme") is None

    def test_a_key_ring_takes_a_registry_as_its_last_source(self, site: Site) -> None:
        site.hooks("vault", "@hookimpl\ndef limner_key(provider): return 'sk-vault\\n'")
        ring = KeyRing(None, {}, [Registry(entry_points=site.entries).key])
        assert ring.find("acme", "ACME_KEY") == Key(
            Secret("sk-vault"), "the limner_key hook of limner-vault", "environment"
        )

    def test_plugins_with_hooks_are_not_imported_while_a_key_is_found_before(self, site: Site) -> None:
        site.hooks("vault", "@hookimpl\ndef limner_key(provider): return 'k'")
        KeyRing({"acme": "k"}, {}, [Registry(entry_points=site.entries).key]).find("acme", None)
        assert site.imported() == set()
