"""What is declared, what is sent, and what a strict server takes: three things that have to be one.

The server is the sandbox, written from the vendor's pages and not from our declarations. Of what it answers, only the
verdict counts here: it paints the same small picture for everybody.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.errors import ProviderError, UnsupportedError
from limner.requests import GenerateRequest
from limner_openai import limner_provider
from limner_sandbox import Sandbox
from limner_sandbox.openai_images import replies
from limner_sandbox.painter import Commission, paint

if TYPE_CHECKING:
    from collections.abc import Iterator

    import limner
    from limner.planning import Plan

DECLARED = [model for model in limner_provider().capabilities().models if not model.id.startswith("dall-e")]
SETTABLE = {item.name for item in GenerateRequest.parameters()}
MODELS = {
    name: {key: one for key, one in model.operations["generate"].parameters.items() if key in SETTABLE}
    for model in DECLARED
    for name in (model.id, *model.aliases)
}
"""Every GPT image model and snapshot, with its parameters; those of a stream no request has yet."""


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    """A sandbox that paints in no time."""

    @cache
    def small(file_format: str, *, transparent: bool) -> bytes:
        tiny = Commission(prompt="a cat", width=16, height=16, frame_count=2)
        return paint(evolve(tiny, format=file_format, transparent=transparent))

    with pytest.MonkeyPatch.context() as patch, Sandbox(retired=True) as sandbox:
        patch.setattr(replies, "paint", lambda asked: small(asked.format, transparent=asked.transparent))
        yield sandbox


@pytest.fixture(scope="module")
def client(server: Sandbox) -> Iterator[limner.Client]:
    with server.client(environ={}) as client:
        yield client


def requested(model: str, values: dict[str, Any]) -> GenerateRequest:
    return GenerateRequest(**{"prompt": "a cat", **values, "model": f"openai/{model}", "allow": "retired"})


def planned(client: limner.Client, model: str, values: dict[str, Any]) -> Plan | None:
    """The plan; none where limner itself says no."""
    try:
        return client.plan(requested(model, values))
    except UnsupportedError:
        return None


def ask(server: Sandbox, client: limner.Client, plan: Plan) -> tuple[list[Any], ProviderError | None]:
    """The bodies that arrived, and the server's refusal if there was one."""
    server.clear()
    refusal = None
    try:
        client.run(plan.request)
    except ProviderError as error:
        refusal = error
    return [request.json for request in server.requests], refusal


def expected(model: str, values: dict[str, Any], plan: Plan) -> list[dict[str, Any]]:
    """What was set and nothing else, under the vendor's names; ``n`` is divided among the calls."""
    counts = [{"n": call.n} if "n" in values else {} for call in plan.calls]
    return [{"model": model, "prompt": "a cat", **values, **count} for count in counts]


def in_order(bodies: list[Any]) -> list[Any]:
    return sorted(bodies, key=repr)


@pytest.mark.parametrize("model", [model.id for model in DECLARED])
def test_each_declared_value_arrives_as_it_was_set_and_is_taken(
    server: Sandbox, client: limner.Client, model: str
) -> None:
    """One parameter at a time, every sample of its constraint; with the format that it needs."""
    wrong = []
    for name, parameter in MODELS[model].items():
        for value in parameter.constraint.samples().valid:
            values = {**_company(name), name: value}
            plan = planned(client, model, values)
            if plan is None:
                continue
            bodies, refusal = ask(server, client, plan)
            assert in_order(bodies) == in_order(expected(model, values, plan))
            if refusal is not None and not plan.warnings:
                wrong.append((values, refusal.code, str(refusal)))
    assert wrong == []


def _company(name: str) -> dict[str, Any]:
    """The format without which a parameter has no meaning."""
    formats = {"output_compression": "webp", "frame_count": "gif", "frame_duration_ms": "gif", "svg": "svg"}
    return {"output_format": formats[name]} if name in formats else {}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A model and any set of its parameters, with values that it declares."""
    model = draw(st.sampled_from(sorted(MODELS)))
    parameters = MODELS[model]
    names = draw(st.sets(st.sampled_from(sorted(parameters)), max_size=8))
    # Half of the requests come with a format, without which most of the others' rules say no.
    names |= draw(st.sampled_from([set(), {"output_format"}]))
    return model, {name: draw(st.sampled_from(parameters[name].constraint.samples().valid)) for name in sorted(names)}


@settings(max_examples=settings().max_examples // 2)
@given(asked=requests())
def test_what_was_set_arrives_and_a_plan_without_warnings_is_a_promise(
    server: Sandbox, client: limner.Client, asked: tuple[str, dict[str, Any]]
) -> None:
    model, values = asked
    plan = planned(client, model, values)
    if plan is None:
        return
    bodies, refusal = ask(server, client, plan)
    assert in_order(bodies) == in_order(expected(model, values, plan))
    assert refusal is None or plan.warnings, f"limner promised what the server refuses: {values}: {refusal}"
