"""``sensitivity``: how strong an omitted variable would have to be."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.sensitivity import benchmarks, omitted_variable, oster
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.designs import Design
from breachstudy.plan.kinds.common import of_faults, twice
from breachstudy.plan.kinds.linear import of_faults_in, prepare
from breachstudy.plan.records import Plan, Spec, Texts
from breachstudy.plan.units import effect_of, measured
from breachstudy.schema.strict import AsTuple, Text, close_to

__all__ = ["KIND", "Sensitivity"]

SHARE = "share of variance"


class Sensitivity(Spec):
    """Robustness values, Oster's δ and β*, and bounds by observed covariates of regressions."""

    of: Annotated[tuple[Text, ...], AsTuple, Field(min_length=1)]
    benchmarks: Texts
    r2_max_ratio: float = Field(default=1.3, gt=1, allow_inf_nan=False)


def _check(spec: Sensitivity, plan: Plan) -> list[str]:
    out = of_faults(spec.of, plan) + twice("benchmarks", spec.benchmarks)
    for name in spec.of:
        base = plan.regressions.get(name)
        if base is None or base.controls not in plan.controls:
            continue
        terms = [*base.terms, *plan.controls[base.controls].terms]
        known = [t.column for t in terms if t.column != base.focus]
        out += [f"benchmarks: {name} has no term {c!r}{close_to(c, known)}; known: "
                f"{', '.join(known)}" for c in spec.benchmarks
                if c.split("[")[0] not in known]
    return out


def _faults(spec: Sensitivity, plan: Plan, tables: Tables) -> list[str]:
    return of_faults_in(spec.of, plan, tables)


def _run(spec: Sensitivity, context: Context) -> Output:
    rows: list[Row] = []
    for name in spec.of:
        base = context.plan.regressions[name]
        common: Row = {**context.checked(spec, name), "kind": "sensitivity"}
        try:
            made = prepare(base, context)
            found = omitted_variable(made.y, made.x, made.focus, alpha=context.plan.alpha)
        except NotEstimable as error:
            rows.append({**common, "term": "robustness_value", "verdict": NOT_RUN,
                         "detail": str(error)})
            continue
        codebook, table = context.tables.codebook, context.table_of(base.sample)
        outcome = measured(codebook, table, base.outcome, base.outcome_transform)
        common |= {"n": len(made.y), **outcome,
                   **effect_of(made.origin[made.focus], codebook, table, base.terms)}
        rows += [{**common, "term": term, "estimate": value, "unit": unit}
                 for term, value, unit in (
                     ("estimate", found.estimate, outcome["unit"]),
                     ("std_error", found.std_error, outcome["unit"]),
                     ("df", found.df, "degrees of freedom"),
                     ("partial_r2", found.partial_r2, SHARE),
                     ("robustness_value", found.rv, SHARE),
                     ("robustness_value_alpha", found.rv_alpha, SHARE))]
        rows += _selection(spec, made, common)
        rows += _benchmarks(spec, made, common, context.plan.alpha)
    return Output(rows)


def _selection(spec: Sensitivity, made: Design, common: Row) -> list[Row]:
    try:
        fit = fit_linear(made.y, made.x, covariance="HC1")
        found = oster(made.y, made.x, made.focus,
                      r2_max=min(1.0, spec.r2_max_ratio * fit.r_squared))
    except NotEstimable as error:
        return [{**common, "term": "oster_delta", "verdict": NOT_RUN, "detail": str(error)}]
    return [{**common, "term": "oster_delta", "estimate": found.delta, "unit": "ratio"},
            {**common, "term": "oster_beta_star", "estimate": found.beta_star}]


def _benchmarks(spec: Sensitivity, made: Design, common: Row, alpha: float) -> list[Row]:
    """Bounds by each covariate; one that these rows lack says so."""
    common = {**common, "kind": "benchmark"}
    present = [c for c in spec.benchmarks if c in made.x.columns]
    rows: list[Row] = [{**common, "group": c, "term": "1x", "verdict": NOT_RUN,
                        "detail": f"no column {c!r} in these rows"}
                       for c in spec.benchmarks if c not in present]
    if present:
        rows += [{**common, "group": str(b["covariate"]), "term": f"{b['k']:g}x",
                  "estimate": b["estimate"], "std_error": b["std_error"], "ci_lo": b["ci_lo"],
                  "ci_hi": b["ci_hi"], "bound_lo": b["r2_treatment"], "bound_hi": b["r2_outcome"]}
                 for b in benchmarks(made.y, made.x, made.focus, present,
                                     alpha=alpha).to_dict("records")]
    return rows


KIND = Kind("sensitivity", Sensitivity, "how strong an omitted variable would have to be",
            _check, _faults, _run)
