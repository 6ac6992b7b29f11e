"""How keys stay out of everything else."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import string
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import attrs
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from limner.credentials import MASK, SHORTEST, Key, Redactor, Secret
from limner.errors import ConfigError, ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CANARY = "sk-Canary.0123/4567+89=~\"\\'(x)*"


class TestSecret:
    def test_reveal_returns_the_key(self) -> None:
        assert Secret(CANARY).reveal() == CANARY

    @pytest.mark.parametrize("show", [repr, str, "{}".format, "{:>30}".format, "{!r}".format, "%s".__mod__, ascii])
    def test_it_is_masked_wherever_it_is_shown(self, show: Callable[[object], str]) -> None:
        assert show(Secret(CANARY)).strip() == "Secret(***)"

    def test_it_is_masked_inside_other_values(self) -> None:
        assert CANARY not in repr({"keys": [Key(Secret(CANARY), "somewhere", "code")]})

    def test_equal_keys_are_equal_and_hash_alike(self) -> None:
        assert Secret("a-key") == Secret("a-key")
        assert hash(Secret("a-key")) == hash(Secret("a-key"))

    def test_other_keys_are_not_equal(self) -> None:
        assert Secret("a-key") != Secret("b-key")

    def test_it_is_not_equal_to_its_text(self) -> None:
        assert Secret("a-key") != "a-key"

    def test_keys_beyond_ascii_compare_too(self) -> None:
        assert Secret("schlüssel\ud800") == Secret("schlüssel\ud800")

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_it_does_not_pickle_and_says_why(self, protocol: int) -> None:
        with pytest.raises(TypeError, match="a Secret is not pickled, because keys would be in the pickle"):
            pickle.dumps(Secret(CANARY), protocol)

    def test_copies_are_the_secret_itself(self) -> None:
        secret = Secret(CANARY)
        assert copy.copy(secret) is secret
        assert copy.deepcopy([secret])[0] is secret

    def test_it_has_no_dict(self) -> None:
        with pytest.raises(TypeError, match="__dict__"):
            vars(Secret(CANARY))

    def test_asdict_does_not_open_it(self) -> None:
        assert attrs.asdict(Key(Secret(CANARY), "somewhere", "code"))["secret"] == Secret(CANARY)

    def test_json_does_not_take_it(self) -> None:
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(Secret(CANARY))


FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda key: quote(key, safe=""),
    "percent, but for slashes": quote,
    "percent, as httpx does": lambda key: quote(key, safe="!$&'()*+,;=:@/?"),
    "percent, lower case": lambda key: "".join(f"%{byte:02x}" for byte in key.encode()),
    "percent, as in forms": quote_plus,
    "percent, twice": lambda key: quote(quote(key, safe=""), safe=""),
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON, escaped slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "JSON, all escaped": lambda key: "".join(f"\\u{ord(char):04X}" for char in key),
    "JSON, in JSON": lambda key: json.dumps(json.dumps(key))[3:-3].replace("/", "\\\\/"),
    "JSON, all escaped, in JSON": lambda key: json.dumps("".join(f"\\u{ord(char):04x}" for char in key))[1:-1],
    "Python": lambda key: repr(f"{key}'\"")[1:-4],
    "HTML": html.escape,
    "HTML, slashes too": lambda key: html.escape(key).replace("/", "&#x2F;").replace("=", "&#61;"),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64, URL-safe": lambda key: base64.urlsafe_b64encode(key.encode()).decode(),
    "base64, no padding": lambda key: base64.b64encode(key.encode()).decode().rstrip("="),
    "base64, in a URL": lambda key: quote(base64.b64encode(key.encode()), safe=""),
    "basic auth": lambda key: base64.b64encode(f"user:{key}".encode()).decode(),
    "basic auth, as the user": lambda key: base64.b64encode(f"{key}:".encode()).decode(),
    "base64, one byte in": lambda key: base64.urlsafe_b64encode(f"u{key}~".encode()).decode(),
    "base64, two bytes in": lambda key: base64.urlsafe_b64encode(f"u:{key}~".encode()).decode(),
    "base64, in JSON": lambda key: base64.b64encode(key.encode()).decode().replace("/", "\\/"),
}
# No asterisks: the mask itself would spell them.
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="*"), min_size=SHORTEST)
WORDS = st.text(max_size=20)


def core(formed: str) -> list[str]:
    """The middle of base64: what is at its ends may be of what stood around the key."""
    return [formed.rstrip("=")[4:-4]] if len(formed) > 12 else []


def flat(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, (str, bytes)):
        yield value if isinstance(value, str) else value.decode()
    elif isinstance(value, Mapping):
        yield from flat([*value, *value.values()])
    elif isinstance(value, Iterable):
        for one in value:
            yield from flat(one)


class TestRedactedText:
    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    @given(key=KEYS, before=WORDS, after=WORDS)
    @example(key=".*(+[\\", before="", after="")
    @example(key="\\\\\\\\", before="\\", after="\\")
    @example(key="%25%", before="%", after="25")
    @example(key="a+/=", before="", after="==")
    def test_no_form_of_a_key_is_left(self, form: Callable[[str], str], key: str, before: str, after: str) -> None:
        formed = form(key)
        redacted = Redactor([Secret(key)]).text(f"{before} {formed} {after}")
        assert formed.rstrip("=") not in redacted
        assert MASK in redacted

    @given(key=KEYS.filter(lambda key: len(key) > 5), form=st.sampled_from(list(FORMS)), data=st.data())
    def test_no_form_of_a_key_is_left_in_anything_that_leaves(self, key: str, form: str, data: st.DataObject) -> None:
        """In an error, its notes, its reply, what led to it; in JSON at any depth, in names too; in bytes."""
        formed = FORMS[form](key)
        assume(formed.isascii())
        place = data.draw(st.sampled_from(["{}", "https://x.example/?key={}&n=1", "Bearer {}", "<p>{}</p>", "a{}b"]))
        text = place.replace("{}", formed)
        error = ConnectError(text, code=text, raw={text: [{"at": text}, (text.encode(),)]})
        error.add_note(text)
        error.__cause__ = OSError(2, text, text)
        error.__context__ = ExceptionGroup(text, [KeyError(text)])
        Redactor([Secret("another-key-first"), Secret(key)]).exception(error)
        members = error.__context__.exceptions
        left = [error.args, vars(error), error.__cause__.args, error.__cause__.filename, members[0].args]
        pieces = [formed.rstrip("=")] if "base64" not in form and "auth" not in form else core(formed)
        for piece in pieces:
            for one in flat(left):
                assert piece not in one

    @pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
    def test_what_stands_around_a_key_is_left(self, form: Callable[[str], str]) -> None:
        redacted = Redactor([Secret("sk-abcdef/12")]).text(f"before <{form('sk-abcdef/12')}> after")
        assert redacted.startswith("before <")
        assert redacted.endswith("> after")

    @given(key=KEYS, text=st.text(string.ascii_letters + " .,"))
    def test_a_text_without_the_key_is_left_alone(self, key: str, text: str) -> None:
        forms = (form(key) for form in FORMS.values())
        if all(form[:3] not in text for form in forms) and key not in text:
            assert Redactor([Secret(key)]).text(text) == text

    @given(key=st.text(min_size=SHORTEST).filter(lambda key: "*" not in key))
    def test_keys_of_any_script_are_found_plain_and_in_json(self, key: str) -> None:
        redacted = Redactor([Secret(key)]).json([key, json.dumps(key)])
        assert redacted[0] == MASK
        assert json.dumps(key)[1:-1] not in redacted[1]

    @pytest.mark.parametrize("key", ["", "a", "abc"])
    def test_a_very_short_key_is_left_alone(self, key: str) -> None:
        assert Redactor([Secret(key)]).text("abcabc") == "abcabc"

    def test_the_longer_of_two_keys_is_masked_whole(self) -> None:
        redactor = Redactor([Secret("sk-one"), Secret("sk-one-and-more")])
        assert redactor.text("sk-one-and-more sk-one") == f"{MASK} {MASK}"

    def test_without_keys_a_text_is_the_same_text(self) -> None:
        text = "nothing to hide"
        assert Redactor([]).text(text) is text

    def test_a_text_that_cannot_hold_a_key_needs_no_pattern(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Which takes a hundred times as long to make as a call's own work."""
        monkeypatch.setattr("limner._secrets._spellings", lambda _: pytest.fail("made for nothing"))
        text = "an answer of some length, " * 100
        assert Redactor([Secret(CANARY)]).text(text) is text

    def test_a_redactor_keeps_what_an_earlier_one_has_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        earlier = Redactor([Secret("sk-one")])
        assert earlier.text("sk-one") == MASK
        monkeypatch.setattr("limner._secrets._spellings", lambda key: iter([f"made for {key}"]))
        assert Redactor([Secret("sk-one"), Secret("sk-two")], earlier).text("sk-one") == MASK

    def test_one_without_a_key_that_it_would_mask_is_false(self) -> None:
        assert [bool(Redactor(keys)) for keys in ([], [Secret("abc")], [Secret("sk-one")])] == [False, False, True]

    def test_a_run_of_backslashes_takes_no_longer_than_it_is(self) -> None:
        """Forty of them against four thousand: a pattern that backtracks would not come back."""
        text = "\\" * 4_000 + "x"
        assert Redactor([Secret("\\" * 40 + "y")]).text(text) == text


class TestRedactedValues:
    def test_what_holds_itself_is_gone_through_once(self) -> None:
        ring: list[Any] = [CANARY]
        ring.append({"again": ring})
        error = ValueError(ring)
        Redactor([Secret(CANARY)]).exception(error)
        assert error.args == ([MASK, {"again": MASK}],)
        ring[0] = "nothing"
        assert Redactor([Secret(CANARY)]).json(ring) is ring

    def test_json_is_masked_in_names_and_values_at_every_depth(self) -> None:
        redactor = Redactor([Secret("sk-canary")])
        value = {"sk-canary": [{"a": "is sk-canary"}, ("sk-canary", b"sk-canary!")], "n": 1, "none": None}
        masked = {MASK: [{"a": f"is {MASK}"}, (MASK, b"***!")], "n": 1, "none": None}
        assert redactor.json(value) == masked

    def test_the_value_given_is_not_changed(self) -> None:
        value = ["sk-canary"]
        Redactor([Secret("sk-canary")]).json(value)
        assert value == ["sk-canary"]

    def test_a_redactor_shows_no_key(self) -> None:
        redactor = Redactor([Secret(CANARY)])
        redactor.text("")
        assert CANARY not in repr(redactor) + repr(vars(redactor))
        assert repr(redactor) == "Redactor(1 keys)"

    def test_a_redactor_does_not_pickle(self) -> None:
        with pytest.raises(TypeError, match="a Redactor is not pickled"):
            pickle.dumps(Redactor([Secret(CANARY)]))


def shown(error: BaseException) -> str:
    """All that a handler may print of an error."""
    notes = getattr(error, "__notes__", [])
    return " ".join(map(repr, (str(error), error, error.args, vars(error), notes)))


class TestRedactedErrors:
    redactor = Redactor([Secret("sk-canary")])

    @pytest.mark.parametrize(
        "error",
        [
            ConnectError("to https://x/?key=sk-canary", raw={"echo": ["sk-canary"]}, code="sk-canary"),
            OSError(2, "sk-canary", "/tmp/sk-canary", None, "sk-canary"),  # noqa: S108 - a name in a message
            KeyError("sk-canary"),
            UnicodeEncodeError("ascii", "sk-canaryü", 9, 10, "not sk-canary"),
            UnicodeDecodeError("ascii", b"sk-canary\xff", 9, 10, "bad"),
            json.JSONDecodeError("bad", "sk-canary", 0),
            ImportError("no sk-canary", name="sk-canary", path="sk-canary"),
            SystemExit("sk-canary"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_nothing_an_error_stores_keeps_the_key(self, error: BaseException) -> None:
        self.redactor.exception(error)
        assert "sk-canary" not in shown(error)
        assert MASK in shown(error)

    def test_notes_are_masked(self) -> None:
        error = ConfigError("no")
        error.add_note("the key was sk-canary")
        self.redactor.exception(error)
        assert error.__notes__ == [f"the key was {MASK}"]

    def test_what_led_to_an_error_is_masked_too(self) -> None:
        cause, context = ValueError("sk-canary"), ValueError("sk-canary")
        error = ConfigError("no")
        error.__cause__, cause.__context__ = cause, context
        self.redactor.exception(error)
        assert (cause.args, context.args) == ((MASK,), (MASK,))

    def test_the_members_of_a_group_are_masked(self) -> None:
        member = ValueError("sk-canary")
        self.redactor.exception(ExceptionGroup("several", [member]))
        assert member.args == (MASK,)

    def test_a_chain_that_bites_its_tail_ends(self) -> None:
        one, other = ValueError("sk-canary"), ValueError("sk-canary")
        one.__cause__, other.__cause__ = other, one
        self.redactor.exception(one)
        assert other.args == (MASK,)

    def test_other_attributes_keep_their_value_and_type(self) -> None:
        error = ConfigError("no", status=401, images=(), retry_after=1.5, maybe_billed=True)
        before = dict(vars(error))
        self.redactor.exception(error)
        assert vars(error) == before

    def test_a_redacted_error_still_pickles(self) -> None:
        error = ConfigError("sk-canary", provider="acme")
        self.redactor.exception(error)
        assert pickle.loads(pickle.dumps(error)).args == (MASK,)  # noqa: S301 - our own
