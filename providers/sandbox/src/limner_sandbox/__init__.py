"""Image providers' HTTP APIs on loopback, with a painter: limner, or any client, without a key.

* :class:`Sandbox`: a server for as long as a ``with`` block lasts.
* :func:`serve`: the same in the foreground.
* :class:`Fault`, :data:`FAULTS`: what can be told to go wrong.
* :class:`Received`: a request as the log has it.
* The pytest fixture ``limner_sandbox``: a running :class:`Sandbox`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["FAULTS", "Fault", "Received", "Sandbox", "serve"]

if TYPE_CHECKING:
    from limner_sandbox.faults import FAULTS, Fault
    from limner_sandbox.sandbox import Sandbox, serve
    from limner_sandbox.studio import Received

if not TYPE_CHECKING:
    _HOMES = {"FAULTS": "faults", "Fault": "faults", "Received": "studio", "Sandbox": "sandbox", "serve": "sandbox"}

    def __getattr__(name: str) -> object:
        """Load what is asked for: importing the package costs nothing."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - only where something is asked for

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

    def __dir__() -> list[str]:
        return sorted([*globals(), *__all__])
