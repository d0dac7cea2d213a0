"""Romano–Wolf p-values of the primary tests on investors that share a sample."""

from __future__ import annotations

import numpy as np
import pandas as pd

from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.errors import NotEstimable
from breachstudy.estimation.multiplicity import romano_wolf
from breachstudy.plan.context import Context
from breachstudy.plan.kinds.linear import firms_of, prepare

__all__ = ["step_down"]


def step_down(results: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Results with ``p_step_down``.

    The tests are refitted on the rows that none of them misses, so that the wild bootstraps share
    their clusters and draws.
    """
    out = results.copy()
    plan = context.plan
    primary = out[out["kind"].eq("focus") & out["status"].eq("confirmatory")
                  & out["p_bootstrap"].notna()]
    regressions = plan.regressions
    specs = [regressions[s] for s in primary["spec"] if s in regressions]
    for sample in dict.fromkeys(s.sample for s in specs):
        own = [s for s in specs if s.sample == sample]
        if len(own) < 2:
            continue
        made = [prepare(s, context) for s in own]
        shared = made[0].y.index
        for m in made[1:]:
            shared = shared.intersection(m.y.index)
        firms = firms_of(shared, sample, context)
        try:
            boots = [wild_cluster_bootstrap(m.y[shared], m.x.loc[shared], m.focus, firms,
                                            draws=plan.bootstrap_draws, seed=plan.seed,
                                            confidence=None) for m in made]
        except NotEstimable:
            continue  # p_step_down stays empty: the rows that all share are too few
        p = romano_wolf([b.statistic for b in boots],
                        np.column_stack([b.t_draws for b in boots]),
                        is_exact=boots[0].is_enumerated)
        for spec, value in zip(own, p, strict=True):
            out.loc[out["kind"].eq("focus") & out["spec"].eq(spec.name), "p_step_down"] = value
    return out
