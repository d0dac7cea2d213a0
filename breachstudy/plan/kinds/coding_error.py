"""``coding_error``: regressions on codes drawn at random between the two coders."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.rubin import combine
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.designs import build_design
from breachstudy.plan.kinds.common import enough, of_faults
from breachstudy.plan.kinds.linear import of_faults_in, point_lag
from breachstudy.plan.records import Plan, Spec
from breachstudy.plan.units import effect_of, measured
from breachstudy.response.coding import numeric
from breachstudy.response.indices import coded_index, index_items
from breachstudy.response.reliability import usable_items
from breachstudy.schema.coding_book import book
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "CodingError"]

CODED = ("candour", "is_self_disclosed")
"""Columns of the events that are drawn again."""


class CodingError(Spec):
    """Regressions on codes drawn ``draws`` times, each A's or B's, combined by Rubin's rules."""

    of: Annotated[tuple[Text, ...], AsTuple, Field(min_length=1)]
    draws: int = Field(ge=2)


def _check(spec: CodingError, plan: Plan) -> list[str]:
    out = of_faults(spec.of, plan)
    for name in spec.of:
        base = plan.regressions.get(name)
        if base is not None and not {t.column for t in base.terms} & set(CODED):
            out.append(f"of: {name!r} has no coded term ({', '.join(CODED)}); there is nothing to "
                       "draw again")
        if base is not None and base.estimator != "mean":
            out.append(f"of: {name!r} is a median regression, whose draws cannot be combined")
    return out


def _faults(spec: CodingError, plan: Plan, tables: Tables) -> list[str]:
    return of_faults_in(spec.of, plan, tables)


def _run(spec: CodingError, context: Context) -> Output:
    if context.frames["codes"].empty:
        return Output([{**context.head(spec), "spec": f"{spec.name}/{n}", "kind": "coding_error",
                        "term": n, "verdict": NOT_RUN, "detail": "no event is coded"}
                       for n in spec.of])
    draws = _redrawn(context, spec.draws)
    return Output([_combined(spec, name, draws, context) for name in spec.of])


def _combined(spec: CodingError, name: str, draws: list[pd.DataFrame], context: Context) -> Row:
    """The row of one regression, or why there is none."""
    plan, codebook = context.plan, context.tables.codebook
    base = plan.regressions[name]
    table = context.table_of(base.sample)
    common: Row = {**context.checked(spec, name), "kind": "coding_error", "term": base.focus,
                   **measured(codebook, table, base.outcome, base.outcome_transform)}
    plain = base.model_copy(update={"terms": point_lag(base.terms)})  # only the codes are drawn
    frame = context.sample(base.sample)
    estimates, variances, n, df = [], [], 0, 1.0
    try:
        for drawn in draws:
            own = frame.drop(columns=drawn.columns).join(drawn, on="event_id")
            made = build_design(plain, plan.controls[base.controls], own, None)
            fit = fit_linear(made.y, made.x, covariance=base.covariance, clusters=made.clusters)
            i = fit.names.index(made.focus)
            estimates.append([fit.estimate[i]])
            variances.append([fit.std_error[i] ** 2])
            n, df = fit.n, fit.df
        enough(n, plan)
        found = combine(np.array(estimates), np.array(variances), df_complete=df,
                        confidence=plan.confidence)
    except NotEstimable as error:
        return {**common, "verdict": NOT_RUN, "detail": str(error)}
    return {**common, **effect_of(made.origin[made.focus], codebook, table, base.terms),
            "estimate": float(found.estimate[0]), "std_error": float(found.std_error[0]),
            "p_value": float(found.p_value[0]), "ci_lo": float(found.ci_lo[0]),
            "ci_hi": float(found.ci_hi[0]), "n": n, "df": float(found.df[0]),
            "statistic": float(found.fraction_missing[0]),
            "detail": "statistic holds the share of information lost to coding error"}


def _redrawn(context: Context, draws: int) -> list[pd.DataFrame]:
    """``draws`` versions of candour and of who was first, each code A's or B's at random; as in
    the index itself, only where the item's absence could be seen."""
    codes = context.frames["codes"]
    codes = codes[codes["is_absence_seen"].astype(bool)]
    items = index_items(book(), "candour", usable_items(context.frames["agreement"]))
    a = codes.assign(v=numeric(codes["code_a"])).pivot(index="event_id", columns="item", values="v")
    b = codes.assign(v=numeric(codes["code_b"])).pivot(index="event_id", columns="item", values="v")
    rng = np.random.default_rng(context.plan.seed)
    out = []
    for _ in range(draws):
        pick = rng.random(a.shape) < 0.5
        drawn = a.where(pick, b).astype("Float64").fillna(a).fillna(b)
        frame = pd.DataFrame({"candour": coded_index(drawn, items)["value"]})
        frame["is_self_disclosed"] = (drawn["T1"] >= 1).astype("boolean")
        out.append(frame)
    return out


KIND = Kind("coding_error", CodingError, "how far error of the coders carries", _check, _faults,
            _run, needs=("codes", "agreement"))
