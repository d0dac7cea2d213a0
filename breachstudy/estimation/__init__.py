"""Estimation on frames: one fit a model, results in one tidy schema.

Nothing here knows breaches, plans or folders; the room can be lifted out and used alone. What is
estimated on which rows is said by plans (:mod:`breachstudy.plan`).
"""

from breachstudy.estimation.censored import IntervalMedian, Turnbull, interval_median, turnbull
from breachstudy.estimation.linear import LinearFit, fit_linear
from breachstudy.estimation.results import COLUMNS, results_frame

__all__ = [
    "COLUMNS",
    "IntervalMedian",
    "LinearFit",
    "Turnbull",
    "fit_linear",
    "interval_median",
    "results_frame",
    "turnbull",
]
