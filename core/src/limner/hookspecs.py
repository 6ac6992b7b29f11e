"""The hooks that a plugin may implement. This is all of it.

A provider is announced in the entry-point group ``limner``. The entry point's name is the provider's name, and its
value is a module that says::

    import limner

    @limner.hookimpl
    def limner_provider():
        return Acme()

The other two hooks are announced in the group ``limner.hooks``, under any name.
A function may leave out arguments that it does not need.
Hooks are plain functions, not ``async``, and are called one at a time; one that raises hurts nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from limner.events import Event
    from limner.provider import Provider

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker("limner")
hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker("limner")
"""Marks a function as the implementation of the hook whose name it bears."""


@hookspec
def limner_provider() -> Provider:  # type: ignore[empty-body]  # a specification
    """Return the provider: a value, the same each time, made without I/O and without a key."""


@hookspec
def limner_observe(event: Event) -> None:
    """Be told what happens. Called where the work is done, so return soon; what is returned is ignored."""


@hookspec
def limner_key(provider: str, name: str | None) -> str | None:
    """Return a provider's key, or ``None`` to leave it to others.

    Asked after the ``keys=`` argument and the environment. ``name`` says which of its keys, for a provider that has
    several; it is ``None`` for the only one. The key goes to the hosts that the provider declares and nowhere else.
    """
