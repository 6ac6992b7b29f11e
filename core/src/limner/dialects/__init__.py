"""Wire formats that several providers speak. Each is a leaf: nothing in the core imports one."""
