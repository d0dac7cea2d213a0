"""The named errors of estimation. All are ValueErrors too, as before they had names."""

from __future__ import annotations

from breachstudy.errors import BreachstudyError

__all__ = ["AlignmentError", "CollinearError", "EstimationError", "MissingError"]


class EstimationError(BreachstudyError, ValueError):
    """An estimate cannot be had from these inputs; the message says why."""


class AlignmentError(EstimationError):
    """Inputs whose row labels disagree, so that their rows cannot be paired."""


class MissingError(EstimationError):
    """Values or ids that are missing where none may be."""


class CollinearError(EstimationError):
    """Terms that are linear combinations of others."""
