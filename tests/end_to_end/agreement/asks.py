"""Random requests: anything a caller might ask of any listed model, right and wrong, mostly wrong in one place."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from attrs import frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from limner import ProviderImage
from limner.capabilities import refuses
from limner.fitting import fit
from limner.registry import Registry
from limner.requests import EditRequest, GenerateRequest, VaryRequest
from limner.selection import Offer, Standing, select
from limner_roboflow import RoboflowOptions
from limner_rockapi import RockAPIOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner.capabilities import Found, OperationCapabilities
    from limner.provider import Provider
    from limner.requests import Request

REQUESTS: Mapping[str, Any] = {"generate": GenerateRequest, "edit": EditRequest, "vary": VaryRequest}

STAGES = {"retired", "announced", "unverified"}
"""Warnings that are about no value: with these alone a candidate is held to a yes."""

# A few hundred for each provider, and all of them in a few seconds.
EXAMPLES = settings(
    max_examples=6 * settings().max_examples,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PROMPT = "a cat"
PROMPTS = (*[PROMPT] * 12, "ねこ", *("x" * length for most in (1_000, 4_000, 32_000) for length in (most, most + 1)))
"""Mostly a short one; and those on both sides of each limit that a page states."""

WORDS: Mapping[str, tuple[Any, ...]] = {
    "size": (
        *("1024x1024", "1536x1024", "1024x1536", "1792x1024", "1024x1792", "256x256", "512x512", "auto"),
        *("2048x2048", "3840x2160", "3856x2160", "2560x1456", "320x960", "304x960", "16x16", "1000x1000"),
        *("landscape", "portrait", "square", "1024", "01024x1024", "1024X1024", "huge"),
    ),
    "aspect_ratio": ("1:1", "3:2", "2:3", "16:9", "4:1", "7:4"),
    "quality": ("low", "medium", "high", "xhigh", "max", "auto", "standard", "hd", "HIGH", "best"),
    "style": ("vivid", "natural", "grand"),
    "background": ("transparent", "opaque", "auto", "white"),
    "output_format": ("png", "jpeg", "webp", "gif", "svg", "jpg", "bmp"),
    "output_compression": (0, 50, 99, 100, 101, -1),
    "complexity": ("low", "medium", "high", "auto"),
    "frame_count": (1, 2, 9, 16, 17),
    "frame_duration_ms": (0, 1, 200, 655_350, 655_351),
    "svg": (
        {"model": "gpt-5"}, {"model": "gpt-5", "reasoning": {"effort": "low"}}, {"model": "gpt-5", "reasoning": {}},
        {"model": "gpt-5", "reasoning": {"effort": "extreme"}}, {"reasoning": {"effort": "low"}}, {"model": ""},
        {"model": "gpt-5", "color": "red"}, {"model": "gpt-5", "reasoning": None}, {},
    ),
    "moderation": ("low", "auto", "high"),
    "seed": (7,),
    "negative_prompt": ("dogs",),
    "user": ("someone",),
    "safety_identifier": ("someone",),
    "partial_images": (0, 1, 3, 4, -1),
    "n": (1, 2, 10, 11),
    "delivery": ("bytes", "url"),
    "input_fidelity": ("high", "low", "medium"),
    "options": (
        RockAPIOptions(), RockAPIOptions(verbatim_prompt=True), RockAPIOptions(verbatim_prompt=False),
        RoboflowOptions(project_url="fall-leaves"), RoboflowOptions(unmodified_prompt=True),
        RoboflowOptions(force_caption_regenerate=True), RoboflowOptions(force_caption_regenerate=False),
    ),
}  # fmt: skip
"""What each parameter is set to. Pairs that depend on each other meet often enough by chance."""

COMPANIONS: tuple[tuple[Mapping[str, Any], tuple[str, ...]], ...] = (
    ({"output_format": "gif"}, ("frame_count", "frame_duration_ms", "partial_images", "output_compression")),
    ({"output_format": "svg"}, ("svg", "n", "output_compression")),
    ({"output_format": "webp"}, ("output_compression", "background")),
    ({"output_format": "png"}, ("output_compression", "background")),
    ({"output_format": "jpeg"}, ("output_compression", "background")),
)
"""What depends on a format."""

FILE = "file-limner-agreement"
"""The id of an image that OpenAI's emulator keeps, a square of 8 pixels."""
LIBRARY = "62MYRuqqWCRZ02q52vsY"
"""The id of an image that Roboflow's emulator has."""
URL = "https://images.example/cat.png"


@cache
def picture(mode: str, size: tuple[int, int] = (8, 8), kind: str = "PNG", *, filled: bool = False) -> bytes:
    """The file of a tiny picture, transparent where it can be and is not ``filled``."""
    buffer = io.BytesIO()
    told = {"transparency": 0} if mode == "P" else {}
    Image.new(mode, size, "red" if filled else 0).save(buffer, kind, **told)
    return buffer.getvalue()


def turned() -> bytes:
    """A photo that lies on its side."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (12, 8)).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


def padded(length: int) -> bytes:
    """A tiny PNG in a file of so many bytes."""
    buffer, info = io.BytesIO(), PngImagePlugin.PngInfo()
    info.add(b"liMn", bytes(length - len(picture("RGBA")) - 12))
    Image.new("RGBA", (8, 8)).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


@cache
def pictures() -> Mapping[str, Any]:
    """What images are given, by name."""
    return {
        "clear": picture("RGBA"), "clear grey": picture("LA"), "clear palette": picture("P"),
        "wide clear": picture("RGBA", (12, 8)), "opaque": picture("RGBA", filled=True), "plain": picture("RGB"),
        "grey": picture("L"), "wide": picture("RGB", (12, 8)), "tall": picture("RGB", (8, 12)),
        "jpeg": picture("RGB", kind="JPEG"), "turned jpeg": turned(), "webp": picture("RGBA", kind="WEBP"),
        "gif": picture("L", kind="GIF"), "small enough": padded(3_999_999), "too large": padded(4_000_000), "url": URL,
        "file": ProviderImage(FILE, provider="openai"), "kept": ProviderImage(LIBRARY, provider="roboflow"),
    }  # fmt: skip


USUAL = ("clear", "plain", "wide", "jpeg", "webp")
RARE = ("clear grey", "clear palette", "wide clear", "grey", "tall", "turned jpeg", "gif", "url", "file", "kept")
LARGE = ("small enough", "too large")

_image = st.sampled_from(["clear"] * 20 + [*USUAL * 4, *RARE, *LARGE]).map(lambda name: pictures()[name])
_one = _image.map(lambda one: [one])
_several = st.one_of(
    st.lists(_image, min_size=2, max_size=3),
    st.sampled_from([0, 16, 17]).map(lambda count: [picture("RGBA")] * count),
)
_images = st.sampled_from([_one] * 5 + [_several]).flatmap(lambda chosen: chosen)
_masks = st.sampled_from(
    ["clear"] * 9 + ["wide clear", "plain", "opaque", "clear grey", "clear palette", "jpeg", "url", "too large"]
).map(lambda name: pictures()[name])


@frozen
class Ask:
    """One request of one model of one provider."""

    provider: Provider
    model: str
    request: Request
    stream: bool = False

    @property
    def found(self) -> Found:
        """What the model takes."""
        found = self.provider.capabilities().find(self.model, self.request.operation)
        assert found is not None
        return found

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, by the names of the declaration."""
        return self.request.given() | ({"stream": True} if self.stream else {})

    @property
    def standing(self) -> Standing:
        """How it stands, by ``select``."""
        offer = Offer(self.provider.name, self.provider.capabilities())
        chosen = select(self.request, [offer], require=("stream",) if self.stream else ())
        (one,) = (*chosen.candidates, *chosen.rejected)
        return one

    def with_shape(self, found: Found) -> dict[str, Any]:
        """What is asked for, with a shape in words as the model's own size where it has one: no difference."""
        asked = self.asked
        shape = {name: asked[name] for name in ("size", "aspect_ratio") if name in asked}
        plain = {name: value for name, value in asked.items() if name not in shape}
        return {**plain, **(fit(found, shape).values or shape)}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: FBT001 - how hypothesis asks
        del cycle
        printer.text(repr(self))

    def __repr__(self) -> str:
        told = {
            name: value if len(f"{value!r}") < 200 else f"{len(value)} of them" for name, value in self.asked.items()
        }
        told |= {name: value for name in ("allow", "on_unsupported") if (value := getattr(self.request, name))}
        return f"{self.request.operation} with {self.provider.name}/{self.model}: {told}"


def the_ask(provider: Provider, model: str, *, operation: str = "generate", stream: bool = False, **given: Any) -> Ask:
    """One request, told by what is set."""
    prompt = {} if operation == "vary" else {"prompt": PROMPT}
    allow = ("announced", "retired")
    request = REQUESTS[operation](**{**prompt, **given}, provider=provider.name, model=model, allow=allow)
    return Ask(provider, model, request, stream)


@cache
def installed() -> Registry:
    """The providers that are installed."""
    return Registry.for_client(None, None)


@cache
def offers() -> tuple[Offer, ...]:
    """Every provider that is installed, with a key."""
    return tuple(Offer(name, installed().get(name).capabilities()) for name in installed().names())


@st.composite
def asks(draw: st.DrawFn, provider: Provider, **fixed: Any) -> Ask:
    """Requests of any listed model of a provider."""
    offered = [(model, op) for model in provider.capabilities().models for op in model.operations]
    model, operation = draw(st.sampled_from(offered))
    name = draw(st.sampled_from([model.id, *model.aliases]))
    given: dict[str, Any] = {}
    if operation != "vary":
        given["prompt"] = draw(st.sampled_from(PROMPTS))
    given |= draw(_pictured(operation, takes=model.operations[operation].parameters))
    given |= draw(_worded(REQUESTS[operation], model.operations[operation]))
    if "size" in given:
        given.pop("aspect_ratio", None)
    streams = model.operations[operation].streams
    stream = operation != "vary" and draw(st.sampled_from([True, False] if streams else [False] * 19 + [True]))
    allow = draw(st.sampled_from([(), ("announced", "retired")]))
    request = REQUESTS[operation](**given, provider=provider.name, model=name, allow=allow, **fixed)
    return Ask(provider, name, request, stream)


def _values(name: str) -> st.SearchStrategy[Any]:
    """What a parameter is set to: a size may be any."""
    known = st.sampled_from(WORDS[name])
    return st.one_of(known, _grid, _sizes) if name == "size" else known


_sides = st.integers(1, 260)
_grid = st.builds(lambda wide, high: f"{wide * 16}x{high * 16}", _sides, _sides)
_sizes = st.builds(lambda wide, high: f"{wide}x{high}", st.integers(1, 4_200), st.integers(1, 4_200))


@st.composite
def _worded(draw: st.DrawFn, kind: type[Request], takes: OperationCapabilities) -> dict[str, Any]:
    """Up to five parameters: mostly those that the model takes, with values that it takes."""
    fields = {item.name for item in (*kind.parameters(), *kind.call_options())}
    own = [name for name in sorted(WORDS) if name in takes.parameters]
    given: dict[str, Any] = {}
    if "output_format" in own and draw(st.integers(0, 2)) == 0:
        fixed, names = draw(st.sampled_from(COMPANIONS))
        given |= fixed
        given |= {name: draw(_values(name)) for name in draw(st.lists(st.sampled_from(names), unique=True))}
    for name in draw(st.lists(st.sampled_from(own), unique=True, max_size=4)):
        check = takes.parameters[name].constraint.check
        good = [one for one in WORDS[name] if not refuses(check(one))]
        given[name] = draw(_values(name) if draw(st.integers(0, 7)) == 0 or not good else st.sampled_from(good))
    if draw(st.integers(0, 7)) == 0:
        name = draw(st.sampled_from(sorted(WORDS.keys() & fields)))
        given[name] = draw(_values(name))
    return given


@st.composite
def _pictured(draw: st.DrawFn, operation: str, takes: Any) -> dict[str, Any]:
    """The images that a request brings."""
    if operation == "vary":
        return {"image": draw(_image)}
    if operation == "generate":
        mine = "reference_images" in takes
        wanted = draw(st.sampled_from([True, False] if mine else [False] * 19 + [True]))
        return {"reference_images": draw(_images)} if wanted else {}
    given = {"images": draw(_images)}
    if draw(st.booleans()):
        given["mask"] = draw(_masks)
    if draw(st.sampled_from([True, False] if "markup" in takes else [False] * 9 + [True])):
        given["markup"] = draw(_masks)
    return given
