import pytest

from erm_bridge.bridge import client


@pytest.mark.parametrize(
    ("failure", "cure"),
    [
        ("OSError: symbol 'R_getVar' not found in library", 'pip install "rpy2-rinterface<=3.6.5"'),
        ("ModuleNotFoundError: No module named 'rpy2'", 'pip install "erm-bridge[r]"'),
        ("OSError: cannot load library '/opt/R/lib/libR.so'", "--enable-R-shlib"),
        ("ValueError: something else", "something else"),
    ],
)
def test_a_failed_start_is_explained_with_its_cure(failure: str, cure: str) -> None:
    assert cure in client._explain_start(failure)
