"""The panel of every security in the price files, on which size and power are measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from breachstudy.compile.market import read_price_files
from breachstudy.eventstudy.panel import Panel, build_panel
from breachstudy.eventstudy.returns import returns_from_prices

__all__ = ["panel_of_prices"]

EXTREME = 3.0
FIRST, LAST = "2003-01-01", "2024-12-31"
"""Prices begin in 2003; the factors of one vintage end with 2024."""


def panel_of_prices(sources: Path) -> Panel:
    """Returns of every security in the price files, and the factors, on the factors' sessions.

    Returns beyond ×3 or ÷3 are left out as in the study's own returns.
    """
    files = read_price_files(sources / "market")
    factors = files.factors.set_index(pd.DatetimeIndex(pd.to_datetime(files.factors["date"])))
    factors = factors.select_dtypes("number").loc[FIRST:LAST]
    prices = files.prices.assign(date=pd.to_datetime(files.prices["date"]))
    prices = prices[prices["date"].isin(factors.index) & (prices["adj_close"] > 0)]
    wide = prices.pivot_table(index="date", columns="ticker", values="adj_close",
                              aggfunc="last").reindex(factors.index)
    ratio = returns_from_prices(wide) + 1.0
    sound = ratio.where((ratio < EXTREME) & (ratio > 1 / EXTREME)) - 1.0
    return build_panel(sound.dropna(axis=1, how="all"), factors)
