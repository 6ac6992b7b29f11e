"""Pigment's API: its address, its key, its models, and what its page says otherwise than the family."""

from limner.capabilities import ModelCapabilities, ProviderCapabilities, Range, Source
from limner.dialects import openai_models as families
from limner.dialects.openai_images import OpenAIImages

SOURCE = Source("https://docs.pigment.example/images", "2026-11-28")
GENERATE = families.GPT_IMAGE.but(parameters={"n": Range(1, 1)}, images_per_call=1, without="moderation", default=True)

PROVIDER = OpenAIImages(
    name="pigment",
    api_version=(1, 0),
    base_url="https://api.pigment.example/v1",
    key_variable="PIGMENT_API_KEY",
    capabilities=ProviderCapabilities(
        models=(ModelCapabilities("gpt-image-1.5", operations={"generate": GENERATE}),),
        unknown={"generate": families.OPEN},
        source=SOURCE,
    ),
)
