"""``bunching``: excess mass of a lag at statutory deadlines."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from breachstudy.estimation.bunching import bunching
from breachstudy.estimation.errors import NotEstimable
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.kinds.common import enough, twice
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import column_faults
from breachstudy.plan.units import measured
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "Bunching"]

FIRST, LAST = 4, 119
"""Deadlines whose bunching window lies inside the days that shape the counterfactual."""
DRAWS = 499
ROUND_NUMBERS = (7, 30)
"""Weeks and thirties, at which counts heap without any deadline."""


class Bunching(Spec):
    """Excess mass of a lag in whole days at each deadline."""

    status: Status
    sample: Text
    column: Text
    deadlines: Annotated[tuple[Annotated[int, Field(ge=FIRST, le=LAST)], ...], AsTuple,
                         Field(min_length=1)]


def _check(spec: Bunching, _: Plan) -> list[str]:
    return twice("deadlines", [str(d) for d in spec.deadlines])


def _faults(spec: Bunching, plan: Plan, tables: Tables) -> list[str]:
    return column_faults(spec.sample, [("column", spec.column, ("number",))], plan, tables.frames,
                         tables.codebook)


def _run(spec: Bunching, context: Context) -> Output:
    """Excess mass at each deadline; frame ``deadlines``: counts and counterfactual by day."""
    frame, plan = context.sample(spec.sample), context.plan
    days = frame[spec.column].astype(float)
    days = days[days % 1 == 0]  # midpoints of intervals are no days
    common: Row = {**context.head(spec), "kind": "bunching", "outcome": spec.column,
                   "unit": "ratio", "outcome_label": measured(
                       context.tables.codebook, context.table_of(spec.sample),
                       spec.column)["outcome_label"]}
    rows: list[Row] = []
    parts = []
    for deadline in spec.deadlines:
        common |= {"term": str(deadline), "label": f"Excess at {deadline} days, as a multiple of "
                   "a day's expected count"}
        try:
            enough(len(days), plan)
            found = bunching(np.asarray(days), deadline, round_to=ROUND_NUMBERS, seed=plan.seed,
                             draws=DRAWS, confidence=plan.confidence)
        except NotEstimable as error:
            rows.append({**common, "n": len(days), "verdict": NOT_RUN, "detail": str(error)})
            continue
        rows.append({**common, "estimate": found.relative,
                     "std_error": found.relative_std_error, "ci_lo": found.relative_ci_lo,
                     "ci_hi": found.relative_ci_hi, "n": found.n,
                     "n_dropped": len(frame) - len(days), "statistic": found.excess})
        parts.append(pd.DataFrame({"spec": spec.name, "deadline": deadline, "day": found.day,
                                   "count": found.count, "counterfactual": found.counterfactual}))
    return Output(rows, {"deadlines": pd.concat(parts, ignore_index=True)} if parts else {})


KIND = Kind("bunching", Bunching, "whether notices bunch at statutory deadlines",
            _check, _faults, _run)
