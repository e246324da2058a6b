"""How many factors there are."""

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.dimension import FACTOR_RULES
from erm_bridge.study.models import Index


def number_of_factors(options: Index, eigenvalues: FloatArray) -> int:
    """Return the number a study asks for, or find it by the rule it names.

    Raises
    ------
    InputError
        The items do not determine as many factors as the rule finds.
    """
    if isinstance(options.factors, int):
        return options.factors
    k = FACTOR_RULES[options.factors](eigenvalues)
    try:
        options.check_number_of_factors(k)
    except ValueError as error:
        raise InputError(f"by the rule {options.factors!r}, {error}") from None
    return k
