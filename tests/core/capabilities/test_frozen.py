"""The mapping that cannot be changed."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from limner.capabilities import FrozenMapping
from limner.capabilities.frozen import as_some_values, as_values, as_words, freeze

MAPPING = FrozenMapping({"a": 1, "b": 2})


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(a=2),
        lambda it: it.pop("a"),
        lambda it: it.popitem(),
        lambda it: it.clear(),
        lambda it: it.setdefault("c", 3),
        lambda it: it.__setitem__("a", 2),
        lambda it: it.__delitem__("a"),
        lambda it: it.__ior__({"c": 3}),
    ],
)
def test_every_change_is_refused(change: Any) -> None:
    with pytest.raises(TypeError, match="cannot be changed"):
        change(MAPPING)
    assert MAPPING == {"a": 1, "b": 2}


def test_copies_are_frozen_too() -> None:
    for again in (pickle.loads(pickle.dumps(MAPPING)), copy.deepcopy(MAPPING)):  # noqa: S301 - our own bytes
        assert again == MAPPING
        assert isinstance(again, FrozenMapping)


def test_equal_mappings_hash_alike_whatever_their_order() -> None:
    assert hash(FrozenMapping({"b": 2, "a": 1})) == hash(MAPPING)


def test_it_looks_like_a_dict() -> None:
    assert repr(MAPPING) == "{'a': 1, 'b': 2}"


def test_what_is_frozen_is_not_copied_again() -> None:
    assert freeze(MAPPING) is MAPPING
    assert freeze({"a": 1, "b": 2}) == MAPPING


def test_a_single_word_is_one_item_and_not_its_letters() -> None:
    assert as_words("png") == ("png",)
    assert as_words(["a", "b"]) == ("a", "b")
    assert as_values(5) == (5,)
    assert as_values("png") == ("png",)
    assert as_values([1, "b"]) == (1, "b")
    assert as_some_values("a") == ("a",)
    assert as_some_values(None) is None
