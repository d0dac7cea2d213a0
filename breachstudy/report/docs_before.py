"""The part of docs/decisions.md that sets the results before the mending of facts beside ours."""

from __future__ import annotations

import pandas as pd

from breachstudy.exhibits.numbers import DASH, count, effect, effect_interval
from breachstudy.exhibits.tables import pipe_table
from breachstudy.exhibits.units import unit_of

__all__ = ["before_and_after"]


def before_and_after(before: pd.DataFrame, hypotheses: pd.DataFrame) -> str:
    """A row a test: effect, interval, n and verdict in ``before`` (test, estimate, ci_lo, ci_hi, n,
    verdict) and in the stored ``hypotheses``."""
    now = hypotheses[hypotheses["test"].notna()].set_index("test")
    rows = []
    for old in before.to_dict("records"):
        if old["test"] not in now.index:
            continue
        new = now.loc[old["test"]].to_dict()
        unit = unit_of(new)
        rows.append((new["hypothesis"], new["question"], *_told(old, unit), *_told(new, unit)))
    return pipe_table(("", "test", "before", "n", "verdict", "now", "n", "verdict"), rows,
                      "llrrlrrl")


def _told(row: dict[str, object], unit: str) -> tuple[str, str, str]:
    verdict = str(row["verdict"]).replace("_", " ")
    if pd.isna(row["estimate"]):
        return DASH, count(row["n"]), verdict
    return (f"{effect(row['estimate'], unit)} "
            f"[{effect_interval(row['ci_lo'], row['ci_hi'], unit)}]", count(row["n"]), verdict)
