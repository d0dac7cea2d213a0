"""Joint permutation test of a specification curve.

Is the whole curve stronger than it would be if the treatment had no effect? Three statistics of
Simonsohn, Simmons & Nelson (2020): the median coefficient, the share of specifications significant
in the direction asked about, and Stouffer's Z. Their null distribution comes from permuting the
rows of all treatments together and fitting every specification again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.parallel import Backend, chunk_sizes, run_tasks, task_seeds
from breachstudy.estimation.permutation import permuted_rows
from breachstudy.estimation.spec_curve import (
    Problem,
    SpecError,
    Specification,
    Stack,
    fit_curve,
    hc_weight,
)

__all__ = ["STATISTICS", "CurveTest", "curve_test"]

Floats = NDArray[np.float64]
STATISTICS = ("median", "share_significant", "stouffer")
# Permutations in one task: bounds memory at batch × (rows + specifications), and fixes the seeds.
BATCH = 64
TIE = 1e-9


@dataclass(frozen=True)
class CurveTest:
    """Joint test; vectors are in the order of :data:`STATISTICS`, (3,).

    ``observed`` are the statistics, signed so that larger is stronger (see ``sign``), ``p_value``
    their (1 + count)/(1 + draws), ``null`` (draws, 3) the permuted ones. ``sign`` is the predicted
    sign, or 0 for either. ``n_specs`` specifications, ``alpha`` the level of significance.
    """

    observed: Floats
    p_value: Floats
    null: Floats
    sign: int
    alpha: float
    n_specs: int
    draws: int

    def tidy(self) -> pd.DataFrame:
        """One row a statistic: observed, median and 95 % quantile under the null, p-value."""
        return pd.DataFrame({
            "statistic": STATISTICS, "observed": self.observed,
            "null_median": np.median(self.null, axis=0),
            "null_q95": np.quantile(self.null, 0.95, axis=0), "p_value": self.p_value})


@paired("frame", "samples", "strata")
def curve_test(frame: pd.DataFrame, specs: Sequence[Specification], *, sign: int = 0,
               samples: Mapping[str, pd.Series] | None = None,
               blocks: Mapping[str, Sequence[str]] | None = None, covariance: str = "HC3",
               strata: pd.Series | None = None, alpha: float = 0.05, draws: int = 999,
               seed: int = 0, backend: Backend | None = None) -> CurveTest:
    """Permute the treatments within ``strata`` (n,) and compare the curve with its null.

    ``sign`` +1 or −1 asks about effects of that sign, 0 about either (absolute median, larger of
    the two shares, absolute Z). All treatments of a row move together, so their dependence stays;
    rows exchange only with rows that miss the same treatments, so every specification keeps its
    rows. Other arguments as in :func:`breachstudy.estimation.spec_curve.fit_curve`, and the
    statistics are computed from the same t.

    Exact if the treatments are exchangeable within strata (as when assigned at random there). With
    observed treatments that depend on the controls it tests the sharper null of no association
    within strata; give strata that hold what drives the treatment. Raises
    :class:`~breachstudy.estimation.spec_curve.SpecError` with every fault.
    """
    faults = []
    if sign not in (-1, 0, 1):
        faults.append(f"sign is -1, 0 or 1, not {sign}")
    if draws < 99:
        faults.append(f"{draws} draws cannot give a p-value near 0.05; use at least 99")
    if strata is not None and strata.isna().any():
        faults.append("strata must not hold missing values; give such rows a stratum of their own")
    if faults:
        raise SpecError(faults)
    curve = fit_curve(frame, specs, samples=samples, blocks=blocks, covariance=covariance)
    problem = Problem.of(frame, specs, samples, blocks, covariance)
    both = {problem.specs[j].outcome for *_, js in problem.groups for j in js} | {
        c for s in problem.specs for c in s.controls}
    moved = sorted(both & {s.treatment for s in problem.specs})
    if moved:
        raise SpecError([f"{c} is a treatment here and an outcome or control there; it cannot "
                         "both move and stay" for c in moved])
    codes = _exchangeable(problem, strata)
    sizes = chunk_sizes(draws, BATCH)
    tasks = [(s, size, problem, codes, curve.df, sign, alpha)
             for s, size in zip(task_seeds(seed, len(sizes)), sizes, strict=True)]
    null = np.vstack(run_tasks(_permuted, tasks, backend))
    observed = _summary(curve.estimate[None], curve.statistic[None], curve.df, sign, alpha)[0]
    slack = TIE * np.maximum(np.abs(observed), 1e-12)
    count = (null >= observed - slack).sum(axis=0)
    return CurveTest(observed, (1 + count) / (1 + draws), null, sign, alpha, len(specs), draws)


def _exchangeable(problem: Problem, strata: pd.Series | None) -> NDArray[np.intp]:
    """Codes (n,) of rows that may exchange: same stratum, same treatments known."""
    known = ~np.isnan(problem.values[:, list(problem.treatments)])
    keys = known.astype(np.intp)
    if strata is not None:
        keys = np.column_stack([keys, pd.factorize(strata)[0]])
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].ravel(), dtype=np.intp)


def _permuted(seed: np.random.SeedSequence, size: int, problem: Problem,
              codes: NDArray[np.intp], df: Floats, sign: int, alpha: float) -> Floats:
    """Statistics (size, 3) of ``size`` permutations."""
    rows = permuted_rows(codes, size, np.random.default_rng(seed))
    estimate, t = np.empty((size, len(df))), np.empty((size, len(df)))
    for stack in problem.stacks():
        drawn = problem.values[:, stack.treatment][rows][:, stack.rows]  # (size, n)
        drawn -= drawn.mean(axis=1, keepdims=True)
        for design in np.unique(stack.cell[0]):
            here = stack.cell[0] == design
            b, own = _refit(stack, int(design), stack.cell[1][here], drawn, problem.covariance)
            estimate[:, stack.spec[here]], t[:, stack.spec[here]] = b, own
    return _summary(estimate, t, df, sign, alpha)


def _refit(stack: Stack, design: int, outcomes: NDArray[np.intp], drawn: Floats,
           covariance: str) -> tuple[Floats, Floats]:
    """Coefficients and t (size, q) of permuted treatments ``drawn`` (size, n) in one design."""
    basis = stack.basis[design]
    y = stack.y[:, outcomes]
    y = y - basis.T @ (basis @ y)
    x = drawn - (drawn @ basis.T) @ basis
    d = np.einsum("bn,bn->b", x, x)[:, None]
    # A permuted treatment that the controls determine has no coefficient: no evidence.
    d = np.where(d > 1e-12 * np.einsum("bn,bn->b", drawn, drawn)[:, None], d, np.inf)
    b = (x @ y) / d
    leverage = 1 / len(stack.rows) + np.einsum("kn,kn->n", basis, basis)
    weight = hc_weight(x, d, leverage[None], covariance)
    # Σ w (ỹ − x̃ b)² expands into products with the outcomes that all of them share.
    cross = (weight * x) @ y
    variance = weight @ y**2 - 2 * b * cross + b**2 * np.einsum("bn,bn,bn->b", weight, x,
                                                               x)[:, None]
    if covariance == "HC1":
        variance = variance * (len(stack.rows) / stack.df[design])
    with np.errstate(divide="ignore", invalid="ignore"):
        t = b * d / np.sqrt(np.maximum(variance, 0.0))
    return b, np.where(np.isfinite(t), t, 0.0)


def _summary(estimate: Floats, t: Floats, df: Floats, sign: int, alpha: float) -> Floats:
    """The three statistics (draws, 3) of curves (draws, S)."""
    from scipy import special, stats

    critical = stats.t.isf(alpha / 2, df)
    up, down = (t > critical).mean(axis=1), (t < -critical).mean(axis=1)
    median = np.median(estimate, axis=1)
    # Normal scores by the tail that holds t, where the distribution function keeps its digits.
    scores = -special.ndtri(special.stdtr(df, -np.abs(t))) * np.sign(t)
    z = np.clip(scores, -37.0, 37.0).sum(axis=1) / len(df) ** 0.5
    if sign == 0:
        return np.column_stack([np.abs(median), np.maximum(up, down), np.abs(z)])
    return np.column_stack([sign * median, up if sign > 0 else down, sign * z])
