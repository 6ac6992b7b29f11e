"""What OpenAI's image models take, as the Images API is typed by the official SDK (openai-python 3.52.0).

Where two pages of OpenAI differ, the newer one stands. Contradictions and open points are noted where they bite:

- The SDK lists 256, 512 and 1792 sizes, ``standard`` and ``hd``, ``response_format`` and ``style`` for every model; the
  GPT image models refuse them (``unknown_parameter`` for ``response_format`` was recorded), so only the retired
  DALL-E models declare them.
- "Above 2560x1440" is read as a number of pixels: more of them are experimental. Lower limits of pixels and edges are
  said to exist and are not stated; none is declared.
- gpt-image-2.6 is typed and not described: it is declared like 2.5, and unverified.
- The live API refused ``quality="standard"`` for dall-e-2 (2026-03) although the page allows it.
"""

from __future__ import annotations

from limner.capabilities import (
    Advises,
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    Parameter,
    PerCall,
    ProviderCapabilities,
    Range,
    Record,
    Sizes,
    Text,
)
from limner.dialects import openai_models as families

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

ANY_SIZE = Sizes(
    exact=("1024x1024", "1536x1024", "1024x1536"), auto=True, multiple_of=16, min_ratio=1 / 3, max_ratio=3,
    max_edge=3840, max_pixels=3840 * 2160, warn_above=2560 * 1440,
)  # fmt: skip

GPT_IMAGE = families.GPT_IMAGE.but(
    parameters={
        "output_format": Parameter(
            OneOf(("png", "jpeg", "webp", "gif", "svg"), near={"jpg": "jpeg"}),
            note="gif and svg need access for the project and model.",
        ),
        "complexity": Parameter(OneOf(("low", "medium", "high")), note="Unset: the model's own choice."),
        "frame_count": Range(2, 16),
        "frame_duration_ms": Parameter(Range(1, 655_350), note="Rounded to 10 ms."),
        "svg": Parameter(
            Record({"model": Text(), "reasoning": Record({"effort": OneOf(EFFORTS)})}, required=("model",)),
            note="Where author selection is enabled for the project.",
        ),
        "safety_identifier": Parameter(Text(), note="Replaces user; hash personal data."),
        "user": Parameter(
            Text(),
            lifecycle=Lifecycle("deprecated", successor=("safety_identifier",)),
            note="Still read where safety_identifier is empty.",
        ),
    },
    rules=(
        Needs("frame_count", None, "output_format", ("gif",)),
        Needs("frame_duration_ms", None, "output_format", ("gif",)),
        Needs("svg", None, "output_format", ("svg",)),
        PerCall("output_format", ("svg",), images=1),
    ),
    defaults={
        "n": 1, "size": "auto", "quality": "auto", "background": "auto", "output_format": "png",
        "output_compression": 100, "frame_count": 9, "frame_duration_ms": 200, "moderation": "auto",
    },
)  # fmt: skip
FREE_SIZE = GPT_IMAGE.but(parameters={"size": ANY_SIZE})
PREVIEW = FREE_SIZE.but(
    rules=(Advises("background", "transparency is a preview with this model", when=("transparent",)),), default=True
)
MORE_EFFORT = FREE_SIZE.but(
    parameters={"quality": OneOf(("low", "medium", "high", "xhigh", "max", "auto"), near=families.LADDER)}
)

DALL_E_2 = families.DALL_E_2.but(
    parameters={
        "quality": Parameter(OneOf(("standard",)), note="Refused by the live API in 2026-03: better left unset.")
    },
    defaults={"n": 1, "size": "1024x1024", "quality": "standard", "delivery": "url"},
)
DALL_E_3 = families.DALL_E_3.but(
    defaults={"n": 1, "size": "1024x1024", "quality": "standard", "style": "vivid", "delivery": "url"}
)


def retired(day: str, *successors: str) -> Lifecycle:
    """A model that was shut down."""
    return Lifecycle("retired", date=day, successor=successors)


UNVERIFIED = Lifecycle("unverified", note="typed by the SDK, described nowhere; declared like 2.5")
NEWEST = ("gpt-image-2.5-sunburst", "gpt-image-2.5-flare")

CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("gpt-image-2", aliases=("gpt-image-2-2026-04-21",), operations={"generate": PREVIEW}),
        *(
            ModelCapabilities(name, aliases=(f"{name}-2026-09-08",), operations={"generate": MORE_EFFORT})
            for name in NEWEST
        ),
        ModelCapabilities("gpt-image-1.5", operations={"generate": GPT_IMAGE}),
        ModelCapabilities("gpt-image-1-mini", operations={"generate": GPT_IMAGE}),
        ModelCapabilities("chatgpt-image-latest", operations={"generate": GPT_IMAGE}),
        *(
            ModelCapabilities(name, lifecycle=UNVERIFIED, operations={"generate": MORE_EFFORT})
            for name in ("gpt-image-2.6-sunburst", "gpt-image-2.6-flare")
        ),
        ModelCapabilities("gpt-image-1", lifecycle=retired("2026-10-23", *NEWEST), operations={"generate": GPT_IMAGE}),
        ModelCapabilities(
            "dall-e-3", lifecycle=retired("2026-05-12", "gpt-image-2"), operations={"generate": DALL_E_3}
        ),
        ModelCapabilities(
            "dall-e-2", lifecycle=retired("2026-05-12", "gpt-image-2"), operations={"generate": DALL_E_2}
        ),
    ),
    unknown={"generate": MORE_EFFORT.opened()},
    source=families.SOURCE,
)
