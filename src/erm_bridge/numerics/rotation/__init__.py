"""Rotations of loadings: `rotate` one matrix, `rotate_stack` many; `ROTATIONS` names the methods."""

from erm_bridge.numerics.rotation.methods import ROTATIONS, Method
from erm_bridge.numerics.rotation.result import Rotated, RotatedStack, Settings
from erm_bridge.numerics.rotation.solve import as_rotated, rotate, rotate_stack
from erm_bridge.numerics.rotation.starts import random_rotations

__all__ = [
    "ROTATIONS",
    "Method",
    "Rotated",
    "RotatedStack",
    "Settings",
    "as_rotated",
    "random_rotations",
    "rotate",
    "rotate_stack",
]
