"""``linear``: least squares (or a median regression) of an outcome on terms and a control set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm

from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.equivalence import equivalence_test, minimum_detectable_effect
from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.linear import LinearFit, fit_linear
from breachstudy.estimation.permutation import permutation_test
from breachstudy.estimation.rubin import combine
from breachstudy.plan.context import NOT_RUN, Context, Kind, Output, Row, Tables
from breachstudy.plan.deciding import decided_by, sign_text
from breachstudy.plan.designs import DATES, LAG, Design, Origin, build_design
from breachstudy.plan.kinds.common import enough, term_keys, twice
from breachstudy.plan.records import Plan, Spec, Status, Term, Texts
from breachstudy.plan.samples import (
    NUMERIC,
    Need,
    column_faults,
    control_faults,
    kind_of,
    located,
    term_faults,
)
from breachstudy.plan.units import effect_of, measured
from breachstudy.schema.strict import AsTuple, Text, TextOrList, close_to

__all__ = ["KIND", "Regression", "firms_of", "linear_check", "linear_faults", "of_faults_in",
           "point_lag", "prepare", "run_regression"]

PERMUTATIONS = 4999


class Regression(Spec):
    """The keys of a ``[[linear]]``."""

    status: Status
    sample: Text
    outcome: Text
    terms: Annotated[tuple[Term, ...], AsTuple]
    controls: Text = "none"
    hypothesis: str = ""
    outcome_transform: Literal["none", "log1p", "log10p1", "year", "winsor_1_99"] = "none"
    focus: str = ""
    sesoi: str = ""
    covariance: Literal["HC0", "HC1", "HC2", "HC3", "cluster"] = "HC3"
    cluster: Annotated[tuple[Text, ...], TextOrList] = ()
    inference: Annotated[tuple[Literal["wild_bootstrap", "permutation"], ...], AsTuple] = ()
    permute_within: Texts = ()
    estimator: Literal["mean", "median"] = "mean"
    predicted_sign: Literal["", "+", "-"] = ""
    look_ahead_reason: str = ""


def linear_check(spec: Regression, plan: Plan) -> list[str]:
    """Keys that do not fit each other, or that would do nothing."""
    columns = {t.column for t in spec.terms}
    out = term_keys(spec.terms) + twice("inference", spec.inference)
    if spec.focus and spec.focus not in columns:
        out.append(f"focus = {spec.focus!r}: not among its terms ({', '.join(columns)})"
                   f"{close_to(spec.focus, columns)}")
    if spec.covariance == "cluster" and not 1 <= len(spec.cluster) <= 2:
        out.append("cluster: covariance cluster needs one or two columns")
    if spec.covariance != "cluster" and spec.cluster:
        out.append(f"cluster does nothing with covariance {spec.covariance}; leave it out")
    held = plan.controls.get(spec.controls)
    out += [f"controls = {spec.controls!r}: {t.column} stands among the terms too"
            for t in (held.terms if held else ()) if t.column in columns]
    if spec.permute_within and "permutation" not in spec.inference:
        out.append("permute_within does nothing without permutation among the inference")
    for key in ("sesoi", "inference", "predicted_sign"):
        if getattr(spec, key) and not spec.focus:
            out.append(f"{key} does nothing without a focus")
    if spec.predicted_sign and not spec.hypothesis:
        out.append("predicted_sign does nothing without a hypothesis")
    if spec.estimator == "median":
        out += [f"{key} does nothing in a median regression; leave it out"
                for key in ("covariance", "cluster", "inference") if key in spec.model_fields_set]
    decides = plan.primary_inference
    if spec.status == "confirmatory" and decides not in ("model", *spec.inference):
        out.append(f"inference = {list(spec.inference)}: a confirmatory test needs "
                   f"{decides!r}, which decides (primary_inference)")
    return out + _product_faults(spec, columns) + _draw_faults(spec)


def _product_faults(spec: Regression, columns: set[str]) -> list[str]:
    out = []
    products = {t.column for t in spec.terms if t.kind == "product"}
    for i, t in enumerate(spec.terms, start=1):
        if t.kind != "product":
            continue
        place = f"terms {i} ({t.column}): of"
        out += [] if t.of else [f"{place}: a product needs its terms"]
        out += [f"{place}: {c!r} is not among the terms{close_to(c, columns)}"
                for c in t.of if c not in columns]
        out += [f"{place}: {c!r} is a product itself" for c in t.of if c in products]
    return out


def _draw_faults(spec: Regression) -> list[str]:
    drawn = [t.column for t in spec.terms if t.draws and t.kind != "product"]
    out = [f"terms: draws = true: {c} has no interval to draw from; only {LAG} has"
           for c in drawn if c != LAG]
    out += [f"terms: draws does nothing for {t.column}, a factor" for t in spec.terms
            if t.draws and t.kind == "factor"]
    if drawn and spec.estimator == "median":
        out.append("terms: draws does nothing in a median regression; leave it out")
    return out


def linear_faults(spec: Regression, plan: Plan, tables: Tables) -> list[str]:
    """Columns that are not there, terms that look ahead, factors that cannot be what they are
    asked to be."""
    frames = tables.frames
    singles = [t for t in spec.terms if t.kind != "product"]
    held = plan.controls[spec.controls].terms
    needs: list[Need] = [("outcome", spec.outcome, ("date",) if spec.outcome_transform == "year"
                          else NUMERIC)]
    needs += [("cluster", c, ()) for c in spec.cluster]
    needs += [("permute_within", c, ()) for c in spec.permute_within]
    if "wild_bootstrap" in spec.inference:
        needs.append(("bootstrap_cluster", plan.bootstrap_cluster, ()))
    if any(t.draws for t in singles):
        needs += [("draws", c, ()) for c in ("event_id", "is_outed", *(
            f"{d}_{end}" for d in DATES for end in ("lo", "hi")))]
    out = column_faults(spec.sample, needs, plan, frames, tables.codebook)
    out += term_faults(singles, spec.sample, plan, tables)
    out += control_faults(spec.controls, spec.sample, plan, tables)
    if out:
        return out
    ahead = [t.column for t in (*singles, *held) if t.column in tables.late]
    if not spec.look_ahead_reason:
        out += [f"term {c}: {c} is known only after disclosure and cannot explain an earlier "
                "outcome; date the outcome after it and say so in look_ahead_reason"
                for c in ahead]
    elif not ahead:
        out.append("look_ahead_reason: no term looks ahead; leave it out")
    frame = frames[plan.samples[spec.sample].table]
    levels = {t.column for t in spec.terms
              if t.kind == "factor" and kind_of(frame[t.column]) != "yes or no"}
    if spec.focus in levels:
        out.append(f"focus = {spec.focus!r}: a factor of several levels; make it a column of yes "
                   "and no")
    for t in spec.terms:
        out += [f"term {t.column}: {c} is a factor of several levels and cannot enter a product"
                for c in t.of if c in levels]
        idle = ({"standardise", "negate"} if t.column in levels else {"missing_as", "min_n"}
                if t.kind == "factor" else set())
        out += [f"term {t.column}: {key} does nothing in a factor of "
                f"{'several levels' if t.column in levels else 'yes and no'}; leave it out"
                for key in sorted(idle & t.model_fields_set)]
    return out


def of_faults_in(of: Sequence[str], plan: Plan, tables: Tables) -> list[str]:
    """Faults against the tables of the regressions that a check is ``of``."""
    return [f for n in of for f in located(
        f"{n}: ", linear_faults(plan.regressions[n], plan, tables), plan)]


def point_lag(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The terms without draws: an interval-valued lag at its point value."""
    return tuple(t.model_copy(update={"draws": False}) if t.draws else t for t in terms)


def prepare(spec: Regression, context: Context) -> Design:
    """The design of a regression. Raises NotEstimable if there is nothing to estimate, or the rows
    are fewer than the plan's minimum."""
    made = build_design(spec, context.plan.controls[spec.controls], context.sample(spec.sample),
                        context.drawn)
    enough(len(made.y), context.plan)
    return made


def run_regression(spec: Regression, context: Context) -> Output:
    """Rows of one regression: a row a coefficient, the fit, and the focus with its verdict parts.

    What cannot be estimated gives one row that says why. The verdict itself is given when the
    p-values of its family are adjusted.
    """
    plan = context.plan
    table = context.table_of(spec.sample)
    hypothesis = plan.hypotheses.get(spec.hypothesis)
    outcome = measured(context.tables.codebook, table, spec.outcome, spec.outcome_transform)
    common: Row = {**context.head(spec), **outcome, "outcome": _outcome(spec),
                   "family": hypothesis.family if hypothesis else None}
    if spec.focus:
        sign = spec.predicted_sign or (hypothesis.seed_sign if hypothesis else "")
        common["sign"] = sign_text(sign)
    n = 0
    try:
        made = build_design(spec, plan.controls[spec.controls], context.sample(spec.sample),
                            context.drawn)
        n = len(made.y)
        enough(n, plan)
        fit = _fit(spec, made, plan.confidence)
    except NotEstimable as error:
        return Output([{**common, **_told_of(spec, context), "n": n,
                        "kind": "focus" if spec.focus else "fit",
                        "term": spec.focus or "", "verdict": NOT_RUN, "detail": str(error),
                        "smallest_effect": plan.sesoi.get(spec.sesoi)}])
    sign = common.pop("sign", None)
    common |= {"n": fit.n, "n_dropped": made.n_sample - fit.n, "covariance": fit.covariance,
               "n_clusters": fit.n_clusters}
    told = {name: effect_of(o, context.tables.codebook, table, spec.terms)
            for name, o in made.origin.items()}
    rows: list[Row] = [
        {**common, "kind": "coefficient", "group": _group(made, name), "term": name,
         "estimate": fit.estimate[i], "std_error": fit.std_error[i],
         "statistic": fit.statistic[i], "p_value": fit.p_value[i], "ci_lo": fit.ci_lo[i],
         "ci_hi": fit.ci_hi[i], "df": fit.df, **told.get(name, {"label": "Constant"})}
        for i, name in enumerate(fit.names)]
    rows.append({**common, "kind": "fit", "term": "r_squared", "estimate": fit.r_squared,
                 "unit": "share of variance", "label": "R²"})
    if spec.focus:
        rows.append(_focus(spec, made, fit, {**common, **told[made.focus], "sign": sign}, context))
    return Output(rows)


def _told_of(spec: Regression, context: Context) -> Row:
    """Label and unit of a focus that was not estimated."""
    term = next((t for t in spec.terms if t.column == spec.focus), None)
    return {} if term is None else effect_of(Origin(term), context.tables.codebook,
                                             context.table_of(spec.sample), spec.terms)


def _outcome(spec: Regression) -> str:
    return (spec.outcome if spec.outcome_transform == "none"
            else f"{spec.outcome_transform}({spec.outcome})")


def _group(made: Design, name: str) -> str:
    """The column that a coefficient comes from."""
    return made.origin[name].term.column if name in made.origin else ""


def _fit(spec: Regression, made: Design, confidence: float) -> LinearFit:
    """Least squares, with Rubin's rules over draws of the lag, or a median regression."""
    if spec.estimator == "median":
        return _median(made, confidence)
    clusters = made.clusters
    if clusters is not None and clusters.shape[1] == 1:
        clusters = clusters.iloc[:, 0]

    def fit_once(x: pd.DataFrame) -> LinearFit:
        return fit_linear(made.y, x, covariance=spec.covariance, clusters=clusters,
                          confidence=confidence)

    fit = fit_once(made.x)
    if made.redrawn is None:
        return fit
    fits = [fit_once(pd.DataFrame(x, index=made.x.index, columns=made.x.columns))
            for x in made.redrawn]
    errors = np.array([f.std_error for f in fits])
    found = combine(np.array([f.estimate for f in fits]), errors**2, df_complete=fit.df,
                    confidence=confidence)
    return replace(fit, estimate=found.estimate, std_error=found.std_error,
                   statistic=found.statistic, p_value=found.p_value, ci_lo=found.ci_lo,
                   ci_hi=found.ci_hi, df=float(found.df.min()),
                   covariance=f"{fit.covariance}, {len(fits)} draws")


def _median(made: Design, confidence: float) -> LinearFit:
    """Least absolute deviations with a robust kernel covariance (Powell 1991)."""
    if np.linalg.matrix_rank(made.x.to_numpy(dtype=float)) < made.x.shape[1]:
        raise NotEstimable("terms are linear combinations of each other")
    found = sm.QuantReg(made.y, made.x).fit(q=0.5, vcov="robust", max_iter=5000)
    ci = found.conf_int(1 - confidence)
    return LinearFit(tuple(made.x.columns), found.params.to_numpy(), found.bse.to_numpy(),
                     found.tvalues.to_numpy(), found.pvalues.to_numpy(), ci[0].to_numpy(),
                     ci[1].to_numpy(), len(made.y), float(found.df_resid),
                     float(found.prsquared), "kernel", None)


def _focus(spec: Regression, made: Design, fit: LinearFit, common: Row, context: Context) -> Row:
    """The coefficient that the hypothesis is about, with every p-value that was asked for."""
    plan, i = context.plan, fit.names.index(made.focus)
    smallest = plan.sesoi.get(spec.sesoi)
    row: Row = {
        **common, "kind": "focus", "term": spec.focus, "estimate": fit.estimate[i],
        "std_error": fit.std_error[i], "statistic": fit.statistic[i], "p_value": fit.p_value[i],
        "ci_lo": fit.ci_lo[i], "ci_hi": fit.ci_hi[i], "df": fit.df,
        "smallest_effect": smallest,
        "mde": minimum_detectable_effect(float(fit.std_error[i]), float(fit.df), plan.alpha)}
    if smallest is not None:
        row["p_equivalence"] = equivalence_test(
            float(fit.estimate[i]), float(fit.std_error[i]), float(fit.df),
            (-smallest, smallest), plan.alpha).p_value
    refused = []
    for name, infer in (("wild_bootstrap", _bootstrap), ("permutation", _permuted)):
        if name in spec.inference:
            try:
                row |= infer(spec, made, context)
            except NotEstimable as error:
                refused.append(f"{name.replace('_', ' ')} refused: {error}")
    if refused:
        row["detail"] = "; ".join(refused)
    return row | {"decided_by": decided_by(row, plan)}


def _permuted(_: Regression, made: Design, context: Context) -> Row:
    return {"p_permutation": permutation_test(
        made.y, made.x, made.focus, strata=made.strata, draws=PERMUTATIONS,
        seed=context.plan.seed).p_value}


def firms_of(rows: pd.Index, sample: str, context: Context) -> pd.Series:
    """Labels (n,) by which the bootstrap clusters; a row without one is a cluster of its own."""
    frame = context.frames[context.table_of(sample)].loc[rows]
    labels = frame[context.plan.bootstrap_cluster].astype("str")
    alone = pd.Series([f"row {i}" for i in rows], index=rows)
    return labels.where(labels.notna(), alone)


def _bootstrap(spec: Regression, made: Design, context: Context) -> Row:
    """p-value of the wild bootstrap clustered by firm, and its interval where it decides.

    With draws of the lag, the medians over the draws (Eekhout, van de Wiel & Heymans 2017, BMC
    Med. Res. Methodol. 17, 129): a bootstrap has no variance that Rubin's rules could combine.
    """
    plan = context.plan
    firms = firms_of(made.x.index, spec.sample, context)
    designs = [made.x] if made.redrawn is None else [
        pd.DataFrame(x, index=made.x.index, columns=made.x.columns) for x in made.redrawn]
    found = [wild_cluster_bootstrap(made.y, x, made.focus, firms, draws=plan.bootstrap_draws,
                                    seed=plan.seed, confidence=plan.confidence)
             for x in designs]
    p, lo, hi = np.median([(f.p_value, f.ci_lo, f.ci_hi) for f in found], axis=0)
    row: Row = {"p_bootstrap": float(p)}
    if plan.primary_inference == "wild_bootstrap":
        row |= {"ci_lo": float(lo), "ci_hi": float(hi), "n_clusters": found[0].n_clusters}
    return row


KIND = Kind("linear", Regression,
            "least squares (or a median regression) on terms and a control set; interval-valued "
            "lags are drawn within their dates and combined by Rubin's rules",
            linear_check, linear_faults, run_regression, in_parallel=True, is_test=True)
