"""Tell an SVG picture from other markup, and read its size, without an XML parser.

A parser would expand entities and follow references; the root element's start tag is all that is wanted.
"""

from __future__ import annotations

import codecs
import re

_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_PROLOG = re.compile(
    r"""\s++ | <\?.*?\?> | <!--.*?-->
      | <!DOCTYPE\s++(?:svg:)?svg\b (?: "[^"]*+" | '[^']*+' | [^"'\[>] )*+
        (?: \[ (?: <!--.*?--> | "[^"]*+" | '[^']*+' | (?!<!--)[^\]"'] )*+ \]\s*+ )?+ >""",
    re.DOTALL | re.VERBOSE,
)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,30}:)?svg(?=[\s/>])")
_ATTRIBUTE = re.compile(r"""\s++([^\s=>/"']++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:[eE][+-]?\d+)?)\s*([a-zA-Z]*)\s*")
_MAX_LENGTH_TEXT = 64
_PIXELS_PER = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "pt": 96 / 72, "pc": 16.0}
"""CSS Values 4, section 6.2: an absolute unit in CSS pixels."""


def looks_like_markup(start: bytes) -> bool:
    """Whether the first bytes can begin an XML document."""
    return start.startswith(tuple(_BOMS)) or start.lstrip().startswith(b"<")


def svg_size(head: bytes) -> tuple[int | None, int | None] | None:
    """The size of an SVG picture.

    Args:
        head: Its beginning.

    Returns:
        Width and height in CSS pixels, each ``None`` where the root element leaves it to the page,
        or ``None`` where the document is something else: HTML with a drawing in it is HTML.
    """
    text = _decode(head)
    at = 0
    while skipped := _PROLOG.match(text, at):
        at = skipped.end()
    root = _ROOT.match(text, at)
    return _size(_attributes(text, root.end())) if root else None


def _decode(head: bytes) -> str:
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "replace")
    return head.decode("utf-8", "replace")


def _attributes(text: str, at: int) -> dict[str, str]:
    found = {}
    while attribute := _ATTRIBUTE.match(text, at):
        name, double, single = attribute.groups()
        found[name] = single if double is None else double
        at = attribute.end()
    return found


def _size(attributes: dict[str, str]) -> tuple[int | None, int | None]:
    width, height = _length(attributes.get("width", "")), _length(attributes.get("height", ""))
    box = [_length(part) for part in re.split(r"[\s,]+", attributes.get("viewBox", "")[:256].strip())[2:4]]
    if len(box) == 2 and box[0] and box[1]:  # noqa: PLR2004 - a width and a height
        ratio = box[0] / box[1]
        if width is None and height is None:
            width, height = box
        width = height * ratio if width is None and height is not None else width
        height = width / ratio if height is None and width is not None else height
    return _whole(width), _whole(height)


def _length(text: str) -> float | None:
    match = _LENGTH.fullmatch(text) if len(text) <= _MAX_LENGTH_TEXT else None
    unit = _PIXELS_PER.get(match[2].lower()) if match else None
    return float(match[1]) * unit if match and unit else None


def _whole(number: float | None) -> int | None:
    return round(number) if number is not None and 0.5 <= number < 2**31 else None  # noqa: PLR2004 - PNG's own bounds
