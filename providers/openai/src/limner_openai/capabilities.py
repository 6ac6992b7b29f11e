"""What OpenAI's image models take, as the Images API is typed by the official SDK (openai-python 3.52.0).

Where two pages of OpenAI differ, the newer one stands. Contradictions and open points are noted where they bite:

- The SDK lists 256, 512 and 1792 sizes, ``standard`` and ``hd``, ``response_format`` and ``style`` for every model; the
  GPT image models refuse them (``unknown_parameter`` for ``response_format`` was recorded), so only the retired
  DALL-E models declare them.
- "Above 2560x1440" is read as a number of pixels: more of them are experimental. Lower limits of pixels and edges are
  said to exist and are not stated; none is declared.
- gpt-image-2.6 is typed and not described: it is declared like 2.5, and unverified.
- ``moderation`` is not among the fields of an edit's form. OpenAI's own schema (2026-08-21) has it in the JSON body of
  an edit, so an edit with it goes as JSON, images as data URLs where they are not URLs or ids.
- How JSON spells ``markup`` is not written; it is sent as ``mask`` is.
- Which models take ``input_fidelity`` is said of 1, 1.5, the mini and 2. For the others it is unverified.
- The live API refused ``quality="standard"`` for dall-e-2 (2026-03) although the page allows it.
"""

from __future__ import annotations

from limner.capabilities import (
    Advises,
    AllOf,
    Alpha,
    Constraint,
    Excludes,
    Forbids,
    Lifecycle,
    MaskFits,
    MediaTypes,
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
    Text,
)
from limner.dialects import openai_models as families

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
AUTHOR = Text(r"\S+", form="the name of a model", examples=("gpt-5",))

ANY_SIZE = Sizes(
    exact=("1024x1024", "1536x1024", "1024x1536"), auto=True, multiple_of=16, min_ratio=1 / 3, max_ratio=3,
    max_edge=3840, max_pixels=3840 * 2160, warn_above=2560 * 1440,
)  # fmt: skip

GPT_IMAGE = families.streaming(families.GPT_IMAGE).but(
    parameters={
        "output_format": Parameter(
            OneOf(("png", "jpeg", "webp", "gif", "svg"), near={"jpg": "jpeg"}),
            note="gif and svg need access for the project and model.",
        ),
        "complexity": Parameter(OneOf(("low", "medium", "high")), note="Unset: the model's own choice."),
        "frame_count": Range(2, 16),
        "frame_duration_ms": Parameter(Range(1, 655_350), note="Rounded to 10 ms."),
        "svg": Parameter(
            Record({"model": AUTHOR, "reasoning": Record({"effort": OneOf(EFFORTS)})}, required=("model",)),
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
        Forbids("output_format", ("gif", "svg"), ("stream", "partial_images")),
    ),
    defaults={
        "n": 1, "size": "auto", "quality": "auto", "background": "auto", "output_format": "png",
        "output_compression": 100, "frame_count": 9, "frame_duration_ms": 200, "moderation": "auto",
        "stream": False, "partial_images": 0,
    },
)  # fmt: skip
FREE_SIZE = GPT_IMAGE.but(parameters={"size": ANY_SIZE})
PREVIEW = FREE_SIZE.but(
    rules=(Advises("background", "transparency is a preview with this model", when=("transparent",)),), default=True
)
MORE_EFFORT = FREE_SIZE.but(
    parameters={"quality": OneOf(("low", "medium", "high", "xhigh", "max", "auto"), near=families.LADDER)}
)


def edit(generate: OperationCapabilities, **more: Parameter | Constraint) -> OperationCapabilities:
    """What a GPT image model takes to edit: all it takes to generate, images, and a mask. gif goes without masks."""
    return generate.but(
        parameters={name: families.GPT_IMAGE_EDIT.parameters[name] for name in ("images", "mask")} | more,
        rules=(MaskFits(), Forbids("output_format", ("gif",), ("mask",))),
        encodings=families.GPT_IMAGE_EDIT.encodings,
    )


# Of input_fidelity: both values for 1.5 (and once for 1), low for the mini; gpt-image-2 is to be sent none.
EITHER = Parameter(OneOf(("high", "low")), default="low")
LOW = Parameter(OneOf(("low",)), default="low")
UNSAID = EITHER.but(lifecycle=Lifecycle("unverified", note="the page does not say whether this model takes it"))
MARKED = edit(
    MORE_EFFORT,
    input_fidelity=UNSAID,
    markup=Parameter(
        AllOf(MediaTypes("png"), Alpha()), note="A guide laid over the first image, with its pixels as shown."
    ),
).but(rules=(Excludes("mask", "markup"), MaskFits("markup", turned=True)))

QUALITY = {"quality": Parameter(OneOf(("standard",)), note="Refused by the live API in 2026-03: better left unset.")}
DALL_E_2_DEFAULTS = {"n": 1, "size": "1024x1024", "delivery": "url"}
DALL_E_2 = families.DALL_E_2.but(parameters=QUALITY, defaults={**DALL_E_2_DEFAULTS, "quality": "standard"})
DALL_E_2_EDIT = families.DALL_E_2_EDIT.but(parameters=QUALITY, defaults={**DALL_E_2_DEFAULTS, "quality": "standard"})
DALL_E_2_VARY = families.DALL_E_2_VARY.but(defaults=DALL_E_2_DEFAULTS)
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
        ModelCapabilities(
            "gpt-image-2", aliases=("gpt-image-2-2026-04-21",), operations={"generate": PREVIEW, "edit": edit(PREVIEW)}
        ),
        *(
            ModelCapabilities(
                name, aliases=(f"{name}-2026-09-08",), operations={"generate": MORE_EFFORT, "edit": MARKED}
            )
            for name in NEWEST
        ),
        ModelCapabilities(
            "gpt-image-1.5", operations={"generate": GPT_IMAGE, "edit": edit(GPT_IMAGE, input_fidelity=EITHER)}
        ),
        ModelCapabilities(
            "gpt-image-1-mini", operations={"generate": GPT_IMAGE, "edit": edit(GPT_IMAGE, input_fidelity=LOW)}
        ),
        ModelCapabilities(
            "chatgpt-image-latest", operations={"generate": GPT_IMAGE, "edit": edit(GPT_IMAGE, input_fidelity=UNSAID)}
        ),
        *(
            ModelCapabilities(name, lifecycle=UNVERIFIED, operations={"generate": MORE_EFFORT, "edit": MARKED})
            for name in ("gpt-image-2.6-sunburst", "gpt-image-2.6-flare")
        ),
        ModelCapabilities(
            "gpt-image-1",
            lifecycle=retired("2026-10-23", *NEWEST),
            operations={"generate": GPT_IMAGE, "edit": edit(GPT_IMAGE, input_fidelity=EITHER)},
        ),
        ModelCapabilities(
            "dall-e-3", lifecycle=retired("2026-05-12", "gpt-image-2"), operations={"generate": DALL_E_3}
        ),
        ModelCapabilities(
            "dall-e-2",
            lifecycle=retired("2026-05-12", "gpt-image-2"),
            operations={
                "generate": DALL_E_2,
                "edit": DALL_E_2_EDIT,
                "vary": DALL_E_2_VARY,
            },
        ),
    ),
    unknown={"generate": MORE_EFFORT.opened(), "edit": MARKED.opened()},
    source=families.SOURCE,
)
