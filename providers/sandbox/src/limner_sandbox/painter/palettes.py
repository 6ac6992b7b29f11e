"""The hours of the day as colors: what lights a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from limner_sandbox.painter.color import Color, rgb, turn

if TYPE_CHECKING:
    from random import Random


@frozen(kw_only=True)
class Palette:
    """The light of one hour: a sky from zenith (0) to horizon (1), and what it does to everything below."""

    sky: tuple[tuple[float, Color], ...]
    sun: Color
    """The disc itself: a sun, or at night a moon."""
    glow: Color
    haze: Color
    """What distance fades to."""
    cloud: Color
    cloud_shade: Color
    shade: Color
    """What nearness, against the light, darkens to."""
    darkness: float
    """How far the nearest ground is from its own color, towards ``shade``."""
    stars: float = 0.0
    """How many stars there are, 0-1."""
    night: bool = False
    aurora: Color | None = None


def _palette(sky: str, lights: str, darks: str, **more: object) -> Palette:
    """A palette from hexadecimal words.

    Args:
        sky: The sky, zenith first; the stops are spread as the eye sees them, closer at the horizon.
        lights: Sun, glow and haze.
        darks: Clouds, their shaded side, and shade.
        **more: The other fields.
    """
    colors = [rgb(word) for word in sky.split()]
    last = len(colors) - 1
    sun, glow, haze = (rgb(word) for word in lights.split())
    cloud, cloud_shade, shade = (rgb(word) for word in darks.split())
    stops = tuple(((index / last) ** 0.85, color) for index, color in enumerate(colors))
    words = {"sun": sun, "glow": glow, "haze": haze, "cloud": cloud, "cloud_shade": cloud_shade, "shade": shade}
    return Palette(sky=stops, **words, **more)  # type: ignore[arg-type]  # the rest is spelled in the table


PALETTES: dict[str, tuple[Palette, ...]] = {
    "dawn": (
        _palette("27386b 5c65a0 a883b0 e79c9c f9bd8d ffe2ae", "fff6de ffcd8c eab9ae", "ffd8c4 8a7cae 26223f",
                 darkness=0.78, stars=0.12),
        _palette("34507f 7089b8 b7a9c9 efc1bd fbdcb6 fff1d2", "fffaea ffdca0 e6c6c3", "ffe9dc 9a97bd 2b3150",
                 darkness=0.7, stars=0.06),
    ),
    "day": (
        _palette("1c64a8 3f8bc9 79b5df b4d9ec e3f1f2", "fffdf2 fff3cc c6dde6", "ffffff 9fbcd4 16384b",
                 darkness=0.5),
        _palette("127293 3a9fb7 7cc6cd bde3d8 f3f5df", "fffef2 fff2bd cfe4d8", "ffffff a3c6c9 153c3f",
                 darkness=0.5),
    ),
    "dusk": (
        _palette("17173a 42296f 8c3679 d5556a f5825a ffc873", "fff0c2 ff9c55 cf7470", "ff9f7c 47295f 170f2b",
                 darkness=0.88, stars=0.25),
        _palette("10253f 2c4d78 6d6c98 bd8390 ee9f73 ffdc95", "fff3cf ffb56b c6938b", "ffb894 3f4a73 121a2d",
                 darkness=0.86, stars=0.2),
    ),
    "night": (
        _palette("050a1f 0b1838 16305a 2b5079 517a9b", "f8f4e3 a9c2e6 35557d", "5d7ba5 0c1830 040712",
                 darkness=0.9, stars=1.0, night=True),
        _palette("030d18 07202f 0f3b4b 1f6068 4d9a90", "f3f7ea 9fdcd0 1d4b57", "4a8790 061820 02090d",
                 darkness=0.9, stars=1.0, night=True, aurora=rgb("6ff0b0")),
    ),
    "storm": (
        _palette("1b2530 33424f 566671 86949a b9c1bb", "eef0e4 d8dccb 8c999d", "aab5b9 27333f 10181e",
                 darkness=0.75),
    ),
}  # fmt: skip
"""By hour; the prompt's seed picks among an hour's palettes."""


def palette_for(hour: str, rng: Random) -> Palette:
    """One of the hour's palettes, its hues turned a little: no two prompts have quite the same light."""
    palette = rng.choice(PALETTES[hour])
    hue, saturation = rng.uniform(-0.025, 0.025), rng.uniform(0.92, 1.1)

    def own(color: Color) -> Color:
        return turn(color, hue, saturation)

    return evolve(
        palette,
        sky=tuple((offset, own(color)) for offset, color in palette.sky),
        glow=own(palette.glow),
        haze=own(palette.haze),
        cloud=own(palette.cloud),
        cloud_shade=own(palette.cloud_shade),
    )
