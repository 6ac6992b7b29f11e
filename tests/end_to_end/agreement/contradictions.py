"""Where limner and its sandbox part on purpose: each with the sentence why neither is wrong."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from agreement.asks import URL, picture
from attrs import field, frozen

from limner_roboflow import RoboflowOptions
from limner_rockapi import RockAPIOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _always(_: Mapping[str, Any]) -> bool:
    return True


@frozen(kw_only=True)
class Contradiction:
    """One place where the two part."""

    why: str
    """The pages leave it open, or contradict themselves: what each side made of it."""
    refused_by: Literal["limner", "sandbox"]
    provider: str
    models: tuple[str, ...] = ()
    """Which; without it, all."""
    operation: str | None = None
    parameter: str
    """What is at fault: to limner where it refuses, else what the request has to have set."""
    when: Callable[[Mapping[str, Any]], bool] = _always
    """Which values of the request it is about."""
    example: Mapping[str, Any] = field(factory=dict)
    """A request that shows it: model, operation, whether it streams, and what is set."""

    def covers(self, model: str, operation: str, values: Mapping[str, Any]) -> bool:
        """Whether a request is one of those."""
        return (
            (not self.models or model in self.models)
            and self.operation in {None, operation}
            and self.parameter in values
            and self.when(values)
        )


NEWEST = ("gpt-image-2.6-sunburst", "gpt-image-2.6-flare")
UNDESCRIBED = (
    "Of gpt-image-2.6 the SDK has the name alone: limner declares it like 2.5 and warns, the sandbox takes what all GPT"
    " image models take."
)
OPAQUE = picture("RGBA", filled=True)

CONTRADICTIONS = (
    Contradiction(
        why="Compression is for webp and jpeg only, and its default is 100: limner refuses it with other formats, the"
        " sandbox takes the default where it is said aloud.",
        refused_by="limner", provider="openai", parameter="output_compression",
        when=lambda values: values["output_compression"] == 100 and values.get("output_format") != "svg",
        example={"model": "gpt-image-2", "output_compression": 100},
    ),
    Contradiction(
        why="Frames are for streams, and the default is 0: limner refuses them without a stream, the sandbox takes the"
        " default where it is said aloud.",
        refused_by="limner", provider="openai", parameter="partial_images",
        when=lambda values: values["partial_images"] == 0,
        example={"model": "gpt-image-2", "partial_images": 0},
    ),
    Contradiction(
        why="A frame's duration is capped at 655,350 ms: limner refuses what would be shortened unasked, the sandbox"
        " shortens it.",
        refused_by="limner", provider="openai", parameter="frame_duration_ms",
        when=lambda values: values["frame_duration_ms"] > 655_350,
        example={"model": "gpt-image-2", "output_format": "gif", "frame_duration_ms": 655_351},
    ),
    Contradiction(
        why="A markup has transparent pixels: limner reads headers, which say only that there may be some.",
        refused_by="sandbox", provider="openai", operation="edit", parameter="markup",
        when=lambda values: getattr(values["markup"].blob, "sha256", None) == sha256(OPAQUE).hexdigest(),
        example={
            "model": "gpt-image-2.5-flare", "operation": "edit",
            "images": picture("RGBA"), "markup": OPAQUE,
        },
    ),
    *(
        Contradiction(
            why=UNDESCRIBED, refused_by="sandbox", provider="openai", models=NEWEST, parameter=parameter,
            example=example,
        )
        for parameter, example in (
            ("size", {"model": NEWEST[0], "size": "1792x1008"}),
            ("aspect_ratio", {"model": NEWEST[0], "aspect_ratio": "16:9"}),
            ("quality", {"model": NEWEST[1], "quality": "xhigh"}),
            ("markup", {
                "model": NEWEST[1], "operation": "edit", "images": picture("RGBA"), "markup": picture("RGBA")
            }),
        )
    ),
    Contradiction(
        why="The page gives dall-e-2 the quality standard only, and every model the default auto: limner goes by the"
        " first, the sandbox takes both.",
        refused_by="limner", provider="r9s", models=("dall-e-2",), parameter="quality",
        when=lambda values: values["quality"] == "auto",
        example={"model": "dall-e-2", "quality": "auto"},
    ),
    Contradiction(
        why="The page lists dall-e-3 for edits and says of no image how it takes it: limner warns and sends any one,"
        " the sandbox takes those of GPT image models.",
        refused_by="sandbox", provider="r9s", models=("dall-e-3",), operation="edit", parameter="images",
        when=lambda values: values["images"][0].media_type == "image/gif",
        example={"model": "dall-e-3", "operation": "edit", "images": picture("L", kind="GIF")},
    ),
    Contradiction(
        why="The page states no length of a prompt: limner has no limit, the sandbox has one-api's.",
        refused_by="sandbox", provider="rockapi", parameter="prompt",
        when=lambda values: len(values["prompt"]) > 1_000,
        example={"model": "dall-e-3", "prompt": "x" * 4_001},
    ),
    Contradiction(
        why="By the page all is standard by default, and hd can be set with dall-e-3: limner has a quality for that"
        " model only, as the live API refused it with dall-e-2; the sandbox takes the default where it is said aloud.",
        refused_by="limner", provider="rockapi", models=("dall-e-2",), parameter="quality",
        when=lambda values: values["quality"] == "standard",
        example={"model": "dall-e-2", "quality": "standard"},
    ),
    Contradiction(
        why="The option is limner's own and puts the page's advice, which is about dall-e-3, before the prompt: limner"
        " has it for that model only, and to the sandbox it is a prompt like others.",
        refused_by="limner", provider="rockapi", models=("dall-e-2",), parameter="options.verbatim_prompt",
        example={"model": "dall-e-2", "options": RockAPIOptions(verbatim_prompt=True)},
    ),
    Contradiction(
        why="A new caption is only relevant for images that Roboflow keeps: limner refuses what would do nothing, the"
        " sandbox does nothing.",
        refused_by="limner", provider="roboflow", parameter="options.force_caption_regenerate",
        example={"model": "dall-e-3", "options": RoboflowOptions(force_caption_regenerate=True)},
    ),
    Contradiction(
        why="The sandbox fetches nothing, so that tests stay offline: an image by a URL of elsewhere is to it one that"
        " cannot be reached.",
        refused_by="sandbox", provider="roboflow", parameter="reference_images",
        when=lambda values: values["reference_images"][0].kind == "url",
        example={"model": "dall-e-3", "reference_images": URL},
    ),
    Contradiction(
        why="The page states no length of a prompt, and adds a caption and a suffix to it: limner has no limit, the"
        " sandbox passes on the refusal of OpenAI.",
        refused_by="sandbox", provider="roboflow", parameter="prompt",
        when=lambda values: len(values["prompt"]) > 3_500,
        example={"model": "dall-e-3", "prompt": "x" * 4_001},
    ),
)  # fmt: skip
"""All of them. Whatever else the two disagree on is a mistake on one side."""
