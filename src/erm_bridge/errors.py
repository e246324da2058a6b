"""Errors that a user can meet, each with the exit code of the command line."""


class ErmBridgeError(Exception):
    """Base of every error that erm-bridge raises on purpose.

    The message says what is wrong, what was found, what is allowed and what to do.
    """

    exit_code = 3


class InputError(ErmBridgeError):
    """The study file, the data or an argument is wrong; the user can mend it."""

    exit_code = 2


class EngineError(ErmBridgeError):
    """An engine could not run: R is absent, unusable or failed, or a package is too old."""

    exit_code = 3


class DefectError(EngineError):
    """The run would hit a known defect of an installed package."""


class ContractError(ErmBridgeError):
    """An engine emitted rows that the glossary `quantities.csv` does not allow: a bug in erm-bridge."""
