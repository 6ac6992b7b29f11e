"""Declarations of real facts, as hard as they come: what the model must be able to say."""

from __future__ import annotations

from datetime import date

import pytest

from limner.capabilities import (
    Advises,
    AllOf,
    Alpha,
    Boolean,
    Count,
    Encoding,
    Excludes,
    Forbids,
    Length,
    Lifecycle,
    MaskFits,
    MaxBytes,
    MediaTypes,
    ModelCapabilities,
    Needs,
    NeedsInput,
    OneOf,
    OperationCapabilities,
    Parameter,
    PerCall,
    ProviderCapabilities,
    Range,
    Record,
    SamplePicture,
    ServerDefault,
    Sizes,
    Source,
    Square,
    Text,
    Wire,
    family,
)

SDK = Source("openai-python 3.52.0", "2026-11-20")
LADDER = {
    "max": "xhigh",
    "xhigh": "high",
    "high": "hd",
    "hd": "high",
    "low": "standard",
    "medium": "standard",
    "standard": "medium",
}
EFFORT = ("none", "minimal", "low", "medium", "high", "xhigh", "max")

GPT_SIZES = Sizes(exact=("1024x1024", "1536x1024", "1024x1536"), auto=True)
FREE_SIZES = Sizes(
    auto=True,
    multiple_of=16,
    min_ratio=1 / 3,
    max_ratio=3,
    max_edge=3840,
    max_pixels=3840 * 2160,
    warn_above=2560 * 1440,
)

GPT_GENERATE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(32_000), required=True),
        "n": Parameter(Range(1, 10), default=1),
        "size": Parameter(GPT_SIZES, default="auto"),
        "quality": Parameter(OneOf(("low", "medium", "high", "auto"), near=LADDER), default="auto"),
        "background": Parameter(OneOf(("transparent", "opaque", "auto")), default="auto"),
        "output_format": Parameter(OneOf(("png", "jpeg", "webp"), near={"jpg": "jpeg"}), default="png"),
        "output_compression": Parameter(Range(0, 100), default=100),
        "moderation": Parameter(OneOf(("low", "auto")), default="auto"),
        "stream": Parameter(Boolean(), default=False),
        "partial_images": Parameter(Range(0, 3), default=0),
        "safety_identifier": Text(),
        "user": Parameter(Text(), lifecycle=Lifecycle("deprecated", successor="safety_identifier")),
    },
    rules=(
        Needs("background", ("transparent",), "output_format", ("png", "webp")),
        Needs("output_compression", None, "output_format", ("jpeg", "webp")),
        Needs("partial_images", None, "stream", (True,)),
    ),
    images_per_call=10,
    streams=True,
    source=SDK,
)
ANIMATED_GENERATE = GPT_GENERATE.but(
    parameters={
        "size": FREE_SIZES,
        "output_format": OneOf(("png", "jpeg", "webp", "gif", "svg")),
        "complexity": OneOf(("low", "medium", "high")),
        "frame_count": Parameter(Range(2, 16), default=9),
        "frame_duration_ms": Parameter(Range(1, 655_350), default=200),
        "svg": Record({"model": Text(), "reasoning": Record({"effort": OneOf(EFFORT)})}, required=("model",)),
    },
    rules=(
        Needs("frame_count", None, "output_format", ("gif",)),
        Needs("frame_duration_ms", None, "output_format", ("gif",)),
        Needs("svg", None, "output_format", ("svg",)),
        Forbids("output_format", ("gif",), ("stream", "partial_images", "output_compression")),
        Forbids("output_format", ("svg",), ("stream", "partial_images", "output_compression")),
        PerCall("output_format", ("svg",), 1),
        Advises("output_format", "gif and svg need access for the project and model", ("gif", "svg")),
    ),
)
GPT_EDIT = GPT_GENERATE.but(
    parameters={
        "images": Parameter(
            AllOf(Count(1, 16), MediaTypes(("png", "webp", "jpeg")), MaxBytes(50_000_000, exclusive=True)),
            wire="image",
            required=True,
        ),
        "mask": AllOf(MediaTypes("png"), MaxBytes(4_000_000, exclusive=True), Alpha()),
        "input_fidelity": Parameter(OneOf(("high", "low")), default="low"),
    },
    rules=(MaskFits(),),
    encodings=(
        Encoding("multipart", inputs=("bytes",), without=("moderation",)),
        Encoding("json-url", inputs=("url", "id")),
        Encoding("json-data-url", inputs=("bytes",), limits={"images": MaxBytes(encoded=20_971_520)}),
    ),
)
ANIMATED_EDIT = GPT_EDIT.but(
    parameters={
        **{name: item for name, item in ANIMATED_GENERATE.parameters.items() if name != "prompt"},
        "markup": AllOf(MediaTypes("png"), Alpha()),
    },
    without="input_fidelity",
    rules=(
        Excludes("mask", "markup"),
        MaskFits("markup"),
        *ANIMATED_GENERATE.rules[len(GPT_GENERATE.rules) :],
        Forbids("output_format", ("gif",), ("mask",)),
    ),
)
FLARE = ModelCapabilities(
    "gpt-image-2.5-flare",
    aliases=("gpt-image-2.5-flare-2026-09-08",),
    operations={
        "generate": ANIMATED_GENERATE.but(
            parameters={"quality": OneOf(("low", "medium", "high", "xhigh", "max", "auto"), near=LADDER)}
        ),
        "edit": ANIMATED_EDIT.but(
            parameters={"quality": OneOf(("low", "medium", "high", "xhigh", "max", "auto"), near=LADDER)}
        ),
    },
)
GPT_IMAGE_2 = ModelCapabilities(
    "gpt-image-2",
    aliases=("gpt-image-2-2026-04-21",),
    operations={
        "generate": ANIMATED_GENERATE.but(
            rules=(Advises("background", "for gpt-image-2 transparency is a preview", ("transparent",)),)
        ),
        "edit": ANIMATED_EDIT.but(without="markup"),
    },
)
OPENAI = ProviderCapabilities(
    models=(
        FLARE,
        FLARE.but("gpt-image-2.5-sunburst", aliases=("gpt-image-2.5-sunburst-2026-09-08",)),
        GPT_IMAGE_2,
        ModelCapabilities("gpt-image-1.5", operations={"generate": GPT_GENERATE, "edit": GPT_EDIT}),
        ModelCapabilities(
            "gpt-image-1-mini",
            operations={
                "generate": GPT_GENERATE,
                "edit": GPT_EDIT.but(parameters={"input_fidelity": OneOf("low", near={"high": "low"})}),
            },
        ),
        *family(
            "gpt-image-1",
            operations={"generate": GPT_GENERATE, "edit": GPT_EDIT},
            lifecycle=Lifecycle("retired", "2026-10-23", ("gpt-image-2.5-sunburst", "gpt-image-2.5-flare")),
        ),
    ),
    unknown={"generate": ANIMATED_GENERATE.opened(), "edit": ANIMATED_EDIT.opened()},
    source=SDK,
)

DALLE_2 = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(1000), required=True),
        "n": Parameter(Range(1, 10), default=1),
        "size": Parameter(Sizes(exact=("256x256", "512x512", "1024x1024")), default="1024x1024"),
        "delivery": Parameter(
            OneOf(("bytes", "url")), wire=Wire("response_format", {"bytes": "b64_json"}), default="url"
        ),
        "user": Text(),
    },
    images_per_call=10,
    delivers=("url", "bytes"),
    default=ServerDefault("unless a parameter is set that only GPT image models take"),
)
DALLE_3 = DALLE_2.but(
    parameters={
        "prompt": Length(4000),
        "size": Sizes(exact=("1024x1024", "1792x1024", "1024x1792")),
        "quality": Parameter(OneOf(("standard", "hd"), near=LADDER), default="standard"),
        "style": Parameter(OneOf(("vivid", "natural")), default="vivid"),
    },
    images_per_call=1,
    default=False,
)
R9S = ProviderCapabilities(
    models=(
        ModelCapabilities(
            "dall-e-2",
            operations={
                "generate": DALLE_2,
                "edit": DALLE_2.but(
                    parameters={
                        "images": Parameter(
                            AllOf(Count(1, 1), MediaTypes("png"), MaxBytes(4_000_000, exclusive=True), Square()),
                            wire="image",
                            required=True,
                        ),
                        "mask": AllOf(MediaTypes("png"), MaxBytes(4_000_000, exclusive=True)),
                    },
                    rules=(MaskFits(),),
                    encodings=(Encoding("json-data-url", inputs=("bytes",)),),
                ),
            },
        ),
        ModelCapabilities("dall-e-3", operations={"generate": DALLE_3}),
        *family("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", operations={"generate": GPT_GENERATE}),
    ),
    unknown=None,
    source=Source("r9s: images", date(2026, 11, 20)),
)
ROBOFLOW_GENERATE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(4000)),
        "images": Parameter(Count(1, 1), wire="image"),
        "n": Parameter(Range(1), default=1),
        "quality": Parameter(OneOf(("standard", "hd")), default="hd", open=True),
        "size": Parameter(Sizes(exact="1024x1024"), default="1024x1024", open=True),
        "style": Parameter(OneOf(("vivid", "natural")), default="natural"),
        "options.project_url": Parameter(Text(), wire="project_url"),
        "options.force_caption_regenerate": Parameter(Boolean(), wire="force_caption_regenerate", default=False),
        "options.unmodified_prompt": Parameter(Boolean(), wire="unmodified_prompt", default=False),
    },
    rules=(NeedsInput("options.force_caption_regenerate"),),
    encodings=(Encoding("json", inputs=("id", "url", "bytes")),),
    delivers=("url",),
    default=ServerDefault(),
)
UNSUITED = "the server's default is for dall-e-3; set it for another model"
ROBOFLOW = ProviderCapabilities(
    models=(ModelCapabilities("dall-e-3", operations={"generate": ROBOFLOW_GENERATE}),),
    unknown={
        "generate": ROBOFLOW_GENERATE.but(rules=(Advises("quality", UNSUITED), Advises("style", UNSUITED))).opened()
    },
    source=Source("Roboflow: synthetic image", "2026-11-20"),
    preconditions=("An OpenAI key must be stored in the settings of the Roboflow workspace.",),
)


@pytest.fixture
def openai() -> ProviderCapabilities:
    return OPENAI


@pytest.fixture
def r9s() -> ProviderCapabilities:
    return R9S


@pytest.fixture
def roboflow() -> ProviderCapabilities:
    return ROBOFLOW


@pytest.fixture
def png() -> SamplePicture:
    """A square PNG with alpha, given as bytes."""
    return SamplePicture()
