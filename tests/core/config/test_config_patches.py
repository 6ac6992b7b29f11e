"""What a configuration changes of a provider that it did not make."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from limner import config
from limner.capabilities import (
    Lifecycle,
    ModelCapabilities,
    OneOf,
    OperationCapabilities,
    ProviderCapabilities,
    ServerDefault,
    Sizes,
    Source,
    Text,
)
from limner.errors import ConfigError
from limner.provider import HeaderSetting, ProviderBase

if TYPE_CHECKING:
    from collections.abc import Callable

    from limner.provider import Provider

PAGE = Source("the page", "2026-11-20")
PAINT = OperationCapabilities(
    {"prompt": Text(), "size": Sizes(exact="64x64"), "quality": OneOf(("low",))}, default=ServerDefault(), source=PAGE
)
CAPABILITIES = ProviderCapabilities(
    models=(
        ModelCapabilities("brush", aliases="brush-1", operations={"generate": PAINT}),
        ModelCapabilities("quill", operations={"generate": PAINT.but(default=False)}),
    ),
    unknown={"generate": PAINT.opened()},
    source=PAGE,
    preconditions=("An easel must be there.",),
)


class Studio(ProviderBase):
    name = "studio"
    base_url = "https://studio.example/v1"
    settings = (HeaderSetting("room", header="X-Room"),)
    asked = 0

    def capabilities(self) -> ProviderCapabilities:
        self.asked += 1
        return CAPABILITIES


def patched(**keys: Any) -> tuple[Any, Studio]:
    """The studio as the configuration has it, and as it is."""
    studio: Any = Studio()
    patch = config.load({"providers": {"studio": keys}}).patches["studio"]
    return patch(studio), studio


def models(**tables: Any) -> dict[str, ModelCapabilities]:
    provider, _ = patched(models=tables)
    return {one.id: one for one in provider.capabilities().models}


def taken(model: str, name: str, **keys: Any) -> Any:
    provider, _ = patched(**keys)
    return provider.capabilities().find(model, "generate").operation.parameters[name].constraint


# The provider


def test_nothing_is_asked_of_it_before_somebody_wants_to_know() -> None:
    provider, studio = patched(models={"brush": {"lifecycle": "deprecated"}})
    assert studio.asked == 0
    assert provider.capabilities() is provider.capabilities()
    assert studio.asked == 1


def test_all_else_is_its_own() -> None:
    provider, studio = patched(default_model="quill")
    assert (provider.name, provider.base_url, provider.hosts) == (studio.name, studio.base_url, ("studio.example",))
    assert not hasattr(provider, "unheard_of")


def test_words_about_its_address_alone_leave_it_as_it_is() -> None:
    provider, studio = patched(base_url="https://other.example")
    assert provider is studio


def test_it_pickles_whether_it_was_asked_or_not() -> None:
    provider, _ = patched(models={"brush": {"aliases": ["b"]}})
    for _ in range(2):
        copy = pickle.loads(pickle.dumps(provider))  # noqa: S301 - our own bytes
        assert copy.capabilities() == provider.capabilities()


def test_what_is_not_changed_stays() -> None:
    provider, _ = patched(models={"brush": {"aliases": ["b"]}})
    capabilities = provider.capabilities()
    assert capabilities.unknown == CAPABILITIES.unknown
    assert (capabilities.source, capabilities.preconditions) == (CAPABILITIES.source, CAPABILITIES.preconditions)
    assert capabilities.find("quill", "generate") == CAPABILITIES.find("quill", "generate")


# Models


def test_a_new_size_need_not_wait_for_a_release() -> None:
    tables = {"brush": {"generate": {"size": {"add": ["128x128"]}}}}
    assert taken("brush-1", "size", models=tables) == Sizes(exact=("64x64", "128x128"))
    assert taken("quill", "size", models=tables) == Sizes(exact="64x64")


def test_a_lifecycle_can_be_corrected() -> None:
    assert models(quill={"lifecycle": "retired"})["quill"].lifecycle == Lifecycle("retired")


def test_a_new_model_starts_from_another() -> None:
    new = models(pencil={"like": "brush", "generate": {"quality": ["low", "high"]}})["pencil"]
    assert new.operations["generate"].parameters["quality"].constraint == OneOf(("low", "high"))
    assert new.aliases == ()
    assert new.source is not None
    assert new.source.page == "the config= mapping"


def test_a_new_model_is_nobodys_default() -> None:
    assert models(pencil={"like": "brush"})["pencil"].operations["generate"].default is False


def test_new_models_come_after_the_others_and_may_build_on_each_other() -> None:
    assert list(models(pencil={"like": "brush"}, chalk={"like": "pencil"})) == ["brush", "quill", "pencil", "chalk"]


def test_the_default_can_be_another() -> None:
    provider, _ = patched(default_model="quill")
    assert provider.capabilities().default("generate").id == "quill"


def test_the_default_can_be_a_new_model() -> None:
    provider, _ = patched(default_model="pencil", models={"pencil": {"like": "brush"}})
    assert provider.capabilities().default("generate").id == "pencil"


# What is wrong: at once where it does not depend on the provider, else when that is asked


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"modles": {}},
            (
                ".modles is not a key that is known here; these are: base_url, default_model, models and settings."
                " Did you mean 'models'?"
            ),
        ),
        ({"hosts": []}, ".hosts is for a provider of its own, which has key_variable or auth too."),
        ({"base_url": "x"}, ".base_url must be an http(s) address, not 'x'."),
        ({"settings": 5}, ".settings must be a table, not 5."),
        (
            {"settings": {"room": ["sk-canary"]}},
            ".settings.room must be a text; what stands there is not repeated here, as it may be a secret.",
        ),
        ({"api_key": "sk-canary"}, ".api_key must not be here: a key belongs in an environment variable, which"),
    ],
)
def test_what_is_wrong_in_itself_is_said_at_once(complaint: Callable[[Any], str], keys: Any, said: str) -> None:
    found = complaint({"providers": {"studio": keys}})
    assert found.startswith(f"providers.studio{said}")
    assert "sk-canary" not in found


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (
            {"models": {"brsh": {}}},
            ('.models.brsh is not a model that is declared; a new one starts from another: like = "...".'
            " Did you mean 'brush'?"),
        ),
        (
            {"models": {"pencil": {"like": "brsh"}}},
            ('.models.pencil.like must be a model that is declared before ("brush" or "quill"), not \'brsh\'.'
            " Did you mean 'brush'?"),
        ),
        (
            {"models": {"quill": {"like": "brush"}}},
            ".models.quill.like is for new models, and this one is declared already.",
        ),
        (
            {"models": {"quill": {"family": "open"}}},
            (".models.quill.family is not a key that is known here; these are: aliases, generate, lifecycle, like and"
            " operations."),
        ),
        (
            {"models": {"quill": {"aliases": ["brush-1"]}}},
            ".models is not possible: the model name 'brush-1' is declared twice: by 'brush' and by 'quill'.",
        ),
        ({"default_model": "brsh"}, ".default_model must be brush or quill, not 'brsh'. Did you mean 'brush'?"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_provider_is_said_when_it_is_asked(keys: Any, said: str) -> None:
    provider, _ = patched(**keys)
    with pytest.raises(ConfigError) as raised:
        provider.capabilities()
    assert raised.value.message == f"the config= mapping: providers.studio{said}"


# What the client asks


def provider_named(name: str) -> Provider:
    studio: Any = Studio()
    studio.name = name
    return studio  # type: ignore[no-any-return] - as much of one as is needed


def test_a_base_url_is_for_the_provider_of_that_name() -> None:
    loaded = config.load({"providers": {"stu-dio": {"base_url": "https://other.example"}}})
    assert loaded.base_url(provider_named("stu.dio")) == "https://other.example"
    assert loaded.base_url(provider_named("other")) is None


def test_settings_are_for_a_provider_that_has_them() -> None:
    loaded = config.load({"providers": {"studio": {"settings": {"room": "7"}}}})
    assert loaded.settings(provider_named("studio")) == {"room": "7"}
    assert loaded.settings(provider_named("other")) == {}


def test_a_setting_that_it_does_not_have_is_said_with_its_path() -> None:
    loaded = config.load({"providers": {"studio": {"settings": {"rooms": "7"}}}})
    with pytest.raises(ConfigError) as raised:
        loaded.settings(provider_named("studio"))
    assert raised.value.message == (
        "the config= mapping: providers.studio.settings.rooms is not a key that is known here; these are: room."
        " Did you mean 'room'?"
    )


def test_a_provider_that_is_not_there_is_said_with_what_makes_one() -> None:
    patch = config.load({"providers": {"studoi": {"base_url": "https://other.example"}}}).patches["studoi"]
    assert patch.homeless(["studio", "acme"]).message == (
        "the config= mapping: providers.studoi is about no provider that is installed (acme and studio); to describe"
        " one of its own, it needs key_variable or auth. Did you mean 'studio'?"
    )
    assert "that is installed (none is);" in patch.homeless([]).message


@pytest.mark.parametrize(
    ("defaults", "chosen", "order", "default"),
    [
        ({}, None, (), None),
        ({"providers": ["b", "A"], "model": "c/x"}, None, ("b", "A"), "c/x"),
        ({"providers": ["b"], "model": "c/x"}, ["a"], ("a",), None),
        ({"model": "c/x"}, ["limner-c:C", "a"], ("C", "a"), "c/x"),
    ],
)
def test_code_is_stronger_than_the_configurations_preferences(
    defaults: Any, chosen: Any, order: Any, default: Any
) -> None:
    loaded = config.load({"defaults": defaults})
    assert (loaded.order(chosen, ["a", "b", "c"]), loaded.default(chosen)) == (order, default)


def test_an_order_of_providers_that_are_not_there_is_said_with_its_path() -> None:
    loaded = config.load({"defaults": {"providers": ["acme", "studoi"]}})
    with pytest.raises(ConfigError) as raised:
        loaded.order(None, ["studio", "acme"])
    assert raised.value.message == (
        "the config= mapping: defaults.providers[1] must be a provider that is there (acme or studio), not 'studoi'."
        " Did you mean 'studio'?"
    )
