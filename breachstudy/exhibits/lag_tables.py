"""Tables of the lags: shares by day, time ratios, deadlines, clocks of the standing examples."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.exhibits.cases import CLOCKS, SEEDS
from breachstudy.exhibits.figure import FigureInputs
from breachstudy.exhibits.lags import readable
from breachstudy.exhibits.numbers import DASH, between, count, interval, number, p_value, share
from breachstudy.exhibits.study import REGISTERS
from breachstudy.exhibits.tables import Exhibit

__all__ = ["clocks_table", "deadlines_table", "ratios_table", "shares_table"]

DEADLINES = {"deadlines": "Maine and Washington", "deadlines_washington_45":
             "Washington, to 2019 (45-day rule)", "deadlines_washington_30":
             "Washington, from 2021 (30-day rule)"}


def _ratio(value: float) -> str:
    return number(value, 2)


def shares_table(given: FigureInputs) -> Exhibit:
    """Share made known within so many days of discovery, by register and for listed firms."""
    r = given.results
    own = r[(r["kind"] == "turnbull") & r["spec"].isin(["lag_curve", "lag_curve_listed"])]
    own = own[own["group"].isin(list(REGISTERS))]
    days = sorted(own["term"].unique(), key=int)
    rows = []
    for (spec, group), part in own.groupby(["spec", "group"], sort=False):
        by = part.set_index("term")
        rows.append({"Clock": "To the first notice" if spec == "lag_curve" else
                     "To the first public news, listed firms", "Source": REGISTERS[group],
                     **{f"within {d} days": f"{share(by.loc[d, 'estimate'])} "
                        f"({interval(by.loc[d, 'ci_lo'], by.loc[d, 'ci_hi'], share)})"
                        for d in days if d in by.index},
                     "n": count(part['n'].iloc[0])})
    return Exhibit("tab14_lag_shares", "Share made known by day", pd.DataFrame(rows),
                   "Turnbull estimates of interval-valued lags; in brackets "
                   f"{given.levels.interval} bootstrap bands.", ("Clock", "Source"))


def ratios_table(given: FigureInputs) -> Exhibit:
    """Time ratios of the interval-censored model of the lag."""
    r = given.results
    own = r[(r["spec"] == "lag_aft") & (r["kind"] == "aft")
            & ~r["term"].isin(["const", "log_scale"])]
    rows = [{"Term": _term(row.term), "Time ratio": _ratio(np.exp(row.estimate)),
             f"{given.levels.interval} interval": interval(
                 np.exp(row.ci_lo), np.exp(row.ci_hi), _ratio), "p": p_value(row.p_value)}
            for row in own.itertuples(index=False)]
    first = own.iloc[0]
    return Exhibit("tab15_time_ratios", "What lengthens the lag to the first notice",
                   pd.DataFrame(rows), f"Accelerated failure time, {first['covariance']}; lags as "
                   f"intervals; n = {count(first['n'])}. A ratio above one: a longer lag. Sectors "
                   "against health. Conditional associations, not effects.", ("Term",))


def _term(name: str) -> str:
    labels = {"log10p1(n_affected)": "People affected, tenfold",
              "is_affected_lower_bound[True]": "Number is one state's"}
    if name in labels:
        return labels[name]
    if name.endswith("]"):
        column, level = name[:-1].split("[", 1)
        return f"{readable(column).capitalize()}: {readable(level)}"
    return readable(name)


def deadlines_table(given: FigureInputs) -> Exhibit:
    """Excess of notices at statutory deadlines."""
    r = given.results
    own = r[r["kind"] == "bunching"]
    rows = [{"Sample": DEADLINES[row.spec], "Deadline, days": row.term,
             "Excess, days' worth": number(row.estimate, 2),
             f"{given.levels.interval} interval": interval(row.ci_lo, row.ci_hi, _ratio),
             "Excess notices": number(row.statistic, 0), "n": count(row.n)}
            for row in own.itertuples(index=False)]
    return Exhibit("tab16_deadlines", "Excess of notices at deadlines", pd.DataFrame(rows),
                   "Notices up to a deadline beyond a polynomial through the other days, over the "
                   "mean that it predicts there; bootstrap intervals. Lags known to the day.",
                   ("Sample",))


def clocks_table(given: FigureInputs) -> Exhibit:
    """Every clock of Reddit 2018 and Microsoft 2019."""
    events = given.frames["events"].set_index("event_id")
    rows = []
    for name, label in CLOCKS:
        row = {"Clock": label}
        for event_id, title in SEEDS:
            lo, hi = (events.loc[event_id, f"{name}_{end}_days"] for end in ("lo", "hi"))
            row[title] = DASH if pd.isna(lo) else f"{between(lo, hi)} d"
        rows.append(row)
    return Exhibit("tab17_clocks", "Every clock of the two standing examples", pd.DataFrame(rows),
                   "From cited pages; a dash: no page gives the dates. Held out of estimation.",
                   ("Clock",))
