"""What Roboflow's synthetic images take, as its page says, and where that page is silent or odd.

- ``n``, ``quality``, ``size`` and ``style`` are *see OpenAI API reference*: their values are those of that reference
  for dall-e-3. The defaults are Roboflow's own, and differ from OpenAI's (standard, vivid).
- The default model, dall-e-3, was shut down at OpenAI on 2026-05-12. No other model is named; OpenAI's others may
  work, with values that this page does not list, and with defaults that do not suit them.
- ``prompt`` is not marked as required, and what happens with neither prompt nor image is not said. limner always
  sends one.
- One image is taken, as Roboflow's own id, as a URL or as bytes; its format, size and shape are not limited. It is
  described by GPT-4 Vision, and the description becomes part of the prompt: so this is no edit, and takes no mask.
- How images come back is not said, nor how long a URL lives: OpenAI's image objects, which for dall-e-3 were URLs.
"""

from __future__ import annotations

from limner.capabilities import (
    Advises,
    Boolean,
    Count,
    Lifecycle,
    NeedsInput,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    Range,
    ServerDefault,
    Sizes,
    Source,
    Text,
    family,
)

SOURCE = Source("Roboflow, Generate Images (POST /synthetic-image)", "2026-11-20")
REFERENCE = Source("OpenAI API reference (the years of DALL-E), to which Roboflow's page refers", "2026-11-20")
SHUT_DOWN = "OpenAI shut it down on 2026-05-12; whether Roboflow still serves it is not known"

DALL_E_3 = OperationCapabilities(
    parameters={
        "prompt": Parameter(Text(), required=True, note="Not marked as required on the page; here it always is."),
        "reference_images": Parameter(Count(1, 1), wire="image", note="Described in the prompt, not edited."),
        "n": Parameter(OneOf((1,)), default=1, source=REFERENCE),
        "quality": Parameter(OneOf(("standard", "hd"), near={"high": "hd"}), default="hd", source=REFERENCE),
        "size": Parameter(Sizes(exact=("1024x1024", "1792x1024", "1024x1792")), default="1024x1024", source=REFERENCE),
        "style": Parameter(OneOf(("vivid", "natural")), default="natural", source=REFERENCE),
        "options.project_url": Parameter(Text(), wire="project_url", note="The image is added to this project."),
        "options.force_caption_regenerate": Parameter(Boolean(), wire="force_caption_regenerate", default=False),
        "options.unmodified_prompt": Parameter(Boolean(), wire="unmodified_prompt", default=False),
    },
    rules=(NeedsInput("options.force_caption_regenerate", inputs="reference_images", kinds="id"),),
    delivers=("url",),
    default=ServerDefault(SHUT_DOWN, SOURCE),
)

DEPENDENT = ("quality", "size", "style")
UNSUITED = "Roboflow's default, {}, is for dall-e-3 and may be refused by another model"
UNLISTED = DALL_E_3.but(
    # Open value by value: how many images go in, and what the options are, is Roboflow's affair and no model's.
    parameters={"n": Range(1, 10), **{name: DALL_E_3.parameters[name].but(open=True) for name in DEPENDENT}},
    rules=(Advises("quality", UNSUITED.format("hd")), Advises("style", UNSUITED.format("natural"))),
    images_per_call=10,
    default=False,
)

CAPABILITIES = ProviderCapabilities(
    models=family("dall-e-3", lifecycle=Lifecycle("unverified", note=SHUT_DOWN), operations={"generate": DALL_E_3}),
    unknown={"generate": UNLISTED},
    source=SOURCE,
    preconditions=("An OpenAI API key must be set in the settings of the Roboflow workspace.",),
)
