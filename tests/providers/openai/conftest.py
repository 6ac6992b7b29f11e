"""OpenAI's picture of the smallest size there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def paint(generate: Callable[..., Any]) -> Callable[..., Any]:
    """The tiniest request, sync or async, with changes to it."""

    def paint(**changes: Any) -> Any:
        usual = {"prompt": "a white Siamese cat", "model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}
        return generate(**{**usual, **changes})

    return paint
