"""What type checkers must see of the errors; never run, only checked."""

from __future__ import annotations

from typing import assert_type

from limner.errors import AuthError, LimnerError, ProviderError, TransportError
from limner.media import Image


def what_every_error_knows(error: LimnerError) -> None:
    assert_type(error.kind, str)
    assert_type(error.provider, str | None)
    assert_type(error.status, int | None)
    assert_type(error.retry_after, float | None)
    assert_type(error.maybe_billed, bool)
    assert_type(error.images, tuple[Image, ...])


def a_naive_caller_catches(refused: AuthError) -> tuple[PermissionError, ProviderError]:
    return refused, refused


def these_are_no_answers_of_a_provider(failed: TransportError) -> ProviderError:
    return failed  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
