"""`python -m webnet` is the `webnet` command."""

from webnet.cli import main

main()
