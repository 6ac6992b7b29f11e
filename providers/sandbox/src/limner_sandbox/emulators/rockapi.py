"""RockAPI: ``POST /openai/v1/images/generations`` as its page documents it; edits and variations are *Coming Soon*.

The page says nothing of ``style``, ``user`` or ``null``, and none is taken. What it leaves open is as one-api has it:
the longest prompts, dall-e-2's sizes, and dall-e-2 where no model is named. What is announced answers 501.
"""

from __future__ import annotations

from limner_sandbox.openai_images.orders import Model
from limner_sandbox.openai_images.parameters import choice, integer, prompt, required, text
from limner_sandbox.relay import Relay, among

_COMMON = {
    "model": required(text()),
    "response_format": required(choice("url", "b64_json")),
}

MODELS = {
    "dall-e-2": Model(
        id="dall-e-2",
        parameters={
            **_COMMON,
            "prompt": required(prompt(1000)),
            "n": required(integer(1, 10)),
            "size": required(choice("256x256", "512x512", "1024x1024")),
            "quality": required(choice("standard")),
        },
    ),
    "dall-e-3": Model(
        id="dall-e-3",
        parameters={
            **_COMMON,
            "prompt": required(prompt(4000)),
            "n": required(integer(1, 1)),
            "size": required(choice("1024x1024", "1024x1792", "1792x1024")),
            "quality": required(choice("standard", "hd")),
        },
        revises=True,
    ),
}

EMULATOR = Relay(
    name="rockapi",
    base_path="/rockapi/openai/v1",
    choose=among(MODELS, "dall-e-2"),
    announced=("/images/edits", "/images/variations"),
).emulator()
