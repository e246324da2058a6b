"""The program: `erm-bridge`, also as `python -m erm_bridge`."""

import os

from erm_bridge import interruption, one_thread


def main() -> None:
    """Run the command line in a process that is its own."""
    # Before the libraries are loaded: an interruption may come then as well.
    interruption.watch()
    os.environ.update(one_thread.ENVIRONMENT)
    from erm_bridge.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
