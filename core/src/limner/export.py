"""Values as plain JSON-able data. Image data never leaves through here: it is told by size and hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from attrs import has
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn

from limner.errors import CONTEXT, LimnerError
from limner.media import Blob


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook_factory(
        has, lambda cls: make_dict_unstructure_fn(cls, converter, _cattrs_include_init_false=False)
    )
    converter.register_unstructure_hook(Blob, lambda blob: {"bytes": blob.size, "sha256": blob.sha256})
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook_func(lambda cls: isinstance(cls, type) and issubclass(cls, LimnerError), _error)
    converter.register_unstructure_hook_func(
        lambda cls: isinstance(cls, type) and issubclass(cls, Mapping) and not has(cls),
        lambda items: {str(key): plain(value) for key, value in items.items()},
    )
    return converter


def _error(error: LimnerError) -> dict[str, Any]:
    context = {name: getattr(error, name) for name in CONTEXT if name not in {"images", "job", "raw"}}
    return {"kind": error.kind, "message": str(error), **{k: v for k, v in context.items() if v not in (None, False)}}


def plain(value: Any) -> Any:  # noqa: ANN401 - any value of ours in, JSON out
    """A value of ours as dicts, lists, texts and numbers."""
    return _converter().unstructure(value)
