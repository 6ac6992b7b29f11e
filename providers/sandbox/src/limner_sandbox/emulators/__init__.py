"""One module per provider, each with the same name in it: ``EMULATOR``."""
