"""The generated parts of docs/audit.md: rules of comparison, rates by kind, every difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from breachstudy.audit.facts import FAMOUS_AFFECTED, FAMOUS_DOCUMENTS, KINDS, is_famous
from breachstudy.audit.score import DIFFERENT, summarise
from breachstudy.exhibits.numbers import DASH, count, interval, share
from breachstudy.exhibits.tables import Link, pipe_table

__all__ = ["AUDIT", "share_text"]

Frames = Mapping[str, pd.DataFrame]
NONE_YET = "No facts have been audited yet."
WHO = {"dataset": "the dataset", "reader": "the reader", "both": "both", "neither": "neither",
       "undecided": "not decided"}


def share_text(value: float, lo: float, hi: float) -> str:
    """A share with its interval; a dash for none."""
    if pd.isna(value):
        return DASH
    return f"{share(value, 1)} ({interval(lo, hi, lambda v: share(v, 1))})"


def _rules(raw: Frames, frames: Frames) -> str:
    famous = is_famous(frames["events"])
    rows = [(k, kind.title, kind.rule) for k, kind in KINDS.items()]
    return "\n\n".join([
        pipe_table(("kind", "", "when the dataset is right"), rows, "lll"),
        f"An event is famous from {FAMOUS_DOCUMENTS} documents read, above "
        f"{count(FAMOUS_AFFECTED)} people or records affected, or as a landmark or seed case: "
        f"{count(famous.sum())} of {count(len(famous))} events."])


def _rates(raw: Frames, frames: Frames) -> str:
    audits = raw["audits"]
    if audits.empty:
        return NONE_YET
    fame = audits.assign(fame=audits["is_famous"].astype(bool).map(
        {True: "famous events", False: "other events"}))
    parts = [summarise(audits), summarise(fame, "fame").query("kind != 'all'"),
             summarise(audits, "sheet").query("kind != 'all'")]
    rows = [("all facts" if r.kind == "all" else r.title, r.n_facts, r.n_not_found, r.n_compared,
             r.n_right, r.n_equal, r.n_wrong, r.n_adjacent, r.n_open,
             share_text(r.share_right, r.share_lo, r.share_hi))
            for part in parts for r in part.itertuples(index=False)]
    head = ("", "facts", "not found", "compared", "right", "of these exactly", "wrong",
            "of these next level", "open", "right (exact 95 % interval)")
    unseen = audits[(audits["verdict"] == "no_claim") & audits["reader_value"].notna()]
    out = pipe_table(head, rows, "l" + "r" * 9)
    if len(unseen):
        there = int(pd.to_numeric(unseen["reader_value"]).gt(0).sum())
        out += (f"\n\nOf {len(unseen)} codes that the dataset does not claim to have seen, readers "
                f"found the item in {there}.")
    return out


def _differences(raw: Frames, frames: Frames) -> str:
    audits = raw["audits"]
    own = audits[audits["verdict"].isin(DIFFERENT)]
    if own.empty:
        return NONE_YET if audits.empty else "No fact differed."

    def shown(value: object) -> str:
        return DASH if pd.isna(value) else str(value).replace("|", "\\|")

    rows = [(r.event_id, r.field, shown(r.dataset_value),
             Link((shown(r.reader_value), r.source_url)), r.verdict,
             WHO.get(str(r.who_right), "open"), shown(r.reason))
            for r in own.itertuples(index=False)]
    return pipe_table(("event", "field", "dataset", "reader", "verdict", "who was right", "why"),
                      rows, "lllllll")


AUDIT: dict[str, Callable[[Frames, Frames], str]] = {
    "rules": _rules, "rates": _rates, "differences": _differences,
}
