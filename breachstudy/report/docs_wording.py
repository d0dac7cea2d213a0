"""The generated parts of docs/wording.md: counts, distributions, the check by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from breachstudy.exhibits.numbers import DASH, number
from breachstudy.exhibits.tables import pipe_table
from breachstudy.schema.codebook import table

__all__ = ["WORDING", "precision_recall"]

Frames = Mapping[str, pd.DataFrame]

MEASURES = ("n_words", "n_sentences", "flesch_reading_ease", "flesch_kincaid_grade", "smog_grade",
            "hedges_per_100", "negations_per_100", "weak_modals_per_100", "uncertainty_per_100",
            "litigious_per_100", "numerals_per_100", "first_person_plural_share", "passive_share",
            "n_agentless_breach_verbs", "n_data_types", "first_data_type_share", "template_share")


def precision_recall(checks: pd.DataFrame, measure: str) -> tuple[int, int, int, int]:
    """Openings read, marked by the rule, of these right, and found by the reader."""
    own = checks[checks["measure"] == measure]
    return (len(own), int(own["n_marked"].sum()), int(own["n_right"].sum()),
            int(own["n_by_hand"].sum()))


def _counts(raw: Frames, frames: Frames) -> str:
    letters = frames["letters"]
    meaning = table("raw", "letter_wording")["register_match"].levels
    found = letters["register_match"].value_counts()
    rows: list[tuple[object, ...]] = [
        ("openings measured", len(letters)),
        ("organisations", int(letters["organisation"].nunique())),
        *((f"register: {text}", int(found.get(level, 0))) for level, text in meaning.items()),
        ("with a day of report", int(letters["reported"].notna().sum())),
        ("that belong to an event of a listed firm", int(letters["event_id"].notna().sum())),
        ("events with a letter", int(letters["event_id"].nunique())),
        ("apology for what happened seen", int((letters["apology"] == "incident").sum())),
        ("apology for the bother only seen", int((letters["apology"] == "inconvenience").sum())),
        ("offer of monitoring seen", int(letters["has_monitoring_offer"].fillna(False).sum())),
        ("refund or compensation seen", int(letters["has_refund_offer"].fillna(False).sum())),
    ]
    return pipe_table(("", "n"), rows, "lr")


def _measures(raw: Frames, frames: Frames) -> str:
    rows = []
    for name in MEASURES:
        values = frames["letters"][name].dropna().astype(float)
        cells = [number(v, 2) for v in values.quantile([0.1, 0.5, 0.9])] if len(values) else []
        rows.append((table("raw", "letter_wording")[name].label, len(values),
                     *(cells or [DASH] * 3)))
    return pipe_table(("measure", "n", "10 %", "median", "90 %"), rows, "lrrrr")


def _checks(raw: Frames, frames: Frames) -> str:
    rows = []
    for level, text in table("raw", "letter_checks")["measure"].levels.items():
        n, marked, right, by_hand = precision_recall(raw["letter_checks"], level)
        rows.append((text, n, marked, right, by_hand,
                     number(right / marked, 2) if marked else DASH,
                     number(right / by_hand, 2) if by_hand else DASH))
    return pipe_table(("measure", "openings read", "marked", "right", "by hand", "precision",
                       "recall"), rows, "lrrrrrr")


WORDING: dict[str, Callable[[Frames, Frames], str]] = {
    "letters": _counts, "measures": _measures, "checks": _checks}
