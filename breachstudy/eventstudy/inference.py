"""All test statistics of an event study, as one tidy frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from breachstudy.eventstudy.errors import OptionError
from breachstudy.eventstudy.nonparametric import generalised_sign, grank_t, rank, sign, wilcoxon
from breachstudy.eventstudy.parametric import (
    bmp,
    brown_warner,
    cross_sectional_t,
    kolari_pynnonen_2010,
    kolari_pynnonen_overlap,
    patell,
    skewness_adjusted_t,
)
from breachstudy.eventstudy.resampling import wild_bootstrap
from breachstudy.eventstudy.results import EventStudyResult, labels_of
from breachstudy.eventstudy.samples import WindowSample, window_sample
from breachstudy.eventstudy.statistic import TestStatistic
from breachstudy.eventstudy.windows import Window, window_name

__all__ = ["STATISTICS", "USUAL", "window_statistics", "window_tests"]

STATISTICS: dict[str, Callable[[WindowSample], TestStatistic]] = {
    "cross_sectional_t": cross_sectional_t,
    "patell": patell,
    "bmp": bmp,
    "kolari_pynnonen_overlap": kolari_pynnonen_overlap,
    "brown_warner": brown_warner,
    "rank": rank,
    "grank_t": grank_t,
    "sign": sign,
    "generalised_sign": generalised_sign,
    "wilcoxon": wilcoxon,
    "skewness_adjusted_t": skewness_adjusted_t,
    "wild_bootstrap": wild_bootstrap,
    "kolari_pynnonen_2010": kolari_pynnonen_2010,
}
USUAL = tuple(name for name in STATISTICS if name != "kolari_pynnonen_2010")
"""What is computed unless asked otherwise: of the two corrections for correlation the one that
holds for events of different days, and whose cost does not grow with the square of their number."""


def window_statistics(sample: WindowSample, statistics: Sequence[str] = USUAL, *,
                      draws: int = 1999, seed: int = 0) -> list[TestStatistic]:
    """The statistics of a sample. Raises OptionError for a name not in :data:`STATISTICS`."""
    unknown = [s for s in statistics if s not in STATISTICS]
    if unknown:
        raise OptionError(f"no statistic {', '.join(unknown)}; there are {', '.join(STATISTICS)}")
    return [wild_bootstrap(sample, draws=draws, seed=seed) if name == "wild_bootstrap"
            else STATISTICS[name](sample) for name in statistics]


def window_tests(result: EventStudyResult, windows: Sequence[Window] | None = None, *,
                 statistics: Sequence[str] = USUAL, by: str | None = None,
                 cluster: str | None = "firm", drop_duplicates: bool = True, draws: int = 1999,
                 seed: int = 0) -> pd.DataFrame:
    """One row a group, window and statistic: group, window, n, n_clusters, mean_car, median_car,
    mean_scar, statistic, value, df, p_value, reason (why missing), note (a warning of
    :data:`~breachstudy.eventstudy.statistic.NOTES`).

    ``windows``: those of the study by default; a single session (d, d) of the event window may
    be asked for too, so daily tests are ``[(d, d) for d in range(-10, 31)]``. ``by``: a column of
    the events, tested apart. ``cluster``: column of the events whose values are clusters. Raises
    UnknownColumnError and EventsError where an event that was studied has no level or cluster.
    """
    chosen = result.windows if windows is None else tuple(windows)
    groups = None if by is None else labels_of(result.events, by, result.ok, "group")
    rows = []
    for level in [None] if groups is None else sorted(groups[result.ok].unique()):
        among = None if groups is None else groups.eq(level).fillna(False).to_numpy(dtype=bool)
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
                               "p_value": t.p_value, "reason": t.reason, "note": t.note}
                     for t in window_statistics(sample, statistics, draws=draws, seed=seed)]
    frame = pd.DataFrame(rows)
    return frame.astype({"df": "Int64"}) if len(frame) else frame
