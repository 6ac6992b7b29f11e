"""The contract with authors of plugins changes with its version, and with no other."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

from limner.provider import API_VERSION, HttpProvider

if TYPE_CHECKING:
    from types import ModuleType

HERE = Path(__file__).parent

OLD = {
    "acme.Box": "class",
    "acme.Box(size)": "1: int",
    "acme.Box.open()": "-> None",
    "acme.Maker": "class that authors extend",
    "acme.Maker.make()": "-> Box",
    "acme.Maker.make(call)": "1: Call",
    "acme.Kind": "one of",
    "acme.Kind|Box": "alternative",
    "acme.CODES": "mapping",
    "acme.CODES[full]": "FullError",
    "acme.send()": "-> Box",
    "acme.send(box)": "1: Box",
}
"""A contract, version 1.4."""

ADDITIONS = {
    "a class": {"acme.Lid": "class", "acme.Lid(size)": "1: int"},
    "a method": {"acme.Box.close()": "-> None", "acme.Box.close(how)": "1: str"},
    "a method that authors may write": {"acme.Maker.unmake()": "-> None", "acme.Maker.unmake(box)": "1: Box"},
    "a function": {"acme.wait()": "-> None", "acme.wait(seconds)": "1: float"},
    "an argument with a default": {"acme.send(how)": "2: str = ''"},
    "an argument by keyword with a default": {"acme.send(how)": "keyword: str = ''"},
    "any keywords": {"acme.send(more)": "keywords: Any"},
    "a field with a default": {"acme.Box(lid)": "2: Lid | None = None"},
    "an attribute": {"acme.Box.weight": "property: int"},
    "a base": {"acme.Box<Thing": "base"},
    "an alternative": {"acme.Kind|Lid": "alternative"},
    "an item": {"acme.CODES[torn]": "TornError"},
}
BREAKS: dict[str, dict[str, str | None]] = {
    "a class that is gone": {"acme.Box": None, "acme.Box(size)": None, "acme.Box.open()": None},
    "a method that is gone": {"acme.Box.open()": None},
    "an argument that is gone": {"acme.send(box)": None},
    "an alternative that is gone": {"acme.Kind|Box": None},
    "an item that is gone": {"acme.CODES[full]": None},
    "an item that means something else": {"acme.CODES[full]": "TornError"},
    "another type of an argument": {"acme.send(box)": "1: Lid"},
    "another place of an argument": {"acme.send(how)": "1: str = ''", "acme.send(box)": "2: Box"},
    "another default": {"acme.Box(size)": "1: int = 3"},
    "another result": {"acme.send()": "-> Lid"},
    "an argument that has to be given": {"acme.send(how)": "2: str"},
    "a field that has to be given": {"acme.Box(lid)": "2: Lid"},
    "an argument that authors have to take": {"acme.Maker.make(how)": "2: str = ''"},
}


@pytest.fixture(scope="module")
def contract() -> ModuleType:
    """The tool, loaded by its place: tests are no package."""
    spec = spec_from_file_location("limner_contract", HERE / "contract.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def facts(contract: ModuleType) -> dict[str, str]:
    """The contract as it is."""
    return dict(contract.facts())


def changed(by: dict[str, str | None]) -> dict[str, str]:
    return {path: fact for path, fact in {**OLD, **by}.items() if fact is not None}


# This contract


def test_the_contract_is_that_of_its_version(contract: ModuleType, facts: dict[str, str]) -> None:
    known = contract.snapshots(HERE)
    assert contract.complaint(known, API_VERSION, facts) == ""
    assert API_VERSION in known, f"Version {contract.dotted(API_VERSION)} has no list yet. Run: {contract.COMMAND}"
    assert known[API_VERSION] == facts, f"Run: {contract.COMMAND}"


def test_each_version_differs_from_the_one_before_it_as_much_as_its_number_says(contract: ModuleType) -> None:
    known = contract.snapshots(HERE)
    assert [contract.complaint({one: known[one]}, other, known[other]) for one, other in pairwise(known)] == [""] * (
        len(known) - 1
    )


def test_no_fact_depends_on_the_machine_or_on_the_version(facts: dict[str, str]) -> None:
    assert [fact for fact in facts.items() if " at 0x" in str(fact) or str(Path.home()) in str(fact)] == []
    assert facts["limner.provider.ProviderBase.api_version"] == "attribute: tuple[int, int] | None = None"


@pytest.mark.parametrize(
    ("path", "fact"),
    [
        ("limner.provider.Auth|HeaderKey", "alternative"),
        ("limner.provider.Call(index)", "5: int = 0"),
        ("limner.provider.HttpProvider.map_request(call)", "1: Call"),
        ("limner.provider.ProviderBase.base_url", "attribute: str = ''"),
        ("limner.provider.Provider.hosts", "property: tuple[str, ...]"),
        ("limner.provider.send", "limner.steps.send"),
        ("limner.steps.HttpRequest(query)", "3: Mapping[str, str] = dict()"),
        ("limner.steps.Step|Job", "alternative"),
        ("limner.steps.poll(every)", "keyword: float = 2.0"),
        ("limner.hookspecs.limner_key(name)", "2: str | None"),
        ("limner.capabilities.Needs(parameter)", "1: str"),
        ("limner.capabilities.Needs(source)", "keyword: Source | None = None"),
        ("limner.reading.BY_CODE[model_not_found]", "ModelUnavailableError"),
        ("limner.reading.read_images(lifetime)", "keyword: timedelta | None = None"),
        ("limner.results.ImageResult.images", None),
        ("limner.results.ImageResult(images)", "keyword: tuple[Image, ...]"),
        ("limner.errors.QuotaError<ProviderError", "base"),
        ("limner.errors.QuotaError.kind", "attribute: str = 'quota'"),
        ("limner.dialects.openai_images.OpenAIImages(capabilities)", "keyword: ProviderCapabilities"),
    ],
)
def test_a_fact_of_each_kind_is_in_it(facts: dict[str, str], path: str, fact: str | None) -> None:
    assert facts.get(path) == fact


# What is seen


def test_what_authors_hold_in_their_hands_is_seen(contract: ModuleType) -> None:
    """Fields, defaults, properties, methods of each kind, private bases, and nothing private."""

    class _Part:
        def shared(self, at: int = 0, /, *, how: str) -> None: ...

    @attrs.frozen
    class Thing(_Part):
        size: int
        _alias: str = attrs.field(alias="name", default="x")
        made: list[int] = attrs.field(factory=list, kw_only=True)
        later: int = attrs.field(init=False)
        kind = "thing"

        @property
        def big(self) -> bool:
            return True

        @classmethod
        async def of(cls, **more: int) -> None: ...

        def _hidden(self) -> None: ...

    _Part.__module__ = "limner.sample"
    assert dict(contract._of_class("Thing", Thing)) == {
        "Thing": "class",
        "Thing(size)": "1: int",
        "Thing(name)": "2: str = 'x'",
        "Thing(made)": "keyword: list[int] = list()",
        "Thing.later": "attribute: int",
        "Thing.kind": "attribute: str = 'thing'",
        "Thing.big": "property: bool",
        "Thing.of": "classmethod",
        "Thing.of()": "async -> None",
        "Thing.of(more)": "keywords: int",
        "Thing.shared()": "-> None",
        "Thing.shared(at)": "1: int = 0",
        "Thing.shared(how)": "keyword: str",
    }


def test_what_authors_extend_is_marked(contract: ModuleType) -> None:
    class Mine(HttpProvider):
        """Theirs."""

    assert dict(contract._of_class("Mine", Mine)) == {
        "Mine": contract.EXTENDED, "Mine<HttpProvider": "base",
    }  # fmt: skip


# What a change asks for


def test_no_change_asks_for_nothing(contract: ModuleType) -> None:
    assert contract.complaint({(1, 4): OLD}, (1, 4), dict(reversed(OLD.items()))) == ""


@pytest.mark.parametrize("new", ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_asks_for_the_next_minor(contract: ModuleType, new: dict[str, str]) -> None:
    said = contract.complaint({(1, 4): OLD}, (1, 4), {**OLD, **new})
    assert "API_VERSION = (1, 5)" in said
    assert [contract.complaint({(1, 4): OLD}, enough, {**OLD, **new}) for enough in ((1, 5), (2, 0))] == ["", ""]


@pytest.mark.parametrize("by", BREAKS.values(), ids=BREAKS)
def test_what_breaks_asks_for_the_next_major(contract: ModuleType, by: dict[str, str | None]) -> None:
    for version in ((1, 4), (1, 5)):
        assert "API_VERSION = (2, 0)" in contract.complaint({(1, 4): OLD}, version, changed(by))
    assert contract.complaint({(1, 4): OLD}, (2, 0), changed(by)) == ""


def test_a_break_outweighs_an_addition(contract: ModuleType) -> None:
    now = changed({"acme.Box.open()": None, "acme.Box.close()": "-> None"})
    assert "API_VERSION = (2, 0)" in contract.complaint({(1, 4): OLD}, (1, 5), now)


def test_a_version_is_held_to_its_own_list_and_not_to_an_older_one(contract: ModuleType) -> None:
    now = {**OLD, "acme.wait()": "-> None"}
    assert contract.complaint({(1, 4): OLD, (1, 5): now}, (1, 5), now) == ""
    assert "API_VERSION = (1, 6)" in contract.complaint({(1, 4): now, (1, 5): OLD}, (1, 5), now)


def test_the_complaint_says_what_changed_and_what_to_run(contract: ModuleType) -> None:
    now = changed({"acme.Box.open()": None, "acme.send()": "-> Lid", "acme.wait()": "-> None"})
    assert contract.complaint({(1, 4): OLD}, (1, 4), now).splitlines() == [
        "The contract with authors of plugins is not that of version 1.4 any more:",
        "  changed: acme.send() was '-> Box' and is '-> Lid'",
        "  gone: acme.Box.open() (-> None)",
        "  new: acme.wait() (-> None)",
        "This asks for API_VERSION = (2, 0) in core/src/limner/provider.py, and then for: " + contract.COMMAND,
        "If 1.4 was never released, its list may be written anew: " + contract.COMMAND + " --unreleased",
    ]


# The files


def test_a_list_survives_its_file(contract: ModuleType, facts: dict[str, str]) -> None:
    text = contract.written((1, 0), facts)
    assert list(contract.read(text).items()) == list(facts.items())
    assert text.splitlines()[0].endswith(f"version 1.0. Written by: {contract.COMMAND}")


def test_the_next_version_gets_a_file_of_its_own(contract: ModuleType, tmp_path: Path) -> None:
    assert contract.main([], tmp_path, (1, 4)) == 0
    assert contract.main([], tmp_path, (1, 10)) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"contract-1.4.txt", "contract-1.10.txt"}
    assert list(contract.snapshots(tmp_path)) == [(1, 4), (1, 10)]


def test_a_list_is_not_written_under_a_number_that_is_too_small(
    contract: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "contract-1.4.txt"
    path.write_text(contract.written((1, 4), OLD), encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert contract.main([], tmp_path, (1, 4)) == 1
    assert contract.main(["--unreleased"], tmp_path, (1, 5)) == 1  # what was released before it still counts
    assert "gone: acme.Box (class)" in capsys.readouterr().err
    assert [one.read_text(encoding="utf-8") for one in tmp_path.iterdir()] == [before]


def test_a_version_that_was_never_released_may_be_another(
    contract: ModuleType, facts: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "contract-1.4.txt"
    path.write_text(contract.written((1, 4), OLD), encoding="utf-8")
    assert contract.main(["--unreleased"], tmp_path, (1, 4)) == 0
    assert contract.read(path.read_text(encoding="utf-8")) == facts
