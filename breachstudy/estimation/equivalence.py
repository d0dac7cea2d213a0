"""What an estimate says, also when it is null: equivalence, verdicts, power.

An effect counts if it reaches the smallest effect of interest, fixed before the data are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from breachstudy.estimation.errors import EstimationError

__all__ = ["VERDICTS", "EquivalenceTest", "Verdict", "equivalence_power", "equivalence_test",
           "minimum_detectable_effect", "power", "verdict"]

Floats = NDArray[np.float64]
VERDICTS = ("supported", "contrary", "too_small_to_matter", "inconclusive")


@dataclass(frozen=True)
class EquivalenceTest:
    """Two one-sided tests. ``p_lower`` is against effects ≤ ``bound_lo``, ``p_upper`` against
    effects ≥ ``bound_hi``, ``p_value`` the larger; ``ci_lo``, ``ci_hi`` the 1 − 2·alpha interval,
    which lies within the bounds exactly if ``p_value`` < alpha."""

    bound_lo: float
    bound_hi: float
    p_lower: float
    p_upper: float
    p_value: float
    ci_lo: float
    ci_hi: float
    alpha: float


@dataclass(frozen=True)
class Verdict:
    """``verdict`` is one of :data:`VERDICTS`; ``reason`` is a sentence without numbers; ``p_zero``
    and ``p_equivalence`` are the p-values it rests on."""

    verdict: str
    reason: str
    p_zero: float
    p_equivalence: float


def equivalence_test(estimate: float, std_error: float, df: float,
                     bounds: tuple[float, float], alpha: float = 0.05) -> EquivalenceTest:
    """Is the effect within ``bounds``? Two one-sided t tests (Schuirmann 1987, J. Pharmacokinet.
    Biopharm. 15, 657–680; Lakens 2017). ``df`` may be infinite.

    Raises ValueError if the bounds are not in order, or an error or df is not positive.
    """
    from scipy import stats

    lo, hi = bounds
    if not lo < hi:
        raise EstimationError(f"bounds {lo} and {hi} are not in order")
    _positive(std_error, df, alpha)
    p_lower = float(stats.t.sf((estimate - lo) / std_error, df))
    p_upper = float(stats.t.cdf((estimate - hi) / std_error, df))
    reach = float(stats.t.isf(alpha, df)) * std_error
    return EquivalenceTest(lo, hi, p_lower, p_upper, max(p_lower, p_upper), estimate - reach,
                           estimate + reach, alpha)


def verdict(estimate: float, std_error: float, df: float, *, smallest_effect: float,
            predicted_sign: int, alpha: float = 0.05, p_value: float | None = None,
            p_equivalence: float | None = None) -> Verdict:
    """What the estimate says of a hypothesis that predicts a sign.

    In this order: *too small to matter* if the effect is shown to lie within ±``smallest_effect``
    (even where it differs from zero); *supported* if it differs from zero in the
    ``predicted_sign`` (+1, −1, or 0 for either); *contrary* if in the other; else *inconclusive*.
    ``p_value`` and ``p_equivalence`` replace those of the t tests, as after an adjustment for
    multiplicity or from a bootstrap.

    Raises ValueError if a number is missing or out of its range.
    """
    from scipy import stats

    if predicted_sign not in (-1, 0, 1):
        raise EstimationError(f"predicted_sign is -1, 0 or 1, not {predicted_sign}")
    if not smallest_effect > 0:
        raise EstimationError(f"the smallest effect of interest must be above zero, not "
                              f"{smallest_effect}")
    if not np.isfinite(estimate):
        raise EstimationError("the estimate is missing; the hypothesis was not tested")
    test = equivalence_test(estimate, std_error, df, (-smallest_effect, smallest_effect), alpha)
    p_zero = (2 * float(stats.t.sf(abs(estimate) / std_error, df)) if p_value is None
              else p_value)
    p_small = test.p_value if p_equivalence is None else p_equivalence
    for p in (p_zero, p_small):
        if not 0 <= p <= 1:
            raise EstimationError(f"a p-value is {p}, outside [0, 1]")
    if p_small <= alpha:
        return Verdict("too_small_to_matter", "the effect lies within the smallest effect of "
                       "interest on either side of zero", p_zero, p_small)
    if p_zero <= alpha and predicted_sign * np.sign(estimate) >= 0:
        return Verdict("supported", "the effect differs from zero as predicted", p_zero, p_small)
    if p_zero <= alpha:
        return Verdict("contrary", "the effect differs from zero, against the prediction", p_zero,
                       p_small)
    return Verdict("inconclusive", "neither zero nor effects of interest are excluded", p_zero,
                   p_small)


def power(effects: ArrayLike, std_error: float, df: float = np.inf, alpha: float = 0.05
          ) -> Floats:
    """Power (k,) of the two-sided t test at true ``effects`` (k,) given the realised error.

    From the noncentral t distribution (both tails). Not "observed power": the effects are ones
    of interest, never the estimate. Raises ValueError as :func:`equivalence_test`.
    """
    from scipy import stats

    _positive(std_error, df, alpha)
    shift = np.atleast_1d(np.asarray(effects, dtype=float)) / std_error
    critical = stats.t.isf(alpha / 2, df)
    if np.isinf(df):
        found = stats.norm.sf(critical - shift) + stats.norm.cdf(-critical - shift)
    else:
        # The far tail underflows to NaN where it is zero to any precision.
        tails = [stats.nct.sf(critical, df, np.abs(shift)),
                 stats.nct.cdf(-critical, df, np.abs(shift))]
        found = np.nan_to_num(tails[0], nan=1.0) + np.nan_to_num(tails[1], nan=0.0)
    return np.asarray(np.clip(found, 0.0, 1.0))


def minimum_detectable_effect(std_error: float, df: float = np.inf, alpha: float = 0.05,
                              wanted: float = 0.8) -> float:
    """The effect that the two-sided test finds with power ``wanted`` (Bloom 1995, Eval. Rev. 19,
    547–556; here without his approximation of the noncentral t).

    With normal errors, about 2.8 ``std_error`` for power 0.8 at 0.05. Raises ValueError if
    ``wanted`` is not between alpha and one, or as :func:`equivalence_test`.
    """
    from scipy.optimize import brentq

    _positive(std_error, df, alpha)
    if not alpha < wanted < 1:
        raise EstimationError(f"power {wanted} is not between alpha {alpha} and 1")
    highest = 1.0
    while power(highest, 1.0, df, alpha)[0] < wanted:
        highest *= 2
    found = brentq(lambda e: float(power(e, 1.0, df, alpha)[0]) - wanted, 0.0, highest,
                   xtol=1e-12)
    return float(found) * std_error


def equivalence_power(effects: ArrayLike | Sequence[float], std_error: float, df: float,
                      smallest_effect: float, alpha: float = 0.05) -> Floats:
    """Power (k,) of the two one-sided tests against ±``smallest_effect`` at true ``effects``.

    Exact: the normal probability that both tests reject, averaged over the chi distribution of
    the estimated error (Phillips 1990, J. Pharmacokinet. Biopharm. 18, 137–144). Raises ValueError
    as :func:`equivalence_test`.
    """
    from scipy import stats
    from scipy.integrate import quad

    _positive(std_error, df, alpha)
    if not smallest_effect > 0:
        raise EstimationError("the smallest effect of interest must be above zero")
    true = np.atleast_1d(np.asarray(effects, dtype=float)) / std_error
    bound, critical = smallest_effect / std_error, float(stats.t.isf(alpha, df))

    def given(scale: float, effect: float) -> float:
        reach = bound - critical * scale
        return max(0.0, float(stats.norm.cdf(reach - effect) - stats.norm.cdf(-reach - effect)))
    if np.isinf(df):
        return np.array([given(1.0, e) for e in true])
    spread = stats.chi(df, scale=df**-0.5)
    # No reach is left beyond bound/critical; and no mass beyond the quantiles.
    lo, hi = spread.ppf(1e-13), min(bound / critical, spread.isf(1e-13))
    if hi <= lo:
        return np.zeros(len(true))
    return np.array([quad(lambda s, e=e: given(s, e) * spread.pdf(s), lo, hi, epsabs=1e-10,
                          limit=200)[0] for e in true])


def _positive(std_error: float, df: float, alpha: float) -> None:
    if not (std_error > 0 and np.isfinite(std_error)):
        raise EstimationError(f"the standard error must be above zero, not {std_error}")
    if not df > 0:
        raise EstimationError(f"the degrees of freedom must be above zero, not {df}")
    if not 0 < alpha < 0.5:
        raise EstimationError(f"alpha must lie between 0 and 0.5, not {alpha}")
