"""Run the specifications of a plan on frames: one fit runs all, results in one schema."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.censored import interval_median
from breachstudy.estimation.errors import EstimationError
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.results import results_frame
from breachstudy.estimation.specs import (
    Condition,
    IntervalSummary,
    LinearSpec,
    Plan,
    PlanError,
    Sample,
    Term,
)

__all__ = ["design", "run", "select"]

Frames = Mapping[str, pd.DataFrame]
_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
            ">": operator.gt, ">=": operator.ge}


def run(plan: Plan, frames: Frames, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Results of all specifications of the plan, or of those named in ``only``.

    ``frames`` are tables by name. Returns the tidy frame of
    :func:`breachstudy.estimation.results.results_frame`, in the order of the plan.

    Raises :class:`PlanError` with every fault: an unknown name, a missing table or column, an
    empty sample. A regressor is never dropped silently.
    """
    chosen: list[LinearSpec | IntervalSummary] = [*plan.summaries, *plan.linear]
    faults = []
    if only is not None:
        unknown = sorted(set(only) - set(plan.names))
        faults += [f"no specification {n!r}; known: {', '.join(plan.names)}" for n in unknown]
        chosen = [s for s in chosen if s.name in only]
    faults += [f for spec in chosen for f in _missing(spec, plan.samples[spec.sample], frames)]
    if faults:
        raise PlanError(faults)
    rows: list[dict[str, Any]] = []
    for spec in chosen:
        frame = select(frames[plan.samples[spec.sample].table], plan.samples[spec.sample])
        if frame.empty:
            faults.append(f"{spec.name}: the sample {spec.sample!r} is empty")
            continue
        try:
            found = (_linear(spec, frame, plan.confidence) if isinstance(spec, LinearSpec)
                     else _summary(spec, frame, plan.confidence))
        except EstimationError as error:
            faults.append(f"{spec.name}: {error}")
            continue
        common = {"spec": spec.name, "question": spec.question, "status": spec.status,
                  "sample": spec.sample, "plan_hash": plan.hash}
        rows += [{**common, **row} for row in found]
    if faults:
        raise PlanError(faults)
    return results_frame(rows)


def _missing(spec: LinearSpec | IntervalSummary, sample: Sample, frames: Frames) -> list[str]:
    if sample.table not in frames:
        return [f"{spec.name}: no table {sample.table!r}; known: {', '.join(frames)}"]
    if isinstance(spec, LinearSpec):
        used = [spec.outcome, *(t.column for t in spec.terms)]
        used += [spec.cluster] if spec.cluster else []
    else:
        used = [spec.lo, spec.hi, *([spec.by] if spec.by else [])]
    used += [c.column for c in sample.where]
    return [f"{spec.name}: the table {sample.table!r} has no column {c!r}"
            for c in dict.fromkeys(used) if c not in frames[sample.table].columns]


def select(frame: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """The rows that satisfy every condition of the sample."""
    keep = pd.Series(True, index=frame.index)
    for condition in sample.where:
        keep &= _holds(frame[condition.column], condition)
    return frame[keep]


def _holds(column: pd.Series, condition: Condition) -> pd.Series:
    if condition.op == "present":
        return column.notna()
    if condition.op == "missing":
        return column.isna()
    if condition.op == "in":
        return column.isin(condition.value)
    held = _COMPARE[condition.op](column, condition.value)
    return held.fillna(False).astype(bool) & column.notna()


def transformed(column: pd.Series, transform: str) -> pd.Series:
    """A column as floats (dates by ``year``), with NaN where missing.

    Raises ValueError for a logarithm of a value below zero.
    """
    if transform == "year":
        return column.map(lambda d: float(d.year) if hasattr(d, "year") else np.nan)
    values = pd.to_numeric(column).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if transform in ("log1p", "log10p1"):
        if (values < 0).any():
            raise EstimationError(f"{column.name} has values below zero; its logarithm is "
                                  "undefined")
        values = np.log1p(values) if transform == "log1p" else np.log10(values + 1)
    return pd.Series(values, index=column.index, name=column.name)


def _levels(column: pd.Series, term: Term) -> pd.Series:
    values = column.map(lambda v: None if pd.isna(v) else str(v)).astype("str")
    if term.missing_as is not None:
        values = values.fillna(term.missing_as)
    if term.min_n:
        counts = values.value_counts()
        rare = set(counts[counts < term.min_n].index) - {term.baseline}
        values = values.mask(values.isin(rare), "other")
    return values


def design(frame: pd.DataFrame, terms: Sequence[Term]) -> tuple[pd.DataFrame, dict[str, str]]:
    """The regressors (with a constant) of the rows of ``frame`` that miss no value.

    Returns the matrix as a frame (rows kept × terms) and the column that each term comes from.
    Raises ValueError if a factor's baseline is not among its levels.
    """
    parts: list[pd.Series] = []
    origin: dict[str, str] = {"const": ""}
    complete = pd.Series(True, index=frame.index)
    factors: dict[int, pd.Series] = {}
    for i, term in enumerate(terms):
        if term.kind == "factor":
            factors[i] = _levels(frame[term.column], term)
            complete &= factors[i].notna()
        else:
            parts.append(transformed(frame[term.column], term.transform))
            complete &= parts[-1].notna()
    columns: dict[str, pd.Series] = {"const": pd.Series(1.0, index=frame.index)}
    for i, term in enumerate(terms):
        if i not in factors:
            name = term.column if term.transform == "none" else f"{term.transform}({term.column})"
            columns[name] = parts.pop(0)
            origin[name] = term.column
            continue
        values = factors[i][complete]
        present = sorted(set(values))
        baseline = term.baseline or (values.mode().iloc[0] if len(values) else None)
        if baseline not in present:
            raise EstimationError(f"{term.column} has no rows at its baseline {baseline!r}")
        for level in present:
            if level != baseline:
                name = f"{term.column}[{level}]"
                columns[name] = (factors[i] == level).astype(float)
                origin[name] = term.column
    return pd.DataFrame(columns)[complete], origin


def _linear(spec: LinearSpec, frame: pd.DataFrame, confidence: float) -> list[dict[str, Any]]:
    y = transformed(frame[spec.outcome], spec.outcome_transform)
    x, origin = design(frame[y.notna()], spec.terms)
    if spec.cluster:
        x = x[frame.loc[x.index, spec.cluster].notna()]
    if x.empty:
        raise EstimationError("no row has all its values")
    clusters = frame.loc[x.index, spec.cluster] if spec.cluster else None
    fit = fit_linear(y[x.index], x, covariance=spec.covariance, clusters=clusters,
                     confidence=confidence)
    outcome = (spec.outcome if spec.outcome_transform == "none"
               else f"{spec.outcome_transform}({spec.outcome})")
    common = {"outcome": outcome, "n": fit.n, "n_dropped": len(frame) - fit.n,
              "covariance": fit.covariance}
    rows: list[dict[str, Any]] = [
        {**common, "kind": "coefficient", "group": origin[name], "term": name,
         "estimate": fit.estimate[i], "std_error": fit.std_error[i],
         "statistic": fit.statistic[i], "p_value": fit.p_value[i],
         "ci_lo": fit.ci_lo[i], "ci_hi": fit.ci_hi[i]}
        for i, name in enumerate(fit.names)
    ]
    return [*rows, {**common, "kind": "fit", "term": "r_squared", "estimate": fit.r_squared}]


def _summary(spec: IntervalSummary, frame: pd.DataFrame, confidence: float
             ) -> list[dict[str, Any]]:
    known = frame[frame[spec.lo].notna() & frame[spec.hi].notna()]
    if known.empty:
        raise EstimationError(f"no row has {spec.lo} and {spec.hi}")
    if spec.by is None:
        groups = pd.Series("all", index=known.index, dtype="str")
    elif spec.bins:
        groups = _binned(known[spec.by], spec.bins)
    elif spec.by_transform == "year":
        groups = transformed(known[spec.by], "year").map(
            lambda v: None if np.isnan(v) else f"{v:.0f}").astype("str")
    else:
        groups = known[spec.by].map(lambda v: None if pd.isna(v) else str(v)).astype("str")
    if spec.missing_as is not None:
        groups = groups.fillna(spec.missing_as)
    dropped = len(frame) - int(groups.notna().sum())
    rows = []
    names = sorted(set(groups.dropna()))
    if spec.bins:
        names = [n for n in _bin_labels(spec.bins) if n in names]
    for name in names:
        own = known[groups == name]
        if len(own) < spec.min_n:
            dropped += len(own)
            continue
        found = interval_median(own[spec.lo].to_numpy(dtype=float),
                                own[spec.hi].to_numpy(dtype=float), confidence)
        rows.append({"outcome": f"{spec.lo}..{spec.hi}", "kind": "interval_median",
                     "group": spec.by or "", "term": name, "estimate": found.point,
                     "bound_lo": found.lo, "bound_hi": found.hi, "ci_lo": found.ci_lo,
                     "ci_hi": found.ci_hi, "n": found.n})
    return [{**row, "n_dropped": dropped} for row in rows]


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
