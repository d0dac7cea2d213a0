"""Returns from prices, and compounding."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["compound", "returns_from_prices"]


def returns_from_prices(
    prices: pd.DataFrame, *, kind: str = "simple", gaps: str = "missing"
) -> pd.DataFrame:
    """Returns of a wide price frame (sessions × securities), same shape.

    Simple returns are P_t / P_{t−1} − 1, log returns ln(P_t / P_{t−1}); the divisor is always the
    earlier price.

    Parameters
    ----------
    kind:
        ``"simple"`` or ``"log"``.
    gaps:
        What the first price after sessions without one gives. ``"missing"``: no return, because
        the one-session return is not observed. ``"trade_to_trade"``: the return since the last
        traded price, for use with ``thin_trading="trade_to_trade"``, which scales the benchmark
        to the same span. Prices are never carried forward, so no session gets a made-up zero.

    Raises
    ------
    ValueError
        for an unknown option or a price that is not positive.
    """
    if kind not in ("simple", "log"):
        raise ValueError(f"kind must be 'simple' or 'log', not {kind!r}")
    if gaps not in ("missing", "trade_to_trade"):
        raise ValueError(f"gaps must be 'missing' or 'trade_to_trade', not {gaps!r}")
    p = prices.to_numpy(dtype=np.float64)
    bad = p <= 0
    if bad.any():
        row, col = map(int, np.argwhere(bad)[0])
        raise ValueError(
            f"price {p[row, col]} of {prices.columns[col]} on {prices.index[row]} is not positive; "
            "mark it missing"
        )
    if gaps == "missing":
        before = np.full_like(p, np.nan)
        before[1:] = p[:-1]
    else:
        before = prices.ffill().shift(1).to_numpy(dtype=np.float64)
    ratio = p / before
    out = ratio - 1.0 if kind == "simple" else np.log(ratio)
    return pd.DataFrame(out, index=prices.index, columns=prices.columns)


def compound(returns: pd.DataFrame, periods: pd.Index | pd.Series) -> pd.DataFrame:
    """Compound simple returns within periods: Π(1 + r) − 1, shape (periods × securities).

    ``periods`` labels each row of ``returns`` (``returns.index.to_period("M")`` for months). A
    period in which any return is missing is missing: a partial product is another quantity.
    """
    labels = pd.Index(periods)
    if len(labels) != len(returns):
        raise ValueError(f"{len(labels)} period labels for {len(returns)} rows of returns")
    logs = np.log1p(returns)
    grouped = logs.groupby(labels)
    size = grouped.size()
    total = grouped.sum(min_count=1)
    complete = grouped.count().eq(size, axis=0)
    return np.expm1(total.where(complete))
