"""Every number that a reader sees is written here: in tables, figures, captions, pages and prose.

A minus is a minus sign and what is missing is a dash. What an effect is measured in decides how it
is written (:data:`UNITS`); its size decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["DASH", "MINUS", "UNITS", "Unit", "amount", "between", "count", "days", "effect",
           "effect_interval", "interval", "margin", "number", "p_equals", "p_value", "percent",
           "plain", "points", "share", "sign_text", "size", "true_minus",
           "unit"]

MINUS, DASH = "−", "–"
P_LOWEST = 0.001
"""Below it a p-value is said to be smaller."""
Show = Callable[[Any], str]


def true_minus(text: str) -> str:
    """The text of one number, or of a sign, with a minus sign for its hyphen."""
    return text.replace("-", MINUS)


def number(value: Any, digits: int = 3, sign: bool = False) -> str:
    """A number to so many decimals; with ``sign`` a plus stands before what is above zero."""
    if pd.isna(value):
        return DASH
    return true_minus(f"{float(value):{'+' if sign else ''}.{digits}f}")


def plain(value: Any) -> str:
    """A number as short as it goes: 30, 2.5."""
    return DASH if pd.isna(value) else true_minus(f"{float(value):g}")


def count(value: Any) -> str:
    """A whole number with separators of thousands."""
    return DASH if pd.isna(value) else true_minus(f"{int(value):,}")


def share(value: Any, digits: int = 0) -> str:
    """A share, or a level such as 0.95, as percent without a plus."""
    return DASH if pd.isna(value) else f"{number(100 * float(value), digits)}%"


def percent(value: Any, digits: int = 2) -> str:
    """A return or a difference of shares as percent with its sign."""
    return DASH if pd.isna(value) else f"{number(100 * float(value), digits, sign=True)}%"


def points(value: Any, digits: int = 2, sign: bool = True) -> str:
    """The same in percentage points, to stand before a word that says so."""
    return DASH if pd.isna(value) else number(100 * float(value), digits, sign)


def p_value(value: Any) -> str:
    """A p-value for a cell: 0.032, or that it is below :data:`P_LOWEST`."""
    if pd.isna(value):
        return DASH
    return f"<{P_LOWEST:g}" if value < P_LOWEST else number(value)


def p_equals(value: Any) -> str:
    """A p-value within a sentence: p = 0.032, p < 0.001."""
    text = p_value(value)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def interval(lo: Any, hi: Any, show: Show = number) -> str:
    """Both ends of an interval; a dash if one is missing."""
    return DASH if pd.isna(lo) or pd.isna(hi) else f"{show(lo)} to {show(hi)}"


def between(lo: Any, hi: Any, show: Show = plain) -> str:
    """A value that is known to lie between two: one number where they are the same."""
    if pd.isna(lo) or pd.isna(hi):
        return DASH
    return show(lo) if lo == hi else interval(lo, hi, show)


def days(value: Any) -> str:
    """Days, whole where they are."""
    return plain(value)


def sign_text(value: Any) -> str:
    """A sign or a pair of them (+, −, 0, +/−) as it is printed."""
    return DASH if pd.isna(value) else true_minus(str(value))


@dataclass(frozen=True)
class Unit:
    """How an effect is written: ``cell`` where nothing stands beside it, ``bare`` before the
    ``words`` that name the unit, ``size`` for what has no sign; ``axis`` names a scale."""

    words: str
    axis: str
    cell: Show
    bare: Show
    size: Show


def _signed(digits: int) -> Show:
    return lambda v: number(v, digits, sign=True)


def _unsigned(digits: int) -> Show:
    return lambda v: number(v, digits)


UNITS: dict[str, Unit] = {
    "return": Unit("percentage points of return",
                   "Effect on the abnormal return (mean, per SD, or yes against no)",
                   percent, points, lambda v: points(v, sign=False)),
    "acsi": Unit("points of satisfaction", "Effect on satisfaction, points of 100",
                 _signed(2), _signed(2), _unsigned(2)),
    "reputation": Unit("points of reputation", "Effect on reputation, points of 100",
                       _signed(2), _signed(2), _unsigned(2)),
    "days": Unit("days", "Effect, days", _signed(1), _signed(1), _unsigned(1)),
    "log_days": Unit("in the logarithm of days", "Effect on the logarithm of days",
                     _signed(3), _signed(3), _unsigned(3)),
    "ratio": Unit("times", "Ratio", _unsigned(2), _unsigned(2), _unsigned(2)),
    "share": Unit("", "Share", share, share, share),
    "": Unit("", "Effect", _signed(3), _signed(3), _unsigned(3)),
}
"""Units of effects: how each is written."""


def unit(name: str) -> Unit:
    """How effects in a unit are written; one that is not in :data:`UNITS` follows its number in
    its own words."""
    return UNITS.get(name) or Unit(name, f"Effect, {name}", _signed(3), _signed(3), _unsigned(3))


def effect(value: Any, of: str) -> str:
    """An effect in the unit ``of`` where nothing stands beside it, as in a cell: −1.23%, +0.40."""
    return unit(of).cell(value)


def amount(value: Any, of: str) -> str:
    """An effect before the words of its unit: −1.23 (percentage points of return)."""
    return unit(of).bare(value)


def size(value: Any, of: str) -> str:
    """A size that has no sign, before the words of its unit: 0.98."""
    return unit(of).size(value)


def effect_interval(lo: Any, hi: Any, of: str) -> str:
    """Both ends of the interval of an effect, as :func:`effect` writes them."""
    return interval(lo, hi, unit(of).cell)


def margin(value: Any, of: str) -> str:
    """A margin on either side of zero: ±0.5 points of return, ±1 points of satisfaction."""
    if of == "return":
        return f"±{points(value, 1, sign=False)} points of return"
    if of == "share":
        return f"±{share(value)}"
    return f"±{plain(value)} {unit(of).words}".rstrip()
