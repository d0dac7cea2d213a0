"""Covariances of least-squares coefficients that are robust to unequal variances and clusters.

All functions take the design X (n, k), the residuals e (n,) and return a matrix (k, k), formed
from the scores e·Q·R⁻ᵀ of a QR decomposition X = QR and not as bread · meat · bread: with a year
among the terms the Gram matrix squares a condition number of thousands, and its inverse would
differ between processors in the ninth digit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.arrays import unblank
from breachstudy.estimation.errors import EstimationError, MissingError, NotEstimable

__all__ = ["HC_KINDS", "cluster_codes", "cluster_covariance", "hc_covariance", "leverages",
           "two_way_cluster_covariance"]

Floats = NDArray[np.float64]
HC_KINDS = ("HC0", "HC1", "HC2", "HC3")
# A leverage this near one means that a row fits itself: its residual is rounding error.
FULL_LEVERAGE = 1 - 1e-9


def leverages(x: Floats) -> Floats:
    """Diagonal (n,) of the hat matrix X (X'X)⁻¹ X'."""
    return np.asarray((np.linalg.qr(x)[0] ** 2).sum(axis=1), dtype=np.float64)


def _directions(x: Floats) -> tuple[Floats, Floats]:
    """Q (n, k) and Q·R⁻ᵀ (n, k) of X = QR: row i of the second times e_i is its part in X⁺e."""
    q, r = np.linalg.qr(x)
    return q, np.asarray(np.linalg.solve(r, q.T).T, dtype=np.float64)


def hc_covariance(x: Floats, residuals: Floats, kind: str = "HC3") -> Floats:
    """Heteroskedasticity-consistent covariance (k, k).

    HC0 (White 1980, Econometrica 48, 817–838) has the squared residuals in the meat; HC1 scales
    them by n/(n − k); HC2 divides each by 1 − h and HC3 by (1 − h)², h the leverage (MacKinnon &
    White 1985, J. Econometrics 29, 305–325).

    A row of leverage one (a level that only it has) fits itself: its residual is zero, and so is
    its part in the meat, where HC2 and HC3 would divide zero by zero. The errors of the other
    terms are then those without that row; the error of the row's own term says nothing of the
    row's own noise, under any kind, and should not be read.

    Raises ValueError for an unknown kind.
    """
    if kind not in HC_KINDS:
        raise EstimationError(f"covariance {kind!r} is not one of {', '.join(HC_KINDS)}")
    n, k = x.shape
    q, scores = _directions(x)
    weights = residuals**2
    if kind == "HC1":
        weights = weights * n / (n - k)
    if kind in ("HC2", "HC3"):
        h = (q**2).sum(axis=1)
        own = h > FULL_LEVERAGE
        room = np.where(own, 1.0, 1 - h) ** (1 if kind == "HC2" else 2)
        weights = np.where(own, 0.0, weights / room)
    return np.asarray((scores * weights[:, None]).T @ scores, dtype=np.float64)


def cluster_covariance(x: Floats, residuals: Floats, codes: NDArray[Any]) -> Floats:
    """Covariance clustered one way (k, k), ``codes`` (n,) from :func:`cluster_codes`.

    Liang & Zeger (1986, Biometrika 73, 13–22) with the factor G/(G − 1) · (n − 1)/(n − k), known
    as CR1. Raises ValueError if there are fewer than two clusters.
    """
    n, k = x.shape
    groups = int(codes.max()) + 1
    if groups < 2:
        raise NotEstimable("a clustered covariance needs at least two clusters")
    scores = np.zeros((groups, k))
    np.add.at(scores, codes, _directions(x)[1] * residuals[:, None])
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    return np.asarray(factor * (scores.T @ scores), dtype=np.float64)


def two_way_cluster_covariance(x: Floats, residuals: Floats, first: NDArray[Any],
                               second: NDArray[Any]) -> Floats:
    """Covariance clustered two ways, such as by firm and by date (k, k).

    V(first) + V(second) − V(first × second), each with its own CR1 factor (Cameron, Gelbach &
    Miller 2011, J. Bus. Econ. Stat. 29, 238–249). The difference can have negative eigenvalues;
    as those authors do, they are set to zero.
    """
    both = np.unique(np.column_stack([first, second]), axis=0, return_inverse=True)[1].ravel()
    v = (cluster_covariance(x, residuals, first) + cluster_covariance(x, residuals, second)
         - cluster_covariance(x, residuals, both))
    values, vectors = np.linalg.eigh((v + v.T) / 2)
    if values.min() >= 0:
        return v
    repaired: Floats = (vectors * np.maximum(values, 0)) @ vectors.T
    return repaired


def cluster_codes(clusters: pd.Series) -> NDArray[np.intp]:
    """Codes 0…G−1 (n,) of a variable of clusters. Raises ValueError on missing values."""
    codes, _ = pd.factorize(unblank(clusters))
    if (codes < 0).any():
        raise MissingError(f"{int((codes < 0).sum())} rows have no cluster "
                           f"({clusters.name}); drop such rows and count them")
    return np.asarray(codes, dtype=np.intp)

