"""Tucker's congruence, by `numerics`."""

from erm_bridge.numerics.congruence import congruence

__all__ = ["congruence"]
