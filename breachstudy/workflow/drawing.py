"""Exhibits and report of a checkout from what is stored: nothing is estimated here."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from breachstudy.dataset.load import RESULT_TABLES, read_tables
from breachstudy.errors import InputError
from breachstudy.exhibits.figure import Levels, as_inputs
from breachstudy.exhibits.registry import Source, figure_entry, table_entry
from breachstudy.exhibits.style import FORMATS, render, style
from breachstudy.exhibits.tables import FORMS
from breachstudy.facts.validate import load_one
from breachstudy.plan.freeze import read_freeze
from breachstudy.plan.read import read_plan
from breachstudy.schema.codebook import tables
from breachstudy.schema.strict import read_text
from breachstudy.storage import read_folder, writing
from breachstudy.study import Study, sha256
from breachstudy.workflow.renew import report_changes, with_report

__all__ = ["DATASET", "POWER", "draw_one", "input_hashes", "print_one",
           "renew_report", "report_files", "stored_frames", "stored_source"]

DATASET = ("events", "codes", "agreement")
"""Tables of the dataset that exhibits read."""
POWER = 0.8
"""Power at which :mod:`breachstudy.estimation.equivalence` calls an effect detectable."""


def stored_source(study: Study, stored: Mapping[str, bytes] | None = None) -> Source:
    """What exhibits are made from: ``stored`` by name below reports/, or what is there, and the
    dataset. Exhibits are drawn from these and from nothing finer, in the run that makes them as in
    a later one.

    Raises FileNotFoundError if the analysis has not run.
    """
    stored = read_folder(study.reports) if stored is None else stored
    plan = read_plan(read_text(study.analysis / "study.toml"), "study.toml")
    levels = Levels(plan.confidence, plan.alpha, POWER)
    given = as_inputs(stored_frames(stored), read_tables(study.processed, DATASET), levels)
    return Source(given, read_plan(read_text(study.analysis / "plan.toml"), "plan.toml"),
                  pd.read_csv(study.processed / "attrition.csv"),
                  load_one(study.raw_bytes("published_findings", "corrections"),
                           "published_findings", tables("raw")))


def stored_frames(stored: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """The results as they stand in the stored files, by name."""
    return {n: pd.read_parquet(io.BytesIO(_stored(stored, f"{n}.parquet"))) for n in RESULT_TABLES}


def input_hashes(study: Study, stored: Mapping[str, bytes]) -> dict[str, str]:
    """Hash of everything that exhibits read, by its name in
    :data:`breachstudy.exhibits.registry.INPUTS`."""
    files = {n: _stored(stored, f"{n}.parquet") for n in RESULT_TABLES}
    files |= {n: (study.processed / f"{n}.parquet").read_bytes() for n in DATASET}
    files |= {"attrition": (study.processed / "attrition.csv").read_bytes(),
              "lag_plan": (study.analysis / "plan.toml").read_bytes()}
    raw = study.raw_bytes("published_findings", "corrections")
    files["published_findings"] = b"".join(raw.values())
    return {name: sha256(data) for name, data in files.items()}


def _stored(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise FileNotFoundError(f"reports/{name} is missing; run 'breachstudy analyze'")
    return files[name]


def draw_one(study: Study, name: str, kind: str) -> bytes:
    """One figure as ``png``, ``svg`` or ``pdf``, from the stored results.

    Raises UnknownNameError for an unknown figure, InputError for an unknown kind or a figure that
    the results cannot support.
    """
    if kind not in FORMATS:
        raise InputError(f"cannot write {kind!r}; use {', '.join(FORMATS)}")
    entry, source = figure_entry(name), stored_source(study)
    if not entry.wanted(source):
        raise InputError(f"{entry.id}: the results hold nothing to draw it from")
    with style():
        return render(entry.make(source).figure, kind)


def print_one(study: Study, name: str, form: str) -> str:
    """One table as ``md``, ``csv``, ``tex`` or ``html``. Raises as :func:`draw_one`."""
    if form not in FORMS:
        raise InputError(f"cannot print {form!r}; use {', '.join(FORMS)}")
    entry, source = table_entry(name), stored_source(study)
    if not entry.needs(source.given):
        raise InputError(f"{entry.id}: the results hold nothing to print")
    return FORMS[form](entry.make(source))


def renew_report(study: Study, everything: bool = False) -> dict[str, bytes]:
    """Render the report anew from what is stored, if it is stale or ``everything`` is asked for,
    and exchange reports/ as one; gives the files of the report, none if it was up to date.

    Raises as :func:`report_files`, and StorageError if reports/ cannot be written.
    """
    with writing(study.reports) as replace_reports:
        stored = read_folder(study.reports)
        if not everything and not report_changes(study, stored):
            return {}
        made = report_files(study, stored)
        replace_reports(with_report(study, stored, made))
    return made


def report_files(study: Study, stored: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Bytes of report.html and report.md, from the dataset and what analyze made: ``stored`` by
    name below reports/, or what is there.

    Raises FileNotFoundError if one of them has not run.
    """
    from breachstudy.report.assemble import READS, report_inputs
    from breachstudy.report.render import render_html, render_markdown

    stored = read_folder(study.reports) if stored is None else stored
    record: dict[str, Any] = json.loads((study.processed / "build.json").read_text("utf-8"))
    plan = read_plan(read_text(study.analysis / "study.toml"), "study.toml")
    freeze = read_freeze(read_text(study.analysis / "freeze.toml"))
    given = report_inputs(stored, read_tables(study.processed, READS), record, freeze,
                          Levels(plan.confidence, plan.alpha, POWER))
    return {"report.html": render_html(given).encode(),
            "report.md": render_markdown(given).encode()}
