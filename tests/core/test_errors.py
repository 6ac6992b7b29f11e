"""The error tree: kinds, the built-ins they also are, and what survives a pickle."""

from __future__ import annotations

import pickle

import pytest

from limner import errors
from limner.errors import BadRequestError, LimnerError, UnsupportedError, error_kinds

KINDS = (
    "connect", "tls", "timeout", "protocol", "decode", "schema", "auth", "permission", "not_found",
    "model_unavailable", "bad_request", "conflict", "rate_limit", "quota", "server", "content_policy", "bad_image",
    "too_large", "expired", "redirect", "ssrf_blocked", "unsupported", "bad_input", "config", "plugin", "cancelled",
)  # fmt: skip


def test_every_kind_of_the_contract_has_exactly_one_class() -> None:
    assert sorted(error_kinds()) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_pickles_with_all_it_knows(kind: str) -> None:
    error = error_kinds()[kind]("it failed", provider="acme", status=500, maybe_billed=True, retry_after=2.5)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), copy.__dict__) == (type(error), "it failed", error.__dict__)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        ("config", ValueError),
        ("unsupported", ValueError),
        ("timeout", TimeoutError),
        ("connect", ConnectionError),
        ("auth", PermissionError),
        ("model_unavailable", LookupError),
        ("plugin", RuntimeError),
    ],
)
def test_an_error_is_also_the_built_in_a_naive_caller_catches(kind: str, builtin: type[Exception]) -> None:
    assert issubclass(error_kinds()[kind], builtin)


def test_the_docstring_draws_every_leaf_with_its_kind() -> None:
    for kind, cls in error_kinds().items():
        assert any(cls.__name__ in line and f" {kind} " in line for line in (errors.__doc__ or "").splitlines()), kind


def test_what_is_not_known_is_none() -> None:
    error = LimnerError("it failed")
    assert (error.provider, error.status, error.images, error.maybe_billed) == (None, None, (), False)
    assert error.message == "it failed"


def test_an_error_without_a_sentence_has_an_empty_message() -> None:
    error = LimnerError.__new__(LimnerError)
    assert error.message == ""


def test_context_fills_gaps_and_overwrites_nothing() -> None:
    error = BadRequestError("no", status=400)
    assert error.with_context(status=500, provider="acme", model=None) is error
    assert (error.status, error.provider, error.model) == (400, "acme", None)


def test_a_context_that_no_error_has_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="'colour'"):
        LimnerError("no").with_context(colour="red")


def test_an_unsupported_error_has_no_reasons_until_it_is_given_some() -> None:
    assert UnsupportedError("no").reasons == ()
