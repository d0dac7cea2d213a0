"""The page of size and power, and the panel it is measured on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.eventstudy.size_power import SizePower
from breachstudy.exhibits.numbers import DASH, count, number, plain
from breachstudy.exhibits.tables import pipe_table

__all__ = ["size_power_page"]

def size_power_page(found: SizePower) -> str:
    """The page in Markdown."""
    a, b = found.window
    lines = [
        "# Size and power of the test statistics", "",
        f"{count(found.samples)} samples of {found.n_events} pseudo-events each, drawn at random "
        f"from the daily returns of {count(found.n_securities)} securities, {found.first} to "
        f"{found.last}; market model, estimation sessions −270 to −21, window {_signed(a)} to "
        f"{_signed(b)}; seed {found.seed}. Written by `breachstudy size-power`; every number is in "
        "`docs/size-power.csv` with its Monte Carlo error.", "",
        "Dates are random, or clustered: all events of a sample on one session. Variance doubled: "
        "a shock with mean zero and the variance of the event's residuals is added to day 0. No "
        "event has an effect, so a rate is right if it is the level; rates outside the range in "
        "which 95 % of estimates of a right size fall are marked *. The prices are those of firms "
        "that lived on or were kept by a public source, so small and failed firms are few.", "",
        "## Size: rejections without an effect, %", ""]
    size = found.table[found.table["effect"] == 0]
    lines += _table(size, "size")
    lines += ["", "## Power: rejections at 5 % with a return added to day 0, %", "",
              "Only for tests whose size is right is power worth comparing.", ""]
    lines += _table(found.table[(found.table["effect"] > 0)
                                & np.isclose(found.table["level"], 0.05)], "power")
    worst = 100 * np.sqrt(0.25 / found.samples)
    lines += ["", f"The Monte Carlo standard error of a rate is at most {number(worst, 1)} points, "
              f"and {number(100 * np.sqrt(0.05 * 0.95 / found.samples), 1)} at a rate of 5 %."]
    return "\n".join(lines) + "\n"


def _table(rows: pd.DataFrame, kind: str) -> list[str]:
    scenarios = list(dict.fromkeys(zip(rows["dates"], rows["variance"], strict=True)))
    inner = "level" if kind == "size" else "effect"
    values = sorted(rows[inner].unique())
    head = ["statistic", *(f"{_scenario(d, v)}, {plain(100 * x)} %" for d, v in scenarios
                           for x in values)]
    cells = {(r["dates"], r["variance"], r[inner], r["statistic"]): r
             for r in rows.to_dict("records")}
    body = [(name, *(_cell(cells[d, v, x, name], kind) for d, v in scenarios for x in values))
            for name in dict.fromkeys(rows["statistic"])]
    return [pipe_table(head, body, "l" + "r" * (len(head) - 1))]


def _cell(row: dict[str, float], kind: str) -> str:
    if not np.isfinite(row["rejection_rate"]):
        return DASH
    off = kind == "size" and not row["size_lo"] <= row["rejection_rate"] <= row["size_hi"]
    return f"{number(100 * row['rejection_rate'], 1)}{'*' if off else ''}"


def _scenario(dates: str, variance: str) -> str:
    return dates if variance == "same" else f"{dates}, variance doubled"


def _signed(day: int) -> str:
    return number(day, 0, sign=day != 0)
