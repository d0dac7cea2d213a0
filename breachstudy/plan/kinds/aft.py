"""``aft``: accelerated failure time model of an interval-valued lag."""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd

from breachstudy.estimation.aft import fit_aft
from breachstudy.estimation.errors import NotEstimable
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.designs import factor_columns
from breachstudy.plan.kinds.common import enough, term_keys
from breachstudy.plan.records import HeldTerm, Plan, Spec, Status
from breachstudy.plan.samples import interval_faults, term_faults
from breachstudy.plan.units import effect_of, measured_between
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "Aft"]

DIGITS = 10


class Aft(Spec):
    """Time ratios of a lag known to lie between ``lo`` and ``hi`` on terms."""

    status: Status
    sample: Text
    lo: Text
    hi: Text
    distribution: Literal["weibull", "lognormal", "loglogistic"]
    terms: Annotated[tuple[HeldTerm, ...], AsTuple]


def _check(spec: Aft, _: Plan) -> list[str]:
    return term_keys(spec.terms)


def _faults(spec: Aft, plan: Plan, tables: Tables) -> list[str]:
    out = interval_faults(spec.sample, spec.lo, spec.hi, plan, tables)
    return out + term_faults(spec.terms, spec.sample, plan, tables)


def _run(spec: Aft, context: Context) -> Output:
    """A row a term on the scale of log days; a lag of d days is a duration in [d, d + 1]."""
    frame, plan = context.sample(spec.sample), context.plan
    table, codebook = context.table_of(spec.sample), context.tables.codebook
    common: Row = {**context.head(spec), **measured_between(codebook, table, spec.lo),
                   "kind": "aft", "unit": "log days", "outcome": f"{spec.lo}..{spec.hi}"}
    known = frame[frame[spec.lo].notna() & frame[spec.hi].notna()]
    n = len(known)
    try:
        held, origin = factor_columns(known, spec.terms)
        n = len(held)
        enough(n, plan)
        x = pd.concat([pd.Series(1.0, index=held.index, name="const"), held], axis=1)
        lo = frame.loc[x.index, spec.lo].astype(float).clip(lower=0).to_numpy()
        hi = frame.loc[x.index, spec.hi].astype(float).clip(lower=0).to_numpy() + 1.0
        found = fit_aft(lo, hi, x, distribution=spec.distribution, confidence=plan.confidence)
    except NotEstimable as error:
        return Output([{**common, "term": "", "n": n, "verdict": NOT_RUN, "detail": str(error)}])
    return Output([{
        **common, "group": origin[name].term.column if name in origin else "", "term": name,
        "n": found.n, "n_dropped": len(frame) - found.n,
        **(effect_of(origin[name], codebook, table, spec.terms) if name in origin else {}),
        **{key: _settled(getattr(found, key)[i]) for key in (
            "estimate", "std_error", "statistic", "p_value", "ci_lo", "ci_hi")},
        "covariance": f"robust, {spec.distribution}"} for i, name in enumerate(found.names)])


def _settled(value: float) -> float:
    """To the digits that an iteration settles: those beyond depend on the number of threads."""
    return float(f"{value:.{DIGITS}g}")


KIND = Kind("aft", Aft, "what lengthens an interval-valued lag: time ratios of an accelerated "
            "failure time model", _check, _faults, _run)
