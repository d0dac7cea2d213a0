"""Estimation on frames: specifications as data, one fit, results in one tidy schema.

Nothing here knows breaches or folders; the room can be lifted out and used alone.
"""

from breachstudy.estimation.censored import IntervalMedian, Turnbull, interval_median, turnbull
from breachstudy.estimation.linear import LinearFit, fit_linear
from breachstudy.estimation.results import COLUMNS, results_frame
from breachstudy.estimation.run import run
from breachstudy.estimation.specs import (
    Condition,
    IntervalSummary,
    LinearSpec,
    Plan,
    PlanError,
    Sample,
    Term,
    read_plan,
)

__all__ = [
    "COLUMNS",
    "Condition",
    "IntervalMedian",
    "IntervalSummary",
    "LinearFit",
    "LinearSpec",
    "Plan",
    "PlanError",
    "Sample",
    "Term",
    "Turnbull",
    "fit_linear",
    "interval_median",
    "read_plan",
    "results_frame",
    "run",
    "turnbull",
]
