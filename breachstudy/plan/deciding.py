"""Which p-value decides a test, and which sign was predicted for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.plan.records import Plan

__all__ = ["P_VALUES", "decided_by", "sign_text", "signed"]

P_VALUES = {"wild_bootstrap": "p_bootstrap", "permutation": "p_permutation", "model": "p_value"}
"""The column of each level of ``primary_inference``."""


def decided_by(row: Mapping[str, Any], plan: Plan) -> str:
    """The plan's ``primary_inference`` where the test has it, else the model's own p-value (an
    exploratory test need not ask for it; the bootstrap may be refused, and ``detail`` says so)."""
    found = row.get(P_VALUES[plan.primary_inference])
    return "model" if found is None or pd.isna(found) else plan.primary_inference


def sign_text(predicted: str) -> str | None:
    """+ or −, or None where a claim is not about a sign."""
    return predicted if predicted in ("+", "-") else None


def signed(sign: object) -> int:
    """+1, −1, or 0 where no sign was predicted."""
    return {"+": 1, "-": -1}.get(str(sign), 0)
