"""Which observations and which groups carry a coefficient.

Belsley, Kuh & Welsch (1980), *Regression Diagnostics*; Cook (1977, Technometrics 19, 15–18).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.arrays import codes, inverse_gram, matrix, vector
from breachstudy.estimation.errors import EstimationError, NotEstimable

__all__ = ["dfbeta", "leave_one_group_out"]

TIE = 1e-9


@paired("y", "x")
def dfbeta(y: ArrayLike, x: pd.DataFrame) -> pd.DataFrame:
    """Influence of each row on the least squares of ``y`` (n,) on ``x`` (n, k).

    One row an observation, with the index of ``x``: ``leverage``, ``residual``, ``studentized``
    (external), ``cooks_distance``, then ``dfbeta_<term>`` (coefficient with all rows minus without
    this one, as R's ``dfbeta``) and ``dfbetas_<term>`` (over its error without the row).

    Raises ValueError on missing values, collinear columns, a row that a column fits alone
    (leverage 1: its removal leaves the term undefined), or n ≤ k + 1.
    """
    values, names = matrix(x, "x")
    n, k = values.shape
    outcome = vector(y, "y", n)
    if n <= k + 1:
        raise NotEstimable(f"{n} rows cannot give influence on {k} terms")
    inverse = inverse_gram(values, names)
    projected = values @ inverse
    leverage = (projected * values).sum(axis=1)
    alone = np.flatnonzero(leverage > 1 - 1e-9)
    if alone.size:
        raise NotEstimable(f"row {x.index[alone[0]]!r} is fitted alone by a term; without it "
                              "the "
                              "term is not defined")
    residual = outcome - values @ (projected.T @ outcome)
    rss = float(residual @ residual)
    sigma2 = (rss - residual**2 / (1 - leverage)) / (n - k - 1)
    change = projected * (residual / (1 - leverage))[:, None]
    scale = np.sqrt(np.maximum(sigma2, 0.0))[:, None] * np.sqrt(np.diag(inverse))[None]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = change / scale
        studentized = residual / np.sqrt(sigma2 * (1 - leverage))
        cooks = residual**2 * leverage / ((1 - leverage) ** 2 * k * rss / (n - k))
    columns = {"leverage": leverage, "residual": residual, "studentized": studentized,
               "cooks_distance": cooks}
    columns |= {f"dfbeta_{c}": change[:, i] for i, c in enumerate(names)}
    columns |= {f"dfbetas_{c}": scaled[:, i] for i, c in enumerate(names)}
    return pd.DataFrame(columns, index=x.index)


@paired("y", "x", "groups")
def leave_one_group_out(y: ArrayLike, x: pd.DataFrame, groups: ArrayLike, term: str
                        ) -> pd.DataFrame:
    """The coefficient on ``term`` when each group is left out in turn, largest change first.

    ``y`` (n,), ``x`` (n, k), ``groups`` (n,) such as the firm. Columns: ``group``, ``n`` rows of
    it, ``estimate`` without it, ``std_error`` (HC3), ``change`` = without − with all,
    ``is_sign_changed``. A group without which the terms are collinear has NaN: the coefficient
    rests on it alone.

    Raises ValueError on missing values, collinear columns, an unknown term or a single group.
    """
    values, names = matrix(x, "x")
    n = len(values)
    outcome = vector(y, "y", n)
    if term not in names:
        raise EstimationError(f"no column {term!r}; known: {', '.join(names)}")
    j = names.index(term)
    group = codes(groups, n, "groups")
    labels = pd.factorize(pd.Series(np.asarray(groups)))[1]
    full = float((inverse_gram(values, names) @ (values.T @ outcome))[j])
    rows = []
    for g, label in enumerate(labels):
        keep = group != g
        kept, own = values[keep], outcome[keep]
        estimate = error = np.nan
        try:
            projected = kept @ inverse_gram(kept, names)
        except NotEstimable:
            pass
        else:
            beta = projected.T @ own
            estimate = float(beta[j])
            leverage = (projected * kept).sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                part = projected[:, j] * (own - kept @ beta) / (1 - leverage)
            error = float(np.sqrt((part**2).sum()))
        rows.append({"group": label, "n": int((~keep).sum()), "estimate": estimate,
                     "std_error": error, "change": estimate - full,
                     "is_sign_changed": bool(np.sign(estimate) * np.sign(full) < 0)})
    frame = pd.DataFrame(rows)
    # Changes that differ by less than TIE of the largest are equal and keep the groups' order.
    size = frame["change"].abs().to_numpy()
    unit = TIE * max(float(np.nanmax(size, initial=0.0)), 1e-300)
    order = np.argsort(-np.where(np.isnan(size), np.inf, np.rint(size / unit)), kind="stable")
    return frame.iloc[order].reset_index(drop=True)
