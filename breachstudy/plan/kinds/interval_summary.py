"""``interval_summary``: the median of an interval-valued outcome within each group."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from breachstudy.estimation.censored import interval_median
from breachstudy.estimation.errors import NotEstimable
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.designs import transformed
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import column_faults, interval_faults
from breachstudy.plan.units import measured_between
from breachstudy.schema.strict import AsTuple, Text

__all__ = ["KIND", "IntervalSummary"]


class IntervalSummary(Spec):
    """Median of an outcome known to lie between ``lo`` and ``hi``, within each level of ``by``
    (a date by its year, a number in ``bins`` that begin at the values given)."""

    status: Status
    sample: Text
    lo: Text
    hi: Text
    by: Text | None = None
    by_label: str = ""
    by_transform: Literal["none", "year"] = "none"
    bins: Annotated[tuple[Annotated[float, Field(allow_inf_nan=False)], ...], AsTuple] = ()
    min_n: int = Field(default=10, ge=1)
    missing_as: Text | None = None


def _check(spec: IntervalSummary, _: Plan) -> list[str]:
    given = spec.model_fields_set
    out = [] if spec.by else [f"{key} does nothing without by; leave it out" for key in (
        "by_label", "by_transform", "bins", "missing_as") if key in given]
    if spec.bins:
        out += [f"{key} does nothing beside bins; leave it out"
                for key in ("by_transform", "missing_as") if key in given]
    if any(a >= b for a, b in pairwise(spec.bins)):
        out.append(f"bins = {list(spec.bins)}: must rise")
    return out


def _faults(spec: IntervalSummary, plan: Plan, tables: Tables) -> list[str]:
    out = interval_faults(spec.sample, spec.lo, spec.hi, plan, tables)
    if spec.by:
        kinds = ("number",) if spec.bins else ("date",) if spec.by_transform == "year" else ()
        out += column_faults(spec.sample, [("by", spec.by, kinds)], plan, tables.frames,
                             tables.codebook)
    return out


def _run(spec: IntervalSummary, context: Context) -> Output:
    """A row a group with at least ``min_n`` known intervals; or one that says why there is none."""
    frame = context.sample(spec.sample)
    known = frame[frame[spec.lo].notna() & frame[spec.hi].notna()]
    common: Row = {**context.head(spec), **measured_between(
        context.tables.codebook, context.table_of(spec.sample), spec.lo),
        "outcome": f"{spec.lo}..{spec.hi}", "kind": "interval_median", "group": spec.by or "",
        "label": spec.by_label or None}
    groups = _groups(known, spec)
    if spec.missing_as is not None:
        groups = groups.fillna(spec.missing_as)
    dropped = len(frame) - int(groups.notna().sum())
    rows: list[Row] = []
    names = sorted(set(groups.dropna()))
    if spec.bins:
        names = [n for n in _bin_labels(spec.bins) if n in names]
    for name in names:
        own = known[groups == name]
        if len(own) < spec.min_n:
            dropped += len(own)
            continue
        try:
            found = interval_median(own[spec.lo].to_numpy(dtype=float),
                                    own[spec.hi].to_numpy(dtype=float), context.plan.confidence)
        except NotEstimable as error:
            rows.append({**common, "term": name, "n": len(own), "verdict": NOT_RUN,
                         "detail": str(error)})
            continue
        rows.append({**common, "term": name, "estimate": found.point,
                     "bound_lo": found.lo, "bound_hi": found.hi, "ci_lo": found.ci_lo,
                     "ci_hi": found.ci_hi, "n": found.n})
    if not rows:
        rows = [{**common, "term": "", "n": len(known), "verdict": NOT_RUN,
                 "detail": f"no group has {spec.min_n} rows with {spec.lo} and {spec.hi}"}]
    return Output([{**row, "n_dropped": dropped} for row in rows])


def _groups(known: pd.DataFrame, spec: IntervalSummary) -> pd.Series:
    if spec.by is None:
        return pd.Series("all", index=known.index, dtype="str")
    if spec.bins:
        return _binned(known[spec.by], spec.bins)
    if spec.by_transform == "year":
        return transformed(known[spec.by], "year").map(
            lambda v: None if np.isnan(v) else f"{v:.0f}").astype("str")
    return known[spec.by].map(lambda v: None if pd.isna(v) else str(v)).astype("str")


def _binned(column: pd.Series, bins: Sequence[float]) -> pd.Series:
    values = pd.to_numeric(column).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    labels = _bin_labels(bins)
    codes = np.digitize(values, bins) - 1
    return pd.Series([None if np.isnan(v) or c < 0 else labels[c]
                      for v, c in zip(values, codes, strict=True)],
                     index=column.index, dtype="str")


def _bin_labels(bins: Sequence[float]) -> list[str]:
    return [f"{a:,.0f}+" if np.isinf(b) else f"{a:,.0f}–{b - 1:,.0f}"
            for a, b in pairwise([*bins, np.inf])]


KIND = Kind("interval_summary", IntervalSummary,
            "medians of an interval-valued lag within groups, with sharp bounds",
            _check, _faults, _run)
