"""Regressions of the plan: estimate, interval, p-values, verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from breachstudy.estimation.bootstrap import TooFewClustersError, wild_cluster_bootstrap
from breachstudy.estimation.equivalence import equivalence_test, minimum_detectable_effect
from breachstudy.estimation.linear import LinearFit, fit_linear
from breachstudy.estimation.permutation import permutation_test
from breachstudy.estimation.rubin import combine
from breachstudy.estimation.run import select
from breachstudy.estimation.specs import PlanError
from breachstudy.plan.designs import Design, build_design
from breachstudy.plan.faults import regression_faults, sample_faults
from breachstudy.plan.records import Hypothesis, Regression, StudyPlan

__all__ = ["NOT_RUN", "Context", "firms_of", "predicted_sign", "prepare", "run_regression"]

NOT_RUN = "not run"
PERMUTATIONS = 4999
Row = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """What specifications run on: the plan, the tables by name, lags drawn by event, columns of
    events that are known only after disclosure."""

    plan: StudyPlan
    frames: Mapping[str, pd.DataFrame]
    drawn: pd.DataFrame | None
    late: frozenset[str]

    def sample(self, name: str) -> pd.DataFrame:
        """Rows of a sample. Raises :class:`PlanError` for a missing table or column."""
        faults = sample_faults(name, self.plan, self.frames)
        if faults:
            raise PlanError(faults)
        sample = self.plan.samples[name]
        return select(self.frames[sample.table], sample)


def predicted_sign(spec: Regression, hypothesis: Hypothesis | None) -> int:
    """+1, −1, or 0 where the hypothesis names no sign for this term."""
    given = spec.predicted_sign or (hypothesis.seed_sign if hypothesis else "")
    return {"+": 1, "-": -1}.get(given, 0)


def prepare(spec: Regression, context: Context) -> Design:
    """The design of a regression. Raises :class:`PlanError` for a column that is not there or that
    looks ahead without a reason, ValueError if there is nothing to estimate."""
    faults = regression_faults(spec, context.plan, context.frames, context.late)
    if faults:
        raise PlanError(faults)
    return build_design(spec, context.plan.controls[spec.controls], context.sample(spec.sample),
                        context.drawn)


def run_regression(spec: Regression, context: Context) -> list[Row]:
    """Rows of one regression: a row a coefficient, the fit, and the focus with its verdict parts.

    A sample below the plan's minimum gives one row that says so. The verdict itself is given
    when the p-values of its family are adjusted.
    """
    plan = context.plan
    hypothesis = plan.hypotheses.get(spec.hypothesis)
    common: Row = {
        "spec": spec.name, "question": spec.question, "status": spec.status, "sample": spec.sample,
        "outcome": _outcome(spec), "hypothesis": spec.hypothesis or None,
        "family": hypothesis.family if hypothesis else None}
    smallest = plan.sesoi.get(spec.sesoi)
    try:
        made = prepare(spec, context)
    except ValueError as error:
        if isinstance(error, PlanError):
            raise
        return [_not_run(common, spec, str(error), 0, smallest)]
    if len(made.y) < plan.min_n:
        return [_not_run(common, spec, f"n = {len(made.y)} is below the plan's minimum of "
                         f"{plan.min_n}", len(made.y), smallest)]
    try:
        fit = _fit(spec, made, plan.confidence)
    except ValueError as error:
        return [_not_run(common, spec, str(error), len(made.y), smallest)]
    common |= {"n": fit.n, "n_dropped": made.n_sample - fit.n, "covariance": fit.covariance,
               "n_clusters": fit.n_clusters}
    rows: list[Row] = [
        {**common, "kind": "coefficient", "term": name, "estimate": fit.estimate[i],
         "std_error": fit.std_error[i], "statistic": fit.statistic[i],
         "p_value": fit.p_value[i], "ci_lo": fit.ci_lo[i], "ci_hi": fit.ci_hi[i], "df": fit.df}
        for i, name in enumerate(fit.names)]
    rows.append({**common, "kind": "fit", "term": "r_squared", "estimate": fit.r_squared})
    if spec.focus:
        rows.append(_focus(spec, made, fit, common, smallest, context))
    return rows


def _outcome(spec: Regression) -> str:
    return (spec.outcome if spec.outcome_transform == "none"
            else f"{spec.outcome_transform}({spec.outcome})")


def _not_run(common: Row, spec: Regression, why: str, n: int, smallest: float | None) -> Row:
    return {**common, "kind": "focus" if spec.focus else "fit", "term": spec.focus or "",
            "n": n, "verdict": NOT_RUN, "detail": why, "smallest_effect": smallest}


def _fit(spec: Regression, made: Design, confidence: float) -> LinearFit:
    """Least squares, with Rubin's rules over draws of the lag, or a median regression."""
    if spec.estimator == "median":
        return _median(made, confidence)
    clusters = made.clusters
    if clusters is not None and clusters.shape[1] == 1:
        clusters = clusters.iloc[:, 0]
    if spec.covariance != "cluster":
        clusters = None

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
    found = sm.QuantReg(made.y, made.x).fit(q=0.5, vcov="robust", max_iter=5000)
    ci = found.conf_int(1 - confidence)
    return LinearFit(tuple(made.x.columns), found.params.to_numpy(), found.bse.to_numpy(),
                     found.tvalues.to_numpy(), found.pvalues.to_numpy(), ci[0].to_numpy(),
                     ci[1].to_numpy(), len(made.y), float(found.df_resid),
                     float(found.prsquared), "kernel", None)


def _focus(spec: Regression, made: Design, fit: LinearFit, common: Row, smallest: float | None,
           context: Context) -> Row:
    """The coefficient that the hypothesis is about, with every p-value that was asked for."""
    plan, i = context.plan, fit.names.index(made.focus)
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
    if "wild_bootstrap" in spec.inference:
        row |= _bootstrap(spec, made, context)
    if "permutation" in spec.inference:
        row["p_permutation"] = permutation_test(
            made.y, made.x, made.focus, strata=made.strata, draws=PERMUTATIONS,
            seed=plan.seed).p_value
    return row


def firms_of(rows: pd.Index, sample: str, context: Context) -> pd.Series:
    """Labels (n,) by which the bootstrap clusters; a row without one is a cluster of its own."""
    frame = context.frames[context.plan.samples[sample].table].loc[rows]
    labels = frame[context.plan.bootstrap_cluster].astype("str")
    alone = pd.Series([f"row {i}" for i in rows], index=rows)
    return labels.where(labels.notna(), alone)


def _bootstrap(spec: Regression, made: Design, context: Context) -> Row:
    """p-value and interval of the wild bootstrap clustered by firm, or why there are none.

    With draws of the lag, the medians over the draws (Eekhout, van de Wiel & Heymans 2017, BMC
    Med. Res. Methodol. 17, 129): a bootstrap has no variance that Rubin's rules could combine.
    """
    plan = context.plan
    firms = firms_of(made.x.index, spec.sample, context)
    designs = [made.x] if made.redrawn is None else [
        pd.DataFrame(x, index=made.x.index, columns=made.x.columns) for x in made.redrawn]
    try:
        found = [wild_cluster_bootstrap(made.y, x, made.focus, firms, draws=plan.bootstrap_draws,
                                        seed=plan.seed, confidence=plan.confidence)
                 for x in designs]
    except TooFewClustersError as error:
        return {"detail": f"wild bootstrap refused: {error}"}
    p, lo, hi = np.median([(f.p_value, f.ci_lo, f.ci_hi) for f in found], axis=0)
    return {"p_bootstrap": float(p), "ci_lo": float(lo), "ci_hi": float(hi),
            "n_clusters": found[0].n_clusters}
