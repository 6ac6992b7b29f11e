"""What r9s's page declares: ``generate`` and ``edit`` with dall-e-2, dall-e-3 and three GPT image models.

The page contradicts itself and leaves some things open. It is read like this:

- All its examples of ``generate`` use gpt-4o-mini, which is a chat model, with the values of DALL-E. It is a model
  that the page's own list does not have: such models pass with a warning, and what they are given is sent as it is.
- Nine parameters are typed ``object`` and hold words, numbers or booleans; ``image`` is typed ``string`` and may be a
  list. The descriptions count, not that column.
- The default of ``quality``, auto, stands outside the lists by model. dall-e-3 takes it; of dall-e-2 it is said that
  standard "is the only option", so that one does not. The default of ``size``, auto, stands with the GPT image models
  and is theirs alone. No default of ``n``, ``response_format``, ``style`` or ``partial_images`` is stated. That
  ``output_format`` is png by default is said under ``background``.
- The default model is dall-e-2 "unless a parameter specific to the GPT image models is used", and then it is not said
  which. Without a model, dall-e-2 is what is planned for, and such a parameter is refused: name a model.
- ``edit`` lists dall-e-3 and its parameters, and says of no image how dall-e-3 would take it; OpenAI never had it.
  It is declared with one image, of which there may be more, and as unverified.
- ``edit`` takes JSON with data URLs, which is neither OpenAI's multipart form nor its JSON; no address of an image is
  mentioned, so only bytes are taken. The code samples send ``{}``, without the image and prompt that are required.
- ``input_fidelity`` is "only supported for gpt-image-1", which leaves out gpt-image-1.5 as well as the mini; OpenAI
  says otherwise. The page stands.
- ``stream`` and ``partial_images`` are described and the events are not: both are unverified, and OpenAI's events are
  what is understood.
- The usage table has none of OpenAI's words, and the response has none of the resolved values (``background`` and so
  on); a sample answers an edit with a URL. Whatever comes is read.

"50MB" and "4MB" are read as powers of ten. No limit of rates, no header and no error is stated.
"""

from __future__ import annotations

from limner.capabilities import (
    Count,
    Lifecycle,
    MaskFits,
    ModelCapabilities,
    OneOf,
    Parameter,
    ProviderCapabilities,
    ServerDefault,
    Source,
    family,
)
from limner.dialects import openai_models as families

SOURCE = Source("r9s: images (https://api.r9s.ai/v1)", "2026-11-20")
BY_DATA_URL = (families.JSON_DATA_URL,)
NO_EVENTS = Lifecycle("unverified", note="the page does not describe the events")
NO_IMAGE = Lifecycle("unverified", note="the page lists dall-e-3 for edits and does not say which image it takes")
SUSPECT = ServerDefault(
    "Unless a parameter of GPT image models is set. OpenAI retired its dall-e-2 on 2026-05-12: better name a model.",
    SOURCE,
)

GPT_DEFAULTS = {
    "size": "auto", "quality": "auto", "background": "auto", "output_format": "png", "output_compression": 100,
    "moderation": "auto", "stream": False,
}  # fmt: skip
GPT_IMAGE = families.streaming(families.GPT_IMAGE, NO_EVENTS).but(defaults=GPT_DEFAULTS, source=SOURCE)
FAITHFUL_EDIT = families.streaming(families.GPT_IMAGE_EDIT, NO_EVENTS).but(
    defaults={**GPT_DEFAULTS, "input_fidelity": "low"}, encodings=BY_DATA_URL, source=SOURCE
)
GPT_IMAGE_EDIT = FAITHFUL_EDIT.but(without="input_fidelity")

QUALITY = {"quality": Parameter(OneOf("standard"), default="standard", note="The only value for dall-e-2.")}
DALL_E_2 = families.DALL_E_2.but(parameters=QUALITY, default=SUSPECT, source=SOURCE)
DALL_E_2_EDIT = families.DALL_E_2_EDIT.but(parameters=QUALITY, encodings=BY_DATA_URL, default=SUSPECT, source=SOURCE)
DALL_E_3 = families.DALL_E_3.but(
    parameters={"quality": OneOf(("auto", "hd", "standard"), near={"high": "hd", "medium": "standard"})},
    defaults={"quality": "auto"},
    source=SOURCE,
)
DALL_E_3_EDIT = DALL_E_3.but(
    parameters={"images": Parameter(Count(1, 1), wire="image", required=True, open=True), "mask": families.MASK},
    rules=(MaskFits(),),
    encodings=BY_DATA_URL,
    lifecycle=NO_IMAGE,
)

CAPABILITIES = ProviderCapabilities(
    models=(
        *family("gpt-image-1.5", "gpt-image-1-mini", operations={"generate": GPT_IMAGE, "edit": GPT_IMAGE_EDIT}),
        ModelCapabilities(
            "gpt-image-1",
            lifecycle=families.retired_by_openai("2026-10-23"),
            operations={"generate": GPT_IMAGE, "edit": FAITHFUL_EDIT},
        ),
        ModelCapabilities(
            "dall-e-3",
            lifecycle=families.DALL_E_ELSEWHERE,
            operations={"generate": DALL_E_3, "edit": DALL_E_3_EDIT},
        ),
        ModelCapabilities(
            "dall-e-2",
            lifecycle=families.DALL_E_ELSEWHERE,
            operations={"generate": DALL_E_2, "edit": DALL_E_2_EDIT},
        ),
    ),
    unknown={
        "generate": families.streaming(families.OPEN, NO_EVENTS).but(source=SOURCE),
        "edit": families.streaming(families.OPEN_EDIT, NO_EVENTS).but(encodings=BY_DATA_URL, source=SOURCE),
    },
    source=SOURCE,
)
