"""The page across all providers says of each model and parameter what its provider declares."""

from __future__ import annotations

import re
from typing import Any

import pytest
from limner_docs import matrix
from limner_docs.pages import pages

from limner.capabilities import (
    Boolean,
    Count,
    Encoding,
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    ServerDefault,
    Source,
    Text,
)
from limner.provider import ProviderBase
from limner.registry import Registry

PROVIDERS = {provider.name: provider for provider in Registry().providers()}
PAGE = pages()["reference/which-provider.md"]


def section(page: str, operation: str, parameter: str) -> dict[tuple[str, str], str]:
    """The table of a parameter, by provider and model; other models are ``others``."""
    text = re.split(rf"### {operation}: `{re.escape(parameter)}` .*\n", page)[1].partition("\n#")[0]
    head, _, *rows = [[cell.strip() for cell in line.split(" | ")] for line in re.findall(r"(?m)^\| (.*) \|$", text)]
    names = [re.sub(r"\[(.*)\].*", r"\1", cell) for cell in head[1:]]
    return {
        (name, model): cell
        for models, *cells in rows
        for model in (["others"] if models == "*others*" else re.findall(r"`([^`]+)`", models))
        for name, cell in zip(names, cells, strict=True)
    }


FACTS = [
    (name, model.id, operation, item)
    for name, provider in PROVIDERS.items()
    for model in provider.capabilities().models
    for operation, item in model.operations.items()
] + [
    (name, "others", operation, item)
    for name, provider in PROVIDERS.items()
    for operation, item in (provider.capabilities().unknown or {}).items()
]


@pytest.mark.parametrize(("provider", "model", "operation", "item"), FACTS, ids=lambda fact: str(fact)[:24])
def test_every_parameter_of_every_model_stands_in_its_cell(
    provider: str, model: str, operation: str, item: Any
) -> None:
    for name, parameter in item.parameters.items():
        cell = section(PAGE, operation, name)[provider, model]
        assert parameter.constraint.describe().removeprefix("one of ") in cell or cell.startswith("yes")


@pytest.mark.parametrize(("provider", "model", "operation", "item"), FACTS, ids=lambda fact: str(fact)[:24])
def test_no_model_is_given_a_parameter_that_it_does_not_take(
    provider: str, model: str, operation: str, item: Any
) -> None:
    everything = {name for _, _, other, one in FACTS if other == operation for name in one.parameters}
    assert everything
    for name in everything - set(item.parameters):
        assert section(PAGE, operation, name).get((provider, model), "-") == "-"


def test_every_provider_has_its_key_and_the_day_it_was_checked() -> None:
    for name, provider in PROVIDERS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| [{name}](providers/{name}.md) | `"))
        assert f"`{provider.key_variable}`" in row
        assert row.endswith(f"checked on {provider.capabilities().source.checked} |")


def test_every_status_with_a_date_is_told() -> None:
    for name, provider in PROVIDERS.items():
        for model in provider.capabilities().models:
            if model.lifecycle.date:
                assert f"`{name}/{model.id}`" in PAGE
                assert model.lifecycle.describe() in PAGE


def test_every_link_within_the_page_leads_somewhere() -> None:
    wanted = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert wanted
    assert sorted(wanted) == sorted(re.findall(r"\{ #(\S+) \}", PAGE))


# What a cell says

SOURCE = Source("https://studio.example/docs", "2026-11-20")


class Studio(ProviderBase):
    name = "studio"
    base_url = "https://studio.example/v1"
    key_variable = "STUDIO_KEY"

    def capabilities(self) -> ProviderCapabilities:
        paint = OperationCapabilities(
            parameters={
                "prompt": Text(),
                "style": Parameter(OneOf(("oil", "chalk")), default="oil", open=True),
                "stream": Parameter(Boolean(), lifecycle=Lifecycle("unverified")),
                "reference_images": Count(1, 2),
            },
            encodings=(Encoding("multipart", inputs=("bytes",)), Encoding("json", inputs=("url", "bytes"))),
            images_per_call=4,
            delivers=("url",),
            default=ServerDefault(),
            lifecycle=Lifecycle("announced", date="2027-01-01"),
        )
        plain = paint.but(without=("style",), default=False, lifecycle=Lifecycle())
        return ProviderCapabilities(
            models=(
                ModelCapabilities("big", operations={"generate": paint}),
                ModelCapabilities("small", operations={"generate": plain}),
                ModelCapabilities("tiny", operations={"generate": plain}),
            ),
            unknown=None,
            source=SOURCE,
        )


@pytest.mark.parametrize(
    "said",
    [
        "| `big` | generate (announced, the server's default) |\n",
        "| `small`, `tiny` | generate |\n",
        "- generate with `studio/big`: announced for 2027-01-01, not available yet.\n",
        "| [`prompt`](#generate-prompt) | yes |\n",
        "| [`style`](#generate-style) | `big` |\n",
        "| --- | --- |\n| `big` | oil or chalk (or others); default `oil` |\n\n",
        "| `big`, `small`, `tiny` | yes; *unverified* |\n",
        "| `big`, `small`, `tiny` | 1 to 2 images; as bytes, url |\n",
        "| `big`, `small`, `tiny` | 4 a call; url |\n",
        "limner's generate cannot set it yet.\n\n| model |",
    ],
)
def test_a_page_says(said: str) -> None:
    assert said in matrix.page([Studio()])  # type: ignore[list-item] - no exchange is needed to be described


def test_a_parameter_that_most_models_take_names_those_that_do_not() -> None:
    paint = OperationCapabilities(parameters={"prompt": Text(), "seed": Text()})
    cells = {("studio", str(model)): paint for model in range(3)} | {("studio", "odd"): paint.but(without=("seed",))}
    assert matrix.share("studio", "seed", cells) == "not `odd`"
    assert matrix.share("studio", "prompt", cells) == "yes"
    assert matrix.share("studio", "style", cells) == "-"
