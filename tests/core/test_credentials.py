"""Where keys come from, and where they may go."""

from __future__ import annotations

import asyncio
import copy
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.credentials import Key, KeyRing, Secret, Strength, clean_key, is_loopback, may_send_key, normalized
from limner.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CANARY = "sk-canary"
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)


class TestNames:
    @pytest.mark.parametrize(
        "name", ["my-relay", "My_Relay", "my.relay", "MY--relay", "my-._relay", "\uff4d\uff59-relay"]
    )
    def test_spellings_of_one_name_are_one_name(self, name: str) -> None:
        assert normalized(name) == "my-relay"


class TestCleanKey:
    @pytest.mark.parametrize("value", [CANARY, f" {CANARY} ", f"{CANARY}\n", f"\r\n\t{CANARY}\r\n", f"\u00a0{CANARY}"])
    def test_outer_white_space_is_stripped(self, value: str) -> None:
        assert clean_key(value, "here") == Secret(CANARY)

    @given(PRINTABLE)
    def test_every_printable_key_is_taken_as_it_is(self, key: str) -> None:
        assert clean_key(Secret(key), "here").reveal() == key

    @pytest.mark.parametrize(
        ("value", "fault"),
        [
            ("", "is empty"),
            (" \n", "is empty"),
            ("sk-can ary", "holds white space"),
            ("sk-can\tary", "holds white space"),
            ("sk-can\nary", "holds a line break"),
            ("sk-can\rary", "holds a line break"),
            ("sk-can\0ary", "holds a control character"),
            ("sk-can\x7fary", "holds a control character"),
            ("sk-canäry", "holds a character that is not ASCII"),
            ("sk-can\u2026", "holds a character that is not ASCII"),
            ("\ufeffsk-canary", "holds a character that is not ASCII"),
            ("sk-can\ud800", "holds a character that is not ASCII"),
        ],
    )
    def test_what_cannot_be_a_key_is_refused_by_place_and_fault(self, value: str, fault: str) -> None:
        with pytest.raises(ConfigError, match=rf"^The key in variable X cannot be used: it {fault}\.$"):
            clean_key(value, "variable X")

    @pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), (5, "int"), (b"sk-canary", "bytes")])
    def test_what_is_not_text_is_refused_by_its_type(self, value: object, kind: str) -> None:
        with pytest.raises(ConfigError, match=rf"^The key in variable X is not text, but {kind}\.$"):
            clean_key(value, "variable X")

    @given(PRINTABLE.filter(lambda key: len(key) > 3), st.sampled_from(" \n\0ä"))
    def test_a_refusal_shows_nothing_of_the_key(self, key: str, bad: str) -> None:
        """Not in the message, and not in the variables of the frames it was raised in."""
        with pytest.raises(ConfigError) as caught:
            clean_key(Secret(f"x{key}{bad}{key}x"), "here")
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True, limit=-1)
        assert f"{key}{bad}{key}" not in "".join(told.format())


def found(ring: KeyRing, provider: str = "acme", variable: str | None = "ACME_KEY", name: str | None = None) -> Any:
    key = ring.find(provider, variable, name)
    return key and (key.secret.reveal(), key.source, key.strength)


ARGUMENT, VARIABLE = "the keys= argument", "environment variable ACME_KEY"


class TestSources:
    @pytest.mark.parametrize(
        "keys",
        [
            {"acme": "k"},
            {"ACME": "k\n"},
            {"acme": Secret("k")},
            {"acme": lambda: "k"},
            lambda provider: {"acme": "k"}[provider],
            lambda _provider: Secret(" k"),
        ],
    )
    def test_the_argument_is_a_key_or_a_function_of_one(self, keys: Any) -> None:
        assert found(KeyRing(keys)) == ("k", ARGUMENT, "code")

    def test_the_argument_goes_before_the_environment(self) -> None:
        assert found(KeyRing({"acme": "k"}, {"ACME_KEY": "e"})) == ("k", ARGUMENT, "code")

    @pytest.mark.parametrize("keys", [None, {}, {"other": "k"}, lambda _provider: None])
    def test_without_an_argument_for_it_the_environment_has_the_key(self, keys: Any) -> None:
        assert found(KeyRing(keys, {"ACME_KEY": " e\n"})) == ("e", VARIABLE, "environment")

    def test_the_environment_goes_before_the_hooks(self) -> None:
        ring = KeyRing(None, {"ACME_KEY": "e"}, [lambda _provider, _name: "h"])
        assert found(ring) == ("e", VARIABLE, "environment")

    def test_the_first_hook_with_a_key_has_the_key(self) -> None:
        ring = KeyRing(None, {}, [lambda _p, _n: None, lambda p, n: f"{p}-{n}", lambda _p, _n: "late"])
        assert found(ring, name="x") == ("acme-x", "the limner_key hooks", "environment")

    def test_a_hook_may_say_where_its_key_is_from(self) -> None:
        ring = KeyRing(hooks=[lambda _p, _n: Key(Secret("h\n"), "the vault", "config")])
        assert found(ring) == ("h", "the vault", "config")

    def test_no_source_is_no_key(self) -> None:
        assert found(KeyRing()) is None

    def test_an_environment_that_was_not_given_is_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ACME_KEY", "e")
        assert found(KeyRing()) is None

    def test_a_provider_without_a_variable_has_no_key_in_the_environment(self) -> None:
        assert found(KeyRing(None, {"ACME_KEY": "e"}), variable=None) is None

    def test_a_function_is_asked_each_time_because_keys_change(self) -> None:
        keys = iter(["first", "second"])
        ring = KeyRing({"acme": lambda: next(keys)})
        assert [found(ring)[0], found(ring)[0]] == ["first", "second"]

    def test_what_a_function_raises_is_its_own(self) -> None:
        def vault(_provider: str) -> str:
            raise LookupError("the vault is sealed")

        with pytest.raises(LookupError, match="sealed"):
            found(KeyRing(vault))

    @pytest.mark.parametrize("keys", [{"acme": None}, {"acme": lambda: None}, {"acme": {}}, {"acme": {"id": "k"}}])
    def test_a_provider_that_the_argument_names_is_looked_for_nowhere_else(self, keys: Any) -> None:
        """``keys={"acme": os.environ.get("TYPO")}`` must not use another account's key."""
        with pytest.raises(ConfigError, match="the keys= argument for 'acme' is not text"):
            found(KeyRing(keys, {"ACME_KEY": "another account's"}))

    def test_an_empty_variable_is_an_error_that_names_it(self) -> None:
        with pytest.raises(ConfigError, match="environment variable ACME_KEY cannot be used: it is empty"):
            found(KeyRing(None, {"ACME_KEY": ""}))

    def test_a_hook_with_an_unusable_key_is_an_error_that_names_it(self) -> None:
        ring = KeyRing(hooks=[lambda _p, _n: Key(Secret(""), "the limner_key hook of limner-vault", "environment")])
        with pytest.raises(ConfigError, match="the limner_key hook of limner-vault cannot be used: it is empty"):
            found(ring)

    def test_one_provider_named_twice_is_an_error(self) -> None:
        with pytest.raises(ConfigError, match="names a provider twice"):
            KeyRing({"my-relay": "k", "my_relay": "l"})


PAIR: dict[str, str | Secret] = {"id": "i", "token": Secret("t")}


class TestRenewable:
    """Whether it is worth asking again for a key that was refused."""

    @pytest.mark.parametrize("keys", [{"acme": lambda: "k"}, lambda _provider: "k"])
    def test_what_a_function_gave(self, keys: Any) -> None:
        assert KeyRing(keys).find("acme", None).renewable  # type: ignore[union-attr]

    def test_what_a_hook_brought(self) -> None:
        ring = KeyRing(hooks=[lambda _p, _n: Key(Secret("h"), "the vault", "config")])
        assert ring.find("acme", None).renewable  # type: ignore[union-attr]

    @pytest.mark.parametrize("keys", [{"acme": "k"}, {"acme": Secret("k")}, None])
    def test_not_what_is_written_down(self, keys: Any) -> None:
        assert not KeyRing(keys, {"ACME_KEY": "e"}).find("acme", "ACME_KEY").renewable  # type: ignore[union-attr]

    def test_keys_that_differ_in_nothing_else_are_equal(self) -> None:
        assert Key(Secret("k"), "there", "code", renewable=True) == Key(Secret("k"), "there", "code")


class TestSeveralKeys:
    @pytest.mark.parametrize("keys", [{"acme": PAIR}, {"acme": lambda: PAIR}, lambda _provider: PAIR])
    def test_each_is_found_by_its_name(self, keys: Any) -> None:
        ring = KeyRing(keys)
        assert [found(ring, name="id")[0], found(ring, name="token")[0]] == ["i", "t"]

    def test_a_name_that_is_not_there_is_an_error_that_names_it(self) -> None:
        with pytest.raises(ConfigError, match=r"the keys= argument for 'acme' \(secret\) is not text"):
            found(KeyRing({"acme": PAIR}), name="secret")

    def test_one_key_where_several_are_taken_is_an_error(self) -> None:
        with pytest.raises(
            ConfigError,
            match=r"^Give names with the key in the keys= argument for 'acme' \(id\): this provider takes several\.$",
        ):
            found(KeyRing({"acme": "k"}), name="id")


async def awaited(value: str | None) -> str | None:
    await asyncio.sleep(0)
    return value


class TestAsynchronousFunctions:
    @pytest.mark.parametrize("keys", [{"acme": lambda: awaited("k")}, lambda _provider: awaited("k"), {"acme": "k"}])
    def test_they_are_waited_for(self, keys: Any) -> None:
        key = asyncio.run(KeyRing(keys).find_async("acme", None))
        assert key == Key(Secret("k"), ARGUMENT, "code")

    def test_one_that_has_no_key_leaves_it_to_the_environment(self) -> None:
        ring = KeyRing(lambda _provider: awaited(None), {"ACME_KEY": "e"})
        key = asyncio.run(ring.find_async("acme", "ACME_KEY"))
        assert key == Key(Secret("e"), VARIABLE, "environment")

    def test_where_nobody_waits_they_are_an_error_that_says_who_would(self) -> None:
        """And no coroutine is left over that was never awaited: that warning would be an error here."""
        with pytest.raises(ConfigError, match="asynchronous: use it with AsyncClient"):
            found(KeyRing(lambda _provider: awaited("k")))

    def test_any_awaitable_is_one(self) -> None:
        class Ready:
            def __await__(self) -> Any:
                yield from ()
                return "k"

        def ask(_provider: str) -> Awaitable[str]:
            return Ready()

        with pytest.raises(ConfigError, match="asynchronous"):
            found(KeyRing(ask))


class TestKeyRing:
    def test_every_key_found_is_redacted_from_then_on(self) -> None:
        ring = KeyRing({"acme": "sk-one"}, {"OTHER_KEY": "sk-two"})
        before = ring.redactor().text("sk-one sk-two")
        found(ring)
        found(ring, "other", "OTHER_KEY")
        assert (before, ring.redactor().text("sk-one sk-two")) == ("sk-one sk-two", "*** ***")

    def test_of_keys_that_come_and_go_the_last_ones_are_redacted(self) -> None:
        """A function may make a new one for every request, for years."""
        keys = iter(f"sk-number-{number}-" for number in range(100))
        ring = KeyRing({"acme": lambda: next(keys), "other": "sk-steady"})
        for _ in range(100):
            found(ring, "other")
            found(ring)
        text = "sk-steady sk-number-99- sk-number-40- sk-number-3-"
        assert ring.redactor().text(text) == "*** *** *** sk-number-3-"
        assert len(ring.redactor().secrets) == 64

    def test_a_key_that_is_in_use_is_redacted_however_many_came_since(self) -> None:
        ring = KeyRing({"acme": "sk-one"})
        found(ring)
        redactor = ring.redactor([Secret("sk-held")])
        assert redactor.text("sk-one sk-held") == "*** ***"
        assert ring.redactor([Secret("sk-held")]) is redactor
        assert ring.redactor().text("sk-held") == "sk-held"

    def test_a_key_found_again_leaves_the_redactor_as_it_is(self) -> None:
        ring = KeyRing({"acme": "sk-one"})
        found(ring)
        redactor = ring.redactor()
        found(ring)
        assert ring.redactor() is redactor

    def test_its_repr_says_where_it_looks_and_shows_no_key(self) -> None:
        ring = KeyRing({"acme": "sk-one"}, {"ACME_KEY": "sk-two"}, [lambda _p, _n: None])
        assert repr(ring) == "KeyRing(the keys= argument, the environment, the limner_key hooks)"

    def test_its_argument_is_wrapped_so_that_no_dump_of_variables_shows_it(self) -> None:
        assert CANARY not in repr(vars(KeyRing({"acme": CANARY, "other": {"id": CANARY}})))

    def test_it_does_not_pickle(self) -> None:
        with pytest.raises(TypeError, match="a KeyRing is not pickled"):
            pickle.dumps(KeyRing({}, {"ACME_KEY": CANARY}))

    def test_a_copy_is_the_ring_itself(self) -> None:
        ring = KeyRing()
        assert copy.deepcopy(ring) is ring

    @pytest.mark.parametrize(
        ("ring", "sources"),
        [
            (KeyRing(), ()),
            (KeyRing({"acme": "k"}), (ARGUMENT,)),
            (KeyRing(lambda _provider: "k", {}), (ARGUMENT, VARIABLE)),
            (KeyRing(None, {}, [lambda _p, _n: None]), (VARIABLE, "the limner_key hooks")),
        ],
    )
    def test_sources_are_named_in_their_order(self, ring: KeyRing, sources: tuple[str, ...]) -> None:
        assert ring.sources("ACME_KEY") == sources

    def test_a_missing_key_is_told_with_every_way_to_give_one(self) -> None:
        error = KeyRing(None, {}).missing("acme", "ACME_KEY", "Keys are made at acme.example/keys.")
        assert error.provider == "acme"
        assert str(error) == (
            "acme has no key: set the environment variable ACME_KEY, or pass keys={'acme': ...}. Keys are made at"
            " acme.example/keys. To try it without one, use --sandbox, or limner_sandbox.Sandbox() in Python."
        )

    def test_a_variable_that_is_not_read_is_not_recommended(self) -> None:
        message = str(KeyRing().missing("acme", "ACME_KEY"))
        assert "pass keys={'acme': ...} (this client does not read ACME_KEY or any other" in message
        assert "set the environment" not in message

    def test_without_a_variable_the_argument_is_the_way(self) -> None:
        assert "acme has no key: pass keys={'acme': ...}. To try" in str(KeyRing(None, {}).missing("acme", None))


STRENGTHS: tuple[Strength, ...] = ("environment", "config", "code")
DECLARED = ("api.acme.example",)


def may(key: Strength, url: Any, target: str, **options: bool) -> bool:
    scheme, _, host = target.partition("://")
    try:
        may_send_key(Key(Secret(CANARY), "there", key), url, scheme, host, DECLARED, **options)
    except ConfigError:
        return False
    return True


class TestWhereAKeyMayGo:
    @pytest.mark.parametrize("url", ["declared", *STRENGTHS])
    @pytest.mark.parametrize("key", STRENGTHS)
    @pytest.mark.parametrize("host", ["api.acme.example", "API.Acme.Example", "api.acme.example."])
    def test_a_declared_host_gets_every_key(self, key: Strength, url: str, host: str) -> None:
        assert may(key, url, f"https://{host}")

    @pytest.mark.parametrize("host", ["acme.example", "evil.example", "api.acme.example.evil.example", ""])
    def test_a_provider_gets_its_key_to_no_other_host(self, host: str) -> None:
        assert not may("code", "declared", f"https://{host}")

    @pytest.mark.parametrize("url", STRENGTHS)
    @pytest.mark.parametrize("key", STRENGTHS)
    def test_an_overridden_base_url_gets_keys_that_are_as_strong(self, key: Strength, url: Strength) -> None:
        assert may(key, url, "https://relay.example") == (STRENGTHS.index(key) >= STRENGTHS.index(url))

    @pytest.mark.parametrize("host", ["api.acme.example", "relay.example", "10.0.0.1", "localhost.evil.example"])
    def test_over_plain_http_a_key_goes_nowhere_else(self, host: str) -> None:
        assert not may("code", "code", f"http://{host}")

    def test_over_plain_http_a_key_goes_to_this_machine(self) -> None:
        assert may("code", "code", "http://127.0.0.1")

    def test_over_plain_http_a_key_goes_where_the_user_allows_it(self) -> None:
        assert may("code", "code", "http://relay.example", plain_http=True)

    def test_being_this_machine_does_not_make_a_weak_key_strong(self) -> None:
        assert not may("environment", "code", "http://localhost")

    @pytest.mark.parametrize("scheme", ["ftp", "", "file", "ws"])
    def test_no_other_scheme_gets_a_key(self, scheme: str) -> None:
        assert not may("code", "code", f"{scheme}://127.0.0.1", plain_http=True)

    @pytest.mark.parametrize(
        ("key", "url", "target", "cure"),
        [
            ("environment", "code", "https://relay.example", "pass the key in code as well, with keys="),
            ("environment", "config", "https://relay.example", "pass the key with keys=, or set the base URL where"),
            ("code", "code", "http://relay.example", "use https"),
            ("code", "declared", "https://relay.example", "it goes only to api.acme.example"),
        ],
    )
    def test_a_refusal_names_key_and_address_and_says_what_to_do(
        self, key: Strength, url: Any, target: str, cure: str
    ) -> None:
        scheme, _, host = target.partition("://")
        with pytest.raises(ConfigError) as caught:
            may_send_key(Key(Secret(CANARY), "variable X", key), url, scheme, host, DECLARED)
        assert str(caught.value).startswith(f"The key from variable X is not sent to {target}")
        assert cure in str(caught.value)
        assert CANARY not in str(caught.value)

    def test_a_provider_without_hosts_gets_no_key(self) -> None:
        with pytest.raises(ConfigError, match="it goes only to no host at all"):
            may_send_key(Key(Secret(CANARY), "there", "code"), "declared", "https", "x.example", ())


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_loopback_is_known_by_its_spelling(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "localhost.example", "xlocalhost", "0.0.0.0", "10.0.0.1", "127.0.0.1.example", "::", "2130706433"],  # noqa: S104 - not bound
)
def test_what_is_not_plainly_loopback_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_the_callables_of_the_argument_are_typed_as_what_they_are() -> None:
    """A function of the provider's name, such as a vault's ``get``, is a source of keys."""
    vault: dict[str, str] = {"acme": "k"}
    ask: Callable[[str], str | None] = vault.get
    assert found(KeyRing(ask)) == ("k", ARGUMENT, "code")
