"""Adjust the p-values of each family and say what every test means for its hypothesis."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.equivalence import verdict
from breachstudy.estimation.multiplicity import benjamini_hochberg, holm
from breachstudy.estimation.results import COLUMNS
from breachstudy.plan.context import NOT_RUN
from breachstudy.plan.deciding import P_VALUES, signed
from breachstudy.plan.records import Plan

__all__ = ["INCONCLUSIVE", "NOT_TESTABLE", "adjust_families", "hypothesis_table"]

INCONCLUSIVE, NOT_TESTABLE = "inconclusive", "not testable"


def _decisive(row: pd.Series) -> float:
    """The p-value of the inference that decides; a test that was not run stays in its family with
    p = 1."""
    if row["verdict"] == NOT_RUN:
        return 1.0
    found = row[P_VALUES[row["decided_by"]]] if pd.notna(row["decided_by"]) else None
    return 1.0 if found is None or pd.isna(found) else float(found)


def adjust_families(results: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Results with ``p_adjusted`` and ``verdict`` on every focus row that bears on a hypothesis.

    Confirmatory tests are one family (Holm); exploratory tests of hypotheses are another
    (Benjamini–Hochberg). The p-value of a test is that of ``decided_by``. A confirmatory test that
    could not be run counts with p = 1.
    """
    out = results.copy()
    focus = out["kind"].eq("focus") & out["hypothesis"].notna()
    for status, method in (("confirmatory", holm), ("exploratory", benjamini_hochberg)):
        has_p = out["decided_by"].notna() | out["verdict"].eq(NOT_RUN)
        rows = out.index[focus & out["status"].eq(status) & has_p]
        if len(rows):
            p = np.array([_decisive(out.loc[r]) for r in rows])
            out.loc[rows, "p_adjusted"] = method(p)
    for r in out.index[focus & out["status"].isin(["confirmatory", "exploratory"])]:
        row = out.loc[r]
        if row["verdict"] == NOT_RUN or pd.isna(row["std_error"]):
            continue
        smallest = row["smallest_effect"]
        found = verdict(
            float(row["estimate"]), float(row["std_error"]), float(row["df"]),
            smallest_effect=float(smallest) if pd.notna(smallest) else 1e-12,
            predicted_sign=signed(row["sign"]), alpha=plan.alpha,
            p_value=float(row["p_adjusted"]),
            p_equivalence=float(row["p_equivalence"]) if pd.notna(row["p_equivalence"]) else 1.0)
        out.loc[r, "verdict"] = found.verdict
    return out


def hypothesis_table(results: pd.DataFrame, plan: Plan,
                     asked: Collection[str] | None = None) -> pd.DataFrame:
    """One row a hypothesis (of those in ``asked``, or all) and test: claim, predicted sign, what
    moves per how much, estimate with its unit, interval, n, p, adjusted p, minimum detectable
    effect, verdict, and why where there is none."""
    rows: list[dict[str, Any]] = []
    own = results[results["kind"].eq("focus")].set_index("spec")
    for h in plan.hypotheses.values():
        if asked is not None and h.id not in asked:
            continue
        base = {"hypothesis": h.id, "claim": h.claim, "seed_sign": h.seed_sign, "family": h.family}
        if not h.tests:
            rows.append({**base, "test": None, "verdict": NOT_TESTABLE, "detail": h.not_testable})
        for test in h.tests:
            if test not in own.index:
                continue
            r = own.loc[test]
            rows.append({**base, "test": test, **{k: r[k] for k in (
                "question", "status", "sample", "outcome", "outcome_label", "term", "label", "per",
                "unit", "sign", "estimate", "std_error", "ci_lo", "ci_hi", "n", "n_clusters",
                "p_value", "p_bootstrap", "p_permutation", "p_adjusted", "p_step_down",
                "p_equivalence", "smallest_effect", "mde", "decided_by", "verdict", "detail")}})
    frame = pd.DataFrame(rows)
    for name in frame.columns:  # missing values leave columns untyped
        if COLUMNS.get(name, "str") != "str":
            frame[name] = pd.array([None if pd.isna(v) else v for v in frame[name]],
                                   dtype=COLUMNS[name])
    return frame
