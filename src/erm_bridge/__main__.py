"""The program: `erm-bridge`, also as `python -m erm_bridge`."""

import io
import os
import sys

from erm_bridge import interruption, one_thread


def main() -> None:
    """Run the command line in a process that is its own."""
    _prepare_streams()
    # Before the libraries are loaded: an interruption may come then as well.
    interruption.watch()
    os.environ.update(one_thread.ENVIRONMENT)
    from erm_bridge.cli import main as command_line

    command_line()


def _prepare_streams() -> None:
    """Let standard streams that are closed, or that cannot show every character, break nothing."""
    # A file or socket that took the number of a closed stream would get what is meant for the stream.
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
