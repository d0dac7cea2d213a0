"""Numbers and verdicts in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["answer", "days", "points", "sentence", "share"]


def points(value: Any, digits: int = 2) -> str:
    """A share as percentage points with a true minus sign."""
    if pd.isna(value):
        return "–"
    return f"{100 * float(value):+.{digits}f}".replace("-", "−")


def share(value: Any, digits: int = 0) -> str:
    """A share as a percentage."""
    return "–" if pd.isna(value) else f"{100 * float(value):.{digits}f}%".replace("-", "−")


def days(value: Any) -> str:
    """Days, whole where they are."""
    return "–" if pd.isna(value) else f"{float(value):g}"


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


def sentence(row: dict[str, Any]) -> str:
    """One plain sentence on a test: effect, interval, n, and what it could have found."""
    if pd.isna(row.get("estimate")):
        why = row.get("detail")
        return (f"{row['verdict'].capitalize()}: {why.rstrip('.')}." if isinstance(why, str)
                else f"{row['verdict'].capitalize()}.")
    n = f"{int(row['n']):,}"
    if row.get("smallest_effect") == 1.0:
        unit, effect = "points of satisfaction", f"{row['estimate']:+.2f}"
        lo, hi = f"{row['ci_lo']:+.2f}", f"{row['ci_hi']:+.2f}"
        mde = f"{row['mde']:.2f}"
    elif pd.isna(row.get("smallest_effect")):
        return (f"The share is {share(row['estimate'])} (95% interval {share(row['ci_lo'])} to "
                f"{share(row['ci_hi'])}, n = {n}).")
    else:
        unit, effect = "percentage points of return", points(row["estimate"])
        lo, hi = points(row["ci_lo"]), points(row["ci_hi"])
        mde = points(row["mde"]).lstrip("+")
    text = f"{effect} {unit} (95% interval {lo} to {hi}, n = {n})".replace("-", "−")
    if row["verdict"] == "inconclusive":
        text += f"; the test would have found {mde} with power 0.8"
    return text + "."
