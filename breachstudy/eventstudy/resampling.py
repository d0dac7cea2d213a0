"""Wild bootstrap of the mean CAR."""

from __future__ import annotations

from itertools import product

import numpy as np

from breachstudy.eventstudy.panel import Floats
from breachstudy.eventstudy.parametric import clustered_t
from breachstudy.eventstudy.samples import WindowSample
from breachstudy.eventstudy.statistic import TestStatistic, unavailable

__all__ = ["wild_bootstrap"]

BATCH = 256
# Below this many clusters two-point weights give too few distinct samples (Webb 2014).
FEW_CLUSTERS = 12
WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
# Statistics closer than this share are equal: the sample itself is among those enumerated.
TIE = 1e-9


def wild_bootstrap(sample: WindowSample, *, draws: int = 1999, seed: int = 0) -> TestStatistic:
    """Test of the mean CAR by the wild bootstrap-t with the null imposed.

    CAR*_g = w_g CAR_g, one weight a cluster g (Cameron, Gelbach & Miller 2008, Rev. Econ. Stat. 90,
    414–427): ±1 with equal probability, all 2^G of them once if these are no more than ``draws``;
    else, with fewer than 12 clusters, Webb's six points. The p-value is the share of |t*| ≥ |t|,
    with the sample itself counted when drawn. ``value`` is the clustered t.
    """
    value, _ = clustered_t(sample.car, sample.cluster)
    if not np.isfinite(value):
        return unavailable("wild_bootstrap", sample.n, "too_few_events")
    size: Floats = np.bincount(sample.cluster).astype(np.float64)
    sums: Floats = np.bincount(sample.cluster, weights=sample.car).astype(np.float64)
    g = size.size
    limit = abs(value) * (1 - TIE)
    if g <= 30 and 2**g <= draws:
        weights = np.array(list(product([-1.0, 1.0], repeat=g)))
        p = float((_t(weights, sums, size) >= limit).mean())
    else:
        rng = np.random.default_rng(seed)
        points = np.array([-1.0, 1.0]) if g >= FEW_CLUSTERS else np.concatenate([-WEBB, WEBB])
        hits = 0
        for begin in range(0, draws, BATCH):
            weights = rng.choice(points, (min(BATCH, draws - begin), g))
            hits += int((_t(weights, sums, size) >= limit).sum())
        p = (1 + hits) / (1 + draws)
    return TestStatistic("wild_bootstrap", value, p, None, sample.n)


def _t(weights: Floats, sums: Floats, size: Floats) -> Floats:
    """|t| of B bootstrap samples (B, G) of cluster sums."""
    n, g = size.sum(), size.size
    drawn = weights * sums
    mean = drawn.sum(axis=1) / n
    centred = drawn - mean[:, None] * size
    error = np.sqrt((centred**2).sum(axis=1) * g / (g - 1)) / n
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = np.abs(mean) / error
    return np.where(error > 0, out, np.inf)
