"""Intervals of a share."""

from __future__ import annotations

from scipy.special import betaincinv

__all__ = ["exact_interval"]


def exact_interval(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a share of ``k`` among ``n`` (Clopper & Pearson 1934); 0 to 1 if n is 0.

    Raises ValueError unless 0 ≤ k ≤ n.
    """
    if not 0 <= k <= n:
        raise ValueError(f"a share needs 0 <= k <= n, not {k} of {n}")
    tail = (1.0 - confidence) / 2.0
    lo = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
    hi = float(betaincinv(k + 1, n - k, 1.0 - tail)) if k < n else 1.0
    return lo, hi
