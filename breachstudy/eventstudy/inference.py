"""All test statistics of an event study, as one tidy frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from breachstudy.eventstudy.nonparametric import generalised_sign, grank_t, rank, sign, wilcoxon
from breachstudy.eventstudy.parametric import (
    bmp,
    brown_warner,
    cross_sectional_t,
    kolari_pynnonen,
    patell,
    skewness_adjusted_t,
)
from breachstudy.eventstudy.resampling import wild_bootstrap
from breachstudy.eventstudy.results import EventStudyResult
from breachstudy.eventstudy.samples import WindowSample, window_sample
from breachstudy.eventstudy.statistic import TestStatistic
from breachstudy.eventstudy.windows import Window, window_name

__all__ = ["STATISTICS", "window_statistics", "window_tests"]

STATISTICS: dict[str, Callable[[WindowSample], TestStatistic]] = {
    "cross_sectional_t": cross_sectional_t,
    "patell": patell,
    "bmp": bmp,
    "kolari_pynnonen": kolari_pynnonen,
    "brown_warner": brown_warner,
    "rank": rank,
    "grank_t": grank_t,
    "sign": sign,
    "generalised_sign": generalised_sign,
    "wilcoxon": wilcoxon,
    "skewness_adjusted_t": skewness_adjusted_t,
    "wild_bootstrap": wild_bootstrap,
}


def window_statistics(sample: WindowSample, statistics: Sequence[str] = tuple(STATISTICS), *,
                      draws: int = 1999, seed: int = 0) -> list[TestStatistic]:
    """The statistics of a sample. Raises ValueError for a name not in :data:`STATISTICS`."""
    unknown = [s for s in statistics if s not in STATISTICS]
    if unknown:
        raise ValueError(f"no statistic {', '.join(unknown)}; there are {', '.join(STATISTICS)}")
    return [wild_bootstrap(sample, draws=draws, seed=seed) if name == "wild_bootstrap"
            else STATISTICS[name](sample) for name in statistics]


def window_tests(result: EventStudyResult, windows: Sequence[Window] | None = None, *,
                 statistics: Sequence[str] = tuple(STATISTICS), by: str | None = None,
                 cluster: str | None = "firm", drop_duplicates: bool = True, draws: int = 1999,
                 seed: int = 0) -> pd.DataFrame:
    """One row a group, window and statistic: group, window, n, n_clusters, mean_car, median_car,
    mean_scar, statistic, value, df, p_value, reason.

    ``windows``: those of the study by default; a single session (d, d) of the event window may
    be asked for too, so daily tests are ``[(d, d) for d in range(-10, 31)]``. ``by``: a column of
    the events, tested apart. ``cluster``: column of the events whose values are clusters.
    """
    chosen = result.windows if windows is None else tuple(windows)
    levels = [None] if by is None else sorted(result.events[by].dropna().unique())
    rows = []
    for level in levels:
        among = None if level is None else result.events[by].eq(level).to_numpy(dtype=bool)
        for window in chosen:
            sample = window_sample(result, window, among=among, cluster=cluster,
                                   drop_duplicates=drop_duplicates)
            some = sample.n > 0
            shared = {
                "group": "all" if level is None else level, "model": result.model,
                "window": window_name(window), "n": sample.n,
                "n_clusters": int(np.unique(sample.cluster).size),
                "mean_car": float(sample.car.mean()) if some else np.nan,
                "median_car": float(np.median(sample.car)) if some else np.nan,
                "mean_scar": float(sample.scar.mean()) if some else np.nan,
            }
            rows += [shared | {"statistic": t.name, "value": t.value, "df": t.df,
                               "p_value": t.p_value, "reason": t.reason}
                     for t in window_statistics(sample, statistics, draws=draws, seed=seed)]
    frame = pd.DataFrame(rows)
    return frame.astype({"df": "Int64"}) if len(frame) else frame
