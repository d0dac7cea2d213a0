"""The page of size and power, and the panel it is measured on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.eventstudy.size_power import SizePower

__all__ = ["size_power_page"]

def size_power_page(found: SizePower) -> str:
    """The page in Markdown."""
    a, b = found.window
    lines = [
        "# Size and power of the test statistics", "",
        f"{found.samples:,} samples of {found.n_events} pseudo-events each, drawn at random from "
        f"the daily returns of {found.n_securities:,} securities, {found.first} to {found.last}; "
        f"market model, estimation sessions −270 to −21, window {_signed(a)} to {_signed(b)}; "
        f"seed {found.seed}. Written by `breachstudy size-power`; every number is in "
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
    lines += ["", f"The Monte Carlo standard error of a rate is at most {worst:.1f} points, and "
              f"{100 * np.sqrt(0.05 * 0.95 / found.samples):.1f} at a rate of 5 %."]
    return "\n".join(lines) + "\n"


def _table(rows: pd.DataFrame, kind: str) -> list[str]:
    scenarios = list(dict.fromkeys(zip(rows["dates"], rows["variance"], strict=True)))
    inner = "level" if kind == "size" else "effect"
    values = sorted(rows[inner].unique())
    head = ["statistic", *(f"{_scenario(d, v)}, {100 * x:g} %" for d, v in scenarios
                           for x in values)]
    lines = [f"| {' | '.join(head)} |", "|---" + "|--:" * (len(head) - 1) + "|"]
    cells = {(r["dates"], r["variance"], r[inner], r["statistic"]): r
             for r in rows.to_dict("records")}
    for name in dict.fromkeys(rows["statistic"]):
        shown = [_cell(cells[d, v, x, name], kind) for d, v in scenarios for x in values]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return lines


def _cell(row: dict[str, float], kind: str) -> str:
    if not np.isfinite(row["rejection_rate"]):
        return "–"
    off = kind == "size" and not row["size_lo"] <= row["rejection_rate"] <= row["size_hi"]
    return f"{100 * row['rejection_rate']:.1f}{'*' if off else ''}"


def _scenario(dates: str, variance: str) -> str:
    return dates if variance == "same" else f"{dates}, variance doubled"


def _signed(day: int) -> str:
    return f"+{day}" if day > 0 else f"−{-day}" if day < 0 else "0"
