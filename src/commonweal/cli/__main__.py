"""`python -m commonweal.cli` is the command line."""

from . import main

main()
