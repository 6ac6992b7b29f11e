"""Entry points -> named providers; a broken plugin never hurts another.

What is installed is read from metadata alone, once, when it is first asked for. A plugin is imported when somebody asks
for it by name. Whatever is wrong with it is recorded on its :class:`Entry`, and raised only at who asked for it::

    blocked  conflict                          from the metadata; never imported
    import-error                               the import raised, be it SystemExit
    bad-signature  unknown-hook                against hookspecs.py
    not-a-plugin  factory-error  api-version   what limner_provider() did
    bad-capabilities                           what capabilities() did, found by a check
    bad-config                                 what the configuration says of it does not fit; found by a check
    bad-exchange                               what exchange() did; found by ``limner doctor`` alone

Where several distributions claim a name, it is the one's that is called after it, ``limner-NAME``; without such a one,
nobody's. All others are ``conflict``, and answer to ``distribution:name``.

An installed plugin runs with all the rights of the process. ``allow`` decides before the import; nothing can after it.
"""

from __future__ import annotations

from limner.registry.entries import GROUP, HOOK_GROUP, Entry, Plugins, Status, installed, parse_allow, record_digest
from limner.registry.registry import Registry

__all__ = [
    "GROUP",
    "HOOK_GROUP",
    "Entry",
    "Plugins",
    "Registry",
    "Status",
    "installed",
    "parse_allow",
    "record_digest",
]
