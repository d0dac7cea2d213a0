"""Specification curves: every defensible combination, fitted together, tested jointly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from breachstudy.estimation.curve_test import curve_test
from breachstudy.estimation.spec_curve import SpecCurve, SpecError, Specification, fit_curve
from breachstudy.plan.designs import control_columns
from breachstudy.plan.records import CurveSpec
from breachstudy.plan.regressions import NOT_RUN, Context

__all__ = ["run_curve"]

Row = dict[str, Any]
LAG = "lag_analysis_days"


def run_curve(spec: CurveSpec, context: Context) -> tuple[list[Row], pd.DataFrame]:
    """Summary rows and the curve: one row a specification with its choices and estimate."""
    plan = context.plan
    common: Row = {"spec": spec.name, "question": spec.question, "status": spec.status,
                   "kind": "curve", "hypothesis": spec.hypothesis, "family": "secondary"}
    empty = pd.DataFrame(columns=["spec", "treatment", "window", "model", "sample", "controls",
                                  "estimate", "std_error", "ci_lo", "ci_hi", "p_value", "n"])
    samples = {name: context.sample(name) for name in spec.samples}
    known = {t: _treatment(t, _events(samples), context).notna().sum() for t in spec.treatments}
    small = [n for n, own in samples.items() if len(own) < plan.min_n]
    small += [t for t, n in known.items() if n < plan.min_n]
    spec = replace(spec, samples=tuple(s for s in spec.samples if s not in small),
                   treatments=tuple(t for t in spec.treatments if t not in small))
    samples = {name: own for name, own in samples.items() if name not in small}
    if not spec.samples or not spec.treatments:
        return [{**common, "term": "median_estimate", "verdict": NOT_RUN,
                 "detail": f"below the plan's minimum: {', '.join(small)}"}], empty
    note = f"; below the minimum and left out: {', '.join(small)}" if small else ""
    frame, blocks, strata = _frame(spec, context)
    masks = {name: frame.index.to_series().isin(own["event_id"]) for name, own in samples.items()}
    grid: list[Specification] = []
    choices: list[tuple[str, str, str, str, str]] = []
    for t in spec.treatments:
        for w in spec.windows:
            for m in spec.models:
                for s in spec.samples:
                    for c in spec.controls:
                        grid.append(Specification(f"{w}|{m}", t, (c,) if blocks[c] else (), s))
                        choices.append((t, w, m, s, c))
    used = {c: b for c, b in blocks.items() if b}
    sign = {"+": 1, "-": -1}.get(plan.hypotheses[spec.hypothesis].seed_sign, 0)
    try:
        found, covariance = _fitted(frame, grid, masks, used)
        test = curve_test(frame, grid, sign=sign, samples=masks, blocks=used,
                          covariance=covariance, strata=strata, alpha=plan.alpha,
                          draws=spec.permutations, seed=plan.seed)
    except SpecError as error:
        return [{**common, "term": "median_estimate", "verdict": NOT_RUN,
                 "detail": str(error).splitlines()[-1].strip()}], empty
    curve = pd.DataFrame(choices, columns=["treatment", "window", "model", "sample", "controls"])
    curve.insert(0, "spec", spec.name)
    curve = curve.assign(estimate=found.estimate, std_error=found.std_error, ci_lo=found.ci_lo,
                         ci_hi=found.ci_hi, p_value=found.p_value, n=found.n)
    significant = found.p_value < plan.alpha
    signed = np.sign(found.estimate) == sign if sign else np.ones(len(grid), dtype=bool)
    summary = (("median_estimate", float(np.median(found.estimate)), test.p_value[0]),
               ("share_significant", float((significant & signed).mean()), test.p_value[1]),
               ("stouffer", float(test.observed[2]), test.p_value[2]))
    low, high = np.percentile(found.estimate, [2.5, 97.5])
    return [{**common, "term": term, "estimate": value, "p_permutation": float(p),
             "n": len(grid), "covariance": covariance, "bound_lo": float(low),
             "bound_hi": float(high), "detail": f"{test.draws} permutations within strata{note}"}
            for term, value, p in summary], curve


def _fitted(frame: pd.DataFrame, grid: list[Specification], masks: dict[str, pd.Series],
            blocks: dict[str, list[str]]) -> tuple[SpecCurve, str]:
    """The curve with HC3 errors; with HC1 where a rare level fits a row alone in some sample, for
    which HC3 has no value. Raises SpecError for what cannot be fitted at all."""
    try:
        return fit_curve(frame, grid, samples=masks, blocks=blocks, covariance="HC3"), "HC3"
    except SpecError as error:
        if "leverage" not in str(error):
            raise
    return fit_curve(frame, grid, samples=masks, blocks=blocks, covariance="HC1"), "HC1"


def _frame(spec: CurveSpec, context: Context
           ) -> tuple[pd.DataFrame, dict[str, list[str]], pd.Series]:
    """Events × every outcome, treatment and control, and the strata of the permutation."""
    events = _events({s: context.sample(s) for s in spec.samples})
    cars = context.frames["cars"]
    own = cars[cars["event_id"].isin(events.index) & cars["window"].isin(spec.windows)
               & cars["model"].isin(spec.models)]
    outcomes = own.assign(key=own["window"] + "|" + own["model"]).pivot(
        index="event_id", columns="key", values="car").astype(float)
    frame = outcomes.reindex(events.index)
    for name in spec.treatments:
        values = _treatment(name, events, context)
        frame[name] = (values - values.mean()) / values.std()
    blocks: dict[str, list[str]] = {}
    for name in spec.controls:
        controls = context.plan.controls[name]
        blocks[name] = []
        if controls.terms:
            columns = control_columns(events, controls)
            for column in columns:
                frame[f"{name}:{column}"] = columns[column].reindex(frame.index)
                blocks[name].append(f"{name}:{column}")
    labels = events[["sensitivity", "era"]].astype("str").fillna("unknown")
    return frame, blocks, labels.agg(" / ".join, axis=1)


def _events(samples: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The events of any of the samples, by event_id."""
    every = pd.concat(list(samples.values()))
    return every.drop_duplicates("event_id").set_index("event_id").sort_index()


def _treatment(name: str, events: pd.DataFrame, context: Context) -> pd.Series:
    """``candour:<version>`` of the index, or ``lag:<form>`` of the analysis lag."""
    kind, version = name.split(":")
    if kind != "lag":
        versions = context.frames["index_versions"]
        own = versions[(versions["index"] == kind) & (versions["version"] == version)]
        values = own.set_index("event_id")["value"]
        return values.reindex(events.index).astype(float)
    lag = events[LAG].astype(float)
    if version == "log":
        return np.log1p(lag)
    if version == "winsor":
        return lag.clip(*np.nanpercentile(lag, [1, 99]))
    if version == "rank":
        return lag.rank()
    return (lag > float(version.removeprefix("over_"))).astype(float).where(lag.notna())
