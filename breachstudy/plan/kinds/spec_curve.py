"""``spec_curve``: every defensible combination, fitted together, tested jointly."""

from __future__ import annotations

from itertools import product
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from breachstudy.estimation.curve_test import curve_test
from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.spec_curve import LeverageError, SpecCurve, Specification, fit_curve
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.deciding import sign_text, signed
from breachstudy.plan.designs import LAG, control_columns
from breachstudy.plan.kinds.common import grid_faults, twice
from breachstudy.plan.records import Plan, Spec, Status
from breachstudy.plan.samples import Need, column_faults, control_faults
from breachstudy.plan.units import measured
from breachstudy.response.indices import INDICES
from breachstudy.schema.coding_book import book
from breachstudy.schema.strict import AsTuple, Text, close_to

__all__ = ["KIND", "SpecificationCurve"]

LAG_FORMS = ("log", "winsor", "rank")
VERSIONS = ("baseline", "all_items", "complete", "irt", "component", "centred", "found_counts",
            "absent_as_zero")
STRATA = ("sensitivity", "era")
"""Treatments are permuted within these columns of the events."""
CHOICES = ["treatment", "window", "model", "sample", "controls"]
Several = Annotated[tuple[Text, ...], AsTuple, Field(min_length=1)]


class SpecificationCurve(Spec):
    """Every combination of treatment, window, model, sample and controls. A treatment is
    INDEX:VERSION or lag:FORM."""

    hypothesis: Text
    treatments: Several
    windows: Several
    models: Several
    samples: Several
    controls: Several
    permutations: int = Field(ge=99)
    status: Status = "exploratory"


def _check(spec: SpecificationCurve, _: Plan) -> list[str]:
    out = [f for key in ("treatments", "windows", "models", "samples", "controls")
           for f in twice(key, getattr(spec, key))]
    items = [i.id for i in book().items]
    known = [f"{i}:{v}" for i in INDICES for v in VERSIONS] + [f"lag:{f}" for f in LAG_FORMS]
    for name in spec.treatments:
        kind, _sep, version = name.partition(":")
        days = version.removeprefix("over_")
        if kind == "lag":
            if version not in LAG_FORMS and not (version.startswith("over_") and days.isdigit()):
                out.append(f"treatments: {name}: a lag is {', '.join(LAG_FORMS)} or over_DAYS"
                           f"{close_to(name, known)}")
        elif kind not in INDICES or not (version in VERSIONS
                                         or version.removeprefix("without_") in items):
            out.append(f"treatments: no treatment {name!r}{close_to(name, known)}; give an index "
                       f"({', '.join(INDICES)}) and a version ({', '.join(VERSIONS)}, "
                       "without_ITEM), or lag")
    return out


def _faults(spec: SpecificationCurve, plan: Plan, tables: Tables) -> list[str]:
    needs: list[Need] = [("samples", c, ()) for c in ("event_id", *STRATA)]
    if any(t.startswith("lag:") for t in spec.treatments):
        needs.append(("treatments", LAG, ("number",)))
    out = []
    for name in spec.samples:
        out += column_faults(name, needs, plan, tables.frames, tables.codebook)
        for held in spec.controls:
            out += control_faults(held, name, plan, tables)
    return out + grid_faults(spec.windows, spec.models, tables)


def _run(spec: SpecificationCurve, context: Context) -> Output:
    """Summary rows; frame ``curves``: one row a specification with its choices and estimate."""
    plan = context.plan
    seed_sign = plan.hypotheses[spec.hypothesis].seed_sign
    outcome = measured(context.tables.codebook, "cars", "car")
    common: Row = {**context.head(spec), **outcome, "kind": "curve", "family": "secondary",
                   "sign": sign_text(seed_sign), "per": "SD",
                   "label": f"{spec.treatments[0].partition(':')[0].capitalize()}, per SD"}
    try:
        curve, rows = _curve(spec, context, signed(seed_sign))
    except NotEstimable as error:
        return Output([{**common, "term": "median_estimate", "verdict": NOT_RUN,
                        "detail": str(error).splitlines()[-1].strip()}])
    units = {"share_significant": "share", "stouffer": "z"}
    return Output([{**common, **row, "unit": units.get(row["term"], outcome["unit"])}
                   for row in rows], {"curves": curve})


def _curve(spec: SpecificationCurve, context: Context, sign: int
           ) -> tuple[pd.DataFrame, list[Row]]:
    """The curve and its summaries. Raises NotEstimable if nothing is large enough, or the models
    cannot be fitted."""
    plan = context.plan
    samples = {name: context.sample(name) for name in spec.samples}
    known = {t: _treatment(t, _events(samples), context).notna().sum() for t in spec.treatments}
    small = [n for n, own in samples.items() if len(own) < plan.min_n]
    small += [t for t, n in known.items() if n < plan.min_n]
    spec = spec.model_copy(update={
        "samples": tuple(s for s in spec.samples if s not in small),
        "treatments": tuple(t for t in spec.treatments if t not in small)})
    samples = {name: own for name, own in samples.items() if name not in small}
    if not spec.samples or not spec.treatments:
        raise NotEstimable(f"below the plan's minimum: {', '.join(small)}")
    note = f"; below the minimum and left out: {', '.join(small)}" if small else ""
    frame, blocks, strata = _frame(spec, context)
    masks = {name: frame.index.to_series().isin(own["event_id"]) for name, own in samples.items()}
    choices = list(product(spec.treatments, spec.windows, spec.models, spec.samples,
                           spec.controls))
    grid = [Specification(f"{w}|{m}", t, (c,) if blocks[c] else (), s)
            for t, w, m, s, c in choices]
    used = {c: b for c, b in blocks.items() if b}
    found, covariance = _fitted(frame, grid, masks, used, plan.confidence)
    test = curve_test(frame, grid, sign=sign, samples=masks, blocks=used, covariance=covariance,
                      strata=strata, alpha=plan.alpha, draws=spec.permutations, seed=plan.seed)
    curve = pd.DataFrame(choices, columns=CHOICES)
    curve.insert(0, "spec", spec.name)
    curve = curve.assign(estimate=found.estimate, std_error=found.std_error, ci_lo=found.ci_lo,
                         ci_hi=found.ci_hi, p_value=found.p_value, n=found.n)
    significant = found.p_value < plan.alpha
    as_claimed = np.sign(found.estimate) == sign if sign else np.ones(len(grid), dtype=bool)
    low, high = np.percentile(found.estimate, [2.5, 97.5])
    summary = (("median_estimate", float(np.median(found.estimate)), test.p_value[0]),
               ("share_significant", float((significant & as_claimed).mean()), test.p_value[1]),
               ("stouffer", float(test.observed[2]), test.p_value[2]))
    return curve, [
        {"term": term, "estimate": value, "p_permutation": float(p), "n": len(grid),
         "covariance": covariance, "bound_lo": float(low), "bound_hi": float(high),
         "detail": f"{test.draws} permutations within strata{note}"} for term, value, p in summary]


def _fitted(frame: pd.DataFrame, grid: list[Specification], masks: dict[str, pd.Series],
            blocks: dict[str, list[str]], confidence: float) -> tuple[SpecCurve, str]:
    """The curve with HC3 errors; with HC1 where a rare level fits a row alone in some sample, for
    which HC3 has no value. Raises NotEstimable for what cannot be fitted at all."""
    try:
        return fit_curve(frame, grid, samples=masks, blocks=blocks, covariance="HC3",
                         confidence=confidence), "HC3"
    except LeverageError:
        return fit_curve(frame, grid, samples=masks, blocks=blocks, covariance="HC1",
                         confidence=confidence), "HC1"


def _frame(spec: SpecificationCurve, context: Context
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
    labels = events[list(STRATA)].astype("str").fillna("unknown")
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


KIND = Kind("spec_curve", SpecificationCurve,
            "every combination of version, window, model, sample, controls, with a joint "
            "permutation test", _check, _faults, _run, needs=("cars", "index_versions"))
