"""Findings of the literature, re-keyed from a list of what pages state."""

from __future__ import annotations

import pandas as pd

__all__ = ["compile_findings", "shortened"]

WORDS = 8
SEED = {"supports": "support"}


def shortened(quote: str) -> str:
    """At most eight words of a quote, those round its first number where it has one."""
    words = quote.replace("…", " ").split()
    at = next((i for i, w in enumerate(words) if any(c.isdigit() for c in w)), 0)
    first = max(min(at - WORDS // 2, len(words) - WORDS), 0)
    return " ".join(words[first:first + WORDS])


def compile_findings(listed: pd.DataFrame) -> pd.DataFrame:
    """The table of findings. ``listed``: row_id, study, year, outcome, predictor, estimate, unit,
    sign, page_url, evidence_quote, stakeholder, hypothesis, seed_claim, source_kind."""
    rows = []
    for row in listed.itertuples(index=False):
        has = pd.notna(row.estimate) and row.unit != "direction"
        rows.append({
            "finding_id": row.row_id, "study": row.study,
            "year": int(row.year) if pd.notna(row.year) else None,
            "hypothesis": row.hypothesis, "stakeholder": row.stakeholder, "outcome": row.outcome,
            "predictor": row.predictor if isinstance(row.predictor, str) else None,
            "finding": f"{row.estimate:g} {row.unit}".strip() if has else "direction only",
            "sign": row.sign if isinstance(row.sign, str) else None,
            "seed_claim": SEED.get(row.seed_claim, row.seed_claim),
            "source_kind": row.source_kind, "url": row.page_url,
            "evidence": shortened(row.evidence_quote)})
    return pd.DataFrame(rows).sort_values("finding_id", ignore_index=True)
