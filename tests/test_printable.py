"""Text made fit to be shown."""

import pytest

from erm_bridge.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\nlines", "plain\ttext\nlines"),
        ("\x1b[31m", "\\u001b[31m"),
        ("a\rb", "a\\u000db"),
        ("\x9b", "\\u009b"),
        ("\u202eabc\u202c", "\\u202eabc\\u202c"),
        ("\u2066", "\\u2066"),
        ("\udcff", "\\udcff"),
        ("می‌خواهم 👩‍👩‍👧 שלום\u200f", "می‌خواهم 👩‍👩‍👧 שלום\u200f"),
        ("\0", "\\u0000"),
    ],
)
def test_what_steers_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
