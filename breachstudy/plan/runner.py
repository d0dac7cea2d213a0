"""Run the whole plan of the study on the built dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.bootstrap import TooFewClustersError, wild_cluster_bootstrap
from breachstudy.estimation.multiplicity import romano_wolf
from breachstudy.estimation.parallel import run_tasks
from breachstudy.estimation.results import results_frame
from breachstudy.estimation.specs import PlanError
from breachstudy.eventstudy import EventStudyResult
from breachstudy.plan.checks import (
    run_coding_error,
    run_influence,
    run_robustness,
    run_sensitivity,
)
from breachstudy.plan.curves import run_curve
from breachstudy.plan.derived import derived_frames
from breachstudy.plan.designs import lag_draws
from breachstudy.plan.effects import balance_rows, run_effect
from breachstudy.plan.faults import plan_faults
from breachstudy.plan.lags import run_aft, run_bunching, run_turnbull
from breachstudy.plan.means import caar_paths, run_decay, run_mean
from breachstudy.plan.records import StudyPlan
from breachstudy.plan.regressions import Context, firms_of, prepare, run_regression
from breachstudy.plan.verdicts import adjust_families, hypothesis_table
from breachstudy.schema.canonical import canonical
from breachstudy.schema.codebook import tables
from breachstudy.schema.coding_book import book

__all__ = ["StudyResults", "companions", "late_columns", "run_study", "selected"]

Row = dict[str, Any]
PATH = (-10, 30)
PATH_SAMPLE = "page_dated"


@dataclass(frozen=True)
class StudyResults:
    """``results``: one tidy row a number. ``hypotheses``: a row a hypothesis and test. ``curves``:
    specification curves. ``lag_curves``: Turnbull curves. ``deadlines``: counts round deadlines.
    ``paths``: cumulative average abnormal returns. ``balance``: covariates before and after
    weighting. ``bands`` and ``surfaces``: what figures draw beyond these
    (:mod:`breachstudy.plan.derived`). Frames of what did not run are empty. Numbers are canonical
    (:mod:`breachstudy.schema.canonical`)."""

    results: pd.DataFrame
    hypotheses: pd.DataFrame
    curves: pd.DataFrame
    lag_curves: pd.DataFrame
    deadlines: pd.DataFrame
    paths: pd.DataFrame
    balance: pd.DataFrame
    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    surfaces: pd.DataFrame = field(default_factory=pd.DataFrame)


def late_columns() -> frozenset[str]:
    """Columns of the events that are known only after disclosure."""
    return frozenset(c.name for c in tables("processed")["events"].columns
                     if c.available == "after")


def selected(plan: StudyPlan, only: Sequence[str] | None, outcome: str | None) -> set[str]:
    """Names of what runs: ``only`` holds names or hypotheses, ``outcome`` a column.

    Raises :class:`PlanError` for a name that the plan does not hold.
    """
    names = set(plan.names)
    if only is not None:
        unknown = [n for n in only if n not in names and n not in plan.hypotheses]
        if unknown:
            raise PlanError([f"no specification or hypothesis {n!r}; known: "
                             f"{', '.join([*plan.hypotheses, *plan.names])}" for n in unknown])
        wanted = {n for n in only if n in names}
        for h in (plan.hypotheses[n] for n in only if n in plan.hypotheses):
            wanted |= set(h.tests)
            wanted |= {s.name for k in ("linear", "treatment_effect", "spec_curve", "decay")
                       for s in plan.of(k) if s.hypothesis == h.id}
        names = wanted
    if outcome is not None:
        names = {s.name for s in plan.of("linear") if s.outcome == outcome and s.name in names}
        if not names:
            raise PlanError([f"no regression of the plan has the outcome {outcome!r}"])
    return names


def run_study(plan: StudyPlan, frames: Mapping[str, pd.DataFrame],
              studies: Callable[[], Mapping[str, EventStudyResult]],
              only: Sequence[str] | None = None, outcome: str | None = None,
              progress: Callable[[str], None] = lambda _: None) -> StudyResults:
    """Run the plan, or what ``only`` and ``outcome`` select.

    ``frames`` are the built tables by name; ``studies`` gives the event studies by model, and is
    called only if means are asked for. Regressions go through
    :func:`breachstudy.estimation.parallel.run_tasks`. p-values are adjusted over whole families,
    also when a part of one is asked for. Raises :class:`PlanError` with every fault of the plan
    against these tables; what cannot be estimated gives a row that says why.
    """
    asked = selected(plan, only, outcome)
    names = asked | companions(plan, asked)
    faults = plan_faults(plan, frames, late_columns(), names)
    if faults:
        raise PlanError(faults)
    events = frames["events"]
    drawn = lag_draws(events, plan.draws, plan.seed)
    context = Context(plan, frames, drawn, late_columns())
    rows: list[Row] = []
    lag_curves, deadlines, curves = [], [], []

    def chosen(section: str) -> list[Any]:
        found = [s for s in plan.of(section) if s.name in names]
        if found:
            progress(f"{section}: {len(found)} …")
        return found

    for spec in chosen("turnbull"):
        own, curve = run_turnbull(spec, context)
        rows += own
        lag_curves.append(curve)
    for spec in chosen("aft"):
        rows += run_aft(spec, context)
    for spec in chosen("bunching"):
        own, curve = run_bunching(spec, context)
        rows += own
        deadlines.append(curve)
    means = chosen("mean_return")
    found = studies() if any(not s.column for s in means) else {}
    for spec in means:
        rows += run_mean(spec, context, found)
    for part in run_tasks(run_regression, [(s, context) for s in chosen("linear")]):
        rows += part
    for spec in chosen("decay"):
        rows += run_decay(spec, context)
    for spec in chosen("robustness"):
        rows += run_robustness(spec, context)
    effects = chosen("treatment_effect")
    for spec in effects:
        rows += run_effect(spec, context)
    for spec in chosen("sensitivity"):
        rows += run_sensitivity(spec, context)
    for spec in chosen("influence"):
        rows += run_influence(spec, context)
    for spec in chosen("coding_error"):
        rows += run_coding_error(spec, context, book())
    for spec in chosen("spec_curve"):
        own, curve = run_curve(spec, context)
        rows += own
        curves.append(curve)
    # Verdicts are given on the stored numbers: a digit that is not stored must not decide one.
    results = canonical(results_frame([{**r, "plan_hash": plan.hash} for r in rows]))
    results = canonical(adjust_families(_step_down(results, context), plan))
    results = results[~results["spec"].isin(names - asked)].reset_index(drop=True)
    whole = only is None and outcome is None
    bearing = None if whole else {h.id for h in plan.of("hypothesis")
                                  if asked & set(h.tests) or h.id in (only or ())}
    paths = (canonical(caar_paths(context, PATH_SAMPLE, _splits(events), *PATH))
             if whole and PATH_SAMPLE in plan.samples else pd.DataFrame())
    drawn_from = derived_frames(results, paths, context) if whole else None
    return StudyResults(
        results, hypothesis_table(results, plan, bearing),
        *(canonical(frame) for frame in (
            _joined(curves), _joined(lag_curves), _joined(deadlines), paths,
            _joined([balance_rows(s, context) for s in effects]))),
        *((drawn_from.bands, drawn_from.surfaces) if drawn_from else ()))


def companions(plan: StudyPlan, names: Set[str]) -> set[str]:
    """The tests that share a family with those in ``names``: an adjusted p-value is that of the
    whole family, whatever part of it is asked for."""
    tests = {t for h in plan.of("hypothesis") for t in h.tests}
    family = [s for section in ("linear", "mean_return") for s in plan.of(section)
              if s.name in tests or (section == "linear" and s.hypothesis and s.focus)]
    asked = {s.status for s in family if s.name in names}
    return {s.name for s in family if s.status in asked} - set(names)


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    kept = [p for p in parts if len(p)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()


def _splits(events: pd.DataFrame) -> dict[str, pd.Series]:
    """Groups of the paths: by speed, candour, who was first, timing. Training cases are out."""
    own = events[~events["is_training"].fillna(False).astype(bool)].set_index("event_id")
    candour = own["candour"].astype(float)
    thirds = pd.Series(None, index=own.index, dtype="object")
    if candour.notna().sum() >= 3:
        low, high = np.nanquantile(candour, [1 / 3, 2 / 3])
        thirds = pd.Series(np.select([candour <= low, candour > high], ["low", "high"], "middle"),
                           index=own.index).where(candour.notna())

    def named(column: str, yes: str, no: str) -> pd.Series:
        return own[column].map({True: yes, False: no})

    return {"speed": named("is_fast", "within 30 days", "later"), "candour": thirds,
            "first": named("is_self_disclosed", "by the firm", "outed"),
            "timing": named("e7_burying", "when few look", "other days")}


def _step_down(results: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Romano–Wolf p-values of the primary tests on investors that share a sample.

    The tests are refitted on the rows that none of them misses, so that the wild bootstraps share
    their clusters and draws.
    """
    out = results.copy()
    plan = context.plan
    primary = out[out["kind"].eq("focus") & out["status"].eq("confirmatory")
                  & out["p_bootstrap"].notna()]
    specs = [plan.regressions[s] for s in primary["spec"]]
    for sample in dict.fromkeys(s.sample for s in specs):
        own = [s for s in specs if s.sample == sample]
        if len(own) < 2:
            continue
        made = [prepare(s, context) for s in own]
        shared = made[0].y.index
        for m in made[1:]:
            shared = shared.intersection(m.y.index)
        firms = firms_of(shared, sample, context)
        try:
            boots = [wild_cluster_bootstrap(m.y[shared], m.x.loc[shared], m.focus, firms,
                                            draws=plan.bootstrap_draws, seed=plan.seed,
                                            confidence=None) for m in made]
        except (TooFewClustersError, ValueError):
            continue
        p = romano_wolf([b.statistic for b in boots],
                        np.column_stack([b.t_draws for b in boots]),
                        is_exact=boots[0].is_enumerated)
        for spec, value in zip(own, p, strict=True):
            out.loc[out["kind"].eq("focus") & out["spec"].eq(spec.name), "p_step_down"] = value
    return out
