"""Which plugins count, decided from the metadata: names, conflicts, what is allowed, and what is told of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import ConfigError, PluginError
from limner.provider import HttpProvider
from limner.registry import Entry, Registry

if TYPE_CHECKING:
    from conftest import Site


def entry(name: str, distribution: str = "", group: str = "limner") -> Entry:
    """Make what a scan would find."""
    return Entry(name, group, distribution or f"limner-{name}", "1.0", "no.such.module")


def holding(*entries: Entry, **options: object) -> Registry:
    """Make a registry of what a scan is said to have found."""
    return Registry(entry_points=lambda: entries, **options)  # type: ignore[arg-type]  # any option


NAMES = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True)


class TestNames:
    def test_they_are_sorted(self) -> None:
        assert holding(entry("b"), entry("c"), entry("a")).names() == ("a", "b", "c")

    @given(NAMES)
    def test_a_name_that_fits_is_taken(self, name: str) -> None:
        assert holding(entry(name)).names() == (name,)

    @pytest.mark.parametrize(
        "name",
        ["Acme", "../acme", "__class__", "-acme", "acme.", "ac me", "ac/me", "ac:me", "", "a" * 65, "a" * 10_000,
         "\u0430cme", "\uff41cme", "acme\n"],
    )  # fmt: skip
    def test_an_odd_name_is_refused_with_the_reason(self, name: str) -> None:
        registry = holding(entry(name, "limner-odd"), entry("good"))
        assert registry.names() == ("good",)
        [odd] = [one for one in registry.entries() if one.name == name]
        assert odd.status == "not-a-plugin"
        assert odd.reason.startswith("its name is not a provider's: up to 64 of a-z")

    def test_who_asks_for_an_oddly_named_one_is_told_why(self) -> None:
        with pytest.raises(PluginError, match=r"Provider 'Acme' of limner-odd 1\.0 cannot be used: its name is not"):
            holding(entry("Acme", "limner-odd")).get("acme")

    def test_an_oddly_named_one_takes_no_name_from_a_good_one(self) -> None:
        assert holding(entry("Acme", "limner-odd"), entry("acme")).names() == ("acme",)


class TestConflicts:
    rivals = (entry("my-relay", "limner-a"), entry("my_relay", "limner-b"))
    reason = "limner-a and limner-b claim the same name; say which with limner-a:my-relay or limner-b:my_relay"

    def test_two_distributions_that_claim_a_name_are_both_refused(self) -> None:
        registry = holding(*self.rivals)
        assert [(one.status, one.reason) for one in registry.entries()] == [("conflict", self.reason)] * 2
        assert registry.names() == ()

    def test_who_asks_is_told_the_choices(self) -> None:
        with pytest.raises(ConfigError) as caught:
            holding(*self.rivals).get("my.relay")
        assert str(caught.value) == f"Provider 'my.relay': {self.reason}."

    def test_one_distribution_that_gives_a_name_twice_is_told_so(self) -> None:
        registry = holding(entry("my-relay", "limner-a"), entry("my_relay", "limner-a"))
        reason = "limner-a gives the name to two plugins; its author has to rename one"
        assert {one.reason for one in registry.entries()} == {reason}
        with pytest.raises(ConfigError, match="has to rename one"):
            registry.get("limner-a:my-relay")

    def test_a_distribution_that_is_not_allowed_contests_nothing(self) -> None:
        assert holding(*self.rivals, allow=["limner_b"]).names() == ("my_relay",)

    def test_plugins_with_hooks_may_have_one_name(self) -> None:
        rivals = [entry("log", "limner-a", "limner.hooks"), entry("log", "limner-b", "limner.hooks")]
        assert [one.status for one in holding(*rivals).entries()] == ["found", "found"]

    def test_one_that_is_chosen_is_loaded(self, site: Site) -> None:
        site.plugin("acme", distribution="limner-a")
        site.plugin("acme", distribution="limner-b")
        registry = Registry(entry_points=site.entries)
        assert type(registry.get("Limner_B:acme")).__module__ == "limner_b"
        assert registry.get("limner-b:acme") is registry.get("Limner_B:acme")
        assert [one.status for one in registry.entries()] == ["conflict", "ok"]

    def test_a_choice_is_for_who_made_it(self, site: Site) -> None:
        """Having loaded one of them decides nothing for the next who asks."""
        site.plugin("acme", distribution="limner-a")
        site.plugin("acme", distribution="limner-b")
        registry = Registry(entry_points=site.entries)
        registry.get("limner-a:acme")
        with pytest.raises(ConfigError, match="claim the same name"):
            registry.get("acme")
        assert registry.names() == ()

    def test_a_choice_in_the_list_of_providers_holds(self, site: Site) -> None:
        site.plugin("acme", distribution="limner-a")
        site.plugin("acme", distribution="limner-b")
        registry = Registry(entry_points=site.entries, providers=["limner-b:acme"])
        assert registry.names() == ("acme",)
        assert type(registry.get("acme")).__module__ == "limner_b"


class TestNamesByRight:
    """Whose distribution is called after a name has it: nobody takes over what somebody's code asks for."""

    theirs = entry("acme", "limner-rival")
    reason = "the name acme is limner-acme's; this one answers to limner-rival:acme alone"

    def test_a_stranger_does_not_get_it(self) -> None:
        registry = holding(self.theirs, entry("acme"))
        found = {one.distribution: (one.status, one.reason) for one in registry.entries()}
        assert found == {"limner-acme": ("found", ""), "limner-rival": ("conflict", self.reason)}
        assert registry.names() == ("acme",)

    @pytest.mark.parametrize(
        ("name", "distribution"),
        [("acme.ai", "limner-acmeai"), ("my_relay", "Limner.My-Relay"), ("fal", "limner_fal"), ("a-b", "limner-ab")],
    )
    def test_signs_and_case_do_not_count(self, name: str, distribution: str) -> None:
        ours = entry(name, distribution)
        assert ours.rightful
        assert [
            one.distribution for one in holding(ours, entry(name, "a-rival")).entries() if one.status == "found"
        ] == [distribution]

    @pytest.mark.parametrize(
        "distribution", ["", "acme", "limner", "limner-acme-plus", "my-limner-acme", "limner-acne"]
    )
    def test_another_name_is_no_right(self, distribution: str) -> None:
        assert not Entry("acme", "limner", distribution, "1.0", "no.such.module").rightful

    def test_who_names_the_stranger_gets_it(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("acme", distribution="limner-rival")
        registry = Registry(entry_points=site.entries)
        assert type(registry.get("limner-rival:acme")).__module__ == "limner_rival"
        assert type(registry.get("acme")).__module__ == "limner_acme"
        assert registry.names() == ("acme",)

    def test_the_stranger_is_never_imported_unasked(self, site: Site) -> None:
        site.plugin("acme")
        site.plugin("acme", "raise SystemExit", distribution="limner-rival")
        registry = Registry(entry_points=site.entries)
        registry.entries(check=True)
        registry.providers()
        assert site.imported() == {"limner_acme"}

    def test_alone_a_stranger_has_it(self) -> None:
        assert holding(self.theirs).names() == ("acme",)

    def test_two_by_right_have_it_neither(self) -> None:
        with pytest.raises(ConfigError, match="claim the same name"):
            holding(entry("a.b", "limner-a-b"), entry("a.b", "limner-ab")).get("a.b")

    def test_one_that_is_not_allowed_has_no_right(self) -> None:
        assert holding(self.theirs, entry("acme"), allow=["limner-rival"]).names() == ("acme",)

    def test_a_provider_given_in_code_keeps_its_name_from_both(self) -> None:
        class Own(HttpProvider):
            name = "acme"

        own = Own()
        assert holding(self.theirs, entry("acme"), also=[own]).get("acme") is own


class TestAllowed:
    def test_what_is_not_on_the_list_is_blocked(self) -> None:
        registry = holding(entry("acme"), entry("other"), allow=["Limner.Acme"])
        assert registry.names() == ("acme",)
        assert [(one.status, one.reason) for one in registry.entries()] == [
            ("found", ""),
            ("blocked", "limner-other is not among the allowed distributions"),
        ]

    def test_off_is_an_empty_list(self) -> None:
        registry = holding(entry("acme"), entry("log", group="limner.hooks"), allow=())
        assert {(one.status, one.reason) for one in registry.entries()} == {("blocked", "plugins are off")}

    def test_who_asks_for_a_blocked_one_is_told(self) -> None:
        with pytest.raises(ConfigError, match=r"Provider 'acme' of limner-acme 1\.0 is blocked: plugins are off\.$"):
            holding(entry("acme"), allow=()).get("acme")

    def test_a_blocked_plugin_is_never_imported(self, site: Site) -> None:
        site.plugin("acme")
        registry = Registry(entry_points=site.entries, allow=["limner-other"])
        assert [one.status for one in registry.entries(check=True)] == ["blocked"]
        assert registry.providers() == ()
        assert site.imported() == set()


class TestUnknown:
    def test_a_near_miss_is_asked_back(self) -> None:
        with pytest.raises(ConfigError, match=r"^There is no provider 'acmee'; did you mean acme[?]$"):
            holding(entry("acme"), entry("zebra")).get("acmee")

    def test_the_package_that_would_bring_it_is_named(self) -> None:
        with pytest.raises(ConfigError) as caught:
            holding(entry("acme")).get("My_Relay")
        assert str(caught.value) == (
            "Provider 'My_Relay' is not installed; the package that brings it would be: pip install limner-my-relay"
        )

    @pytest.mark.parametrize("name", ["", "a b", "../x", "x; rm -rf /", "\u0430\u0441"])
    def test_no_package_is_named_for_what_cannot_be_a_provider(self, name: str) -> None:
        with pytest.raises(ConfigError) as caught:
            holding().get(name)
        assert str(caught.value) == f"{name!r} is not a provider's name."

    def test_a_very_long_name_is_not_repeated_whole(self) -> None:
        with pytest.raises(ConfigError) as caught:
            holding().get("a" * 10_000)
        assert len(str(caught.value)) < 200

    def test_the_wrong_distribution_of_a_known_name_is_unknown(self) -> None:
        with pytest.raises(ConfigError, match="There is no provider 'limner-b:acme'; did you mean acme"):
            holding(entry("acme", "limner-a")).get("limner-b:acme")

    def test_a_plugin_with_hooks_is_no_provider(self) -> None:
        with pytest.raises(ConfigError, match="not installed"):
            holding(entry("log", group="limner.hooks")).get("log")
