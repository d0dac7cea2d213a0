"""The one schema of results: a row is one number with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from breachstudy.estimation.errors import EstimationError

__all__ = ["COLUMNS", "results_frame"]

COLUMNS: dict[str, str] = {
    "spec": "str",          # name of the specification in the plan
    "question": "str",      # what it asks, in the plan's words
    "status": "str",        # confirmatory, exploratory or descriptive
    "sample": "str",        # name of the sample in the plan
    "outcome": "str",       # column and transformation
    "outcome_label": "str",  # the same in words, from the codebook
    "kind": "str",          # coefficient, fit, focus (a test with its verdict), interval_median …
    "group": "str",         # variable of a grouping, or of a term
    "term": "str",          # level of the group, or the term itself
    "label": "str",         # what moves, in words: of the plan, else of the codebook
    "per": "str",           # by how much: SD, yes against no, a unit …
    "unit": "str",          # of estimate, error, interval, bounds, smallest effect and mde
    "sign": "str",          # + or -, predicted for the effect; empty where none is
    "estimate": "Float64",
    "std_error": "Float64",
    "statistic": "Float64",
    "p_value": "Float64",
    "ci_lo": "Float64",     # interval at the confidence level of the plan
    "ci_hi": "Float64",
    "bound_lo": "Float64",  # bounds from interval-valued data
    "bound_hi": "Float64",
    "n": "Int64",
    "n_dropped": "Int64",   # rows of the sample left out because a value is missing
    "covariance": "str",
    "plan_hash": "str",
    "hypothesis": "str",      # of the plan, if the row bears on one
    "family": "str",          # primary or secondary: what is adjusted together
    "n_clusters": "Int64",
    "df": "Float64",
    "p_bootstrap": "Float64",    # wild cluster bootstrap
    "p_permutation": "Float64",  # within strata
    "p_adjusted": "Float64",     # Holm in the primary family, Benjamini-Hochberg elsewhere
    "p_step_down": "Float64",    # Romano-Wolf, primary tests on investors
    "p_equivalence": "Float64",  # two one-sided tests against the smallest effect of interest
    "smallest_effect": "Float64",
    "mde": "Float64",            # minimum detectable effect at power 0.8, from the realised error
    "decided_by": "str",         # whose p-value decides: wild_bootstrap, permutation, model
    "verdict": "str",
    "detail": "str",             # why not run, or what else a reader must know
}


def results_frame(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with exactly :data:`COLUMNS`, typed and unrounded.

    Raises ValueError if a row holds a key outside the schema.
    """
    extra = sorted({k for row in rows for k in row} - set(COLUMNS))
    if extra:
        raise EstimationError(f"not in the schema of results: {', '.join(extra)}")
    return pd.DataFrame({
        name: pd.Series([row.get(name) for row in rows], dtype=dtype)
        for name, dtype in COLUMNS.items()
    })
