"""Colors as plain triples of 0-255, and the few sums a painter does with them."""

from __future__ import annotations

import colorsys

Color = tuple[int, int, int]
"""Red, green and blue, 0-255 each."""


def rgb(text: str) -> Color:
    """The color written as six hexadecimal digits."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def css(color: Color) -> str:
    """The color as SVG and CSS write it."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def mix(first: Color, second: Color, share: float) -> Color:
    """``share`` of the second color in the first; 0 is all first, 1 all second."""
    share = min(max(share, 0.0), 1.0)
    return (
        round(first[0] + (second[0] - first[0]) * share),
        round(first[1] + (second[1] - first[1]) * share),
        round(first[2] + (second[2] - first[2]) * share),
    )


def turn(color: Color, hue: float, saturation: float = 1.0, value: float = 1.0) -> Color:
    """The color with its hue turned (1 is a full turn) and its saturation and value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*(channel / 255 for channel in color))
    r, g, b = colorsys.hsv_to_rgb((h + hue) % 1, min(s * saturation, 1.0), min(v * value, 1.0))
    return round(r * 255), round(g * 255), round(b * 255)
