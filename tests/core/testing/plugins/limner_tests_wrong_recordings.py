"""What can be wrong with recordings."""

from __future__ import annotations

import json
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image as Pillow

from limner.testing.cassettes import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


# Recordings


def edited(name: str, change: Callable[[Any], Any], copy: str | None = None, indent: int = 0) -> Callable[[Path], None]:
    """Change a recording, or a copy of it."""

    def change_it(folder: Path) -> None:
        page = change(json.loads((folder / f"{name}.json").read_bytes()))
        text = written(page) if not indent else json.dumps(page, indent=indent)
        (folder / f"{copy or name}.json").write_text(text, encoding="utf-8")

    return change_it


def said(**more: Any) -> Callable[[Any], Any]:
    """Put something into the answer."""

    def change(page: Any) -> Any:
        page["interactions"][0]["response"]["json"] |= more
        return page

    return change


def without_origin(page: Any) -> Any:
    return {name: value for name, value in page.items() if name != "origin"}


def with_header(page: Any) -> Any:
    page["interactions"][0]["response"]["headers"]["server"] = "nginx"
    return page


def elsewhere(page: Any) -> Any:
    page["interactions"][0]["request"]["url"] = "https://api.reference.example/v2/pictures"
    return page


def by_another_method(page: Any) -> Any:
    page["interactions"][0]["request"]["method"] = "PATCH"
    return page


def with_large_image(page: Any) -> Any:
    buffer = BytesIO()
    Pillow.effect_noise((120, 120), 90).save(buffer, "PNG")
    page["interactions"][0]["response"]["json"]["data"][0]["b64_json"] = b64encode(buffer.getvalue()).decode()
    return page


def empty(page: Any) -> Any:
    return {**page, "interactions": []}
