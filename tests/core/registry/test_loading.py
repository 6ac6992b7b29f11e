"""What a plugin may get wrong: it is recorded, told to who asks for it, and hurts nobody else."""

from __future__ import annotations

import random
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.errors import LimnerError, PluginError
from limner.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Site

HOOK = "from limner.hookspecs import hookimpl\n"
RETURNING = HOOK + "@hookimpl\ndef limner_provider():\n    return "
GOOD = (
    "from limner.capabilities import ProviderCapabilities, Source\nfrom limner.provider import HttpProvider\n"
    + HOOK
    + """
class Acme(HttpProvider):
    name = "broken"
    def capabilities(self): return ProviderCapabilities((), None, Source("A page", "2026-11-20"))
    {attribute}

@hookimpl
def limner_provider(): return Acme()
"""
)


def provider(attribute: str) -> str:
    """Write a plugin of which one attribute of the provider is off."""
    return GOOD.format(attribute=attribute)


UNKNOWN_ARGUMENT = (
    "Plugin 'limner-broken:broken' for hook 'limner_provider' hookimpl definition: limner_provider(config)"
    " Argument(s) {'config'} are declared in the hookimpl but can not be found in the hookspec"
)
FAULTS: dict[str, tuple[str, str, str]] = {
    "raises": ("raise ValueError('a bug')", "import-error", "ValueError: a bug"),
    "exits": ("raise SystemExit(3)", "import-error", "SystemExit: 3"),
    "raises a BaseException": ("raise BaseException", "import-error", "BaseException"),
    "raises a generator's exit": ("raise GeneratorExit", "import-error", "GeneratorExit"),
    "raises at its message": (
        "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd", "import-error", "Odd",
    ),
    "raises over several lines": (r"raise ValueError('one\ntwo')", "import-error", "ValueError: one"),
    "is no Python": ("def", "import-error", "SyntaxError: invalid syntax (limner_broken.py, line 1)"),
    "lacks a module": ("import nosuch", "import-error", "ModuleNotFoundError: No module named 'nosuch'"),
    "is empty": ("", "not-a-plugin", "it has no function limner_provider under @limner.hookimpl"),
    "is not marked": (
        "def limner_provider(): ...", "not-a-plugin", "it has no function limner_provider under @limner.hookimpl",
    ),
    "has other hooks only": (
        HOOK + "@hookimpl\ndef limner_observe(): ...", "not-a-plugin",
        "it has no function limner_provider under @limner.hookimpl",
    ),
    "misspells a hook": (
        HOOK + "@hookimpl\ndef limner_providers(): ...", "unknown-hook",
        "there is no hook limner_providers; there are limner_provider, limner_observe, limner_key",
    ),
    "wants an argument": (
        HOOK + "@hookimpl\ndef limner_provider(config): ...", "bad-signature",
        UNKNOWN_ARGUMENT,
    ),
    "is asynchronous": (
        HOOK + "@hookimpl\nasync def limner_provider(): ...", "bad-signature",
        "limner_provider has to be a plain function: not async, and no generator",
    ),
    "is a generator": (
        HOOK + "@hookimpl\ndef limner_provider(): yield", "bad-signature",
        "limner_provider has to be a plain function: not async, and no generator",
    ),
    "is a wrapper": (
        HOOK + "@hookimpl(wrapper=True)\ndef limner_provider(): return (yield)", "bad-signature",
        "limner_provider has to be a plain function: not async, and no generator",
    ),
    "raises when asked": (RETURNING + "1 / 0", "factory-error", "ZeroDivisionError: division by zero"),
    "exits when asked": (RETURNING + "exit(1)", "factory-error", "SystemExit: 1"),
    "returns None": (RETURNING + "None", "not-a-plugin", "a provider is wanted, an instance, and this is None"),
    "returns a class": (
        RETURNING + "int", "not-a-plugin", "a provider is wanted, an instance, and this is <class 'int'>",
    ),
    "returns something else": (
        RETURNING + "[]", "api-version", "its api_version is not a pair of numbers such as (1, 0)",
    ),
    **{
        f"has the version {version}": (
            provider(f"api_version = {version}"), "api-version",
            "its api_version is not a pair of numbers such as (1, 0)",
        )
        for version in (
            *("'1.0'", "1", "1.0", "[1, 0]", "(1,)", "(1, 0, 0)", "('1', '0')", "(1.0, 0.0)"),
            *("(True, False)", "(1, -1)"),
        )
    },
    "has an impossible name": (
        provider("name = 'Bro ken'"), "not-a-plugin", "Acme.name is not a name such as 'acme'",
    ),
    "has another name": (
        provider("name = 'other'"), "not-a-plugin", "its entry point says 'broken', and it calls itself 'other'",
    ),
    "has no base URL": (provider("base_url = None"), "not-a-plugin", "Acme.base_url is not text"),
    "has one host": (provider("hosts = 'acme.example'"), "not-a-plugin", "Acme.hosts is not a tuple of text"),
    "has hosts of another kind": (provider("hosts = (b'x',)"), "not-a-plugin", "Acme.hosts is not a tuple of text"),
    "has a class for an auth": (
        provider("from limner.provider import Bearer as auth"), "not-a-plugin",
        "Acme.auth is not one of the auth kinds of limner.provider, its names text",
    ),
    "signs with one name": (
        provider("import limner.provider as p; auth = p.Signed('KEY', None)"), "not-a-plugin",
        "Acme.auth is not one of the auth kinds of limner.provider, its names text",
    ),
    "signs with a number": (
        provider("import limner.provider as p; auth = p.Signed((5,), None)"), "not-a-plugin",
        "Acme.auth is not one of the auth kinds of limner.provider, its names text",
    ),
    "has a header with no name": (
        provider("import limner.provider as p; auth = p.HeaderKey(None)"), "not-a-plugin",
        "Acme.auth is not one of the auth kinds of limner.provider, its names text",
    ),
    "has a key variable of another kind": (
        provider("key_variable = 1"), "not-a-plugin", "Acme.key_variable is not text or None",
    ),
    "has a base URL variable of another kind": (
        provider("base_url_variable = 1"), "not-a-plugin", "Acme.base_url_variable is not text or None",
    ),
    "has an idempotency header of another kind": (
        provider("idempotency_header = b'x'"), "not-a-plugin", "Acme.idempotency_header is not text or None",
    ),
    "has no hint": (provider("credential_hint = None"), "not-a-plugin", "Acme.credential_hint is not text"),
    "has no prefix": (provider("key_prefix = None"), "not-a-plugin", "Acme.key_prefix is not text"),
    "has settings of another kind": (
        provider("settings = ('organization',)"), "not-a-plugin", "Acme.settings is not a tuple of HeaderSetting",
    ),
    "has no exchange": (provider("exchange = None"), "not-a-plugin", "Acme.exchange is not a method"),
    "raises at an attribute": (
        provider("@property\n    def auth(self): raise OSError('a bug')"), "not-a-plugin", "OSError: a bug",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "status", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_recorded_and_told_to_who_asks(site: Site, source: str, status: str, reason: str) -> None:
    site.plugin("broken", source)
    registry = Registry(entry_points=site.entries)
    with pytest.raises(PluginError) as caught:
        registry.get("broken")
    [entry] = registry.entries()
    assert (entry.status, entry.reason) == (status, reason)
    assert str(caught.value) == f"Provider 'broken' of limner-broken 1.0 cannot be used: {reason} ({status})."
    assert (caught.value.provider, caught.value.__cause__) == ("broken", None)


def test_a_traceback_is_kept_for_the_author(site: Site) -> None:
    site.plugin("broken", "def paint():\n    raise ValueError('a bug')\npaint()")
    detail = Registry(entry_points=site.entries).entries(check=True)[0].detail
    assert 'limner_broken.py", line 2, in paint' in detail


def test_a_fault_is_found_once(site: Site) -> None:
    site.plugin(
        "broken", "import builtins\nbuiltins.tries = getattr(builtins, 'tries', 0) + 1\nraise ValueError(tries)"
    )
    registry = Registry(entry_points=site.entries)
    for _ in range(2):
        with pytest.raises(PluginError, match="ValueError: 1 "):
            registry.get("broken")


def test_ctrl_c_in_an_import_is_the_users_and_the_plugin_may_be_tried_again(site: Site) -> None:
    site.plugin("broken", "raise KeyboardInterrupt")
    registry = Registry(entry_points=site.entries)
    with pytest.raises(KeyboardInterrupt):
        registry.get("broken")
    assert [entry.status for entry in registry.entries()] == ["found"]


@pytest.mark.parametrize("value", ["../limner_acme", "limner acme", "", "limner-acme:x y"])
def test_a_value_that_names_no_module_is_an_import_error(site: Site, value: str) -> None:
    site.distribution("limner-acme", f"[limner]\nacme = {value}\n")
    entry = Registry(entry_points=site.entries).check("acme")
    assert (entry.status, entry.reason) == ("import-error", f"{value!r} is not the name of a module")


def test_an_import_error_of_a_plugin_with_an_extra_says_how_to_get_it(site: Site) -> None:
    site.module("limner_acme", "import nosuch")
    site.distribution("limner-acme", "[limner]\nacme = limner_acme:plugin [local,fast]\n")
    entry = Registry(entry_points=site.entries).check("acme")
    assert entry.reason.endswith("'nosuch' (it needs pip install 'limner-acme[local,fast]')")


def test_a_plugin_may_be_an_object_in_a_module(site: Site) -> None:
    site.module(
        "limner_acme",
        provider("name = 'acme'") + "\nclass plugin:\n    limner_provider = staticmethod(limner_provider)",
    )
    site.distribution("limner-acme", "[limner]\nacme = limner_acme:plugin\n")
    assert Registry(entry_points=site.entries).get("acme").name == "acme"


def test_a_hook_of_a_later_limner_may_be_there_if_it_says_so(site: Site) -> None:
    site.plugin("acme", provider("name = 'acme'") + "\n@hookimpl(optionalhook=True)\ndef limner_later(): ...")
    assert Registry(entry_points=site.entries).check("acme").status == "ok"


@pytest.mark.parametrize(
    ("declaration", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("exit(1)", "SystemExit: 1"),
        ("None", "capabilities() returned NoneType"),
        ("{}", "capabilities() returned dict"),
        ("type('Models', (), {'models': ()})()", "capabilities() returned Models"),
    ],
)
def test_capabilities_are_declared_when_checked(site: Site, declaration: str, reason: str) -> None:
    site.plugin("broken", provider(f"def capabilities(self): return {declaration}"))
    registry = Registry(entry_points=site.entries)
    registry.get("broken")  # not declared yet
    entry = registry.check("broken")
    assert (entry.status, entry.reason) == ("bad-capabilities", reason)
    with pytest.raises(PluginError, match="bad-capabilities"):
        registry.get("broken")


@pytest.mark.parametrize("version", [(1, 2), (1, 1), (1, 0)])
def test_a_plugin_of_this_major_and_no_newer_minor_fits(site: Site, version: tuple[int, int]) -> None:
    site.plugin("broken", provider(f"api_version = {version}"))
    assert Registry(entry_points=site.entries, api_version=(1, 2)).get("broken").api_version == version


def test_a_plugin_that_names_no_version_is_used_by_all(site: Site) -> None:
    site.plugin("broken", provider("api_version = None"))
    assert Registry(entry_points=site.entries, api_version=(2, 0)).check("broken").status == "ok"


@pytest.mark.parametrize(
    ("version", "cure"),
    [((2, 3), "limner"), ((3, 0), "limner"), ((1, 9), "limner-broken"), ((0, 0), "limner-broken")],
)
def test_another_version_says_what_to_upgrade_and_how(site: Site, version: tuple[int, int], cure: str) -> None:
    site.plugin("broken", provider(f"api_version = {version}"))
    entry = Registry(entry_points=site.entries, api_version=(2, 2)).check("broken")
    assert entry.status == "api-version"
    assert entry.reason == (
        f"it is made for version {version[0]}.{version[1]} of the contract, and this limner has 2.2:"
        f" run python -m pip install --upgrade {cure}"
    )


def test_a_provider_without_a_distribution_is_said_to_come_from_somewhere() -> None:
    """It was handed over in code: no command is known."""
    old = SimpleNamespace(name="acme", api_version=(1, 9))
    with pytest.raises(PluginError, match=r"this limner has 2\.2: upgrade the package that it comes from\."):
        Registry(providers=(old,), api_version=(2, 2))


def test_threads_that_ask_at_once_get_one_provider(site: Site) -> None:
    site.plugin("acme", "import time\ntime.sleep(0.05)\n" + provider("name = 'acme'"))
    registry = Registry(entry_points=site.entries)
    start, got = threading.Barrier(8), []

    def ask() -> None:
        start.wait()
        got.append(registry.get("acme"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len({id(one) for one in got}) == 1


@pytest.fixture(scope="module")
def full_site(tmp_path_factory: pytest.TempPathFactory, site_at: Callable[[Path], Iterator[Site]]) -> Iterator[Site]:
    """Three good plugins among all the broken ones."""
    for site in site_at(tmp_path_factory.mktemp("full")):
        for number, (source, _, _) in enumerate(FAULTS.values()):
            site.plugin(f"broken-{number}", source)
        for number in range(3):
            site.plugin(f"good-{number}", provider(f"name = 'good-{number}'"))
        yield site


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(), size=st.integers(0, len(FAULTS)))
def test_good_plugins_load_whatever_stands_around_them_in_any_order(full_site: Site, seed: int, size: int) -> None:
    entries = full_site.entries()
    good = [entry for entry in entries if entry.name.startswith("good")]
    chance = random.Random(seed)  # noqa: S311 - no secret
    some = good + chance.sample([entry for entry in entries if entry not in good], size)
    registry = Registry(entry_points=lambda: chance.sample(some, len(some)))
    asked = chance.sample(registry.names(), len(registry.names()))
    for name in asked:
        if not name.startswith("good"):
            with pytest.raises(LimnerError):
                registry.get(name)
    assert [one.name for one in registry.providers()] == ["good-0", "good-1", "good-2"]
    assert [entry.name for entry in registry.entries() if entry.status == "ok"] == ["good-0", "good-1", "good-2"]
