"""Sheets and outcomes of audits at the edge: from a checkout to bytes, and back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence

import pandas as pd

from breachstudy.audit.draw import draw_sheet
from breachstudy.audit.facts import all_facts
from breachstudy.audit.score import AUDIT_COLUMNS, DIFFERENT, score_sheet, summarise
from breachstudy.facts.validate import load_raw
from breachstudy.facts.write import csv_bytes, write_csv
from breachstudy.report.docs_audit import share_text
from breachstudy.schema.codebook import tables
from breachstudy.schema.coding_book import book
from breachstudy.study import Study
from breachstudy.workflow.build import build

__all__ = ["new_sheet", "save_audits", "score_file", "score_text"]


def _facts(study: Study) -> tuple[Mapping[str, pd.DataFrame], pd.DataFrame]:
    """The raw tables and every auditable fact of the dataset that they give."""
    files = study.raw_files()
    made = build(files, study.raw_returns())
    raw = load_raw(files, tables("raw"))
    return raw, all_facts(raw, made.frames, book())


def new_sheet(study: Study, n: int, seed: int, kinds: Sequence[str], new_only: bool) -> bytes:
    """A sheet as CSV; see :func:`breachstudy.audit.draw.draw_sheet` for what raises."""
    raw, facts = _facts(study)
    audits = raw["audits"]
    audited = frozenset(audits["kind"] + ":" + audits["event_id"] + ":" + audits["field"]
                        ) if new_only and len(audits) else frozenset()
    return csv_bytes(draw_sheet(facts, n, seed, kinds, audited))


def score_file(study: Study, name: str, data: bytes, day: dt.date) -> pd.DataFrame:
    """The outcomes of a filled sheet; see :func:`breachstudy.audit.score.score_sheet`.

    Raises ValueError if ``data`` is not a CSV in UTF-8 with a header.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{name}: is no CSV file in UTF-8 ({error}); save it as such") from error
    if not rows:
        raise ValueError(f"{name}: the sheet holds no facts; draw one with 'audit draw'")
    return score_sheet(pd.DataFrame(rows), _facts(study)[1], name, day, book())


def score_text(scored: pd.DataFrame) -> str:
    """The rates by kind and every difference, for a terminal."""
    table = summarise(scored)
    shown = table.drop(columns=["title", "share_right", "share_lo", "share_hi"]).assign(
        right=[share_text(s, lo, hi) for s, lo, hi in zip(
            table["share_right"], table["share_lo"], table["share_hi"], strict=True)])
    lines = [shown.to_string(index=False)]
    own = scored[scored["verdict"].isin(DIFFERENT)]
    lines += ["", f"{len(own)} differences" + (":" if len(own) else "")]
    lines += [f"  {r.kind} {r.event_id} {r.field}: dataset {r.dataset_value}, reader "
              f"{r.reader_value} ({r.verdict}) {r.source_url}" for r in own.itertuples(index=False)]
    return "\n".join(lines)


def save_audits(study: Study, scored: pd.DataFrame) -> str:
    """Add outcomes to data/raw/audits.csv and return its name.

    Raises ValueError if a fact of the sheet stands there already.
    """
    path = study.raw / "audits.csv"
    kept = pd.read_csv(path, dtype=str, keep_default_na=False)
    again = sorted(set(kept["audit_id"]) & set(scored["audit_id"]))
    if again:
        raise ValueError(f"{len(again)} facts of the sheet are in data/raw/audits.csv already "
                         f"({again[0]}, …); score each sheet once, or give it another name")
    both = pd.concat([kept, scored.astype(object)], ignore_index=True)[AUDIT_COLUMNS]
    write_csv(both.sort_values("audit_id", ignore_index=True), path)
    return "data/raw/audits.csv"
