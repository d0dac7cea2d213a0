"""Faults of a plan against the tables it is to run on: all of them, before anything runs."""

from __future__ import annotations

from collections.abc import Set

from breachstudy.plan.context import Tables
from breachstudy.plan.records import Plan
from breachstudy.plan.registry import KINDS
from breachstudy.plan.samples import Frames, located
from breachstudy.schema.codebook import tables
from breachstudy.schema.strict import close_to

__all__ = ["known_tables", "plan_faults"]


def known_tables(frames: Frames) -> Tables:
    """Tables with what the codebook says of them."""
    codebook = tables("processed")
    late = frozenset(c.name for c in codebook["events"].columns if c.available == "after")
    return Tables(frames, codebook, late)


def plan_faults(plan: Plan, given: Tables, names: Set[str]) -> list[str]:
    """Every table, column, window, model and version that ``names`` ask for and the tables lack,
    values that no row can have, and every regressor that is known only after its outcome. Empty if
    all can run."""
    out: list[str] = []
    for kind in KINDS.values():
        for spec in plan.of(kind.name):
            if spec.name not in names:
                continue
            place = f"{plan.file}, [[{kind.name}]] {spec.name}: "
            absent = [t for t in kind.needs if t not in given.frames]
            found = [f"needs the table {t!r}{close_to(t, given.frames)}; known: "
                     f"{', '.join(given.frames)}" for t in absent]
            found += [] if absent else kind.faults(spec, plan, given)
            out += located(place, found, plan)
    return list(dict.fromkeys(out))
