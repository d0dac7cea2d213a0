"""Checks that several kinds of specification share. Each fault begins with its key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from breachstudy.estimation.errors import NotEstimable
from breachstudy.plan.context import Tables
from breachstudy.plan.records import HeldTerm, Plan, Term
from breachstudy.schema.strict import close_to

__all__ = ["enough", "grid_faults", "no_check", "of_faults", "term_keys", "twice"]


def no_check(_: object, __: Plan) -> list[str]:
    """Nothing beyond names and levels, which are checked for every kind."""
    return []


def twice(key: str, values: Sequence[str]) -> list[str]:
    """Values that stand twice in a list."""
    return [f"{key}: {v!r} stands twice" for v in dict.fromkeys(values) if values.count(v) > 1]


def enough(n: int, plan: Plan) -> None:
    """Raises NotEstimable where a sample is below the plan's minimum."""
    if n < plan.min_n:
        raise NotEstimable(f"n = {n} is below the plan's minimum of {plan.min_n}")


def term_keys(terms: Sequence[Term | HeldTerm]) -> list[str]:
    """Keys of terms that would do nothing beside the others, and columns that stand twice."""
    out = twice("terms", [t.column for t in terms])
    for i, t in enumerate(terms, start=1):
        idle = {"continuous": ("baseline", "missing_as", "min_n", "of"),
                "factor": ("of",),
                "product": ("baseline", "missing_as", "min_n", "standardise", "negate",
                            "draws")}[t.kind]
        place = f"terms {i} ({t.column})"
        out += [f"{place}: {key} does nothing in a {t.kind} term; leave it out"
                for key in idle if key in t.model_fields_set]
        if t.kind != "continuous" and t.transform != "none":
            out.append(f"{place}: transform does nothing in a {t.kind} term; leave it out")
    return out


def of_faults(of: Sequence[str], plan: Plan) -> list[str]:
    """Regressions whose focus is asked about and that have none."""
    out = twice("of", of)
    out += [f"of: the regression {n!r} has no focus" for n in of
            if n in plan.regressions and not plan.regressions[n].focus]
    return out


def grid_faults(windows: Iterable[str], models: Iterable[str], tables: Tables) -> list[str]:
    """Windows and models that the table of abnormal returns over windows lacks."""
    cars = tables.frames.get("cars")
    if cars is None or cars.empty:
        return []
    out = []
    for key, asked in (("window", windows), ("model", models)):
        known = sorted(cars[key].unique())
        out += [f"{key}s: no {key} {v!r}{close_to(v, known)}; known: {', '.join(known)}"
                for v in asked if v not in known]
    return out
