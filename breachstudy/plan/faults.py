"""Faults of a plan against the tables it is to run on: all of them, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

import pandas as pd

from breachstudy.plan.records import (
    Aft,
    BunchingSpec,
    CurveSpec,
    DecaySpec,
    EffectSpec,
    MeanReturn,
    Regression,
    Robustness,
    StudyPlan,
    TurnbullSpec,
)
from breachstudy.response.indices import INDICES

__all__ = ["plan_faults", "regression_faults", "sample_faults", "variations"]

Frames = Mapping[str, pd.DataFrame]
LAG_FORMS = ("log", "winsor", "rank")
VERSIONS = ("baseline", "all_items", "complete", "irt", "component", "centred", "found_counts",
            "absent_as_zero")


def plan_faults(plan: StudyPlan, frames: Frames, late: Set[str], names: Set[str]) -> list[str]:
    """Every table, column, window, model and version that ``names`` ask for and ``frames`` lack,
    and every regressor that is known only after its outcome. Empty if all can run."""
    out: list[str] = []
    for section in plan.sections:
        for spec in plan.of(section):
            if getattr(spec, "name", None) in names:
                out += _spec_faults(spec, plan, frames, late)
    return list(dict.fromkeys(out))


def _spec_faults(spec: Any, plan: StudyPlan, frames: Frames, late: Set[str]) -> list[str]:
    if isinstance(spec, Regression):
        return regression_faults(spec, plan, frames, late)
    if isinstance(spec, Robustness):
        return [f for varied in variations(spec, plan)
                for f in regression_faults(varied, plan, frames, late)]
    if isinstance(spec, CurveSpec):
        faults = [f for s in spec.samples for f in sample_faults(s, plan, frames)]
        return faults + _curve_faults(spec, frames)
    if isinstance(spec, MeanReturn):
        used = [spec.column] if spec.column else []
        return [*_absent(spec.name, spec.sample, used, plan, frames),
                *_grid_faults(spec.name, spec.windows, spec.models, frames)]
    if isinstance(spec, EffectSpec):
        terms = plan.controls[spec.controls].terms
        used = [spec.outcome, spec.treatment, *(t.column for t in terms)]
        return _absent(spec.name, spec.sample, used, plan, frames)
    if isinstance(spec, Aft):
        used = [spec.lo, spec.hi, *(t.column for t in spec.terms)]
        return _absent(spec.name, spec.sample, used, plan, frames)
    if isinstance(spec, TurnbullSpec):
        used = [spec.lo, spec.hi, *([spec.by] if spec.by else [])]
        return _absent(spec.name, spec.sample, used, plan, frames)
    if isinstance(spec, BunchingSpec):
        return _absent(spec.name, spec.sample, [spec.column], plan, frames)
    if isinstance(spec, DecaySpec):
        return sample_faults(spec.sample, plan, frames)
    return []


def variations(spec: Robustness, plan: StudyPlan) -> list[Regression]:
    """The regressions that a set of variations stands for, named ``regression/variation``."""
    out = []
    for change in spec.vary:
        values = {k: v for k, v in change.items() if k not in ("name", "of")}
        if values.get("covariance", "cluster") != "cluster":
            values["cluster"] = ()
        for name in change.get("of", spec.of):
            varied = replace(plan.regressions[name], **values, status=spec.status, inference=(),
                             name=f"{name}/{change['name']}", question=spec.question)
            if spec.status == "negative_control":
                varied = replace(varied, sesoi="")
            out.append(varied)
    return out


def regression_faults(spec: Regression, plan: StudyPlan, frames: Frames, late: Set[str]
                      ) -> list[str]:
    """Columns that are not there, terms that look ahead, factors that cannot be what they are
    asked to be."""
    terms = (*spec.terms, *plan.controls[spec.controls].terms)
    used = [t.column for t in terms if t.kind != "product"]
    used += [spec.outcome, *spec.cluster, *spec.permute_within]
    if "wild_bootstrap" in spec.inference:
        used.append(plan.bootstrap_cluster)
    out = _absent(spec.name, spec.sample, used, plan, frames)
    if out:
        return out
    if not spec.look_ahead_reason:
        out += [f"{spec.name}: {t.column} is known only after disclosure and cannot explain an "
                "earlier outcome; date the outcome after it and say so in look_ahead_reason"
                for t in terms if t.kind != "product" and t.column in late]
    frame = frames[plan.samples[spec.sample].table]
    levels = {t.column for t in spec.terms
              if t.kind == "factor" and str(frame[t.column].dtype) != "boolean"}
    if spec.focus in levels:
        out.append(f"{spec.name}: the focus {spec.focus} is a factor of several levels; make it a "
                   "column of yes and no")
    out += [f"{spec.name}: {c} is a factor of several levels and cannot enter the product "
            f"{t.column}" for t in spec.terms if t.kind == "product" for c in t.of if c in levels]
    out += [f"{spec.name}: {t.column} is yes or no and counts as yes; its baseline is False"
            for t in spec.terms if t.kind == "factor" and t.column not in levels
            and t.baseline not in (None, "False")]
    out += [f"{spec.name}: {t.column} is a factor of several levels; give its baseline"
            for t in spec.terms if t.column in levels and t.baseline is None]
    return out


def sample_faults(name: str, plan: StudyPlan, frames: Frames) -> list[str]:
    """A sample's table or columns that are not there."""
    sample = plan.samples[name]
    if sample.table not in frames:
        return [f"sample {name}: no table {sample.table!r}; known: {', '.join(frames)}"]
    columns = frames[sample.table].columns
    return [f"sample {name}: the table {sample.table!r} has no column {c.column!r}"
            for c in sample.where if c.column not in columns]


def _absent(spec: str, sample: str, used: list[str], plan: StudyPlan, frames: Frames
            ) -> list[str]:
    faults = sample_faults(sample, plan, frames)
    if plan.samples[sample].table not in frames:
        return faults
    columns = frames[plan.samples[sample].table].columns
    return faults + [f"{spec}: the sample {sample!r} has no column {c!r}"
                     for c in dict.fromkeys(used) if c not in columns]


def _grid_faults(spec: str, windows: tuple[str, ...], models: tuple[str, ...], frames: Frames
                 ) -> list[str]:
    """Windows and models that the table of abnormal returns over windows lacks."""
    cars = frames.get("cars")
    if cars is None or cars.empty:
        return []
    out = []
    for kind, asked, column in (("window", windows, "window"), ("model", models, "model")):
        known = sorted(cars[column].unique())
        out += [f"{spec}: no {kind} {v!r}; known: {', '.join(known)}"
                for v in asked if v not in known]
    return out


def _curve_faults(spec: CurveSpec, frames: Frames) -> list[str]:
    out = _grid_faults(spec.name, spec.windows, spec.models, frames)
    for name in spec.treatments:
        kind, _, version = name.partition(":")
        if kind == "lag":
            days = version.removeprefix("over_")
            if version not in LAG_FORMS and not (version.startswith("over_") and days.isdigit()):
                out.append(f"{spec.name}: {name}: a lag is {', '.join(LAG_FORMS)} or over_DAYS")
        elif kind not in INDICES or not (version in VERSIONS or version.startswith("without_")):
            out.append(f"{spec.name}: no treatment {name!r}; give an index ({', '.join(INDICES)}) "
                       f"and a version ({', '.join(VERSIONS)}, without_ITEM), or lag")
    return out
