"""An event study on the reader's own tables, from cells to words: what the command prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from breachstudy.eventstudy import (
    STATISTICS,
    USUAL,
    WINDOWS,
    EventsError,
    EventStudyResult,
    UnknownColumnError,
    event_study,
    window_tests,
)
from breachstudy.eventstudy.own.files import own_tables
from breachstudy.eventstudy.own.words import (
    check_factors,
    fallen_out,
    headlines,
    remarks,
    window_words,
)
from breachstudy.eventstudy.windows import Window, window_name

__all__ = ["Options", "OwnStudy", "run_own"]

GIVEN = ("event_id", "security", "firm", "date", "group")
MOST_RESIDUALS = 100_000
"""More events keep no estimation residuals, which rank and correlation statistics need."""


@dataclass(frozen=True)
class Options:
    """What the command was asked; the names are those of :func:`event_study`."""

    model: str = "market"
    windows: tuple[Window, ...] = ()
    estimation: Window = (-270, -21)
    event_window: Window = (-10, 30)
    min_obs: int = 100
    non_trading: str = "next"
    exchange: str = "XNYS"
    thin_trading: str = "none"
    beta: str = "ols"
    exclude_other_events: bool = False
    by: str | None = None
    cluster: str | None = "firm"
    seed: int = 0
    prices: bool = False
    date_order: str | None = None


@dataclass(frozen=True)
class OwnStudy:
    """A finished study: result, tests, and its words."""

    result: EventStudyResult
    tests: pd.DataFrame
    options: Options
    window: Window
    notes: tuple[str, ...]
    headline: list[str]
    fallen: list[str]
    remarks: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """Events by reason, "ok" for those that were studied."""
        found = self.result.events["reason"].replace("", "ok").value_counts()
        return {str(k): int(v) for k, v in found.items()}

    def caar(self) -> pd.DataFrame:
        """The mean path."""
        return self.result.caar(self.options.by, cluster=self.options.cluster)

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tidy tables of the study by name."""
        return {"events": self.result.events, "cars": self.result.tidy(), "tests": self.tests,
                "abnormal_returns": self.result.ar_frame(), "caar": self.caar()}

    def drawn(self, form: str) -> bytes:
        """The mean path as a figure."""
        from breachstudy.eventstudy.own.plot import caar_figure

        return caar_figure(self.caar(), form,
                           f"Mean path with its 95 % band, model {self.result.model}")


def run_own(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], options: Options
            ) -> OwnStudy:
    """Read the cells of ``returns``, ``events`` and perhaps ``factors``, and study them.

    ``names`` are those of the files. Raises FactError with every problem of the cells, FactorsError
    for a model without its factors, UnknownColumnError for a column to group or cluster by that is
    not there, and EventsError if no event could be studied, each with what to do.
    """
    own = own_tables(tables["returns"], tables["events"], tables.get("factors"),
                     names=(names["returns"], names["events"], names.get("factors", "factors")),
                     prices=options.prices, date_order=options.date_order)
    check_factors(options.model, own.factors, "factors" in tables)
    carry = tuple(dict.fromkeys(c for c in (options.by, options.cluster)
                                if c is not None and c not in GIVEN))
    lacking = [c for c in carry if c not in own.events]
    if options.by == "group" and "group" not in own.events:
        lacking.append("group")
    if lacking:
        raise UnknownColumnError(
            f"{names['events']} has no column {', '.join(lacking)} to group or cluster by; it has "
            f"{', '.join(map(str, tables['events'].columns))}")
    n = len(own.events)
    result = event_study(
        own.returns, own.events, own.factors, model=options.model, estimation=options.estimation,
        event_window=options.event_window, windows=options.windows or WINDOWS,
        min_obs=options.min_obs, non_trading=options.non_trading, exchange=options.exchange,
        thin_trading=options.thin_trading, beta=options.beta,
        exclude_other_events=options.exclude_other_events, carry=carry,
        keep_residuals=n <= MOST_RESIDUALS, backend="environment")
    window = result.windows[0]
    fallen = fallen_out(result, window)
    if not result.ok.any():
        raise EventsError("no event could be studied:\n  " + "\n  ".join(fallen))
    tests = window_tests(result, by=options.by, cluster=options.cluster, seed=options.seed,
                         statistics=tuple(STATISTICS) if n <= MOST_RESIDUALS else USUAL)
    own_window = tests[tests["window"] == window_name(window)]
    return OwnStudy(
        result=result, tests=tests, options=options, window=window,
        notes=(*own.notes, *result.notes),
        headline=headlines(result, own_window, window, by=options.by, cluster=options.cluster),
        fallen=[f"CAR{window_words(window)}: {line}" for line in fallen],
        remarks=remarks(tests))
