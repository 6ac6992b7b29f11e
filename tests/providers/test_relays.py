"""What holds for every plugin of a relay that speaks the OpenAI Images wire format."""

from __future__ import annotations

import io
import pickle
import tokenize
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import limner_fastapiai
import limner_r9s
import limner_rockapi
from limner.dialects.openai_images import OpenAIImages
from limner.errors import UnsupportedError
from limner.provider import Bearer

if TYPE_CHECKING:
    from types import ModuleType

PLUGINS = {"fastapi.ai": limner_fastapiai, "rockapi": limner_rockapi, "r9s": limner_r9s}
FAMILIAR = ("prompt", "n", "size", "quality", "style", "background", "output_format", "output_compression",
            "moderation", "user", "delivery")  # fmt: skip


@pytest.fixture(params=PLUGINS)
def provider(request: pytest.FixtureRequest) -> Any:
    return PLUGINS[request.param].limner_provider()


@pytest.mark.parametrize("name", PLUGINS)
def test_it_is_found_through_its_entry_point_under_its_own_name(name: str) -> None:
    (point,) = entry_points(group="limner", name=name)
    assert point.load().limner_provider().name == name


def test_it_is_one_value_of_the_dialect_that_pickles(provider: Any) -> None:
    assert type(provider) is OpenAIImages
    assert pickle.loads(pickle.dumps(provider)) == provider  # noqa: S301 - our own bytes


def test_its_key_is_a_bearer_token_for_its_own_host_alone(provider: Any) -> None:
    assert isinstance(provider.auth, Bearer)
    assert provider.hosts == (provider.base_url.split("/")[2],)


def code_lines(path: Path) -> int:
    """Lines with code on them: no comments, no docstrings, no blank ones."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(path.read_text()).readline) if t.type not in skipped]
    docs = (t for t in tokens if t.type == tokenize.STRING and t.line.lstrip().startswith('"""'))
    inside = {line for t in docs for line in range(t.start[0], t.end[0] + 1)}
    return len({line for t in tokens for line in range(t.start[0], t.end[0] + 1)} - inside)


@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS)
def test_beyond_what_it_declares_it_is_at_most_25_lines_of_code(plugin: ModuleType) -> None:
    folder = Path(plugin.__file__ or "").parent
    assert sum(code_lines(path) for path in folder.glob("*.py") if path.stem not in {"capabilities", "options"}) <= 25


def test_every_declaration_carries_its_own_page_and_the_day_it_was_checked(provider: Any) -> None:
    declared = provider.capabilities()
    operations = [operation for model in declared.models for operation in model.operations.values()]
    for operation in (*operations, *declared.unknown.values()):
        assert operation.source == declared.source
    assert declared.source.checked.isoformat() == "2026-11-20"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_wire_carries_exactly_what_was_set_and_the_model(asking: Any, data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(asking.provider.capabilities().models))
    parameters = {k: v for k, v in model.operations["generate"].parameters.items() if k in FAMILIAR}
    names = data.draw(st.sets(st.sampled_from(sorted(parameters))))
    values = {name: data.draw(st.sampled_from(parameters[name].constraint.samples().valid)) for name in names}
    values = {"prompt": "a cat", **values}
    assume(values["prompt"].strip())
    try:
        body = asking.sent(model.id, **values)
    except UnsupportedError:
        return  # a rule between the values; nothing was sent
    delivery = {"bytes": "b64_json", "url": "url"}.get(values.pop("delivery", ""))
    assert body == {"model": model.id, **values, **({"response_format": delivery} if delivery else {})}


def test_a_declared_default_is_never_sent(asking: Any) -> None:
    for model in asking.provider.capabilities().models:
        assert asking.sent(model.id) == {"model": model.id, "prompt": "a cat"}


def test_an_unlisted_model_passes_with_a_warning_and_open_values(asking: Any) -> None:
    given = {"size": "123x456", "quality": "divine"}
    assert asking.sent("brush-2", **given) == {"model": "brush-2", "prompt": "a cat", **given}
    assert asking.warned("brush-2", **given) == [("unknown_model", "model"), ("unsupported_value", "quality")]


def test_an_unlisted_model_takes_no_parameter_that_the_page_does_not_name(asking: Any) -> None:
    assert "seed is not a parameter" in asking.refused("brush-2", seed=1)
