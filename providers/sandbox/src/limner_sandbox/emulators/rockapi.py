"""RockAPI: ``POST /openai/v1/images/generations`` as its page documents it, and edits and variations as it announces.

The page says nothing of ``style``, ``user`` or ``null``, and none is taken. What it leaves open is as one-api has it:
the longest prompts, dall-e-2's sizes, and dall-e-2 where no model is named (as in the page's TypeScript sample).

Edits and variations are *Coming Soon*: they answer 501, except in a sandbox with ``announced=True``. Then they are as
the page describes them: dall-e-2 only, forms, square PNG files of less than 4 MB, a mask as large as the image.
"""

from __future__ import annotations

from limner_sandbox.openai_images.bodies import read_form
from limner_sandbox.openai_images.inputs import SMALL_SQUARE, files, in_form, one_file, own_or_large
from limner_sandbox.openai_images.orders import Model, take_edit, take_variation
from limner_sandbox.openai_images.parameters import choice, integer, prompt, required, text
from limner_sandbox.relay import Relay, Reworking, among

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

_ANNOUNCED = {
    **_COMMON,
    "image": required(files(SMALL_SQUARE)),
    "n": required(integer(1, 10)),
    "size": required(choice("256x256", "512x512", "1024x1024")),
}
EDITED = {
    "dall-e-2": Model(
        id="dall-e-2",
        parameters={**_ANNOUNCED, "prompt": required(prompt(1000)), "mask": required(one_file)},
        required=("image", "prompt"),
        limits=SMALL_SQUARE,
    )
}
VARIED = {
    "dall-e-2": Model(
        id="dall-e-2", parameters=_ANNOUNCED, required=("image",), limits=SMALL_SQUARE, size="auto", fit=own_or_large
    )
}

EMULATOR = Relay(
    name="rockapi",
    base_path="/rockapi/openai/v1",
    choose=among(MODELS, "dall-e-2"),
    reworkings=(
        Reworking(
            path="/images/edits",
            read=read_form,
            take=take_edit,
            choose=among(EDITED, "dall-e-2"),
            bring=in_form,
            announced=True,
        ),
        Reworking(
            path="/images/variations",
            read=read_form,
            take=take_variation,
            choose=among(VARIED, "dall-e-2"),
            bring=in_form,
            announced=True,
        ),
    ),
).emulator()
