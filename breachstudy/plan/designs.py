"""From a sample and a specification to outcome, regressors, clusters, strata: rows that miss no
value, and draws of interval-valued lags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.rubin import draw_ordered_dates
from breachstudy.estimation.run import design, transformed
from breachstudy.estimation.specs import Term
from breachstudy.plan.records import ControlSet, Regression, StudyTerm

__all__ = ["Design", "build_design", "control_columns", "lag_draws", "transformed_values"]

Floats = NDArray[np.float64]
LAG = "lag_analysis_days"
DATES = ("discovered", "first_public")


@dataclass(frozen=True)
class Design:
    """``y`` (n,), ``x`` (n, k) with its constant; ``focus`` the name of the column of interest, or
    empty; ``clusters`` (n, 1 or 2) or None; ``strata`` (n,) or None; ``n_sample`` rows of the
    sample. ``redrawn`` (m, n, k): the regressors with the lag drawn again, or None; a column that
    the lag does not enter is the same in each."""

    y: pd.Series
    x: pd.DataFrame
    focus: str
    clusters: pd.DataFrame | None
    strata: pd.Series | None
    n_sample: int
    redrawn: Floats | None


def transformed_values(column: pd.Series, transform: str) -> pd.Series:
    """A column as floats; ``winsor_1_99`` pulls it in to its own 1st and 99th percentile."""
    if transform != "winsor_1_99":
        return transformed(column, transform)
    values = transformed(column, "none")
    if not values.notna().any():
        return values
    lo, hi = np.nanpercentile(values, [1, 99])
    return values.clip(lo, hi)


def lag_draws(events: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """The analysis lag drawn ``draws`` times from its date intervals, (events, draws), by event_id.

    Discovery and first public day are drawn together, discovery first, except where others made
    the event public before the organisation knew: that lag counts as 0 in every draw.
    """
    own = events[events[LAG].notna()].set_index("event_id")
    outed = own["is_outed"].fillna(False).astype(bool)
    lo = own[[f"{d}_lo" for d in DATES]].apply(pd.to_datetime)
    hi = own[[f"{d}_hi" for d in DATES]].apply(pd.to_datetime)
    lo.columns = hi.columns = list(DATES)
    days = draw_ordered_dates(lo, hi, draws=draws, seed=seed, ordered=~outed)
    lag = np.maximum(days[:, :, 1] - days[:, :, 0], 0.0)
    lag[:, outed.to_numpy()] = 0.0
    return pd.DataFrame(lag.T, index=own.index)


def control_columns(frame: pd.DataFrame, controls: ControlSet) -> pd.DataFrame:
    """The controls of the rows that miss none of them, without a constant.

    A factor whose levels are all the same in these rows adds no column: there is nothing to hold
    constant.
    """
    terms = [Term(t.column, t.kind, t.transform, t.baseline, t.missing_as, t.min_n, t.label)
             for t in controls.terms]
    x, _ = design(frame, terms)
    return x.drop(columns="const")


def build_design(spec: Regression, controls: ControlSet, frame: pd.DataFrame,
                 drawn: pd.DataFrame | None) -> Design:
    """Outcome and regressors of ``spec`` on the rows of ``frame`` that miss no value.

    ``drawn`` (see :func:`lag_draws`) gives the lag of terms with ``draws``. A factor of several
    levels among the terms enters as those of the controls do. Raises ValueError if no
    row has all values, a term does not vary, or a factor lacks its baseline.
    """
    y = transformed_values(frame[spec.outcome], spec.outcome_transform)
    several = tuple(t for t in spec.terms
                    if t.kind == "factor" and str(frame[t.column].dtype) != "boolean")
    terms = tuple(t for t in spec.terms if t not in several)
    controls = replace(controls, terms=(*several, *controls.terms))
    single = [t for t in terms if t.kind != "product"]
    raw = {t.column: _raw(frame, t) for t in single}
    keep = y.notna()
    for values in raw.values():
        keep &= values.notna()
    for name in spec.cluster:
        keep &= frame[name].notna()
    if not keep.any():
        raise ValueError("no event of its sample has every value")
    held = control_columns(frame[keep], controls)
    rows = held.index
    base = {t.column: _scaled(raw[t.column][rows], raw[t.column][rows], t) for t in single}
    x = _assemble(terms, base, held)
    _must_vary(spec, x)
    redrawn = None
    with_draws = [t for t in single if t.draws]
    if with_draws and drawn is not None:
        term = with_draws[0]
        lags = drawn.reindex(frame.loc[rows, "event_id"]).to_numpy(dtype=np.float64)
        stack = []
        for k in range(lags.shape[1]):
            lag = transformed_values(pd.Series(lags[:, k], index=rows, name=LAG), term.transform)
            scaled = base | {term.column: _scaled(lag, raw[term.column][rows], term)}
            stack.append(_assemble(terms, scaled, held).to_numpy(dtype=np.float64))
        redrawn = np.stack(stack)
    clusters = frame.loc[rows, list(spec.cluster)].astype(str) if spec.cluster else None
    strata = None
    if spec.permute_within:
        labels = frame.loc[rows, list(spec.permute_within)].astype("str").fillna("unknown")
        strata = labels.agg(" / ".join, axis=1)
    focus = spec.focus
    if focus and base.get(focus) is not None and _is_factor(spec.terms, focus):
        focus = f"{focus}[True]"
    return Design(y[rows], x, focus, clusters, strata, len(frame), redrawn)


def _is_factor(terms: Sequence[StudyTerm], column: str) -> bool:
    return any(t.column == column and t.kind == "factor" for t in terms)


def _raw(frame: pd.DataFrame, term: StudyTerm) -> pd.Series:
    """A term's values before scaling: yes and no as 1 and 0."""
    if term.kind == "factor":
        return frame[term.column].astype("Float64").astype(float)
    column = frame[term.column]
    if str(column.dtype) == "boolean":
        column = column.astype("Float64")
    return transformed_values(column, term.transform)


def _scaled(values: pd.Series, scale: pd.Series, term: StudyTerm) -> pd.Series:
    """Standardised by mean and deviation of ``scale``, so that a draw keeps the point's scale."""
    if term.standardise:
        spread = float(scale.std())
        if not spread > 0:
            raise ValueError(f"{term.column} does not vary in these rows")
        values = (values - float(scale.mean())) / spread
    return -values if term.negate else values


def _assemble(terms: Sequence[StudyTerm], base: dict[str, pd.Series], held: pd.DataFrame
              ) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {"const": pd.Series(1.0, index=held.index)}
    for term in terms:
        if term.kind == "product":
            product = base[term.of[0]].copy()
            for other in term.of[1:]:
                product = product * base[other]
            columns[term.column] = product
        elif term.kind == "factor":
            columns[f"{term.column}[True]"] = base[term.column]
        else:
            columns[term.column] = base[term.column]
    return pd.concat([pd.DataFrame(columns), held], axis=1)


def _must_vary(spec: Regression, x: pd.DataFrame) -> None:
    for name in x.columns[1:]:
        if not float(x[name].std()) > 0:
            raise ValueError(f"{name} does not vary in the {len(x)} rows of {spec.sample}")
