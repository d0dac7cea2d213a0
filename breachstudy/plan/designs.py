"""From a sample and a specification to outcome, regressors, clusters, strata: rows that miss no
value, and draws of interval-valued lags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.rubin import draw_ordered_dates
from breachstudy.plan.records import ControlSet, HeldTerm, Term
from breachstudy.plan.samples import kind_of

if TYPE_CHECKING:
    from breachstudy.plan.kinds.linear import Regression

__all__ = ["LAG", "Design", "Origin", "build_design", "control_columns", "factor_columns",
           "lag_draws", "transformed"]

Floats = NDArray[np.float64]
LAG = "lag_analysis_days"
"""The lag that is drawn within its dates; no other term has bounds to draw from."""
DATES = ("discovered", "first_public")


class Origin(NamedTuple):
    """The term that a column of a design comes from, and its level if it is one of a factor."""

    term: Term | HeldTerm
    level: str = ""


@dataclass(frozen=True)
class Design:
    """``y`` (n,), ``x`` (n, k) with its constant; ``focus`` the name of the column of interest, or
    empty; ``clusters`` (n, 1 or 2) or None; ``strata`` (n,) or None; ``n_sample`` rows of the
    sample; ``origin`` the term of each column but the constant. ``redrawn`` (m, n, k): the
    regressors with the lag drawn again, or None; a column that the lag does not enter is the same
    in each."""

    y: pd.Series
    x: pd.DataFrame
    focus: str
    clusters: pd.DataFrame | None
    strata: pd.Series | None
    n_sample: int
    redrawn: Floats | None
    origin: dict[str, Origin]


def transformed(column: pd.Series, transform: str) -> pd.Series:
    """A column as floats (dates by ``year``), with NaN where missing; ``winsor_1_99`` pulls it in
    to its own 1st and 99th percentile. Raises NotEstimable for the logarithm of a value below
    zero."""
    if transform == "year":
        return column.map(lambda d: float(d.year) if hasattr(d, "year") else np.nan)
    values = pd.to_numeric(column).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    if transform in ("log1p", "log10p1"):
        if (values < 0).any():
            raise NotEstimable(f"{column.name} has values below zero; its logarithm is undefined")
        values = np.log1p(values) if transform == "log1p" else np.log10(values + 1)
    out = pd.Series(values, index=column.index, name=column.name)
    if transform == "winsor_1_99" and out.notna().any():
        return out.clip(*np.nanpercentile(out, [1, 99]))
    return out


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


def called(term: Term | HeldTerm) -> str:
    """The name of a term's column: the transformation stands in it, unless the term is scaled,
    and so in units of its own."""
    scaled = isinstance(term, Term) and (term.standardise or term.negate or term.draws)
    return term.column if scaled or term.transform == "none" else f"{term.transform}({term.column})"


def factor_columns(frame: pd.DataFrame, terms: Sequence[Term | HeldTerm]
                   ) -> tuple[pd.DataFrame, dict[str, Origin]]:
    """Terms that enter as they are, without a constant, of the rows of ``frame`` that miss none of
    them: a column a term, or a level of a factor but its baseline; and the term of each column.

    A factor whose levels are all the same in these rows adds no column: there is nothing to hold
    constant. Raises NotEstimable if a factor has no rows at its baseline.
    """
    values = [_levels(frame[t.column], t) if t.kind == "factor"
              else transformed(frame[t.column], t.transform) for t in terms]
    complete = pd.Series(True, index=frame.index)
    for own in values:
        complete &= own.notna()
    columns: dict[str, pd.Series] = {}
    origin: dict[str, Origin] = {}
    for term, own in zip(terms, values, strict=True):
        if term.kind != "factor":
            columns[called(term)] = own
            origin[called(term)] = Origin(term)
            continue
        present = sorted(set(own[complete]))
        baseline = term.baseline or "False"
        if baseline not in present:
            raise NotEstimable(f"{term.column} has no rows at its baseline {baseline!r}")
        for level in present:
            if level != baseline:
                name = f"{term.column}[{level}]"
                columns[name] = (own == level).astype(float)
                origin[name] = Origin(term, level)
    return pd.DataFrame(columns, index=frame.index)[complete], origin


def _levels(column: pd.Series, term: Term | HeldTerm) -> pd.Series:
    values = column.map(lambda v: None if pd.isna(v) else str(v)).astype("str")
    if term.missing_as is not None:
        values = values.fillna(term.missing_as)
    if term.min_n:
        counts = values.value_counts()
        rare = set(counts[counts < term.min_n].index) - {term.baseline}
        values = values.mask(values.isin(rare), "other")
    return values


def control_columns(frame: pd.DataFrame, controls: ControlSet) -> pd.DataFrame:
    """The controls of the rows that miss none of them, without a constant."""
    return factor_columns(frame, controls.terms)[0]


def build_design(spec: Regression, controls: ControlSet, frame: pd.DataFrame,
                 drawn: pd.DataFrame | None) -> Design:
    """Outcome and regressors of ``spec`` on the rows of ``frame`` that miss no value.

    ``drawn`` (see :func:`lag_draws`) gives the lag of terms with ``draws``. A factor of several
    levels among the terms enters as those of the controls do. Raises NotEstimable if no row has
    all values, a term does not vary, or a factor lacks its baseline.
    """
    y = transformed(frame[spec.outcome], spec.outcome_transform)
    several = tuple(t for t in spec.terms
                    if t.kind == "factor" and kind_of(frame[t.column]) != "yes or no")
    terms = tuple(t for t in spec.terms if t not in several)
    single = [t for t in terms if t.kind != "product"]
    raw = {t.column: _raw(frame, t) for t in single}
    keep = y.notna()
    for values in raw.values():
        keep &= values.notna()
    for name in spec.cluster:
        keep &= frame[name].notna()
    if not keep.any():
        raise NotEstimable("no row of its sample has every value")
    held, origin = factor_columns(frame[keep], (*several, *controls.terms))
    rows = held.index
    if not len(rows):
        raise NotEstimable("no row of its sample has every value")
    base = {t.column: _scaled(raw[t.column][rows], raw[t.column][rows], t) for t in single}
    origin |= {_column_of(t): Origin(t) for t in terms}
    ahead = [c for c in held.columns if origin[c].term in several]
    inline = held[ahead]
    x = _assemble(spec.terms, base, inline, origin, held.drop(columns=ahead))
    _must_vary(spec, x)
    redrawn = None
    with_draws = [t for t in single if t.draws]
    if with_draws and drawn is not None:
        term = with_draws[0]
        lags = drawn.reindex(frame.loc[rows, "event_id"]).to_numpy(dtype=np.float64)
        stack = []
        for k in range(lags.shape[1]):
            lag = transformed(pd.Series(lags[:, k], index=rows, name=LAG), term.transform)
            scaled = base | {term.column: _scaled(lag, raw[term.column][rows], term)}
            stack.append(_assemble(spec.terms, scaled, inline, origin, held.drop(columns=ahead))
                         .to_numpy(dtype=np.float64))
        redrawn = np.stack(stack)
    clusters = frame.loc[rows, list(spec.cluster)].astype(str) if spec.cluster else None
    strata = None
    if spec.permute_within:
        labels = frame.loc[rows, list(spec.permute_within)].astype("str").fillna("unknown")
        strata = labels.agg(" / ".join, axis=1)
    focus = next((_column_of(t) for t in terms if t.column == spec.focus), spec.focus)
    return Design(y[rows], x, focus, clusters, strata, len(frame), redrawn, origin)


def _column_of(term: Term) -> str:
    return f"{term.column}[True]" if term.kind == "factor" else (
        term.column if term.kind == "product" else called(term))


def _raw(frame: pd.DataFrame, term: Term) -> pd.Series:
    """A term's values before scaling: yes and no as 1 and 0."""
    column = frame[term.column]
    if kind_of(column) == "yes or no":
        column = column.astype("Float64")
    return transformed(column, term.transform)


def _scaled(values: pd.Series, scale: pd.Series, term: Term) -> pd.Series:
    """Standardised by mean and deviation of ``scale``, so that a draw keeps the point's scale."""
    if term.standardise:
        spread = float(scale.std())
        if not spread > 0:
            raise NotEstimable(f"{term.column} does not vary in these rows")
        values = (values - float(scale.mean())) / spread
    return -values if term.negate else values


def _assemble(terms: Sequence[Term], base: dict[str, pd.Series], inline: pd.DataFrame,
              origin: dict[str, Origin], held: pd.DataFrame) -> pd.DataFrame:
    """The constant, the terms in their order (levels of a factor side by side), the controls."""
    columns: dict[str, pd.Series] = {"const": pd.Series(1.0, index=held.index)}
    for term in terms:
        if term.kind == "product":
            product = base[term.of[0]].copy()
            for other in term.of[1:]:
                product = product * base[other]
            columns[term.column] = product
        elif term.column in base:
            columns[_column_of(term)] = base[term.column]
        else:
            columns |= {c: inline[c] for c in inline.columns if origin[c].term == term}
    return pd.concat([pd.DataFrame(columns), held], axis=1)


def _must_vary(spec: Regression, x: pd.DataFrame) -> None:
    for name in x.columns[1:]:
        if not float(x[name].std()) > 0:
            raise NotEstimable(f"{name} does not vary in the {len(x)} rows of {spec.sample}")
