"""Faults of a plan that can be told without the tables: names, kinds, families, grids."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from breachstudy.plan.records import (
    SECTIONS,
    Aft,
    CodingError,
    ControlSet,
    CurveSpec,
    EffectSpec,
    InfluenceSpec,
    MeanReturn,
    Regression,
    Robustness,
    SensitivitySpec,
    StudyPlan,
    StudyTerm,
)

__all__ = ["OPERATORS", "check_plan"]

STATUSES = ("confirmatory", "exploratory", "descriptive", "negative_control", "robustness")
TRANSFORMS = ("none", "log1p", "log10p1", "winsor_1_99")
HELD_TRANSFORMS = ("none", "log1p", "log10p1", "year")
HELD_KINDS = ("continuous", "factor")
"""Of controls, which enter as they are."""
COVARIANCES = ("HC0", "HC1", "HC2", "HC3", "cluster")
ESTIMATORS = ("difference", "entropy_balance", "ipw", "overlap", "aipw", "matching")
OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "present", "missing")


def check_plan(plan: StudyPlan) -> list[str]:
    """Every fault, with its place and the remedy; empty if there is none."""
    faults: list[str] = []
    seen: set[str] = set()
    for name in plan.names:
        if name in seen:
            faults.append(f"{name}: the name stands twice")
        seen.add(name)
    for h in plan.of("hypothesis"):
        faults += [f"hypothesis {h.id}: no test {t!r}" for t in h.tests if t not in seen]
        if not h.tests and not h.not_testable:
            faults.append(f"hypothesis {h.id}: has no test; say why in not_testable")
        if h.family not in ("primary", "secondary"):
            faults.append(f"hypothesis {h.id}: family {h.family!r}; use primary or secondary")
    for section in SECTIONS:
        for spec in plan.of(section):
            faults += [f"{getattr(spec, 'name', '')}: {f}" for f in _faults(spec, plan)]
    return faults


def _faults(spec: Any, plan: StudyPlan) -> list[str]:
    out = []
    sample = getattr(spec, "sample", None)
    if isinstance(sample, str) and sample not in plan.samples:
        out.append(f"no sample {sample!r}; known: {', '.join(plan.samples)}")
    if getattr(spec, "status", "exploratory") not in STATUSES:
        out.append(f"status {spec.status!r}; use one of {', '.join(STATUSES)}")
    hypothesis = getattr(spec, "hypothesis", "")
    if hypothesis and hypothesis not in plan.hypotheses:
        out.append(f"no hypothesis {hypothesis!r}")
    if getattr(spec, "sesoi", "") and spec.sesoi not in plan.sesoi:
        out.append(f"no smallest effect {spec.sesoi!r} in [sesoi]")
    controls = getattr(spec, "controls", None)
    for name in [controls] if isinstance(controls, str) else controls or ():
        if name not in plan.controls:
            out.append(f"no control set {name!r}; known: {', '.join(plan.controls)}")
    if isinstance(spec, Regression):
        out += _regression_faults(spec)
    if isinstance(spec, (ControlSet, Aft)):
        out += [f for t in spec.terms for f in _term_faults(t, HELD_TRANSFORMS, HELD_KINDS)]
    if isinstance(spec, MeanReturn):
        out += _mean_faults(spec)
    if isinstance(spec, CurveSpec):
        out += [f"no sample {s!r}" for s in spec.samples if s not in plan.samples]
    if isinstance(spec, (Robustness, SensitivitySpec, InfluenceSpec, CodingError)):
        out += [f"no regression {n!r}" for n in spec.of if n not in plan.regressions]
    if isinstance(spec, Robustness):
        out += _variation_faults(spec, plan)
    if isinstance(spec, EffectSpec):
        out += [f"estimator {e!r}; use {', '.join(ESTIMATORS)}"
                for e in spec.estimators if e not in ESTIMATORS]
    return out


def _mean_faults(spec: MeanReturn) -> list[str]:
    if spec.column:
        return []
    if not {"window", "model"} <= set(spec.focus):
        return ["give a column, or windows, models and a focus with window and model"]
    return [f"focus: {key} {spec.focus[key]!r} is not among its {key}s ({', '.join(given)})"
            for key, given in (("window", spec.windows), ("model", spec.models))
            if spec.focus[key] not in given]


def _variation_faults(spec: Robustness, plan: StudyPlan) -> list[str]:
    """Variations that name what no regression has: they would otherwise change nothing."""
    known = {f.name for f in fields(Regression)} | {"of"}
    out = []
    for change in spec.vary:
        where = f"variation {change.get('name', '?')}"
        out += [f"{where}: unknown {k!r}" for k in change if k not in known]
        out += [] if "name" in change else [f"{where}: has no name"]
        out += [f"{where}: no regression {n!r}"
                for n in change.get("of", ()) if n not in plan.regressions]
        for key, held in (("sample", plan.samples), ("controls", plan.controls)):
            if key in change and change[key] not in held:
                out.append(f"{where}: no {key} {change[key]!r}; known: {', '.join(held)}")
    return out


def _regression_faults(spec: Regression) -> list[str]:
    columns = {t.column for t in spec.terms}
    out = []
    if spec.focus and spec.focus not in columns:
        out.append(f"focus {spec.focus!r} is not among its terms ({', '.join(columns)})")
    if spec.covariance not in COVARIANCES:
        out.append(f"covariance {spec.covariance!r}; use one of {', '.join(COVARIANCES)}")
    if spec.covariance == "cluster" and not 1 <= len(spec.cluster) <= 2:
        out.append("covariance cluster needs one or two columns in cluster")
    if spec.estimator not in ("mean", "median"):
        out.append(f"estimator {spec.estimator!r}; use mean or median")
    if spec.outcome_transform not in TRANSFORMS:
        out.append(f"outcome_transform {spec.outcome_transform!r}; use one of "
                   f"{', '.join(TRANSFORMS)}")
    for term in spec.terms:
        out += _term_faults(term, TRANSFORMS, (*HELD_KINDS, "product"))
        if term.kind == "product":
            out += [f"term {term.column}: {c!r} is not among the terms"
                    for c in term.of if c not in columns]
            out += [] if term.of else [f"term {term.column}: a product needs its terms in of"]
    return out


def _term_faults(term: StudyTerm, transforms: tuple[str, ...], kinds: tuple[str, ...]
                 ) -> list[str]:
    out = []
    if term.transform not in transforms:
        out.append(f"term {term.column}: transform {term.transform!r}; use one of "
                   f"{', '.join(transforms)}")
    if term.kind not in kinds:
        out.append(f"term {term.column}: kind {term.kind!r}; use {', '.join(kinds)}")
    return out
