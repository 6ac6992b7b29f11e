"""Every parameter and every stated limit of the four pages the plugins started from, and where each is declared.

The data below is what the pages say (read 2026-11-20), in the pages' own words for parameters and values. Each value
on the left is taken, each on the right refused, by the declaration of that model and operation.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

import pytest

from limner.capabilities import SamplePicture as Pic
from limner.inputs import ProviderImage
from limner.media import Blob
from limner.planning import plan
from limner.provider import Bearer, QueryKey
from limner.requests import GenerateRequest

PAINT = "prompt model n quality response_format size style user"
GPT_WORDS = "background moderation output_compression output_format partial_images stream"
PARAMETERS = {
    ("fastapi.ai", "generate"): PAINT,
    ("rockapi", "generate"): "model prompt size quality n response_format",
    ("rockapi", "edit"): "model image mask prompt n size response_format",
    ("rockapi", "vary"): "model image n size response_format",
    ("r9s", "generate"): f"{PAINT} {GPT_WORDS}",
    ("r9s", "edit"): f"{PAINT} {GPT_WORDS} image mask input_fidelity",
    ("roboflow", "generate"): (
        "image image_type prompt force_caption_regenerate project_url model n quality size style unmodified_prompt"
    ),
}
"""The parameters of each body, as the page names them."""

OURS = {"response_format": "delivery", "image": "images", "url": "url", "b64_json": "bytes"}
OURS_TO_VARY = {**OURS, "image": "image"}
ROBOFLOWS = ("force_caption_regenerate", "project_url", "unmodified_prompt")
OURS_AT_ROBOFLOW = {"image": "reference_images", **{name: f"options.{name}" for name in ROBOFLOWS}}

GPT = "gpt-image-1 gpt-image-1-mini gpt-image-1.5"
GPT_SIZES = ["1024x1024", "1536x1024", "1024x1536", "auto"]
SIZES_2 = ["256x256", "512x512", "1024x1024"]
SIZES_3 = ["1024x1024", "1792x1024", "1024x1792"]
DELIVERY = (["url", "b64_json"], ["gif"])
USER, N = (["user-1"], [5, True]), ([1, 10], [0])
STYLE = (["vivid", "natural"], ["oil"])
ABSENT: tuple[list[Any], list[Any]] = ([], ["vivid", "standard", "low", True])


def texts(most: int) -> tuple[list[Any], list[Any]]:
    return ["x", "x" * most], ["x" * (most + 1), 5]


def pngs(count: int) -> tuple[Pic, ...]:
    return (Pic(),) * count


LARGE = [(Pic(kind, size=49_999_999),) for kind in ("image/png", "image/webp", "image/jpeg")]
GPT_IMAGE = ([*LARGE, pngs(16)], [pngs(17), (Pic(size=50_000_000),), (Pic("image/gif"),)])
SMALL = [(Pic(size=3_999_999),)], [pngs(2), (Pic(size=4_000_000),), (Pic("image/webp"),), (Pic(width=9),)]
SINGLE = [Pic(size=3_999_999)], [Pic(size=4_000_000), Pic("image/webp"), Pic(width=9)]
MASK = (
    [Pic(), Pic(size=3_999_999)],
    [Pic("image/jpeg"), Pic(size=4_000_000), Pic(width=9, height=9), Pic(alpha=False)],
)
SQUARE_MASK = (MASK[0], [*MASK[1], Pic(width=9)])

GPT_ROWS: dict[str, tuple[list[Any], list[Any]]] = {
    "prompt": texts(32_000), "n": N, "size": (GPT_SIZES, ["1792x1024", "256x256"]),
    "quality": (["auto", "high", "medium", "low"], ["hd", "standard"]), "response_format": ([], ["url"]),
    "style": ABSENT, "user": USER, "background": (["transparent", "opaque", "auto"], ["clear"]),
    "moderation": (["low", "auto"], ["high"]), "output_format": (["png", "jpeg", "webp"], ["gif"]),
    "stream": ([True, False], ["yes", 1]),
}  # fmt: skip
OLD_ROWS = {"n": N, "response_format": DELIVERY, "user": USER} | dict.fromkeys(GPT_WORDS.split(), ABSENT)
ROWS_2 = {
    **OLD_ROWS, "prompt": texts(1_000), "size": (SIZES_2, ["1792x1024", "auto"]), "style": ABSENT,
    "quality": (["standard"], ["hd", "auto", "low"]),
}  # fmt: skip
ROWS_3 = {
    **OLD_ROWS, "prompt": texts(4_000), "size": (SIZES_3, ["512x512", "auto"]), "style": STYLE,
    "quality": (["auto", "hd", "standard"], ["low"]),
}  # fmt: skip
ANY_PROMPT = (["x", "x" * 100_000], [5])
SHOWN_SIZE = (["1024x1024"], [])

LIMITS: dict[tuple[str, str, str], dict[str, tuple[list[Any], list[Any]]]] = {
    ("fastapi.ai", "generate", "dall-e-2"): {
        "prompt": texts(1_000), "n": N, "quality": ABSENT, "response_format": DELIVERY,
        "size": (SIZES_2, ["1792x1024", "auto"]), "style": ABSENT, "user": USER,
    },
    ("fastapi.ai", "generate", "dall-e-3"): {
        "prompt": texts(4_000), "n": N, "quality": (["standard", "hd"], ["auto", "high"]), "response_format": DELIVERY,
        "size": (SIZES_3, ["512x512"]), "style": STYLE, "user": USER,
    },
    ("rockapi", "generate", "dall-e-3"): {
        "prompt": ANY_PROMPT, "n": N, "size": (SIZES_3, ["512x512"]), "quality": (["standard", "hd"], ["auto"]),
        "response_format": DELIVERY,
    },
    ("rockapi", "generate", "dall-e-2"): {
        "prompt": ANY_PROMPT, "n": N, "size": SHOWN_SIZE, "quality": ABSENT, "response_format": DELIVERY,
    },
    ("rockapi", "edit", "dall-e-2"): {
        "prompt": ANY_PROMPT, "image": SMALL, "mask": SQUARE_MASK, "n": N, "size": SHOWN_SIZE,
        "response_format": DELIVERY,
    },
    ("rockapi", "vary", "dall-e-2"): {"image": SINGLE, "n": N, "size": SHOWN_SIZE, "response_format": DELIVERY},
    ("r9s", "generate", GPT): GPT_ROWS,
    ("r9s", "generate", "dall-e-2"): ROWS_2,
    ("r9s", "generate", "dall-e-3"): ROWS_3,
    ("r9s", "edit", "gpt-image-1"): {
        **GPT_ROWS, "image": GPT_IMAGE, "mask": MASK, "input_fidelity": (["high", "low"], ["medium"]),
    },
    ("r9s", "edit", "gpt-image-1-mini gpt-image-1.5"): {
        **GPT_ROWS, "image": GPT_IMAGE, "mask": MASK, "input_fidelity": ([], ["high", "low"]),
    },
    ("r9s", "edit", "dall-e-2"): {**ROWS_2, "image": SMALL, "mask": MASK, "input_fidelity": ABSENT},
    ("r9s", "edit", "dall-e-3"): {**ROWS_3, "image": ([pngs(1)], []), "mask": MASK, "input_fidelity": ABSENT},
    ("roboflow", "generate", "dall-e-3"): {
        "prompt": ANY_PROMPT, "image": ([(Pic(kind=kind),) for kind in ("id", "url", "bytes")], [pngs(2)]), "n": N,
        "quality": (["standard", "hd"], ["oil"]), "size": (SIZES_3, ["9x9"]), "style": STYLE,
        "project_url": (["fall-leaves"], [5]), "unmodified_prompt": ([True, False], ["yes"]),
    },
}  # fmt: skip
"""By page, operation and models: of each parameter what is taken, and what is refused."""

TOGETHER: list[tuple[str, str, str, str, dict[str, Any], dict[str, Any]]] = [
    ("r9s", "generate edit", GPT, "background", {"background": "transparent", "output_format": "webp"},
     {"background": "transparent", "output_format": "jpeg"}),
    ("r9s", "generate edit", GPT, "background", {"background": "transparent"},
     {"background": "transparent", "output_format": "jpeg"}),
    *(("r9s", "generate edit", GPT, "output_compression", {"output_compression": good, "output_format": kind},
       {"output_compression": bad, "output_format": kind})
      for kind in ("webp", "jpeg") for good, bad in ((0, -1), (100, 101))),
    ("r9s", "generate edit", GPT, "output_compression", {"output_compression": 9, "output_format": "jpeg"},
     {"output_compression": 9}),
    *(("r9s", "generate edit", GPT, "partial_images", {"partial_images": good, "stream": True},
       {"partial_images": bad, "stream": True}) for good, bad in ((0, -1), (3, 4))),
    ("r9s", "generate edit", GPT, "partial_images", {"partial_images": 2, "stream": True}, {"partial_images": 2}),
    ("r9s", "edit", GPT, "mask", {"image": (Pic(), Pic(width=9)), "mask": Pic()},
     {"image": (Pic(width=9), Pic()), "mask": Pic()}),
    ("roboflow", "generate", "dall-e-3", "force_caption_regenerate",
     {"force_caption_regenerate": True, "image": (Pic(kind="id"),)},
     {"force_caption_regenerate": True, "image": (Pic(kind="url"),)}),
]  # fmt: skip
"""What holds between parameters: taken, and refused."""

DEFAULTS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("fastapi.ai", "generate", "dall-e-2", {"n": 1, "response_format": "url", "size": "1024x1024"}),
    ("fastapi.ai", "generate", "dall-e-3",
     {"n": 1, "response_format": "url", "size": "1024x1024", "quality": "standard", "style": "vivid"}),
    ("rockapi", "generate", "dall-e-3", {"quality": "standard"}),
    ("rockapi", "generate edit vary", "dall-e-2", {}),
    ("r9s", "generate", GPT, GPT_DEFAULTS := {
        "background": "auto", "moderation": "auto", "output_compression": 100, "output_format": "png",
        "quality": "auto", "size": "auto", "stream": False}),
    ("r9s", "edit", "gpt-image-1", {**GPT_DEFAULTS, "input_fidelity": "low"}),
    ("r9s", "edit", "gpt-image-1-mini gpt-image-1.5", GPT_DEFAULTS),
    ("r9s", "generate edit", "dall-e-2", {"quality": "standard"}),
    ("r9s", "generate edit", "dall-e-3", {"quality": "auto"}),
    ("roboflow", "generate", "dall-e-3", {"n": 1, "quality": "hd", "size": "1024x1024", "style": "natural"}),
]  # fmt: skip
"""All defaults that a page states."""

CALLS = [
    ("fastapi.ai", "dall-e-2", 11, [10, 1]), ("fastapi.ai", "dall-e-3", 2, [1, 1]),
    ("rockapi", "dall-e-2", 11, [10, 1]), ("rockapi", "dall-e-3", 2, [1, 1]),
    *(("r9s", model, 11, [10, 1]) for model in (*GPT.split(), "dall-e-2")), ("r9s", "dall-e-3", 2, [1, 1]),
]  # fmt: skip
"""What one call makes at most: of more images than that come more calls."""

MODELS = {
    "fastapi.ai": "dall-e-2 dall-e-3", "rockapi": "dall-e-2 dall-e-3", "r9s": f"dall-e-2 dall-e-3 {GPT}",
    "roboflow": "dall-e-3",
}  # fmt: skip
REQUIRED = {
    ("fastapi.ai", "generate"): "prompt", ("rockapi", "generate"): "prompt", ("rockapi", "edit"): "prompt image",
    ("rockapi", "vary"): "image", ("r9s", "generate"): "prompt", ("r9s", "edit"): "prompt image",
}  # fmt: skip
DEFAULT_MODELS = {
    ("fastapi.ai", "generate"): "dall-e-2", ("rockapi", "generate"): None, ("r9s", "generate"): "dall-e-2",
    ("r9s", "edit"): "dall-e-2", ("roboflow", "generate"): "dall-e-3",
}  # fmt: skip
ADDRESSES = {
    "fastapi.ai": "https://api.fastapi.ai/v1/images/generations",
    "rockapi": "https://api.rockapi.ru/openai/v1/images/generations",
    "r9s": "https://api.r9s.ai/v1/images/generations",
    "roboflow": "https://api.roboflow.com/synthetic-image",
}
KEYS = {
    "fastapi.ai": "FAST_API_KEY",
    "rockapi": "ROCKAPI_API_KEY",
    "r9s": "R9S_API_KEY",
    "roboflow": "ROBOFLOW_API_KEY",
}
AUTH = dict.fromkeys(KEYS, Bearer()) | {"roboflow": QueryKey("api_key")}
ANNOUNCED = {("rockapi", "edit", "dall-e-2"), ("rockapi", "vary", "dall-e-2")}
PNG = Blob(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x01\x08\x06\x00\x00\x00")


def provider(page: str) -> Any:
    (point,) = entry_points(group="limner", name=page)
    return point.load().limner_provider()


def ours(page: str, operation: str, name: Any) -> Any:
    words = OURS_AT_ROBOFLOW if page == "roboflow" else OURS_TO_VARY if operation == "vary" else OURS
    return words.get(name, name) if isinstance(name, str) else name


def told(page: str, operation: str, model: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    """What the declaration says of these values beside what is required: verdict and parameter."""
    found = provider(page).capabilities().find(model, operation)
    assert found is not None
    least = {"prompt": "a cat", "images": pngs(1), "image": Pic()}
    values = {name: value for name, value in least.items() if name in found.operation.parameters}
    values |= {ours(page, operation, name): ours(page, operation, value) for name, value in given.items()}
    return [(one.verdict, one.parameter.partition("[")[0]) for one in found.check(values, allow=("announced",))]


SAMPLES = [
    (page, operation, model, name, *values)
    for (page, operation, models), rows in LIMITS.items()
    for model in models.split()
    for name, values in rows.items()
]
PAIRS = [
    (page, operation, model, *rest)
    for page, operations, models, *rest in TOGETHER
    for operation in operations.split()
    for model in models.split()
]


@pytest.mark.parametrize("row", SAMPLES, ids=lambda row: "-".join(row[:4]))
def test_of_every_parameter_what_the_page_allows_is_taken_and_what_it_does_not_is_refused(row: Any) -> None:
    page, operation, model, name, good, bad = row
    for value in good:
        assert "no" not in {verdict for verdict, _ in told(page, operation, model, {name: value})}
    for value in bad:
        assert ("no", ours(page, operation, name)) in told(page, operation, model, {name: value})


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: "-".join(row[:4]))
def test_of_every_rule_what_the_page_allows_is_taken_and_what_it_does_not_is_refused(row: Any) -> None:
    page, operation, model, name, good, bad = row
    assert "no" not in {verdict for verdict, _ in told(page, operation, model, good)}
    assert ("no", ours(page, operation, name)) in told(page, operation, model, bad)


@pytest.mark.parametrize(("page", "operation"), PARAMETERS)
def test_every_parameter_of_the_page_is_checked_above_for_every_model(page: str, operation: str) -> None:
    missing = {"model", "image_type"}  # the one is never a parameter here, of the other see below
    for model in provider(page).capabilities().models:
        if operation in model.operations:
            single = {row[3] for row in SAMPLES if row[:3] == (page, operation, model.id)}
            paired = {row[3] for row in PAIRS if row[:3] == (page, operation, model.id)}
            assert single | paired == set(PARAMETERS[page, operation].split()) - missing


@pytest.mark.parametrize(("page", "operation"), PARAMETERS)
def test_what_is_declared_travels_under_the_pages_names_and_nothing_else_is_declared(page: str, operation: str) -> None:
    models = [model for model in provider(page).capabilities().models if operation in model.operations]
    taken = {name: item for model in models for name, item in model.operations[operation].parameters.items()}
    declared = {item.wire.name or name for name, item in taken.items()} - {"options.verbatim_prompt"}
    assert declared == set(PARAMETERS[page, operation].split()) - {"model", "image_type"}


@pytest.mark.parametrize("page", KEYS)
def test_every_operation_of_the_page_is_declared_and_no_other(page: str) -> None:
    operations = {operation for model in provider(page).capabilities().models for operation in model.operations}
    assert operations == {operation for name, operation in PARAMETERS if name == page}


@pytest.mark.parametrize("page", MODELS)
def test_every_model_of_the_page_is_declared_and_no_other(page: str) -> None:
    assert {model.id for model in provider(page).capabilities().models} == set(MODELS[page].split())


@pytest.mark.parametrize(
    ("page", "operation", "model", "stated"),
    [(p, o, m, stated) for p, os, ms, stated in DEFAULTS for o in os.split() for m in ms.split()],
)
def test_every_default_of_the_page_is_declared_and_no_other(
    page: str, operation: str, model: str, stated: dict[str, Any]
) -> None:
    parameters = provider(page).capabilities().find(model, operation).operation.parameters
    known = {name: item.default for name, item in parameters.items() if not name.startswith("options.")}
    assert {n: d for n, d in known.items() if d is not None} == {ours(page, operation, n): d for n, d in stated.items()}


@pytest.mark.parametrize(("page", "operation"), REQUIRED)
def test_what_the_page_requires_is_required_and_nothing_else_is(page: str, operation: str) -> None:
    for model in provider(page).capabilities().models:
        if operation in model.operations:
            parameters = model.operations[operation].parameters
            required = {name for name, item in parameters.items() if item.required}
            assert required == {ours(page, operation, name) for name in REQUIRED[page, operation].split()}


@pytest.mark.parametrize(("page", "model", "n", "calls"), CALLS)
def test_more_images_than_the_page_allows_in_a_call_become_calls(
    page: str, model: str, n: int, calls: list[int]
) -> None:
    planned = plan(GenerateRequest("a cat", n=n), provider(page), model)
    assert [call.n for call in planned.calls] == calls


@pytest.mark.parametrize(("page", "operation"), DEFAULT_MODELS)
def test_the_default_model_is_the_pages(page: str, operation: str) -> None:
    found = provider(page).capabilities().default(operation)
    assert (found and found.id) == DEFAULT_MODELS[page, operation]


@pytest.mark.parametrize("page", ADDRESSES)
def test_the_request_goes_to_the_pages_address_as_a_post(page: str) -> None:
    (call,) = plan(GenerateRequest("a cat"), provider(page), "dall-e-3").preview()
    assert (call["method"], call["url"]) == ("POST", ADDRESSES[page])
    assert call["body"]["model"] == "dall-e-3"


@pytest.mark.parametrize("page", KEYS)
def test_the_key_goes_where_the_page_puts_it(page: str) -> None:
    assert (provider(page).key_variable, provider(page).auth) == (KEYS[page], AUTH[page])


@pytest.mark.parametrize("page", KEYS)
def test_what_is_coming_soon_is_announced_and_all_else_is_there(page: str) -> None:
    coming = {
        (page, name, model.id)
        for model in provider(page).capabilities().models
        for name, operation in model.operations.items()
        if operation.lifecycle.status == "announced"
    }
    assert coming == {row for row in ANNOUNCED if row[0] == page}


@pytest.mark.parametrize("page", ["fastapi.ai", "rockapi", "r9s"])
def test_urls_live_for_an_hour_as_the_page_says(page: str) -> None:
    assert provider(page).url_lifetime == timedelta(hours=1)


@pytest.mark.parametrize("kind", ["id", "url", "base64"])
def test_roboflows_image_type_follows_from_how_the_image_is_given(kind: str) -> None:
    given: Any = {
        "id": ProviderImage("62MYRuqqWCRZ02q52vsY", provider="roboflow"),
        "url": "https://cdn.example/a.png",
        "base64": PNG,
    }
    planned = plan(GenerateRequest("a cat", reference_images=given[kind]), provider("roboflow"), "dall-e-3")
    assert planned.preview()[0]["body"]["image_type"] == kind
