"""Every exhibit once: its id, title, what it needs, and the function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from breachstudy.errors import UnknownNameError
from breachstudy.exhibits import (
    cases,
    checks,
    effects,
    flow,
    lag_tables,
    literature,
    returns,
    study,
    study_tables,
)
from breachstudy.exhibits.figure import FigureInputs, FigureMade, tested_on_returns
from breachstudy.exhibits.lags import coefficient_table, median_figure, median_table
from breachstudy.exhibits.numbers import count, days
from breachstudy.exhibits.tables import Exhibit
from breachstudy.plan.records import Plan

__all__ = ["FIGURES", "INPUTS", "TABLES", "FigureEntry", "Source", "TableEntry",
           "figure_entry", "listed", "table_entry"]

Needs = Callable[[FigureInputs], bool]
Entry = TypeVar("Entry", "FigureEntry", "TableEntry")
LAG_PANELS = ("notice_lag_by_year", "notice_lag_by_sector", "notice_lag_by_cause",
              "notice_lag_by_size")


@dataclass(frozen=True)
class Source:
    """What exhibits are made from: inputs of figures, the plan of lags, attrition, literature."""

    given: FigureInputs
    lags: Plan
    attrition: pd.DataFrame
    published: pd.DataFrame

    def only(self, reads: tuple[str, ...]) -> Source:
        """The same with the frames in ``reads`` alone, so that nothing else can be drawn from."""
        stored = {n: f for n, f in self.given.stored.items() if n in reads}
        frames = {n: f for n, f in self.given.frames.items() if n in reads}
        empty = pd.DataFrame()
        lags = self.lags if "lag_plan" in reads else self.lags.model_copy(
            update={"specs": {}})
        return replace(self, given=replace(self.given, stored=stored, frames=frames), lags=lags,
                       attrition=self.attrition if "attrition" in reads else empty,
                       published=self.published if "published_findings" in reads else empty)


@dataclass(frozen=True)
class FigureEntry:
    """A figure: ``name`` is its file's stem and begins with its id (fig5_…); ``draw`` makes it
    from the inputs that ``reads`` names and no others (see :data:`INPUTS`), ``sources`` end its
    caption, ``needs`` says whether the results can support it."""

    name: str
    title: str
    draw: Callable[[Source], FigureMade]
    reads: tuple[str, ...]
    sources: str
    needs: Needs = lambda _: True

    @property
    def id(self) -> str:
        return self.name.split("_", 1)[0]

    def wanted(self, source: Source) -> bool:
        """Whether the results can support it."""
        return self.needs(source.only(self.reads).given)

    def make(self, source: Source) -> FigureMade:
        """The figure, its caption with the sources."""
        made = self.draw(source.only(self.reads))
        return replace(made, caption=f"{made.caption} Sources: {self.sources}.")


@dataclass(frozen=True)
class TableEntry:
    """A table, likewise."""

    name: str
    title: str
    make: Callable[[Source], Exhibit]
    needs: Needs = lambda _: True

    @property
    def id(self) -> str:
        return self.name.split("_", 1)[0]


def _medians(source: Source) -> FigureMade:
    results = source.given.results
    panels = [s for s in source.lags.of("interval_summary") if s.name in LAG_PANELS]
    own = results[results["spec"].isin(LAG_PANELS) & (results["kind"] == "interval_median")]
    overall = results[results["spec"] == "notice_lag_overall"].iloc[0]
    caption = (f"n = {count(overall['n'])} notices. Dot: median; thick line: bounds from "
               f"interval-valued dates; thin line: {source.given.levels.interval} interval of the "
               "median. Cause is recorded by Washington only.")
    alt = (f"Medians of the lag by year, sector, cause and size; overall "
           f"{days(overall['estimate'])} days.")
    columns = ["spec", "term", "estimate", "bound_lo", "bound_hi", "ci_lo", "ci_hi", "n"]
    return FigureMade(median_figure(results, panels), caption, alt, own[columns])


def _has(frame: str) -> Needs:
    return lambda given: len(given.read(frame)) > 0


def _curve(spec: str) -> Needs:
    return lambda given: "spec" in given.curves and (given.curves["spec"] == spec).any()


def _coded(given: FigureInputs) -> bool:
    """Whether events beyond the training cases are coded."""
    sets = given.frames["events"]["coding_set"]
    return bool(sets.isin(["largest", "random", "landmark"]).any())


def _ran(test: str) -> Needs:
    def needs(given: FigureInputs) -> bool:
        r = given.results
        own = r[(r["spec"] == f"sensitivity/{test}") & (r["term"] == "estimate")]
        return len(own) > 0
    return needs


def _rows(spec: str, kind: str) -> Needs:
    return lambda given: bool(
        ((given.results["spec"] == spec) & (given.results["kind"] == kind)).any())


def _pathed(given: FigureInputs) -> bool:
    return len(given.bands("path")) > 0


def _tested(given: FigureInputs) -> bool:
    h = given.hypotheses
    return "estimate" in h and bool((h["estimate"].notna() & h["smallest_effect"].notna()).any())


def _confirmed(given: FigureInputs) -> bool:
    """Whether a primary test on investors ran."""
    if not _tested(given):
        return False
    return bool((tested_on_returns(given.hypotheses)["status"] == "confirmatory").any())


def _estimated(given: FigureInputs) -> bool:
    """Whether some contrast of the plan has an estimate."""
    r = given.results
    own = r[(r["kind"] == "effect") & r["spec"].isin(effects.CONTRASTS)]
    return bool(own["estimate"].notna().any())


FILINGS = "registers of Maine and Washington"
PAGES = "cited pages (data/raw/milestones.csv)"
EVENTS = "registers of the states and cited pages (docs/sources.md)"
MARKET = "cited pages and registers; daily returns and factors (docs/sources.md)"
CODES = "answers in cited pages, coded twice (data/raw/coding.csv)"
ANSWERS = f"{CODES}; daily returns and factors (docs/sources.md)"
LITERATURE = "pages of the studies (data/raw/published_findings.csv); this study's results"
INPUTS = ("results", "hypotheses", "curves", "lag_curves", "deadlines", "paths", "balance", "bands",
          "surfaces", "events", "codes", "agreement", "attrition", "published_findings",
          "lag_plan")
"""What figures may read: stored results, tables of the dataset, and three small ones beside."""
FIGURES = (
    FigureEntry("fig1_notice_lag", "Median lag from discovery to the first notice, by year, "
                "sector, cause and size", _medians,
                ("results", "lag_plan"), FILINGS),
    FigureEntry("fig2_events", "Events by year and sector",
                lambda s: study.events_figure(s.given),
                ("events",), EVENTS),
    FigureEntry("fig3_lag_curves", "How long disclosure takes",
                lambda s: study.lag_curve_figure(s.given),
                ("lag_curves",), EVENTS, _has("lag_curves")),
    FigureEntry("fig4_deadlines", "Notices round statutory deadlines",
                lambda s: study.deadline_figure(s.given),
                ("results", "deadlines"), FILINGS, _has("deadlines")),
    FigureEntry("fig5_caar", "Cumulative average abnormal returns, by speed, candour and who was "
                "first", lambda s: study.caar_figure(s.given),
                ("bands",), MARKET, _pathed),
    FigureEntry("fig6_verdicts", "Every test and its verdict",
                lambda s: study.verdict_figure(s.given),
                ("hypotheses",), ANSWERS, _tested),
    FigureEntry("fig7_curve_lag", "Specification curve of the lag",
                lambda s: checks.curve_figure(s.given, "curve_lag", "Disclosure lag and the CAR"),
                ("results", "hypotheses", "curves"), MARKET, _curve("curve_lag")),
    FigureEntry("fig8_curve_candour", "Specification curve of candour",
                lambda s: checks.curve_figure(s.given, "curve_candour", "Candour and the CAR"),
                ("results", "hypotheses", "curves"), ANSWERS, _curve("curve_candour")),
    FigureEntry("fig9_power", "What the tests could have found",
                lambda s: checks.power_figure(s.given),
                ("hypotheses", "bands"), ANSWERS, _confirmed),
    FigureEntry("fig10_balance", "Balance before and after weighting",
                lambda s: effects.balance_figure(s.given),
                ("balance",), EVENTS, _has("balance")),
    FigureEntry("fig11_sensitivity_lag", "Sensitivity of the lag to an omitted variable",
                lambda s: checks.sensitivity_figure(s.given, "h1_car", "Disclosure lag"),
                ("results", "surfaces"), MARKET,
                _ran("h1_car")),
    FigureEntry("fig12_sensitivity_candour", "Sensitivity of candour to an omitted variable",
                lambda s: checks.sensitivity_figure(s.given, "h2_car", "Candour"),
                ("results", "surfaces"), ANSWERS,
                _ran("h2_car")),
    FigureEntry("fig13_timelines", "Reddit 2018 and Microsoft 2019 on every clock",
                lambda s: cases.timeline_figure(s.given),
                ("events",), PAGES),
    FigureEntry("fig14_atlas", "Atlas of events", lambda s: cases.atlas_figure(s.given),
                ("events",), MARKET),
    FigureEntry("fig15_coding", "How organisations answered, and how far two coders agree",
                lambda s: cases.prevalence_figure(s.given),
                ("events", "codes", "agreement"), CODES, _coded),
    FigureEntry("fig16_indices", "Distributions of the three indices",
                lambda s: cases.index_figure(s.given),
                ("events",), CODES, _coded),
    FigureEntry("fig17_sample_flow", "Sample flow", lambda s: flow.flow_figure(s.attrition),
                ("attrition",), EVENTS),
    FigureEntry("fig18_mean_car", "Mean abnormal returns by window and model",
                lambda s: returns.means_figure(s.given),
                ("results", "bands"), MARKET, _rows("h0_page", "mean_return")),
    FigureEntry("fig19_decay", "How the loss builds up", lambda s: returns.decay_figure(s.given),
                ("results", "bands"), MARKET, _rows("h9_decay", "decay")),
    FigureEntry("fig20_estimators", "Contrasts balanced on severity, by estimator",
                lambda s: effects.estimator_figure(s.given),
                ("results",), ANSWERS, _estimated),
    FigureEntry("fig21_surface", "Speed and candour together",
                lambda s: effects.surface_figure(s.given),
                ("results", "bands", "surfaces"), ANSWERS, _rows("h4_car", "coefficient")),
    FigureEntry("fig22_replication", "The literature beside this study",
                lambda s: literature.replication_figure(s.given, s.published),
                ("hypotheses", "published_findings"), LITERATURE,
                _has("hypotheses")),
)


def _lag_table(spec: str, name: str) -> Callable[[Source], Exhibit]:
    def make(source: Source) -> Exhibit:
        own = next(s for s in source.lags.of("linear") if s.name == spec)
        return coefficient_table(source.given.results, own, name, source.given.levels)
    return make


TABLES = (
    TableEntry("tab1_lag_medians", "Days from discovery to disclosure, by group",
               lambda s: median_table(
                   s.given.results, s.lags.of("interval_summary"), "tab1_lag_medians",
                   "Days from discovery to disclosure, by group", s.given.levels)),
    TableEntry("tab2_notice_lag_model", "What predicts the lag to the first notice",
               _lag_table("notice_lag_model", "tab2_notice_lag_model")),
    TableEntry("tab3_disclosure_lag_model", "What predicts the lag to the first public news, at "
               "listed firms", _lag_table("disclosure_lag_model", "tab3_disclosure_lag_model")),
    TableEntry("tab4_sample_flow", "Sample flow",
               lambda s: study_tables.flow_table(s.attrition)),
    TableEntry("tab5_summary", "Summary statistics", lambda s: study_tables.summary_table(s.given)),
    TableEntry("tab6_mean_car", "Mean abnormal returns by window, model and test",
               lambda s: study_tables.means_table(s.given)),
    TableEntry("tab7_nested", "Nested cross-sections",
               lambda s: study_tables.nested_table(s.given), _coded),
    TableEntry("tab8_verdicts", "Hypotheses, effects and verdicts",
               lambda s: study_tables.verdict_table(s.given)),
    TableEntry("tab9_robustness", "Other choices and negative controls",
               lambda s: study_tables.robustness_table(s.given)),
    TableEntry("tab10_sensitivity", "Omitted variables and single firms",
               lambda s: study_tables.sensitivity_table(s.given)),
    TableEntry("tab11_effects", "Contrasts balanced on severity",
               lambda s: study_tables.effects_table(s.given)),
    TableEntry("tab12_agreement", "Agreement between coders",
               lambda s: study_tables.agreement_exhibit(s.given), _coded),
    TableEntry("tab13_replication", "The literature beside this study",
               lambda s: study_tables.replication_table(s.given, s.published)),
    TableEntry("tab14_lag_shares", "Share made known by day",
               lambda s: lag_tables.shares_table(s.given), _rows("lag_curve", "turnbull")),
    TableEntry("tab15_time_ratios", "What lengthens the lag",
               lambda s: lag_tables.ratios_table(s.given), _rows("lag_aft", "aft")),
    TableEntry("tab16_deadlines", "Excess of notices at deadlines",
               lambda s: lag_tables.deadlines_table(s.given), _rows("deadlines", "bunching")),
    TableEntry("tab17_clocks", "Every clock of the two standing examples",
               lambda s: lag_tables.clocks_table(s.given)),
    TableEntry("tab18_curves", "Joint tests of the specification curves",
               lambda s: study_tables.curves_table(s.given), _has("curves")),
)


def figure_entry(name: str) -> FigureEntry:
    """The figure of an id or name. Raises KeyError that lists the known ones."""
    return _entry(name, FIGURES)


def table_entry(name: str) -> TableEntry:
    """The table of an id or name. Raises KeyError that lists the known ones."""
    return _entry(name, TABLES)


def _entry(name: str, entries: tuple[Entry, ...]) -> Entry:
    for entry in entries:
        if name in (entry.id, entry.name):
            return entry
    raise UnknownNameError(f"no exhibit {name!r}; known: {', '.join(e.id for e in entries)}")


def listed(reports: Path) -> list[tuple[str, str, str]]:
    """Id, title and main file (below ``reports``) of the exhibits that are there."""
    out = [(e.id, e.title, f"figures/{e.name}.png") for e in FIGURES]
    out += [(e.id, e.title, f"tables/{e.name}.md") for e in TABLES]
    return [row for row in out if (reports / row[2]).is_file()]
