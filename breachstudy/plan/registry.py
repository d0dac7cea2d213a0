"""Every kind of specification once, in the order in which they run.

A new kind is a file in :mod:`breachstudy.plan.kinds` and its line here.
"""

from __future__ import annotations

from typing import Any

from breachstudy.plan.context import Kind
from breachstudy.plan.kinds import (
    aft,
    bunching,
    coding_error,
    decay,
    influence,
    interval_summary,
    linear,
    mean_return,
    robustness,
    sensitivity,
    spec_curve,
    treatment_effect,
    turnbull,
)

__all__ = ["KINDS"]

KINDS: dict[str, Kind[Any]] = {k.name: k for k in (
    interval_summary.KIND, turnbull.KIND, aft.KIND, bunching.KIND, mean_return.KIND, linear.KIND,
    decay.KIND, robustness.KIND, treatment_effect.KIND, sensitivity.KIND, influence.KIND,
    coding_error.KIND, spec_curve.KIND)}
