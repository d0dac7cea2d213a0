"""Checks of the audits that need more than one cell: what a verdict needs, what it forbids."""

from __future__ import annotations

import pandas as pd

from breachstudy.errors import Problem

__all__ = ["check_audits"]

FILE = "data/raw/audits.csv"


def check_audits(audits: pd.DataFrame) -> list[Problem]:
    """All problems of the table ``audits`` (typed, with ``_row``)."""
    out: list[Problem] = []
    line = audits.columns.get_loc("_row")
    for row in audits.itertuples(index=False):
        at = int(row[line])
        differs = row.verdict in ("adjacent", "wrong")
        found = pd.notna(row.reader_value)
        if found == (row.verdict == "not_found"):
            out.append(Problem(FILE, at, "reader_value", str(row.reader_value) if found else "",
                               f"does not go with the verdict {row.verdict}",
                               "A fact that was not found has no value, every other has one"))
        if found and pd.isna(row.source_url):
            out.append(Problem(FILE, at, "source_url", "", "a value has no page",
                               "Give the address of the page that shows it"))
        if (row.kind == "unseen") == pd.notna(row.dataset_value):
            out.append(Problem(FILE, at, "dataset_value", "", f"does not go with kind {row.kind}",
                               "Codes that were not seen have no value, every other fact has one"))
        if pd.notna(row.who_right) and not differs:
            out.append(Problem(FILE, at, "who_right", str(row.who_right),
                               f"adjudicates the verdict {row.verdict}",
                               "Only differences are adjudicated; empty it"))
        if pd.notna(row.who_right) and pd.isna(row.reason):
            out.append(Problem(FILE, at, "reason", "", "an adjudication gives no reason",
                               "Say in a few words what the sources say"))
    return out
