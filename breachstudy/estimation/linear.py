"""Linear models with robust covariances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import varies
from breachstudy.estimation.covariances import (
    HC_KINDS,
    cluster_codes,
    cluster_covariance,
    hc_covariance,
    two_way_cluster_covariance,
)
from breachstudy.estimation.errors import (
    CollinearError,
    EstimationError,
    MissingError,
    NotEstimable,
)

__all__ = ["COVARIANCES", "LinearFit", "fit_linear"]

COVARIANCES = (*HC_KINDS, "cluster")


@dataclass(frozen=True)
class LinearFit:
    """Least squares of y (n,) on X (n, k): all vectors are (k,), in the order of ``names``.

    ``std_error`` follows ``covariance``; p-values and intervals use the t distribution with
    ``df`` degrees of freedom (n − k, or the number of clusters − 1; clustered two ways, of the
    dimension with fewer clusters, whose number is ``n_clusters``). ``r_squared`` is NaN for a y
    that does not vary.
    """

    names: tuple[str, ...]
    estimate: NDArray[np.float64]
    std_error: NDArray[np.float64]
    statistic: NDArray[np.float64]
    p_value: NDArray[np.float64]
    ci_lo: NDArray[np.float64]
    ci_hi: NDArray[np.float64]
    n: int
    df: float
    r_squared: float
    covariance: str
    n_clusters: int | None


@paired("y", "x", "clusters")
def fit_linear(y: pd.Series, x: pd.DataFrame, *, covariance: str = "HC3",
               clusters: pd.Series | pd.DataFrame | None = None,
               confidence: float = 0.95) -> LinearFit:
    """Ordinary least squares with a robust covariance.

    ``y`` (n,) and ``x`` (n, k; the constant is a column like any other) must not hold missing
    values. ``covariance`` is HC0, HC1, HC2, HC3 (MacKinnon & White 1985) or cluster, which needs
    ``clusters``: a series (n,) for one way (Liang & Zeger 1986 with the small-sample factor of
    Stata), a frame (n, 2) for two, such as firm and date (Cameron, Gelbach & Miller 2011).

    Raises ValueError if values are missing, columns are collinear (named in the message), there
    are no degrees of freedom, or fewer than two clusters.
    """
    from scipy import stats

    if covariance not in COVARIANCES:
        raise EstimationError(f"covariance {covariance!r} is not one of {', '.join(COVARIANCES)}")
    if y.isna().any() or x.isna().any().any():
        raise MissingError("y and x must not hold missing values; drop such rows and count them")
    if len(y) <= x.shape[1]:
        raise NotEstimable(f"{len(y)} rows cannot estimate {x.shape[1]} terms")
    matrix = x.to_numpy(dtype=float)
    redundant = _collinear(matrix, list(x.columns))
    if redundant:
        raise CollinearError(f"terms are linear combinations of earlier ones: "
                             f"{', '.join(redundant)}")
    outcome = y.to_numpy(dtype=float)
    estimate = np.linalg.lstsq(matrix, outcome, rcond=None)[0]
    residuals = outcome - matrix @ estimate
    groups: int | None = None
    df = float(len(outcome) - matrix.shape[1])
    if covariance == "cluster":
        codes = _codes(clusters)
        groups = min(int(c.max()) + 1 for c in codes)
        df = float(groups - 1)
        variance = (cluster_covariance(matrix, residuals, codes[0]) if len(codes) == 1
                    else two_way_cluster_covariance(matrix, residuals, codes[0], codes[1]))
    else:
        variance = hc_covariance(matrix, residuals, covariance)
    std_error = np.sqrt(np.diag(variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    reach = stats.t.ppf((1 + confidence) / 2, df) * std_error
    return LinearFit(
        names=tuple(map(str, x.columns)),
        estimate=estimate,
        std_error=std_error,
        statistic=statistic,
        p_value=2 * stats.t.sf(np.abs(statistic), df),
        ci_lo=estimate - reach,
        ci_hi=estimate + reach,
        n=len(outcome),
        df=df,
        r_squared=_r_squared(outcome, residuals, matrix),
        covariance=covariance,
        n_clusters=groups,
    )


def _codes(clusters: pd.Series | pd.DataFrame | None) -> list[NDArray[np.intp]]:
    variables = ([] if clusters is None else [clusters] if isinstance(clusters, pd.Series)
                 else [clusters[c] for c in clusters.columns])
    if len(variables) not in (1, 2):
        raise EstimationError("cluster needs one variable with at least two clusters, or a frame "
                              "of two")
    codes = [cluster_codes(v) for v in variables]
    if min(int(c.max()) + 1 for c in codes) < 2:
        raise NotEstimable("cluster needs variables with at least two clusters")
    return codes


def _r_squared(y: NDArray[np.float64], residuals: NDArray[np.float64],
               matrix: NDArray[np.float64]) -> float:
    # Centred only if the constant is in the span of the terms; else R² is about zero. A y that does
    # not vary has no R²: its sum of squares is the rounding of its mean.
    if not varies(y):
        return float("nan")
    ones = np.ones(len(y))
    fitted = matrix @ np.linalg.lstsq(matrix, ones, rcond=None)[0]
    centre = y.mean() if np.allclose(fitted, ones, atol=1e-8) else 0.0
    total = float(((y - centre) ** 2).sum())
    return 1 - float(residuals @ residuals) / total if total > 0 else float("nan")


def _collinear(matrix: NDArray[np.float64], names: list[str]) -> list[str]:
    scale = np.linalg.norm(matrix, axis=0)
    scaled = matrix / np.where(scale > 0, scale, 1)
    r = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    return [n for n, d in zip(names, r, strict=True) if d < 1e-9]
