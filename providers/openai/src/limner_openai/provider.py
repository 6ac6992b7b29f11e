"""OpenAI's Images API: the address, the key, and the headers that an account may set."""

from __future__ import annotations

from limner.dialects.openai_images import OpenAIImages
from limner.provider import HeaderSetting
from limner_openai.capabilities import CAPABILITIES

PROVIDER = OpenAIImages(
    name="openai",
    api_version=(1, 0),
    base_url="https://api.openai.com/v1",
    base_url_variable="OPENAI_BASE_URL",
    key_variable="OPENAI_API_KEY",
    settings=(
        HeaderSetting("organization", header="OpenAI-Organization", variable="OPENAI_ORG_ID"),
        HeaderSetting("project", header="OpenAI-Project", variable="OPENAI_PROJECT_ID"),
    ),
    capabilities=CAPABILITIES,
)
