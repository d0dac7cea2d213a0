"""Permutation tests of one coefficient, within strata.

A permutation reorders: every value of the term is used exactly once in its stratum. (Drawing with
replacement is a bootstrap, whose null distribution is another one.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import factorial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.errors import CollinearError, EstimationError, NotEstimable
from breachstudy.estimation.parallel import Backend, chunk_sizes, run_tasks, task_seeds

__all__ = ["PermutationTest", "arrangements", "count_arrangements", "permutation_statistics",
           "permutation_test", "permuted_rows"]

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
STATISTICS = ("t", "coefficient")
BATCH = 512
# Statistics that differ by less than this share are equal: an arrangement equal to the sample's.
TIE = 1e-9


@dataclass(frozen=True)
class PermutationTest:
    """``estimate`` is the coefficient, ``statistic`` what is compared, ``null`` (draws,) its values
    under permutation. ``p_value`` (two-sided) is the share of arrangements with
    |statistic| ≥ |observed| if ``is_exact``, else (1 + count)/(1 + draws)."""

    term: str
    estimate: float
    statistic: float
    statistic_kind: str
    p_value: float
    n: int
    n_strata: int
    draws: int
    is_exact: bool
    null: Floats


@paired("y", "x", "strata")
def permutation_test(y: pd.Series, x: pd.DataFrame, term: str, *,
                     strata: pd.Series | None = None, statistic: str = "t", draws: int = 9999,
                     seed: int = 0, max_exact: int = 20_000, backend: Backend | None = None
                     ) -> PermutationTest:
    """Test that ``term`` has no effect, by permuting it within ``strata``.

    ``y`` (n,), ``x`` (n, k; with its constant), ``strata`` (n,), without missing values. The other
    columns stay with y, and are partialled out of both (Frisch & Waugh 1933; Draper & Stoneman
    1966). Exact if, given the strata, every order of the term was equally likely. The statistic
    "t" (with HC3) keeps its size for large n when only the coefficient is zero but not
    independence (DiCiccio & Romano 2017, J. Am. Stat. Assoc. 112, 1211–1220); "coefficient" does
    not. If the distinct arrangements number no more than ``max_exact``, all are used once; else
    ``draws`` of them, drawn at random (Phipson & Smyth 2010 on the p-value).

    Raises ValueError on missing values, an unknown term or statistic, or a term that is constant
    within every stratum.
    """
    observed, null, exact = permutation_statistics(
        y.to_frame("y"), x, term, strata=strata, statistic=statistic, draws=draws, seed=seed,
        max_exact=max_exact, backend=backend)
    values, drawn = observed[0], null[:, 0]
    count = int((np.abs(drawn) >= abs(values) * (1 - TIE)).sum())
    design = x.to_numpy(dtype=float)
    estimate = np.linalg.lstsq(design, y.to_numpy(dtype=float), rcond=None)[0]
    return PermutationTest(
        term=term, estimate=float(estimate[list(x.columns).index(term)]), statistic=float(values),
        statistic_kind=statistic, n=len(y),
        p_value=count / len(drawn) if exact else (1 + count) / (1 + len(drawn)),
        n_strata=1 if strata is None else int(strata.nunique()), draws=len(drawn),
        is_exact=exact, null=drawn)


@paired("ys", "x", "strata")
def permutation_statistics(ys: pd.DataFrame, x: pd.DataFrame, term: str, *,
                           strata: pd.Series | None = None, statistic: str = "t",
                           draws: int = 9999, seed: int = 0, max_exact: int = 20_000,
                           backend: Backend | None = None) -> tuple[Floats, Floats, bool]:
    """Statistics of ``term`` for several outcomes under the same permutations.

    ``ys`` (n, q). Returns the observed (q,), the null (draws, q), a row of which is one
    permutation, as Romano–Wolf needs, and whether the rows are all arrangements. Raises as
    :func:`permutation_test`.
    """
    _check(ys, x, term, strata, statistic, draws)
    values = x[term].to_numpy(dtype=float)
    codes = (np.zeros(len(x), dtype=np.intp) if strata is None
             else np.asarray(pd.factorize(strata)[0], dtype=np.intp))
    others = x.drop(columns=term).to_numpy(dtype=float)
    basis = np.linalg.qr(others)[0] if others.size else np.zeros((len(x), 0))
    outcomes = ys.to_numpy(dtype=float)
    outcomes = outcomes - basis @ (basis.T @ outcomes)
    if all(len(np.unique(values[codes == s])) == 1 for s in np.unique(codes)):
        raise NotEstimable(f"{term} is constant within every stratum; nothing can be permuted")
    observed = _statistics(values[None], outcomes, basis, statistic)[0]
    if not np.isfinite(observed).all():
        raise CollinearError(f"{term} is a linear combination of the other terms, or fits y "
                             "exactly")
    if count_arrangements(values, codes, max_exact) <= max_exact:
        drawn = np.array(list(arrangements(values, codes)))
        return observed, np.vstack([_null(drawn[i:i + BATCH], outcomes, basis, statistic)
                                    for i in range(0, len(drawn), BATCH)]), True
    sizes = chunk_sizes(draws, BATCH)
    tasks = [(s, size, values, codes, outcomes, basis, statistic)
             for s, size in zip(task_seeds(seed, len(sizes)), sizes, strict=True)]
    return observed, np.vstack(run_tasks(_batch, tasks, backend)), False


def _batch(seed: np.random.SeedSequence, size: int, values: Floats, codes: Rows, ys: Floats,
           basis: Floats, statistic: str) -> Floats:
    rows = permuted_rows(codes, size, np.random.default_rng(seed))
    return _null(values[rows], ys, basis, statistic)


def permuted_rows(codes: Rows, draws: int, rng: np.random.Generator) -> Rows:
    """Row numbers (draws, n); each row of the result is a permutation within the strata."""
    order = np.argsort(codes, kind="stable")
    found = np.empty((draws, len(codes)), dtype=np.intp)
    for rows in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        found[:, rows] = rng.permuted(np.tile(rows, (draws, 1)), axis=1)
    return found


def _statistics(drawn: Floats, ys: Floats, basis: Floats, kind: str) -> Floats:
    """Coefficients or t (draws, q) of regressors ``drawn`` (draws, n) on residual outcomes."""
    res = drawn - (drawn @ basis) @ basis.T
    d = np.einsum("ij,ij->i", res, res)
    scale = np.einsum("ij,ij->i", drawn, drawn)
    d = np.where(d > 1e-18 * np.maximum(scale, 1e-300), d, np.nan)
    estimate = (res @ ys) / d[:, None]
    if kind == "coefficient":
        return np.asarray(estimate)
    # HC3: Σ x̃²(ỹ − x̃b)²/(1 − h)² expands into three products with the outcomes.
    room = 1 - np.einsum("ij,ij->i", basis, basis)[None] - res**2 / d[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(room > 1e-9, (res / room) ** 2, 0.0)
        variance = (weight @ ys**2 - 2 * estimate * ((weight * res) @ ys)
                    + estimate**2 * (weight * res**2).sum(1)[:, None]) / d[:, None] ** 2
        return np.asarray(estimate / np.sqrt(np.maximum(variance, 0.0)))


def _null(drawn: Floats, ys: Floats, basis: Floats, kind: str) -> Floats:
    # An arrangement collinear with the other terms has no coefficient: no evidence, zero.
    return np.nan_to_num(_statistics(drawn, ys, basis, kind), nan=0.0, posinf=np.inf,
                         neginf=-np.inf)


def count_arrangements(values: Floats, codes: Rows, limit: int) -> int:
    """Distinct orders of ``values`` within strata; counting stops above ``limit``."""
    total = 1
    for s in np.unique(codes):
        own = np.unique(values[codes == s], return_counts=True)[1]
        ways = factorial(int(own.sum()))
        for c in own:
            ways //= factorial(int(c))
        total *= ways
        if total > limit:
            break
    return total


def arrangements(values: Floats, codes: Rows) -> Iterator[Floats]:
    """Every distinct order of ``values`` (n,) within the strata, once."""
    rows = [np.flatnonzero(codes == s) for s in np.unique(codes)]
    for parts in product(*(list(_orders(sorted(values[r].tolist()))) for r in rows)):
        found = np.empty(len(values))
        for r, part in zip(rows, parts, strict=True):
            found[r] = part
        yield found


def _orders(values: list[float]) -> Iterator[list[float]]:
    if len(values) < 2:
        yield values
        return
    for i, first in enumerate(values):
        if i and first == values[i - 1]:
            continue
        for rest in _orders(values[:i] + values[i + 1:]):
            yield [first, *rest]


def _check(ys: pd.DataFrame, x: pd.DataFrame, term: str, strata: pd.Series | None,
           statistic: str, draws: int) -> None:
    faults = []
    if term not in x.columns:
        faults.append(f"no term {term!r}; known: {', '.join(map(str, x.columns))}")
    if statistic not in STATISTICS:
        faults.append(f"statistic {statistic!r}; use one of {', '.join(STATISTICS)}")
    if draws < 99:
        faults.append(f"{draws} draws cannot give a p-value near 0.05; use at least 99")
    if ys.isna().any(axis=None) or x.isna().any(axis=None):
        faults.append("y and x must not hold missing values; drop such rows and count them")
    if strata is not None and strata.isna().any():
        faults.append("strata must not hold missing values; give such rows a stratum of their own")
    if faults:
        raise EstimationError("; ".join(faults))
    if len(x) <= x.shape[1]:
        raise NotEstimable(f"{len(x)} rows cannot estimate {x.shape[1]} terms")
