"""The named errors of estimation. All are ValueErrors too, as before they had names."""

from __future__ import annotations

from breachstudy.errors import BreachstudyError

__all__ = ["AlignmentError", "CollinearError", "EstimationError", "MissingError", "NotEstimable"]


class EstimationError(BreachstudyError, ValueError):
    """An estimate cannot be had from these inputs; the message says why."""


class AlignmentError(EstimationError):
    """Inputs whose row labels disagree, so that their rows cannot be paired."""


class MissingError(EstimationError):
    """Values or ids that are missing where none may be."""


class NotEstimable(EstimationError):
    """The data cannot support an estimate; the message is the reason.

    Raised for what lies in the data: collinear terms, too few rows or clusters, no overlap. This
    alone becomes a result that says "not run"; a call that is wrong raises another error.
    """


class CollinearError(NotEstimable):
    """Terms that are linear combinations of others."""
