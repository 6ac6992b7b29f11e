"""Files at OpenAI: ``POST /v1/files``, and the images that a JSON body refers to.

Only what edits need of the Files API, as https://platform.openai.com/docs/api-reference/files describes it: a form with
``file`` and ``purpose`` in, a file object out. What is said of an unknown id in an edit is our assumption.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from limner_sandbox.openai_images.inputs import ANY, Brought, check_upload, one_file
from limner_sandbox.openai_images.multipart import Upload
from limner_sandbox.openai_images.parameters import choice
from limner_sandbox.openai_images.references import from_data_url, from_url, not_downloaded
from limner_sandbox.openai_images.refusals import Refusal, missing_parameter, unknown_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limner_sandbox.openai_images.parameters import Check
    from limner_sandbox.studio import Studio
    from limner_sandbox.workspace import Kept, Workspace

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")


def _anything(_name: str, _value: object) -> None:
    """What is of no consequence here."""


_CHECKS: Mapping[str, Check] = {"file": one_file, "purpose": choice(*PURPOSES), "expires_after": _anything}


def keep(form: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """Keep an uploaded file; returns what OpenAI says of it.

    Raises:
        Refusal: Anything in the form is not as documented.
    """
    for name, value in form.items():
        if name not in _CHECKS:
            raise unknown_parameter(name)
        _CHECKS[name](name, value)
    for name in ("file", "purpose"):
        if name not in form:
            raise missing_parameter(name)
    file = form["file"]
    kept = workspace.keep(bytes(file.content), file.media_type, file.file_name, form["purpose"], int(time.time()))
    return _shown(kept)


def told(name: str, workspace: Workspace) -> dict[str, Any]:
    """What OpenAI says of a file.

    Raises:
        Refusal: There is none with this id.
    """
    kept = workspace.kept(name)
    if kept is None:
        raise Refusal(404, None, f"No such File object: {name}", param="id")
    return _shown(kept)


def _shown(kept: Kept) -> dict[str, Any]:
    return {
        "id": kept.id,
        "object": "file",
        "bytes": len(kept.content),
        "created_at": kept.created,
        "filename": kept.file_name,
        "purpose": kept.purpose,
        "status": "processed",
    }


def referred(given: Mapping[str, Any], studio: Studio) -> Brought:
    """The images that a JSON body refers to.

    Raises:
        Refusal: One of them cannot be had, or is not one that is taken.
    """
    invented: list[str] = []
    images = tuple(_had(f"images[{at}]", each, studio, invented) for at, each in enumerate(given["images"]))
    for image in images:
        check_upload(image, ANY)
    mask, markup = (_had(name, given[name], studio, None) if name in given else None for name in ("mask", "markup"))
    return Brought(images=images, mask=mask, markup=markup, invented=tuple(invented))


def _had(label: str, reference: Mapping[str, str], studio: Studio, invented: list[str] | None) -> Upload:
    """A referred image; one that is elsewhere is painted here, unless it has to fit another."""
    if "file_id" in reference:
        kept = studio.workspace.kept(reference["file_id"])
        if kept is None:
            message = f"No such File object: {reference['file_id']}"
            raise Refusal(400, "invalid_value", message, param=f"{label}.file_id")
        return Upload(label, kept.content, kept.media_type)
    url = reference["image_url"]
    if url[:5].lower() == "data:":
        return from_data_url(f"{label}.image_url", url)
    upload, stand_in = from_url(f"{label}.image_url", url, studio)
    if stand_in and invented is None:
        raise not_downloaded(None)
    if stand_in and invented is not None:
        invented.append(label)
    return upload
