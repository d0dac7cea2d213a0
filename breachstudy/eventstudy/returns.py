"""Returns from prices, and compounding."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.eventstudy.dates import named_rows, ordered
from breachstudy.eventstudy.errors import CalendarError, OptionError, ReturnsError

__all__ = ["compound", "returns_from_prices"]


def returns_from_prices(
    prices: pd.DataFrame, *, kind: str = "simple", gaps: str = "missing"
) -> pd.DataFrame:
    """Returns of a wide price frame (sessions × securities), same shape, oldest session first.

    Simple returns are P_t / P_{t−1} − 1, log returns ln(P_t / P_{t−1}); the divisor is always the
    earlier price, whatever order the rows come in: they are sorted by their index (dates, periods
    or session numbers).

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
    OptionError
        for an unknown option.
    ReturnsError
        for prices that are not positive, with their rows.
    CalendarError
        for an index with missing or repeated sessions, or of text that is not dates.
    """
    if kind not in ("simple", "log"):
        raise OptionError(f"kind must be 'simple' or 'log', not {kind!r}")
    if gaps not in ("missing", "trade_to_trade"):
        raise OptionError(f"gaps must be 'missing' or 'trade_to_trade', not {gaps!r}")
    prices = _oldest_first(prices)
    p = prices.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = p <= 0
    if bad.any():
        rows = [f"{prices.columns[c]} on {_day(prices.index[r])}: {p[r, c]:g}"
                for r, c in np.argwhere(bad)]
        raise ReturnsError(f"prices that are not positive: {named_rows(rows)}; mark them missing "
                           "(a negative price of CRSP is the mean of bid and ask: its absolute "
                           "value)")
    if gaps == "missing":
        before = np.full_like(p, np.nan)
        before[1:] = p[:-1]
    else:
        before = prices.ffill().shift(1).to_numpy(dtype=np.float64)
    ratio = p / before
    out = ratio - 1.0 if kind == "simple" else np.log(ratio)
    return pd.DataFrame(out, index=prices.index, columns=prices.columns)


def _oldest_first(prices: pd.DataFrame) -> pd.DataFrame:
    """The frame sorted by its index: session numbers as they are, all else as dates."""
    index = prices.index
    if not isinstance(index, pd.MultiIndex) and pd.api.types.is_integer_dtype(index) and not (
            len(index) and index.min() >= 19000101 and index.max() <= 21001231):
        if index.has_duplicates:
            raise CalendarError(f"prices: session {index[index.duplicated()][0]} appears twice")
        return prices if index.is_monotonic_increasing else prices.sort_index()
    if isinstance(index, pd.MultiIndex):
        raise CalendarError("prices are indexed by more than the date; unstack the securities "
                            "into columns")
    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        if index.hasnans or index.has_duplicates:
            ordered(prices, "prices")  # says which
            raise CalendarError("prices: two rows of one time")
        return prices if index.is_monotonic_increasing else prices.sort_index()
    return ordered(prices, "prices")[0]


def _day(label: object) -> object:
    return label.date() if isinstance(label, pd.Timestamp) and label == label.normalize() else label


def compound(returns: pd.DataFrame, periods: pd.Index | pd.Series) -> pd.DataFrame:
    """Compound simple returns within periods: Π(1 + r) − 1, shape (periods × securities).

    ``periods`` labels each row of ``returns`` (``returns.index.to_period("M")`` for months); a
    Series must have the same index. A period in which any return is missing is missing: a partial
    product is another quantity. Raises ReturnsError if labels are missing or do not belong to the
    rows.
    """
    labels = pd.Index(periods)
    if len(labels) != len(returns):
        raise ReturnsError(f"{len(labels)} period labels for {len(returns)} rows of returns")
    if isinstance(periods, pd.Series) and not periods.index.equals(returns.index):
        raise ReturnsError("periods and returns are labelled differently; give both the same "
                           "index, or the labels as an array")
    if labels.hasnans:
        raise ReturnsError(f"{int(labels.isna().sum()):,} rows of returns have no period")
    logs = np.log1p(returns)
    grouped = logs.groupby(labels)
    size = grouped.size()
    total = grouped.sum(min_count=1)
    complete = grouped.count().eq(size, axis=0)
    return np.expm1(total.where(complete))
