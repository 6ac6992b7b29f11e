"""``python -m limner``: for machines where ``limner`` is not on the path."""

from limner.cli import main

main()
