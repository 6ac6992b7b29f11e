"""The reference says what the code says: its pages are made from docstrings, signatures and declarations."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from attrs import fields
from limner_docs import declarations, docstrings, objects
from limner_docs.pages import pages

import limner
import limner_roboflow
import limner_rockapi
import limner_sandbox
from limner import capabilities, reading, results
from limner import provider as contract
from limner.capabilities import (
    Lifecycle,
    ModelCapabilities,
    Needs,
    OneOf,
    OperationCapabilities,
    Parameter,
    ProviderCapabilities,
    ServerDefault,
    Source,
)
from limner.cli.app import app
from limner.errors import error_kinds
from limner.provider import HeaderSetting, ProviderBase
from limner.registry import Registry

if TYPE_CHECKING:
    from pathlib import Path

# The pages, against the code


def test_every_public_name_has_a_headline() -> None:
    errors = {cls.__name__ for kind in error_kinds().values() for cls in (kind, *kind.__subclasses__())}
    groups = {cls.__name__ for cls in limner.LimnerError.__subclasses__()}
    everything = "\n".join(pages().values())
    names = set(limner.__all__) - errors - groups - {"LimnerError", "__version__"}
    assert [name for name in sorted(names) if f" `{name}`\n" not in everything] == []


def test_every_field_of_a_request_is_described() -> None:
    text = pages()["reference/python.md"]
    described = [*limner.GenerateRequest.parameters(), *limner.GenerateRequest.call_options()]
    assert [item.name for item in described if f"- `{item.name}`: {item.metadata['doc']}\n" not in text] == []


def test_every_kind_of_error_has_a_row() -> None:
    text = pages()["reference/errors.md"]
    assert [kind for kind, cls in error_kinds().items() if f"| `{kind}` | `{cls.__name__}` |" not in text] == []


def test_every_command_shows_its_help() -> None:
    text = pages()["reference/command-line.md"]
    names = app.list_commands(None)  # type: ignore[arg-type] - it is the same in every context
    assert [name for name in names if f"## limner {name}\n\n```text\nUsage: limner {name}" not in text] == []


def test_every_fault_of_the_sandbox_has_a_row() -> None:
    text = pages()["reference/sandbox.md"]
    assert [name for name in limner_sandbox.FAULTS if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("provider", Registry().providers(), ids=lambda provider: provider.name)
def test_every_model_of_every_provider_has_a_row_and_its_parameters(provider: Any) -> None:
    text = pages()[f"reference/providers/{provider.name}.md"]
    for model in provider.capabilities().models:
        assert f"| `{model.id}`" in text
        assert f"`{model.id}`" in text.partition("\n## generate")[2]


@pytest.mark.parametrize("options", [limner_rockapi.RockAPIOptions, limner_roboflow.RoboflowOptions])
def test_a_providers_options_stand_on_its_page(options: Any) -> None:
    package = options.__module__.partition(".")[0]
    text = pages()[f"reference/providers/{package.removeprefix('limner_')}.md"]
    assert f"from {package} import {options.__name__}\n" in text
    assert [item.name for item in fields(options) if f"\n- `{item.name}`: " not in text] == []


@pytest.mark.parametrize("entry", Registry().entries(), ids=lambda entry: entry.name)
def test_how_a_providers_sources_are_read_stands_on_its_page(entry: Any) -> None:
    text = pages()[f"reference/providers/{entry.name}.md"]
    reading = import_module(f"{entry.value}.capabilities").__doc__ or ""
    assert docstrings.markdown(reading.strip()) in text.partition("\n## How the sources are read\n")[2]


def test_the_whole_contract_stands_on_one_page() -> None:
    text = pages()["reference/writing-a-provider.md"]
    functions = [name for name in objects.own(reading) if inspect.isfunction(getattr(reading, name))]
    hooks = ("limner_provider", "limner_observe", "limner_key")
    own = {*contract.__all__, *functions, *hooks, "hookimpl", "OpenAIImages"}
    assert [name for name in sorted(own) if f"\n### `{name}`\n" not in text] == []
    classes = [name for name in capabilities.__all__ if inspect.isclass(getattr(capabilities, name))]
    assert [name for name in classes if f"\n- [`{name}`](capabilities.md#{name.lower()}): " not in text] == []
    assert "## What may change, and when" in text


def test_what_is_declared_before_limner_has_it_says_so() -> None:
    text = pages()["reference/providers/rockapi.md"]
    operations = [name for name in ("edit", "vary") if not hasattr(limner.Client, name)]
    assert [name for name in operations if f"## {name}\n\nlimner has no `{name}` yet" not in text] == []
    assert "limner has no `generate` yet" not in text


# Declarations as tables

PAINT = OperationCapabilities(
    parameters={
        "size": Parameter(OneOf(("small", "large")), default="small"),
        "style": Parameter(OneOf(("oil",)), lifecycle=Lifecycle("deprecated"), note="Pastel is better."),
    },
    rules=(Needs("style", None, "size", ("large",)),),
    preconditions=("An easel must be there.",),
)
SOON = PAINT.but(
    parameters={
        "size": Parameter(
            OneOf(("small", "large")), wire="format", source=Source("https://studio.example/sizes", "2026-11-21")
        )
    },
    lifecycle=Lifecycle("announced"),
    default=ServerDefault("A small one.", None),
)


class Studio(ProviderBase):
    name = "studio"
    base_url = "https://studio.example/v1"
    key_variable = "STUDIO_KEY"
    base_url_variable = "STUDIO_URL"
    settings = (HeaderSetting("room", header="X-Room"),)

    def capabilities(self) -> ProviderCapabilities:
        models = (
            ModelCapabilities("old", lifecycle=Lifecycle("retired", date="2026-05-12", successor="new")),
            ModelCapabilities("new", aliases="new-1", operations={"generate": PAINT}),
            ModelCapabilities("newer", operations={"generate": PAINT}),
            ModelCapabilities("next", operations={"generate": SOON}),
        )
        source = Source("https://studio.example/docs", "2026-11-20", note="A draft.")
        return ProviderCapabilities(models=models, unknown={"generate": PAINT.opened()}, source=source)


@pytest.mark.parametrize(
    "said",
    [
        "According to <https://studio.example/docs>, checked on 2026-11-20. A draft.",
        "| the key goes to | `studio.example` |",
        "| the key goes as | `Authorization: Bearer KEY`. |",
        "| its environment variable | `STUDIO_KEY` |",
        "| another base URL | `base_urls={'studio': ...}` or `STUDIO_URL` |",
        "| setting `room` | header `X-Room`, from `settings=` |",
        "| `old` |  | retired on 2026-05-12; use new instead |",
        "| `new`<br>also `new-1` | generate | available |",
        "A model that is not listed is sent as it is, with a warning, for generate.",
        "### `new`, `newer`\n",
        "| `next` | generate (announced, the server's default) | available |",
        "Where only the provider is named, no model is sent, and the server picks `next`. A small one.\n",
        "### `next`\n\nIt is announced, not available yet. It is refused unless `allow=('announced',)`.\n",
        "| `size` | one of small or large |  | Sent as `format` |",
        "`size`: according to <https://studio.example/sizes>, checked on 2026-11-21.\n",
        "| `size` | one of small or large | `small` |  |",
        "| `style` | oil |  | deprecated. Pastel is better |",
        "Rules:\n\n- style needs size large\n",
        "First:\n\n- An easel must be there.\n",
        "### Any other model\n",
        "| `size` | one of small or large (or others) |",
    ],
)
def test_a_declaration_is_told_in_full(said: str) -> None:
    assert said in declarations.provider(Studio())  # type: ignore[arg-type] - no exchange is needed to be described


def test_a_pipe_in_a_cell_does_not_end_it() -> None:
    assert declarations.table(("a",), [("b|c",)]) == "| a |\n| --- |\n| b\\|c |"


# Docstrings as Markdown

GOOGLE = """First sentence.

More of :class:`limner.Client` and ``code``::

    1 + 1

Args:
    one: The first,
        in two lines.
    **rest: The others.

Returns:
    A number.

Raises:
    ValueError: never.

Example:
    >>> f(1)  # doctest: +SKIP
    ... # more
"""


def test_a_docstring_is_taken_apart() -> None:
    assert docstrings.read(GOOGLE) == docstrings.Docstring(
        "First sentence.\n\nMore of `limner.Client` and `code`:\n\n```python\n1 + 1\n```",
        {"one": "The first, in two lines.", "rest": "The others."},
        {"Returns": "A number.", "Raises": "- `ValueError`: never.", "Example": "```python\nf(1)\n# more\n```"},
    )


def test_no_docstring_is_nothing() -> None:
    assert docstrings.read(None) == docstrings.Docstring("")


def test_two_colons_alone_are_not_read() -> None:
    assert docstrings.markdown("Before.\n\n::\n\n    a tree: of words\n\nAfter.") == (
        "Before.\n\n```text\na tree: of words\n```\n\nAfter."
    )


def test_a_long_item_stays_in_its_bullet() -> None:
    assert docstrings.bullets({"a": "One.\n\nTwo."}) == "- `a`: One.\n    \n    Two."


# Objects


SOURCE = '''
from __future__ import annotations
import types
from attrs import field, frozen


class Base:
    def said(self) -> int:
        """What a base says."""


class _Hidden(Base):
    def own(self) -> int:
        """What a private base says belongs to the class."""

    def _aside(self) -> int:
        """Nobody's business."""


@frozen
class Thing(_Hidden):
    """A thing.

    Args:
        many: As the docstring says.
    """

    number: int = 1
    """How many."""
    _secret: str = field(default="", alias="shown")
    """Given under another name."""
    told: str = field(default="x", metadata={"doc": "In the metadata."})
    many: dict[str, types.ModuleType] = field(factory=dict)

    def said(self) -> int:
        """Said again, in other words."""

    @property
    def size(self) -> int:
        """How large."""


ANSWER = 42
"""What it comes to."""
'''


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module that passes for one of limner's."""
    (tmp_path / "limner_sample.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "limner_sample", raising=False)
    return import_module("limner_sample")


def test_a_class_has_its_own_members_and_those_of_its_private_bases(sample: Any) -> None:
    assert [name for name, _ in objects.members(sample.Thing)] == ["own", "size"]


def test_fields_are_described_wherever_that_is_written(sample: Any) -> None:
    assert objects.fields(sample.Thing) == {
        "number": "How many.",
        "shown": "Given under another name.",
        "told": "In the metadata.",
        "many": "As the docstring says.",
    }


def test_a_constructor_is_written_as_people_write_it(sample: Any) -> None:
    assert objects.signature(sample.Thing, "Thing") == (
        "Thing(number: int = 1, shown: str = '', told: str = 'x', many: dict[str, ModuleType] = ...)"
    )


def test_a_property_says_its_type(sample: Any) -> None:
    assert "### `Thing.size`\n\nProperty: `int`.\n\nHow large." in objects.described(sample, "Thing")


def test_a_value_is_shown_as_it_is_written(sample: Any) -> None:
    said = "## `ANSWER`\n\nWhat it comes to.\n\n```python\nANSWER = 42\n```"
    assert objects.described(sample, "ANSWER") == said


def test_a_long_signature_has_a_line_for_each_parameter(sample: Any) -> None:
    assert objects.signature(sample.Thing, "Thing" * 10).splitlines()[1:] == [
        "    number: int = 1,", "    shown: str = '',", "    told: str = 'x',",
        "    many: dict[str, ModuleType] = ...,", ")",
    ]  # fmt: skip


def test_a_short_signature_is_one_line() -> None:
    def paint(prompt: str, /, *, sizes: tuple[int, int] = (1, 2), **rest: object) -> dict[str, int]: ...

    assert objects.signature(paint, "paint") == (
        "paint(prompt: str, /, *, sizes: tuple[int, int] = (1, 2), **rest: object) -> dict[str, int]"
    )


def test_a_name_is_found_where_it_is_written() -> None:
    assert objects.home(limner, "hookimpl").__name__ == "limner.hookspecs"


def test_names_that_fields_mention_follow() -> None:
    assert objects.with_mentioned(results, ["ImageResult"]) == [
        "ImageResult", "Usage", "ResultWarning", "CallFailure", "CallRecord", "Tried"
    ]  # fmt: skip
