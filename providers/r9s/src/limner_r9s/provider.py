"""r9s's image API: the address, the key, and how long its URLs live."""

from __future__ import annotations

from datetime import timedelta

from limner.dialects.openai_images import OpenAIImages
from limner_r9s.capabilities import CAPABILITIES

PROVIDER = OpenAIImages(
    name="r9s",
    api_version=(1, 0),
    base_url="https://api.r9s.ai/v1",
    key_variable="R9S_API_KEY",
    url_lifetime=timedelta(minutes=60),
    capabilities=CAPABILITIES,
)
