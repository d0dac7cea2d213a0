"""What the report is made of, from the bytes of the set that it belongs to; nothing is made."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.exhibits.figure import Levels
from breachstudy.exhibits.registry import TABLES
from breachstudy.plan.freeze import Freeze
from breachstudy.report.render import ReportInputs

__all__ = ["READS", "report_inputs"]

READS = ("events", "milestones", "codes", "abnormal_returns", "agreement", "sources")
"""Tables of the dataset that the report and its browser of events show."""


def report_inputs(stored: Mapping[str, bytes], frames: Mapping[str, pd.DataFrame],
                  record: Mapping[str, Any], freeze: Freeze, levels: Levels) -> ReportInputs:
    """Inputs of the report. ``stored``: the files of the set, by name below reports/; ``frames``:
    the tables :data:`READS`; ``record``: build.json.

    Raises FileNotFoundError for a file that is missing.
    """
    def part(name: str) -> bytes:
        if name not in stored:
            raise FileNotFoundError(f"reports/{name} is missing; run 'breachstudy analyze'")
        return stored[name]

    captions = json.loads(part("figures/captions.json"))
    figures = {name: (c["title"], c["caption"], c["alt"], part(f"figures/{name}.svg"),
                      part(f"figures/{name}.png")) for name, c in captions.items()}
    tables = {e.name: (e.title, part(f"tables/{e.name}.html").decode(),
                       part(f"tables/{e.name}.md").decode())
              for e in TABLES if f"tables/{e.name}.html" in stored}
    results, hypotheses = (pd.read_parquet(io.BytesIO(part(f"{n}.parquet")))
                           for n in ("results", "hypotheses"))
    return ReportInputs(record, results, hypotheses, frames, figures, tables, freeze.current,
                        freeze.commit, levels)
