"""What exhibits are made of: their inputs, the figure made, sizes, lines and shades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from breachstudy.exhibits.numbers import number, share
from breachstudy.exhibits.style import COLOURS
from breachstudy.exhibits.units import unit_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLUMN", "LINES", "PAGE", "SHADES", "WINDOWS", "FigureInputs", "FigureMade", "Levels",
           "as_inputs", "new_figure", "numeric", "percent_axis", "signed_levels",
           "tested_on_returns", "units"]

COLUMN, PAGE = 3.6, 7.0
"""Widths in inches: one column and two of a journal page."""
LINES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))
SHADES = (COLOURS["blue"], COLOURS["orange"], COLOURS["green"], COLOURS["purple"], "#333333")
WINDOWS = {"m1_p1": "−1 to +1", "0_p1": "0 to +1", "0_p3": "0 to +3", "m1_p5": "−1 to +5",
           "0_p10": "0 to +10", "0_p30": "0 to +30", "m10_m2": "−10 to −2", "0_p90": "0 to +90"}


@dataclass(frozen=True)
class Levels:
    """What the plan fixes for all tests: ``confidence`` of intervals, ``alpha`` of tests, and the
    ``power`` at which an effect counts as detectable."""

    confidence: float
    alpha: float
    power: float

    @property
    def interval(self) -> str:
        """The level of intervals, as it is printed: 95%."""
        return share(self.confidence)

    @property
    def equivalence(self) -> str:
        """The level of the interval that two one-sided tests invert to: 90%."""
        return share(1 - 2 * self.alpha)


@dataclass(frozen=True)
class FigureInputs:
    """What figures draw from. ``stored``: results and the study's other frames (see
    :class:`breachstudy.plan.runner.StudyResults`) by name; ``frames``: tables of the dataset.

    A figure sees the frames that its entry in the registry names and no others: asking for
    another raises KeyError.
    """

    stored: Mapping[str, pd.DataFrame]
    frames: Mapping[str, pd.DataFrame]
    levels: Levels

    def read(self, name: str) -> pd.DataFrame:
        """A stored frame. Raises KeyError if it is not among those given."""
        if name not in self.stored:
            raise KeyError(f"{name!r} is not among the inputs of this exhibit: name it in its "
                           "'reads' in breachstudy/exhibits/registry.py")
        return self.stored[name]

    def with_frame(self, name: str, frame: pd.DataFrame) -> FigureInputs:
        """The same with another stored frame."""
        return replace(self, stored={**self.stored, name: frame})

    @property
    def results(self) -> pd.DataFrame:
        return self.read("results")

    @property
    def hypotheses(self) -> pd.DataFrame:
        return self.read("hypotheses")

    @property
    def curves(self) -> pd.DataFrame:
        return self.read("curves")

    @property
    def lag_curves(self) -> pd.DataFrame:
        return self.read("lag_curves")

    @property
    def deadlines(self) -> pd.DataFrame:
        return self.read("deadlines")

    @property
    def balance(self) -> pd.DataFrame:
        return self.read("balance")

    @property
    def surfaces(self) -> pd.DataFrame:
        return self.read("surfaces")

    def bands(self, kind: str, spec: str | None = None) -> pd.DataFrame:
        """Stored bands of a kind, of one specification or all; see
        :mod:`breachstudy.plan.derived`. Empty if there are none."""
        found = self.read("bands")
        if found.empty:
            return found
        own = found[found["kind"] == kind]
        return own if spec is None else own[own["spec"] == spec]


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

    form = FuncFormatter(lambda v, _: share(v, digits))
    (axis.yaxis if which == "y" else axis.xaxis).set_major_formatter(form)


def signed_levels(digits: int) -> Any:
    """Labels of contour lines with their signs."""
    return lambda v: number(v, digits, sign=True)


def numeric(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns as plain floats, which matplotlib draws."""
    return frame.assign(**{
        c: frame[c].astype("Float64").to_numpy(dtype=float, na_value=np.nan) for c in columns})


_FLOATS = {"results": ("estimate", "std_error", "ci_lo", "ci_hi", "bound_lo", "bound_hi",
                       "p_permutation", "p_value"),
           "hypotheses": ("estimate", "std_error", "ci_lo", "ci_hi", "smallest_effect", "mde")}


def as_inputs(stored: Mapping[str, pd.DataFrame], frames: Mapping[str, pd.DataFrame],
              levels: Levels) -> FigureInputs:
    """Inputs of the figures from what is stored, numbers as plain floats."""
    plain = dict(stored)
    for name, columns in _FLOATS.items():
        if name in plain:
            plain[name] = numeric(plain[name], [c for c in columns if c in plain[name]])
    return FigureInputs(plain, frames, levels)


def units(rows: pd.DataFrame) -> list[str]:
    """The unit of each row's estimate; see :func:`breachstudy.exhibits.units.unit_of`."""
    return [unit_of(row) for row in rows.to_dict("records")]


def tested_on_returns(hypotheses: pd.DataFrame) -> pd.DataFrame:
    """Rows of tests whose estimate is a return and that ran."""
    on_returns = np.array([u == "return" for u in units(hypotheses)], dtype=bool)
    return hypotheses[on_returns & hypotheses["estimate"].notna().to_numpy()]
