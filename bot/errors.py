"""The errors of the house, split by whose job it is to mend them.

Owns: the classes only. Never: wording for the texter; what a person types is never an error.
"""

from __future__ import annotations


class BesaError(Exception):
    """The root; never raised itself."""


class AdminError(BesaError):
    """A flow, a phrase or a fact cannot be used: the message names the file, the place and the remedy."""


class OperatorError(BesaError):
    """A setting or a file of the host is wrong: the message names it and the remedy. Never holds a secret."""


class OutsideError(BesaError):
    """Something beyond this machine failed. Never holds an address or a text."""


class StorageUnavailable(OutsideError):
    """Redis did not answer within its limit, or the breaker is open."""


class CarrierUnavailable(OutsideError):
    """The carrier's API did not answer within its limit."""
