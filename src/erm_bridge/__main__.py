"""`python -m erm_bridge` is the command line."""

from erm_bridge.cli import main

main()
