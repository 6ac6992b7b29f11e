"""fastapi.ai's image API: the address, the key, and how long its URLs live."""

from __future__ import annotations

from datetime import timedelta

from limner.dialects.openai_images import OpenAIImages
from limner_fastapiai.capabilities import CAPABILITIES

PROVIDER = OpenAIImages(
    name="fastapi.ai",
    api_version=(1, 0),
    base_url="https://api.fastapi.ai/v1",
    key_variable="FAST_API_KEY",
    url_lifetime=timedelta(minutes=60),
    capabilities=CAPABILITIES,
)
