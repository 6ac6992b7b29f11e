"""OpenAI's picture of the smallest size there is."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def usual() -> dict[str, Any]:
    return {"prompt": "a white Siamese cat", "model": "openai/gpt-image-2", "size": "16x16", "quality": "low"}
