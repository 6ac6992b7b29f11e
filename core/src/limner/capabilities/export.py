"""Declarations as plain data, for JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import fields

from limner.capabilities.constraints import Constraint
from limner.capabilities.rules import Rule


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """``value`` as dicts, lists and scalars.

    Objects become their fields, without those that are at their default; constraints and rules also say their
    ``kind`` and, as ``text``, what they mean.
    """
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return _object(value) if hasattr(type(value), "__attrs_attrs__") else value


def _object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any attrs value
    data = {item.name: getattr(value, item.name) for item in fields(type(value)) if item.init}
    bare = {item.name: item.default for item in fields(type(value))}
    told = {name: plain(item) for name, item in data.items() if item != bare[name]}
    told = {name: item for name, item in told.items() if item not in (None, "", [], {})}
    if isinstance(value, (Constraint, Rule)):
        return {"kind": type(value).__name__, "text": value.describe(), **told}
    return told
