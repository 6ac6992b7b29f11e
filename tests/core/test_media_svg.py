"""SVG: told from other markup, and measured."""

from __future__ import annotations

import pytest

from limner.media import ImageInfo, sniff


def size(text: str) -> tuple[int | None, int | None] | None:
    found = sniff(text.encode())
    assert found is None or found == ImageInfo("image/svg+xml", found.width, found.height)
    return (found.width, found.height) if found else None


@pytest.mark.parametrize(
    "before",
    [
        "", "\ufeff", " \n\t", '<?xml version="1.0"?>\n', "<!-- <html> -->", "<!DOCTYPE svg>",
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg>11.dtd"><!-- drawn -->\n',
        '<!DOCTYPE svg [ <!ENTITY a "]>"> <!-- ]> \' --> ]>', "<!DOCTYPE svg:svg SYSTEM 'a'>",
    ],
)  # fmt: skip
def test_what_may_stand_before_the_root_is_passed_over(before: str) -> None:
    assert size(before + "<svg width='3' height='4'/>") == (3, 4)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_read_by_its_mark(encoding: str) -> None:
    found = sniff('\ufeff<svg width="3" height="4">'.encode(encoding))
    assert found == ImageInfo("image/svg+xml", 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "<html><svg width='3' height='4'/></html>", "<!doctype html><svg width='3' height='4'/>", "<!DOCTYPE html>",
        "<svgx>", "<svg", "<p><svg>", "text <svg>", "<?xml version='1.0'?><rss>", "<!-- <svg> ", "<!DOCTYPE svg",
        "<!DOCTYPE svg [ <!-- <svg> ", "<!DOCTYPE svgx><svg>", "<a:b:svg>", "<SVG>", "", "<",
    ],
)  # fmt: skip
def test_other_markup_is_not_svg(text: str) -> None:
    assert size(text) is None


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ("", (None, None)),
        ("width='300' height='200'", (300, 200)),
        ('height = " 200px " width="+3e2"', (300, 200)),
        ("width='1in' height='2.54cm'", (96, 96)),
        ("width='25.4mm' height='72pt'", (96, 96)),
        ("width='2PC' height='.5in'", (32, 48)),
        ("width='100%' height='100%' viewBox='0 0 640 480'", (640, 480)),
        ("width='2em' viewBox='0 0 640 480'", (640, 480)),
        ("width='320' viewBox='0,0 , 640 480'", (320, 240)),
        ("height='240' viewBox='-10 -10 640 480'", (320, 240)),
        ("width='5' height='6' viewBox='0 0 640 480'", (5, 6)),
        ("width='5' viewBox='0 0 640'", (5, None)),
        ("width='5' viewBox='0 0 640 0'", (5, None)),
        ("width='5' viewBox='0 0 -1 x'", (5, None)),
        ("width='0' height='-4'", (None, None)),
        ("width='1e999' height='99999999999'", (None, None)),
        (f"width='{'1' * 100}' height='4'", (None, 4)),
        ("data-a=' width=\"9\" ' width='5' xlink:href='&#x0;' height='6'", (5, 6)),
        ("xmlns='http://www.w3.org/2000/svg' width='5' broken height='6'", (5, None)),
        ("width='5' height='6", (5, None)),
    ],
)
def test_the_size_is_that_of_the_root_in_pixels(attributes: str, said: tuple[int | None, int | None]) -> None:
    assert size(f"<svg {attributes}>") == size(f"<svg:svg\n{attributes}>") == said


def test_a_root_without_an_end_says_what_it_can() -> None:
    assert size("<svg width='3' ") == (3, None)
