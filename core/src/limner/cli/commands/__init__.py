"""One module for each command, found because it is here; its ``command`` bears the module's name."""
