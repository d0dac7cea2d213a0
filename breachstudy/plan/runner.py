"""Run a plan on the built dataset: a loop over the registry of kinds."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from breachstudy.errors import PlanError
from breachstudy.estimation.parallel import run_tasks
from breachstudy.estimation.results import results_frame
from breachstudy.plan.context import Context, Kind, Output, Studies
from breachstudy.plan.derived import derived_frames
from breachstudy.plan.designs import lag_draws
from breachstudy.plan.faults import known_tables, plan_faults
from breachstudy.plan.paths import caar_paths, splits
from breachstudy.plan.records import Plan
from breachstudy.plan.registry import KINDS
from breachstudy.plan.samples import Frames
from breachstudy.plan.step_down import step_down
from breachstudy.plan.verdicts import adjust_families, hypothesis_table
from breachstudy.schema.canonical import canonical
from breachstudy.schema.strict import close_to

__all__ = ["StudyResults", "companions", "run_study", "selected"]

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


def selected(plan: Plan, only: Sequence[str] | None, outcome: str | None) -> set[str]:
    """Names of what runs: ``only`` holds names or hypotheses, ``outcome`` a column.

    Raises :class:`PlanError` for a name that the plan does not hold.
    """
    names = set(plan.names)
    if only is not None:
        known = [*plan.hypotheses, *plan.names]
        unknown = [n for n in only if n not in known]
        if unknown:
            raise PlanError([f"no specification or hypothesis {n!r}{close_to(n, known)}; known: "
                             f"{', '.join(known)}" for n in unknown])
        wanted = {n for n in only if n in names}
        for h in (plan.hypotheses[n] for n in only if n in plan.hypotheses):
            wanted |= set(h.tests) | {s.name for kind in KINDS for s in plan.of(kind)
                                      if getattr(s, "hypothesis", None) == h.id}
        names = wanted
    if outcome is not None:
        names = {s.name for s in plan.of("linear") if s.outcome == outcome and s.name in names}
        if not names:
            raise PlanError([f"no regression of the plan has the outcome {outcome!r}"])
    return names


def run_study(plan: Plan, frames: Frames, studies: Studies, only: Sequence[str] | None = None,
              outcome: str | None = None, progress: Callable[[str], None] = lambda _: None
              ) -> StudyResults:
    """Run the plan, or what ``only`` and ``outcome`` select.

    ``frames`` are the built tables by name; ``studies`` gives the event studies by model, and is
    called only if means are asked for. p-values are adjusted over whole families, also when a part
    of one is asked for. Raises :class:`PlanError` with every fault of the plan against these
    tables; what cannot be estimated gives a row that says why.
    """
    asked = selected(plan, only, outcome)
    names = asked | companions(plan, asked)
    tables = known_tables(frames)
    faults = plan_faults(plan, tables, names)
    if faults:
        raise PlanError(faults)
    context = Context(plan, tables, _drawn(plan, frames, names), _once(studies))
    made: list[Output] = []
    for kind in KINDS.values():
        specs = [s for s in plan.of(kind.name) if s.name in names]
        if specs:
            progress(f"{kind.name}: {len(specs)} …")
            made += _run_kind(kind, specs, context)
    # Verdicts are given on the stored numbers: a digit that is not stored must not decide one.
    rows = [{**row, "plan_hash": plan.hash} for out in made for row in out.rows]
    results = canonical(results_frame(rows))
    results = canonical(adjust_families(step_down(results, context), plan))
    results = results[~results["spec"].isin(names - asked)].reset_index(drop=True)
    whole = only is None and outcome is None
    bearing = None if whole else {h.id for h in plan.hypotheses.values()
                                  if asked & set(h.tests) or h.id in (only or ())}
    paths = (canonical(caar_paths(context, PATH_SAMPLE, splits(frames["events"]), *PATH))
             if whole and PATH_SAMPLE in plan.samples else pd.DataFrame())
    drawn_from = derived_frames(results, paths, context) if whole else None
    return StudyResults(results, hypothesis_table(results, plan, bearing), paths=paths,
                        **{name: canonical(_joined(made, name))
                           for name in ("curves", "lag_curves", "deadlines", "balance")},
                        **({"bands": drawn_from.bands, "surfaces": drawn_from.surfaces}
                           if drawn_from else {}))


def _run_kind(kind: Kind[Any], specs: Sequence[Any], context: Context) -> list[Output]:
    if not kind.in_parallel:
        return [kind.run(s, context) for s in specs]
    away = replace(context, studies=None)  # what goes to other processes is kept small
    return run_tasks(kind.run, [(s, away) for s in specs])


def _drawn(plan: Plan, frames: Frames, names: Set[str]) -> pd.DataFrame | None:
    """Draws of the lag, if a regression that runs, or that a check of it needs, takes them."""
    used = names | {n for kind in KINDS for s in plan.of(kind) if s.name in names
                    for n in getattr(s, "of", ())}
    wanted = any(t.draws for r in plan.regressions.values() if r.name in used for t in r.terms)
    return lag_draws(frames["events"], plan.draws, plan.seed) if wanted else None


def _once(studies: Studies) -> Studies:
    found: list[Any] = []

    def asked() -> Any:
        if not found:
            found.append(studies())
        return found[0]

    return asked


def companions(plan: Plan, names: Set[str]) -> set[str]:
    """The tests that share a family with those in ``names``: an adjusted p-value is that of the
    whole family, whatever part of it is asked for."""
    tests = {t for h in plan.hypotheses.values() for t in h.tests}
    family = [s for kind in KINDS.values() if kind.is_test for s in plan.of(kind.name)
              if s.name in tests or (s.hypothesis and s.focus)]
    asked = {s.status for s in family if s.name in names}
    return {s.name for s in family if s.status in asked} - set(names)


def _joined(made: Sequence[Output], name: str) -> pd.DataFrame:
    kept = [f for out in made for k, f in out.frames.items() if k == name and len(f)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()
