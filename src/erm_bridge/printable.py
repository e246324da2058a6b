"""Text of others made fit to be shown: characters that steer a terminal or turn text round become visible."""

import re

# Controls but tab and line feed, line and paragraph separators, overrides and isolates of direction, and
# halves of characters, which stand for bytes of file names that are not UTF-8. Joiners and marks of
# direction that Persian, Hindi or Hebrew are written with turn nothing round and stay.
_STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Write characters that steer a terminal, or turn the text after them round, as `\u001b`.

    Within JSON the result means the same as the text did.
    """
    return _STEERING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
