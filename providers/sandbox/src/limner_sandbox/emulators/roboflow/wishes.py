"""A request to Roboflow, read strictly: each parameter of its page, of its type, and what belongs together."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from attrs import frozen

from limner_sandbox.emulators.roboflow.refusals import Complaint

SUFFIX = "Photorealistic, highly detailed, true to life, as captured by a camera."
"""Words after every prompt, unless ``unmodified_prompt`` is true; Roboflow's own are not known."""
DEFAULTS: Mapping[str, Any] = {"model": "dall-e-3", "n": 1, "quality": "hd", "size": "1024x1024"}
"""What OpenAI is told where nothing is set."""
STYLED, STYLE = "dall-e-3", "natural"
"""The one model that has styles, and which it is told."""
IMAGE_TYPES = ("id", "url", "base64")
PROJECT = re.compile(r"[\w-]+(/[\w-]+)?")
"""A project's id as in its URL, alone or behind its workspace's."""

Check: TypeAlias = Callable[[Any], bool]


def _is_number(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, str)


def _is_boolean(value: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(value, bool)


TEXT, NUMBER, BOOLEAN = (_is_text, "a string"), (_is_number, "a number"), (_is_boolean, "a boolean")
PARAMETERS: Mapping[str, tuple[Check, str]] = {
    "image_type": (lambda value: value in IMAGE_TYPES, "one of id, url, or base64"),
    "image": TEXT,
    "prompt": TEXT,
    "force_caption_regenerate": BOOLEAN,
    "project_url": (
        lambda value: isinstance(value, str) and PROJECT.fullmatch(value) is not None,
        "the ID of a project",
    ),
    "model": TEXT,
    "n": NUMBER,
    "quality": TEXT,
    "size": TEXT,
    "style": TEXT,
    "unmodified_prompt": BOOLEAN,
}


@frozen
class Wish:
    """A request that makes sense to Roboflow."""

    given: Mapping[str, Any]

    @property
    def project(self) -> str | None:
        """The project that the images are added to."""
        return self.given.get("project_url")

    def prompt_after(self, caption: str | None) -> str:
        """The whole prompt: the caption, what was sent, and the suffix."""
        suffix = None if self.given.get("unmodified_prompt") else SUFFIX
        return " ".join(text for text in (caption, self.given.get("prompt"), suffix) if text)

    def for_openai(self, prompt: str) -> dict[str, Any]:
        """The request that OpenAI gets."""
        own = {name: value for name, value in self.given.items() if name in {*DEFAULTS, "style"}}
        body = {**DEFAULTS, **own, "prompt": prompt}
        if body["model"] == STYLED:
            body.setdefault("style", STYLE)
        if isinstance(body["n"], float) and body["n"].is_integer():
            body["n"] = int(body["n"])  # to the JavaScript behind it, 2.0 is 2
        return body


def read(body: Any) -> Wish:  # noqa: ANN401 - JSON
    """Read a request's body.

    Raises:
        Complaint: Anything in it is not as documented.
    """
    if not isinstance(body, dict):
        raise Complaint("The request body must be an object.")
    for name, value in body.items():
        if name not in PARAMETERS:
            raise Complaint(f"Unknown parameter: {name}.")
        check, expected = PARAMETERS[name]
        if not check(value):
            raise Complaint(f"{name} must be {expected}.")
    if "image" in body and "image_type" not in body:
        raise Complaint("image_type is required if image is present.")
    if not body.get("prompt") and "image" not in body:
        raise Complaint("Either prompt or image is required.")
    return Wish(body)
