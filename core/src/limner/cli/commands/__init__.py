"""One module for each command, found because it is here; its ``command`` has the module's name, ``-`` for ``_``."""
