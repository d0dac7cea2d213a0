"""What every figure is made of: its inputs, the figure made, sizes, lines and shades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.style import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLUMN", "LINES", "PAGE", "SHADES", "WINDOWS", "FigureInputs", "FigureMade",
           "as_inputs", "new_figure", "numeric", "percent_axis", "tested_on_returns"]

COLUMN, PAGE = 3.6, 7.0
"""Widths in inches: one column and two of a journal page."""
LINES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
SHADES = (COLOURS["blue"], COLOURS["orange"], COLOURS["green"], COLOURS["purple"], "#333333")
WINDOWS = {"m1_p1": "−1 to +1", "0_p1": "0 to +1", "0_p3": "0 to +3", "m1_p5": "−1 to +5",
           "0_p10": "0 to +10", "0_p30": "0 to +30", "m10_m2": "−10 to −2", "0_p90": "0 to +90"}


@dataclass(frozen=True)
class FigureInputs:
    """What figures draw from: results (tidy), the study's other frames, and tables by name."""

    results: pd.DataFrame
    hypotheses: pd.DataFrame
    curves: pd.DataFrame
    lag_curves: pd.DataFrame
    deadlines: pd.DataFrame
    paths: pd.DataFrame
    balance: pd.DataFrame
    frames: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class FigureMade:
    """A figure with its caption, the text that stands for it, and the data it draws."""

    figure: Figure
    caption: str
    alt: str
    data: pd.DataFrame


def new_figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def percent_axis(axis: Axes, which: str = "y", digits: int = 1) -> None:
    from matplotlib.ticker import FuncFormatter

    form = FuncFormatter(lambda v, _: f"{100 * v:.{digits}f}%".replace("-", "−"))
    (axis.yaxis if which == "y" else axis.xaxis).set_major_formatter(form)


def numeric(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns as plain floats, which matplotlib draws."""
    return frame.assign(**{
        c: frame[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for c in columns})


def as_inputs(results: pd.DataFrame, found: Any, frames: Mapping[str, pd.DataFrame]
              ) -> FigureInputs:
    """Inputs of the figures from the results of the study, numbers as plain floats."""
    columns = ["estimate", "std_error", "ci_lo", "ci_hi", "bound_lo", "bound_hi", "p_permutation",
               "p_value"]
    plain = numeric(results, columns)
    h = found.hypotheses
    if "estimate" in h:
        h = numeric(h, [c for c in ("estimate", "std_error", "ci_lo", "ci_hi", "smallest_effect",
                                    "mde") if c in h])
    return FigureInputs(plain, h, found.curves, found.lag_curves, found.deadlines, found.paths,
                        found.balance, frames)


def tested_on_returns(hypotheses: pd.DataFrame) -> pd.DataFrame:
    """Rows of tests whose outcome is a cumulative abnormal return and that ran."""
    named = hypotheses["outcome"].astype("str").str.contains("car_", regex=False)
    return hypotheses[named & hypotheses["estimate"].notna()]
