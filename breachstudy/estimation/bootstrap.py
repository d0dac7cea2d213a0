"""Wild cluster bootstrap-t for one coefficient of a linear model.

Cameron, Gelbach & Miller (2008, Rev. Econ. Stat. 90, 414–427) with the null imposed. Fitting every
draw is avoided as in Roodman, Nielsen, MacKinnon & Webb (2019, Stata J. 19, 4–60): numerator and
clustered variance of a draw are linear and quadratic forms in its G weights. In the hypothesised
value both are polynomials, so that inverting the test for an interval needs no new draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from breachstudy.estimation.alignment import paired
from breachstudy.estimation.covariances import cluster_codes
from breachstudy.estimation.errors import CollinearError, EstimationError, NotEstimable

__all__ = ["P_VALUES", "WEIGHTS", "TooFewClustersError", "WildClusterBootstrap",
           "cluster_weights", "wild_cluster_bootstrap"]

Floats = NDArray[np.float64]
P_VALUES = ("at_least", "strict")
# Values that a cluster's weight takes, and their probabilities; all have mean 0, variance 1.
_ROOT5 = 5**0.5
WEIGHTS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "rademacher": ((-1.0, 1.0), (0.5, 0.5)),
    "webb": ((-(1.5**0.5), -1.0, -(0.5**0.5), 0.5**0.5, 1.0, 1.5**0.5), (1 / 6,) * 6),
    "mammen": ((-(_ROOT5 - 1) / 2, (_ROOT5 + 1) / 2),
               ((_ROOT5 + 1) / (2 * _ROOT5), (_ROOT5 - 1) / (2 * _ROOT5))),
}
# |t*| and |t| that differ by less than this share are equal: the draw of all +1 gives t itself.
TIE = 1e-9
# Beyond so many standard errors an end of the interval counts as infinite.
FARTHEST = 1e6
BATCH = 4096


class TooFewClustersError(NotEstimable):
    """The bootstrap cannot be trusted with these clusters; the message says why."""


@dataclass(frozen=True)
class WildClusterBootstrap:
    """Result for one coefficient.

    ``statistic`` is the clustered t (CR1) against ``null``; ``p_value`` the two-sided p by the
    convention in ``p_value_kind``; ``ci_lo``, ``ci_hi`` the ends of the values not rejected
    (infinite if the draws never reject). ``t_draws`` (draws,) are the bootstrap statistics at
    ``null``. ``is_enumerated`` if every combination of weights was used once. ``largest_share``
    is the share of the term's residual variation that lies in one cluster: the nearer to one,
    the less the asymptotics of G clusters hold (Carter, Schnepel & Steigerwald 2017).
    """

    term: str
    null: float
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    ci_lo: float
    ci_hi: float
    confidence: float
    n: int
    n_clusters: int
    draws: int
    weights: str
    p_value_kind: str
    is_null_imposed: bool
    is_enumerated: bool
    largest_share: float
    t_draws: Floats


@paired("y", "x", "clusters")
def wild_cluster_bootstrap(
    y: pd.Series, x: pd.DataFrame, term: str, clusters: pd.Series, *, null: float = 0.0,
    weights: str = "rademacher", draws: int = 9999, seed: int = 0, impose_null: bool = True,
    p_value_kind: str = "at_least", confidence: float | None = 0.95, min_clusters: int = 5,
    min_treated: int = 4,
) -> WildClusterBootstrap:
    """Test ``term`` = ``null`` with weights drawn by cluster.

    ``y`` (n,), ``x`` (n, k; with its constant) and ``clusters`` (n,) without missing values.
    ``weights``: rademacher, webb (six points, Webb 2014; for fewer than about twelve clusters)
    or mammen. Where all combinations number no more than ``draws`` (2^G, 6^G), each is used once
    (not with Mammen's, whose points are not equally likely). ``confidence`` None leaves out the
    interval.

    p-values. ``at_least`` counts |t*| ≥ |t|: the share of combinations if enumerated, else
    (1 + count)/(1 + draws) (Davison & Hinkley 1997, 4.2), never zero. ``strict`` counts
    |t*| > |t| over the number of draws, as Stata's boottest and its descendants report; if
    enumerated it leaves out the sample itself, and can be zero.

    Raises :class:`TooFewClustersError` if there are fewer than ``min_clusters`` clusters, or the
    term is binary and fewer than ``min_treated`` clusters hold a one, or a zero (the bootstrap
    then rejects almost never or far too often, MacKinnon & Webb 2017, J. Appl. Econometrics 32,
    233–254); ValueError for other faults of the input.
    """
    _check(y, x, term, weights, draws, p_value_kind, confidence)
    codes = cluster_codes(clusters)
    groups = int(codes.max()) + 1
    values = x[term].to_numpy(dtype=float)
    _refuse(values, codes, groups, term, min_clusters, min_treated)
    forms = _Forms.of(y.to_numpy(dtype=float), x.drop(columns=term).to_numpy(dtype=float),
                      values, codes, groups, term)
    made, enumerated = cluster_weights(weights, groups, draws, seed)
    test = _Test(forms, made, impose_null, p_value_kind, enumerated)
    t_draws = test.t_draws(null)
    lo, hi = (np.nan, np.nan) if confidence is None else test.interval(1 - confidence)
    return WildClusterBootstrap(
        term=term, null=null, estimate=forms.estimate, std_error=forms.std_error,
        statistic=forms.t(null), p_value=test.p_value(null), ci_lo=lo, ci_hi=hi,
        confidence=np.nan if confidence is None else confidence, n=len(y), n_clusters=groups,
        draws=len(made), weights=weights, p_value_kind=p_value_kind,
        is_null_imposed=impose_null, is_enumerated=enumerated,
        largest_share=forms.largest_share, t_draws=t_draws)


@lru_cache(maxsize=4)
def cluster_weights(kind: str, groups: int, draws: int, seed: int) -> tuple[Floats, bool]:
    """Weights (draws, groups), read-only, and whether they are all combinations rather than a
    sample. Tests that share clusters share their draws, which are kept for the next test."""
    made, enumerated = _weights(kind, groups, draws, seed)
    made.flags.writeable = False
    return made, enumerated


def _weights(kind: str, groups: int, draws: int, seed: int) -> tuple[Floats, bool]:
    points, chances = WEIGHTS[kind]
    if kind != "mammen" and len(points) ** groups <= draws:
        return np.array(list(product(points, repeat=groups))), True
    rng = np.random.default_rng(seed)
    if kind == "mammen":
        picked = (rng.random((draws, groups), dtype=np.float32) >= chances[0]).astype(np.int8)
    else:
        picked = rng.integers(0, len(points), (draws, groups), dtype=np.int8)
    return np.array(points)[picked], False


@dataclass(frozen=True)
class _Forms:
    """Sums by cluster that give every draw; u = M(y − null · x) are restricted residuals.

    With x̃ the residual of the term on the other columns X₂, d = x̃'x̃ and ŷ, x̂ the parts of y and
    of the term: ``score_y``, ``score_x`` (G,) hold Σ x̃·ỹ and Σ x̃·x̃ by cluster, ``cross`` (G, k)
    Σ x̃·X (X'X)^-½ and ``load_y``, ``load_x`` (G, k) Σ X·ỹ and Σ X·x̃ in the same basis.
    """

    score_y: Floats
    score_x: Floats
    cross: Floats
    load_y: Floats
    load_x: Floats
    d: float
    factor: float
    estimate: float
    std_error: float

    @classmethod
    def of(cls, y: Floats, others: Floats, x: Floats, codes: NDArray[np.intp], groups: int,
           term: str) -> _Forms:
        n, k = others.shape[0], others.shape[1] + 1
        basis = np.linalg.qr(others)[0] if others.size else np.zeros((n, 0))
        x_res = x - basis @ (basis.T @ x)
        y_res = y - basis @ (basis.T @ y)
        d = float(x_res @ x_res)
        if d <= 1e-18 * max(float(x @ x), 1.0):
            raise CollinearError(f"{term} is a linear combination of the other terms")
        # An orthonormal basis of all columns: the term's residual is its last direction.
        full = np.column_stack([basis, x_res / d**0.5])
        score_y = _sums(x_res * y_res, codes, groups)
        score_x = _sums(x_res**2, codes, groups)
        cross, load_y, load_x = (
            np.column_stack([_sums(full[:, j] * v, codes, groups) for j in range(k)])
            for v in (x_res, y_res, x_res))
        estimate = float(score_y.sum()) / d
        factor = groups / (groups - 1) * (n - 1) / (n - k)
        scores = score_y - estimate * score_x
        std_error = float(np.sqrt(factor * (scores @ scores))) / d
        if std_error <= 1e-12 * max(abs(estimate), float(np.std(y)) / d**0.5):
            raise NotEstimable(f"the model fits {term} exactly; there is no error to resample")
        return cls(score_y, score_x, cross, load_y, load_x, d, factor, estimate, std_error)

    @property
    def largest_share(self) -> float:
        return float(self.score_x.max() / self.score_x.sum())

    def t(self, null: float) -> float:
        return (self.estimate - null) / self.std_error


class _Test:
    """Draws reduced to polynomials in the hypothesised value b.

    Numerator of a draw: ``n0 − b·n1``; sum of squared cluster scores: ``q0 − 2b·q1 + b²·q2``.
    Without the null imposed the residuals are those at the estimate, whatever b is.
    """

    def __init__(self, forms: _Forms, weights: Floats, impose_null: bool, kind: str,
                 enumerated: bool) -> None:
        self.forms, self.kind, self.enumerated = forms, kind, enumerated
        self.impose_null = impose_null
        draws = len(weights)
        self.n0, self.n1 = weights @ forms.score_y, weights @ forms.score_x
        self.q0, self.q1, self.q2 = np.empty(draws), np.empty(draws), np.empty(draws)
        for i in range(0, draws, BATCH):
            v = weights[i:i + BATCH]
            own_y = v * forms.score_y - (v @ forms.load_y) @ forms.cross.T
            own_x = v * forms.score_x - (v @ forms.load_x) @ forms.cross.T
            self.q0[i:i + BATCH] = np.einsum("ij,ij->i", own_y, own_y)
            self.q1[i:i + BATCH] = np.einsum("ij,ij->i", own_y, own_x)
            self.q2[i:i + BATCH] = np.einsum("ij,ij->i", own_x, own_x)
        self._fixed = None if impose_null else self._t(forms.estimate)

    def _t(self, b: float) -> Floats:
        squares = np.maximum(self.q0 - 2 * b * self.q1 + b**2 * self.q2, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (self.n0 - b * self.n1) / np.sqrt(self.forms.factor * squares)
        # 0/0: the draw has no variation at all, and counts as no evidence.
        found[np.isnan(found)] = 0.0
        return found

    def t_draws(self, b: float) -> Floats:
        return self._t(b) if self._fixed is None else self._fixed

    def p_value(self, b: float) -> float:
        t, drawn = abs(self.forms.t(b)), np.abs(self.t_draws(b))
        if self.kind == "strict":
            return float((drawn > t * (1 + TIE)).mean())
        count = int((drawn >= t * (1 - TIE)).sum())
        return count / len(drawn) if self.enumerated else (1 + count) / (1 + len(drawn))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Ends of the values with p > alpha, followed outward from the estimate."""
        return (_end(self.p_value, self.forms.estimate, -self.forms.std_error, alpha),
                _end(self.p_value, self.forms.estimate, self.forms.std_error, alpha))


def _end(p_value: Callable[[float], float], start: float, step: float, alpha: float) -> float:
    inside, reach = 0.0, 1.0
    while p_value(start + reach * step) > alpha:
        inside, reach = reach, reach * 1.5
        if reach > FARTHEST:
            return float(np.sign(step)) * np.inf
    outside = reach
    while outside - inside > 1e-13 * outside:
        middle = (inside + outside) / 2
        inside, outside = ((middle, outside) if p_value(start + middle * step) > alpha
                           else (inside, middle))
    return start + step * (inside + outside) / 2


def _sums(values: Floats, codes: NDArray[np.intp], groups: int) -> Floats:
    return np.asarray(np.bincount(codes, values, groups), dtype=np.float64)


def _check(y: pd.Series, x: pd.DataFrame, term: str, weights: str, draws: int, kind: str,
           confidence: float | None) -> None:
    faults = []
    if term not in x.columns:
        faults.append(f"no term {term!r}; known: {', '.join(map(str, x.columns))}")
    if weights not in WEIGHTS:
        faults.append(f"weights {weights!r}; use one of {', '.join(WEIGHTS)}")
    if kind not in P_VALUES:
        faults.append(f"p_value_kind {kind!r}; use one of {', '.join(P_VALUES)}")
    if draws < 99:
        faults.append(f"{draws} draws cannot give a p-value near 0.05; use at least 99")
    if confidence is not None and not 0 < confidence < 1:
        faults.append(f"confidence {confidence} is not between 0 and 1")
    if y.isna().any() or x.isna().any().any():
        faults.append("y and x must not hold missing values; drop such rows and count them")
    if faults:
        raise EstimationError("; ".join(faults))
    if len(y) <= x.shape[1]:
        raise NotEstimable(f"{len(y)} rows cannot estimate {x.shape[1]} terms")


def _refuse(values: Floats, codes: NDArray[np.intp], groups: int, term: str, min_clusters: int,
            min_treated: int) -> None:
    if groups < min_clusters:
        raise TooFewClustersError(
            f"{groups} clusters are too few for the wild bootstrap (at least {min_clusters}): "
            f"signs alone give {2**groups} statistics. Use permutation, or say inconclusive")
    levels = np.unique(values)
    if len(levels) != 2:
        return
    for level in levels:
        held = len(np.unique(codes[values == level]))
        if held < min_treated:
            raise TooFewClustersError(
                f"only {held} of {groups} clusters hold {term} = {level:g} (at least "
                f"{min_treated}): the bootstrap is unreliable with few treated clusters. Use "
                "permutation of treatment between clusters, or say inconclusive")
