"""What the families of models behind the OpenAI Images wire format take: where declarations start from.

A family says which parameters there are, which values they have, how they depend on each other and how they are
spelled on the wire. It says nothing of what a server does with a parameter that is not set: no default is declared
here, as every provider has its own. A provider's declaration is a family and what differs on that provider's page::

    PAINT = DALL_E_3.but(without=("user",), defaults={"quality": "standard"}, source=PAGE)

Encodings are named by the words of this dialect:

- ``multipart``: files as form fields, a single one as ``image``, several as ``image[]``.
- ``json-references``: JSON with ``images: [{"image_url": ...} | {"file_id": ...}]`` and one such object as ``mask``;
  bytes travel as data URLs.
- ``json-data-url``: JSON with ``image``, a data URL, or a list of them where there are several, and ``mask``, a data
  URL. Not OpenAI's: relays have it.

:mod:`limner.dialects.openai_inputs` writes them.

Sources: the Images API as its official SDK types it, and for the years of DALL-E the API reference. What both call
"50MB" and "4MB" is read as powers of ten, the smaller of the two readings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from limner.capabilities import (
    AVAILABLE,
    AllOf,
    Boolean,
    Count,
    Encoding,
    FrozenMapping,
    Length,
    Lifecycle,
    MaskFits,
    MaxBytes,
    MediaTypes,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    Range,
    Sizes,
    Source,
    Square,
    Text,
    Wire,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = Source("OpenAI Images API, as typed by openai-python 3.52.0", "2026-11-20")
REFERENCE = Source("OpenAI API reference, Create image (the years of DALL-E)", "2026-11-20")

GPT_ONLY = ("background", "output_format", "output_compression", "moderation")
"""What only GPT image models take; a stream too."""

LADDER = {"hd": "high", "standard": "medium", "max": "xhigh", "xhigh": "high"}
"""Where to look for a quality that a GPT image model does not have."""

DELIVERY = Parameter(OneOf(("bytes", "url")), wire=Wire("response_format", {"bytes": "b64_json"}))
"""``response_format``, where a model takes it: ``url`` or ``b64_json``."""

PICTURES = AllOf(Count(1, 16), MediaTypes(("png", "webp", "jpeg")), MaxBytes(50_000_000, exclusive=True))
"""What a GPT image model edits."""

SMALL_SQUARE = AllOf(MediaTypes("png"), MaxBytes(4_000_000, exclusive=True), Square())
"""What dall-e-2 edits and varies."""

MASK = AllOf(MediaTypes("png"), MaxBytes(4_000_000, exclusive=True))
"""A mask; what is fully transparent in it is what changes. Its pixels are a matter of :class:`MaskFits`."""

MULTIPART = Encoding("multipart", inputs=("bytes",))
JSON_REFERENCES = Encoding(
    "json-references", limits=dict.fromkeys(("images", "mask", "markup"), MaxBytes(encoded=20_971_520))
)
JSON_DATA_URL = Encoding("json-data-url", inputs=("bytes",))


def retired_by_openai(day: str) -> Lifecycle:
    """The life of a model at a relay whose page still offers it, after OpenAI retired its own.

    Args:
        day: When that was.
    """
    return Lifecycle(note=f"OpenAI retired its own on {day}; what others serve under this name is for them to say")


DALL_E_ELSEWHERE = retired_by_openai("2026-05-12")
"""The life of dall-e-2 and dall-e-3 at such a relay."""


def streaming(operation: OperationCapabilities, lifecycle: Lifecycle = AVAILABLE) -> OperationCapabilities:
    """The same, as a stream of events where that is asked for.

    Args:
        operation: What is taken otherwise.
        lifecycle: How sure that is.
    """
    return operation.but(
        parameters={
            "stream": Parameter(Boolean(), lifecycle=lifecycle),
            "partial_images": Parameter(
                Range(0, 3),
                lifecycle=lifecycle,
                note="0: one event with the image. The image may come before all partial ones have.",
            ),
        },
        rules=(Needs("partial_images", None, "stream"),),
        streams=True,
    )


GPT_IMAGE = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(32_000, min=1), required=True),
        "n": Range(1, 10),
        "size": Sizes(exact=("1024x1024", "1536x1024", "1024x1536"), auto=True),
        "quality": OneOf(("low", "medium", "high", "auto"), near=LADDER),
        "background": OneOf(("transparent", "opaque", "auto")),
        "output_format": OneOf(("png", "jpeg", "webp"), near={"jpg": "jpeg"}),
        "output_compression": Range(0, 100),
        "moderation": OneOf(("low", "auto")),
        "user": Text(),
    },
    rules=(
        Needs("background", ("transparent",), "output_format", ("png", "webp")),
        Needs("output_compression", None, "output_format", ("jpeg", "webp")),
    ),
    images_per_call=10,
    delivers=("bytes",),
    source=SOURCE,
)
"""``generate`` with a GPT image model, without a stream. It always answers with bytes."""

GPT_IMAGE_EDIT = GPT_IMAGE.but(
    parameters={
        "images": Parameter(PICTURES, wire="image", required=True),
        "mask": MASK,
        "input_fidelity": OneOf(("high", "low")),
    },
    rules=(MaskFits(),),
    encodings=(Encoding("multipart", inputs=("bytes",), without=("moderation",)), JSON_REFERENCES),
)
"""``edit`` with a GPT image model, without a stream. Which of them take ``input_fidelity``, each provider says."""

DALL_E_2 = OperationCapabilities(
    parameters={
        "prompt": Parameter(Length(1_000, min=1), required=True),
        "n": Range(1, 10),
        "size": Sizes(exact=("256x256", "512x512", "1024x1024")),
        "delivery": DELIVERY,
        "user": Text(),
    },
    images_per_call=10,
    delivers=("url", "bytes"),
    source=REFERENCE,
)
"""``generate`` with dall-e-2. Its one quality, ``standard``, is not among the parameters: the live API refused it."""

DALL_E_2_EDIT = DALL_E_2.but(
    parameters={"images": Parameter(AllOf(Count(1, 1), SMALL_SQUARE), wire="image", required=True), "mask": MASK},
    rules=(MaskFits(),),
    encodings=(MULTIPART,),
)
"""``edit`` with dall-e-2."""

DALL_E_2_VARY = DALL_E_2_EDIT.but(
    parameters={"image": Parameter(SMALL_SQUARE, required=True)}, without=("prompt", "images", "mask")
)
"""``vary`` with dall-e-2."""

DALL_E_3 = DALL_E_2.but(
    parameters={
        "prompt": Length(4_000, min=1),
        "n": OneOf((1,)),
        "size": Sizes(exact=("1024x1024", "1792x1024", "1024x1792")),
        "quality": OneOf(("standard", "hd"), near={"high": "hd", "medium": "standard"}),
        "style": OneOf(("vivid", "natural")),
    },
    images_per_call=1,
)
"""``generate`` with dall-e-3, one image to a call."""

OPEN = GPT_IMAGE.but(
    parameters={
        "size": Sizes(auto=True, free=True),
        "quality": OneOf(("auto", "low", "medium", "high", "xhigh", "max", "standard", "hd")),
        "style": OneOf(("vivid", "natural")),
        "delivery": DELIVERY,
    },
    delivers=("url", "bytes"),
    open=True,
)
"""``generate`` with a model that no page describes, without a stream: the names are closed, the values open."""

OPEN_EDIT = OPEN.but(
    parameters={name: GPT_IMAGE_EDIT.parameters[name] for name in ("images", "mask", "input_fidelity")},
    rules=(MaskFits(),),
    encodings=GPT_IMAGE_EDIT.encodings,
)
"""``edit`` with a model that no page describes."""

OPEN_VARY = DALL_E_2_VARY.but(parameters={"size": Sizes(auto=True, free=True)}, open=True)
"""``vary`` with a model that no page describes."""

FAMILIES: Mapping[str, Mapping[str, OperationCapabilities]] = FrozenMapping(
    {
        "gpt-image": FrozenMapping({"generate": streaming(GPT_IMAGE), "edit": streaming(GPT_IMAGE_EDIT)}),
        "dall-e-3": FrozenMapping({"generate": DALL_E_3}),
        "dall-e-2": FrozenMapping({"generate": DALL_E_2, "edit": DALL_E_2_EDIT, "vary": DALL_E_2_VARY}),
        "open": FrozenMapping({"generate": streaming(OPEN), "edit": streaming(OPEN_EDIT), "vary": OPEN_VARY}),
    }
)
"""The families by name, and by operation: what a provider without code names."""
