"""What an effect is measured in, told once: from the codebook, the transformation and the plan.

Every row of the results carries the unit of its estimate, what moves (its label), per how much, and
what it acts on. Exhibits and report print these and guess nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from breachstudy.plan.designs import Origin
from breachstudy.plan.records import HeldTerm, Term
from breachstudy.plan.samples import known_column
from breachstudy.schema.codebook import Column, Table

__all__ = ["RETURNS", "effect_of", "measured", "measured_between", "unit_of"]

Row = dict[str, Any]
RETURNS = "share of value"
"""The codebook's unit of returns: 0.01 is one percentage point of the firm's value."""
LOGS = {"log1p": "log", "log10p1": "log10"}


def unit_of(codebook: Mapping[str, Table], table: str, column: str, transform: str = "none") -> str:
    """The unit of a column as it enters: the codebook's, in logarithms where it is logged."""
    found = known_column(codebook, table, column)
    unit = "" if found is None else found.unit or _plain(found)
    if transform in LOGS:
        return f"{LOGS[transform]} {unit or 'units'}"
    return "years" if transform == "year" else unit


def measured(codebook: Mapping[str, Table], table: str, column: str, transform: str = "none"
             ) -> Row:
    """``unit`` and ``outcome_label`` of an effect on a column."""
    return {"unit": unit_of(codebook, table, column, transform),
            "outcome_label": _label(codebook, table, column, transform)}


def measured_between(codebook: Mapping[str, Table], table: str, lo: str) -> Row:
    """``unit`` and ``outcome_label`` of an outcome known between ``lo`` and another column."""
    found = measured(codebook, table, lo)
    return {**found, "outcome_label": found["outcome_label"].removesuffix(", lower bound")}


def effect_of(origin: Origin, codebook: Mapping[str, Table], table: str,
              terms: Sequence[Term | HeldTerm]) -> Row:
    """``label`` and ``per`` of a coefficient: what moves, and by how much for one unit of it.

    ``per`` is SD (one standard deviation), "yes against no", "level against BASELINE", a unit, or
    those of the parts of a product joined by ×.
    """
    term, level = origin
    label = term.label or _label(codebook, table, term.column, term.transform)
    if term.kind == "product" and isinstance(term, Term):
        parts = {t.column: t for t in terms}
        label = term.label or " × ".join(
            parts[c].label or _label(codebook, table, c, "none") for c in term.of)
        per = " × ".join(_per(parts[c], codebook, table) for c in term.of)
        return {"label": label, "per": per}
    return {"label": f"{label}: {level}" if level else label,
            "per": f"level against {term.baseline}" if level else _per(term, codebook, table)}


def _per(term: Term | HeldTerm, codebook: Mapping[str, Table], table: str) -> str:
    if isinstance(term, Term) and term.standardise:
        return "SD"
    if term.kind == "factor":
        return "yes against no"
    return unit_of(codebook, table, term.column, term.transform) or "unit"


def _plain(column: Column) -> str:
    """Where a column has no unit of its own: what one step of it is."""
    return "yes against no" if column.type == "boolean" else ""


def _label(codebook: Mapping[str, Table], table: str, column: str, transform: str) -> str:
    found = known_column(codebook, table, column)
    label = column if found is None else found.label
    if transform in LOGS:
        return f"{label} ({LOGS[transform]})"
    return f"{label} (winsorised)" if transform == "winsor_1_99" else label
