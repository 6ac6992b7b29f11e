"""RockAPI's image API: the address, the key, how long its URLs live, and its advice against rewriting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from limner.dialects.openai_images import OpenAIImages
from limner_rockapi.capabilities import CAPABILITIES
from limner_rockapi.options import ADVICE


def advised(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a call, with the page's advice before the prompt where the option asks for it."""
    asked = values.pop("options.verbatim_prompt", False)
    return {**values, "prompt": f"{ADVICE} {values['prompt']}"} if asked else values


PROVIDER = OpenAIImages(
    name="rockapi", api_version=(1, 0), base_url="https://api.rockapi.ru/openai/v1", key_variable="ROCKAPI_API_KEY",
    url_lifetime=timedelta(hours=1), capabilities=CAPABILITIES, prepare=advised,
)  # fmt: skip
