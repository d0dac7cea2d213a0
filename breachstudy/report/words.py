"""Verdicts and tests in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.numbers import amount, count, interval, plain, size
from breachstudy.exhibits.numbers import unit as named
from breachstudy.exhibits.units import unit_of

__all__ = ["answer", "sentence"]

ANSWERS = {
    "supported": "Yes, as far as association goes",
    "contrary": "No: the association has the opposite sign",
    "too_small_to_matter": "Too small to matter",
    "inconclusive": "Not known: the data cannot tell",
    "not run": "Not known: too few events",
    "not testable": "Not testable with these data",
}


def answer(verdict: Any) -> str:
    """The short answer that a verdict gives."""
    return ANSWERS.get(str(verdict), str(verdict))


def sentence(row: dict[str, Any], levels: Levels) -> str:
    """One plain sentence on a test: effect, interval, n, and what it could have found."""
    if pd.isna(row.get("estimate")):
        why = row.get("detail")
        return (f"{row['verdict'].capitalize()}: {why.rstrip('.')}." if isinstance(why, str)
                else f"{row['verdict'].capitalize()}.")
    unit = unit_of(row)
    ends = interval(row["ci_lo"], row["ci_hi"], named(unit).bare)
    effect = amount(row["estimate"], unit)
    inside = f"({levels.interval} interval {ends}, n = {count(row['n'])})"
    if unit == "share":
        return f"The share is {effect} {inside}."
    text = " ".join(filter(None, (effect, named(unit).words, inside)))
    if row["verdict"] == "inconclusive" and pd.notna(row.get("mde")):
        text += f"; the test would have found {size(row['mde'], unit)} with power "
        text += plain(levels.power)
    return text + "."
