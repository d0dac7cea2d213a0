"""What figures draw beyond the results themselves, stored before it is drawn.

Bands (one-dimensional, with intervals) and surfaces (two-dimensional) follow from stored results,
and the effect of speed along candour from the regression itself. Exhibits draw these and compute
no error, degree of freedom or interval of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from breachstudy.estimation.equivalence import equivalence_power, equivalence_test, power
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.rubin import combine
from breachstudy.estimation.sensitivity import adjusted_estimate
from breachstudy.plan.context import Context
from breachstudy.plan.kinds.decay import Decay
from breachstudy.plan.kinds.linear import Regression, prepare
from breachstudy.plan.records import Plan
from breachstudy.schema.canonical import canonical

__all__ = ["BANDS", "SURFACES", "Derived", "Moderation", "decay_bands", "derived_frames",
           "equivalence_bands", "fitted_surface", "mean_bands", "moderation", "moderation_bands",
           "path_bands", "power_bands", "sensitivity_surfaces"]

Floats = NDArray[np.float64]
BANDS = {"spec": "str", "kind": "str", "group": "str", "term": "str", "x": "float64",
         "estimate": "float64", "std_error": "float64", "df": "float64", "ci_lo": "float64",
         "ci_hi": "float64", "confidence": "float64", "n": "Int64"}
"""Columns of the bands. ``kind``: mean (of a window), decay, path, moderation, equivalence, power,
power_by_n, equivalence_power_by_n; ``x`` is what the band runs along."""
SURFACES = {"spec": "str", "kind": "str", "x": "float64", "y": "float64", "estimate": "float64"}
"""Columns of the surfaces. ``kind``: fitted (estimate over two regressors, from their means) or
omitted_variable (estimate by partial R² with treatment, x, and with outcome, y)."""

RANGE = np.linspace(-2, 2, 41)
"""Standard deviations round the mean over which a moderated effect is followed."""
STRENGTH = np.linspace(0, 0.3, 61)
"""Partial R² of an omitted variable."""
REACH, STEPS = 6.0, 61
"""Power is followed to so many times the smallest effect of interest."""
SIZES = np.array([50, 100, 200, 400, 800, 1600, 3200])
"""Numbers of events for which power is told."""


@dataclass(frozen=True)
class Derived:
    """``bands`` with the columns :data:`BANDS`, ``surfaces`` with :data:`SURFACES`."""

    bands: pd.DataFrame
    surfaces: pd.DataFrame


@dataclass(frozen=True)
class Moderation:
    """Two regressors and their product in m draws of the regressors: coefficients of the first,
    the second and the product, (m, 3), and of the first and the product their variances and
    covariance, (m, 3); ``df`` those of one fit."""

    coefficients: Floats
    variances: Floats
    df: float
    n: int


def derived_frames(results: pd.DataFrame, paths: pd.DataFrame, context: Context) -> Derived:
    """Bands and surfaces of a whole run. ``results`` and ``paths`` are those stored."""
    plan = context.plan
    focus = results[results["kind"].eq("focus") & results["status"].eq("confirmatory")
                    & results["std_error"].notna() & results["smallest_effect"].notna()]
    bands = [mean_bands(results, plan.confidence),
             decay_bands(results, plan.of("decay"), plan.confidence),
             path_bands(paths, plan.confidence), equivalence_bands(focus, plan.alpha),
             power_bands(focus, plan.alpha)]
    surfaces = [sensitivity_surfaces(results)]
    for spec in _moderated(plan, focus):
        found = moderation(spec, context)
        bands.append(moderation_bands(spec.name, found, plan.confidence))
        surfaces.append(fitted_surface(spec.name, found))
    return Derived(_stored(bands, BANDS), _stored(surfaces, SURFACES))


def _stored(parts: Iterable[pd.DataFrame], columns: Mapping[str, str]) -> pd.DataFrame:
    """One frame with these columns and types, as it is stored."""
    typed = [pd.DataFrame({name: p[name] if name in p else pd.Series(None, index=p.index,
                                                                     dtype="object")
                           for name in columns}).astype(dict(columns))
             for p in parts if len(p)]
    if not typed:
        return pd.DataFrame({n: pd.Series(dtype=t) for n, t in columns.items()})
    return canonical(pd.concat(typed, ignore_index=True))


def _floats(frame: pd.DataFrame, name: str) -> Floats:
    return np.asarray(frame[name].to_numpy(dtype=np.float64, na_value=np.nan))


def mean_bands(results: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Mean returns with the interval that their clustered t inverts to: a row a specification,
    model (``group``) and window (``term``)."""
    own = results[(results["kind"] == "mean_return") & (results["term"] == "cross_sectional_t")
                  & results["statistic"].notna() & results["df"].notna()]
    mean, t, df = (_floats(own, c) for c in ("estimate", "statistic", "df"))
    error = np.abs(mean / t)
    half = stats.t.ppf(0.5 + confidence / 2, df) * error
    return pd.DataFrame({
        "spec": own["spec"].to_numpy(), "kind": "mean", "group": own["group"].to_numpy(),
        "term": own["outcome"].str.removeprefix("car_").to_numpy(), "estimate": mean,
        "std_error": error, "df": df, "ci_lo": mean - half, "ci_hi": mean + half,
        "confidence": confidence, "n": own["n"].to_numpy()})


def decay_bands(results: pd.DataFrame, specs: Iterable[Decay], confidence: float
                ) -> pd.DataFrame:
    """The mean loss at the first sessions and at the horizon of a decay with normal intervals;
    ``x`` is the last session."""
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    rows: list[dict[str, Any]] = []
    for spec in specs:
        own = results[(results["spec"] == spec.name) & (results["kind"] == "decay")]
        for term, session in (("loss_at_first", spec.first - 1), ("loss_at_horizon", spec.horizon)):
            for r in own[own["term"] == term].to_dict("records"):
                value, error = float(r["estimate"]), float(r["std_error"])
                rows.append({"spec": spec.name, "kind": "decay", "term": term, "x": session,
                             "estimate": value, "std_error": error, "ci_lo": value - z * error,
                             "ci_hi": value + z * error, "confidence": confidence, "n": r["n"]})
    return pd.DataFrame(rows)


def path_bands(paths: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Cumulative average abnormal returns with pointwise normal bands: ``spec`` is the split,
    ``x`` the session."""
    if paths.empty:
        return pd.DataFrame()
    mean, error = _floats(paths, "caar"), _floats(paths, "std_error")
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    return pd.DataFrame({
        "spec": paths["split"].to_numpy(), "kind": "path", "group": paths["group"].to_numpy(),
        "x": paths["offset"].to_numpy(), "estimate": mean, "std_error": error,
        "ci_lo": mean - half, "ci_hi": mean + half, "confidence": confidence,
        "n": paths["n"].to_numpy()})


def equivalence_bands(focus: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """The 1 − 2·alpha interval of each test with its own degrees of freedom: it lies within the
    margin exactly where the two one-sided tests exclude every effect beyond it."""
    rows = []
    for r in focus.to_dict("records"):
        small = float(r["smallest_effect"])
        found = equivalence_test(float(r["estimate"]), float(r["std_error"]), float(r["df"]),
                                 (-small, small), alpha)
        rows.append({"spec": r["spec"], "kind": "equivalence", "estimate": r["estimate"],
                     "std_error": r["std_error"], "df": r["df"], "ci_lo": found.ci_lo,
                     "ci_hi": found.ci_hi, "confidence": 1 - 2 * alpha, "n": r["n"]})
    return pd.DataFrame(rows)


def power_bands(focus: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Power of each test at true effects ``x``, and by the number of events ``x`` at an effect of
    the smallest size of interest: to find it if it is there, and to exclude it if there is none.

    From the realised error and degrees of freedom; with other numbers of events the error shrinks
    with their root and the degrees of freedom grow in proportion.
    """
    parts = []
    for r in focus.to_dict("records"):
        error, df, small = (float(r[k]) for k in ("std_error", "df", "smallest_effect"))
        effects = np.linspace(0, REACH * small, STEPS)
        errors = error * np.sqrt(float(r["n"]) / SIZES)
        dfs = df * SIZES / float(r["n"])
        find = [float(power([small], e, d, alpha)[0]) for e, d in zip(errors, dfs, strict=True)]
        exclude = [float(equivalence_power([0.0], e, d, small, alpha)[0])
                   for e, d in zip(errors, dfs, strict=True)]
        parts += [pd.DataFrame({"spec": r["spec"], "kind": "power", "x": effects, "df": df,
                                "estimate": power(effects, error, df, alpha), "n": r["n"]}),
                  *(pd.DataFrame({"spec": r["spec"], "kind": kind, "x": SIZES, "df": dfs,
                                  "estimate": value, "n": SIZES})
                    for kind, value in (("power_by_n", find),
                                        ("equivalence_power_by_n", exclude)))]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def sensitivity_surfaces(results: pd.DataFrame) -> pd.DataFrame:
    """Each estimate after an omitted variable of a strength up to :data:`STRENGTH`'s end."""
    own = results[(results["kind"] == "sensitivity") & results["estimate"].notna()]
    treatment, outcome = np.meshgrid(STRENGTH, STRENGTH)
    parts = []
    for spec, rows in own.groupby("spec", sort=False):
        by = rows.set_index("term")["estimate"].astype(float)
        value, _ = adjusted_estimate(by["estimate"], by["std_error"], int(by["df"]), treatment,
                                     outcome)
        parts.append(pd.DataFrame({"spec": spec, "kind": "omitted_variable", "x": treatment.ravel(),
                                   "y": outcome.ravel(), "estimate": value.ravel()}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _moderated(plan: Plan, focus: pd.DataFrame) -> list[Regression]:
    """Tests that ran whose focus is the product of two standardised terms."""
    out = []
    for name in focus["spec"]:
        spec = plan.regressions.get(name)
        if spec is None:  # a mean, which has no terms
            continue
        by = {t.column: t for t in spec.terms}
        of = by[spec.focus].of if spec.focus in by else ()
        if len(of) == 2 and all(c in by and by[c].standardise for c in of):
            out.append(spec)
    return out


def moderation(spec: Regression, context: Context) -> Moderation:
    """The regression of a product, in every draw of its regressors.

    The covariance of a term and the product follows from a second fit with the moderator counted
    from one instead of zero, whose coefficient on the term is their sum.
    """
    made = prepare(spec, context)
    first, second = next(t.of for t in spec.terms if t.column == spec.focus)
    clusters = made.clusters if spec.covariance == "cluster" else None
    if clusters is not None and clusters.shape[1] == 1:
        clusters = clusters.iloc[:, 0]
    names = list(made.x.columns)
    at = [names.index(c) for c in (first, second, spec.focus)]
    coefficients, variances = [], []
    df = np.inf
    for values in [made.x.to_numpy(float)] if made.redrawn is None else made.redrawn:
        moved = values.copy()
        moved[:, at[2]] -= values[:, at[0]]
        fit, other = (fit_linear(made.y, pd.DataFrame(v, index=made.x.index, columns=names),
                                 covariance=spec.covariance, clusters=clusters)
                      for v in (values, moved))
        square, twist = fit.std_error[at[0]]**2, fit.std_error[at[2]]**2
        shared = (other.std_error[at[0]]**2 - square - twist) / 2
        coefficients.append(fit.estimate[at])
        variances.append([square, twist, shared])
        df = fit.df
    return Moderation(np.array(coefficients), np.array(variances), df, len(made.y))


def moderation_bands(spec: str, found: Moderation, confidence: float,
                     levels: Floats = RANGE) -> pd.DataFrame:
    """Effect of a standard deviation of the first term at ``levels`` of the second, ``x``.

    Draws are combined by Rubin's rules. A level at which a variance is not above zero, which
    clustering two ways can give, has no interval.
    """
    first, twist = found.coefficients[:, [0]], found.coefficients[:, [2]]
    effects = first + twist * levels
    square, product, shared = (found.variances[:, [i]] for i in range(3))
    variance = square + 2 * levels * shared + levels**2 * product
    sound = (variance > 0).all(axis=0)
    out = pd.DataFrame({"spec": spec, "kind": "moderation", "x": levels,
                        "estimate": effects.mean(axis=0), "confidence": confidence, "n": found.n})
    error, df = (np.full(levels.shape, np.nan) for _ in range(2))
    if len(effects) > 1 and sound.any():
        whole = combine(effects[:, sound], variance[:, sound], df_complete=found.df,
                        confidence=confidence)
        error[sound], df[sound] = whole.std_error, whole.df
    elif sound.any():
        error[sound], df[sound] = np.sqrt(variance[0, sound]), found.df
    half = stats.t.ppf(0.5 + confidence / 2, df) * error
    return out.assign(std_error=error, df=df, ci_lo=out["estimate"] - half,
                      ci_hi=out["estimate"] + half)


def fitted_surface(spec: str, found: Moderation) -> pd.DataFrame:
    """The fitted outcome, from its mean, over the first term (``x``) and the second (``y``)."""
    a, b, product = found.coefficients.mean(axis=0)
    x, y = np.meshgrid(RANGE, RANGE)
    return pd.DataFrame({"spec": spec, "kind": "fitted", "x": x.ravel(), "y": y.ravel(),
                         "estimate": (a * x + b * y + product * x * y).ravel()})
