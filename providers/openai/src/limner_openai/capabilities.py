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
    Length,
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    PerCall,
    ProviderCapabilities,
    Range,
    Record,
    Sizes,
    Source,
    Text,
    Wire,
)

SOURCE = Source("OpenAI Images API, as typed by openai-python 3.52.0", "2026-11-20")
REFERENCE = Source("OpenAI API reference, Create image (the years of DALL-E)", "2026-11-20")

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
LADDER = {"hd": "high", "standard": "medium", "max": "xhigh", "xhigh": "high"}
"""Where to look for a quality that a model does not have."""

LANDSCAPE_OR_PORTRAIT = Sizes(exact=("1024x1024", "1536x1024", "1024x1536"), auto=True)
ANY_SIZE = Sizes(
    exact=LANDSCAPE_OR_PORTRAIT.exact, auto=True, multiple_of=16, min_ratio=1 / 3, max_ratio=3,
    max_edge=3840, max_pixels=3840 * 2160, warn_above=2560 * 1440,
)  # fmt: skip

GPT_IMAGE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(32_000, min=1), required=True),
        "n": Parameter(Range(1, 10), default=1),
        "size": Parameter(LANDSCAPE_OR_PORTRAIT, default="auto"),
        "quality": Parameter(OneOf(("low", "medium", "high", "auto"), near=LADDER), default="auto"),
        "background": Parameter(OneOf(("transparent", "opaque", "auto")), default="auto"),
        "output_format": Parameter(
            OneOf(("png", "jpeg", "webp", "gif", "svg"), near={"jpg": "jpeg"}),
            default="png",
            note="gif and svg need access for the project and model.",
        ),
        "output_compression": Parameter(Range(0, 100), default=100),
        "complexity": Parameter(OneOf(("low", "medium", "high")), note="Unset: the model's own choice."),
        "frame_count": Parameter(Range(2, 16), default=9),
        "frame_duration_ms": Parameter(Range(1, 655_350), default=200, note="Rounded to 10 ms."),
        "svg": Parameter(
            Record({"model": Text(), "reasoning": Record({"effort": OneOf(EFFORTS)})}, required=("model",)),
            note="Where author selection is enabled for the project.",
        ),
        "moderation": Parameter(OneOf(("low", "auto")), default="auto"),
        "safety_identifier": Parameter(Text(), note="Replaces user; hash personal data."),
        "user": Parameter(
            Text(),
            lifecycle=Lifecycle("deprecated", successor=("safety_identifier",)),
            note="Still read where safety_identifier is empty.",
        ),
    },
    rules=(
        Needs("background", ("transparent",), "output_format", ("png", "webp")),
        Needs("output_compression", None, "output_format", ("jpeg", "webp")),
        Needs("frame_count", None, "output_format", ("gif",)),
        Needs("frame_duration_ms", None, "output_format", ("gif",)),
        Needs("svg", None, "output_format", ("svg",)),
        PerCall("output_format", ("svg",), images=1),
    ),
    images_per_call=10,
    delivers=("bytes",),
    source=SOURCE,
)
FREE_SIZE = GPT_IMAGE.but(parameters={"size": ANY_SIZE})
PREVIEW = FREE_SIZE.but(
    rules=(Advises("background", "transparency is a preview with this model", when=("transparent",)),), default=True
)
MORE_EFFORT = FREE_SIZE.but(
    parameters={"quality": OneOf(("low", "medium", "high", "xhigh", "max", "auto"), near=LADDER)}
)

DALL_E_2 = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(1_000, min=1), required=True),
        "n": Parameter(Range(1, 10), default=1),
        "size": Parameter(Sizes(exact=("256x256", "512x512", "1024x1024")), default="1024x1024"),
        "quality": Parameter(
            OneOf(("standard",)), default="standard", note="Refused by the live API in 2026-03: better left unset."
        ),
        "delivery": Parameter(
            OneOf(("bytes", "url")), wire=Wire("response_format", {"bytes": "b64_json"}), default="url"
        ),
        "user": Parameter(Text()),
    },
    images_per_call=10,
    delivers=("url", "bytes"),
    source=REFERENCE,
)
DALL_E_3 = DALL_E_2.but(
    parameters={
        "prompt": Length(4_000, min=1),
        "n": OneOf((1,)),
        "size": Sizes(exact=("1024x1024", "1792x1024", "1024x1792")),
        "quality": Parameter(OneOf(("standard", "hd"), near={"high": "hd", "medium": "standard"}), default="standard"),
        "style": Parameter(OneOf(("vivid", "natural")), default="vivid"),
    },
    images_per_call=1,
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
    source=SOURCE,
)
