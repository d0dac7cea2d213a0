"""``influence``: regressions with each group, such as a firm, left out in turn."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.influence import leave_one_group_out
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.kinds.common import of_faults
from breachstudy.plan.kinds.linear import of_faults_in, prepare
from breachstudy.plan.records import Plan, Spec
from breachstudy.plan.samples import column_faults, located
from breachstudy.plan.units import effect_of, measured
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "Influence"]

MOST = 5
"""Groups whose removal moves the estimate most have a row each."""


class Influence(Spec):
    """Regressions ``of`` which each group of ``by`` is left out in turn."""

    of: Annotated[tuple[Text, ...], AsTuple, Field(min_length=1)]
    by: Text


def _check(spec: Influence, plan: Plan) -> list[str]:
    return of_faults(spec.of, plan)


def _faults(spec: Influence, plan: Plan, tables: Tables) -> list[str]:
    out = of_faults_in(spec.of, plan, tables)
    for name in spec.of:
        base = plan.regressions[name]
        found = column_faults(base.sample, [("by", spec.by, ())], plan, tables.frames,
                              tables.codebook)
        out += located(f"{name}: ", found, plan)
    return out


def _run(spec: Influence, context: Context) -> Output:
    """The groups whose removal moves the estimate most, and the range over all."""
    rows: list[Row] = []
    for name in spec.of:
        base = context.plan.regressions[name]
        common: Row = {**context.checked(spec, name), "kind": "influence"}
        try:
            made = prepare(base, context)
            table = context.table_of(base.sample)
            groups = context.frames[table].loc[made.x.index, spec.by].astype(str)
            found = leave_one_group_out(made.y, made.x, groups, made.focus)
        except NotEstimable as error:
            rows.append({**common, "term": "range", "verdict": NOT_RUN, "detail": str(error)})
            continue
        codebook = context.tables.codebook
        common |= {**measured(codebook, table, base.outcome, base.outcome_transform),
                   **effect_of(made.origin[made.focus], codebook, table, base.terms)}
        rows.append({**common, "term": "range", "n": len(made.y),
                     "estimate": float(found["estimate"].median()),
                     "bound_lo": float(found["estimate"].min()),
                     "bound_hi": float(found["estimate"].max()),
                     "detail": "the sign changes without one of them"
                     if bool(found["is_sign_changed"].any()) else None})
        rows += [{**common, "term": str(r["group"]), "n": int(r["n"]), "estimate": r["estimate"],
                  "std_error": r["std_error"], "statistic": r["change"]}
                 for r in found.head(MOST).to_dict("records")]
    return Output(rows)


KIND = Kind("influence", Influence, "whether a single firm decides", _check, _faults, _run)
