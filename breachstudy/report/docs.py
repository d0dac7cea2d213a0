"""The parts of the pages in docs/ that the data write: counts, the audit, the list of sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from breachstudy.estimation.shares import exact_interval
from breachstudy.exhibits.numbers import count, share
from breachstudy.exhibits.tables import Link, pipe_table
from breachstudy.report.docs_audit import AUDIT
from breachstudy.report.docs_coding import CODING
from breachstudy.report.docs_corrections import CORRECTIONS
from breachstudy.report.docs_outcomes import OUTCOMES
from breachstudy.report.docs_wording import WORDING
from breachstudy.report.readme import replace_part
from breachstudy.schema.codebook import table

__all__ = ["PARTS", "refresh_page"]

Frames = Mapping[str, pd.DataFrame]


def _levels(raw: Frames, name: str, column: str) -> list[tuple[object, ...]]:
    """Meaning of each level that occurs, with its count, most frequent first."""
    counts = raw[name][column].value_counts()
    meaning = table("raw", name)[column].levels
    rows = sorted(((meaning[str(k)], int(n)) for k, n in counts.items()),
                  key=lambda row: (-row[1], row[0]))
    return [tuple(row) for row in rows]


def _firms(raw: Frames, frames: Frames) -> str:
    firms, links = raw["firms"], raw["firm_links"]
    rows: list[tuple[object, ...]] = [
        ("listed firms", int(firms["firm_id"].nunique())),
        ("securities (a row of firms.csv)", len(firms)),
        ("of these with an index key seen in the SEC's list", int(firms["cik"].notna().sum())),
        ("links", len(links)),
        *((f"links: {what}", n) for what, n in _levels(raw, "firm_links", "method")),
        *((f"links: {what}", n) for what, n in _levels(raw, "firm_links", "relation")),
        ("links limited to a period",
         int((links["valid_from"].notna() | links["valid_to"].notna()).sum())),
        ("links called probable", int((links["confidence"] == "probable").sum())),
    ]
    return pipe_table(("", "n"), rows, "lr")


def _rejected(raw: Frames, frames: Frames) -> str:
    return pipe_table(("why no link was made", "n"),
                      _levels(raw, "firm_links_rejected", "reason_code"), "lr")


def _audit(raw: Frames, frames: Frames) -> str:
    verdicts = raw["firm_links_audit"]["verdict"]
    n, wrong = len(verdicts), int((verdicts == "wrong").sum())
    undecided = int((verdicts == "undecidable").sum())
    lo, hi = exact_interval(wrong, n)
    return (f"Of {n} links, {n - wrong - undecided} were right, {wrong} wrong and {undecided} "
            f"undecidable: an error rate of {share(wrong / n, 1)} (exact 95 % interval "
            f"{share(lo, 1)} to {share(hi, 1)}).")


def _events(raw: Frames, frames: Frames) -> str:
    events = frames["events"]
    rows: list[tuple[object, ...]] = [
        ("events", len(events)),
        *((f"events: {what}", n) for what, n in _levels(raw, "events", "origin")),
        ("events looked up in pages", int((events["lookup"] != "not_sought").sum())),
        ("events known from registers alone", int(events["is_register_only"].sum())),
        ("card issuers' notices of breaches elsewhere", int(events["is_issuer_notice"].sum())),
        ("events at firms listed at the time", int(events["is_listed"].sum())),
        ("of these no issuer's notices",
         int((events["is_listed"] & ~events["is_issuer_notice"]).sum())),
        ("register rows that belong to events", len(raw["event_members"])),
        ("groups of register rows named by hand", len(raw["event_matches"])),
    ]
    return pipe_table(("", "n"), rows, "lr")


def _rules(raw: Frames, frames: Frames) -> str:
    return pipe_table(("why a register row belongs to its event", "rows"),
                      _levels(raw, "event_members", "rule"), "lr")


def _sources(raw: Frames, frames: Frames) -> str:
    sources = raw["sources"]
    meaning = table("raw", "sources")["rights"].levels
    shown = sources[sources["kind"] != "page"].sort_values(["kind", "source_id"],
                                                           ascending=[False, True])
    rows: list[tuple[object, ...]] = [
        (f"`{s.source_id}`", s.publisher, Link((s.title, s.url)), meaning[str(s.rights)])
        for s in shown.itertuples()]
    pages = sources[sources["kind"] == "page"]
    rights = pages["rights"].value_counts()
    rows.append((f"{count(len(pages))} pages", "press, firms, courts, agencies",
                 "`data/raw/sources.csv`", "; ".join(
                     f"{meaning[str(k)]} ({count(n)})" for k, n in rights.items())))
    return pipe_table(("source", "publisher", "title", "rights"), rows, "llll")


PARTS: dict[str, dict[str, Callable[[Frames, Frames], str]]] = {
    "audit.md": AUDIT,
    "coding.md": CODING,
    "events.md": {"events": _events, "rules": _rules},
    "outcomes.md": OUTCOMES,
    "decisions.md": CORRECTIONS,
    "firms.md": {"firms": _firms, "rejected": _rejected, "audit": _audit},
    "sources.md": {"sources": _sources},
    "wording.md": WORDING,
}
"""Generated parts of each page: marker → function of the raw and the built frames."""


def refresh_page(name: str, text: str, raw: Frames, frames: Frames) -> str:
    """The page docs/``name`` with its generated parts brought up to date.

    Raises ValueError if a pair of markers is missing.
    """
    for part, make in PARTS[name].items():
        text = replace_part(text, part, make(raw, frames), f"docs/{name}")
    return text
