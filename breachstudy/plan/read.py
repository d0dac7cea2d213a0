"""Read the plan of the study: every section of study.toml as frozen records.

Every fault of a plan is reported at once, with the place and the remedy.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from breachstudy.estimation.specs import Condition, PlanError, Sample
from breachstudy.plan.plan_checks import OPERATORS, check_plan
from breachstudy.plan.records import SECTIONS, ControlSet, StudyPlan, StudyTerm

__all__ = ["StudyPlan", "read_study_plan"]

TOP = ("title", "confidence", "alpha", "draws", "seed", "min_n", "primary_inference",
       "bootstrap_cluster", "bootstrap_draws", "sesoi", "sample", *SECTIONS)


def read_study_plan(text: str) -> StudyPlan:
    """Parse a plan of the study. Raises :class:`PlanError` that lists every fault."""
    faults: list[str] = []
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError([f"not valid TOML: {error}"]) from None
    faults += [f"unknown section or key {k!r}; known: {', '.join(TOP)}"
               for k in data if k not in TOP]
    samples = {}
    for i, given in enumerate(data.get("sample", [])):
        where = f"sample {given.get('name', i + 1)}"
        conditions = tuple(_record(Condition, c, f"{where}, where {j}", faults)
                           for j, c in enumerate(given.get("where", []), start=1))
        faults += [f"{where}: operator {c.op!r}; use one of {', '.join(OPERATORS)}"
                   for c in conditions if c is not None and c.op not in OPERATORS]
        made = _record(Sample, {**given, "where": conditions}, where, faults)
        if made is not None:
            samples[made.name] = made
    sections = {name: tuple(r for r in (
        _section(cls, given, f"{name} {given.get('name', given.get('id', i + 1))}", faults)
        for i, given in enumerate(data.get(name, []))) if r is not None)
        for name, cls in SECTIONS.items()}
    if all(c.name != "none" for c in sections["control_set"]):
        sections["control_set"] += (ControlSet("none", ()),)
    plan = StudyPlan(
        title=data.get("title", ""), confidence=float(data.get("confidence", 0.95)),
        alpha=float(data.get("alpha", 0.05)), draws=int(data.get("draws", 50)),
        seed=int(data.get("seed", 0)), min_n=int(data.get("min_n", 30)),
        primary_inference=data.get("primary_inference", "covariance"),
        bootstrap_cluster=data.get("bootstrap_cluster", "firm_id"),
        bootstrap_draws=int(data.get("bootstrap_draws", 9999)),
        sesoi=data.get("sesoi", {}), samples=samples, sections=sections,
        hash=hashlib.sha256(text.encode()).hexdigest())
    faults += check_plan(plan)
    if faults:
        raise PlanError(faults)
    return plan


def _record(cls: type, given: Mapping[str, Any], where: str, faults: list[str]) -> Any:
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(given) - known)
    if unknown:
        faults.append(f"{where}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v
                      for k, v in given.items() if k in known})
    except TypeError as error:
        faults.append(f"{where}: {error}".replace(f"{cls.__name__}.__init__() ", ""))
        return None


def _section(cls: type, given: Mapping[str, Any], where: str, faults: list[str]) -> Any:
    if "terms" in given:
        terms = [_record(StudyTerm, t, f"{where}, term {j}", faults)
                 for j, t in enumerate(given["terms"], start=1)]
        given = {**given, "terms": [t for t in terms if t is not None]}
    return _record(cls, given, where, faults)
