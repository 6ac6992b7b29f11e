"""fastapi.ai: ``POST /v1/images/generations``, as https://www.fastapi.ai documented it (the older text, for dall-e).

``null`` is as good as not set where the page says *or null*. Where it contradicts itself: the defaults of ``quality``
and ``style`` are dall-e-3's, which alone has them. The page's sample answers a request for one image with two;
``fail("two_images")`` does so.
"""

from __future__ import annotations

from limner_sandbox.openai_images.orders import Model
from limner_sandbox.openai_images.parameters import Parameter, choice, integer, prompt, required, text
from limner_sandbox.relay import Relay, among

_COMMON = {
    "model": required(text()),
    "response_format": Parameter(choice("url", "b64_json")),
    "user": required(text()),
}

MODELS = {
    "dall-e-2": Model(
        id="dall-e-2",
        parameters={
            **_COMMON,
            "prompt": required(prompt(1000)),
            "n": Parameter(integer(1, 10)),
            "size": Parameter(choice("256x256", "512x512", "1024x1024")),
        },
    ),
    "dall-e-3": Model(
        id="dall-e-3",
        parameters={
            **_COMMON,
            "prompt": required(prompt(4000)),
            "n": Parameter(integer(1, 1)),
            "size": Parameter(choice("1024x1024", "1792x1024", "1024x1792")),
            "quality": required(choice("standard", "hd")),
            "style": Parameter(choice("vivid", "natural")),
        },
        revises=True,
    ),
}

EMULATOR = Relay(name="fastapi.ai", base_path="/fastapi.ai/v1", choose=among(MODELS, "dall-e-2")).emulator()
