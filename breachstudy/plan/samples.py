"""Rows of a sample, and what a plan asks of tables that they cannot give."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from breachstudy.plan.records import Condition, HeldTerm, Plan, Sample, Term
from breachstudy.schema.codebook import Column, Table
from breachstudy.schema.strict import close_to

__all__ = ["Frames", "Need", "Tables", "column_faults", "control_faults", "interval_faults",
           "kind_of", "known_column", "located", "sample_faults", "select", "term_faults"]

Frames = Mapping[str, pd.DataFrame]
Need = tuple[str, str, tuple[str, ...]]
"""A key of a specification, the column that it names, and the kinds that the column may have (any
if empty): number, yes or no, date, text."""
_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
            ">": operator.gt, ">=": operator.ge}
NUMERIC = ("number", "yes or no")
WORDS = {"number": "numbers", "yes or no": "true and false", "date": "dates", "text": "text"}


@dataclass(frozen=True)
class Tables:
    """The tables by name, what the codebook says of them, and the columns of events that are known
    only after disclosure."""

    frames: Frames
    codebook: Mapping[str, Table]
    late: frozenset[str] = frozenset()


def select(frame: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    """The rows that satisfy every condition of the sample."""
    keep = pd.Series(True, index=frame.index)
    for condition in sample.where:
        keep &= _holds(frame[condition.column], condition)
    return frame[keep]


def _holds(column: pd.Series, condition: Condition) -> pd.Series:
    if condition.op == "present":
        return column.notna()
    if condition.op == "missing":
        return column.isna()
    if condition.op == "in":
        return column.isin(list(condition.value))
    held = _COMPARE[condition.op](column, condition.value)
    return held.fillna(False).astype(bool) & column.notna()


def kind_of(column: pd.Series) -> str:
    """number, yes or no, date, text; empty for a column without a value."""
    if pd.api.types.is_bool_dtype(column):
        return "yes or no"
    if pd.api.types.is_numeric_dtype(column):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    known = column.dropna()
    if known.empty:
        return ""
    return "date" if isinstance(known.iloc[0], dt.date) else "text"


def sample_faults(name: str, plan: Plan, frames: Frames, codebook: Mapping[str, Table]
                  ) -> list[str]:
    """A sample's table or columns that are not there, values that its columns cannot have."""
    sample = plan.samples[name]
    place = f"{plan.file}, [[sample]] {name}: "
    if sample.table not in frames:
        return [f"{place}table = {sample.table!r}: no such table{close_to(sample.table, frames)}; "
                f"known: {', '.join(frames)}"]
    frame = frames[sample.table]
    out = []
    for i, c in enumerate(sample.where, start=1):
        where = f"{place}where {i}: "
        if c.column not in frame.columns:
            out.append(f"{where}column = {c.column!r}: the table {sample.table!r} has no such "
                       f"column{close_to(c.column, frame.columns)}")
            continue
        kind = kind_of(frame[c.column])
        values = c.value if isinstance(c.value, tuple) else () if c.value is None else (c.value,)
        wrong = [v for v in values if kind and _kind_of_value(v) != kind]
        out += [f"{where}value = {v!r}: {c.column} holds {WORDS[kind]}" for v in wrong]
        levels = _levels(codebook, sample.table, c.column)
        out += [f"{where}value = {v!r}: {c.column} has no such level{close_to(v, levels)}; "
                f"known: {', '.join(levels)}"
                for v in values if levels and v not in wrong and v not in levels
                and c.op in ("==", "!=", "in")]
    return out


def _kind_of_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, (int, float)):
        return "number"
    return "date" if isinstance(value, dt.date) else "text"


def _levels(codebook: Mapping[str, Table], table: str, column: str) -> list[str]:
    """The closed list of codes of a column; empty where there is none."""
    found = known_column(codebook, table, column)
    return [] if found is None or found.separator else list(found.levels)


def known_column(codebook: Mapping[str, Table], table: str, column: str) -> Column | None:
    """What the codebook says of a column, or None for a column of one's own."""
    spec = codebook.get(table)
    return spec[column] if spec is not None and column in spec.names else None


def column_faults(sample: str, needs: Iterable[Need], plan: Plan, frames: Frames,
                  codebook: Mapping[str, Table]) -> list[str]:
    """The sample's faults, columns that its table lacks, columns of the wrong kind."""
    faults = sample_faults(sample, plan, frames, codebook)
    table = plan.samples[sample].table
    if table not in frames:
        return faults
    frame = frames[table]
    for key, column, kinds in dict.fromkeys(needs):
        if column not in frame.columns:
            faults.append(f"{key} = {column!r}: the sample {sample!r} has no column {column!r}"
                          f"{close_to(column, frame.columns)}")
        elif kinds and kind_of(frame[column]) not in ("", *kinds):
            faults.append(f"{key} = {column!r}: holds {WORDS[kind_of(frame[column])]}; give a "
                          f"column of {', or of '.join(WORDS[k] for k in kinds)}")
    return faults


def interval_faults(sample: str, lo: str, hi: str, plan: Plan, tables: Tables) -> list[str]:
    """Faults of an outcome known to lie between two columns: also rows where it could not."""
    frames = tables.frames
    needs: list[Need] = [("lo", lo, ("number",)), ("hi", hi, ("number",))]
    faults = column_faults(sample, needs, plan, frames, tables.codebook)
    if faults:
        return faults
    rows = select(frames[plan.samples[sample].table], plan.samples[sample])
    wrong = int((rows[lo] > rows[hi]).fillna(False).sum())
    return [f"hi = {hi!r}: lies below {lo!r} in {wrong:,} rows of the sample"] if wrong else []


def located(place: str, faults: Iterable[str], plan: Plan) -> list[str]:
    """The faults with ``place`` before each that does not name its own: one of a sample or control
    set is told once, however many specifications use it."""
    return [f if f.startswith(f"{plan.file}, ") else f"{place}{f}" for f in faults]


def control_faults(name: str, sample: str, plan: Plan, tables: Tables) -> list[str]:
    """Terms of a control set that the sample's table cannot give."""
    return located(f"{plan.file}, [[control_set]] {name}: ", term_faults(
        plan.controls[name].terms, sample, plan, tables), plan)


def term_faults(terms: Iterable[Term | HeldTerm], sample: str, plan: Plan, tables: Tables
                ) -> list[str]:
    """Terms (not products) whose columns are absent or cannot be what they are asked to be."""
    frames, codebook = tables.frames, tables.codebook
    table = plan.samples[sample].table
    out = []
    for t in terms:
        place = f"term {t.column}"
        if t.kind == "continuous":
            kinds = ("date",) if t.transform == "year" else NUMERIC
            out += column_faults(sample, [(place, t.column, kinds)], plan, frames, codebook)
            continue
        out += column_faults(sample, [(place, t.column, ())], plan, frames, codebook)
        if t.column not in frames.get(table, pd.DataFrame()).columns:
            continue
        if kind_of(frames[table][t.column]) == "yes or no":
            if t.baseline not in (None, "False"):
                out.append(f"{place}: baseline = {t.baseline!r}: {t.column} is yes or no and "
                           "counts as yes; its baseline is False")
            continue
        levels = _levels(codebook, table, t.column)
        if t.baseline is None:
            out.append(f"{place}: {t.column} is a factor of several levels; give its baseline")
        elif levels and t.baseline not in (*levels, t.missing_as, "other"):
            out.append(f"{place}: baseline = {t.baseline!r}: {t.column} has no such level"
                       f"{close_to(t.baseline, levels)}; known: {', '.join(levels)}")
    return out
