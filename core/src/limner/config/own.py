"""Providers without code: a table with a base URL and a key's variable, in a dialect that is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from attrs import evolve

from limner.capabilities import ModelCapabilities, ProviderCapabilities
from limner.config.declarations import FIELDS, find_start, model
from limner.config.dialects import OPEN, dialect
from limner.config.places import Table, table
from limner.config.readers import base_url, header, host, list_of, one_of, prefix, seconds, text, variable
from limner.provider import API_VERSION, Bearer, HeaderKey, NoAuth, QueryKey

if TYPE_CHECKING:
    from limner.capabilities import Encoding, OperationCapabilities, Source
    from limner.config.dialects import Dialect
    from limner.config.places import Place, Reader
    from limner.provider import Auth, Provider

MARKS = ("key_variable", "auth")
"""The keys that make a table a provider of its own, rather than words about one that is installed."""


def _auth(value: object, place: Place) -> Auth:
    if not isinstance(value, Mapping):
        return Bearer() if one_of("bearer", "none")(value, place) == "bearer" else NoAuth()
    told = Table.of(value, place)
    given = told.read({"header": header, "prefix": prefix, "query": text})
    if "header" in given and "query" not in given:
        return HeaderKey(given["header"], given.get("prefix", ""))
    if given.keys() == {"query"}:
        return QueryKey(given["query"])
    raise place.error("must have a header, which may have a prefix, or a query")


READERS: Mapping[str, Reader] = {
    "base_url": base_url,
    "key_variable": variable,
    "auth": _auth,
    "dialect": text,
    "models": table,
    "default_model": text,
    "edit_encoding": text,
    "url_lifetime": seconds,
    "hosts": list_of(host),
}
"""The keys of a provider's table."""


def provider(name: str, told: Table, source: Source) -> Provider:
    """The provider that a table describes.

    Raises:
        ConfigError: something is missing, unknown or wrong.
    """
    given = told.read(READERS)
    if "base_url" not in given:
        raise told.place.error("needs a base_url: the address up to and without /images/generations")
    auth: Auth = given.get("auth", Bearer())
    if isinstance(auth, NoAuth) and "key_variable" in given:
        raise told.at("key_variable").error('is not needed where auth is "none": one of the two must go')
    speaks = dialect(given.get("dialect"), told.at("dialect"))
    optional = {"url_lifetime": timedelta(seconds=given["url_lifetime"])} if "url_lifetime" in given else {}
    return speaks.provider(
        name=name,
        api_version=API_VERSION,  # made by this limner, of what this limner reads
        base_url=given["base_url"],
        key_variable=given.get("key_variable"),
        auth=auth,
        more_hosts=given.get("hosts", ()),
        capabilities=_capabilities(told, given, speaks, source),
        **optional,
    )


def _capabilities(told: Table, given: Mapping[str, Any], speaks: Dialect, source: Source) -> ProviderCapabilities:
    encoding = _encoding(given.get("edit_encoding"), told.at("edit_encoding"), speaks)
    families = {
        name: {operation: _started(item, operation, encoding, source) for operation, item in family.items()}
        for name, family in speaks.families().items()
    }
    models: dict[str, ModelCapabilities] = {}
    for name, one in given["models"].tables().items() if "models" in given else ():
        models[name] = model(_start(name, one, families, models), one, source, {"family": text, "like": text})
    unlisted = {operation: item.opened() for operation, item in families.get(OPEN, {}).items()}
    chosen = given.get("default_model", next(iter(models)) if len(models) == 1 else None)
    return declared(
        models=with_default(models, chosen, told.at("default_model")),
        unknown=unlisted or None,
        source=source,
        place=told.at("models"),
    )


def _encoding(name: str | None, place: Place, speaks: Dialect) -> Encoding | None:
    known = speaks.encodings()
    return None if name is None else known[one_of(*known)(name, place)]


def _started(item: OperationCapabilities, name: str, encoding: Encoding | None, source: Source) -> Any:  # noqa: ANN401 - of the same type
    """An operation of a family as this provider's own: by its own word, and with its one way to write an edit."""
    ways = item.encodings
    if name == "edit" and encoding is not None:
        ways = tuple(one for one in ways if one.name == encoding.name) or (encoding,)
    return evolve(item, encodings=ways, default=False, source=source)


def _start(
    name: str, told: Table, families: Mapping[str, Mapping[str, OperationCapabilities]],
    before: Mapping[str, ModelCapabilities],
) -> ModelCapabilities:  # fmt: skip
    known = {"family", "like", *FIELDS, *chain.from_iterable(families.values())}
    if strangers := [key for key in told.values if key not in known]:  # else a misspelt family would be no family
        raise told.stranger(strangers[0], known)
    like = find_start(told, before)
    if (like is None) == ("family" not in told.values):
        raise told.place.error(f"needs one of family ({', '.join(families)}) and like (a model above it)")
    if like is not None:
        return like.but(name)
    family = one_of(*families)(told.values["family"], told.at("family"))
    return ModelCapabilities(name, operations=families[family])


def with_default(models: Mapping[str, ModelCapabilities], name: str | None, place: Place) -> list[ModelCapabilities]:
    """The models, with that one as the default for all it does.

    Raises:
        ConfigError: there is none of this name.
    """
    if name is None:
        return list(models.values())
    chosen = models[one_of(*models)(name, place)]
    return [_defaulting(one, chosen) for one in models.values()]


def _defaulting(one: ModelCapabilities, chosen: ModelCapabilities) -> ModelCapabilities:
    operations = {
        name: evolve(item, default=one is chosen) if name in chosen.operations else item
        for name, item in one.operations.items()
    }
    return evolve(one, operations=operations)


def declared(*, place: Place, **parts: Any) -> ProviderCapabilities:  # noqa: ANN401 - its fields
    """A provider's declaration.

    Raises:
        ConfigError: two models have one name.
    """
    try:
        return ProviderCapabilities(**parts)
    except ValueError as error:
        raise place.error(f"is not possible: {error}") from None
