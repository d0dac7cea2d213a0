"""Adjusted p-values for families of tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.errors import AlignmentError, EstimationError

__all__ = ["ADJUSTMENTS", "adjust", "benjamini_hochberg", "holm", "romano_wolf"]

Floats = NDArray[np.float64]
# Statistics that differ by less than this share are equal.
TIE = 1e-9


def holm(p_values: ArrayLike) -> Floats:
    """Holm's step-down p-values (k,): family-wise error under any dependence.

    Holm (1979, Scand. J. Stat. 6, 65–70). Raises ValueError if a p-value is missing or outside
    [0, 1]: a test that was not run does not silently leave the family.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    return _back(np.minimum(stepped, 1.0), order)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Benjamini & Hochberg's step-up q-values (k,): false-discovery rate.

    Benjamini & Hochberg (1995, J. R. Stat. Soc. B 57, 289–300), for independent or positively
    dependent tests. Raises ValueError as :func:`holm`.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    stepped = np.minimum.accumulate(scaled[::-1])[::-1]
    return _back(np.minimum(stepped, 1.0), order)


ADJUSTMENTS = {"holm": holm, "benjamini_hochberg": benjamini_hochberg}


def adjust(p_values: ArrayLike, method: str) -> Floats:
    """Adjusted p-values (k,) by ``method``: holm or benjamini_hochberg. Raises ValueError."""
    if method not in ADJUSTMENTS:
        raise EstimationError(f"method {method!r} is not one of {', '.join(ADJUSTMENTS)}")
    return ADJUSTMENTS[method](p_values)


def romano_wolf(statistics: ArrayLike, null: ArrayLike, *, is_exact: bool = False) -> Floats:
    """Romano–Wolf step-down p-values (k,): family-wise error with the tests' own dependence.

    ``statistics`` (k,) are observed t, ``null`` (draws, k) their joint null distribution, a row
    the same resample for all: from ``permutation.permutation_statistics``, or the ``t_draws`` of
    wild bootstraps with the same clusters and seed. The largest |t| is compared with the maximum
    over all, the next with the maximum over those not yet passed, and p-values never decrease
    (Romano & Wolf 2005, Econometrica 73, 1237–1282; 2016, Stat. Probab. Lett. 113, 38–40).
    With ``is_exact`` the rows are all resamples and the share counts; else (1 + count)/(1 + draws).

    Raises ValueError if shapes disagree or a value is missing.
    """
    if isinstance(statistics, pd.Series) and isinstance(null, pd.DataFrame) and not (
            statistics.index.equals(null.columns)):
        raise AlignmentError("statistics and the columns of null are labelled differently; give "
                             "both the same names in the same order, or arrays")
    t, drawn = np.abs(np.asarray(statistics, float)), np.abs(np.asarray(null, float))
    if t.ndim != 1 or drawn.ndim != 2 or drawn.shape[1] != len(t) or not len(t) or not len(drawn):
        raise EstimationError(f"statistics {t.shape} and null {drawn.shape} must be (k,) and "
                              "(draws, k)")
    if np.isnan(t).any() or np.isnan(drawn).any():
        raise EstimationError("a statistic is missing; a test that failed has no place in the "
                              "family")
    order = np.argsort(-t, kind="stable")
    # Column j: the maximum over the j-th largest and all smaller ones.
    largest = np.maximum.accumulate(drawn[:, order[::-1]], axis=1)[:, ::-1]
    count = (largest >= t[order] * (1 - TIE)).sum(axis=0)
    p = count / len(drawn) if is_exact else (1 + count) / (1 + len(drawn))
    return _back(np.maximum.accumulate(p), order)


def _checked(p_values: ArrayLike) -> Floats:
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1 or not len(p):
        raise EstimationError("a family needs a vector of at least one p-value")
    if not ((p >= 0) & (p <= 1)).all():
        bad = np.flatnonzero(~((p >= 0) & (p <= 1)))
        raise EstimationError(f"p-values at positions {', '.join(map(str, bad))} are missing or "
                              "outside "
                              "[0, 1]; say in the plan that they cannot be tested")
    return p


def _back(ordered: Floats, order: NDArray[np.intp]) -> Floats:
    found = np.empty(len(ordered))
    found[order] = ordered
    return found
