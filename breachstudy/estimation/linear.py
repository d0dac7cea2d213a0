"""Linear models with robust covariances; the numbers come from statsmodels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["COVARIANCES", "LinearFit", "fit_linear"]

COVARIANCES = ("HC1", "HC2", "HC3", "cluster")


@dataclass(frozen=True)
class LinearFit:
    """Least squares of y (n,) on X (n, k): all vectors are (k,), in the order of ``names``.

    ``std_error`` follows ``covariance``; p-values and intervals use the t distribution with
    ``df`` degrees of freedom (n − k, or the number of clusters − 1).
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


def fit_linear(y: pd.Series, x: pd.DataFrame, *, covariance: str = "HC3",
               clusters: pd.Series | None = None, confidence: float = 0.95) -> LinearFit:
    """Ordinary least squares with a robust covariance.

    ``y`` (n,) and ``x`` (n, k; the constant is a column like any other) must not hold missing
    values. ``covariance`` is HC1, HC2, HC3 (MacKinnon & White 1985) or cluster (Liang & Zeger
    1986 with the small-sample factor of Stata, which needs ``clusters`` (n,)).

    Raises ValueError if values are missing, columns are collinear (named in the message), there
    are no degrees of freedom, or fewer than two clusters.
    """
    import statsmodels.api as sm

    if covariance not in COVARIANCES:
        raise ValueError(f"covariance {covariance!r} is not one of {', '.join(COVARIANCES)}")
    if y.isna().any() or x.isna().any().any():
        raise ValueError("y and x must not hold missing values; drop such rows and count them")
    if len(y) <= x.shape[1]:
        raise ValueError(f"{len(y)} rows cannot estimate {x.shape[1]} terms")
    matrix = x.to_numpy(dtype=float)
    redundant = _collinear(matrix, list(x.columns))
    if redundant:
        raise ValueError(f"terms are linear combinations of earlier ones: {', '.join(redundant)}")
    model = sm.OLS(y.to_numpy(dtype=float), matrix)
    groups: int | None = None
    if covariance == "cluster":
        if clusters is None or clusters.nunique() < 2:
            raise ValueError("cluster needs a variable with at least two clusters")
        codes = pd.factorize(clusters)[0]
        groups = int(codes.max()) + 1
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
        df = float(groups - 1)
    else:
        fit = model.fit(cov_type=covariance, use_t=True)
        df = float(fit.df_resid)
    interval = fit.conf_int(alpha=1 - confidence)
    return LinearFit(
        names=tuple(map(str, x.columns)),
        estimate=np.asarray(fit.params),
        std_error=np.asarray(fit.bse),
        statistic=np.asarray(fit.tvalues),
        p_value=np.asarray(fit.pvalues),
        ci_lo=interval[:, 0],
        ci_hi=interval[:, 1],
        n=int(fit.nobs),
        df=df,
        r_squared=float(fit.rsquared),
        covariance=covariance,
        n_clusters=groups,
    )


def _collinear(matrix: NDArray[np.float64], names: list[str]) -> list[str]:
    scale = np.linalg.norm(matrix, axis=0)
    scaled = matrix / np.where(scale > 0, scale, 1)
    r = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
    return [n for n, d in zip(names, r, strict=True) if d < 1e-9]
